package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// inFlight is a report on its way.
type inFlight struct {
	body  event.Body
	child order.ChildID
	venue market.VenueID
	due   market.Time // not before that
	by    fault       // what was done to it on the way, faults for nothing
}

// hand lets up to n commands out: they are durable now and go through the last gate to their venue.
func (w *chaos) hand(n int) {
	for ; n > 0 && len(w.out) > 0; n-- {
		cmd := w.out[0]
		w.out = w.out[1:]
		switch c := cmd.(type) {
		case *event.SendChild:
			w.send(c)
		case *event.CancelChild:
			w.cancel(c)
		case *event.ReplaceChild:
			w.replace(c)
		case *event.QueryChild:
			w.query(c)
		}
	}
}

func (w *chaos) send(c *event.SendChild) {
	o := w.orders[c.Child.ID]
	if r := w.gate.Check(c); !r.Passed() {
		if o.parent.odd == "" && r.Rule != "INV-10" && r.Rule != "KILL-01" {
			w.fail("the last gate refuses child %d: %v", o.ID, r)
		}
		o.change(func() { o.done = true })
		w.apply(&event.ChildDenied{Child: o.ID, Reason: LastGateRefused + r.String()})
		return
	}
	if w.down[o.Venue] || w.goes(faultDenied, 3) {
		w.struck(faultDenied, o.ID)
		o.change(func() { o.done = true })
		w.apply(&event.ChildDenied{Child: o.ID, Reason: "NOT_CONNECTED"})
		return
	}
	w.apply(&event.ChildSent{Child: o.ID})
	switch {
	case w.goes(faultSilence, 3): // it never arrives, and nobody says so
		w.struck(faultSilence, o.ID)
		o.change(func() { o.done = true })
		return
	case !w.lawful && w.clock < w.storm[o.Venue] && w.chance(80), w.goes(faultReject, 4):
		if o.known = true; w.chance(20) { // acknowledged, then refused
			w.report(o.Child, &event.ChildAccepted{Child: o.ID, VenueOrderID: fmt.Sprint("V", o.ID)})
		}
		o.change(func() { o.done = true })
		w.reportBy(faultReject, o.Child, &event.ChildRejected{Child: o.ID, Reason: 99, Text: "no"})
		return
	}
	o.known = true
	if w.lawful || w.chance(90) {
		w.report(o.Child, &event.ChildAccepted{Child: o.ID, VenueOrderID: fmt.Sprint("V", o.ID), Pending: w.chance(10)})
	}
	if o.TIF == order.IOC {
		w.immediate(o)
	}
}

// immediate fills an order that does not rest, in whole, in part or not, and ends it.
func (w *chaos) immediate(o *venueOrder) {
	if w.lawful || w.chance(70) {
		w.fill(o, 1+market.Qty(w.rng.Int64N(int64(o.Qty))))
	}
	if !o.done {
		o.change(func() { o.done = true })
		what := order.WasExpired
		if w.chance(50) {
			what = order.WasCanceled
		}
		w.report(o.Child, &event.ChildDone{Child: o.ID, What: what, Cum: o.cum})
	}
}

// fill is an execution at the venue, of at most what is left.
func (w *chaos) fill(o *venueOrder, q market.Qty) { w.fillBy(faults, o, q) }

func (w *chaos) fillBy(f fault, o *venueOrder, q market.Qty) {
	if q = min(q, o.Qty-o.cum); q <= 0 {
		return
	}
	w.execs++
	px := w.mid(o.Symbol)
	if o.Limit > 0 {
		px = o.Limit
	}
	x := venueFill{id: fmt.Sprint("X", w.execs), last: fmt.Sprint("X", w.execs), qty: q, px: px}
	o.change(func() {
		if o.cum += q; o.cum == o.Qty {
			o.full = !o.done
			o.done = true
		}
	})
	o.execs = append(o.execs, x)
	w.reportBy(f, o.Child, &event.ChildExecuted{Child: o.ID, ExecID: x.id, VenueOrderID: fmt.Sprint("V", o.ID), Qty: q, Px: px, Cum: o.cum, Leaves: o.Qty - o.cum})
}

