package calibrate

import (
	"os"
	"testing"

	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// TestBalanced holds the shipped market to the published bands. The market was tuned on seeds 11 to 14; this seed is another.
// The short run is of two hours, and only a fact whose whole 95 % interval lies outside its band fails it.
func TestBalanced(t *testing.T) {
	const file = "../../../scenarios/balanced.toml"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("scenarios/balanced.toml", b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(s, Options{Seed: 21, Short: testing.Short()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("sluice calibrate --seed %d\n%s", r.Seed, r.AppendText(nil))
	for _, f := range r.Facts {
		if f.Verdict == Fail {
			t.Errorf("%s: %.4g ± %.2g, published %s", f.Name, f.Measured, f.Half, f.Band)
		}
	}
}

// A recorded market does not react, and is refused.
func TestRecordingIsRefused(t *testing.T) {
	if _, err := Run(&scenario.Scenario{Recordings: make([]scenario.Recording, 1)}, Options{}); err == nil {
		t.Error("want an error: a recorded market cannot be calibrated")
	}
}
