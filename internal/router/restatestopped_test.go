package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestStoppedChildRestated has a venue guarantee a child and then reduce it: by half, which leaves it stopped (ER-11),
// then to what it has filled, which ends it (ER-10). A child without leaves never stays alive.
func TestStoppedChildRestated(t *testing.T) {
	w := newWorld(t, testConfig())
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Buy, Qty: 2000, Strategy: order.Block})
	w.settle()
	c := w.sent()[0]
	w.fill(c.ID, 100, 50*market.Dollar)
	w.settle()
	w.apply(&event.ChildDone{Child: c.ID, What: order.WasStopped, Cum: 100, Leaves: c.Qty - 100})
	w.apply(&event.ChildReplaced{Child: c.ID, Qty: 200, Cum: 100, Leaves: 100})
	if got := w.e.children[c.ID]; got.State != order.Stopped || got.Leaves != 100 {
		t.Errorf("restated to 200 with 100 filled, it is %v with %d left, want stopped with 100", got.State, got.Leaves)
	}
	w.apply(&event.ChildReplaced{Child: c.ID, Qty: 100, Cum: 100})
	if got := w.e.children[c.ID]; got.State != order.Filled || got.Leaves != 0 {
		t.Errorf("restated to the 100 filled, it is %v with %d left, want filled", got.State, got.Leaves)
	}
}
