package baseline

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// LinTS is Thompson sampling with a linear model an arm (Agrawal, Goyal 2013):
//
//	θ̃_k ~ N(θ̂_k, v²σ̂²A_k⁻¹),   score_k = φᵀθ̃_k
//
// The arms have parameters of their own, so θ̃_k is met by one φ alone and the draw is made of φᵀθ̃_k itself, which has
// the same law. σ̂² is the running mean square of the residuals.
type LinTS struct {
	linear
	width float64
}

// NewLinTS gives the policy with a width v ≥ 0 in units of the noise; .3 to .5 is usual, 1 is the posterior.
func NewLinTS(c LinearConfig, v float64) (*LinTS, error) {
	if !(v >= 0) {
		return nil, fmt.Errorf("baseline: v is %v: give 0 or more", v)
	}
	l, err := newLinear(c, false)
	return &LinTS{l, v}, err
}

// Score draws the cost of each option, with draw Arm of the key.
func (s *LinTS) Score(dst []float64, options []Option, key bandit.Key) []float64 {
	dst = s.means(dst, options)
	for i := range options {
		sd := s.width * math.Sqrt(s.noise*s.arms[options[i].Arm].variance(options[i].Phi))
		dst[i] += sd * normal(key, uint64(options[i].Arm))
	}
	return dst
}

// Distribution is certain given the draws; the law without them has no closed form.
func (s *LinTS) Distribution(dst, scores []float64) []float64 { return certain(dst, scores) }

// normal is draw i of the key as a standard normal, by the inverse of its distribution function.
func normal(key bandit.Key, i uint64) float64 {
	return math.Sqrt2 * math.Erfinv(2*(key.Uniform(i)+0x1p-54)-1)
}
