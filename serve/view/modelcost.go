package view

import (
	"math"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
)

// ModelCost is what the decisions of one model cost, of those whose cost is known.
type ModelCost struct {
	Model     string    `json:"model"`
	Decisions uint64    `json:"decisions"`
	Measured  uint64    `json:"measured"`
	CostBps   *Estimate `json:"cost_bps"` // mean of a decision's cost, bps of the shares it wanted, with its 90 % interval; null: fewer than two
}

// modelSums are the sums behind a ModelCost.
type modelSums struct {
	decisions, n uint64
	sum, squares float64
}

// maxModels bounds the models told apart.
const maxModels = 64

func (v *View) modelSums(model string) *modelSums {
	m := v.models[model]
	if m == nil && len(v.models) < maxModels {
		m = new(modelSums)
		v.models[model] = m
	}
	return m
}

// costOf counts what a decision cost; the last word about one counts.
func (v *View) costOf(d *Decision, b *event.RecordOutcome) {
	m := v.modelSums(d.Model)
	if m != nil && d.cost != nil {
		m.add(d.cost.Value, -1)
	}
	cost := *b
	d.cost = &cost
	if m != nil {
		m.add(cost.Value, 1)
	}
}

func (m *modelSums) add(x, sign float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return
	}
	m.n = uint64(int64(m.n) + int64(sign))
	m.sum += sign * x
	m.squares += sign * x * x
}

// ModelCosts gives what each model's decisions cost, by name.
func (v *View) ModelCosts() []ModelCost {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([]ModelCost, 0, len(v.models))
	for name, m := range v.models {
		c := ModelCost{Model: name, Decisions: m.decisions, Measured: m.n}
		if m.n > 1 {
			n := float64(m.n)
			mean := m.sum / n
			half := z90 * math.Sqrt(max(0, (m.squares-n*mean*mean)/(n-1))/n)
			c.CostBps = &Estimate{Real(mean), Real(mean - half), Real(mean + half)}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b ModelCost) int { return strings.Compare(a.Model, b.Model) })
	return out
}
