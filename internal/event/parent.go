package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ParentReceived is a NewOrderSingle of a client that could be decoded.
type ParentReceived struct {
	Client  string // FIX session
	ClOrdID string
	Resend  bool // 97=Y: the client thinks it sent this before (ER-18)
	Terms   order.Terms

	List       string // the basket that it is of; empty = none (RISK-20)
	ListOrders uint32 // how many orders that has
}

// ParentReplaceRequested is an OrderCancelReplaceRequest of a client.
type ParentReplaceRequested struct {
	Client      string
	ClOrdID     string
	OrigClOrdID string
	Terms       order.Terms // Qty is the new total, filled included (ER-06)
}

// ParentCancelRequested is an OrderCancelRequest of a client.
type ParentCancelRequested struct {
	Client      string
	ClOrdID     string
	OrigClOrdID string
}

// ParentStatusRequested is an OrderStatusRequest of a client.
type ParentStatusRequested struct {
	Client  string
	ClOrdID string
	ReqID   string // FIX 790, echoed
}

// Steer is what a person or the desk's page does to a parent.
type Steer uint8

// The steers.
const (
	SteerPause Steer = iota + 1
	SteerResume
	SteerCancel
	SteerTerms   // urgency, and bounds within the client's terms
	SteerUnpause // SteerResume of what a person paused; what a rule stopped stays so (RISK-07)
)

// Sets says which of its fields a SteerTerms sets; the others stay as they are.
type Sets uint8

// What can be set.
const (
	SetUrgency Sets = 1 << iota
	SetLimit
	SetShare
)

// ParentSteered is an operator's control of one parent.
type ParentSteered struct {
	Parent order.ParentID
	Steer  Steer
	Actor  string

	Approver string // the second person, where SteerResume lifts what a rule stopped (RISK-12)
	Reason   string

	Sets    Sets // SteerTerms only, as are the rest
	Urgency order.Urgency
	Bounds  order.Bounds // 0 = the client's own again; never wider than it
}

// ClientUp says that a client session logged on.
type ClientUp struct{ Client string }

// ClientDown says that a client session is gone (RACE-09).
type ClientDown struct{ Client string }

// Kind implements Body.
func (*ParentReceived) Kind() Kind         { return KindParentReceived }
func (*ParentReplaceRequested) Kind() Kind { return KindParentReplaceRequested }
func (*ParentCancelRequested) Kind() Kind  { return KindParentCancelRequested }
func (*ParentStatusRequested) Kind() Kind  { return KindParentStatusRequested }
func (*ParentSteered) Kind() Kind          { return KindParentSteered }
func (*ClientUp) Kind() Kind               { return KindClientUp }
func (*ClientDown) Kind() Kind             { return KindClientDown }

func (e *ParentReceived) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ClOrdID)
	flag(c, 3, &e.Resend)
	message(c, 4, &e.Terms, visitTerms)
	text(c, 5, &e.List)
	uvar(c, 6, &e.ListOrders)
}

func (e *ParentReplaceRequested) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ClOrdID)
	text(c, 3, &e.OrigClOrdID)
	message(c, 4, &e.Terms, visitTerms)
}

func (e *ParentCancelRequested) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ClOrdID)
	text(c, 3, &e.OrigClOrdID)
}

func (e *ParentStatusRequested) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ClOrdID)
	text(c, 3, &e.ReqID)
}

func (e *ParentSteered) visit(c *coder) {
	uvar(c, 1, &e.Parent)
	uvar(c, 2, &e.Steer)
	uvar(c, 3, &e.Urgency)
	text(c, 4, &e.Actor)
	uvar(c, 5, &e.Sets)
	message(c, 6, &e.Bounds, visitBounds)
	text(c, 7, &e.Approver)
	text(c, 8, &e.Reason)
}

func visitBounds(b *order.Bounds, c *coder) {
	sint(c, 1, &b.Limit)
	sint(c, 2, &b.MaxPctBps)
}

func (e *ClientUp) visit(c *coder)   { text(c, 1, &e.Client) }
func (e *ClientDown) visit(c *coder) { text(c, 1, &e.Client) }

func visitTerms(t *order.Terms, c *coder) {
	text(c, 1, &t.Account)
	text(c, 2, &t.Symbol)
	uvar(c, 3, &t.Side)
	sint(c, 4, &t.Qty)
	uvar(c, 5, &t.Type)
	sint(c, 6, &t.Limit)
	uvar(c, 7, &t.TIF)
	sint(c, 8, &t.ExpireAt)
	uvar(c, 9, &t.Strategy)
	uvar(c, 10, &t.Objective)
	uvar(c, 11, &t.Urgency)
	sint(c, 12, &t.MaxPctBps)
	sint(c, 13, &t.Start)
	sint(c, 14, &t.End)
	uvar(c, 15, &t.Venues)
	text(c, 16, &t.Directed)
	sint(c, 17, &t.MinQty)
	sint(c, 18, &t.MaxFloor)
	sint(c, 19, &t.TargetPx)
	uvar(c, 20, &t.Capacity)
	flag(c, 21, &t.NoExplore)
	flag(c, 22, &t.HideDark)
	text(c, 23, &t.LocateID)
}

