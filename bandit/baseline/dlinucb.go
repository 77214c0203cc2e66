package baseline

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// DLinUCB is LinUCB for a world that drifts (Russac, Vernade, Cappé 2019, algorithm 1, for costs):
//
//	V = Σγ^(t−s)φφᵀ + λI,   Ṽ = Σγ^(2(t−s))φφᵀ + λI
//	score_k = φᵀθ̂_k − β√(φᵀV⁻¹ṼV⁻¹φ)
//
// γ is the Discount; with Every 1 the sums are the paper's. The paper's β grows with log t; here it is a constant.
type DLinUCB struct {
	linear
	beta float64
}

// NewDLinUCB gives the policy with a width β ≥ 0, bps, and a Discount below 1.
func NewDLinUCB(c LinearConfig, beta float64) (*DLinUCB, error) {
	if !(beta >= 0) {
		return nil, fmt.Errorf("baseline: β is %v: give 0 or more", beta)
	}
	if c.Discount == 1 {
		return nil, fmt.Errorf("baseline: D-LinUCB with a Discount of 1 forgets nothing: give less, or use LinUCB")
	}
	l, err := newLinear(c, true)
	return &DLinUCB{l, beta}, err
}

// Score is the lower confidence bound of the cost.
func (u *DLinUCB) Score(dst []float64, options []Option, _ bandit.Key) []float64 {
	dst = u.means(dst, options)
	for i := range options {
		dst[i] -= u.beta * math.Sqrt(u.arms[options[i].Arm].sandwich(options[i].Phi))
	}
	return dst
}

// Distribution is certain: the policy does not randomize.
func (u *DLinUCB) Distribution(dst, scores []float64) []float64 { return certain(dst, scores) }
