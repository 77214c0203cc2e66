package sim

import "github.com/sluice-sor/sluice/internal/market"

// hunter is the informed flow of one symbol: it knows the fundamental a little ahead and takes every displayed quote that
// the fundamental is about to leave behind, at the venues that it prefers. It is what makes a stale quote expensive.
type hunter struct {
	rnd   stream
	f     *Flow
	sym   int
	share []float64 // by venue index
	hand  hand
}

func (m *Market) addHunter(f *Flow, s int) {
	if f.HuntRate <= 0 {
		return
	}
	a := &hunter{rnd: newStream(m.cfg.Seed, "hunter", s, 0), f: f, sym: s}
	a.tune(m)
	m.schedule(m.now.Add(a.rnd.after(f.HuntRate)), a, 0)
}

// tune takes over the shares of the venues.
func (a *hunter) tune(m *Market) {
	a.share = a.f.weights(m, func(v *VenueFlow) float64 { return v.HuntShare })
}

func (a *hunter) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(a.f.HuntRate)), a, 0)
	inst := &m.insts[a.sym]
	soon := m.outlooks[a.sym].at(m.now.Add(a.f.HuntAheadMs * market.Millisecond))
	edge := a.f.HuntEdge * float64(inst.Tick)
	for i := range m.venues {
		come := a.rnd.chance(a.share[i])
		t := &m.national[a.sym].tops[i]
		switch {
		case !come:
		case t.ask > 0 && float64(t.ask) < soon-edge:
			a.take(m, i, true, min(t.askSize, a.f.HuntMax), t.ask)
		case t.bid > 0 && float64(t.bid) > soon+edge:
			a.take(m, i, false, min(t.bidSize, a.f.HuntMax), t.bid)
		}
	}
}

func (a *hunter) take(m *Market, venue int, buy bool, q market.Qty, px market.Price) {
	if q > 0 {
		a.hand.take(m, m.venues[venue], a.sym, buy, q, px)
	}
}
