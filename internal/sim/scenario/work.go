package scenario

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Work draws the parents of a seed in the order of their arrival.
type Work struct {
	p       *Parents
	count   int
	streams []stream // a symbol each
}

// stream is the parents of one symbol: its draws depend on no other symbol's.
type stream struct {
	rnd  *rand.Rand
	in   *market.Instrument
	next int64 // arrival, ns after the start
	last bool  // the side before: true = buy
}

// Work gives the parents of a seed, from the first on.
func (s *Scenario) Work(seed uint64) *Work {
	w := &Work{p: &s.Parents}
	for i := range s.Symbols {
		in := &s.Symbols[i]
		if len(w.p.Symbols) > 0 && !slices.Contains(w.p.Symbols, in.Symbol) {
			continue
		}
		st := stream{rnd: rand.New(rand.NewPCG(seed, 0x9A7E_0000+uint64(i))), in: in, next: s.Warm}
		st.last = st.rnd.Float64() < w.p.Buy
		w.streams = append(w.streams, st)
	}
	for i := range w.streams {
		st := &w.streams[i]
		if w.p.Fixed {
			st.next += w.p.Every / int64(len(w.streams)) * int64(i)
		} else {
			st.next += w.gap(st)
		}
	}
	return w
}

func (w *Work) gap(st *stream) int64 {
	if w.p.Fixed {
		return w.p.Every
	}
	return max(int64(st.rnd.ExpFloat64()*float64(w.p.Every)), 1)
}

// Next gives the next parent; ok is false after the last.
func (w *Work) Next() (p Parent, ok bool) {
	var st *stream
	for i := range w.streams {
		if st == nil || w.streams[i].next < st.next {
			st = &w.streams[i]
		}
	}
	if st == nil || w.p.Count > 0 && w.count >= w.p.Count || w.p.Until > 0 && st.next > w.p.Until {
		return Parent{}, false
	}
	w.count++
	p = w.draw(st)
	p.N, p.At = w.count, st.next
	st.next += w.gap(st)
	return p, true
}

func (w *Work) draw(st *stream) Parent {
	r := st.rnd
	if r.Float64() >= w.p.Persist {
		st.last = r.Float64() < w.p.Buy
	}
	side := market.Sell
	if st.last {
		side = market.Buy
	}
	m := w.kind(r)
	p := Parent{LimitBps: m.LimitBps, Horizon: between(r, m.Horizon)}
	qty := w.p.Size.draw(r, st.in, m.Factor)
	p.Terms = order.Terms{Account: "ACC1", Symbol: st.in.Symbol, Side: side, Qty: qty, Type: m.Type, TIF: m.TIF,
		Strategy: m.Strategy, Objective: pick(r, m.Objectives), Urgency: pick(r, m.Urgencies), Capacity: 'A',
		MinQty: min(m.MinQty, qty), MaxPctBps: between(r, m.MaxPctBps)}
	return p
}

// kind draws one of the mix by weight.
func (w *Work) kind(r *rand.Rand) *Mix {
	sum := 0.0
	for i := range w.p.Mix {
		sum += w.p.Mix[i].Weight
	}
	u := r.Float64() * sum
	for i := range w.p.Mix {
		if u -= w.p.Mix[i].Weight; u < 0 {
			return &w.p.Mix[i]
		}
	}
	return &w.p.Mix[len(w.p.Mix)-1]
}

// draw gives a size in whole lots.
func (z *Size) draw(r *rand.Rand, in *market.Instrument, factor float64) market.Qty {
	x := float64(z.Base)
	if z.Base == 0 {
		x = z.ADV * float64(in.ADV)
	}
	switch z.Spread {
	case Lognormal:
		x *= math.Exp(z.Shape * r.NormFloat64())
	case Pareto:
		x *= math.Pow(1-r.Float64(), -1/z.Shape)
	case Constant:
	}
	most := float64(math.MaxInt32)
	if z.Most > 0 {
		most = float64(z.Most)
	}
	if z.MaxADV > 0 {
		most = min(most, z.MaxADV*float64(in.ADV))
	}
	x = min(max(x*factor, float64(z.Least)), most)
	lots := market.Qty(x / float64(in.Lot))
	return max(lots, 1) * in.Lot
}

func between(r *rand.Rand, b [2]int64) int64 {
	if b[1] <= b[0] {
		return b[0]
	}
	return b[0] + r.Int64N(b[1]-b[0]+1)
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
