package offpolicy

import (
	"fmt"
	"math"
)

// A Row is one logged decision.
type Row struct {
	Parent     uint64  // rows of one parent order are one cluster: their errors go together
	Propensity float64 // p > 0, the logging policy's probability of what it chose
	Target     float64 // π, the target policy's
	Outcome    float64 // r
	Model      float64 // q̂ of what was chosen, from a fit that did not see the parent (cross-fitted); 0 without a model
	Value      float64 // Σ_a π(a)q̂(a) over all that could be chosen; 0 without a model
	Hole       bool    // the target gives something a probability that the logging policy gave none
	Void       bool    // what was done was not what was drawn (PLN-03): left out, and counted
}

// weight is w = π/p.
func (r *Row) weight() float64 { return r.Target / r.Propensity }

// validate names what is wrong with the row.
func (r *Row) validate(i int) error {
	if r.Void {
		return nil
	}
	if !(r.Propensity > 0 && r.Propensity <= 1+1e-9) || !(r.Target >= 0 && r.Target <= 1+1e-9) {
		return fmt.Errorf("offpolicy: row %d: propensity %v, target %v: give probabilities, the first above 0", i, r.Propensity, r.Target)
	}
	for _, v := range [3]float64{r.Outcome, r.Model, r.Value} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("offpolicy: row %d: outcome %v, model %v, value %v: give finite figures", i, r.Outcome, r.Model, r.Value)
		}
	}
	return nil
}
