package baseline

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// Uniform divides the lots evenly. It learns nothing.
type Uniform struct{ Proportional }

// NewUniform gives the policy over so many pools.
func NewUniform(pools int) (*Uniform, error) {
	weights := make([]float64, max(0, pools))
	for i := range weights {
		weights[i] = 1
	}
	p, err := NewProportional(weights)
	if err != nil {
		return nil, err
	}
	return &Uniform{*p}, nil
}

// Proportional divides the lots in fixed proportions, such as the pools' historical volumes, by largest remainders. It
// learns nothing.
type Proportional struct{ weights []float64 }

// NewProportional gives the policy with one weight ≥ 0 a pool, of which one is positive.
func NewProportional(weights []float64) (*Proportional, error) {
	sum := 0.0
	for i, w := range weights {
		if !(w >= 0) {
			return nil, fmt.Errorf("baseline: weight of pool %d is %v: give 0 or more", i, w)
		}
		sum += w
	}
	if !(sum > 0 && sum-sum == 0) {
		return nil, fmt.Errorf("baseline: the weights of %d pools sum to %v: give at least one pool and a positive, finite sum", len(weights), sum)
	}
	return &Proportional{append([]float64(nil), weights...)}, nil
}

// Split divides in proportion.
func (p *Proportional) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	return apportion(dst, lots, p.weights, caps)
}

// Learn does nothing.
func (p *Proportional) Learn(int, []int, []int) {}