func (w *chaos) cancel(c *event.CancelChild) {
	o := w.orders[c.Child]
	switch {
	case w.down[c.Venue] || w.goes(faultDenied, 3):
		w.struck(faultDenied, c.Child)
		w.apply(&event.ChildDenied{Child: c.Child, Request: c.Request, Reason: "NOT_CONNECTED"})
	case !o.known || c.OrigClOrdID != o.name(): // it may have followed a replace that is not in force
		w.reportBy(faultCancelReject, o.Child, &event.CancelRejected{Child: c.Child, Request: c.Request, Reason: 1, Unknown: true, Status: '8'})
	case o.done:
		w.reportBy(faultCancelReject, o.Child, &event.CancelRejected{Child: c.Child, Request: c.Request, Status: '2'})
	case w.goes(faultSilence, 6):
		w.struck(faultSilence, c.Child)
	case w.goes(faultCancelReject, 6): // too late, it says, and fills or not
		w.reportBy(faultCancelReject, o.Child, &event.CancelRejected{Child: c.Child, Request: c.Request, Status: '1'})
		if w.chance(70) {
			w.fill(o, o.Qty)
		}
	default:
		o.change(func() { o.done = true })
		w.report(o.Child, &event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request, Cum: o.cum})
	}
}

func (w *chaos) query(c *event.QueryChild) {
	o := w.orders[c.Child]
	switch {
	case w.down[c.Venue]:
	case w.goes(faultSilence, 8):
		w.struck(faultSilence, c.Child)
	case !o.known:
		w.report(o.Child, &event.ChildStatus{Child: c.Child, Unknown: true})
	default:
		s, leaves := byte('0'), o.Qty-o.cum
		switch {
		case o.cum == o.Qty:
			s = '2'
		case o.done:
			s, leaves = '4', 0
		}
		w.report(o.Child, w.statusOf(o, s, leaves))
	}
}

func (w *chaos) report(c order.Child, b event.Body) { w.reportBy(faults, c, b) }

// reportBy sends a report that is part of a fault; on its way it may be delayed for up to half a minute.
func (w *chaos) reportBy(f fault, c order.Child, b event.Body) {
	r := inFlight{body: b, child: c.ID, venue: c.Venue, by: f}
	if w.goes(faultDelay, 4) {
		r.due = w.clock.Add(w.rng.Int64N(30 * market.Second))
		if r.by == faults {
			r.by = faultDelay
		}
	}
	w.wire = append(w.wire, r)
}

// deliver brings up to n reports to the router, in their order but for those that are delayed, now and then twice or
// out of order by up to 50. What a venue without a link sends waits for the link.
func (w *chaos) deliver(n int) {
	for ; n > 0; n-- {
		i := w.next(0)
		if i < 0 {
			return
		}
		by := w.wire[i].by
		if w.goes(faultReorder, 8) {
			if j := w.next(i + 1 + w.rng.IntN(min(50, len(w.wire)))); j > i {
				i, by = j, faultReorder
			}
		}
		w.arrive(i, by)
	}
}

// next is the first report from place i on that can arrive now, −1 if there is none.
func (w *chaos) next(i int) int {
	for ; i < len(w.wire); i++ {
		if r := &w.wire[i]; !w.down[r.venue] && (w.lawful || r.due <= w.clock) {
			return i
		}
	}
	return -1
}

func (w *chaos) arrive(i int, by fault) {
	r := w.wire[i]
	w.wire = slices.Delete(w.wire, i, i+1)
	if w.goes(faultDuplicate, 2) {
		again := r
		again.by = faultDuplicate
		w.wire = append(w.wire, again)
	}
	if by != faults {
		w.struck(by, r.child)
	}
	w.apply(r.body)
}

// trade fills part of an order that rests.
func (w *chaos) trade() {
	for range 3 {
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done }); o != nil {
			w.fill(o, market.Qty(100*(1+w.rng.IntN(20))))
		}
	}
}

