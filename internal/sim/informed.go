package sim

import "github.com/sluice-sor/sluice/internal/market"

// hunter is the informed flow of one symbol: it knows the fundamental a little ahead and takes every displayed quote that
// the fundamental is about to leave behind, at the venues that it prefers. It is what makes a stale quote expensive. With
// HuntLevel it knows the news alone and has no opinion on the price's level: where orders have moved the price away from the
// fundamental, it takes that as it is, and to bring the price back is left to value traders.
type hunter struct {
	rnd   stream
	f     *Flow
	sym   int
	share []float64 // by venue index
	level float64   // price above the fundamental, of late; 0 where it has an opinion on that
	last  market.Time
	hand  hand
}

func (m *Market) addHunter(f *Flow, s int) {
	if f.HuntRate <= 0 {
		return
	}
	a := &hunter{rnd: newStream(m.cfg.Seed, "hunter", s, 0), f: f, sym: s, last: m.now}
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
	a.follow(m)
	soon := m.outlooks[a.sym].at(m.now.Add(a.f.HuntAheadMs*market.Millisecond)) + a.level
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

// follow takes notice of where the market stands.
func (a *hunter) follow(m *Market) {
	if a.f.HuntLevel <= 0 {
		a.level = 0
		return
	}
	q := m.national[a.sym].now()
	if q.Bid == 0 || q.Ask <= q.Bid {
		return
	}
	t := float64(m.now.Sub(a.last)) / float64(market.Second)
	a.last = m.now
	a.level += (float64(q.Bid+q.Ask)/2 - m.outlooks[a.sym].at(m.now) - a.level) * t / (t + a.f.HuntLevel)
}

func (a *hunter) take(m *Market, venue int, buy bool, q market.Qty, px market.Price) {
	if q > 0 {
		a.hand.take(m, m.venues[venue], a.sym, buy, q, px)
	}
}
