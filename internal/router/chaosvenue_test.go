package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

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
		case *event.QueryChild:
			w.query(c)
		}
	}
}

func (w *chaos) send(c *event.SendChild) {
	o := w.orders[c.Child.ID]
	if r := w.gate.Check(c); !r.Passed() {
		if w.odd[o.Parent] == "" && r.Rule != "INV-10" && r.Rule != "KILL-01" {
			w.fail("the last gate refuses child %d: %v", o.ID, r)
		}
		o.done = true
		w.apply(&event.ChildDenied{Child: o.ID, Reason: LastGateRefused + r.String()})
		return
	}
	if w.down[o.Venue] || !w.lawful && w.chance(4) {
		w.seen["denied"]++
		o.done = true
		w.apply(&event.ChildDenied{Child: o.ID, Reason: "NOT_CONNECTED"})
		return
	}
	w.apply(&event.ChildSent{Child: o.ID})
	switch {
	case !w.lawful && w.chance(3): // it never arrives, and nobody says so
		w.seen["silence"]++
		o.done = true
		return
	case !w.lawful && w.chance(6):
		w.seen["reject"]++
		o.known, o.done = true, true
		w.report(&event.ChildRejected{Child: o.ID, Reason: 99, Text: "no"})
		return
	}
	o.known = true
	if w.lawful || w.chance(90) {
		w.report(&event.ChildAccepted{Child: o.ID, VenueOrderID: fmt.Sprint("V", o.ID), Pending: w.chance(10)})
	}
	if o.TIF == order.IOC {
		if w.lawful || w.chance(70) {
			w.fill(o, 1+market.Qty(w.rng.Int64N(int64(o.Qty))))
		}
		if !o.done {
			o.done = true
			what := order.WasExpired
			if w.chance(50) {
				what = order.WasCanceled
			}
			w.report(&event.ChildDone{Child: o.ID, What: what, Cum: o.cum})
		}
	}
}

// fill is an execution at the venue, of at most what is left.
func (w *chaos) fill(o *venueOrder, q market.Qty) {
	if q = min(q, o.Qty-o.cum); q <= 0 {
		return
	}
	w.execs++
	px := w.mid
	if o.Limit > 0 {
		px = o.Limit
	}
	f := venueFill{id: fmt.Sprint("X", w.execs), last: fmt.Sprint("X", w.execs), qty: q, px: px}
	if o.cum += q; o.cum == o.Qty {
		o.full = !o.done
		o.done = true
	} else {
		w.seen["partial fill"]++
	}
	o.execs = append(o.execs, f)
	leaves := o.Qty - o.cum
	w.report(&event.ChildExecuted{Child: o.ID, ExecID: f.id, VenueOrderID: fmt.Sprint("V", o.ID), Qty: q, Px: px, Cum: o.cum, Leaves: leaves})
}

func (w *chaos) cancel(c *event.CancelChild) {
	o := w.orders[c.Child]
	switch {
	case w.down[c.Venue] || !w.lawful && w.chance(4):
		w.seen["denied"]++
		w.apply(&event.ChildDenied{Child: c.Child, Request: c.Request, Reason: "NOT_CONNECTED"})
	case !o.known:
		w.report(&event.CancelRejected{Child: c.Child, Request: c.Request, Reason: 1, Unknown: true, Status: '8'})
	case o.done:
		w.seen["cancel reject"]++
		w.report(&event.CancelRejected{Child: c.Child, Request: c.Request, Status: '2'})
	case !w.lawful && w.chance(8):
		w.seen["silence"]++
	case !w.lawful && w.chance(8): // too late, it says, and fills or not
		w.seen["cancel reject"]++
		w.report(&event.CancelRejected{Child: c.Child, Request: c.Request, Status: '1'})
		if w.chance(70) {
			w.fill(o, o.Qty)
		}
	default:
		o.done = true
		w.report(&event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request, Cum: o.cum})
	}
}

func (w *chaos) query(c *event.QueryChild) {
	o := w.orders[c.Child]
	switch {
	case w.down[c.Venue] || !w.lawful && w.chance(10):
		w.seen["silence"]++
	case !o.known:
		w.report(&event.ChildStatus{Child: c.Child, Unknown: true})
	default:
		s, leaves := byte('0'), o.Qty-o.cum
		switch {
		case o.cum == o.Qty:
			s = '2'
		case o.done:
			s, leaves = '4', 0
		}
		w.report(&event.ChildStatus{Child: c.Child, Status: s, Cum: o.cum, Leaves: leaves})
	}
}

func (w *chaos) report(b event.Body) { w.wire = append(w.wire, b) }

// deliver brings up to n reports to the router, now and then twice or out of order.
func (w *chaos) deliver(n int) {
	for ; n > 0 && len(w.wire) > 0; n-- {
		i := 0
		if !w.lawful && w.chance(15) {
			if i = w.rng.IntN(min(8, len(w.wire))); i > 0 {
				w.seen["reordered"]++
			}
		}
		b := w.wire[i]
		w.wire = slices.Delete(w.wire, i, i+1)
		if !w.lawful && w.chance(4) {
			w.seen["duplicate"]++
			w.wire = append(w.wire, b)
		}
		w.apply(b)
	}
}

// trade fills part of an order that rests.
func (w *chaos) trade() {
	for range 3 {
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done && !w.down[o.Venue] }); o != nil {
			w.fill(o, market.Qty(100*(1+w.rng.IntN(20))))
		}
	}
}

