package compare

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// TestExperimentInMarket: an experiment in a simulated market accounts for nearly all parents, keeps its share, is the same
// for any number of workers, and an experiment of static against static is neither shipped nor stopped (ABT-01, A/A).
func TestExperimentInMarket(t *testing.T) {
	s := open(t, "balanced")
	c := Config{Scenario: s, Parents: 120, Seed: 700_900, Seeds: 2, Workers: 2}
	d := experiment.Default("static against learner")
	x, err := RunExperiment(t.Context(), c, d)
	if err != nil {
		t.Fatal(err)
	}
	r := x.Own
	if r.Parents < 230 || r.Arms[0].Units < 40 || r.Arms[1].Units < 40 || r.Ratio > 100 {
		t.Errorf("%d parents, arms %+v, odds %v", r.Parents, r.Arms, r.Ratio)
	}
	if sd, own := x.Effect.Arms[0].SD, r.Arms[0].SD; own >= sd {
		t.Errorf("without the market's own moves costs spread by %v bps, with them by %v", own, sd)
	}
	if text := x.Text(); !strings.Contains(text, "Simulated market") || !strings.Contains(text, "treatment: learner") {
		t.Errorf("text:\n%s", text)
	}
	c.Workers = 1
	again, err := RunExperiment(t.Context(), c, d)
	if err != nil || again.Effect.Effect != x.Effect.Effect {
		t.Errorf("with one worker %+v, with two %+v, %v", again.Effect.Effect, x.Effect.Effect, err)
	}
	d.Control, d.Treatment = "static", "static"
	if x, err = RunExperiment(t.Context(), c, d); err != nil || x.Own.Verdict == experiment.Ship || x.Own.Verdict == experiment.Harm {
		t.Errorf("static against itself: %+v, %v", x, err)
	}
}
