package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// client lets one client do something.
func (w *chaos) client() {
	c := &w.clients[w.rng.IntN(len(w.clients))]
	if w.born < w.kind.parents && (len(c.orders) == 0 || w.chance(50)) {
		n := 1 + w.rng.IntN(1+w.kind.parents/20)
		list, of := w.list(n)
		for ; n > 0; n-- {
			w.order(c, w.terms(), list, of)
		}
		return
	}
	if len(c.orders) == 0 {
		return
	}
	i := w.rng.IntN(len(c.orders))
	orig := c.orders[i]
	id := w.e.names[clientOrder{c.name, orig}]
	switch w.rng.IntN(11) {
	case 0, 1, 2, 3:
		w.struckParent(faultClientReplace, id)
		t := w.amended(c.terms[orig])
		id := c.id()
		w.apply(&event.ParentReplaceRequested{Client: c.name, ClOrdID: id, OrigClOrdID: orig, Terms: t})
		c.orders[i], c.terms[id] = id, t
	case 4, 5:
		w.struckParent(faultClientCancel, id)
		id := c.id()
		w.apply(&event.ParentCancelRequested{Client: c.name, ClOrdID: id, OrigClOrdID: orig})
		c.orders[i], c.terms[id] = id, c.terms[orig]
	case 6:
		w.apply(&event.ParentStatusRequested{Client: c.name, ClOrdID: orig})
	case 7:
		w.struckParent(faultRepeatedOrder, id)
		w.apply(&event.ParentReceived{Client: c.name, ClOrdID: orig, Resend: w.chance(50), Terms: c.terms[orig]})
	case 9:
		if w.chance(25) {
			w.massRequest(c)
		}
	case 10:
		if p := w.parents[id]; p != nil && p.lastFill != 0 && w.goes(faultQuestion, 30) {
			w.struckParent(faultQuestion, id)
			w.apply(&event.TradeQuestioned{Client: c.name, Parent: id, ExecID: p.lastFill, Reason: 'Z', Symbol: "ABC", Text: "test"})
		}
	case 8:
		if !w.goes(faultClientDown, 60) {
			return
		}
		for _, o := range c.orders[max(0, len(c.orders)-20):] {
			w.struckParent(faultClientDown, w.e.names[clientOrder{c.name, o}])
		}
		w.apply(&event.ClientDown{Client: c.name})
		if w.chance(70) {
			w.pass(int64(w.rng.IntN(20)) * market.Second)
			w.apply(&event.ClientUp{Client: c.name})
		}
	}
}

// massRequest asks about, or cancels, everything of a client.
func (w *chaos) massRequest(c *clientBook) {
	if w.chance(50) {
		w.apply(&event.ParentMassStatusRequested{Client: c.name, ReqID: c.id(), Scope: event.StatusAll})
		return
	}
	for _, o := range c.orders {
		w.struckParent(faultMassCancel, w.e.names[clientOrder{c.name, o}])
	}
	w.apply(&event.ParentMassCancelRequested{Client: c.name, ClOrdID: c.id(), Scope: event.CancelAll})
}

// list makes some of what comes together a basket, of which the last order comes or not. It draws nothing: the worlds
// without one stay as they are.
func (w *chaos) list(n int) (name string, of uint32) {
	if !w.baskets() || n < 2 {
		return "", 0
	}
	return fmt.Sprint("L", w.born), uint32(n + w.born%2)
}

// baskets reports whether orders come in baskets, and unusual ones wait for a person (RISK-20).
func (w *chaos) baskets() bool { return w.seed%4 == 1 }

// decideBasket is a person who looks at what waits.
func (w *chaos) decideBasket() {
	if all := w.e.Baskets(); len(all) > 0 {
		b := all[w.seq%uint64(len(all))]
		w.apply(&event.BasketDecided{Basket: b.Basket, Confirm: w.seq%3 > 0, Actor: "ann", Reason: "the desk sent it"})
	}
}

func (w *chaos) order(c *clientBook, t order.Terms, list string, of uint32) {
	id := c.id()
	w.born++
	w.apply(&event.ParentReceived{Client: c.name, ClOrdID: id, Terms: t, List: list, ListOrders: of})
	c.orders, c.terms[id] = append(c.orders, id), t
}

func (c *clientBook) id() string {
	c.next++
	return fmt.Sprint("C", c.next)
}

func (w *chaos) mid(s market.Symbol) market.Price {
	if s == "ABC" {
		return w.mids[0]
	}
	return w.mids[1]
}

