package bandit

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// FTR-03: moments recover τ, and shrinking by them halves the error of estimates whose noise is as large as their spread.
func TestPoolEffectsShrink(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, tau, mean = 400, .5, 2.0
	arms := make([]PooledArm, n)
	truth := make([]float64, n)
	for i := range arms {
		truth[i] = mean + tau*rng.NormFloat64()
		se := .3 + .6*rng.Float64()
		arms[i] = PooledArm{Arm: i, Estimate: truth[i] + se*rng.NormFloat64(), SE: se}
	}
	p := PoolEffects(arms, 9)
	if math.Abs(p.Tau-tau) > .1 || math.Abs(p.Mean-mean) > 4*p.SE {
		t.Errorf("mean %.3f ± %.3f, τ %.3f, want %v and %v", p.Mean, p.SE, p.Tau, mean, tau)
	}
	raw, shrunk := 0.0, 0.0
	for i, a := range p.Arms {
		raw += (a.Estimate - truth[i]) * (a.Estimate - truth[i])
		shrunk += (a.Shrunk - truth[i]) * (a.Shrunk - truth[i])
	}
	if shrunk > .55*raw {
		t.Errorf("squared error %.1f after shrinking, %.1f before", shrunk, raw)
	}
}

func TestPoolEffectsByHand(t *testing.T) {
	p := PoolEffects([]PooledArm{{0, 1, .5, 0}, {1, 3, .5, 0}}, 9) // variance 2, noise ¼
	if want := math.Sqrt(1.75); math.Abs(p.Tau-want) > 1e-12 || math.Abs(p.Mean-2) > 1e-12 || math.Abs(p.SE-1) > 1e-12 {
		t.Errorf("%+v, want mean 2 ± 1, τ %v", p, want)
	}
	if want := 2 - 1.75/2; math.Abs(p.Arms[0].Shrunk-want) > 1e-12 {
		t.Errorf("shrunk to %v, want %v", p.Arms[0].Shrunk, want)
	}
	same := PoolEffects([]PooledArm{{0, 1, 2, 0}, {1, 1.1, 2, 0}}, 9) // noise explains the spread
	if same.Tau != 0 || same.Arms[0].Shrunk != same.Mean || same.Arms[1].Shrunk != same.Mean {
		t.Errorf("%+v, want all at the mean", same)
	}
	one := PoolEffects([]PooledArm{{0, 4, 1, 0}}, 2)
	if one.Tau != 2 || one.Mean != 4 || one.Arms[0].Shrunk != 4 {
		t.Errorf("%+v, want the one estimate and the cold τ", one)
	}
	if none := PoolEffects(nil, 1); none.Mean != 0 || len(none.Arms) != 0 {
		t.Errorf("%+v of nothing", none)
	}
}

// fourArms are three arms of one kind that were taught, of which the first two have a rate of .8 and .7, and one of another.
func fourArms(t *testing.T) *Learner {
	t.Helper()
	lit := ArmConfig{Fill: Isotropic(2, 0), Latency: .001, Hazard: ColdHazard(2, .5, 2e9)}
	lit.Toxicity[Horizon1s], lit.Noise[Horizon1s] = Isotropic(2, .5), 4
	l := newLearner(t, Config{Arms: []ArmConfig{lit, lit, lit, lit}})
	rng := rand.New(rand.NewPCG(2, 2))
	for i := range uint64(1200) {
		arm := int(i % 3) // the third of the kind fills by .75; the other kind, arm 3, is never played
		rate := [3]float64{.8, .7, .75}[arm]
		phi := []float64{1, 2*rng.Float64() - 1}
		o := FillOutcome{Arm: arm, Event: i, Phi: phi, Prediction: l.Fill(arm).Predict(phi), Sent: 1}
		life := Life{End: 2e9, Rest: 2e9}
		if rng.Float64() < rate {
			o.Filled, life = 1, Life{End: 5e7, Filled: true, Rest: 2e9}
			l.ObserveToxicity(ToxicityOutcome{Arm: arm, Event: i, Horizon: Horizon1s, Phi: phi,
				Prediction: l.Toxicity(arm, Horizon1s).Predict(phi), Z: 3 + phi[1] + 2*rng.NormFloat64()})
		}
		l.ObserveFill(o)
		l.ObserveLife(LifeOutcome{Arm: arm, Event: i, Phi: phi, Prediction: l.Hazard(arm).Predict(phi), Life: life})
	}
	return l
}

