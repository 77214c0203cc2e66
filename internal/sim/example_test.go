package sim_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// A driver with a wall clock calls Advance with the time, sends what came in, and sleeps until Next.
func Example() {
	cfg, flow := sim.Balanced(1, 0, 0)
	cfg.OnReport = func(r *sim.Report) {
		if r.Kind == sim.Accepted || r.Leaves == 0 {
			fmt.Println(r.ClOrdID, r.Kind, "cum", r.Cum, "leaves", r.Leaves)
		}
	}
	m, err := sim.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Populate(flow); err != nil {
		fmt.Println(err)
		return
	}
	m.Advance(market.Time(5 * market.Second))
	m.Submit(0, sim.Order{Client: "ROUTER", ClOrdID: "1", Symbol: "ACME", Side: market.Buy, Type: order.Market, TIF: order.IOC, Qty: 100})
	m.Advance(market.Time(6 * market.Second))
	// Output:
	// 1 accepted cum 0 leaves 100
	// 1 filled cum 100 leaves 0
}
