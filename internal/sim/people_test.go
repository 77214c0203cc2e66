package sim

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestMakersWithdraw: a maker that is hit again and again asks for more, on both sides, and comes back after a while.
func TestMakersWithdraw(t *testing.T) {
	cfg, flow := single(4)
	flow = Flow{Volatility: 1e-9, Venues: flow.Venues[:1]}
	flow.Venues[0].Makers, flow.Venues[0].NoiseRate = 1, 0
	m := populated(t, cfg, flow)
	spread := func() (mean float64) {
		for range 20 {
			m.RunUntil(m.now.Add(market.Second / 10))
			mean += float64(m.NBBO("ACME").Spread()) / 1e4 / 20
		}
		return mean
	}
	m.RunUntil(market.Time(10 * market.Second))
	before := spread()
	for i := range 24 {
		side := market.Side(1 + i%2)
		m.Submit(0, Order{Client: "c", ClOrdID: itoa(i), Symbol: "ACME", Side: side, Type: order.Limit, TIF: order.IOC, Qty: 100, Limit: m.NBBO("ACME").Far(side)})
		m.RunUntil(m.now.Add(market.Second / 40))
	}
	m.RunUntil(m.now.Add(market.Second / 4)) // its next look
	hit := float64(m.NBBO("ACME").Spread()) / 1e4
	m.RunUntil(m.now.Add(10 * market.Second))
	after := spread()
	if hit < before+1 || after > before+0.5 {
		t.Errorf("spread %.1f ticks before, %.1f when hit, %.1f later: want wider by a tick or more, and back", before, hit, after)
	}
}

// TestInternalizerHasBothSides: the broker's natural flow has buyers and sellers, in sizes of its clients.
func TestInternalizerHasBothSides(t *testing.T) {
	cfg, flow := single(6)
	flow.Venues[8].PingRate = 0
	m := populated(t, cfg, flow)
	p := m.venues[8].books[0].(*pool)
	looks, some, both := 0, 0, [2]int{}
	var shares, n market.Qty
	for range 3600 {
		m.RunUntil(m.now.Add(market.Second))
		looks++
		if p.side[0].n+p.side[1].n > 0 {
			some++
		}
		p.each(func(o *ord) {
			both[map[bool]int{true: 1}[o.buy]]++
			shares += o.leaves
			n++
		})
	}
	t.Logf("somebody is there at %d %% of looks, %d sellers and %d buyers, mean %d shares", 100*some/looks, both[0], both[1], shares/max(n, 1))
	if 10*some < looks || 4*both[0] < both[1] || 4*both[1] < both[0] {
		t.Errorf("somebody at %d of %d looks, %d sellers and %d buyers: want both, within four times", some, looks, both[0], both[1])
	}
	if mean := shares / max(n, 1); mean < 100 || mean > 2000 {
		t.Errorf("they have %d shares on average, want a client's order", mean)
	}
}

// TestHaltStopsAgents: while a symbol is halted at a lit venue and a pool nobody trades it there, others go on elsewhere, and
// all come back after it.
func TestHaltStopsAgents(t *testing.T) {
	cfg, flow := Balanced(8, 0, 0)
	everybody(&flow)
	trades := map[market.VenueID]int{}
	others := 0
	cfg.OnTrade = func(tr *Trade) {
		if tr.Symbol == "ACME" {
			trades[tr.Venue]++
		} else if tr.Venue == 0 {
			others++
		}
	}
	m := populated(t, cfg, flow)
	run := func(d int64) {
		m.RunUntil(m.now.Add(market.Second)) // what is on its way
		clear(trades)
		others = 0
		m.RunUntil(m.now.Add(d))
	}
	run(market.Minute)
	if trades[0] == 0 || trades[5] == 0 {
		t.Fatalf("trades %v before the halt", trades)
	}
	m.Halt(0, "ACME")
	m.Halt(5, "ACME")
	run(2 * market.Minute)
	if trades[0] != 0 || trades[5] != 0 || trades[1] == 0 || trades[7] == 0 || others == 0 {
		t.Errorf("trades %v while venues 0 and 5 are halted, %d at 0 in other symbols", trades, others)
	}
	if tp := m.national[0].tops[0]; tp != (top{}) {
		t.Errorf("a halted venue shows %+v in the consolidated quote", tp)
	}
	m.Resume(0, "ACME")
	m.Resume(5, "ACME")
	run(2 * market.Minute)
	if trades[0] == 0 || trades[5] == 0 {
		t.Errorf("trades %v after the halt", trades)
	}
	if q := m.NBBO("ACME"); q.Spread() <= 0 {
		t.Errorf("%+v a while after the halt", q)
	}
	for _, v := range m.venues {
		if b, ok := v.books[0].(*lob); ok {
			checkBook(t, b)
		}
	}
}
