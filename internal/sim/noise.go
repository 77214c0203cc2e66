package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// noiseMost bounds the resting orders of one noise flow.
const noiseMost = 256

// noise is zero-intelligence limit and cancel flow in one symbol at one venue: orders arrive at random times near the
// quote, less often behind long queues, and leave after random lives (compare Cont, Stoikov and Talreja 2010; Huang,
// Lehalle and Rosenbaum 2015 for rates that depend on the queue).
type noise struct {
	b    *lob
	rnd  stream
	vf   *VenueFlow
	live []*ord
	free []*ord
}

func (m *Market) addNoise(vf *VenueFlow, v *venue, s int) {
	b, ok := v.books[s].(*lob)
	if !ok || vf.NoiseRate <= 0 {
		return
	}
	a := &noise{b: b, vf: vf, rnd: newStream(m.cfg.Seed, "noise", int(v.spec.ID), s)}
	m.schedule(m.now.Add(a.rnd.after(vf.NoiseRate)), a, 0)
}

func (a *noise) filled(*ord, market.Qty, market.Price) {}

func (a *noise) done(o *ord) {
	for i, l := range a.live { // at most noiseMost
		if l == o {
			a.live[i] = a.live[len(a.live)-1]
			a.live = a.live[:len(a.live)-1]
			break
		}
	}
	a.free = append(a.free, o)
}

func (a *noise) run(m *Market, _ int64) {
	leave := float64(len(a.live)) / a.vf.NoiseLife
	arrive := a.vf.NoiseRate * m.rhythm()
	u := a.rnd.Float64() * (leave + arrive)
	m.schedule(m.now.Add(a.rnd.after(leave+arrive)), a, 0)
	switch {
	case a.b.halted:
	case u < leave:
		pull(a.b, a.live[a.rnd.IntN(len(a.live))])
	case len(a.live) < noiseMost:
		a.place(m)
	}
}

// place adds a limit order near the consolidated quote without crossing it.
func (a *noise) place(m *Market) {
	buy, away, size := a.rnd.IntN(2) == 0, a.rnd.exp()*2, 0.5+a.rnd.exp()*1.5
	q, tick := m.national[a.b.sym].last(), a.b.inst.Tick
	if q.bid == 0 || q.ask == 0 {
		return
	}
	p, worst := q.bid+tick-market.Price(away)*tick, q.ask-tick
	if !buy {
		p, worst = q.ask-tick+market.Price(away)*tick, q.bid+tick
	}
	if p = inside(buy, p, worst); p <= 0 {
		return
	}
	if lv := a.b.ladder(buy).find(key(buy, p)); lv != nil && a.rnd.Float64()*float64(lv.shown) > 20*float64(a.b.inst.Lot) {
		return // a long queue puts it off
	}
	var o *ord
	if n := len(a.free); n > 0 {
		o, a.free = a.free[n-1], a.free[:n-1]
	} else {
		o = new(ord)
	}
	*o = ord{agent: a, typ: order.Limit, postOnly: true}
	o.set(buy, lots(a.b.inst, size*float64(a.b.inst.Lot)), p)
	a.live = append(a.live, o)
	put(a.b, o)
}

// inside gives p, but not more aggressive than worst.
func inside(buy bool, p, worst market.Price) market.Price {
	if buy {
		return min(p, worst)
	}
	return max(p, worst)
}
