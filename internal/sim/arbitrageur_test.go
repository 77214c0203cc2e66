package sim

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// slowVenue gives the demo's market in one symbol without the informed, where the makers of one lit venue look twice a
// second and the others often.
func slowVenue(seed uint64, arb market.Qty, lag int64) (Config, Flow) {
	cfg, flow := single(seed)
	flow.HuntRate = 0
	flow.Venues[2].MakerRate, flow.Venues[2].NoiseRate = 0.5, 0
	flow.ArbMax, flow.ArbLag, flow.ArbEdge, flow.ArbHoldMs = arb, lag, 0, 2000
	return cfg, flow
}

// apart gives how far the slow venue's mid is from the consolidated one, in ticks on average, and what its makers keep a
// share after a second, in ticks.
func apart(t *testing.T, seed uint64, arb market.Qty, lag int64) (ticks, kept float64) {
	cfg, flow := slowVenue(seed, arb, lag)
	var marks []pendingMark
	cfg.OnTrade = func(tr *Trade) {
		if tr.Venue == 2 {
			marks = append(marks, pendingMark{at: tr.At.Add(market.Second), qty: tr.Qty, px: tr.Price, taker: tr.Taker})
		}
	}
	m := populated(t, cfg, flow)
	n, shares := 0.0, 0.0
	tick := float64(cfg.Symbols[0].Tick)
	for m.Now() < market.Time(20*market.Minute) {
		m.RunUntil(m.Now().Add(50 * market.Millisecond))
		mid := m.NBBO("ACME").Mid()
		if tp := m.national[0].tops[2]; tp.bid > 0 && tp.ask > 0 && mid > 0 {
			d := float64(market.Mid(tp.bid, tp.ask)-mid) / tick
			ticks += max(d, -d)
			n++
		}
		for len(marks) > 0 && marks[0].at <= m.Now() {
			k := marks[0]
			marks = marks[1:]
			kept += float64(k.taker.Sign()) * float64(k.px-mid) / tick * float64(k.qty)
			shares += float64(k.qty)
		}
	}
	return ticks / n, kept / shares
}

// TestArbitrageurTiesVenues: the arbitrageur pulls a slow venue's price to the others' at its makers' cost.
func TestArbitrageurTiesVenues(t *testing.T) {
	const seeds = 16 // with half of them the cost is within its interval of nothing
	var tied, lost []float64
	for seed := range uint64(seeds) {
		d0, k0 := apart(t, seed+1, 0, 0)
		d1, k1 := apart(t, seed+1, 3000, 300*market.Microsecond)
		tied, lost = append(tied, d0-d1), append(lost, k0-k1)
	}
	near, half := interval(tied)
	cost, halfCost := interval(lost)
	t.Logf("a slow venue's mid is %.3f ± %.3f ticks nearer to the consolidated with the arbitrageur, and its makers keep %.2f ± %.2f ticks a share less", near, half, cost, halfCost)
	if near-half <= 0 || cost-halfCost <= 0 {
		t.Errorf("nearer by %.3f ± %.3f ticks at a cost of %.2f ± %.2f, want both above 0", near, half, cost, halfCost)
	}
}

// TestArbitrageurSeesPublicQuotesAlone: it takes a quote that the others have left behind, not one that was set inside them,
// and only what is still there when its order arrives.
func TestArbitrageurSeesPublicQuotesAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		before [2]market.Price // the others' bid and ask when venue 0 sets an ask of 10.02
		after  [2]market.Price // and later
		cancel bool            // venue 0's order is canceled meanwhile
		want   market.Qty      // that the arbitrageur takes from venue 0
	}{
		{"stale", [2]market.Price{1000, 1003}, [2]market.Price{1002, 1005}, false, 100},
		{"gone when it arrives", [2]market.Price{1000, 1003}, [2]market.Price{1002, 1005}, true, 0},
		{"improving", [2]market.Price{1000, 1006}, [2]market.Price{1000, 1006}, false, 0},
		{"moved away", [2]market.Price{1000, 1003}, [2]market.Price{999, 1002}, false, 0},
		{"crossed", [2]market.Price{1000, 1003}, [2]market.Price{1003, 1005}, false, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := Config{Symbols: []market.Instrument{{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 10 * market.Dollar}}}
			for i := range 3 {
				v := VenueSpec{}
				v.ID, v.Name, v.Type, v.Caps = market.VenueID(i), itoa(i), market.Lit, allCaps
				cfg.Venues = append(cfg.Venues, v)
			}
			var got market.Qty
			cfg.OnReport = func(r *Report) {
				if r.Kind == Filled && r.Client == "slow" {
					got += r.LastQty
				}
			}
			m := populated(t, cfg, Flow{ArbMax: 1000, ArbLag: 1000, ArbHoldMs: 1000, Venues: []VenueFlow{{Venue: 0}, {Venue: 1}, {Venue: 2}}})
			send := func(v market.VenueID, client, id string, side market.Side, px market.Price) {
				m.Submit(v, Order{Client: client, ClOrdID: id, Symbol: "S", Side: side, Type: order.Limit, Qty: 100, Limit: px * 10_000})
			}
			quote := func(px [2]market.Price, id string) {
				for v := market.VenueID(1); v <= 2; v++ {
					m.CancelAll(v, "away")
					send(v, "away", id+"b", market.Buy, px[0])
					send(v, "away", id+"a", market.Sell, px[1])
				}
				m.RunUntil(m.Now() + 1)
			}
			quote(c.before, "1")
			send(0, "slow", "s", market.Sell, 1002)
			m.RunUntil(m.Now() + 10_000)
			quote(c.after, "2")
			if c.cancel {
				m.CancelAll(0, "slow")
			}
			m.RunUntil(m.Now() + 10_000)
			if got != c.want {
				t.Errorf("took %d, want %d", got, c.want)
			}
		})
	}
}
