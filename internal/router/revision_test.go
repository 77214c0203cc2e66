package router

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestRevisionWithItsExecutionsID is ER-13: a venue that gives a bust or a correction the ExecID of the execution that it
// revises, and sends it twice, is believed once.
func TestRevisionWithItsExecutionsID(t *testing.T) {
	const px = 49 * market.Dollar
	for what, want := range map[event.Body]string{
		&event.ExecutionBusted{Child: 1, ExecID: "1", RefExecID: "1"}:                                   "H/0 P< 1000=0+1000",
		&event.ExecutionCorrected{Child: 1, ExecID: "1", RefExecID: "1", Qty: 200, Px: px}:              "G/1 P< 1000=200+800",
		&event.ExecutionCorrected{Child: 1, ExecID: "1", RefExecID: "1", Qty: 300, Px: px - 10_000}:     "G/1 P< 1000=300+700",
		&event.ExecutionCorrected{Child: 1, ExecID: "1", RefExecID: "1", Qty: 300, Px: px, At: 1 << 40}: "", // it says what is booked
	} {
		w := resting(t)
		w.trade("1", 300)
		w.reports = nil
		w.apply(what)
		w.apply(what)
		told := []string{want}
		if want == "" {
			told = nil
		}
		if diff := cmp.Diff(told, w.said()); diff != "" {
			t.Errorf("%+v: the client was told (-want +got)\n%s", what, diff)
		}
	}
}

// TestCorrectionBeyondTheChild is INV-03 and INV-07: a correction to more than the child, or to a price beyond its limit, stands as
// booked and stops the parent, as a fill of that kind does. One to a better price, or to less, does not, whatever the child's
// limit is by now.
func TestCorrectionBeyondTheChild(t *testing.T) {
	const px = 49 * market.Dollar
	for _, c := range []struct {
		qty  market.Qty
		px   market.Price
		rule string
	}{{300, px + 10_000, "INV-07"}, {1001, px, "INV-03"}, {300, px - 10_000, ""}, {200, px, ""}, {400, px, ""}} {
		cfg := testConfig()
		cfg.Tactics.PostClip = 1000
		w := newWorld(t, cfg)
		w.autoFill = false
		w.parent("P", order.Terms{Side: market.Buy, Qty: 2000, Type: order.Limit, Limit: 50 * market.Dollar, Directed: "LX"})
		w.settle()
		w.accepts(1, 1000, px) // its venue has it at a tighter limit than its order's
		w.trade("1", 300)
		w.apply(&event.ExecutionCorrected{Child: 1, ExecID: "G", RefExecID: "1", Qty: c.qty, Px: c.px})
		if paged := w.alerted(event.Page, "INV-03", "") || w.alerted(event.Page, "INV-07", ""); paged != (c.rule != "") || paged && !w.alerted(event.Page, c.rule, "venue filled") {
			t.Errorf("%d at %v: alerts %+v", c.qty, c.px, w.alerts)
		}
		if p := w.e.parents[1]; (p.Hold == order.HoldStop) != (c.rule != "") {
			t.Errorf("%d at %v: hold %v", c.qty, c.px, p.Hold)
		}
	}
}

// TestBustOfTheDayBefore is RISK-03: a bust of a former day's fill gives nothing of today's limit back.
func TestBustOfTheDayBefore(t *testing.T) {
	w := evening(t, 15, order.Terms{TIF: order.GTC})
	w.trade("1", 600)
	w.until(clock(16, 9, 31))
	w.fill(2, 400, 49*market.Dollar)
	w.settle()
	used := func() string {
		open, executed := w.e.gate.Used("EMS", w.now)
		return fmt.Sprintf("%s open, %s executed", open.Dollars(), executed.Dollars())
	}
	before := used()
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
	if want := "$30003 open, $19600 executed"; before != "$0 open, $19600 executed" || used() != want {
		t.Errorf("%s, and after the bust %s; want %s", before, used(), want)
	}
}

// TestEndsWithLess is ER-15: a venue that ends an order with less filled than we booked took something back of which we have not
// heard, and people are told. One that ends it with as much, or does not say how much, did not.
func TestEndsWithLess(t *testing.T) {
	for cum, told := range map[market.Qty]bool{200: true, 300: false, 0: false} {
		w := resting(t)
		w.trade("1", 300)
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Cum: cum})
		if w.alerted(event.Warn, "ER-15", "with 200 filled, we have 300") != told || w.e.children[1].State != order.Canceled || w.e.parents[1].Cum != 300 {
			t.Errorf("ended with %d: child %v, %d filled, alerts %+v", cum, w.e.children[1].State, w.e.parents[1].Cum, w.alerts)
		}
	}
}

// TestOldContentAfterRevision is ER-13: an execution that was corrected repeats its old content lawfully, also where the correction
// has no id of its own.
func TestOldContentAfterRevision(t *testing.T) {
	for _, id := range []string{"G", "1", ""} {
		w := resting(t)
		w.trade("1", 300)
		w.apply(&event.ExecutionCorrected{Child: 1, ExecID: id, RefExecID: "1", Qty: 200, Px: 49 * market.Dollar})
		w.apply(&event.ChildExecuted{Child: 1, ExecID: "1", VenueOrderID: "V1", Qty: 300, Px: 49 * market.Dollar, Cum: 300, Leaves: 700})
		if p := w.e.parents[1]; p.Cum != 200 || p.Hold != order.HoldNone {
			t.Errorf("corrected by %q: %d filled, hold %v, alerts %+v", id, p.Cum, p.Hold, w.alerts)
		}
	}
}