// terms is a random order of any strategy.
func (w *chaos) terms() order.Terms {
	t := order.Terms{Symbol: w.cfg.Instruments[w.rng.IntN(len(w.cfg.Instruments))].Symbol, Side: market.Buy, Type: order.Market, Qty: market.Qty(1 + w.rng.IntN(200)),
		Objective: order.Objective(w.rng.IntN(4)), Urgency: order.Urgency(w.rng.IntN(3)), Strategy: order.Strategy(w.rng.IntN(4)), NoExplore: w.chance(20)}
	if w.chance(80) {
		t.Qty *= 100
	}
	if w.chance(50) {
		t.Side = market.Sell
	}
	if w.chance(50) {
		t.Type = order.Limit
		t.Limit = w.mid(t.Symbol) + market.Price(w.rng.IntN(9)-4)*10_000
	}
	if w.chance(50) {
		t.End = w.now.Add(int64(1+w.rng.IntN(120)) * market.Second)
	}
	switch t.Strategy {
	case order.POV:
		t.MaxPctBps = int64(500 + w.rng.IntN(4000))
	case order.Immediate:
		if w.chance(25) {
			t.TIF = order.IOC
		}
	}
	if t.TIF != order.IOC && w.chance(15) {
		t.TIF, t.ExpireAt = order.GTD, w.now.Add(int64(10+w.rng.IntN(100))*market.Second)
	}
	if w.kind.days && t.TIF == order.Day && w.chance(60) {
		t.TIF = order.GTC
		if w.chance(60) {
			t.End = 0
		}
	}
	if w.chance(10) {
		t.MinQty = min(t.Qty, 300)
	}
	if w.chance(15) {
		t.MaxFloor = 400
	}
	if w.chance(10) {
		t.Directed = w.cfg.Venues[w.rng.IntN(len(w.cfg.Venues))].Name
	}
	if w.chance(10) {
		t.Venues = w.someVenues()
	}
	if w.chance(10) {
		t.Start = w.now.Add(int64(w.rng.IntN(5)) * market.Second)
	}
	return t
}

// someVenues is the set of venues that a client permits.
func (w *chaos) someVenues() uint64 { return 1 + w.rng.Uint64N(1<<len(w.cfg.Venues)-1) }

// amended changes an order's quantity, limit, display or venues.
func (w *chaos) amended(t order.Terms) order.Terms {
	switch w.rng.IntN(8) {
	case 0, 1:
		t.Qty = max(1, t.Qty*market.Qty(20+w.rng.IntN(100))/100)
	case 2:
		t.Qty += 1000
	case 3, 6, 7:
		if t.Type == order.Limit {
			t.Limit += market.Price(w.rng.IntN(7)-3) * 10_000
		}
	case 4:
		t.MaxFloor = 300
	case 5:
		t.Venues = w.someVenues()
	}
	t.MinQty = min(t.MinQty, t.Qty)
	return t
}

// operate is a person at the desk.
func (w *chaos) operate() {
	if w.baskets() {
		w.decideBasket()
	}
	switch w.rng.IntN(6) {
	case 5:
		w.decide()
	case 0:
		if !w.goes(faultHalt, 60) {
			return
		}
		w.struckAll(faultHalt)
		w.halted = true
		w.apply(&event.Halted{Actor: "test"})
		for range w.rng.IntN(5) {
			w.hand(2)
			w.deliver(2)
			w.pass(int64(w.rng.IntN(300)) * market.Millisecond)
		}
		w.resume()
	case 1:
		if w.goes(faultHalt, 60) {
			v := w.rng.IntN(len(w.cfg.Venues))
			w.struckVenue(faultHalt, market.VenueID(v))
			w.apply(&event.Halted{Venue: w.cfg.Venues[v].Name, Actor: "test"})
		}
	case 2:
		if w.goes(faultDegrade, 40) {
			w.struckAll(faultDegrade)
			w.degraded = uint8(w.rng.IntN(3))
			w.apply(&event.Degraded{Level: w.degraded, Reason: "test"})
			return
		}
		if w.chance(10) {
			w.apply(&event.ControlSwitched{Control: "RISK-11", Off: true, Until: w.now.Add(5 * market.Second), Actor: "ann", Approver: "bob", Reason: "a test that nothing is wrong"})
			return
		}
		w.resume()
	default:
		id := order.ParentID(1 + w.rng.IntN(1+len(w.e.parents)))
		if n := len(w.e.live); n > 0 && w.chance(90) {
			id = w.e.live[w.rng.IntN(n)].ID
		}
		steer := event.Steer(1 + w.rng.IntN(4))
		if steer == event.SteerCancel && w.chance(80) {
			steer = event.SteerResume
		}
		w.struckParent(faultSteer, id)
		b := event.ParentSteered{Parent: id, Steer: steer, Urgency: order.Urgency(w.rng.IntN(3)), Sets: event.Sets(w.rng.IntN(8)), Actor: "ann", Approver: "bob", Reason: "a test that nothing is wrong"}
		if p := w.e.parents[id]; p != nil && w.chance(70) { // near the market, so that it parts what may stay from what may not
			b.Bounds.Limit = max(0, p.symbol.quote.Bid+market.Price(w.rng.IntN(9)-4)*p.symbol.Tick)
		}
		if w.chance(30) {
			b.Bounds.MaxPctBps = int64(w.rng.IntN(4000))
		}
		w.apply(&b)
	}
}

func (w *chaos) resume() {
	w.halted, w.degraded = false, event.DegradedNone
	w.apply(&event.Degraded{Reason: "test"})
	two := event.Resumed{Actor: "ann", Approver: "bob", Reason: "the test goes on after its halt"}
	w.apply(&two)
	for i := range w.cfg.Venues {
		one := two
		one.Venue = w.cfg.Venues[i].Name
		w.apply(&one)
	}
}
