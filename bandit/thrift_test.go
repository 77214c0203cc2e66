package bandit

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawPlans gives plans with costs of all magnitudes, ties among them.
func drawPlans(t *rapid.T) []Plan {
	n := rapid.IntRange(1, 12).Draw(t, "plans")
	plans := make([]Plan, n)
	for j := range plans {
		plans[j].Cost = rapid.OneOf(rapid.Float64Range(-5, 5), rapid.Float64Range(0, 1e-6), rapid.Just(1.0), rapid.Float64Range(-1e4, 1e4)).Draw(t, "cost")
	}
	plans[rapid.IntRange(0, n-1).Draw(t, "static")].Static = true
	return plans
}

// TestWithinKeepsTheBudget: whatever the plans, the mix and the budget, exploration is expected to cost no more than it; a
// mix that fits stays as it is, one that does not uses nearly all of what is left, and propensities stay exact (PLN-04).
func TestWithinKeepsTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plans := drawPlans(t)
		mix := Mix{Share: rapid.SampledFrom([]float64{0, .05, .1, .8, .95, 1}).Draw(t, "share"), Floor: rapid.SampledFrom([]float64{0, .01, .03, .5, 1}).Draw(t, "floor"),
			Gamma: rapid.SampledFrom([]float64{0, 1, 60, 600, 4243, 1e6, Greedy}).Draw(t, "gamma")}
		bps := rapid.OneOf(rapid.Just(0.), rapid.Just(-1.), rapid.Float64Range(0, .1), rapid.Float64Range(0, 100)).Draw(t, "bps")
		got, cut := mix.Within(plans, bps)
		var before, after Distribution
		if err := before.Compute(plans, mix); err != nil {
			t.Fatal(err)
		}
		if err := after.Compute(plans, got); err != nil { // panics where PLN-04 does not hold
			t.Fatal(err)
		}
		spent, would := after.Extra(plans), before.Extra(plans)
		switch {
		case spent > max(0, bps):
			t.Fatalf("%+v spends %v of %v", got, spent, bps)
		case !cut && got != mix:
			t.Fatalf("not cut, but %+v became %+v", mix, got)
		case cut && would <= bps*(1-1e-9):
			t.Fatalf("%+v costs %v, which fits %v, and was cut", mix, would, bps)
		case got.Share != mix.Share || got.Gamma < mix.Gamma || got.Floor > mix.Floor:
			t.Fatalf("%+v became %+v: only γ may go up and the floor down", mix, got)
		case cut && bps > 1e-9 && spent < .4*bps:
			t.Fatalf("%+v became %+v, which spends only %v of %v", mix, got, spent, bps)
		}
	})
}

// TestGreedyDrawsOnePlan: from Greedy on the learner's part is the cheapest plan alone, the lowest index on ties, where any
// other γ shares the mass among equals.
func TestGreedyDrawsOnePlan(t *testing.T) {
	plans := []Plan{{Cost: 2, Static: true}, {Cost: 1}, {Cost: 1}, {Cost: 1 + 1e-13}}
	var d Distribution
	if err := d.Compute(plans, Mix{Gamma: Greedy, Share: 1}); err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{0, 1, 0, 0} {
		if d.P[j] != want {
			t.Errorf("plan %d has %v, want %v", j, d.P[j], want)
		}
	}
	if err := d.Compute(plans, Mix{Gamma: Greedy / 2, Share: 1}); err != nil {
		t.Fatal(err)
	}
	if d.P[1] > .6 || d.P[2] < .2 {
		t.Errorf("just below, equal plans have %v: nothing shows that Greedy matters", d.P)
	}
}

// Extra by hand: γ = 40, ε = .03, m = .8, costs 1, 1.5, 1.1.
func TestExtraIsTheFormula(t *testing.T) {
	plans := []Plan{{Cost: 1}, {Cost: 1.5, Static: true}, {Cost: 1.1}}
	var d Distribution
	if err := d.Compute(plans, Mix{Gamma: 40, Floor: .03, Share: .8}); err != nil {
		t.Fatal(err)
	}
	want := .8 * ((.97/(3+20)+.01)*.5 + (.97/(3+4)+.01)*.1)
	if got := d.Extra(plans); math.Abs(got-want) > 1e-12 {
		t.Errorf("exploration costs %v, want %v", got, want)
	}
}
