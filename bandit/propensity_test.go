package bandit

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalSortsAndMerges(t *testing.T) {
	got, err := Canonical([]Plan{
		{Key: []uint64{2, 1}, Cost: 3, Tag: 0},
		{Key: []uint64{1, 9}, Cost: 2, Tag: 1},
		{Key: []uint64{2, 1}, Cost: 2.5, Tag: 2, Static: true},
		{Key: []uint64{1}, Cost: 1, Tag: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Plan{{Cost: 1, Tag: 3}, {Cost: 2, Tag: 1}, {Cost: 2.5, Tag: 0, Static: true}}
	if len(got) != len(want) {
		t.Fatalf("%d plans, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Cost != w.Cost || got[i].Tag != w.Tag || got[i].Static != w.Static {
			t.Errorf("plan %d is %+v, want %+v", i, got[i], w)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	static := Plan{Key: []uint64{1}, Static: true}
	for _, c := range []struct {
		name  string
		plans []Plan
		want  string
	}{
		{"none", nil, "0 candidate plans"},
		{"too many", make([]Plan, MaxPlans+1), "65 candidate plans"},
		{"no static", []Plan{{Key: []uint64{1}}}, "exactly one"},
		{"two static", []Plan{static, {Key: []uint64{2}, Static: true}}, "exactly one"},
		{"NaN", []Plan{static, {Key: []uint64{2}, Cost: math.NaN(), Tag: 4}}, "plan 4"},
		{"infinite", []Plan{static, {Key: []uint64{2}, Cost: math.Inf(1)}}, "costs +Inf"},
	} {
		if _, err := Canonical(c.plans); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// Section 4 by hand: J = 3, μ = (1, 1.5, 1.1), γ = 40, ε = .03, m = .8, static = 1.
func TestPropensitiesAreTheFormula(t *testing.T) {
	plans := []Plan{{Cost: 1}, {Cost: 1.5, Static: true}, {Cost: 1.1}}
	var d Distribution
	if err := d.Compute(plans, Mix{Gamma: 40, Floor: .03, Share: .8}); err != nil {
		t.Fatal(err)
	}
	q1, q2 := 1.0/(3+20), 1.0/(3+4)
	q := []float64{1 - q1 - q2, q1, q2}
	for j := range plans {
		learned := .97*q[j] + .01
		p := .8 * learned
		if j == 1 {
			p += .2
		}
		if math.Abs(d.Learned[j]-learned) > 1e-15 || math.Abs(d.P[j]-p) > 1e-15 {
			t.Errorf("plan %d: π_L %v, p %v, want %v, %v", j, d.Learned[j], d.P[j], learned, p)
		}
	}
	if d.Best != 0 || d.Static != 1 {
		t.Errorf("best %d, static %d, want 0 and 1", d.Best, d.Static)
	}
	if got, want := Marginal(d.P, func(j int) bool { return j != 1 }), d.P[0]+d.P[2]; got != want {
		t.Errorf("marginal %v, want %v", got, want)
	}
}

// PLN-04 over arbitrary costs and mixes.
func TestPropensitiesSumToOne(t *testing.T) {
	var d Distribution
	rapid.Check(t, func(r *rapid.T) {
		plans := make([]Plan, rapid.IntRange(1, MaxPlans).Draw(r, "J"))
		for j := range plans {
			plans[j] = Plan{Key: []uint64{uint64(j)}, Cost: rapid.Float64Range(-1e6, 1e6).Draw(r, "cost")}
		}
		plans[rapid.IntRange(0, len(plans)-1).Draw(r, "static")].Static = true
		mix := Mix{Gamma: rapid.Float64Range(0, 1e300).Draw(r, "γ"), Floor: rapid.Float64Range(0, 1).Draw(r, "ε"), Share: rapid.Float64Range(0, 1).Draw(r, "m")}
		if err := d.Compute(plans, mix); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for j, p := range d.P {
			sum += p
			if least := mix.Share*mix.Floor/float64(len(plans)) - 1e-12; p < least {
				t.Fatalf("p[%d] = %v is below %v", j, p, least)
			}
			if plans[j].Cost < plans[d.Best].Cost {
				t.Fatalf("plan %d is cheaper than the best", j)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("Σp = %v", sum)
		}
	})
}

// SAF-03: with m = 0 every draw is the static plan, whatever the learner thinks.
func TestShareZeroIsStatic(t *testing.T) {
	plans := []Plan{{Cost: 1}, {Cost: 9, Static: true}, {Cost: 2}}
	var d Distribution
	if err := d.Compute(plans, Mix{Gamma: 100, Floor: .01}); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(1000) {
		if got := Sample(d.P, NewKey(1, i, 1).Uniform(0)); got != 1 {
			t.Fatalf("draw %d gives plan %d, want the static one", i, got)
		}
	}
}

// PLN-05: the first cumulative sum above u, the last taking the remainder.
func TestSample(t *testing.T) {
	p := []float64{.25, .25, .5}
	for _, c := range []struct {
		u    float64
		want int
	}{{0, 0}, {.2499, 0}, {.25, 1}, {.4999, 1}, {.5, 2}, {1 - 0x1p-53, 2}} {
		if got := Sample(p, c.u); got != c.want {
			t.Errorf("u = %v selects %d, want %d", c.u, got, c.want)
		}
	}
	if got := Sample([]float64{1}, .99); got != 0 {
		t.Errorf("one plan: %d", got)
	}
	n, counts := 100_000, [3]int{}
	for i := range uint64(n) {
		counts[Sample(p, NewKey(3, i, 9).Uniform(0))]++
	}
	for j, v := range p {
		if sd := math.Sqrt(v * (1 - v) * float64(n)); math.Abs(float64(counts[j])-v*float64(n)) > 5*sd {
			t.Errorf("plan %d drawn %d times of %d, want %v", j, counts[j], n, v)
		}
	}
}

func TestComputeRefuses(t *testing.T) {
	plans := []Plan{{Static: true}}
	for _, m := range []Mix{{Gamma: -1}, {Gamma: math.Inf(1)}, {Gamma: math.NaN()}, {Floor: 1.1}, {Share: -.1}, {Share: math.NaN()}} {
		if err := new(Distribution).Compute(plans, m); err == nil {
			t.Errorf("mix %+v is accepted", m)
		}
	}
	if err := new(Distribution).Compute([]Plan{{}}, Mix{}); err == nil {
		t.Error("plans without a static one are accepted")
	}
}

// γ = γ₀√min(N, n_eff); ε is 3 % for 500 decisions after an alarm.
func TestExploration(t *testing.T) {
	e := Exploration{Config: DefaultExploration()}
	if got := e.Mix(.5); got != (Mix{Floor: .003, Share: .5}) {
		t.Errorf("before the first decision %+v, want γ = 0", got)
	}
	for range 100 {
		e.Decided()
	}
	if got := e.Mix(1).Gamma; got != 6000 {
		t.Errorf("γ after 100 decisions = %v, want 6000", got)
	}
	e.Decisions = 1e6
	if got, want := e.Mix(1).Gamma, 600*math.Sqrt(5000); got != want {
		t.Errorf("γ at the cap = %v, want %v", got, want)
	}
	e.Alarmed()
	for i := range 501 {
		want := .03
		if i == 500 {
			want = .003
		}
		if got := e.Mix(1).Floor; got != want {
			t.Fatalf("ε %d decisions after an alarm = %v, want %v", i, got, want)
		}
		e.Decided()
	}
}
