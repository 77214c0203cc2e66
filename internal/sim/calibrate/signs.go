package calibrate

import "github.com/sluice-sor/sluice/internal/market"

// signLags are the lags, in orders, between which the decay of the signs' autocorrelation is fitted: each is the middle of
// a window of lags over which it is averaged.
var signLags = [...]int{1, 2, 3, 5, 8, 13, 20, 32, 50, 80}

// signs measures the autocorrelation of the signs of marketable orders: prints of displayed venues of one side at one instant
// are one order.
func (r *Report) signs(t *tape) {
	var series [][]float64 // by unit
	for s := range t.syms {
		series = append(series, t.signsOf(s)...)
	}
	sums := make([][]ratio, len(series)) // by unit and lag
	for u := range series {
		sums[u] = make([]ratio, len(signLags))
		for k, lag := range signLags {
			for l := lag; l <= lag+lag/4; l++ {
				for i := l; i < len(series[u]); i++ {
					sums[u][k].add(series[u][i]*series[u][i-l], 1)
				}
			}
		}
	}
	at := func(k, skip int) float64 {
		units := make([]ratio, len(sums))
		for u := range sums {
			units[u] = sums[u][k]
		}
		return ratioWithout(units, skip)
	}
	x := make([]float64, len(signLags))
	for k, lag := range signLags {
		x[k] = float64(lag) + float64(lag/4)/2
	}
	gamma := jackknife(len(sums), func(skip int) float64 {
		y := make([]float64, len(signLags))
		for k := range y {
			y[k] = at(k, skip)
		}
		return -slope(x, y)
	})
	r.add(signFirst, jackknife(len(sums), func(skip int) float64 { return at(0, skip) }))
	r.add(signFar, jackknife(len(sums), func(skip int) float64 { return at(8, skip) }))
	r.add(signDecay, gamma)
}

// signsOf gives the signs of a symbol's orders by unit.
func (t *tape) signsOf(s int) [][]float64 {
	out := make([][]float64, t.hours())
	var last market.Time
	var side market.Side
	for i := range t.syms[s].trades {
		tr := &t.syms[s].trades[i]
		if tr.Taker == 0 || tr.At == last && tr.Taker == side {
			continue
		}
		last, side = tr.At, tr.Taker
		u := t.unit(s, tr.At) - s*t.hours()
		out[u] = append(out[u], float64(tr.Taker.Sign()))
	}
	return out
}
