package bandit

import (
	"bytes"
	"math"
	"testing"
)

// lives is n outcomes of H2 at arm 1, with linearisation points that do not depend on the order in which they arrive.
func lives(l *Learner, seed uint64, n int) (out []LifeOutcome) {
	for i := range uint64(n) {
		k := NewKey(seed, i, 1)
		phi := features(k, 0, 4)
		phi[0] = 1
		out = append(out, LifeOutcome{Arm: 1, Event: i, Time: int64(k.Uniform(20) * 20 * hour), Phi: phi,
			Prediction: l.Hazard(1).Predict(phi),
			Life:       Life{End: int64(k.Uniform(21) * 3e9), Filled: k.Draw(22)%2 == 0, Rest: 3e9}})
	}
	return out
}

func TestLivesThatTeachNothing(t *testing.T) {
	l := newLearner(t, twoArms())
	o := lives(l, 7, 1)[0]
	o.Time = 0
	for _, c := range []struct {
		spoil func(*LifeOutcome)
		want  Refusal
	}{
		{func(o *LifeOutcome) { o.Arm = 0 }, Unknown}, // an arm without H2
		{func(o *LifeOutcome) { o.Arm = 2 }, Unknown},
		{func(o *LifeOutcome) { o.Life.End = -1 }, Malformed},
		{func(o *LifeOutcome) { o.Life = Life{} }, Uninformative},
		{func(o *LifeOutcome) { o.Time = hour }, Early},
		{func(o *LifeOutcome) { o.Phi = o.Phi[:2] }, Malformed},
	} {
		bad := o
		c.spoil(&bad)
		if r := l.ObserveLife(bad); r != c.want {
			t.Errorf("%+v: %v, want %v", bad.Life, r, c.want)
		}
	}
	before := l.AppendBelief(nil)
	if !bytes.Equal(before, newLearner(t, twoArms()).AppendBelief(nil)) {
		t.Error("refused lives changed what is known")
	}
	if r := l.ObserveLife(o); r != Applied {
		t.Errorf("the good one: %v", r)
	}
}

// LRN-13: what one learner learned of lives another merges, once, as if it had learned it itself.
func TestLivesTravelInDeltas(t *testing.T) {
	both, one, other := newLearner(t, twoArms()), newLearner(t, twoArms()), newLearner(t, shard(2))
	all := lives(both, 8, 120)
	for i, o := range all {
		both.Advance(20 * hour)
		both.ObserveLife(o)
		x := one
		if i%2 == 0 {
			x = other
		}
		x.Advance(20 * hour)
		x.ObserveLife(o)
	}
	taken := other.TakeDelta()
	d, err := ParseDelta(taken.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if ok, err := one.Merge(d); ok != want || err != nil {
			t.Fatalf("merge: %v, %v", ok, err)
		}
	}
	a, b := both.Hazard(1).Theta(nil), one.Hazard(1).Theta(nil)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9 {
			t.Errorf("θ[%d] = %v together, %v merged", i, a[i], b[i])
		}
	}
}

// An alarm and a fallen ramp take from H2 what they take from H0.
func TestLivesAreForgottenWithTheArm(t *testing.T) {
	for name, forget := range map[string]func(*Learner){
		"shrink": func(l *Learner) { l.Shrink(1, 0) },
		"keep":   func(l *Learner) { l.Keep(0) },
		"age":    func(l *Learner) { l.Advance(1 << 60) },
	} {
		l := newLearner(t, twoArms())
		l.Advance(20 * hour)
		for _, o := range lives(l, 9, 50) {
			l.ObserveLife(o)
		}
		forget(l)
		phi := []float64{1, .5, -.5, 0}
		if got, want := l.Hazard(1).Predict(phi), newLearner(t, twoArms()).Hazard(1).Predict(phi); got != want {
			t.Errorf("%s: %v, want the prior %v", name, got, want)
		}
	}
}
