package compare

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
)

// TestOracleLearnsInBothRounds: the second round of the oracle's training begins with what the first one learned, and what
// it sees counts as new, although its market numbers children and fills from 1 again.
func TestOracleLearnsInBothRounds(t *testing.T) {
	c := &Config{Scenario: open(t, "balanced"), Settings: Tuned()}
	first := job{config: c, policy: exploring(roundEven), seed: oracleSeeds, parents: 60, progress: &progress{}}
	if _, err := first.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := job{config: c, policy: exploring(roundGreedy), seed: oracleSeeds + 1, parents: 60, progress: &progress{}}
	second.beliefs = []belief{{0, first.desk.engine.Posterior(nil)}}
	refused, learned := map[string]int{}, 0
	second.watch = func(d *desk) {
		d.onFact = joined(d.onFact, func(o *event.RecordOutcome) {
			if o.What != event.OutcomeFill && o.What != event.OutcomeMarkout {
				return
			}
			if refused[o.Refused]++; o.Refused == "" {
				learned++
			}
		})
	}
	if _, err := second.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if refused["duplicate"] > 0 || learned < 500 {
		t.Errorf("the second round learned from %d outcomes; by refusal: %v", learned, refused)
	}
}
