package compare

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is that of every interval of a report.
const confidence = .95

// Interval is a mean with its 95 % confidence interval, by Student's t over independent units.
type Interval struct {
	Mean float64 `json:"mean"`
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
}

// Above reports whether the whole interval is above x.
func (i Interval) Above(x float64) bool { return i.Lo > x }

// Below reports whether the whole interval is below x.
func (i Interval) Below(x float64) bool { return i.Hi < x }

// intervalOf gives the interval of the mean of units; one unit alone has a point for an interval.
func intervalOf(units []float64) Interval { return intervalAt(units, confidence) }

// intervalAt is intervalOf at another confidence, for several intervals that must hold together.
func intervalAt(units []float64, confidence float64) Interval {
	if len(units) == 0 {
		return Interval{}
	}
	mean, sd := stat.MeanStdDev(units, nil)
	r := 0.0
	if n := float64(len(units)); n > 1 {
		r = student(n-1, confidence) * sd / math.Sqrt(n)
	}
	return Interval{mean, mean - r, mean + r}
}

func student(degrees, confidence float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees}.Quantile((1 + confidence) / 2)
}

// ratioOf gives Σa/Σb with the interval of the ratio estimator (Cochran 1977, chapter 6): its residuals are a − r·b, over
// the mean of b. ok is false where b sums to nothing.
func ratioOf(a, b []float64) (r Interval, ok bool) {
	top, below := stat.Mean(a, nil), stat.Mean(b, nil)
	if len(a) == 0 || math.Abs(below) < 1e-12 {
		return r, false
	}
	ratio := top / below
	rest := make([]float64, len(a))
	for i := range a {
		rest[i] = (a[i] - ratio*b[i]) / below
	}
	spread := intervalOf(rest)
	half := (spread.Hi - spread.Lo) / 2
	return Interval{ratio, ratio - half, ratio + half}, true
}
