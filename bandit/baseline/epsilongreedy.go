package baseline

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// EpsilonGreedy takes the arm with the least estimated cost with probability 1−ε, and any arm with ε (Sutton and Barto
// 2018, section 2.2; contextual: Langford and Zhang 2007):
//
//	score_k = φ_kᵀθ̂_k,   p = (1−ε)·1{argmin} + ε/K
type EpsilonGreedy struct {
	linear
	epsilon float64
}

// NewEpsilonGreedy gives the policy with ε in [0, 1]; .01 to .05 is usual.
func NewEpsilonGreedy(c LinearConfig, epsilon float64) (*EpsilonGreedy, error) {
	if !(epsilon >= 0 && epsilon <= 1) {
		return nil, fmt.Errorf("baseline: ε is %v: give 0 to 1", epsilon)
	}
	l, err := newLinear(c, false)
	return &EpsilonGreedy{l, epsilon}, err
}

// Score is the estimated cost.
func (e *EpsilonGreedy) Score(dst []float64, options []Option, _ bandit.Key) []float64 {
	return e.means(dst, options)
}

// Distribution spreads ε evenly.
func (e *EpsilonGreedy) Distribution(dst, scores []float64) []float64 {
	dst = certain(dst, scores)
	for i := range dst {
		dst[i] = (1-e.epsilon)*dst[i] + e.epsilon/float64(len(dst))
	}
	return dst
}
