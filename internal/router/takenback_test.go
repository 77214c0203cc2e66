package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A venue is blamed for a cancel that nobody asked for by its own reasons alone (ER-09, FIX 378).
func TestUnsolicitedCancelsByReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		reason uint16
		away   int64
		blamed int
	}{
		{"none given", 0, 50 * market.Millisecond, 0},
		{"trading halt", 6, 5 * market.Minute, 0},
		{"its system failed", 7, market.Second, 1},
		{"its own choice", 8, market.Second, 1},
		{"not best", 9, 50 * market.Millisecond, 0},
		{"our link was lost", 12, 50 * market.Millisecond, 0},
		{"we logged out", 13, 50 * market.Millisecond, 0},
		{"it would have met an order of ours", 18, market.Second, 0},
	} {
		w := resting(t)
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Reason: c.reason})
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Reason: c.reason}) // said twice, it counts once
		st := w.e.parents[1].standing[venueLitX]
		if got := st.shutUntil.Sub(w.e.children[1].DoneAt); got != c.away || st.refusals != c.blamed {
			t.Errorf("%s: away for %v ms, blamed %d times; want %v ms, %d", c.name, got/market.Millisecond, st.refusals, c.away/market.Millisecond, c.blamed)
		}
		for _, o := range w.outcomes {
			if o.What == event.OutcomeFill && !o.Censored {
				t.Errorf("%s: it teaches that there was nothing: %+v", c.name, o)
			}
		}
	}
}

// The remainder of an immediate order teaches what was there (ER-08), unless a halt or a failure ended it.
func TestImmediateRemainderByReason(t *testing.T) {
	for reason, censored := range map[uint16]bool{0: false, 6: true, 7: true, 12: true} {
		w := newWorld(t, testConfig())
		w.autoFill = false
		w.parent("P", order.Terms{Side: market.Buy, Qty: 400, TIF: order.IOC, Directed: "LX"})
		w.apply(&event.ChildAccepted{Child: 1})
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Reason: reason})
		for _, o := range w.outcomes {
			if o.What == event.OutcomeFill && o.Censored != censored {
				t.Errorf("378=%d: %+v; want censored %v", reason, o, censored)
			}
		}
	}
}

// What a venue stopped is guaranteed: no tactic withdraws it, its quantity is routed nowhere else, and the rest of the
// order does not wait for it (ER-11). So it is with what is done for the day.
func TestStoppedQuantityStaysWithItsVenue(t *testing.T) {
	for _, what := range []order.Happening{order.WasStopped, order.WasDoneForDay} {
		w := newWorld(t, testConfig())
		w.autoFill = false
		w.parent("P", order.Terms{Side: market.Buy, Qty: 20_000, Strategy: order.Block})
		w.run(300 * market.Millisecond)
		var stopped *venueChild
		for _, id := range w.ids {
			if v := w.children[id]; v.Style == order.StyleDark {
				stopped = v
				break
			}
		}
		w.apply(&event.ChildDone{Child: stopped.ID, What: what, Leaves: stopped.Leaves})
		w.run(30 * market.Second)
		p, c := w.e.parents[1], w.e.children[stopped.ID]
		if c.State.Done() || c.canceling || c.Exposure() != stopped.Qty {
			t.Errorf("%v: the child is %v, withdrawn %v, %d reserved of %d", what, c.State, c.canceling, c.Exposure(), stopped.Qty)
		}
		if p.exposure() > p.Terms.Qty-p.Cum || len(w.ids) < 5 {
			t.Errorf("%v: %d children, %d reserved of %d: the rest of the order waits", what, len(w.ids), p.exposure(), p.Terms.Qty)
		}
		w.fill(stopped.ID, stopped.Qty, 50*market.Dollar)
		w.settle()
		if c.State != order.Filled {
			t.Errorf("%v: filled by its venue it is %v", what, c.State)
		}
	}
}

// A venue that declines part of an order is not offered that part again at once; the rest works on (ER-10, 378=5).
func TestPartialDecline(t *testing.T) {
	w := resting(t)
	w.apply(&event.ChildReplaced{Child: 1, Qty: 400, Leaves: 400, Reason: 5})
	p, c := w.e.parents[1], w.e.children[1]
	if c.Qty != 400 || p.exposure() != 400 || p.standing[venueLitX].shutUntil <= w.now {
		t.Errorf("child of %d, %d at venues, away until %v at %v", c.Qty, p.exposure(), p.standing[venueLitX].shutUntil, w.now)
	}
}

// What a bust freed of an ended child and its venue trades again is withheld no longer: the order's rest is worked whole
// (matrix J.1.b, ER-20, ER-22).
func TestTradedAgainAfterABust(t *testing.T) {
	w := resting(t)
	w.trade("A", 300)
	w.children[1].done = true
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Cum: 300})
	w.run(5 * market.Second)
	p := w.e.parents[1]
	if p.exposure() != 700 {
		t.Fatalf("%d working, want the other 700", p.exposure())
	}
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "A"})
	if p.withheld != 300 {
		t.Fatalf("%d withheld, want 300", p.withheld)
	}
	w.apply(&event.ChildExecuted{Child: 1, ExecID: "A2", VenueOrderID: "V1", Qty: 300, Px: 49 * market.Dollar, Cum: 300})
	last := w.ids[len(w.ids)-1]
	w.children[last].done = true
	w.apply(&event.ChildDone{Child: last, What: order.WasCanceled})
	if w.run(10 * market.Second); p.exposure() != 700 || p.withheld != 0 {
		t.Errorf("%d working, %d withheld of 700 left; want all of it working", p.exposure(), p.withheld)
	}
}
