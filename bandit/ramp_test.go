package bandit

import (
	"math"
	"testing"
)

// ABT-03: reference values for σ̂ = 1, α = .05, n* = 5,000.
func TestRadiusMatchesTheReference(t *testing.T) {
	for n, want := range map[int64]float64{200: .36062162784944235, 1000: .10637547006557503, 5000: 0.042924337188268456, 20000: .022112036165461417} {
		if got := Radius(1, n, .05, 5000); math.Abs(got-want) > 1e-15 {
			t.Errorf("radius at %d = %v, want %v", n, got, want)
		}
	}
}

// The promise of the sequence: over whole paths of pure noise it excludes 0 at some look in at most α
// of them.
func TestRadiusHoldsAtEveryLook(t *testing.T) {
	const paths, n = 400, 4000
	wrong := 0
	for path := range uint64(paths) {
		key, sum, squares := NewKey(path, 4, 4), 0.0, 0.0
		for i := range uint64(n) {
			x := key.Uniform(i) - .5
			sum += x
			squares += x * x
			if m := float64(i + 1); i+1 >= 200 && (i+1)%50 == 0 && abs(sum/m) > Radius(math.Sqrt(squares/m-sum*sum/m/m), int64(i+1), .05, 2000) {
				wrong++
				break
			}
		}
	}
	if share := float64(wrong) / paths; share > .08 {
		t.Errorf("%v of the paths are excluded at some look, want at most .05 and noise", share)
	}
}

// outcome makes a decision between static (0) and the learner's plan (1) at the ramp's share, with
// the realized cost of each.
func outcome(r *Ramp, k Key, static, learner float64) RampOutcome {
	m := r.Share()
	o := RampOutcome{Stage: r.Stage(), Learned: []float64{.1, .9}, Costs: []float64{1, 1}}
	o.P = []float64{m*.1 + 1 - m, m * .9}
	o.Chosen = Sample(o.P, k.Uniform(0))
	o.Cost = static
	if o.Chosen == 1 {
		o.Cost = learner
	}
	o.Cost += 4 * (k.Uniform(1) - .5)
	return o
}

// Section 6 by hand.
func TestDifferenceIsTheFormula(t *testing.T) {
	o := RampOutcome{P: []float64{.7, .3}, Learned: []float64{.4, .6}, Costs: []float64{2, 1}, Static: 0, Chosen: 1, Cost: 1.5}
	if got, _ := Difference(o); math.Abs(got-(-.6*2+.6*1+.6/.3*.5)) > 1e-15 {
		t.Errorf("d = %v", got)
	}
	o.Cost = 1000
	if got, clipped := Difference(o); got != 40 || !clipped {
		t.Errorf("d of an absurd cost = %v (clipped %v), want 40", got, clipped)
	}
	sum, p := 0.0, o.P
	for k, cost := range []float64{2.5, 3} { // unbiased: E d = Σ (π_L − π_S)·c, whatever q̂ says
		o.Chosen, o.Cost = k, cost
		d, _ := Difference(o)
		sum += p[k] * d
	}
	if want := -.6*2.5 + .6*3; math.Abs(sum-want) > 1e-14 {
		t.Errorf("E d = %v, want %v", sum, want)
	}
}

func TestRampRisesAndFalls(t *testing.T) {
	for _, c := range []struct {
		name            string
		static, learner float64
		lo, hi          float64
		step            RampStep
	}{
		{"a better learner gets the flow", 2, 1, .95, .95, RampRaised},
		{"a worse one loses it", 1, 4, .05, .05, RampLowered},
	} {
		r, seen := NewRamp(), false
		for i := range uint64(20_000) {
			step, err := r.Observe(outcome(r, NewKey(5, i, 1), c.static, c.learner))
			if err != nil {
				t.Fatal(err)
			}
			seen = seen || step == c.step
		}
		if r.Share() < c.lo || r.Share() > c.hi || !seen {
			t.Errorf("%s: share %v (step seen: %v), want within [%v, %v]", c.name, r.Share(), seen, c.lo, c.hi)
		}
	}
}

// A ramp begins where it is told to, within what a machine may have (SAF-01), and no fall raises a small share.
func TestRampBeginsAt(t *testing.T) {
	for start, want := range map[float64]float64{-1: 0, 0: 0, .02: .02, .5: .5, 1: .95} {
		if got := NewRampAt(start).Share(); got != want {
			t.Errorf("a ramp from %v has share %v, want %v", start, got, want)
		}
	}
	r := NewRampAt(.02)
	for i := uint64(0); r.Stage() == 0 && i < 20_000; i++ {
		r.Observe(outcome(r, NewKey(5, i, 1), 1, 30))
	}
	if r.Stage() != 1 || r.Share() != .02 {
		t.Errorf("after a fall from .02: stage %d, share %v", r.Stage(), r.Share())
	}
	if r.Hold(); r.Share() != .02 {
		t.Errorf("held at %v, want .02", r.Share())
	}
}

// A tempered learner's exploration counts a tenth of the decisions that its memory holds, and has the raised floor.
func TestTemperedExplorationBeginsAnew(t *testing.T) {
	for n, want := range map[int64]int64{0: 0, 300: 30, 1_000_000: 500} {
		e := Exploration{Config: DefaultExploration(), Decisions: n}
		if e.Tempered(); e.Decisions != want || e.Mix(1).Floor != e.Config.AlarmFloor {
			t.Errorf("after %d decisions: %+v, want %d", n, e, want)
		}
	}
}

