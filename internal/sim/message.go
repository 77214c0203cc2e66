package sim

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Order is a new order of a client. ClOrdID is unique per client and venue.
type Order struct {
	Client   string // whose order it is: scope of ClOrdID and of self-trade prevention
	ClOrdID  string
	Symbol   market.Symbol
	Side     market.Side
	Type     order.Type
	TIF      order.TIF
	Qty      market.Qty
	Limit    market.Price // 0 = none; a peg's cap
	MinQty   market.Qty   // smallest execution; 0 = any
	Display  market.Qty   // displayed slice of a reserve order; 0 = all
	Hidden   bool         // a limit order that is not displayed
	PostOnly bool         // must not take
	Offset   market.Price // primary peg: added towards the far side
	ExpireAt market.Time  // GTD

	// Discretion is how far past its limit, unseen, a displayed limit order trades with a contra that stands or comes there; 0
	// for none. A venue takes it with market.CapDLimit.
	Discretion market.Price
}

// CancelRequest asks to cancel what is left of OrigClOrdID.
type CancelRequest struct {
	Client, ClOrdID, OrigClOrdID string
}

// ReplaceRequest asks to change OrigClOrdID: Qty is the new total, including what is filled. All terms are given anew.
// Less quantity at the same price and display keeps priority; anything else loses it.
type ReplaceRequest struct {
	Client, ClOrdID, OrigClOrdID string
	Qty                          market.Qty
	Limit                        market.Price
	MinQty, Display              market.Qty
}

// StatusRequest asks how an order stands. Any ClOrdID of the order's chain names it.
type StatusRequest struct {
	Client, ClOrdID string
	ReqID           string // echoed in Report.StatusReqID
}

// Kind is what a report says.
type Kind uint8

// The kinds of report.
const (
	Accepted        Kind = iota + 1
	Rejected             // the order was refused
	Filled               // an execution; Leaves tells whether it is whole
	Canceled             // on request, unsolicited, or by self-trade prevention
	Expired              // IOC, FOK, day end
	Replaced             // ClOrdID is the new one
	CancelRejected       // a cancel request was refused
	ReplaceRejected      // a replace request was refused
	Busted               // the execution ExecRefID is taken back
	Status               // the answer to a status request
	Restated             // the venue changed the price itself (slide, D-Limit step)
)

var kindNames = [...]string{"none", "accepted", "rejected", "filled", "canceled", "expired", "replaced",
	"cancel rejected", "replace rejected", "busted", "status", "restated"}

// String gives the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Reason is why a venue refused or ended something.
type Reason uint8

// The reasons.
const (
	ReasonNone Reason = iota
	ReasonUnknownSymbol
	ReasonUnknownOrder
	ReasonTooLate
	ReasonDuplicate
	ReasonUnsupported
	ReasonBadQty
	ReasonBadPrice
	ReasonHalted
	ReasonWouldTake
	ReasonNoLiquidity
	ReasonMinQty
	ReasonSelfTrade
	ReasonUnsolicited
	ReasonOutage
	ReasonEndOfDay
)

var reasonNames = [...]string{"", "unknown symbol", "unknown order", "too late to cancel", "duplicate ClOrdID",
	"unsupported", "bad quantity", "bad price", "halted", "post-only would take", "nothing left to trade with",
	"minimum quantity not met", "self-trade prevented", "unsolicited", "venue outage", "end of day"}

// String gives the reason as text for a person.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Report is a venue's message to a client about one of its orders.
type Report struct {
	Kind        Kind
	Venue       market.VenueID
	Client      string
	Symbol      market.Symbol
	Side        market.Side
	ClOrdID     string
	OrigClOrdID string // replaces and cancels: the one acted on
	OrderID     string // "NONE" where the order is unknown
	ExecID      string // unique per venue
	ExecRefID   string // Busted: the execution taken back
	StatusReqID string
	State       order.State // of the order after this; 0 where unknown
	Qty         market.Qty  // the order's total
	Limit       market.Price
	LastQty     market.Qty
	LastPx      market.Price
	Cum, Leaves market.Qty
	AvgPx       market.Price
	Liquidity   market.Liquidity
	Reason      Reason
	Text        string
	At          market.Time // when it happened at the venue
	Received    market.Time // when the callback is called
}

// AppendText appends r as one line, without its end; two runs of a seed give the same bytes.
func (r *Report) AppendText(b []byte) []byte {
	b = fmt.Appendf(b, "%d v%d %s %s %s", int64(r.Received), r.Venue, r.Kind, r.Client, r.ClOrdID)
	if r.OrigClOrdID != "" {
		b = fmt.Appendf(b, " orig %s", r.OrigClOrdID)
	}
	b = fmt.Appendf(b, " %s %s qty %d", r.Symbol, r.Side, r.Qty)
	if r.LastQty > 0 {
		b = fmt.Appendf(b, " last %d@%s %s exec %s", r.LastQty, r.LastPx, r.Liquidity, r.ExecID)
	}
	b = fmt.Appendf(b, " cum %d leaves %d", r.Cum, r.Leaves)
	if r.Reason != 0 {
		b = fmt.Appendf(b, " (%s)", r.Reason)
	}
	return b
}

// Trade is a print.
type Trade struct {
	Venue    market.VenueID
	Symbol   market.Symbol
	Price    market.Price
	Qty      market.Qty
	Taker    market.Side // side of the order that took; 0 for a cross or where unknown
	At       market.Time // at the venue
	Received market.Time
	Seq      uint64 // of the market, from 1
}
