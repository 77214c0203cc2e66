package bandit

import (
	"math"
	"testing"
)

// LRN-05: with an unclamped working response a rare fill is estimated where it is; the measured
// ranges are .053–.055 for a true .05 and .104–.106 for .10.
func TestRareFillsAreEstimatedUnclamped(t *testing.T) {
	for _, c := range []struct{ truth, lo, hi float64 }{{.05, .045, .065}, {.10, .09, .12}} {
		sum := 0.0
		const runs, n = 20, 4000
		for run := range uint64(runs) {
			h, err := NewFillHead(Isotropic(1, -1), Memory{Tau: math.Inf(1)})
			if err != nil {
				t.Fatal(err)
			}
			phi, key := []float64{1}, NewKey(run, 0, 77)
			for i := range uint64(n) {
				y := 0.0
				if key.Uniform(i) < c.truth {
					y = 1
				}
				h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: y})
			}
			sum += h.Predict(phi).Mean
		}
		if got := sum / runs; got < c.lo || got > c.hi {
			t.Errorf("true fill probability %v is estimated as %v, want within [%v, %v]", c.truth, got, c.lo, c.hi)
		}
	}
}

func TestPredictionIsTheFormula(t *testing.T) {
	h, _ := NewFillHead(Diagonal([]float64{-1, .5}, []float64{1, 4}), DefaultMemory())
	phi := []float64{1, 2}
	p := h.Predict(phi)
	variance := 1.0/1 + 4.0/4
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"A", p.A, 0},
		{"P", p.P, .5},
		{"W", p.W, .25},
		{"SD", p.SD, math.Sqrt(variance)},
		{"Mean", p.Mean, .5},
		{"SE", p.SE(), .25 * math.Sqrt(variance)},
	} {
		if math.Abs(c.got-c.want) > 1e-15 {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	lo, hi := p.Interval(1.96)
	if want := 1 / (1 + math.Exp(1.96*math.Sqrt(2))); math.Abs(lo-want) > 1e-15 || math.Abs(lo+hi-1) > 1e-15 {
		t.Errorf("interval [%v, %v], want [%v, %v]", lo, hi, want, 1-want)
	}
	away, _ := NewFillHead(Diagonal([]float64{2}, []float64{.25}), DefaultMemory())
	if got, want := away.Predict([]float64{1}).Mean, 1/(1+math.Exp(-2/math.Sqrt(1+math.Pi/8*4))); math.Abs(got-want) > 1e-15 {
		t.Errorf("predictive mean %v, want %v", got, want)
	}
}

// One datum moves S and r as section 1.3 says.
func TestUpdateIsTheFormula(t *testing.T) {
	h, _ := NewFillHead(Isotropic(2, -6), Memory{Tau: 8, Retain: 4})
	phi := []float64{1, -2}
	p := h.Predict(phi)
	if p.W != minCurvature*2 && p.W < minCurvature {
		t.Errorf("w = %v is below its floor", p.W)
	}
	h.Advance(3)
	h.Update(FillDatum{Phi: phi, Prediction: p, Y: 1, Bucket: 1})
	age := math.Exp(-2.0 / 8)
	for i := range phi {
		if want := age * (p.W*p.A + 1 - p.P) * phi[i]; math.Abs(h.q.r[i]-want) > 1e-14 {
			t.Errorf("r[%d] = %v, want %v", i, h.q.r[i], want)
		}
		for j := range phi {
			if want := age * p.W * phi[i] * phi[j]; math.Abs(h.q.s[2*i+j]-want) > 1e-14 {
				t.Errorf("S[%d,%d] = %v, want %v", i, j, h.q.s[2*i+j], want)
			}
		}
	}
}

// LRN-11, DRF-08: what is refused changes nothing.
func TestFillHeadRefuses(t *testing.T) {
	h, _ := NewFillHead(Isotropic(2, 0), Memory{Tau: 10, Retain: 5})
	h.Advance(10)
	good := FillDatum{Phi: []float64{1, 4}, Prediction: h.Predict([]float64{1, 4}), Y: 1, Bucket: 10}
	with := func(f func(*FillDatum)) FillDatum {
		d := good
		f(&d)
		return d
	}
	for _, c := range []struct {
		name  string
		datum FillDatum
		want  Refusal
	}{
		{"NaN feature", with(func(d *FillDatum) { d.Phi = []float64{1, math.NaN()} }), Malformed},
		{"large feature", with(func(d *FillDatum) { d.Phi = []float64{1, 4.1} }), Malformed},
		{"dimension", with(func(d *FillDatum) { d.Phi = []float64{1} }), Malformed},
		{"no prediction", with(func(d *FillDatum) { d.Prediction = FillPrediction{} }), Malformed},
		{"infinite logit", with(func(d *FillDatum) { d.Prediction.A = math.Inf(1) }), Malformed},
		{"outcome", with(func(d *FillDatum) { d.Y = 1.5 }), Malformed},
		{"outcome NaN", with(func(d *FillDatum) { d.Y = math.NaN() }), Malformed},
		{"future", with(func(d *FillDatum) { d.Bucket = 11 }), Early},
		{"too old", with(func(d *FillDatum) { d.Bucket = 4 }), Expired},
		{"very old", with(func(d *FillDatum) { d.Bucket = math.MinInt64 }), Expired},
	} {
		theta := h.Theta(nil)
		if got := h.Update(c.datum); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if after := h.Theta(nil); after[0] != theta[0] || after[1] != theta[1] {
			t.Errorf("%s: refused datum moved θ", c.name)
		}
	}
	if got := h.Update(good); got != Applied {
		t.Errorf("a datum at the edge of all bounds: %v, want applied", got)
	}
}

// The predictive interval is honest: over worlds drawn from the prior the 90 % interval covers the
// true probability about that often.
func TestIntervalCovers(t *testing.T) {
	const worlds = 600
	covered := 0
	for w := range uint64(worlds) {
		key := NewKey(w, 1, 5)
		a := 2*key.Uniform(0) - 1 + 2*key.Uniform(1) - 1 + 2*key.Uniform(2) - 1 // variance 1
		h, _ := NewFillHead(Isotropic(1, 0), Memory{Tau: math.Inf(1)})
		phi := []float64{1}
		for i := range uint64(200) {
			y := indicator(key.Uniform(10+i) < Sigmoid(a))
			h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: y})
		}
		if lo, hi := h.Predict(phi).Interval(1.645); lo <= Sigmoid(a) && Sigmoid(a) <= hi {
			covered++
		}
	}
	if share := float64(covered) / worlds; share < .85 || share > .95 {
		t.Errorf("90 %% intervals cover %.3f of %d worlds", share, worlds)
	}
}
