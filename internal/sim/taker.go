package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// taker is the natural marketable flow of one symbol: sizes are heavy-tailed, sides persist (many come from somebody's
// larger order), and among the venues that show the best price it prefers those that cost it least.
type taker struct {
	rnd    stream
	f      *Flow
	sym    int
	weight []float64 // by venue index
	last   bool      // side of the one before
	o      ord
}

func (m *Market) addTaker(f *Flow, s int) {
	if f.TakerRate <= 0 {
		return
	}
	a := &taker{rnd: newStream(m.cfg.Seed, "taker", s, 0), f: f, sym: s, weight: make([]float64, len(m.venues))}
	a.tune(m)
	m.schedule(m.now.Add(a.rnd.after(f.TakerRate)), a, 0)
}

// tune takes over the weights of the venues.
func (a *taker) tune(m *Market) {
	for i := range a.f.Venues {
		a.weight[m.byID[a.f.Venues[i].Venue].index] = a.f.Venues[i].TakerShare
	}
}

func (a *taker) filled(*ord, market.Qty, market.Price) {}
func (a *taker) done(*ord)                             {}

func (a *taker) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(a.f.TakerRate*ushape(m.now.Sub(m.cfg.Start), a.f.Session))), a, 0)
	inst := &m.insts[a.sym]
	if !a.rnd.chance(a.f.Persist) {
		a.last = a.rnd.IntN(2) == 0
	}
	buy := a.last
	lo := max(a.f.TakerLots, 1) * float64(inst.Lot)
	left := lots(inst, a.rnd.pareto(lo, max(float64(a.f.TakerMax), lo)))
	for range 4 { // a price level a round, at most four
		px := m.national[a.sym].now().Far(sideOf(buy))
		if px == 0 || left <= 0 {
			return
		}
		v := a.choose(m, buy, px)
		if v == nil {
			return
		}
		left -= a.take(m, v, buy, left, px)
	}
}

// choose draws a venue among those that show px, by weight.
func (a *taker) choose(m *Market, buy bool, px market.Price) *venue {
	sum := 0.0
	tops := m.national[a.sym].tops
	u := a.rnd.Float64()
	for round := range 2 {
		at := 0.0
		for i := range tops {
			if tops[i].far(buy) != px {
				continue
			}
			at += a.weight[i]
			if round == 1 && at > u*sum {
				return m.venues[i]
			}
		}
		sum = at
	}
	return nil
}

func (a *taker) take(m *Market, v *venue, buy bool, q market.Qty, px market.Price) market.Qty {
	a.o = ord{agent: a, typ: order.Limit, tif: order.IOC}
	return takeAt(m, v, a.sym, &a.o, buy, q, px)
}

// takeAt sends an immediate order and gives what it got.
func takeAt(m *Market, v *venue, sym int, o *ord, buy bool, q market.Qty, px market.Price) market.Qty {
	o.set(buy, q, px)
	got := &tally{next: o.agent}
	o.agent = got
	put(v.books[sym], o)
	m.flush()
	return got.q
}

// tally counts what an immediate order gets.
type tally struct {
	next agent
	q    market.Qty
}

func (t *tally) filled(o *ord, q market.Qty, p market.Price) {
	t.q += q
	t.next.filled(o, q, p)
}
func (t *tally) done(o *ord) { t.next.done(o) }

func sideOf(buy bool) market.Side {
	if buy {
		return market.Buy
	}
	return market.Sell
}

func (t *top) far(buy bool) market.Price {
	if buy {
		return t.ask
	}
	return t.bid
}
