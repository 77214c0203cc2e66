package evaluate

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// poolSettings are the learner's in pool worlds, chosen on generated worlds.
type poolSettings struct {
	intercept float64 // prior mean of the logit of any fill
	slope     float64 // prior precision of the context's coefficients
	keep      float64 // share of what is known that outlives a change found elsewhere
	rivals    bandit.RivalConfig
}

func defaultPoolSettings() poolSettings {
	return poolSettings{intercept: -1, slope: 1.5, keep: .1, rivals: bandit.DefaultRivals()}
}

// poolLearner splits orders with the heads of package bandit: per pool the probability of any fill in the context, which
// rivals watch, and the hazards of its size, joined to a curve; the allocator is greedy on the curves. The optimism of the
// size head's prior explores. A change found at one pool leaves a tenth of what is known of all.
type poolLearner struct {
	set   poolSettings
	arms  [pools]*poolArm
	slots [pools]bandit.Slot
	alloc bandit.Allocator
	phi   [1 + poolContexts]float64
	sent  []int
}

type poolArm struct {
	fill   *bandit.FillHead
	size   *bandit.SizeHead
	rivals *bandit.FillRivals
	at     bandit.FillPrediction
}

func newPoolLearner(set poolSettings) (*poolLearner, error) {
	l := &poolLearner{set: set}
	never := bandit.Memory{Tau: math.Inf(1)}
	prior := bandit.Diagonal([]float64{set.intercept, 0, 0}, []float64{1, set.slope, set.slope})
	for i := range l.arms {
		a := &poolArm{}
		var errs [3]error
		a.fill, errs[0] = bandit.NewFillHead(prior, never)
		a.size, errs[1] = bandit.NewSizeHead(bandit.DefaultSizePrior(), never)
		a.rivals, errs[2] = bandit.NewFillRivals(prior, never, set.rivals)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("learner: %w", err)
		}
		l.arms[i] = a
	}
	return l, nil
}

func (l *poolLearner) split(s *PoolSight, _ bandit.Key) []int {
	l.phi[0] = 1
	for j, v := range s.X {
		l.phi[1+j] = min(4, max(-4, v))
	}
	for i, a := range l.arms {
		a.at = a.fill.Predict(l.phi[:])
		l.slots[i] = bandit.Slot{Curve: a.size.Curve(a.at.Mean), Max: s.Lots}
	}
	l.sent = l.alloc.Allocate(l.sent, l.slots[:], s.Lots, 1)
	return l.sent
}

func (l *poolLearner) learn(filled []int) {
	var winners [pools]*bandit.FillHead
	changed := false
	for i, v := range l.sent {
		if v == 0 {
			continue
		}
		a := l.arms[i]
		d := bandit.FillDatum{Phi: l.phi[:], Prediction: a.at}
		if filled[i] > 0 {
			d.Y = 1
		}
		a.fill.Update(d)
		a.size.Update(bandit.SizeDatum{Curve: l.slots[i].Curve, Sent: v, Filled: filled[i]})
		if winner, ok := a.rivals.Observe(d); ok {
			winners[i], changed = winner, true
		}
	}
	if !changed {
		return
	}
	for i, a := range l.arms {
		a.fill.Keep(l.set.keep)
		a.size.Keep(l.set.keep)
		a.rivals.Restart()
		if winners[i] != nil {
			a.fill = winners[i]
		}
	}
}
