package calibrate

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// returns gives a symbol's log returns over a number of seconds, in time; 0 where a quote is missing.
func (t *tape) returns(sym, secs int) []float64 {
	var out []float64
	was := 0.0
	for i := 0; i < t.secs; i += secs {
		mid, ok := t.mid(sym, t.start.Add(int64(i)*market.Second))
		if !ok {
			mid = was
		}
		if was > 0 {
			out = append(out, math.Log(mid/was))
		}
		was = mid
	}
	return out
}

// lagged gives the autocorrelation of series at a lag: Σ x(i)·x(i+lag) over Σ x², in units of consecutive pieces.
func (t *tape) lagged(series [][]float64, lags []int) []ratio {
	out := make([]ratio, t.units())
	for s, x := range series {
		per := (len(x) + t.hours() - 1) / t.hours()
		for i := range x {
			u := &out[s*t.hours()+i/max(per, 1)]
			u.below += x[i] * x[i]
			for _, l := range lags {
				if i+l < len(x) {
					u.top += x[i] * x[i+l] / float64(len(lags))
				}
			}
		}
	}
	return out
}

func (r *Report) returns(t *tape) {
	for _, p := range [...]struct{ fact, secs int }{{returnSecond, 1}, {returnTen, 10}, {returnMinute, 60}} {
		var series [][]float64
		for s := range t.syms {
			series = append(series, t.returns(s, p.secs))
		}
		r.add(p.fact, ratioOf(t.lagged(series, []int{1})))
	}
	var lags []int
	for l := 6; l <= 60; l++ {
		lags = append(lags, l)
	}
	var sizes [][]float64
	for s := range t.syms {
		sizes = append(sizes, centered(t.returns(s, 10)))
	}
	r.add(clustering, ratioOf(t.lagged(sizes, lags)))
}

// centered gives |x| minus its mean.
func centered(x []float64) []float64 {
	sum := 0.0
	for i := range x {
		x[i] = math.Abs(x[i])
		sum += x[i]
	}
	for i := range x {
		x[i] -= sum / float64(len(x))
	}
	return x
}

// dayVolatility gives the standard deviation of a symbol's return over a trading day, from its returns over five minutes.
func (t *tape) dayVolatility(sym int) float64 {
	ss, n := 0.0, 0.0
	for _, x := range t.returns(sym, 300) {
		ss, n = ss+x*x, n+1
	}
	return math.Sqrt(ss / n * tradingDay / 300)
}

// tradingDay is the seconds of the day that a daily volume and a daily volatility are about.
const tradingDay = 6.5 * 3600
