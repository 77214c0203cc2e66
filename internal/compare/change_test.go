package compare

import (
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// TestAroundAChange: what a policy closed of the gap is counted apart before a change, in the 500 parents after it, and later.
func TestAroundAChange(t *testing.T) {
	const at, parents = 101, 1000
	run := func(policy string, before, first, later float64) *Run {
		r := &Run{Policy: policy, Parents: make([]Outcome, parents)}
		for i := range r.Parents {
			cost := later
			if i < at-1 {
				cost = before
			} else if i < at-1+recovering {
				cost = first
			}
			r.Parents[i].Spread = cost
		}
		return r
	}
	r := &results{config: &Config{Scenario: &scenario.Scenario{Changes: []scenario.Change{{When: 5}, {AtParent: 700}, {AtParent: at}}}}, byName: map[string][]*Run{
		Static: {run(Static, 2, 2, 3)}, Oracle: {run(Oracle, 1, 1, 1)}, "learner": {run("learner", 1.25, 1.9, 1.5)}}}
	got := r.around([]string{Static, "learner", Oracle}, parents)
	if got == nil || got.Parent != at || len(got.Policies) != 1 {
		t.Fatalf("got %+v, want the learner around parent %d", got, at)
	}
	for i, want := range []float64{.75, .1, .75} {
		p := got.Policies["learner"]
		if gap := []CurvePoint{p.Before, p.First, p.Later}[i].GapClosed; gap == nil || math.Abs(gap.Mean-want) > 1e-9 {
			t.Errorf("stage %d: gap closed %v, want %v", i, gap, want)
		}
	}
	var b strings.Builder
	(&Report{Names: []string{Static, "learner", Oracle}, Change: got}).change(&b)
	for _, want := range []string{"change at parent 101", "75 % [75, 75]", "10 % [10, 10]", "-1.500 [-1.500, -1.500]"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, b.String())
		}
	}
	if got := r.around([]string{"learner"}, at+recovering-1); got != nil {
		t.Errorf("with no parent left after it: got %+v, want nothing", got)
	}
}
