package train

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
)

// A KernelResult is the transient kernel fitted to what mids did after our own trades (FIT-05).
type KernelResult struct {
	C         [bandit.KernelTerms]float64
	Explained float64 // share of the moves' weighted squares
	Moves     int
}

// leastMoves is how many looks at the mid a kernel needs: fewer cannot tell four time constants apart.
const leastMoves = 500

// A kernelGather takes our trades that took displayed liquidity and the mid's moves after every fill, day by day, and fits
// bandit.KernelFit to them. The move is that of the market, own impact put back. Memory is a day's trades.
type kernelGather struct {
	day  tape
	fit  bandit.KernelFit
	last int64 // day
}

func (g *kernelGather) add(r *Row) {
	const nanosADay = 24 * 3600 * 1e9
	if d := r.At / nanosADay; d != g.last {
		g.day.flush(&g.fit)
		g.last = d
	}
	g.day.add(r)
}

// result ends the gathering. Of too few looks there is no kernel.
func (g *kernelGather) result() *KernelResult {
	g.day.flush(&g.fit)
	k := &KernelResult{Moves: g.fit.Rows()}
	if k.Moves < leastMoves {
		return k
	}
	kernel, explained := g.fit.Kernel(kernelRidge)
	for j, c := range kernel.C {
		k.C[j] = min(20, c)
	}
	k.Explained = explained
	return k
}

// kernelRidge believes C ~ N(0, 1), weights being one over variances: terms that the data do not tell apart share.
const kernelRidge = 1

// A tape is one day's trades and looks at the mid, by symbol.
type tape struct {
	trades []trade
	looks  []look
}

type trade struct {
	at     int64
	symbol string
	side   float64
	share  float64
	exec   execution
}

// execution tells one fill from another.
type execution struct {
	instance uint32
	exec     uint64
}

// look is the mid's move between two times, in units of σ_D.
type look struct {
	from, to int64
	symbol   string
	move     float64
}

func (t *tape) add(r *Row) {
	if !(r.ADV > 0) || !(r.Vol > 0) {
		return
	}
	key := ArmKey{r.Venue, r.Kind, r.Takes}
	for i := range r.Marks {
		m := &r.Marks[i]
		if m.Due <= m.At {
			continue
		}
		if !m.Shadow && r.Takes && key.displayed() {
			t.trades = append(t.trades, trade{m.At, r.Symbol, float64(r.Side), float64(m.Qty) / r.ADV, execution{r.Instance, m.Exec}})
		}
		t.looks = append(t.looks, look{m.At, m.Due, r.Symbol, float64(r.Side) * (m.Own - m.Bps) / r.Vol})
	}
}

// flush gives the day to the fit: the footprint just before each look's beginning, and at its end. A trade that several
// horizons report is one.
func (t *tape) flush(f *bandit.KernelFit) {
	type moment struct {
		at   int64
		kind int // 0 a look begins, 1 a trade, 2 a look ends
		i    int
	}
	bySymbol := map[string][]moment{}
	var names []string
	put := func(symbol string, m moment) {
		if _, ok := bySymbol[symbol]; !ok {
			names = append(names, symbol)
		}
		bySymbol[symbol] = append(bySymbol[symbol], m)
	}
	seen := map[execution]bool{}
	for i := range t.trades {
		if tr := &t.trades[i]; !seen[tr.exec] {
			seen[tr.exec] = true
			put(tr.symbol, moment{tr.at, 1, i})
		}
	}
	for i := range t.looks {
		put(t.looks[i].symbol, moment{t.looks[i].from, 0, i})
		put(t.looks[i].symbol, moment{t.looks[i].to, 2, i})
	}
	before := make([][bandit.KernelTerms]float64, len(t.looks))
	for _, name := range names {
		all := bySymbol[name]
		slices.SortStableFunc(all, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), a.kind-b.kind, a.i-b.i) })
		var own bandit.Footprint
		for _, m := range all {
			switch m.kind {
			case 0:
				before[m.i] = own.At(m.at)
			case 1:
				own.Trade(m.at, t.trades[m.i].side, t.trades[m.i].share)
			default:
				l := &t.looks[m.i]
				seconds := float64(l.to-l.from) / 1e9
				f.Add(l.move, before[m.i], own.At(m.at), 23400/seconds) // over the variance that a day's walk has in so long
			}
		}
	}
	t.trades, t.looks = t.trades[:0], t.looks[:0]
}
