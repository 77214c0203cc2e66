package router

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// calm makes the world lawful: the clock is right, sessions come back, what was lost is sent again, venues answer at once
// and fill what is at the market. Then every order must end, or say why it does not; and what the clients cancel must be
// gone.
func (w *chaos) calm() {
	w.lawful = true
	w.clock = w.now
	w.resume()
	for i := range w.clients {
		w.apply(&event.ClientUp{Client: w.clients[i].name})
	}
	w.wire, w.gone = append(w.wire, w.gone...), nil
	for v := range w.cfg.Venues {
		if w.down[v] {
			w.flip(market.VenueID(v))
		}
	}
	if w.kind.days {
		w.morning()
	}
	for n := range 200 { // an old doubt is asked about every two minutes
		if n >= 12 && !w.kind.whole && w.unexplained() == nil {
			break
		}
		w.quiet()
	}
	if p := w.unexplained(); p != nil {
		w.fail("parent %d waits for ever: %v, hold %v, %d of %d filled, %d working, %d withheld, terms %+v, wake in %d ms, children %+v", p.ID, p.State, p.Hold, p.Cum, p.Terms.Qty, p.exposure(), p.withheld, p.Terms, p.wakeAt.Sub(w.now)/market.Millisecond, w.childrenOf(p))
	}
	w.withdrawn()
	for i := range w.clients {
		for _, id := range w.clients[i].orders {
			w.apply(&event.ParentCancelRequested{Client: w.clients[i].name, ClOrdID: w.clients[i].id(), OrigClOrdID: id})
		}
	}
	w.pass(5 * market.Minute)
	w.unstick()
	w.reconciled()
}

// withdrawn holds that whatever was to be withdrawn is asked for until it is gone (RACE-06, DEF-16).
func (w *chaos) withdrawn() {
	for _, p := range w.e.live {
		for _, c := range p.children {
			limit := 15 * market.Second
			if c.InDoubt { // the older the doubt the slower
				limit = 5 * market.Minute
			}
			if late := w.now.Sub(c.asked); c.canceling && late > limit && !w.orders[c.ID].paged && w.cfg.Venues[c.Venue].Caps.Has(market.CapStatus) {
				w.fail("RACE-06: child %d, %v, is to be withdrawn, and was last asked for %d s ago", c.ID, c.State, late/market.Second)
			}
		}
	}
}

// quiet is two lawful seconds.
func (w *chaos) quiet() {
	if len(w.e.live)+len(w.wire)+len(w.out) == 0 {
		return
	}
	w.books()
	w.hand(1 << 30)
	w.deliver(1 << 30)
	for _, id := range w.ids {
		if o := w.orders[id]; o.known && !o.done && !w.kind.rests {
			w.fill(o, 1000)
		}
	}
	for i := range w.cfg.Instruments {
		w.apply(&event.TradePrinted{Symbol: w.cfg.Instruments[i].Symbol, Qty: 20_000, Value: market.NotionalOf(w.mids[i], 20_000), LastPx: w.mids[i], Prints: 1})
	}
	w.deliver(1 << 30)
	w.pass(2 * market.Second)
}

// reconciled holds that nothing is open anywhere and that the venues' account is ours (INV-08).
func (w *chaos) reconciled() {
	for _, p := range w.e.live {
		w.fail("parent %d is still %v after its cancel, pending %v, children %+v", p.ID, p.State, p.ask.kind, w.childrenOf(p))
	}
	for _, id := range w.ids {
		o, c := w.orders[id], w.e.children[id]
		switch {
		case c == nil: // forgotten, a day after its end
		case o.paged:
			w.cover.seen["revision without its execution"]++
		case o.known && !o.done:
			w.fail("order %d works at its venue and nobody knows", id)
		case o.cum != c.Cum:
			w.fail("INV-08: order %d has %d filled at its venue, %d here", id, o.cum, c.Cum)
		}
	}
	if w.told > w.revisions { // fewer where a bust overtook a correction
		w.fail("INV-06: %d executions were revised, clients were told of %d", w.revisions, w.told)
	}
}

