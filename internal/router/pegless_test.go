package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A venue that knows no pegs fills a marketable order at the order's own limit: it gets the midpoint, never the
// client's limit, whichever side of the tick the midpoint lies on.
func TestVenueWithoutPegsGetsTheMidpointAsALimit(t *testing.T) {
	cfg := testConfig()
	for i := range cfg.Venues {
		cfg.Venues[i].Caps &^= market.CapMidpoint
	}
	for _, tt := range []struct {
		name  string
		side  market.Side
		limit market.Price
		want  market.Price
	}{
		{"buy", market.Buy, 52 * market.Dollar, 50 * market.Dollar},
		{"buy at market", market.Buy, 0, 50 * market.Dollar},
		{"sell", market.Sell, 48 * market.Dollar, 50*market.Dollar + 10_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, cfg)
			terms := order.Terms{Side: tt.side, Qty: 10_000}
			if tt.limit > 0 {
				terms.Type, terms.Limit = order.Limit, tt.limit
			}
			w.parent("P1", terms)
			w.run(market.Second)
			styles := map[order.Style]bool{}
			for _, c := range w.sent() {
				if c.Style != order.StyleInternal && c.Style != order.StyleDark {
					continue
				}
				styles[c.Style] = true
				if c.Type != order.Limit || c.Limit != tt.want {
					t.Errorf("%v child is %v at %v; want a limit at %v", c.Style, c.Type, c.Limit, tt.want)
				}
			}
			if !styles[order.StyleInternal] || !styles[order.StyleDark] {
				t.Errorf("styles sent: %v; want internal and dark", styles)
			}
		})
	}
}
