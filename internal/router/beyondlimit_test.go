package router

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A venue that fills beyond the child's limit is booked truthfully, and trades no more of the order until a person has
// looked (INV-07).
func TestFillBeyondTheLimitStopsTheParent(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P1", order.Terms{Side: market.Buy, Qty: 10_000, Type: order.Limit, Limit: 51 * market.Dollar})
	id := w.ids[0]
	px := w.children[id].orig.Limit + 10_000
	w.fill(id, 100, px)
	w.settle()
	var page *event.Raise
	for i := range w.alerts {
		if r := &w.alerts[i]; r.Code == "INV-07" && r.Severity == event.Page {
			page = r
		}
	}
	if page == nil || !strings.Contains(page.Text, "51.01") {
		t.Errorf("raised %+v; want a page that names 51.01", w.alerts)
	}
	if got := w.last(); got.Cum != 100 || got.LastPx != px && got.AvgPx != px {
		t.Errorf("the client was told cum %d at %v; want 100 at %v", got.Cum, got.AvgPx, px)
	}
	sent := len(w.ids)
	w.run(5 * market.Second)
	if len(w.ids) != sent {
		t.Errorf("%d more children were sent", len(w.ids)-sent)
	}
}