func (w *chaos) childrenOf(p *parentState) (all []order.Child) {
	for _, c := range p.children {
		all = append(all, c.Child)
	}
	return all
}

// unstick is the person whom a venue without status requests needs, or one whose revisions went astray: the page said so
// (REC-04). What works rests until the person has withdrawn it by other means.
func (w *chaos) unstick() {
	for _, p := range w.e.everyLive() {
		for _, c := range append([]*childState(nil), p.children...) {
			if o := w.orders[c.ID]; o.done && (o.paged || !w.cfg.Venues[c.Venue].Caps.Has(market.CapStatus)) {
				w.resolve(c, o)
			}
		}
	}
}

// resolve is a person who asked the venue and says the truth.
func (w *chaos) resolve(c *childState, o *venueOrder) {
	w.struck(faultResolve, c.ID)
	b := &event.ChildResolved{Child: c.ID, Outcome: event.ResolvedWorking, Cum: max(o.cum, c.Cum), Px: w.mid(c.Symbol), Actor: "ann", Reason: "by phone"}
	if c.Limit > 0 {
		b.Px = c.Limit
	}
	switch {
	case !o.known && c.Cum == 0 && c.AckedAt == 0 && c.VenueOrderID == "" && c.State == order.PendingNew:
		b.Outcome = event.ResolvedNeverSent
	case o.done && b.Cum == c.Qty:
		b.Outcome = event.ResolvedFilled
	case o.done:
		b.Outcome = event.ResolvedCanceled
	}
	w.apply(b)
}

// decide lets a person resolve a child in doubt of which no report is on its way: a report that came after it would be one
// that the person did not know of.
func (w *chaos) decide() {
	for _, p := range w.e.live {
		for _, c := range p.children {
			o, of := w.orders[c.ID], func(r inFlight) bool { return r.child == c.ID }
			if c.InDoubt && (o.done || !w.down[c.Venue]) && o.cum == c.Cum && o.cum < c.Qty && !o.paged && len(c.parked) == 0 && !slices.ContainsFunc(w.wire, of) && !slices.ContainsFunc(w.gone, of) && !w.handing(c.ID) {
				w.resolve(c, o)
				return
			}
		}
	}
}

// handing reports whether a command for a child waits to be handed over.
func (w *chaos) handing(id order.ChildID) bool {
	return slices.ContainsFunc(w.out, func(b event.Body) bool {
		s, ok := b.(*event.SendChild)
		return ok && s.Child.ID == id
	})
}

func (w *chaos) unexplained() *parentState {
	for _, p := range w.e.live {
		if w.explained(p) == "" {
			return p
		}
	}
	return nil
}

// explained says why an order may still be open although there is liquidity.
func (w *chaos) explained(p *parentState) string {
	t := &p.Terms
	switch {
	case p.State.Done() || p.Hold != order.HoldNone || p.ask.kind != noRequest:
		return "held, or being withdrawn"
	case p.State == order.DoneForDay:
		return "its day is over"
	case p.withheld > 0:
		return "withheld after a bust"
	case slices.ContainsFunc(p.standing, func(s standing) bool { return s.disputes > 0 }):
		return "a venue's count was overtaken by a bust and disagrees since: nothing more goes there (ER-15)"
	case t.Limit > 0 && !w.e.marketable(p):
		return "its limit"
	case t.MinQty > 0:
		return "its minimum quantity"
	case t.Directed != "" || t.Venues != 0:
		return "few venues"
	case t.MaxPctBps > 0 || t.Strategy != order.Immediate:
		return "its schedule"
	case len(w.e.opposing(p, nil)) > 0:
		return "an open opposite order of ours (RISK-18)"
	}
	for _, c := range p.children {
		if c.InDoubt && !w.cfg.Venues[c.Venue].Caps.Has(market.CapStatus) {
			return "in doubt at a venue that answers no questions"
		}
		if c.State == order.Stopped || c.State == order.Suspended {
			return "its venue keeps a child from working, or guarantees it (ER-11)"
		}
	}
	return ""
}
