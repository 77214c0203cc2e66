package baseline

import (
	"errors"
	"fmt"
	"math"
)

// LinearConfig is what the policies with one linear cost model an arm have in common.
type LinearConfig struct {
	Arms     int
	Dim      int     // features an arm
	Ridge    float64 // λ > 0, precision of the prior N(0, I/λ)
	Discount float64 // g in (0, 1], what a datum still counts one datum (of any arm) later; 1 never forgets
	Every    int     // data between two applications of the discount, to all arms alike; 1 is exact, 50 is cheap
}

// Validate names everything that is wrong.
func (c LinearConfig) Validate() error {
	var errs []error
	if c.Arms < 1 || c.Dim < 1 {
		errs = append(errs, fmt.Errorf("baseline: %d arms of %d features: give at least one of each", c.Arms, c.Dim))
	}
	if !(c.Ridge > 0) || math.IsInf(c.Ridge, 0) {
		errs = append(errs, fmt.Errorf("baseline: Ridge is %v: give more than 0", c.Ridge))
	}
	if !(c.Discount > 0 && c.Discount <= 1) {
		errs = append(errs, fmt.Errorf("baseline: Discount is %v: give more than 0 and at most 1", c.Discount))
	}
	if c.Every < 1 {
		errs = append(errs, fmt.Errorf("baseline: Every is %d: give at least 1", c.Every))
	}
	return errors.Join(errs...)
}

// horizon is the number of data that the memory holds, 1/(1−g), at most n.
func (c LinearConfig) horizon(n float64) float64 {
	if c.Discount == 1 {
		return n
	}
	return min(n, 1/(1-c.Discount))
}

// linear is one ridge regression of the cost per arm, with a common clock for forgetting.
type linear struct {
	config LinearConfig
	arms   []*ridge
	data   int     // learned so far
	noise  float64 // running mean square of the residuals, bps²
}

func newLinear(c LinearConfig, squares bool) (linear, error) {
	if err := c.Validate(); err != nil {
		return linear{}, err
	}
	l := linear{config: c, noise: 1}
	for range c.Arms {
		l.arms = append(l.arms, newRidge(c.Dim, c.Ridge, squares))
	}
	return l, nil
}

// noiseStep is the weight of one squared residual in the running noise, as in bandit's toxicity head.
const noiseStep = 0.005

// Learn takes the outcome of an option that was chosen. Cost O(d²), and O(arms·d³) where the discount falls due.
func (l *linear) Learn(o Option, out Outcome) {
	m := l.arms[o.Arm]
	cost := o.Cost(out)
	e := cost - m.mean(o.Phi)
	l.noise += noiseStep * (e*e - l.noise)
	m.add(o.Phi, cost)
	if l.data++; l.config.Discount < 1 && l.data%l.config.Every == 0 {
		g := math.Pow(l.config.Discount, float64(l.config.Every))
		for _, a := range l.arms {
			a.age(g)
		}
	}
}

// means scores every option by its estimated cost.
func (l *linear) means(dst []float64, options []Option) []float64 {
	dst = resize(dst, len(options))
	for i := range options {
		dst[i] = l.arms[options[i].Arm].mean(options[i].Phi)
	}
	return dst
}

// optimistic scores every option by its estimated cost less width times its standard deviation in units of the noise.
func (l *linear) optimistic(dst []float64, options []Option, width float64) []float64 {
	dst = resize(dst, len(options))
	for i := range options {
		m := l.arms[options[i].Arm]
		dst[i] = m.mean(options[i].Phi) - width*math.Sqrt(m.variance(options[i].Phi))
	}
	return dst
}
