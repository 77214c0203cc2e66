package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ChildSent says that a child's NewOrderSingle (Request 0) or a later request reached the socket.
type ChildSent struct {
	Child   order.ChildID
	Request uint32 // 0 = the order itself, else the number of the cancel or replace
}

// ChildDenied says that our own transport refused a message before a byte left: the child or request never happened.
type ChildDenied struct {
	Child   order.ChildID
	Request uint32
	Reason  string
}

// ChildAccepted is an acknowledgement (150=0, A or an ack of a status).
type ChildAccepted struct {
	Child        order.ChildID
	VenueOrderID string
	Pending      bool // 150=A: received, not yet accepted
	At           Time // the venue's TransactTime, 0 if not given
}

// ChildExecuted is a trade. Cum and Leaves are the venue's figures, compared with ours after booking (ER-15).
type ChildExecuted struct {
	Child        order.ChildID
	ExecID       string
	VenueOrderID string
	Qty          market.Qty
	Px           market.Price
	Cum, Leaves  market.Qty
	Liquidity    market.Liquidity // 0 if the venue does not say
	LastMkt      string
	TradeDate    market.Date // 0 = the venue's day at receipt
	At           Time
	Status       byte // FIX 39 as sent
}

// ChildDone is an end that is not a fill: canceled, expired, done for day, stopped or suspended.
type ChildDone struct {
	Child       order.ChildID
	What        order.Happening // WasCanceled, WasExpired, WasDoneForDay, WasStopped, WasSuspended
	Request     uint32          // the cancel it answers, 0 = unsolicited (ER-09)
	Reason      uint16          // FIX 378
	Cum, Leaves market.Qty
	Text        string
	At          Time
}

// ChildRejected is the venue's refusal of an order (150=8, or a 3 or j that answers it, FIX-02).
type ChildRejected struct {
	Child  order.ChildID
	Reason uint16 // FIX 103, 373 or 380
	Text   string
	At     Time
}

// ChildReplaced is 150=5, or 150=D, a change without our request (ER-10).
type ChildReplaced struct {
	Child        order.ChildID
	Request      uint32 // 0 = restated
	Qty          market.Qty
	Limit        market.Price
	Cum, Leaves  market.Qty
	At           Time
	VenueOrderID string
	Reason       uint16 // FIX 378 of a restatement
}

// CancelRejected is the venue's refusal of a cancel or replace (35=9, or a 3 or j that answers it).
type CancelRejected struct {
	Child   order.ChildID
	Request uint32
	Reason  uint16 // FIX 102
	Unknown bool   // the venue does not know the order
	Status  byte   // FIX 39
	Text    string
	At      Time
}

// ChildStatus is the answer to a status request (150=I). Request, Qty and Limit say which of an order's requests the venue
// has in force; a venue may leave them out, or name in 11 what it was asked about.
type ChildStatus struct {
	Child        order.ChildID
	Unknown      bool // an explicit "unknown order"
	Status       byte // FIX 39
	Cum, Leaves  market.Qty
	AvgPx        market.Price
	VenueOrderID string
	Text         string
	At           Time
	Request      uint32       // of the report's 11, 0 = the order itself or not known
	Qty          market.Qty   // the total, 0 if not given
	Limit        market.Price // 0 if not given
}

// ExecutionBusted takes an execution back (150=H, FIX 4.2 20=1).
type ExecutionBusted struct {
	Child     order.ChildID
	ExecID    string
	RefExecID string
	At        Time
}

// ExecutionCorrected changes an execution (150=G, FIX 4.2 20=2); Qty and Px are the new values (ER-21).
type ExecutionCorrected struct {
	Child     order.ChildID
	ExecID    string
	RefExecID string
	Qty       market.Qty
	Px        market.Price
	At        Time
}

// Total is the order's quantity that the status states, 0 if it states none.
func (e *ChildStatus) Total() market.Qty {
	if e.Qty > 0 {
		return e.Qty
	}
	return e.Cum + e.Leaves
}

// Kind implements Body.
func (*ChildSent) Kind() Kind          { return KindChildSent }
func (*ChildDenied) Kind() Kind        { return KindChildDenied }
func (*ChildAccepted) Kind() Kind      { return KindChildAccepted }
func (*ChildExecuted) Kind() Kind      { return KindChildExecuted }
func (*ChildDone) Kind() Kind          { return KindChildDone }
func (*ChildRejected) Kind() Kind      { return KindChildRejected }
func (*ChildReplaced) Kind() Kind      { return KindChildReplaced }
func (*CancelRejected) Kind() Kind     { return KindCancelRejected }
func (*ChildStatus) Kind() Kind        { return KindChildStatus }
func (*ExecutionBusted) Kind() Kind    { return KindExecutionBusted }
func (*ExecutionCorrected) Kind() Kind { return KindExecutionCorrected }

