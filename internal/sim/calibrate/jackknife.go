package calibrate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is that of every interval.
const confidence = .95

// jackknife gives a statistic of n units with its confidence interval: of(skip) is the statistic without one unit, of(-1)
// with all. The variance is (n−1)/n · Σ (of(i) − mean)² (Tukey 1958; Efron and Stein 1981), the interval Student's with
// n−1 degrees. Units that leave nothing to measure are left out. Cost: n+1 calls.
func jackknife(n int, of func(skip int) float64) Estimate {
	all := of(-1)
	if n < 2 || !finite(all) {
		return Estimate{all, math.Inf(1)}
	}
	var left []float64
	sum := 0.0
	for i := range n {
		if x := of(i); finite(x) {
			left = append(left, x)
			sum += x
		}
	}
	k := float64(len(left))
	if k < 2 {
		return Estimate{all, math.Inf(1)}
	}
	mean, ss := sum/k, 0.0
	for _, x := range left {
		ss += (x - mean) * (x - mean)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: k - 1}.Quantile((1 + confidence) / 2)
	return Estimate{all, t * math.Sqrt(ss*(k-1)/k)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// ratio is Σ top / Σ below over units.
type ratio struct{ top, below float64 }

// ratioOf gives the ratio of sums over units with its interval.
func ratioOf(units []ratio) Estimate {
	return jackknife(len(units), func(skip int) float64 { return ratioWithout(units, skip) })
}

// differenceOf gives the difference of two ratios of sums over the same units.
func differenceOf(a, b []ratio) Estimate {
	return jackknife(len(a), func(skip int) float64 { return ratioWithout(a, skip) - ratioWithout(b, skip) })
}

func ratioWithout(units []ratio, skip int) float64 {
	var s ratio
	for i, u := range units {
		if i != skip {
			s.top += u.top
			s.below += u.below
		}
	}
	if s.below == 0 {
		return math.NaN()
	}
	return s.top / s.below
}

// slope gives the slope of the least-squares line of log y on log x; NaN where a y is not above 0.
func slope(x, y []float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for i := range x {
		if x[i] <= 0 || !(y[i] > 0) {
			return math.NaN()
		}
		a, b := math.Log(x[i]), math.Log(y[i])
		n, sx, sy, sxx, sxy = n+1, sx+a, sy+b, sxx+a*a, sxy+a*b
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