// pick is one of the last hundred orders that is fit.
func (w *chaos) pick(fit func(*venueOrder) bool) *venueOrder {
	var found []*venueOrder
	for _, id := range w.ids[max(0, len(w.ids)-100):] {
		if o := w.orders[id]; fit(o) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found[w.rng.IntN(len(found))]
}

// mischief is what venues do without being asked.
func (w *chaos) mischief() {
	switch w.rng.IntN(10) {
	case 0, 8:
		w.revise()
	case 1: // canceled by the venue
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done }); o != nil && w.goes(faultUnsolicited, 50) {
			o.change(func() { o.done = true })
			w.reportBy(faultUnsolicited, o.Child, &event.ChildDone{Child: o.ID, What: order.WasCanceled, Reason: uint16(w.rng.IntN(20)), Cum: o.cum})
		}
	case 2, 3: // a fill after the end: it breaks INV-01 lawfully
		if !w.kind.hostile {
			return
		}
		if o := w.pick(func(o *venueOrder) bool { return o.known && o.done && o.cum < o.Qty }); o != nil && w.goes(faultLateFill, 60) {
			o.parent.odd += "late fill; "
			w.fillBy(faultLateFill, o, 1+market.Qty(w.rng.Int64N(int64(o.Qty-o.cum))))
		}
	case 4:
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done && o.Qty-o.cum > 1 }); o != nil && w.goes(faultRestatement, 50) {
			o.change(func() { o.Qty -= market.Qty(w.rng.Int64N(int64(o.Qty - o.cum))) })
			o.parent.odd += "restated; " // reports that were overtaken may disagree
			w.reportBy(faultRestatement, o.Child, &event.ChildReplaced{Child: o.ID, Qty: o.Qty, Cum: o.cum, Leaves: o.Qty - o.cum})
		}
	case 5, 9:
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done }); o != nil && w.goes(faultSuspend, 90) {
			w.suspend(o)
		}
	case 6: // a storm of refusals
		if w.goes(faultReject, 30) {
			w.storm[w.rng.IntN(len(w.cfg.Venues))] = w.clock.Add(10 * market.Second)
		}
	case 7: // a report for an order that nobody sent
		if w.chance(50) {
			w.apply(&event.ChildExecuted{Child: 1 << 40, ExecID: "Z", Qty: 1, Px: 1, Cum: 1})
		} else {
			w.apply(&event.ReportOrphaned{Venue: 0, ClOrdID: "OLD", VenueOrderID: "V0", ExecID: fmt.Sprint("O", w.seq), ExecType: 'F', Status: '1', Symbol: "OLD", Side: market.Buy, Qty: 100, Px: w.mids[0], Cum: 100}) // of a symbol of its own: what an orphan may take is held back
		}
	}
}

// suspend keeps an order from working, or guarantees it; most often the router hears of it at once, so that more can
// happen to an order that stands so.
func (w *chaos) suspend(o *venueOrder) {
	what := order.WasSuspended
	if w.chance(60) {
		what = order.WasStopped
	}
	w.reportBy(faultSuspend, o.Child, &event.ChildDone{Child: o.ID, What: what, Cum: o.cum, Leaves: o.Qty - o.cum})
	if last := len(w.wire) - 1; w.chance(80) && !w.down[o.Venue] {
		w.arrive(last, faultSuspend)
	}
}

// flip takes a venue's link down or up again. When it drops, the last reports may not have been read: they come again
// before the session is whole, or later, or never by themselves. Some venues cancel what rests with them.
func (w *chaos) flip(v market.VenueID) {
	if w.down[v] {
		w.deliverSome(v)
		w.up(v)
		return
	}
	w.struckVenue(faultDisconnect, v)
	w.down[v] = true
	w.loseTail(v)
	w.apply(&event.VenueDown{Venue: v, Reason: "test"})
	w.doubted(func(c *childState) bool { return c.Venue == v })
	if w.seed%3 == uint64(v)%3 { // cancel on disconnect
		for _, id := range w.ids[max(0, len(w.ids)-100):] {
			if o := w.orders[id]; o.Venue == v && o.known && !o.done {
				o.change(func() { o.done = true })
				w.report(o.Child, &event.ChildDone{Child: o.ID, What: order.WasCanceled, Reason: 12, Cum: o.cum})
			}
		}
	}
}

// doubted holds that everything that was at a venue is in doubt once its link is gone (RACE-10, REC-06).
func (w *chaos) doubted(which func(*childState) bool) {
	for _, p := range w.e.live {
		for _, c := range p.children {
			if which(c) && !c.InDoubt {
				w.fail("RACE-10: child %d, %v, is not in doubt without a link to its venue", c.ID, c.State)
			}
		}
	}
}

// deliverSome brings part of what a venue resends before its session is whole.
func (w *chaos) deliverSome(v market.VenueID) {
	w.down[v] = false
	for n := w.rng.IntN(6); n > 0; n-- {
		i := slices.IndexFunc(w.wire, func(r inFlight) bool { return r.venue == v })
		if i < 0 {
			return
		}
		w.arrive(i, w.wire[i].by)
	}
}

// loseTail takes the last reports of a venue off the wire.
func (w *chaos) loseTail(v market.VenueID) {
	if !w.goes(faultLostTail, 50) {
		return
	}
	forever := w.chance(30)
	for i := len(w.wire) - 1; i >= 0 && w.chance(70); i-- {
		r := &w.wire[i]
		if r.venue != v {
			continue
		}
		w.struck(faultLostTail, r.child)
		if forever {
			w.gone = append(w.gone, *r)
			w.wire = slices.Delete(w.wire, i, i+1)
		} else {
			r.due = w.clock.Add(w.rng.Int64N(30 * market.Second))
		}
	}
}