// ReportParent is an ExecutionReport to a client. ClOrdID, OrigClOrdID, prices and quantities are those the report
// must carry, which differ from the parent's while a request is pending (ER-04).
type ReportParent struct {
	Parent      order.ParentID
	Client      string
	ExecID      uint64 // 17 is a pure function of it (ER-23)
	ClOrdID     string
	OrigClOrdID string
	ExecType    byte // FIX 4.4 letter of 150
	OrdStatus   byte // FIX letter of 39
	Terms       order.Terms
	Cum, Leaves market.Qty
	AvgPx       market.Price
	LastQty     market.Qty
	LastPx      market.Price
	LastMkt     string
	Liquidity   market.Liquidity
	RefExecID   uint64 // 19 of a bust or correction
	Reason      uint16 // 103 of a reject
	Text        string
	At          Time
	Fee         market.Money // venue's and regulators' charges on this execution
	Resend      bool         // 97=Y

	// An answer to a status request echoes its id; one to a mass request also says of how many answers it is one.
	MassReqID string // FIX 584
	ReqID     string // FIX 790
	Total     uint32 // FIX 911
	Last      bool   // FIX 912

	// The day's figures of an order that lives for more than one (FIX 424, 425, 426).
	DayOrderQty       market.Qty
	DayCum            market.Qty
	DayAvgPx          market.Price
	RestatementReason uint16 // FIX 378
}

// RejectRequest is an OrderCancelReject (35=9) to a client.
type RejectRequest struct {
	Parent      order.ParentID // 0 if unknown
	Client      string
	ClOrdID     string
	OrigClOrdID string
	OrdStatus   byte
	Replace     bool   // 434: 1 cancel, 2 replace
	Reason      uint16 // 102
	Text        string
	At          Time
}

// RecordParent keeps a parent's state for the store and the page, at its start and at every change of state.
type RecordParent struct {
	Parent       order.Parent
	MarketVolume market.Qty      // printed since arrival, all venues
	MarketValue  market.Notional // of MarketVolume
	Decisions    uint64
	Children     uint64
	At           Time
	EndMid       market.Price // NBBO mid now
	ExploreBps   float64      // what exploring with it was expected to cost so far, bps of its quantity
	Limits       string       // version of the limits that it passed, or that refused it (RISK-21)
}

// Kind implements Body.
func (*ReportParent) Kind() Kind  { return KindReportParent }
func (*RejectRequest) Kind() Kind { return KindRejectRequest }
func (*RecordParent) Kind() Kind  { return KindRecordParent }

func (e *ReportParent) visit(c *coder) {
	uvar(c, 1, &e.Parent)
	text(c, 2, &e.Client)
	uvar(c, 3, &e.ExecID)
	text(c, 4, &e.ClOrdID)
	text(c, 5, &e.OrigClOrdID)
	uvar(c, 6, &e.ExecType)
	uvar(c, 7, &e.OrdStatus)
	message(c, 8, &e.Terms, visitTerms)
	sint(c, 9, &e.Cum)
	sint(c, 10, &e.Leaves)
	sint(c, 11, &e.AvgPx)
	sint(c, 12, &e.LastQty)
	sint(c, 13, &e.LastPx)
	text(c, 14, &e.LastMkt)
	uvar(c, 15, &e.Liquidity)
	uvar(c, 16, &e.RefExecID)
	uvar(c, 17, &e.Reason)
	text(c, 18, &e.Text)
	sint(c, 19, &e.At)
	sint(c, 20, &e.Fee)
	flag(c, 21, &e.Resend)
	text(c, 22, &e.MassReqID)
	text(c, 23, &e.ReqID)
	uvar(c, 24, &e.Total)
	flag(c, 25, &e.Last)
	sint(c, 26, &e.DayOrderQty)
	sint(c, 27, &e.DayCum)
	sint(c, 28, &e.DayAvgPx)
	uvar(c, 29, &e.RestatementReason)
}

func (e *RejectRequest) visit(c *coder) {
	uvar(c, 1, &e.Parent)
	text(c, 2, &e.Client)
	text(c, 3, &e.ClOrdID)
	text(c, 4, &e.OrigClOrdID)
	uvar(c, 5, &e.OrdStatus)
	flag(c, 6, &e.Replace)
	uvar(c, 7, &e.Reason)
	text(c, 8, &e.Text)
	sint(c, 9, &e.At)
}

func (e *RecordParent) visit(c *coder) {
	message(c, 1, &e.Parent, visitParent)
	sint(c, 2, &e.MarketVolume)
	notional(c, 3, &e.MarketValue)
	uvar(c, 5, &e.Decisions)
	uvar(c, 6, &e.Children)
	sint(c, 7, &e.At)
	sint(c, 8, &e.EndMid)
	real(c, 9, &e.ExploreBps)
	text(c, 10, &e.Limits)
}

// notional takes two field numbers, n and n+1.
func notional(c *coder, n int32, v *market.Notional) {
	hi, lo := v.Parts()
	uvar(c, num(n), &hi)
	uvar(c, num(n+1), &lo)
	*v = market.NotionalFromParts(hi, lo)
}

func visitParent(p *order.Parent, c *coder) {
	uvar(c, 1, &p.ID)
	text(c, 2, &p.Client)
	text(c, 3, &p.ClOrdID)
	message(c, 4, &p.Terms, visitTerms)
	uvar(c, 5, &p.State)
	uvar(c, 6, &p.Hold)
	sint(c, 7, &p.Cum)
	notional(c, 8, &p.Notional)
	sint(c, 10, &p.Received)
	sint(c, 11, &p.DoneAt)
	sint(c, 12, &p.Arrival)
	message(c, 13, &p.ArrivalNBBO, visitQuote)
	text(c, 14, &p.Reason)
	message(c, 15, &p.Bounds, visitBounds)
	message(c, 16, &p.Own, visitBounds)
}

func visitQuote(q *market.Quote, c *coder) {
	sint(c, 1, &q.Bid)
	sint(c, 2, &q.Ask)
	sint(c, 3, &q.BidSize)
	sint(c, 4, &q.AskSize)
}
