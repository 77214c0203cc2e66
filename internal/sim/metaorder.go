package sim

import (
	"errors"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// metaMost bounds the parents of one symbol that are worked at once.
const metaMost = 16

// tradingDay is the length of the day that an average daily volume is about, in seconds.
const tradingDay = 6.5 * 3600

// metaorders is the other large orders of one symbol. Each arrives, has a heavy-tailed size, and is worked in many pieces of
// one side over a time in proportion to its size. That is what gives order flow its long memory: with sizes of tail exponent
// 3/2, order signs correlate as a power of the lag with exponent 1/2 (Lillo, Mike and Farmer 2005). A piece takes, or
// rests at the near side until the next; a part of some parents rests at the midpoint of a dark venue all the while, so that a
// block met there is the same buyer's as the flow seen on the lit venues.
//
// When pieces come depends on the seed alone; what they trade depends on the market.
type metaorders struct {
	rnd  stream
	pick stream // of venues
	f    *Flow
	sym  int
	lit  []float64 // weights by venue index
	dark []float64
	hand hand
	slot [metaMost]meta
}

// meta is one parent, and the agent of its orders.
type meta struct {
	buy      bool
	size     market.Qty
	left     market.Qty
	pieces   int // to come
	of       int // of how many
	rest     ord // the passive piece
	restAt   matcher
	hidden   ord // the dark part
	hiddenAt matcher
}

func (p *meta) filled(_ *ord, q market.Qty, _ market.Price) { p.left -= q }
func (p *meta) done(*ord)                                   {}

func (f *Flow) checkMetas(m *Market) error {
	if f.MetaRate <= 0 {
		return nil
	}
	var errs []error
	if f.MetaMin <= 0 || f.MetaMax < f.MetaMin || f.MetaPiece <= 0 || f.MetaShare <= 0 {
		errs = append(errs, errors.New("metaorders (MetaRate) need 0 < MetaMin <= MetaMax, and MetaPiece and MetaShare above 0"))
	}
	for i := range m.insts {
		if s := &m.insts[i]; s.ADV <= 0 && f.has(s.Symbol) {
			errs = append(errs, errors.New("metaorders (MetaRate) need the ADV of "+string(s.Symbol)+" above 0"))
		}
	}
	return errors.Join(append(errs, checkChance("MetaPassive", f.MetaPassive), checkChance("MetaHidden", f.MetaHidden))...)
}

func (m *Market) addMetas(f *Flow, s int) {
	if f.MetaRate <= 0 {
		return
	}
	a := &metaorders{rnd: newStream(m.cfg.Seed, "metaorders", s, 0), pick: newStream(m.cfg.Seed, "metaorders pick", s, 0), f: f, sym: s}
	a.tune(m)
	m.schedule(m.now.Add(a.rnd.after(f.MetaRate)), a, 0)
}

// tune takes over the weights of the venues.
func (a *metaorders) tune(m *Market) {
	a.lit = a.f.weights(m, func(v *VenueFlow) float64 { return v.TakerShare })
	a.dark = a.f.weights(m, func(v *VenueFlow) float64 { return v.MetaWeight })
}

// run is the arrival of a parent (arg 0), or a piece of the one in slot arg−1.
func (a *metaorders) run(m *Market, arg int64) {
	if arg == 0 {
		m.schedule(m.now.Add(a.rnd.after(a.f.MetaRate*m.rhythm())), a, 0)
		a.arrive(m)
		return
	}
	p := &a.slot[arg-1]
	a.work(m, p)
	if p.pieces > 0 {
		m.schedule(m.now.Add(a.wait(m)), a, arg)
	}
}

// wait draws the time until a parent's next piece.
func (a *metaorders) wait(m *Market) int64 {
	pace := a.f.MetaShare * float64(m.insts[a.sym].ADV) / tradingDay * m.rhythm() // shares a second
	return a.rnd.after(pace / float64(max(a.f.MetaPiece, 1)))
}

func (a *metaorders) arrive(m *Market) {
	inst := &m.insts[a.sym]
	buy, size := a.rnd.IntN(2) == 0, a.rnd.pareto(float64(a.f.MetaMin), float64(a.f.MetaMax))
	goes, u := a.rnd.chance(a.f.MetaHidden), a.rnd.Float64()
	for i := range a.slot {
		p := &a.slot[i]
		if p.pieces > 0 {
			continue
		}
		q := lots(inst, size)
		n := max(int(q/max(a.f.MetaPiece, 1)), 1)
		*p = meta{buy: buy, size: q, left: q, pieces: n, of: n}
		if v := m.drawn(a.dark, u); goes && v != nil && !v.spec.Type.Displayed() {
			p.hide(v.books[a.sym], lots(inst, size/2), min(a.f.MetaMinQty, q))
		}
		m.schedule(m.now.Add(a.wait(m)), a, int64(i+1))
		return
	}
}

// hide rests q at the midpoint of a dark venue.
func (p *meta) hide(b matcher, q, least market.Qty) {
	p.hiddenAt = b
	p.hidden = ord{agent: p, typ: order.Midpoint, hidden: true, minQty: min(least, q)}
	p.hidden.set(p.buy, q, 0)
	put(b, &p.hidden)
}

// work trades one piece: what the plan says should be done by now and is not.
func (a *metaorders) work(m *Market, p *meta) {
	passive, u := a.rnd.chance(a.f.MetaPassive), a.rnd.Float64()
	p.pieces--
	if p.rest.resting {
		pull(p.restAt, &p.rest)
	}
	if p.pieces == 0 {
		passive = false // nobody comes back for it
	}
	planned := p.size * market.Qty(p.pieces) / market.Qty(p.of) // left after this piece
	if due := (p.left - planned) / m.insts[a.sym].Lot * m.insts[a.sym].Lot; due > 0 {
		if passive {
			a.post(m, p, due, u)
		} else {
			p.left -= a.hand.sweep(m, a.sym, a.pick, a.lit, p.buy, due, 3)
		}
	}
	p.trim()
}

// post rests q at the near side until the parent's next piece.
func (a *metaorders) post(m *Market, p *meta, q market.Qty, u float64) {
	px := m.national[a.sym].now().Near(sideOf(p.buy))
	v := m.showing(a.sym, a.lit, !p.buy, px, u)
	if px == 0 || v == nil {
		return
	}
	p.restAt = v.books[a.sym]
	p.rest = ord{agent: p, typ: order.Limit, postOnly: true}
	p.rest.set(p.buy, q, px)
	put(p.restAt, &p.rest)
}

// trim keeps the dark part within what is left beside the passive piece; the last piece ends it.
func (p *meta) trim() {
	if !p.hidden.resting {
		return
	}
	most := p.left
	if p.rest.resting {
		most -= p.rest.leaves
	}
	switch {
	case p.pieces == 0 || most <= 0:
		pull(p.hiddenAt, &p.hidden)
	case p.hidden.leaves > most:
		p.hiddenAt.shrink(&p.hidden, most)
	}
}

// drawn draws a venue by weight; u is uniform. It is nil if no weight is positive.
func (m *Market) drawn(weight []float64, u float64) *venue {
	sum := 0.0
	for _, w := range weight {
		sum += w
	}
	at := 0.0
	for i, w := range weight {
		if at += w; w > 0 && at > u*sum {
			return m.venues[i]
		}
	}
	return nil
}
