package offpolicy

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// Config has the estimators' parameters and the error level of their intervals.
type Config struct {
	Tau    float64 // τ of SWITCH: beyond this weight the model alone is believed
	Lambda float64 // λ of DRos: shrinks weights to λw/(w²+λ)
	Alpha  float64 // an interval misses with this probability
	Design float64 // n* of the confidence sequence: the number of rows at which it is narrowest
}

// DefaultConfig has τ = 10, λ = 100, 95 % and n* = 5,000.
func DefaultConfig() Config { return Config{Tau: 10, Lambda: 100, Alpha: .05, Design: 5000} }

// Validate names every figure that is out of range.
func (c Config) Validate() error {
	var errs []error
	if !(c.Tau >= 0 && c.Lambda > 0) {
		errs = append(errs, fmt.Errorf("offpolicy: Tau %v (0 or more), Lambda %v (more than 0)", c.Tau, c.Lambda))
	}
	if !(c.Alpha > 0 && c.Alpha < 1 && c.Design >= 1) {
		errs = append(errs, fmt.Errorf("offpolicy: Alpha %v (between 0 and 1), Design %v (1 or more)", c.Alpha, c.Design))
	}
	return errors.Join(errs...)
}

// An Estimator is a way to estimate the target's mean outcome.
type Estimator int

// The estimators. SNDR and SNIPS are the ones to go by, the others stand beside them (OPE-01).
const (
	IPS    Estimator = iota // mean(w·r): Horvitz, Thompson 1952; unbiased, of large variance
	SNIPS                   // Σwr/Σw: Swaminathan, Joachims 2015
	DM                      // mean(Σπq̂): the model alone, as biased as it is
	DR                      // mean(Σπq̂ + w(r−q̂)): Dudík, Langford, Li 2011
	SNDR                    // mean(Σπq̂) + Σw(r−q̂)/Σw
	SWITCH                  // DR with the correction only where w ≤ τ: Wang, Agarwal, Dudík 2017
	DRos                    // DR with weights λw/(w²+λ): Su, Dimakopoulou, Krishnamurthy, Dudík 2020

	NumEstimators = 7
)

// String is the estimator's name in the literature.
func (e Estimator) String() string {
	return [NumEstimators]string{"IPS", "SNIPS", "DM", "DR", "SNDR", "SWITCH", "DRos"}[e]
}

// An Estimate is one estimator's answer.
type Estimate struct {
	Value  float64
	SE     float64 // of clusters by parent
	Radius float64 // half-width of the confidence sequence, valid at every look (ABT-03)
}

// Half is half the width of the plain 95 % interval, for one look at a log: the more often one looks, the more often it
// misses, which Radius does not.
func (e *Estimate) Half() float64 { return 1.959963984540054 * e.SE }

// A Report is what the log says of the target policy.
type Report struct {
	By       [NumEstimators]Estimate
	Rows     int     // used
	Parents  int     // among them
	ESS      float64 // effective sample size (Σw)²/Σw²
	Largest  float64 // the largest weight's share of Σw
	Holes    int     // rows with a support hole
	Void     int     // rows left out
	Refusals []string
}

// Evaluable reports whether the figures may be used; if not, Refusals says why (OPE-02).
func (r *Report) Evaluable() bool { return len(r.Refusals) == 0 }

// sums are what all rows add up to.
type sums struct{ n, w, w2, wr, value, residual float64 }

// Evaluate gives all estimates. It fails on a row or a configuration that is out of range, and where no row is left.
// Cost O(rows).
func Evaluate(rows []Row, c Config) (Report, error) {
	var report Report
	if err := c.Validate(); err != nil {
		return report, err
	}
	s, err := report.sum(rows)
	if err != nil {
		return report, err
	}
	by := cluster(rows)
	report.Parents = by.count
	for e := range report.By {
		value, misses := estimate(rows, &by, Estimator(e), &s, c)
		report.By[e] = interval(value, misses, s.n, c)
	}
	report.refuse()
	return report, nil
}

// sum validates the rows and adds them up.
func (r *Report) sum(rows []Row) (s sums, err error) {
	largest := 0.0
	for i := range rows {
		row := &rows[i]
		if err := row.validate(i); err != nil {
			return s, err
		}
		if row.Void {
			r.Void++
			continue
		}
		w := row.weight()
		s.n++
		s.w += w
		s.w2 += w * w
		s.wr += w * row.Outcome
		s.value += row.Value
		s.residual += w * (row.Outcome - row.Model)
		largest = max(largest, w)
		if row.Hole {
			r.Holes++
		}
	}
	if s.n == 0 {
		return s, fmt.Errorf("offpolicy: %d rows, of which %d are void: nothing is left to estimate from", len(rows), r.Void)
	}
	r.Rows = int(s.n)
	if s.w > 0 {
		r.ESS, r.Largest = s.w*s.w/s.w2, largest/s.w
	}
	return s, nil
}

