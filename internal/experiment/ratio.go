package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Ratio watches whether the arms get the share that they were assigned (ABT-04). The zero value has seen nothing.
//
// Its e-value is that of a Beta(1, 1) mixture against the share: if assignment is what it should be, it ever exceeds 1/p with a
// probability of at most p (Ville 1939), so it may be looked at after each unit. Above [RatioAlarm] nothing may be read.
type Ratio struct {
	Treated, Control int64
	LogE             float64
}

// RatioAlarm is the e-value at which reading is blocked.
const RatioAlarm = 1_000

// ratioLeast is the p-value of the χ² test below which a scheduled look is blocked.
const ratioLeast = .001

// See takes in one unit.
func (r *Ratio) See(a Arm, share float64) {
	n := float64(r.Treated + r.Control)
	if a == Treatment {
		r.LogE += math.Log((float64(r.Treated)+1)/(n+2)) - math.Log(share)
		r.Treated++
		return
	}
	r.LogE += math.Log((float64(r.Control)+1)/(n+2)) - math.Log(1-share)
	r.Control++
}

// P is the p-value of the χ² test with one degree of freedom, for one look that was scheduled before.
func (r *Ratio) P(share float64) float64 {
	n := float64(r.Treated + r.Control)
	if n == 0 {
		return 1
	}
	d := float64(r.Treated) - n*share
	return distuv.ChiSquared{K: 1}.Survival(d * d / (n * share * (1 - share)))
}

// Broken reports whether the assignment is not what it should be.
func (r *Ratio) Broken() bool { return r.LogE > math.Log(RatioAlarm) }

// E is the e-value, at most 1e300.
func (r *Ratio) E() float64 { return math.Exp(min(r.LogE, 690)) }
