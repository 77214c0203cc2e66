package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestSilentVenueIsNotFlooded: a venue that says nothing of a child is asked at once and soon again, then less and less
// often, but never left alone; when it comes back it is asked at once (REC-04, DEF-16).
func TestSilentVenueIsNotFlooded(t *testing.T) {
	w := newWorld(t, testConfig())
	w.silent[venueLitX] = true
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
	w.run(market.Minute)
	first := len(w.toVenues)
	w.cancel("C")
	w.run(10 * market.Hour)
	all := len(w.toVenues)
	if first < 3 || all > 1300 || all < 300 {
		t.Errorf("asked %d times in the first minute and %d in ten hours; want at least 3, and one every minute or two", first, all)
	}
	w.apply(&event.VenueDown{Venue: venueLitX})
	w.run(market.Second)
	w.silent[venueLitX] = false
	w.apply(&event.VenueUp{Venue: venueLitX})
	if w.run(market.Second); w.last().ExecType != '4' {
		t.Errorf("the venue answers again, and the order ends with %+v", w.last())
	}
}