// clusters are the parents of the rows that are used.
type clusters struct {
	of    []int // by row; −1 is void
	count int
}

func cluster(rows []Row) clusters {
	c := clusters{of: make([]int, len(rows))}
	place := map[uint64]int{}
	for i := range rows {
		r := &rows[i]
		if r.Void {
			c.of[i] = -1
			continue
		}
		at, known := place[r.Parent]
		if !known {
			at = c.count
			place[r.Parent] = at
			c.count++
		}
		c.of[i] = at
	}
	return c
}

// estimate is the mean of the influences, with the sums of its errors by parent.
func estimate(rows []Row, by *clusters, e Estimator, s *sums, c Config) (value float64, misses []float64) {
	for i := range rows {
		if by.of[i] >= 0 {
			value += influence(&rows[i], e, s, c) / s.n
		}
	}
	misses = make([]float64, by.count)
	for i := range rows {
		if at := by.of[i]; at >= 0 {
			misses[at] += deviation(&rows[i], e, s, c, value)
		}
	}
	return value, misses
}

// interval is the estimate whose errors sum to these by parent, over n rows.
func interval(value float64, misses []float64, n float64, c Config) Estimate {
	squares, m := 0.0, float64(len(misses))
	for _, v := range misses {
		squares += v * v
	}
	out := Estimate{Value: value, Radius: math.Inf(1), SE: math.Inf(1)}
	if m > 1 {
		variance := squares * m / (m - 1) / n / n // of the estimate
		out.SE = math.Sqrt(variance)
		out.Radius = bandit.Radius(math.Sqrt(variance*m), int64(len(misses)), c.Alpha, c.Design)
	}
	return out
}

// influence is a row's term of the mean that the estimate is.
func influence(r *Row, e Estimator, s *sums, c Config) float64 {
	w := r.weight()
	switch e {
	case IPS:
		return w * r.Outcome
	case SNIPS:
		return s.normalize(w * r.Outcome)
	case DM:
		return r.Value
	case SNDR:
		return r.Value + s.normalize(w*(r.Outcome-r.Model))
	case SWITCH:
		if w > c.Tau {
			return r.Value
		}
	case DRos:
		w = c.Lambda * w / (w*w + c.Lambda)
	case DR:
	}
	return r.Value + w*(r.Outcome-r.Model)
}

// normalize turns a weighted term into one whose mean is divided by the mean weight.
func (s *sums) normalize(x float64) float64 {
	if s.w == 0 {
		return 0
	}
	return x * s.n / s.w
}

// deviation is the row's part of the estimate's error. A ratio's error is that of its numerator less the ratio times that
// of its denominator (delta method).
func deviation(r *Row, e Estimator, s *sums, c Config, value float64) float64 {
	w := r.weight()
	switch e {
	case SNIPS:
		return s.normalize(w * (r.Outcome - value))
	case SNDR:
		model := s.value / s.n
		return r.Value - model + s.normalize(w*(r.Outcome-r.Model-(value-model)))
	case IPS, DM, DR, SWITCH, DRos: // means, not ratios
	}
	return influence(r, e, s, c) - value
}

// The limits of OPE-02.
const (
	leastESS     = 200
	largestShare = .05
	mostVoid     = .01
)

// refuse lists why the report must not be used.
func (r *Report) refuse() {
	if !(r.ESS >= leastESS) {
		r.Refusals = append(r.Refusals, fmt.Sprintf("effective sample size %.2f is below %d: log more, or a policy nearer to the target", r.ESS, leastESS))
	}
	if r.Largest > largestShare {
		r.Refusals = append(r.Refusals, fmt.Sprintf("one row has %.1f %% of the weight, more than %.0f %%: log with a higher floor", 100*r.Largest, 100*largestShare))
	}
	if r.Holes > 0 {
		r.Refusals = append(r.Refusals, fmt.Sprintf("%d rows where the target may do what the log never could: restrict the target", r.Holes))
	}
	if total := r.Rows + r.Void; float64(r.Void) > mostVoid*float64(total) {
		r.Refusals = append(r.Refusals, fmt.Sprintf("%d of %d rows are void, more than %.0f %%: find out what changes plans after they are drawn", r.Void, total, 100*mostVoid))
	}
}
