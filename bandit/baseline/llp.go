package baseline

import (
	"fmt"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
)

// LLPConfig describes an LLP.
type LLPConfig struct {
	Pools int
	Step  float64 // c > 0; the result depends on it: .69 to .81 of the oracle's volume over c in the benchmark
	Decay float64 // α in (½, 1]; .6 in the benchmark
	Mix   float64 // share divided evenly after each step; .01 in the benchmark
	Lots  float64 // V̄ > 0, a usual order
}

// LLP is the stochastic Lagrangian algorithm (Laruelle, Lehalle, Pagès 2011, section 3): recursive shares that make the
// pools' marginal fill probabilities equal.
//
//	F_i = 1{f_i = v_i},   H_i = (V/V̄)(F_i − mean F),   r ← Π_simplex(r + c·n^−α·H),   r ← (1−μ)r + μ/K
//
// A pool that got no lots says nothing; it takes part with the mean of the others.
type LLP struct {
	config LLPConfig
	r      []float64
	n      float64
}

// NewLLP gives the policy with even shares.
func NewLLP(c LLPConfig) (*LLP, error) {
	if c.Pools < 1 || !(c.Step > 0) || !(c.Decay > 0 && c.Decay <= 1) || !(c.Mix >= 0 && c.Mix < 1) || !(c.Lots > 0) {
		return nil, fmt.Errorf("baseline: LLP %+v: give at least one pool, Step and Lots above 0, Decay in (0, 1], Mix in [0, 1)", c)
	}
	l := &LLP{config: c, r: make([]float64, c.Pools)}
	for i := range l.r {
		l.r[i] = 1 / float64(c.Pools)
	}
	return l, nil
}

// Shares appends the present shares, which sum to 1.
func (l *LLP) Shares(dst []float64) []float64 { return append(dst, l.r...) }

// Split divides by the present shares.
func (l *LLP) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	return apportion(dst, lots, l.r, caps)
}

// Learn takes one step. Cost O(pools·log pools).
func (l *LLP) Learn(lots int, sent, filled []int) {
	used, full := 0, 0
	for i, v := range sent {
		if v > 0 {
			used++
			if filled[i] == v {
				full++
			}
		}
	}
	if used == 0 {
		return
	}
	l.n++
	mean, step := float64(full)/float64(used), l.config.Step*math.Pow(l.n, -l.config.Decay)*float64(lots)/l.config.Lots
	for i, v := range sent {
		if v > 0 {
			f := 0.0
			if filled[i] == v {
				f = 1
			}
			l.r[i] += step * (f - mean)
		}
	}
	project(l.r)
	for i := range l.r {
		l.r[i] = (1-l.config.Mix)*l.r[i] + l.config.Mix/float64(len(l.r))
	}
}

// project replaces x by the nearest point of the simplex {x ≥ 0, Σx = 1} (Held, Wolfe, Crowder 1974).
func project(x []float64) {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	sum, level := 0.0, 0.0
	for i, v := range sorted {
		sum += v
		if t := (sum - 1) / float64(i+1); v > t {
			level = t
		}
	}
	for i, v := range x {
		x[i] = max(0, v-level)
	}
}