func TestRampStagesHoldAndRevise(t *testing.T) {
	r := NewRamp()
	o := outcome(r, NewKey(5, 1, 1), 1, 1)
	o.Stage = 7
	r.Observe(o)
	if n, _, stale := r.Counts(); n != 0 || stale != 1 {
		t.Errorf("an outcome of another stage counts: n %d, stale %d", n, stale)
	}
	first := outcome(r, NewKey(5, 2, 1), 1, 1)
	plain := NewRamp()
	r.Observe(first)
	revised := first
	revised.Cost += 3
	plain.Observe(revised)
	if ok, err := r.Revise(first, first.Cost+3); !ok || err != nil || math.Abs(r.sum-plain.sum) > 1e-14 || math.Abs(r.squares-plain.squares) > 1e-13 {
		t.Errorf("after a revision Σd = %v, Σd² = %v (%v, %v), want %v, %v", r.sum, r.squares, ok, err, plain.sum, plain.squares)
	}
	r.Hold()
	if r.Share() != .05 || !r.Held() {
		t.Errorf("held share %v, want .05", r.Share())
	}
	r.Release()
	if r.Share() != .1 || r.Held() {
		t.Errorf("released share %v, want .1", r.Share())
	}
	r.share = .95
	r.Swapped()
	if r.Share() != .475 {
		t.Errorf("share after a swap %v, want .475", r.Share())
	}
	for name, o := range map[string]RampOutcome{
		"empty":         {},
		"lengths":       {P: []float64{1}, Learned: []float64{1}},
		"chosen":        {P: []float64{1}, Learned: []float64{1}, Costs: []float64{1}, Chosen: 1},
		"no propensity": {P: []float64{0}, Learned: []float64{1}, Costs: []float64{1}},
		"NaN cost":      {P: []float64{1}, Learned: []float64{1}, Costs: []float64{1}, Cost: math.NaN()},
	} {
		if _, err := r.Observe(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRampSnapshot(t *testing.T) {
	r := NewRamp()
	for i := range uint64(777) {
		r.Observe(outcome(r, NewKey(6, i, 1), 2, 1))
	}
	back, err := RestoreRamp(r.AppendSnapshot(nil))
	if err != nil || *back != *r {
		t.Errorf("restored %+v (%v), want %+v", back, err, r)
	}
	for _, damaged := range []string{"SLBRMP01 but not a ramp", "SLBRMP02 but not a ramp", "SLBRMP03"} {
		if _, err := RestoreRamp([]byte(damaged)); err == nil {
			t.Errorf("%q is accepted", damaged)
		}
	}
}

// A snapshot of the version without draws: share and counts stay, its stage begins anew.
func TestRampOfTheVersionBefore(t *testing.T) {
	e := encoder{[]byte(rampMagic01)}
	e.floats([]float64{.4, 12, 900}) // share, Σd, Σd²
	e.u64(7)                         // stage
	e.i64(150)                       // outcomes
	e.i64(3)                         // clipped
	e.i64(2)                         // stale
	e.flag(true)
	r, err := RestoreRamp(e.seal(0))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Ramp{share: .4, stage: 8, clipped: 3, stale: 2, held: true}); *r != want {
		t.Errorf("restored %+v, want %+v", *r, want)
	}
}

// A stage of hardly any draw off the static plan holds what the model believes: it is not read, and does not end.
func TestRampWaitsForDraws(t *testing.T) {
	for _, believed := range []float64{-1, 3} { // bps that the model says the learner's plan costs more
		r := NewRamp()
		static := RampOutcome{P: []float64{.91, .09}, Learned: []float64{.1, .9}, Costs: []float64{1, 1 + believed}, Cost: 1}
		drawn := static
		drawn.Chosen, drawn.Cost = 1, 1+believed
		give := func(o RampOutcome, n int) (moved RampStep) {
			for i := range n {
				o.Stage, o.Cost = r.Stage(), o.Cost+[]float64{-.1, .1}[i%2]
				step, err := r.Observe(o)
				if err != nil {
					t.Fatal(err)
				}
				moved = max(moved, step)
			}
			return moved
		}
		give(drawn, rampDraws-1)
		if step := give(static, 5000); step != RampSteady || r.Share() != rampCold {
			t.Errorf("believed %+v: share %v after step %v with %d draws, want no step", believed, r.Share(), step, r.Draws())
		}
		if _, _, ok := r.Interval(); ok {
			t.Errorf("believed %+v: an interval of %d draws", believed, r.Draws())
		}
		give(drawn, 1)
		want := map[bool]RampStep{true: RampRaised, false: RampLowered}[believed < 0]
		if step := give(static, 100); step != want {
			t.Errorf("believed %+v: step %v with %d draws, want %v", believed, step, rampDraws, want)
		}
	}
}

// A stage that the sequence leaves undecided is read at its end, where no look has to be paid for.
func TestRampReadsAStageAtItsEnd(t *testing.T) {
	for _, c := range []struct {
		excess float64 // bps, of the learner's plan
		want   RampStep
	}{{.06, RampLowered}, {-.06, RampRenewed}} {
		r := &Ramp{share: rampMost}
		var step RampStep
		for i := 0; step == RampSteady && i < 5000; i++ {
			o := RampOutcome{P: []float64{.06, .94}, Learned: []float64{.01, .99}, Costs: []float64{1, 1}, Cost: 1}
			if i%20 != 0 { // one in twenty is static, its cost ±1
				o.Chosen, o.Cost = 1, 1+c.excess
			} else {
				o.Cost += []float64{-.5, .5}[i/20%2]
			}
			step, _ = r.Observe(o)
			if lower, _, ok := r.Interval(); ok && lower > 0 {
				t.Fatalf("excess %v: the sequence decides after %d", c.excess, r.n)
			}
		}
		if step != c.want {
			t.Errorf("excess %v: step %v, want %v", c.excess, step, c.want)
		}
	}
}
