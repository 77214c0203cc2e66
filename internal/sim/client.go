package sim

import (
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// clientOrder is an order that came from outside, with everything its client may be told.
//
// Invariants: cum + leaves ≤ qty; leaves = 0 once the state is done; cum is the sum of its executions that were not busted.
type clientOrder struct {
	ord
	v        *venue
	book     matcher
	owner    string // whose
	sent     market.Side
	clOrdID  string // the current one
	orderID  string
	state    order.State
	cum      market.Qty
	notional market.Notional
	arrived  market.Time
	ended    market.Time
	expiry   market.Time // GTD
	reason   Reason
}

// fill books an execution and reports it. The book has already reduced leaves.
func (c *clientOrder) fill(x uint64, q market.Qty, p market.Price, l market.Liquidity) {
	c.cum += q
	c.notional = c.notional.Add(market.NotionalOf(p, q))
	c.advance(order.WasFilled)
	r := c.report(Filled)
	r.ExecID, r.LastQty, r.LastPx, r.Liquidity = c.v.execID(x), q, p, l
	c.v.send(r)
}

func (c *clientOrder) advance(h order.Happening) {
	next, ok := order.Next(c.state, h, int64(c.cum), int64(c.leaves))
	if !ok {
		panic("sim: " + h.String() + " in state " + c.state.String())
	}
	c.state = next
	if next.Done() {
		c.ended = c.v.m.now
	}
}

// end finishes the order; leaves is already 0.
func (c *clientOrder) end(k Kind, why Reason, _ market.Qty) {
	h := order.WasCanceled
	if k == Expired {
		h = order.WasExpired
	}
	c.advance(h)
	c.reason = why
	r := c.report(k)
	r.Reason = why
	c.v.send(r)
}

func (c *clientOrder) restated() { c.v.send(c.report(Restated)) }

// report gives a report of kind k with the order's state as it is now.
func (c *clientOrder) report(k Kind) *Report {
	limit := c.limit
	if k == Restated {
		limit = c.price
	}
	return &Report{
		Kind: k, Venue: c.v.spec.ID, Client: c.owner, Symbol: c.book.base().inst.Symbol, Side: c.Side(),
		ClOrdID: c.clOrdID, OrderID: c.orderID, State: c.state, Qty: c.qty, Limit: limit,
		Cum: c.cum, Leaves: c.leaves, AvgPx: c.notional.Avg(c.cum), At: c.v.m.now,
	}
}

// Side gives the side the client sent: a short sale keeps its name.
func (c *clientOrder) Side() market.Side { return c.sent }

// execution is one trade in which at least one client took part.
type execution struct {
	party [2]*clientOrder // resting, incoming; nil for an agent
	qty   market.Qty
	price market.Price
	bust  bool
}

// execution numbers a trade. Trades between agents are not kept.
func (v *venue) execution(c, o *ord, q market.Qty, p market.Price) uint64 {
	if c.client == nil && o.client == nil {
		return 0
	}
	v.execs = append(v.execs, execution{party: [2]*clientOrder{c.client, o.client}, qty: q, price: p})
	return uint64(len(v.execs))
}

func (v *venue) execID(x uint64) string { return v.prefix + "E" + strconv.FormatUint(x, 10) }

// bust takes execution x back from both its parties. An order that is working, or was filled by it, works again for what it
// lost, behind its level; one that had ended stays ended.
func (v *venue) bust(x uint64, text string) bool {
	if x == 0 || x > uint64(len(v.execs)) || v.execs[x-1].bust {
		return false
	}
	e := &v.execs[x-1]
	e.bust = true
	for _, c := range e.party {
		if c != nil {
			c.busted(e, x, text)
		}
	}
	return true
}

func (c *clientOrder) busted(e *execution, x uint64, text string) {
	c.cum -= e.qty
	c.notional = c.notional.Sub(market.NotionalOf(e.price, e.qty))
	again := (!c.state.Done() || c.state == order.Filled) && !c.lapses()
	if again {
		if c.resting {
			c.book.remove(&c.ord)
		}
		c.leaves += e.qty
	}
	if c.state == order.Filled && !again {
		c.state = order.Canceled // an immediate order has no book to go back to
	} else {
		c.advance(order.WasBusted)
	}
	r := c.report(Busted)
	r.ExecID, r.ExecRefID = c.v.execID(x)+"X", c.v.execID(x)
	r.LastQty, r.LastPx, r.Text = e.qty, e.price, text
	c.v.send(r)
	if again {
		c.book.enter(&c.ord)
	}
}
