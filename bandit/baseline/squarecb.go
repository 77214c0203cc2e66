package baseline

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// SquareCB weights arms by the inverse of their gap to the best (Abe, Long 1999; Foster, Rakhlin 2020, algorithm 1):
//
//	score_k = φᵀθ̂_k,   p_k = 1/(K + γ(score_k − score_min)) for k ≠ best,   p_best = 1 − Σ others
//	γ = γ₀√min(t, 1/(1−g))
//
// The paper's oracle is any online regression; here it is the linear one, and with forgetting γ stops to grow where the
// memory ends.
type SquareCB struct {
	linear
	gamma0 float64
}

// NewSquareCB gives the policy with γ₀ ≥ 0 per bps.
func NewSquareCB(c LinearConfig, gamma0 float64) (*SquareCB, error) {
	if !(gamma0 >= 0) || math.IsInf(gamma0, 0) {
		return nil, fmt.Errorf("baseline: γ₀ is %v: give 0 or more", gamma0)
	}
	l, err := newLinear(c, false)
	return &SquareCB{l, gamma0}, err
}

// Score is the estimated cost.
func (s *SquareCB) Score(dst []float64, options []Option, _ bandit.Key) []float64 {
	return s.means(dst, options)
}

// Distribution is inverse-gap weighting.
func (s *SquareCB) Distribution(dst, scores []float64) []float64 {
	dst = resize(dst, len(scores))
	if len(scores) == 0 {
		return dst
	}
	b, rest, n := best(scores), 1.0, float64(len(scores))
	gamma := s.gamma0 * math.Sqrt(s.config.horizon(float64(s.data)))
	for i, v := range scores {
		if i != b {
			dst[i] = 1 / (n + gamma*(v-scores[b]))
			rest -= dst[i]
		}
	}
	dst[b] = rest
	return dst
}
