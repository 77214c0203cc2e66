package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Halt stops trading in a symbol at a venue: new orders are rejected, cancels work, resting orders stay.
func (m *Market) Halt(v market.VenueID, s market.Symbol) { m.setHalted(v, s, true) }

// Resume ends a halt. Pegs are priced anew.
func (m *Market) Resume(v market.VenueID, s market.Symbol) { m.setHalted(v, s, false) }

func (m *Market) setHalted(id market.VenueID, s market.Symbol, halted bool) {
	b := m.venue(id).books[m.symbol(s)]
	f := b.base()
	if f.halted == halted {
		return
	}
	f.halted = halted
	if l, ok := b.(*lob); ok {
		l.touch()
	}
	if !halted {
		f.refresh()
		if p, ok := b.(*pool); ok {
			(*ripening)(p).run(m, 0) // a holding period may have ended meanwhile
		}
		f.arm(b.watches())
	}
	m.flush()
}

// CancelUnsolicited makes the venue cancel a working order by itself; false if there is none of that name.
func (m *Market) CancelUnsolicited(v market.VenueID, client, clOrdID string) bool {
	c := m.venue(v).named[name{client, clOrdID}]
	if c == nil || c.state.Done() {
		return false
	}
	c.withdraw(Canceled, ReasonUnsolicited)
	m.flush()
	return true
}

// Bust takes an execution back, from both its sides where both are clients; false if there is no such execution or it is
// already taken back. A working or filled order that rests works again for what it lost.
func (m *Market) Bust(v market.VenueID, execID, text string) bool {
	vn := m.venue(v)
	for x := range vn.execs {
		if vn.execID(uint64(x+1)) == execID {
			ok := vn.bust(uint64(x+1), text)
			m.flush()
			return ok
		}
	}
	return false
}

// Stall makes a venue silent for requests until a time; they are worked then, in order.
func (m *Market) Stall(v market.VenueID, until market.Time) { m.venue(v).stalled = until }

// RejectAll makes a venue reject every new order and replace with text, until it is called with "".
func (m *Market) RejectAll(v market.VenueID, text string) { m.venue(v).refusing = text }

// CancelAll makes the venue cancel every working order of a client, as on loss of its session; it gives their number.
func (m *Market) CancelAll(v market.VenueID, client string) (n int) {
	for _, c := range m.venue(v).orders {
		if c.owner == client && !c.state.Done() {
			c.withdraw(Canceled, ReasonUnsolicited)
			n++
		}
	}
	m.flush()
	return n
}

// OrderTruth is how an order really stands at its venue.
type OrderTruth struct {
	Client, ClOrdID, OrderID string // ClOrdID is the current one
	Symbol                   market.Symbol
	Side                     market.Side
	State                    order.State
	Qty, Cum, Leaves         market.Qty
	AvgPx                    market.Price
	Reason                   Reason
	Arrived, Ended           market.Time // Ended 0 while working
}

// Truth gives every order that a client ever sent to a venue and that got an OrderID, in the order of arrival.
func (m *Market) Truth(v market.VenueID) []OrderTruth {
	vn := m.venue(v)
	all := make([]OrderTruth, 0, len(vn.orders))
	for _, c := range vn.orders {
		all = append(all, c.truth())
	}
	return all
}

// TruthOf gives the truth about the order with any ClOrdID of its chain.
func (m *Market) TruthOf(v market.VenueID, client, clOrdID string) (OrderTruth, bool) {
	c := m.venue(v).named[name{client, clOrdID}]
	if c == nil {
		return OrderTruth{}, false
	}
	return c.truth(), true
}

func (c *clientOrder) truth() OrderTruth {
	return OrderTruth{Client: c.owner, ClOrdID: c.clOrdID, OrderID: c.orderID, Symbol: c.book.base().inst.Symbol, Side: c.sent,
		State: c.state, Qty: c.qty, Cum: c.cum, Leaves: c.leaves, AvgPx: c.notional.Avg(c.cum), Reason: c.reason,
		Arrived: c.arrived, Ended: c.ended}
}

// Fair gives a symbol's fundamental mid as it is now, in micro-dollars; ok is false where nothing synthetic trades it. It is
// exogenous: the difference to the quote's mid is what trading, ours included, has done to the price.
func (m *Market) Fair(s market.Symbol) (mid float64, ok bool) {
	o := m.outlooks[m.symbol(s)]
	if o == nil {
		return 0, false
	}
	return o.at(m.now), true
}
