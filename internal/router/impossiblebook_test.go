package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestImpossibleBookPricesNothing sends the only displayed book with a price or a size that no market has: no child is
// priced by it, and the order goes on once the book is whole again.
func TestImpossibleBookPricesNothing(t *testing.T) {
	good := market.Level{Price: 50 * market.Dollar, Size: 500}
	for _, bad := range []market.Level{{Price: -1, Size: 500}, {Price: 0, Size: 500}, {Price: 49 * market.Dollar, Size: 0}, {Price: 49 * market.Dollar, Size: -7}} {
		cfg := testConfig()
		cfg.Venues = cfg.Venues[venueLitX : venueLitX+1]
		cfg.Venues[0].ID = 0
		w := newWorld(t, cfg)
		ask := []market.Level{{Price: 50*market.Dollar + 10_000, Size: 500}}
		w.apply(&event.BookChanged{Venue: 0, Symbol: "ABC", Bids: []market.Level{bad}, Asks: ask})
		w.parent("A", order.Terms{Side: market.Sell, Qty: 300})
		w.run(market.Second)
		if n := len(w.sent()); n > 0 {
			t.Errorf("bid %+v: %d children were sent by it, the first %+v", bad, n, w.sent()[0])
		}
		w.apply(&event.BookChanged{Venue: 0, Symbol: "ABC", Bids: []market.Level{good}, Asks: ask})
		w.run(market.Second)
		if len(w.sent()) == 0 {
			t.Errorf("bid %+v, then %+v: nothing was sent", bad, good)
		}
	}
}
