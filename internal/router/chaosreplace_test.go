package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// amends is what a venue remembers of the requests that changed an order: by which one it goes now.
type amends struct {
	request uint32
	sent    market.Qty // as the router sent it
}

// name is the ClOrdID that the venue knows the order by.
func (o *venueOrder) name() string { return event.ClOrdID(77, o.ID, o.request) }

// replace is a G at the send point and at its venue, with every answer that is lawful and some that are only unlucky.
func (w *chaos) replace(c *event.ReplaceChild) {
	o := w.orders[c.Child]
	if r := w.gate.CheckReplace(c); !r.Passed() {
		if o.parent.odd == "" && r.Rule != "INV-10" && r.Rule != "KILL-01" {
			w.fail("the last gate refuses the replace of child %d: %v", o.ID, r)
		}
		w.apply(&event.ChildDenied{Child: o.ID, Request: c.Request, Reason: LastGateRefused + r.String()})
		return
	}
	if o.parent.odd == "" && c.Qty > o.sent {
		w.fail("child %d of %d replaced to %d", o.ID, o.sent, c.Qty)
	}
	reject := func(reason uint16, unknown bool) {
		w.cover.seen["child replace rejected"]++
		w.reportBy(faultCancelReject, o.Child, &event.CancelRejected{Child: o.ID, Request: c.Request, Reason: reason, Unknown: unknown, Status: '1'})
	}
	switch {
	case w.down[c.Venue] || w.goes(faultDenied, 3):
		w.struck(faultDenied, o.ID)
		w.apply(&event.ChildDenied{Child: o.ID, Request: c.Request, Reason: "NOT_CONNECTED"})
	case w.goes(faultSilence, 8): // lost, and nobody says so
		w.struck(faultSilence, o.ID)
	case !o.known || c.OrigClOrdID != o.name():
		reject(1, true)
	case o.done:
		reject(0, false)
	case w.goes(faultCancelReject, 8):
		reject(99, false)
	case c.Qty < o.cum && w.chance(50): // matrix C.3.b
		reject(0, false)
	default:
		w.amend(o, c)
	}
}

// amend puts a replace in force; less than what is filled becomes what is filled (matrix C.3.c). It may trade before the
// answer, and the answer may be lost.
func (w *chaos) amend(o *venueOrder, c *event.ReplaceChild) {
	if !w.lawful && w.chance(30) {
		w.fill(o, market.Qty(1+w.rng.Int64N(int64(o.Qty))))
		if o.done {
			w.reportBy(faultCancelReject, o.Child, &event.CancelRejected{Child: o.ID, Request: c.Request, Status: '2'})
			return
		}
	}
	w.cover.seen["child replaced"]++
	o.change(func() {
		o.request, o.Qty, o.Limit = c.Request, max(c.Qty, o.cum), c.Limit
		if o.cum == o.Qty {
			o.done, o.full = true, true
		}
	})
	if w.goes(faultSilence, 8) {
		w.cover.seen["child replaced and not told"]++
		w.struck(faultSilence, o.ID)
		return
	}
	w.report(o.Child, &event.ChildReplaced{Child: o.ID, Request: c.Request, Qty: o.Qty, Limit: o.Limit, Cum: o.cum, Leaves: o.Qty - o.cum,
		VenueOrderID: fmt.Sprint("V", o.ID)})
}

// statusOf is the answer to a status request. Some venues name the request in force, some state the order's terms, some
// give its figures alone.
func (w *chaos) statusOf(o *venueOrder, status byte, leaves market.Qty) *event.ChildStatus {
	s := &event.ChildStatus{Child: o.ID, Status: status, Cum: o.cum, Leaves: leaves}
	switch w.rng.IntN(3) {
	case 0:
		s.Request, s.Qty, s.Limit = o.request, o.Qty, o.Limit
	case 1:
		s.Qty, s.Limit = o.Qty, o.Limit
	}
	return s
}
