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
	if len(c.orders) == 0 || w.chance(35) {
		w.order(c, w.terms())
		return
	}
	i := w.rng.IntN(len(c.orders))
	orig := c.orders[i]
	switch w.rng.IntN(9) {
	case 0, 1, 2, 3:
		w.seen["replace"]++
		t := w.amended(c.terms[orig])
		id := c.id()
		w.apply(&event.ParentReplaceRequested{Client: c.name, ClOrdID: id, OrigClOrdID: orig, Terms: t})
		c.orders[i], c.terms[id] = id, t
	case 4, 5:
		w.seen["cancel"]++
		id := c.id()
		w.apply(&event.ParentCancelRequested{Client: c.name, ClOrdID: id, OrigClOrdID: orig})
		c.orders[i], c.terms[id] = id, c.terms[orig]
	case 6:
		w.apply(&event.ParentStatusRequested{Client: c.name, ClOrdID: orig})
	case 7:
		w.apply(&event.ParentReceived{Client: c.name, ClOrdID: orig, Resend: w.chance(50), Terms: c.terms[orig]})
	case 8:
		w.seen["client down"]++
		w.apply(&event.ClientDown{Client: c.name})
		if w.chance(70) {
			w.pass(int64(w.rng.IntN(20)) * market.Second)
			w.apply(&event.ClientUp{Client: c.name})
		}
	}
}

func (w *chaos) order(c *clientBook, t order.Terms) {
	id := c.id()
	w.apply(&event.ParentReceived{Client: c.name, ClOrdID: id, Terms: t})
	c.orders, c.terms[id] = append(c.orders, id), t
}

func (c *clientBook) id() string {
	c.next++
	return fmt.Sprint("C", c.next)
}

// terms is a random order of any strategy.
func (w *chaos) terms() order.Terms {
	t := order.Terms{Symbol: "ABC", Side: market.Buy, Type: order.Market, Qty: market.Qty(1 + w.rng.IntN(200)),
		Objective: order.Objective(w.rng.IntN(4)), Urgency: order.Urgency(w.rng.IntN(3)), Strategy: order.Strategy(w.rng.IntN(4)), NoExplore: w.chance(20)}
	if w.chance(80) {
		t.Qty *= 100
	}
	if w.chance(50) {
		t.Side = market.Sell
	}
	if w.chance(50) {
		t.Type = order.Limit
		t.Limit = w.mid + market.Price(w.rng.IntN(9)-4)*10_000
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
		t.Venues = 1<<venueDarkA | 1<<venueLitX | 1<<venueInverted
	}
	if w.chance(10) {
		t.Start = w.now.Add(int64(w.rng.IntN(5)) * market.Second)
	}
	return t
}

// amended changes an order's quantity, limit, display or venues.
func (w *chaos) amended(t order.Terms) order.Terms {
	switch w.rng.IntN(6) {
	case 0, 1:
		t.Qty = max(1, t.Qty*market.Qty(20+w.rng.IntN(100))/100)
	case 2:
		t.Qty += 1000
	case 3:
		if t.Type == order.Limit {
			t.Limit += market.Price(w.rng.IntN(7)-3) * 10_000
		}
	case 4:
		t.MaxFloor = 300
	case 5:
		t.Venues = 1<<venueDarkB | 1<<venueLitY | 1<<venueLitX
	}
	t.MinQty = min(t.MinQty, t.Qty)
	return t
}

// operate is a person at the desk.
func (w *chaos) operate() {
	switch w.rng.IntN(5) {
	case 0:
		w.seen["halt"]++
		w.halted = true
		w.apply(&event.Halted{Actor: "test"})
		w.turnFew()
		w.resume()
	case 1:
		w.apply(&event.Halted{Venue: w.cfg.Venues[w.rng.IntN(len(w.cfg.Venues))].Name, Actor: "test"})
	case 2:
		w.resume()
	default:
		if n := len(w.e.live); n > 0 {
			p := w.e.live[w.rng.IntN(n)].ID
			steer := event.Steer(1 + w.rng.IntN(4))
			if steer == event.SteerCancel && w.chance(80) {
				steer = event.SteerResume
			}
			w.apply(&event.ParentSteered{Parent: p, Steer: steer, Urgency: order.Urgency(w.rng.IntN(3)), Actor: "test"})
		}
	}
}

