package evaluate

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// costSettings are the learner's in cost worlds. One set serves all of them; it was chosen on generated worlds.
type costSettings struct {
	gamma0   float64 // γ₀ of inverse-gap weighting, per bps
	floor    float64 // ε, total
	optimism float64 // standard errors of the cost that a venue's index is lowered by
	slope    float64 // prior precision of the context's coefficients
	extra    float64 // and of those of the bank's other terms
	keep     float64 // share of what is known that outlives a change found elsewhere
	rivals   bandit.RivalConfig
}

func defaultCostSettings() costSettings {
	return costSettings{gamma0: 60, floor: .002, optimism: 1, slope: 4, extra: 16, keep: .1, rivals: bandit.DefaultRivals()}
}

// The dimensions of the two heads.
const (
	fillTerms  = 1 + contexts + 1 + 8
	toxicTerms = 1 + contexts + 4 + 1
)

// costLearner chooses a venue with the heads of package bandit. Per venue it has a fill head and a toxicity head that
// never forget and are watched by rivals; it joins them by the cost identity,
//
//	cost = p̄·(fee − capture·half + tox) + (1 − p̄)·opp,   index = cost − optimism·se,   p by inverse-gap weighting
//
// Where a rival replaces a head the world has changed, and likely not for that head alone: the other heads, of that
// venue and of all, keep a tenth of their data.
type costLearner struct {
	set     costSettings
	world   *CostWorld // for fees and capture
	arms    [venues]*costArm
	explore bandit.Exploration
	dist    bandit.Distribution
	plans   [venues]bandit.Plan
	chosen  int
	changes int
}

// costArm is what is known of a venue, and what was predicted of it for the order at hand.
type costArm struct {
	fill       *bandit.FillHead
	tox        *bandit.ToxicityHead
	fillRivals *bandit.FillRivals
	toxRivals  *bandit.ToxicityRivals

	phiFill [fillTerms]float64
	phiTox  [toxicTerms]float64
	atFill  bandit.FillPrediction
	atTox   bandit.ToxicityPrediction
}

func newCostLearner(w *CostWorld, set costSettings) (*costLearner, error) {
	l := &costLearner{set: set, world: w}
	never := bandit.Memory{Tau: math.Inf(1)}
	fill, tox := set.prior(fillTerms, 1+contexts+1, 0), set.prior(toxicTerms, 1+contexts, .5)
	for k := range l.arms {
		a := &costArm{}
		var errs [4]error
		a.fill, errs[0] = bandit.NewFillHead(fill, never)
		a.tox, errs[1] = bandit.NewToxicityHead(tox, never, false)
		a.fillRivals, errs[2] = bandit.NewFillRivals(fill, never, set.rivals)
		a.toxRivals, errs[3] = bandit.NewToxicityRivals(tox, never, set.rivals, false)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("learner: %w", err)
		}
		l.arms[k] = a
		l.plans[k] = bandit.Plan{Static: k == 0} // the whole flow is the learner's: the static plan has no share
	}
	l.explore.Config = bandit.DefaultExploration()
	l.explore.Config.Gamma0, l.explore.Config.Floor = set.gamma0, set.floor
	return l, l.explore.Config.Validate()
}

// prior is N(intercept, 1) in the first coordinate, and shrinks the context's coefficients and, more, the others'.
func (s *costSettings) prior(d, context int, intercept float64) bandit.Prior {
	mean, precision := make([]float64, d), make([]float64, d)
	mean[0], precision[0] = intercept, 1
	for i := 1; i < d; i++ {
		precision[i] = s.slope
		if i >= context {
			precision[i] = s.extra
		}
	}
	return bandit.Diagonal(mean, precision)
}

func (l *costLearner) choose(s *Sight, key bandit.Key) int {
	for k, a := range l.arms {
		fillFeatures(a.phiFill[:], s, s.Q[k]-l.world.Centre)
		a.atFill = a.fill.Predict(a.phiFill[:])
		toxicFeatures(a.phiTox[:], s, a.atFill.Mean)
		a.atTox = a.tox.Predict(a.phiTox[:])

		v := &l.world.Venues[k]
		p, filled := a.atFill.Mean, v.Fee-v.Capture*s.Half+a.atTox.Mean
		fillSE, toxSE := a.atFill.SE()*(s.Opp-filled), p*a.tox.MeanSE(a.phiTox[:])
		l.plans[k].Cost = p*filled + (1-p)*s.Opp - l.set.optimism*math.Hypot(fillSE, toxSE)
	}
	if err := l.dist.Compute(l.plans[:], l.explore.Mix(1)); err != nil {
		panic("evaluate: " + err.Error())
	}
	l.explore.Decided()
	l.chosen = bandit.Sample(l.dist.P, key.Uniform(0))
	return l.chosen
}

func (l *costLearner) learn(filled bool, tox float64) {
	a := l.arms[l.chosen]
	fill := bandit.FillDatum{Phi: a.phiFill[:], Prediction: a.atFill}
	if filled {
		fill.Y = 1
	}
	a.fill.Update(fill)
	newFill, fillChanged := a.fillRivals.Observe(fill)
	newTox, toxChanged := a.tox, false
	if filled {
		d := bandit.ToxicityDatum{Phi: a.phiTox[:], Prediction: a.atTox, Z: tox}
		a.tox.Update(d)
		newTox, toxChanged = a.toxRivals.Observe(d)
	}
	if !fillChanged && !toxChanged {
		return
	}
	l.changes++
	for _, b := range l.arms {
		b.fill.Keep(l.set.keep)
		b.tox.Keep(l.set.keep)
		b.fillRivals.Restart()
		b.toxRivals.Restart()
	}
	if fillChanged {
		a.fill = newFill
	}
	if toxChanged {
		a.tox = newTox
	}
}

// fillFeatures writes the context and a bank of terms that linear heads miss: steps above .8 and saturating products of
// the context's random variables. What a world has no use for the prior shrinks.
func fillFeatures(phi []float64, s *Sight, displayed float64) {
	x := &s.X
	linearTerms(phi, x)
	phi[1+contexts] = displayed
	i := 1 + contexts + 1
	for _, j := range [3]int{0, 1, 5} {
		phi[i] = 0
		if x[j] > .8 {
			phi[i] = 1
		}
		i++
	}
	for _, product := range [5]float64{2 * x[0] * x[2], x[0] * x[1], x[0] * x[5], 2 * x[1] * x[2], 2 * x[2] * x[5]} {
		phi[i] = product / math.Sqrt(1+product*product)
		i++
	}
}

// toxicFeatures writes the context, squared hinges, and the fill probability: likely fills are less toxic, or more.
func toxicFeatures(phi []float64, s *Sight, p float64) {
	x := &s.X
	linearTerms(phi, x)
	i := 1 + contexts
	for _, j := range [4]int{0, 1, 3, 5} {
		hinge := max(0, x[j])
		phi[i] = min(4, hinge*hinge)
		i++
	}
	phi[i] = 2*p - 1
}

// linearTerms writes 1 and the context, clipped to what the heads take.
func linearTerms(phi []float64, x *[contexts]float64) {
	phi[0] = 1
	for j, v := range x {
		phi[1+j] = min(4, max(-4, v))
	}
}
