package bandit

import (
	"math"
	"slices"
	"testing"
)

func forever() Memory { return Memory{Tau: math.Inf(1)} }

// changes gives, for a world whose fills have probability before and after datum 1,000, the data at which a rival
// replaced the head, and the head at the end.
func changes(t *testing.T, before, after float64, seed uint64) (at []int, head *FillHead) {
	t.Helper()
	prior, phi := Isotropic(1, 0), []float64{1}
	head, err := NewFillHead(prior, forever())
	if err != nil {
		t.Fatal(err)
	}
	rivals, err := NewFillRivals(prior, forever(), DefaultRivals())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2000 {
		p, y := before, 0.0
		if n >= 1000 {
			p = after
		}
		if NewKey(seed, uint64(n), 1).Uniform(0) < p {
			y = 1
		}
		d := FillDatum{Phi: phi, Prediction: head.Predict(phi), Y: y}
		head.Update(d)
		if winner, ok := rivals.Observe(d); ok {
			head, at = winner, append(at, n)
		}
	}
	return at, head
}

// A change is found within a hundred data and leaves the head with what is true now; where nothing changes no rival
// wins. That change, .3 to .7, leaves p(1−p), and with it the size of a right head's errors, as it was.
func TestRivalsFindChanges(t *testing.T) {
	for seed := range uint64(20) {
		if at, _ := changes(t, .3, .3, seed); len(at) > 0 {
			t.Errorf("seed %d: nothing changed, yet a rival won at %v", seed, at)
		}
		at, head := changes(t, .3, .7, seed)
		if len(at) == 0 || at[0] < 1000 || at[0] > 1100 {
			t.Errorf("seed %d: changed at 1000, rivals won at %v, want once by 1100", seed, at)
		}
		if got := head.Predict([]float64{1}).Mean; math.Abs(got-.7) > .08 {
			t.Errorf("seed %d: fill probability %v after the change, want about .7", seed, got)
		}
	}
}

// The lead is the sum of log density ratios, by hand: head at p̄ = ½ by a frozen prediction, rival at its prior's .5,
// then at what one fill taught it.
func TestRivalLeadByHand(t *testing.T) {
	prior, phi := Isotropic(1, 0), []float64{1}
	r, err := NewFillRivals(prior, forever(), RivalConfig{Spans: []int{2, 5}, Margin: 3})
	if err != nil {
		t.Fatal(err)
	}
	twin, err := NewFillHead(prior, forever())
	if err != nil {
		t.Fatal(err)
	}
	frozen := FillPrediction{A: 0, P: .5, W: .25, Mean: .25, SD: 1}
	first := twin.Predict(phi)
	want := math.Log(first.Mean / .25)
	r.Observe(FillDatum{Phi: phi, Prediction: frozen, Y: 1})
	if got := r.of[1].lead; math.Abs(got-want) > 1e-12 {
		t.Errorf("lead after a fill %v, want %v", got, want)
	}
	twin.Update(FillDatum{Phi: phi, Prediction: first, Y: 1})
	want += math.Log((1 - twin.Predict(phi).Mean) / .75)
	r.Observe(FillDatum{Phi: phi, Prediction: frozen, Y: 0})
	if got := r.of[1].lead; math.Abs(got-want) > 1e-12 {
		t.Errorf("lead after a fill and none %v, want %v", got, want)
	}
	if r.of[0].data != 0 || r.of[0].lead != 0 {
		t.Errorf("a rival of span 2 has %d data and a lead of %v after 2, want a new beginning", r.of[0].data, r.of[0].lead)
	}
}

// An outlier makes no rival win: the noise is the head's for all. A shift of three standard deviations does, soon.
func TestToxicityRivals(t *testing.T) {
	prior, phi := Isotropic(1, 0), []float64{1}
	head, err := NewToxicityHead(prior, forever(), false)
	if err != nil {
		t.Fatal(err)
	}
	rivals, err := NewToxicityRivals(prior, forever(), DefaultRivals(), false)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for n := range 1200 {
		z := NewKey(3, uint64(n), 1).Uniform(0) - .5
		switch {
		case n%97 == 0:
			z *= 100
		case n >= 1000:
			z += .9
		}
		d := ToxicityDatum{Phi: phi, Prediction: head.Predict(phi), Z: z}
		head.Update(d)
		if winner, ok := rivals.Observe(d); ok {
			head, at = winner, append(at, n)
		}
	}
	if len(at) != 1 || at[0] < 1000 || at[0] > 1050 {
		t.Errorf("rivals won at %v, want once, soon after 1000", at)
	}
	if got := head.Predict(phi).Mean; math.Abs(got-.9) > .15 {
		t.Errorf("toxicity %v after the change, want about .9", got)
	}
}

// What a head refuses moves no lead, and rivals age with their head.
func TestRivalsRefuseAndAge(t *testing.T) {
	phi := []float64{1}
	r, err := NewToxicityRivals(Isotropic(1, 0), Memory{Tau: 2, Retain: 1}, RivalConfig{Spans: []int{9}, Margin: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	good := ToxicityPrediction{SD: 1, Noise: 1}
	for _, d := range []ToxicityDatum{{Phi: phi, Prediction: good, Z: math.NaN()}, {Phi: phi, Prediction: good, Z: 1, Bucket: 4}} {
		if _, ok := r.Observe(d); ok || r.of[0].lead != 0 {
			t.Errorf("datum %+v: lead %v, want 0", d, r.of[0].lead)
		}
	}
	r.Observe(ToxicityDatum{Phi: phi, Prediction: good, Z: 1})
	before := r.of[0].head.Theta(nil)[0]
	r.Advance(4)
	if after := r.of[0].head.Theta(nil)[0]; !(after < before && after > 0) {
		t.Errorf("θ is %v, and %v four buckets later: want it nearer to the prior's 0", before, after)
	}
	r.Restart()
	if got := r.of[0].head.Update(ToxicityDatum{Phi: phi, Prediction: good, Z: 1, Bucket: 4}); got != Applied {
		t.Errorf("a rival that began in bucket 4 takes a datum of it as %v", got)
	}
}

func TestRivalConfigRefused(t *testing.T) {
	for _, c := range []RivalConfig{{Spans: []int{0}, Margin: 1}, {Margin: 0}, {Margin: math.Inf(1)}, {Margin: math.NaN()}} {
		if _, err := NewFillRivals(Isotropic(1, 0), forever(), c); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	if _, err := NewFillRivals(Prior{}, forever(), DefaultRivals()); err == nil {
		t.Error("an empty prior: no error")
	}
	c := DefaultRivals()
	r, err := NewFillRivals(Isotropic(1, 0), forever(), c)
	if err != nil {
		t.Fatal(err)
	}
	c.Spans[0] = 7
	if !slices.Equal(r.config.Spans, DefaultRivals().Spans) {
		t.Error("the configuration is shared with its caller")
	}
}