func (w *chaos) turnFew() {
	for range w.rng.IntN(5) {
		w.hand(2)
		w.deliver(2)
		w.pass(int64(w.rng.IntN(300)) * market.Millisecond)
	}
}

func (w *chaos) resume() {
	w.halted = false
	w.apply(&event.Resumed{Actor: "test"})
	for i := range w.cfg.Venues {
		w.apply(&event.Resumed{Venue: w.cfg.Venues[i].Name, Actor: "test"})
	}
}

// calm makes the world lawful: sessions come back, venues answer at once and fill what is at the market. Then every order
// must end, or say why it does not; and what the clients cancel must be gone.
func (w *chaos) calm() {
	w.lawful = true
	w.resume()
	for i := range w.clients {
		w.apply(&event.ClientUp{Client: w.clients[i].name})
	}
	for v := range w.cfg.Venues {
		if w.down[v] {
			w.flip(market.VenueID(v))
		}
	}
	for range 100 {
		w.books()
		w.hand(1 << 30)
		w.deliver(1 << 30)
		for _, id := range w.ids {
			if o := w.orders[id]; o.known && !o.done && w.seed%2 == 0 { // in every other world what rests goes on resting
				w.fill(o, 1000)
			}
		}
		w.apply(&event.TradePrinted{Venue: venueLitX, Symbol: "ABC", Qty: 20_000, Value: market.NotionalOf(w.mid, 20_000), LastPx: w.mid, Prints: 1})
		w.deliver(1 << 30)
		w.pass(2 * market.Second)
	}
	for _, p := range w.e.live {
		if why := w.explained(p); why == "" {
			w.fail("parent %d waits for ever: %v, hold %v, %d of %d filled, %d working, %d withheld, terms %+v, wake in %d ms", p.ID, p.State, p.Hold, p.Cum, p.Terms.Qty, p.exposure(), p.withheld, p.Terms, p.wakeAt.Sub(w.now)/market.Millisecond)
		}
	}
	for i := range w.clients {
		for _, id := range w.clients[i].orders {
			w.apply(&event.ParentCancelRequested{Client: w.clients[i].name, ClOrdID: w.clients[i].id(), OrigClOrdID: id})
		}
	}
	w.pass(30 * market.Second)
	w.unstick()
	for _, p := range w.e.live {
		w.fail("parent %d is still %v after its cancel, pending %v, children %+v", p.ID, p.State, p.ask.kind, p.children[0].Child)
	}
	for _, id := range w.ids {
		o, c := w.orders[id], w.e.children[id]
		switch {
		case o.known && !o.done:
			w.fail("order %d works at its venue and nobody knows", id)
		case o.cum != c.Cum:
			w.fail("order %d has %d filled at its venue, %d here", id, o.cum, c.Cum)
		}
	}
	if w.told > w.revisions { // fewer where a bust overtook a correction
		w.fail("INV-06: %d executions were revised, clients were told of %d", w.revisions, w.told)
	}
}

// unstick is the person whom a venue without status requests needs: the page said so (REC-04).
func (w *chaos) unstick() {
	for _, p := range w.e.everyLive() {
		for _, c := range append([]*childState(nil), p.children...) {
			if o := w.orders[c.ID]; o.done && !w.cfg.Venues[c.Venue].Caps.Has(market.CapStatus) {
				w.seen["unstuck by hand"]++
				w.apply(&event.ChildStatus{Child: c.ID, Status: '4', Cum: c.Cum})
			}
		}
	}
}

// explained says why an order may still be open although there is liquidity.
func (w *chaos) explained(p *parentState) string {
	t := &p.Terms
	switch {
	case p.State.Done() || p.Hold != order.HoldNone || p.ask.kind != noRequest:
		return "held, or being withdrawn"
	case p.withheld > 0:
		return "withheld after a bust"
	case t.Limit > 0 && !w.e.marketable(p):
		return "its limit"
	case t.MinQty > 0:
		return "its minimum quantity"
	case t.Directed != "" || t.Venues != 0:
		return "few venues"
	case t.MaxPctBps > 0 || t.Strategy != order.Immediate:
		return "its schedule"
	}
	for _, c := range p.children {
		if c.InDoubt && !w.cfg.Venues[c.Venue].Caps.Has(market.CapStatus) {
			return "in doubt at a venue that answers no questions"
		}
	}
	return ""
}
