package router

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// unacked is a world with one order at venue LX that the venue has not answered, and the client's cancel of it. Caps are
// added to the venue's.
func unacked(t *testing.T, caps market.Caps) *world {
	cfg := testConfig()
	cfg.Venues[venueLitX].Caps |= caps
	cfg.Tactics.AckTimeout = 3 * cfg.Tactics.SettleWait // the wait ends by itself, not with the doubt
	w := newWorld(t, cfg)
	w.silent[venueLitX] = true
	w.parent("P", order.Terms{Side: market.Buy, Qty: 500, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
	w.settle()
	if len(w.ids) != 1 {
		t.Fatalf("children %+v; want one", w.sent())
	}
	w.apply(&event.ChildSent{Child: 1})
	w.cancel("C")
	return w
}

// RACE-05: a cancel goes out before the acknowledgement, or waits for it where the venue would refuse it: then the first
// proof that the venue has the order lets it go, once, and its absence does not keep it.
func TestCancelBeforeTheAcknowledgement(t *testing.T) {
	ack := &event.ChildAccepted{Child: 1, VenueOrderID: "V1"}
	fill := &event.ChildExecuted{Child: 1, ExecID: "X1", VenueOrderID: "V1", Qty: 100, Px: 49 * market.Dollar, Cum: 100, Leaves: 400}
	for _, c := range []struct {
		name       string
		caps       market.Caps
		then       func(w *world)
		held, asks []string
	}{
		{"at once", 0, func(w *world) { w.apply(ack) }, []string{"F 1<0"}, []string{"F 1<0"}},
		{"the ack", market.CapCancelAfterAck, func(w *world) { w.apply(ack); w.apply(ack) }, nil, []string{"F 1<0"}},
		{"a pending ack is none", market.CapCancelAfterAck, func(w *world) { w.apply(&event.ChildAccepted{Child: 1, Pending: true}) }, nil, nil},
		{"another cancel", market.CapCancelAfterAck, func(w *world) { w.cancel("C2") }, nil, nil},
		{"a fill", market.CapCancelAfterAck, func(w *world) { w.apply(fill); w.apply(ack) }, nil, []string{"F 1<0"}},
		{"a fill of all", market.CapCancelAfterAck, func(w *world) {
			b := *fill
			b.Qty, b.Cum, b.Leaves = 500, 500, 0
			w.apply(&b)
			w.apply(ack)
		}, nil, nil},
		{"a status", market.CapCancelAfterAck, func(w *world) { w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 500}) }, nil, []string{"F 1<0"}},
		{"rejected", market.CapCancelAfterAck, func(w *world) { w.apply(&event.ChildRejected{Child: 1}) }, nil, nil},
		{"silence", market.CapCancelAfterAck, func(w *world) { w.run(w.e.cfg.Tactics.SettleWait + market.Millisecond) }, nil, []string{"F 1<0"}},
		{"silence, asked again and again", market.CapCancelAfterAck, func(w *world) {
			for range 4 {
				w.run(w.e.cfg.Tactics.SettleWait / 4)
				w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
			}
			w.run(market.Millisecond)
		}, nil, []string{"F 1<0"}},
		{"longer silence", market.CapCancelAfterAck, func(w *world) { w.run(4 * w.e.cfg.Tactics.SettleWait) }, nil, []string{"F 1<0", "H 0", "F 2<0"}},
		{"the session broke", market.CapCancelAfterAck, func(w *world) { w.down(); w.up() }, nil, []string{"H 0", "F 1<0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := unacked(t, c.caps)
			if diff := cmp.Diff(c.held, w.toVenues); diff != "" {
				t.Errorf("before: the venue was asked (-want +got)\n%s", diff)
			}
			c.then(w)
			if diff := cmp.Diff(c.asks, w.toVenues); diff != "" {
				t.Errorf("after: the venue was asked (-want +got)\n%s", diff)
			}
		})
	}
}

// A child whose cancel waits for the acknowledgement is reserved like any other, and its order ends with it alone.
func TestHeldCancelKeepsItsQuantity(t *testing.T) {
	w := unacked(t, market.CapCancelAfterAck)
	w.reports = nil
	p := w.e.parents[1]
	if p.exposure() != 500 || p.State.Done() {
		t.Fatalf("%d reserved, order %v; want 500 and a working order", p.exposure(), p.State)
	}
	w.silent[venueLitX] = false
	w.apply(&event.ChildAccepted{Child: 1, VenueOrderID: "V1"})
	w.settle()
	if got := w.last(); got.ExecType != '4' || got.Cum != 0 || p.exposure() != 0 {
		t.Errorf("the client was told %c with %d filled, %d reserved; want canceled with nothing left", got.ExecType, got.Cum, p.exposure())
	}
}