func (e *ChildSent) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Request)
}

func (e *ChildDenied) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Request)
	text(c, 3, &e.Reason)
}

func (e *ChildAccepted) visit(c *coder) {
	uvar(c, 1, &e.Child)
	text(c, 2, &e.VenueOrderID)
	flag(c, 3, &e.Pending)
	sint(c, 4, &e.At)
}

func (e *ChildExecuted) visit(c *coder) {
	uvar(c, 1, &e.Child)
	text(c, 2, &e.ExecID)
	text(c, 3, &e.VenueOrderID)
	sint(c, 4, &e.Qty)
	sint(c, 5, &e.Px)
	sint(c, 6, &e.Cum)
	sint(c, 7, &e.Leaves)
	uvar(c, 8, &e.Liquidity)
	text(c, 9, &e.LastMkt)
	sint(c, 10, &e.TradeDate)
	sint(c, 11, &e.At)
	uvar(c, 12, &e.Status)
}

func (e *ChildDone) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.What)
	uvar(c, 3, &e.Request)
	uvar(c, 4, &e.Reason)
	sint(c, 5, &e.Cum)
	sint(c, 6, &e.Leaves)
	text(c, 7, &e.Text)
	sint(c, 8, &e.At)
}

func (e *ChildRejected) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Reason)
	text(c, 3, &e.Text)
	sint(c, 4, &e.At)
}

func (e *ChildReplaced) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Request)
	sint(c, 3, &e.Qty)
	sint(c, 4, &e.Limit)
	sint(c, 5, &e.Cum)
	sint(c, 6, &e.Leaves)
	sint(c, 7, &e.At)
	text(c, 8, &e.VenueOrderID)
	uvar(c, 9, &e.Reason)
}

func (e *CancelRejected) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Request)
	uvar(c, 3, &e.Reason)
	flag(c, 4, &e.Unknown)
	uvar(c, 5, &e.Status)
	text(c, 6, &e.Text)
	sint(c, 7, &e.At)
}

func (e *ChildStatus) visit(c *coder) {
	uvar(c, 1, &e.Child)
	flag(c, 2, &e.Unknown)
	uvar(c, 3, &e.Status)
	sint(c, 4, &e.Cum)
	sint(c, 5, &e.Leaves)
	sint(c, 6, &e.AvgPx)
	text(c, 7, &e.VenueOrderID)
	text(c, 8, &e.Text)
	sint(c, 9, &e.At)
	uvar(c, 10, &e.Request)
	sint(c, 11, &e.Qty)
	sint(c, 12, &e.Limit)
}

func (e *ExecutionBusted) visit(c *coder) {
	uvar(c, 1, &e.Child)
	text(c, 2, &e.ExecID)
	text(c, 3, &e.RefExecID)
	sint(c, 4, &e.At)
}

func (e *ExecutionCorrected) visit(c *coder) {
	uvar(c, 1, &e.Child)
	text(c, 2, &e.ExecID)
	text(c, 3, &e.RefExecID)
	sint(c, 4, &e.Qty)
	sint(c, 5, &e.Px)
	sint(c, 6, &e.At)
}

// SendChild is a NewOrderSingle for a venue. ClOrdID is ClOrdID(Instance, Child, 0).
type SendChild struct {
	Child   order.Child
	ClOrdID string
	Account string
	// Capacity is the parent's, FIX 47 or 528.
	Capacity byte
	LocateID string
}

// CancelChild is an OrderCancelRequest for a venue.
type CancelChild struct {
	Child        order.ChildID
	Venue        market.VenueID
	Request      uint32
	ClOrdID      string
	OrigClOrdID  string
	VenueOrderID string
	Symbol       market.Symbol
	Side         market.Side
	Qty          market.Qty
	Why          string
}

// ReplaceChild is an OrderCancelReplaceRequest for a venue; Qty is the new total, filled included.
type ReplaceChild struct {
	CancelChild
	Limit market.Price
	Type  order.Type
	TIF   order.TIF
}

// QueryChild is an OrderStatusRequest for a venue.
type QueryChild struct {
	Child        order.ChildID
	Venue        market.VenueID
	ClOrdID      string // the one the venue uses now
	VenueOrderID string
	Symbol       market.Symbol
	Side         market.Side
}

// RecordChild keeps a child's state for the store and the page, at its end and at every later change.
type RecordChild struct {
	Child order.Child
	At    Time
}

