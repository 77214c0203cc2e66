package compare

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestTakesAreTaughtLessOfTheirOwnImpact: parents' sides are drawn, so that the mid has no reason to follow a take but the
// take itself. It follows by some bps all the same, which without the kernel would teach that taking is a skill (pitfall 1).
// The kernel's default takes out a third of that here, on purpose not all: it takes out all of it where impact is least.
func TestTakesAreTaughtLessOfTheirOwnImpact(t *testing.T) {
	c := Config{Scenario: open(t, "balanced"), Parents: 150}.withDefaults()
	policies, err := find(nil)
	if err != nil {
		t.Fatal(err)
	}
	n, raw, own := 0.0, 0.0, 0.0
	j := job{config: &c, policy: policies[0], seed: 1, parents: c.Parents, progress: &progress{}, watch: func(d *desk) {
		d.onFact = joined(d.onFact, func(o *event.RecordOutcome) {
			if o.What == event.OutcomeMarkout && o.Style == order.StyleSweep && o.HorizonNs == market.Second {
				n, raw, own = n+1, raw+o.Value, own+o.OwnBps
			}
		})
	}}
	if _, err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, own = raw/n, own/n
	t.Logf("%s: %.0f takes, the mid follows by %.2f bps in a second, %.2f without our own part", policies[0].Name, n, raw, raw-own)
	if n < 500 || raw < 1 {
		t.Fatalf("%.0f takes, the mid follows by %.2f bps: there is nothing to take out", n, raw)
	}
	if own <= 0 || math.Abs(raw-own) > .8*raw {
		t.Errorf("own part %.2f bps of %.2f, want at least a fifth", own, raw)
	}
}
