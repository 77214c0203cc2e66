package sim

import (
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestBlocksLean: where blocks lean to buy and their want has an end, a seller meets them ever less often and gets no more
// than they want; a buyer meets nobody.
func TestBlocksLean(t *testing.T) {
	const pool, total = 5, 40_000
	cfg, flow := single(3)
	vf := &flow.Venues[pool]
	*vf = VenueFlow{Venue: vf.Venue, BlockRate: .2, BlockMin: 500, BlockMax: 5000, BlockLife: 20, BlockPersist: .8, BlockLean: 1, BlockTotal: total}
	var sold, bought, half market.Qty
	cfg.OnReport = func(r *Report) {
		if r.Kind == Filled && r.Side == market.Sell {
			sold += r.LastQty
		} else if r.Kind == Filled {
			bought += r.LastQty
		}
	}
	m := populated(t, cfg, flow)
	const steps = 2000
	for i := range steps {
		m.RunUntil(m.Now().Add(market.Second / 2))
		side := market.Sell
		if i%2 == 1 {
			side = market.Buy
		}
		m.Submit(vf.Venue, Order{Client: "C", ClOrdID: strconv.Itoa(i), Symbol: cfg.Symbols[0].Symbol, Side: side, Type: order.Midpoint, TIF: order.IOC, Qty: 1000})
		if i == steps/2 {
			half = sold
		}
	}
	if sold > total || sold < total*3/4 || bought > 0 {
		t.Errorf("sold %d of the %d that are wanted, bought %d of nothing", sold, total, bought)
	}
	if sold-half > half/3 {
		t.Errorf("sold %d in the first half of the time and %d in the second: want a decay", half, sold-half)
	}
}