// RecordExecution keeps one booked execution, or its bust or correction (same Key, Busted or new Qty and Px).
type RecordExecution struct {
	Exec     order.Execution
	ExecID   uint64 // the client's 17, as in ReportParent
	Decision uint64
	Side     market.Side
	Symbol   market.Symbol
	Style    order.Style
	Mid      market.Price // NBBO mid when it reached us
	Late     bool         // after the child's end (RACE-02)
}

// Kind implements Body.
func (*SendChild) Kind() Kind       { return KindSendChild }
func (*CancelChild) Kind() Kind     { return KindCancelChild }
func (*ReplaceChild) Kind() Kind    { return KindReplaceChild }
func (*QueryChild) Kind() Kind      { return KindQueryChild }
func (*RecordChild) Kind() Kind     { return KindRecordChild }
func (*RecordExecution) Kind() Kind { return KindRecordExecution }

func (e *SendChild) visit(c *coder) {
	message(c, 1, &e.Child, visitChild)
	text(c, 2, &e.ClOrdID)
	text(c, 3, &e.Account)
	uvar(c, 4, &e.Capacity)
	text(c, 5, &e.LocateID)
}

func (e *CancelChild) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Venue)
	uvar(c, 3, &e.Request)
	text(c, 4, &e.ClOrdID)
	text(c, 5, &e.OrigClOrdID)
	text(c, 6, &e.VenueOrderID)
	text(c, 7, &e.Symbol)
	uvar(c, 8, &e.Side)
	sint(c, 9, &e.Qty)
	text(c, 10, &e.Why)
}

func (e *ReplaceChild) visit(c *coder) {
	e.CancelChild.visit(c)
	sint(c, 11, &e.Limit)
	uvar(c, 12, &e.Type)
	uvar(c, 13, &e.TIF)
}

func (e *QueryChild) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Venue)
	text(c, 3, &e.ClOrdID)
	text(c, 4, &e.VenueOrderID)
	text(c, 5, &e.Symbol)
	uvar(c, 6, &e.Side)
}

func (e *RecordChild) visit(c *coder) {
	message(c, 1, &e.Child, visitChild)
	sint(c, 2, &e.At)
}

func (e *RecordExecution) visit(c *coder) {
	message(c, 1, &e.Exec, visitExecution)
	uvar(c, 2, &e.ExecID)
	uvar(c, 3, &e.Decision)
	uvar(c, 4, &e.Side)
	text(c, 5, &e.Symbol)
	uvar(c, 6, &e.Style)
	sint(c, 7, &e.Mid)
	flag(c, 8, &e.Late)
}

func visitChild(o *order.Child, c *coder) {
	uvar(c, 1, &o.ID)
	uvar(c, 2, &o.Parent)
	uvar(c, 3, &o.Decision)
	uvar(c, 4, &o.Venue)
	text(c, 5, &o.Symbol)
	uvar(c, 6, &o.Side)
	uvar(c, 7, &o.Type)
	uvar(c, 8, &o.TIF)
	uvar(c, 9, &o.Style)
	sint(c, 10, &o.Qty)
	sint(c, 11, &o.Limit)
	sint(c, 12, &o.MinQty)
	sint(c, 13, &o.Display)
	uvar(c, 14, &o.State)
	flag(c, 15, &o.PendingCancel)
	flag(c, 16, &o.PendingReplace)
	flag(c, 17, &o.InDoubt)
	sint(c, 18, &o.ReplaceQty)
	sint(c, 19, &o.ReplaceLimit)
	uvar(c, 20, &o.Requests)
	uvar(c, 21, &o.AcceptedReq)
	sint(c, 22, &o.Cum)
	sint(c, 23, &o.Leaves)
	notional(c, 24, &o.Notional)
	text(c, 26, &o.VenueOrderID)
	sint(c, 27, &o.DecidedAt)
	sint(c, 28, &o.WireAt)
	sint(c, 29, &o.AckedAt)
	sint(c, 30, &o.DoneAt)
	text(c, 31, &o.Reason)
	uvar(c, 32, &o.ReplaceReq)
	flag(c, 33, &o.ISO)
}

func visitExecution(x *order.Execution, c *coder) {
	message(c, 1, &x.Key, visitExecKey)
	uvar(c, 2, &x.Child)
	uvar(c, 3, &x.Parent)
	sint(c, 4, &x.Qty)
	sint(c, 5, &x.Px)
	uvar(c, 6, &x.Liquidity)
	text(c, 7, &x.LastMkt)
	sint(c, 8, &x.At)
	sint(c, 9, &x.Fee)
	sint(c, 10, &x.Reg)
	flag(c, 11, &x.Busted)
}

func visitExecKey(k *order.ExecKey, c *coder) {
	uvar(c, 1, &k.Venue)
	sint(c, 2, &k.Date)
	text(c, 3, &k.ExecID)
	text(c, 4, &k.OrderID)
}
