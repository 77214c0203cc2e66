package baseline

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// ExponentiatedGradientConfig describes an ExponentiatedGradient.
type ExponentiatedGradientConfig struct {
	Pools int
	Rate  float64 // η > 0; .05 is good
	Mix   float64 // μ in [0, 1), share divided evenly; .03 is good
	Lots  float64 // V̄ > 0, a usual order; 30 in the benchmark
}

// ExponentiatedGradient shifts shares to pools that fill in full (Agarwal, Bartlett, Dama 2010, algorithm ExpGrad; the
// marginal utility of a pool is 1 where it filled all it got, else 0):
//
//	w_i += η·1{f_i = v_i > 0}·V/V̄,   p ∝ e^w,   p ← (1−μ)p + μ/K,   v = largest remainders of p·V
type ExponentiatedGradient struct {
	config  ExponentiatedGradientConfig
	w, p    []float64
	largest float64
}

// NewExponentiatedGradient gives the policy with even shares.
func NewExponentiatedGradient(c ExponentiatedGradientConfig) (*ExponentiatedGradient, error) {
	if c.Pools < 1 || !(c.Rate > 0) || !(c.Mix >= 0 && c.Mix < 1) || !(c.Lots > 0) {
		return nil, fmt.Errorf("baseline: exponentiated gradient %+v: give at least one pool, Rate and Lots above 0, Mix in [0, 1)", c)
	}
	return &ExponentiatedGradient{config: c, w: make([]float64, c.Pools), p: make([]float64, c.Pools)}, nil
}

// Shares appends the present shares, which sum to 1.
func (e *ExponentiatedGradient) Shares(dst []float64) []float64 {
	sum := 0.0
	for i, w := range e.w {
		e.p[i] = math.Exp(w - e.largest)
		sum += e.p[i]
	}
	for i, p := range e.p {
		e.p[i] = (1-e.config.Mix)*p/sum + e.config.Mix/float64(len(e.p))
	}
	return append(dst, e.p...)
}

// Split divides by the present shares.
func (e *ExponentiatedGradient) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	return apportion(dst, lots, e.Shares(nil), caps)
}

// Learn raises the weight of each pool that filled all it got.
func (e *ExponentiatedGradient) Learn(lots int, sent, filled []int) {
	for i, v := range sent {
		if v > 0 && filled[i] == v {
			e.w[i] += e.config.Rate * float64(lots) / e.config.Lots
			e.largest = max(e.largest, e.w[i])
		}
	}
}