// FTR-03: a new arm starts at its kind's means, and knows that it knows little.
func TestNewArmStartsAtItsKindsMean(t *testing.T) {
	l := fourArms(t)
	pools := l.Pool([]int{0, 0, 0, 1})
	if n := len(pools[0].Fill.Arms); n != 3 {
		t.Fatalf("%d arms with data, want 3", n)
	}
	if len(pools[1].Fill.Arms) != 0 {
		t.Errorf("the arm without data is known: %+v", pools[1].Fill)
	}
	cold := l.config.Arms[3]
	if got := pools[1].Prior(cold); got.Fill.Mean[0] != cold.Fill.Mean[0] || got.Toxicity[Horizon1s].Mean[0] != .5 {
		t.Errorf("a kind without data moved the prior to %+v", got.Fill)
	}
	before := l.AppendSnapshot(nil)
	known := l.Fill(0).Predict([]float64{1, .5})
	if err := l.Append(pools[0].Prior(cold)); err != nil {
		t.Fatal(err)
	}
	phi := []float64{1, 0}
	if p := l.Fill(4).Predict(phi); math.Abs(p.P-.75) > .06 || p.SD < 2*l.Fill(0).Predict(phi).SD {
		t.Errorf("the new arm fills with %.3f, logit ± %.2f; the kind with .75", p.P, p.SD)
	}
	if p := l.Toxicity(4, Horizon1s).Predict([]float64{1, 1}); math.Abs(p.Mean-4) > .6 {
		t.Errorf("the new arm's toxicity %.2f, the kind's is 4", p.Mean)
	}
	p := l.Hazard(4).Predict(phi)
	if got := p.By(2e9); math.Abs(got-.75) > .06 {
		t.Errorf("the new arm fills by 2 s with %.3f, the kind with .75", got)
	}
	if l.Fill(0).Predict([]float64{1, .5}) != known {
		t.Error("an arm that was there changed")
	}
	if bytes.Equal(before, l.AppendSnapshot(nil)) {
		t.Error("the snapshot does not know of the new arm")
	}
}

// What was there goes on: duplicates are known, revisions find their data, and a snapshot carries all five arms to the bit.
func TestAppendedArmsLearn(t *testing.T) {
	l := fourArms(t)
	l.Advance(20 * hour)
	if err := l.Append(l.config.Arms[3]); err != nil {
		t.Fatal(err)
	}
	phi := []float64{1, .5}
	if r := l.ObserveFill(FillOutcome{Arm: 0, Event: 0, Phi: phi, Prediction: l.Fill(0).Predict(phi), Sent: 1}); r.Refusal != Duplicate {
		t.Errorf("an old datum again: %v", r.Refusal)
	}
	if r := l.ReviseFill(3, 0); r != Applied {
		t.Errorf("revising an old datum: %v", r)
	}
	o := FillOutcome{Arm: 4, Event: 1 << 40, Time: 20 * hour, Phi: phi, Prediction: l.Fill(4).Predict(phi), Sent: 1, Filled: 1}
	if r := l.ObserveFill(o); r.Refusal != Applied {
		t.Errorf("a datum of the new arm: %v", r.Refusal)
	}
	back, err := RestoreLearner(l.AppendSnapshot(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []*Learner{l, back} {
		x.Advance(21 * hour)
		x.Temper()
	}
	if !bytes.Equal(l.AppendSnapshot(nil), back.AppendSnapshot(nil)) {
		t.Error("the restored learner went another way")
	}
	if err := l.Append(ArmConfig{Fill: Isotropic(2, 0)}); err == nil || l.Arms() != 5 {
		t.Errorf("an arm without a latency was taken: %v, %d arms", err, l.Arms())
	}
	if err := l.Append(make([]ArmConfig, MaxArms)...); err == nil {
		t.Error("more arms than a learner may have were taken")
	}
}

// A learner's intercepts by kind: those with few data move most towards their kind's mean.
func TestPoolOfALearner(t *testing.T) {
	l := fourArms(t)
	p := l.Pool([]int{0, 0, 0, -1})[0].Fill
	for _, a := range p.Arms {
		if math.Abs(a.Shrunk-p.Mean) > math.Abs(a.Estimate-p.Mean) {
			t.Errorf("arm %d: %.3f shrunk to %.3f, mean %.3f", a.Arm, a.Estimate, a.Shrunk, p.Mean)
		}
	}
	if want := Logit(.75); math.Abs(p.Mean-want) > .25 {
		t.Errorf("mean logit %.3f, want about %.3f", p.Mean, want)
	}
}
