package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestDarkChildOutlivesItsWave has dark children whose links drop while their wave runs: the wave ends without them, and
// when they are known again they must not rest for ever, because the rest of the order waits for what they hold.
func TestDarkChildOutlivesItsWave(t *testing.T) {
	w := newWorld(t, testConfig())
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Buy, Qty: 20_000, Strategy: order.Block, Urgency: order.Low})
	w.run(300 * market.Millisecond)
	dark := map[order.ChildID]bool{}
	for _, c := range w.sent() {
		if c.Style == order.StyleDark {
			dark[c.ID] = true
		}
	}
	if len(dark) == 0 {
		t.Fatal("no dark child was sent")
	}
	for v := venueDarkA; v <= venueDarkC; v++ {
		w.apply(&event.VenueDown{Venue: v, Reason: "test"})
	}
	w.run(10 * market.Millisecond)
	for v := venueDarkA; v <= venueDarkC; v++ {
		w.apply(&event.VenueUp{Venue: v})
	}
	w.run(30 * market.Second)
	for id := range dark {
		if !w.children[id].done {
			t.Errorf("dark child %d still rests, half a minute after its wave", id)
		}
	}
}