func (w *chaos) pick(ok func(*venueOrder) bool) *venueOrder {
	var fit []*venueOrder
	for _, id := range w.ids {
		if o := w.orders[id]; ok(o) {
			fit = append(fit, o)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[w.rng.IntN(len(fit))]
}

// mischief is what venues do without being asked.
func (w *chaos) mischief() {
	switch w.rng.IntN(9) {
	case 0, 1:
		w.flip(market.VenueID(w.rng.IntN(len(w.cfg.Venues))))
	case 2:
		w.crash()
	case 3:
		w.revise()
	case 4: // canceled by the venue
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done }); o != nil {
			o.done = true
			w.report(&event.ChildDone{Child: o.ID, What: order.WasCanceled, Reason: uint16(w.rng.IntN(10)), Cum: o.cum})
		}
	case 5: // a fill after the end: it breaks INV-01 lawfully
		if o := w.pick(func(o *venueOrder) bool { return o.known && o.done && o.cum < o.Qty }); o != nil && w.chance(50) {
			w.seen["late fill"]++
			w.odd[o.Parent] += "late fill; "
			w.fill(o, o.Qty)
		}
	case 6: // restated
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done && o.Qty-o.cum > 1 }); o != nil {
			w.seen["restatement"]++
			o.Qty -= market.Qty(w.rng.Int64N(int64(o.Qty - o.cum)))
			w.odd[o.Parent] += "restated; " // reports that were overtaken may disagree
			w.report(&event.ChildReplaced{Child: o.ID, Qty: o.Qty, Cum: o.cum, Leaves: o.Qty - o.cum})
		}
	case 7:
		if o := w.pick(func(o *venueOrder) bool { return o.known && !o.done }); o != nil {
			w.report(&event.ChildDone{Child: o.ID, What: order.WasSuspended, Cum: o.cum, Leaves: o.Qty - o.cum})
		}
	case 8: // a report for an order that nobody sent
		w.apply(&event.ChildExecuted{Child: 1 << 40, ExecID: "Z", Qty: 1, Px: 1, Cum: 1})
	}
}

// flip takes a venue down or up again.
func (w *chaos) flip(v market.VenueID) {
	if w.down[v] = !w.down[v]; w.down[v] {
		w.seen["venue down"]++
		w.apply(&event.VenueDown{Venue: v, Reason: "test"})
		return
	}
	w.deliver(w.rng.IntN(1 + len(w.wire))) // part of the resend comes before the session is whole
	w.apply(&event.VenueUp{Venue: v})
}

// revise busts or corrects an execution. The freed quantity works again where the order rests (ER-20).
func (w *chaos) revise() {
	o := w.pick(func(o *venueOrder) bool {
		return slices.ContainsFunc(o.execs, func(f venueFill) bool { return !f.busted })
	})
	if o == nil {
		return
	}
	w.odd[o.Parent] += "revised; "
	w.revisions++
	for i := range o.execs {
		f := &o.execs[i]
		if f.busted {
			continue
		}
		w.execs++
		id := fmt.Sprint("X", w.execs)
		wasFilled := o.cum == o.Qty
		if w.chance(60) {
			w.seen["bust"]++
			o.cum -= f.qty
			f.busted = true
			w.report(&event.ExecutionBusted{Child: o.ID, ExecID: id, RefExecID: f.last})
		} else {
			w.seen["correction"]++
			q := 1 + market.Qty(w.rng.Int64N(int64(f.qty)))
			o.cum += q - f.qty
			f.qty, f.px = q, f.px+10_000
			w.report(&event.ExecutionCorrected{Child: o.ID, ExecID: id, RefExecID: f.last, Qty: f.qty, Px: f.px})
		}
		f.last = id                         // the next one names this one: overtaken links are put in order (ER-21)
		if n := len(w.wire); w.chance(30) { // it overtakes
			i := w.rng.IntN(n)
			w.wire[i], w.wire[n-1] = w.wire[n-1], w.wire[i]
		}
		if wasFilled && o.full && o.cum < o.Qty && o.TIF != order.IOC {
			o.done, o.full = false, false
		}
		return
	}
}

// crash is a kill -9 and a restart: what was not handed over is lost. Intents at the end of the journal may not even have
// been durable; the others are, and no byte left. Reports on their way come again.
func (w *chaos) crash() {
	w.seen["restart"]++
	var lost []order.ChildID
	durable := w.rng.IntN(1 + len(w.out))
	for i, cmd := range w.out {
		if c, ok := cmd.(*event.SendChild); ok {
			w.orders[c.Child.ID].done = true // the venue never had it
			if i >= durable {
				lost = append(lost, c.Child.ID)
			}
			w.gate.Observe(c) // after a restart the journal is observed whole
		}
	}
	if len(lost) > 0 {
		w.seen["restart with lost intents"]++
	}
	w.out = nil
	w.replayed()
	w.timer = w.e.NextTimer()
	w.configure(2)
	w.apply(&event.Recovered{NotSent: event.PackChildren(lost)})
	for i := range w.clients {
		if w.chance(70) {
			w.apply(&event.ClientUp{Client: w.clients[i].name})
		}
	}
	for v := range w.cfg.Venues {
		if w.down[v] = w.chance(20); !w.down[v] {
			w.apply(&event.VenueUp{Venue: market.VenueID(v)})
		}
	}
}
