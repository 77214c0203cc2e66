package offpolicy

import (
	"math"
	"testing"
)

// twoPolicies are the rows of a log for its target and for one that always takes the first action, with the true difference.
func twoPolicies(seed uint64, parents int) (target, first []Row, truth float64) {
	target, value := simulated(seed, parents, .3)
	for _, r := range target {
		r.Target, r.Value = 0, 1.3
		if r.Model == 1.3 { // the first action costs 1
			r.Target = 1
		}
		first = append(first, r)
	}
	return target, first, value - 1
}

// The interval of a difference covers the true one about as often as it says. A policy differs from itself by nothing.
func TestContrastCoverage(t *testing.T) {
	const runs = 300
	var covered [NumEstimators]int
	for seed := range uint64(runs) {
		a, b, truth := twoPolicies(seed, 400)
		by, err := Contrast(a, b, DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		for e, v := range by {
			if math.Abs(v.Value-truth) <= v.Half() {
				covered[e]++
			}
		}
	}
	for _, e := range []Estimator{IPS, SNIPS, DR, SNDR} {
		if share := float64(covered[e]) / runs; share < .91 || share > .985 { // .95 ± 3 standard errors
			t.Errorf("%v: intervals cover %.3f of the time, want .95", e, share)
		}
	}
	a, _, _ := twoPolicies(1, 400)
	by, err := Contrast(a, a, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for e, v := range by {
		if v.Value != 0 || v.SE != 0 {
			t.Errorf("%v: a policy differs from itself by %v ± %v", Estimator(e), v.Value, v.SE)
		}
	}
}

// The difference is that of the two values, and a shared error of the outcomes is not in its interval.
func TestContrastIsPaired(t *testing.T) {
	a, b, _ := twoPolicies(1, 400)
	for i := range a { // outcomes that both share, much larger than what the policies differ by
		shared := 20 * float64(a[i].Parent%7)
		a[i].Outcome, b[i].Outcome = a[i].Outcome+shared, b[i].Outcome+shared
		a[i].Model, b[i].Model, a[i].Value, b[i].Value = a[i].Model+shared, b[i].Model+shared, a[i].Value+shared, b[i].Value+shared
	}
	by, err := Contrast(a, b, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	ra, rb := evaluate(t, a), evaluate(t, b)
	for e, v := range by {
		near(t, Estimator(e).String(), v.Value, ra.By[e].Value-rb.By[e].Value, 1e-9)
	}
	if v, alone := by[DR].SE, math.Hypot(ra.By[DR].SE, rb.By[DR].SE); v > alone/10 {
		t.Errorf("standard error %v, of two that are not paired %v", v, alone)
	}
}

func TestContrastErrors(t *testing.T) {
	a, b, _ := twoPolicies(1, 10)
	other := append([]Row(nil), b...)
	other[3].Parent++
	for name, base := range map[string][]Row{"fewer rows": b[1:], "another decision": other} {
		if _, err := Contrast(a, base, DefaultConfig()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Contrast(a, b, Config{}); err == nil {
		t.Error("an empty configuration: no error")
	}
	if _, err := Contrast(nil, nil, DefaultConfig()); err == nil {
		t.Error("no rows: no error")
	}
}
