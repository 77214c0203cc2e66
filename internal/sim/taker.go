package sim

// taker is the natural marketable flow of one symbol: sizes are heavy-tailed, sides persist (many come from somebody's
// larger order), and among the venues that show the best price it prefers those that cost it least.
type taker struct {
	rnd    stream // when, which side, how much: the same whatever the market is like
	pick   stream // of venues
	f      *Flow
	sym    int
	weight []float64 // by venue index
	last   bool      // side of the one before
	hand   hand
}

func (m *Market) addTaker(f *Flow, s int) {
	if f.TakerRate <= 0 {
		return
	}
	a := &taker{rnd: newStream(m.cfg.Seed, "taker", s, 0), pick: newStream(m.cfg.Seed, "taker picks", s, 0), f: f, sym: s}
	a.tune(m)
	m.schedule(m.now.Add(a.rnd.after(f.TakerRate)), a, 0)
}

// tune takes over the weights of the venues.
func (a *taker) tune(m *Market) {
	a.weight = a.f.weights(m, func(v *VenueFlow) float64 { return v.TakerShare })
}

func (a *taker) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(a.f.TakerRate*m.rhythm())), a, 0)
	inst := &m.insts[a.sym]
	if !a.rnd.chance(a.f.Persist) {
		a.last = a.rnd.IntN(2) == 0
	}
	lo := max(a.f.TakerLots, 1) * float64(inst.Lot)
	q := lots(inst, a.rnd.pareto(lo, max(float64(a.f.TakerMax), lo)))
	a.hand.sweep(m, a.sym, a.pick, a.weight, a.last, q, 4)
}
