package evaluate

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// The dimensions of the heads of a learner whose safety is measured: 1, the context, and for fills the displayed share.
const (
	safeFill  = 1 + contexts + 1
	safeToxic = 1 + contexts
)

// safeBucket is the number of decisions in a bucket of a safety world's time, and safeMemory the number that is kept.
const (
	safeBucket = 20
	safeMemory = 5000
)

// A safeLearner is a bandit.Learner with its exploration, with or without a ramp, in a safety world.
type safeLearner struct {
	world   *safetyWorld
	learner *bandit.Learner
	explore bandit.Exploration
	ramp    *bandit.Ramp // nil: all flow is the learner's
	dist    bandit.Distribution
	plans   [venues]bandit.Plan
	costs   [venues]float64
	event   uint64
	now     int64

	phi    [venues][safeFill]float64
	atFill [venues]bandit.FillPrediction
	atTox  [venues]bandit.ToxicityPrediction

	falls int
}

func newSafeLearner(w *safetyWorld, seed uint64, ramp *bandit.Ramp) (*safeLearner, error) {
	config := bandit.Config{Bucket: safeBucket, Memory: bandit.Memory{Tau: safeMemory / safeBucket, Retain: 1}, LedgerLimit: 64}
	for k := range venues {
		arm := bandit.ArmConfig{Latency: 1, Decide: bandit.Horizon1s}
		arm.Fill, arm.Toxicity[bandit.Horizon1s] = w.anchors(k)
		config.Arms = append(config.Arms, arm)
	}
	learner, err := bandit.NewLearner(config)
	if err != nil {
		return nil, fmt.Errorf("safety: %w", err)
	}
	l := &safeLearner{world: w, learner: learner, ramp: ramp, explore: bandit.Exploration{Config: bandit.DefaultExploration()}}
	for k := range l.plans {
		l.plans[k].Static = k == w.static
	}
	if w.kind == PoisonedPrior {
		l.poison(seed)
	}
	return l, nil
}

// poison teaches the learner orders of a world whose venues are in the wrong order, each sent to any venue.
func (l *safeLearner) poison(seed uint64) {
	for t := range min(poisonRows, len(l.world.Rows)/2) {
		l.look(t)
		k := int(bandit.NewKey(seed, uint64(t), drawPoison).Uniform(0) * venues)
		r, from := &l.world.Rows[t], l.world.wrong[k]
		l.learn(k, r.filled[from], r.tox[from])
		l.explore.Decided()
	}
	l.learner.Settle()
}

// drawPoison keeps the venues of the wrong world's orders apart from all other draws.
const drawPoison = 200

// look predicts every venue's cost in row t.
func (l *safeLearner) look(t int) {
	s := &l.world.Rows[t].Sight
	l.learner.Advance(l.now)
	for k := range l.plans {
		phi := l.phi[k][:]
		linearTerms(phi, &s.X)
		phi[safeFill-1] = s.Q[k] - l.world.Centre
		l.atFill[k] = l.learner.Fill(k).Predict(phi)
		l.atTox[k] = l.learner.Toxicity(k, bandit.Horizon1s).Predict(phi[:safeToxic])
		v, p := l.world.venue(t, k), l.atFill[k].Mean
		l.costs[k] = p*(v.Fee-v.Capture*s.Half+l.atTox[k].Mean) + (1-p)*s.Opp
		l.plans[k].Cost = l.costs[k]
	}
}

// decide chooses a venue in row t, learns what came of it, and tells the ramp.
func (l *safeLearner) decide(t int, key bandit.Key) (int, error) {
	l.look(t)
	share, stage := 1.0, uint32(0)
	if l.ramp != nil {
		share, stage = l.ramp.Share(), l.ramp.Stage()
	}
	if err := l.dist.Compute(l.plans[:], l.explore.Mix(share)); err != nil {
		return 0, fmt.Errorf("safety: %w", err)
	}
	l.explore.Decided()
	k := bandit.Sample(l.dist.P, key.Uniform(0))
	cost, filled, tox := l.world.realized(t, k)
	l.learn(k, filled, tox)
	if l.ramp == nil {
		return k, nil
	}
	step, err := l.ramp.Observe(bandit.RampOutcome{Stage: stage, P: l.dist.P, Learned: l.dist.Learned, Costs: l.costs[:],
		Static: l.world.static, Chosen: k, Cost: cost})
	if err != nil {
		return 0, fmt.Errorf("safety: %w", err)
	}
	if step == bandit.RampLowered {
		l.falls++
		l.learner.Temper()
		l.explore.Tempered()
	}
	return k, nil
}

// learn gives an outcome of venue k to its heads and goes on to the next order's time.
func (l *safeLearner) learn(k int, filled bool, tox float64) {
	l.event++
	o := bandit.FillOutcome{Arm: k, Event: l.event, Time: l.now, Phi: l.phi[k][:], Prediction: l.atFill[k], Sent: 1}
	alarmed := false
	if filled {
		o.Filled = 1
		alarmed = l.learner.ObserveToxicity(bandit.ToxicityOutcome{Arm: k, Event: l.event, Horizon: bandit.Horizon1s, Time: l.now,
			Phi: l.phi[k][:safeToxic], Prediction: l.atTox[k], Z: tox}).Alarmed
	}
	if l.learner.ObserveFill(o).Alarmed || alarmed {
		l.explore.Alarmed()
	}
	l.now++
}
