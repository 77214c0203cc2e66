package baseline

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// LinUCB is optimism in the face of uncertainty with a linear model an arm (Li, Chu, Langford, Schapire 2010, algorithm
// 1, for costs):
//
//	score_k = φᵀθ̂_k − α√(φᵀA_k⁻¹φ),   A = λI + Σφφᵀ
//
// With a Discount below 1 the sums forget.
type LinUCB struct {
	linear
	alpha float64
}

// NewLinUCB gives the policy with a width α ≥ 0, bps; .1 to 1 is usual.
func NewLinUCB(c LinearConfig, alpha float64) (*LinUCB, error) {
	if !(alpha >= 0) {
		return nil, fmt.Errorf("baseline: α is %v: give 0 or more", alpha)
	}
	l, err := newLinear(c, false)
	return &LinUCB{l, alpha}, err
}

// Score is the lower confidence bound of the cost.
func (u *LinUCB) Score(dst []float64, options []Option, _ bandit.Key) []float64 {
	return u.optimistic(dst, options, u.alpha)
}

// Distribution is certain: the policy does not randomize.
func (u *LinUCB) Distribution(dst, scores []float64) []float64 { return certain(dst, scores) }
