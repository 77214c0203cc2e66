package order

import "github.com/sluice-sor/sluice/internal/market"

// Hold is why a parent routes nothing although it is not done.
type Hold uint8

// The holds.
const (
	HoldNone    Hold = iota
	HoldCancel       // the client asked to cancel; children are being withdrawn
	HoldStop         // an invariant, a limit or a person stopped it; a person decides (RISK-01, RACE-02)
	HoldFrozen       // reports contradict each other; nothing moves until it is resolved (ER-13)
	HoldPaused       // the trader paused it
	HoldKilled       // a kill scope matches (KILL-01)
	HoldConfirm      // it, or its basket, waits for a person's one confirmation (RISK-20)
)

var holdNames = [...]string{"none", "cancel", "stop", "frozen", "paused", "killed", "confirm"}

func (h Hold) String() string {
	if int(h) < len(holdNames) {
		return holdNames[h]
	}
	return "unknown hold"
}

// Parent is a client's order.
type Parent struct {
	ID      ParentID
	Client  string // FIX session it came from, scope of its ClOrdID (RACE-12)
	ClOrdID string // the last accepted one
	Terms   Terms  // what it works by: the client's, within the bounds
	Bounds  Bounds // what a person at the desk set; zero = nothing
	Own     Bounds // what the client set, while there are bounds

	State    State
	Hold     Hold
	Cum      market.Qty
	Notional market.Notional

	Received    market.Time
	DoneAt      market.Time
	Arrival     market.Price // NBBO mid at receipt; 0 if the market had none
	ArrivalNBBO market.Quote
	Reason      string // why it ended or is held
}

// Leaves is what remains to be filled: 0 once the parent is done.
func (p *Parent) Leaves() market.Qty {
	if p.State.Done() {
		return 0
	}
	return p.Terms.Qty - p.Cum
}

// AvgPx is the average price of the surviving executions, 0 if there are none.
func (p *Parent) AvgPx() market.Price { return p.Notional.Avg(p.Cum) }

// Bounds narrow what a client allows. Zero fields are as the client has them.
type Bounds struct {
	Limit     market.Price
	MaxPctBps int64 // largest share of market volume in basis points
}

// Asked gives the terms as the client has them.
func (p *Parent) Asked() Terms {
	t := p.Terms
	if p.Bounds != (Bounds{}) {
		t.Limit, t.MaxPctBps = p.Own.Limit, p.Own.MaxPctBps
	}
	return t
}

// Amend puts the client's terms in force, within the bounds.
func (p *Parent) Amend(t Terms) {
	p.Own = Bounds{}
	if p.Bounds != (Bounds{}) {
		p.Own = Bounds{t.Limit, t.MaxPctBps}
	}
	p.Terms = p.Bounds.Within(t)
}

// Within gives terms t, narrowed to the bounds.
func (b Bounds) Within(t Terms) Terms {
	if b.Limit > 0 && (t.Limit == 0 || t.Side.Worse(t.Limit, b.Limit)) {
		t.Limit = b.Limit
	}
	if b.MaxPctBps > 0 && (t.MaxPctBps == 0 || b.MaxPctBps < t.MaxPctBps) {
		t.MaxPctBps = b.MaxPctBps
	}
	return t
}
