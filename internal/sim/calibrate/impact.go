package calibrate

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// impact works the same metaorders in two runs of a seed, as buyers in one and as sellers in the other. What drives the market
// is the same in both, so that half the difference of the two midpoints is the metaorder's doing and little else.
func (r *Report) impact(s *scenario.Scenario, day *tape, seed uint64, secs int) error {
	plan := make([][]metaorder, len(day.syms))
	for i := range day.syms {
		plan[i] = planned(&day.syms[i].inst, day.volume(i), secs)
	}
	var mids [2][][]float64
	for k, flip := range [2]int{1, -1} {
		var err error
		if mids[k], err = worked(s, plan, seed, secs, flip); err != nil {
			return err
		}
	}
	p := &paths{}
	for i := range plan {
		p.read(plan[i], mids[0][i], mids[1][i], day.dayVolatility(i))
	}
	p.report(r)
	return nil
}

// volume gives a symbol's shares a trading day.
func (t *tape) volume(sym int) float64 {
	q := 0.0
	for i := range t.syms[sym].trades {
		q += float64(t.syms[sym].trades[i].Qty)
	}
	return q * tradingDay / float64(t.secs)
}

// worked runs a market in which the metaorders of plan are worked and gives the midpoint of each symbol at each second.
func worked(s *scenario.Scenario, plan [][]metaorder, seed uint64, secs, flip int) ([][]float64, error) {
	cfg := s.Config(seed, s.Start(seed))
	var lit []market.VenueID
	for i := range cfg.Venues {
		if cfg.Venues[i].Type.Displayed() {
			lit = append(lit, cfg.Venues[i].ID)
		}
	}
	hands, of := make([]*worker, len(plan)), map[market.Symbol]*worker{}
	for i := range plan {
		all := append([]metaorder(nil), plan[i]...)
		hands[i] = &worker{inst: &cfg.Symbols[i], all: all, flip: flip, lit: lit}
		of[cfg.Symbols[i].Symbol] = hands[i]
	}
	cfg.OnReport = func(x *sim.Report) {
		if x.Kind == sim.Filled {
			of[x.Symbol].filled(x)
		}
	}
	m, err := warm(s, cfg, seed)
	if err != nil {
		return nil, err
	}
	start, mids := m.Now(), make([][]float64, len(plan))
	for sec := range secs {
		m.RunUntil(start.Add(int64(sec) * market.Second))
		for i, w := range hands {
			q := m.NBBO(w.inst.Symbol)
			mid := float64(q.Bid+q.Ask) / 2
			if q.Bid == 0 || q.Ask == 0 {
				mid = math.NaN()
			}
			mids[i] = append(mids[i], mid)
			w.step(m, sec)
		}
	}
	return mids, nil
}

// The moments of a metaorder at which its impact is read, as parts of its length: of the path and after the end.
var moments = [...]float64{.25, .5, .75, 1, 1.5, 2}

const (
	atHalf  = 1
	atEnd   = 3
	atAfter = 5
)

// paths is the impact of metaorders over σ, by unit (a round in one symbol), size and moment.
type paths struct {
	units []pathUnit
}

type pathUnit struct {
	sum   [][len(moments)]float64 // by size
	count []float64
}

// read takes the metaorders of one symbol out of the midpoints of the two runs.
func (p *paths) read(plan []metaorder, a, b []float64, sigma float64) {
	first := len(p.units)
	for _, o := range plan {
		for len(p.units) <= first+o.round {
			p.units = append(p.units, pathUnit{make([][len(moments)]float64, len(metaSizes)), make([]float64, len(metaSizes))})
		}
		u := &p.units[first+o.round]
		before := apart(a, b, o.from-10, o.from)
		var at [len(moments)]float64
		for k, x := range moments {
			mid := o.from + int(x*float64(o.secs))
			half := max(o.secs/40, 1)
			at[k] = float64(o.sign) * (apart(a, b, mid-2*half, mid) - before) / sigma
		}
		if finite(at[0] + at[1] + at[2] + at[3] + at[4] + at[5]) {
			for k := range at {
				u.sum[o.size][k] += at[k]
			}
			u.count[o.size]++
		}
	}
}

// apart gives half the relative difference of two series, mean over the seconds from to.
func apart(a, b []float64, from, to int) float64 {
	sum, n := 0.0, 0.0
	for i := max(from, 0); i <= min(to, len(a)-1); i++ {
		if x := (a[i] - b[i]) / (a[i] + b[i]); finite(x) {
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// mean gives the mean impact over σ of a size at a moment.
func (p *paths) mean(size, moment, skip int) float64 {
	sum, n := 0.0, 0.0
	for i := range p.units {
		if i != skip {
			sum, n = sum+p.units[i].sum[size][moment], n+p.units[i].count[size]
		}
	}
	return sum / n
}

func (p *paths) report(r *Report) {
	parts := make([]float64, len(metaSizes))
	for k := range metaSizes {
		parts[k] = metaSizes[k].part
	}
	of := func(f func(skip int) float64) Estimate { return jackknife(len(p.units), f) }
	f := r.add(impactExponent, of(func(skip int) float64 {
		y := make([]float64, len(metaSizes))
		for k := range y {
			y[k] = p.mean(k, atEnd, skip)
		}
		return slope(parts, y)
	}))
	f.Note = p.steps()
	r.add(impactScale, of(func(skip int) float64 {
		return p.mean(3, atEnd, skip) / math.Sqrt(parts[3])
	}))
	large := func(moment, skip int) float64 {
		return p.mean(2, moment, skip) + p.mean(3, moment, skip) + p.mean(4, moment, skip)
	}
	r.add(impactPath, of(func(skip int) float64 { return large(atHalf, skip) / large(atEnd, skip) }))
	r.add(impactDecay, of(func(skip int) float64 { return large(atAfter, skip) / large(atEnd, skip) }))
}

// steps gives the mean impact of each size in parts of the daily volatility, as text.
func (p *paths) steps() string {
	b := []byte("I/σ at Q/V:")
	for k := range metaSizes {
		b = fmt.Appendf(b, " %.2g %% %.4f", 100*metaSizes[k].part, p.mean(k, atEnd, -1))
	}
	return string(b)
}