// struckVenue counts a fault of everything that a venue has or had lately.
func (w *chaos) struckVenue(f fault, v market.VenueID) {
	for _, id := range w.ids[max(0, len(w.ids)-40):] {
		if w.orders[id].Venue == v {
			w.struck(f, id)
		}
	}
}

// revise busts or corrects an execution. The freed quantity works again where the order rests (ER-20).
func (w *chaos) revise() {
	f := faultBust
	if w.chance(40) {
		f = faultCorrection
	}
	if !w.goes(f, 50) {
		return
	}
	o := w.pick(func(o *venueOrder) bool {
		return slices.ContainsFunc(o.execs, func(f venueFill) bool { return !f.busted })
	})
	if o == nil {
		return
	}
	o.parent.odd += "revised; "
	w.revisions++
	x := &o.execs[slices.IndexFunc(o.execs, func(f venueFill) bool { return !f.busted })]
	w.execs++
	id, wasFilled := fmt.Sprint("X", w.execs), o.cum == o.Qty
	o.change(func() {
		if f == faultBust {
			o.cum -= x.qty
			x.busted = true
			w.reportBy(f, o.Child, &event.ExecutionBusted{Child: o.ID, ExecID: id, RefExecID: x.last})
		} else {
			q := 1 + market.Qty(w.rng.Int64N(int64(x.qty)))
			o.cum += q - x.qty
			x.qty, x.px = q, x.px+10_000
			w.reportBy(f, o.Child, &event.ExecutionCorrected{Child: o.ID, ExecID: id, RefExecID: x.last, Qty: x.qty, Px: x.px})
		}
		if wasFilled && o.full && o.cum < o.Qty && o.TIF != order.IOC {
			o.done, o.full = false, false
		}
	})
	x.last = id                         // the next one names this one: overtaken links are put in order (ER-21)
	if n := len(w.wire); w.chance(30) { // it overtakes
		i := w.rng.IntN(n)
		w.wire[i], w.wire[n-1] = w.wire[n-1], w.wire[i]
	}
}

// crash is a kill -9 and a restart: what was not handed over is lost. Intents at the end of the journal may not even have
// been durable; the others are, and no byte left. Reports on their way come again. That the engine which goes on is the
// one that a replay gives is seen at the world's end.
func (w *chaos) crash() {
	w.struckAll(faultRestart)
	var lost []order.ChildID
	durable := w.rng.IntN(1 + len(w.out))
	for i, cmd := range w.out {
		if c, ok := cmd.(*event.SendChild); ok {
			o := w.orders[c.Child.ID]
			o.change(func() { o.done = true }) // the venue never had it
			if i >= durable {
				w.struck(faultLostIntent, c.Child.ID)
				lost = append(lost, c.Child.ID)
			}
			w.gate.Observe(c) // after a restart the journal is observed whole
		}
	}
	w.out = nil
	if w.chance(40) {
		w.restore()
	}
	w.timer = w.e.NextTimer()
	w.configure(2)
	w.apply(&event.Recovered{NotSent: event.PackChildren(lost)})
	w.doubted(func(*childState) bool { return true })
	for i := range w.clients {
		if w.chance(70) {
			w.apply(&event.ClientUp{Client: w.clients[i].name})
		}
	}
	for v := range w.cfg.Venues {
		if w.down[v] = w.chance(20); !w.down[v] {
			w.up(market.VenueID(v))
		}
	}
}

// up makes a venue's session whole, and holds that it is asked about everything in doubt there that it answers for (REC-04).
func (w *chaos) up(v market.VenueID) {
	asked := len(w.out)
	w.apply(&event.VenueUp{Venue: v})
	if !w.cfg.Venues[v].Caps.Has(market.CapStatus) {
		return
	}
	for _, p := range w.e.live {
		for _, c := range p.children {
			is := func(b event.Body) bool { q, ok := b.(*event.QueryChild); return ok && q.Child == c.ID }
			if c.Venue == v && c.InDoubt && !slices.ContainsFunc(w.out[asked:], is) {
				w.fail("REC-04: child %d is in doubt, its venue is back, and nobody asked it", c.ID)
			}
		}
	}
}

// restore puts what a snapshot gives back in the place of the engine and of the last gate (JRN-07).
func (w *chaos) restore() {
	w.struckAll(faultRestore)
	e, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		w.fail("JRN-07: a snapshot is refused: %v", err)
	}
	g := risk.NewLastGate(w.cfg.Venues)
	if err := g.Restore(w.gate.AppendSnapshot(nil)); err != nil {
		w.fail("JRN-07: the last gate's snapshot is refused: %v", err)
	}
	w.e, w.gate = e, g
}
