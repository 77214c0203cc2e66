package compare

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/router"
)

// TestRecordIsTheSameRun: what is recorded is the run that a comparison makes, told as a journal tells it: numbered upwards,
// begun by the engine's configuration, with every parent and with the share of the flow that was asked for.
func TestRecordIsTheSameRun(t *testing.T) {
	r := Recording{Scenario: open(t, "null"), Policy: Learner, Share: .5, Parents: 12, Instance: 7}
	var last uint64
	var first event.Body
	var decisions, parents int
	run, err := Record(t.Context(), r, func(batch []event.Event) error {
		for i := range batch {
			e := &batch[i]
			if first == nil {
				first = e.Body
			}
			if e.Seq <= last {
				t.Fatalf("record %d comes after %d", e.Seq, last)
			}
			last = e.Seq
			switch b := e.Body.(type) {
			case *event.BookChanged, *event.TradePrinted:
				t.Fatal("the market's data is among the records")
			case *event.RecordDecision:
				decisions++
				if len(b.Plans) > 1 && b.M != .5 {
					t.Errorf("decision %d: a share of %v follows the learner, want .5", b.Decision, b.M)
				}
			case *event.RecordParent:
				if b.Parent.State.Done() {
					parents++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if decisions < r.Parents || parents != r.Parents {
		t.Errorf("%d decisions and %d ended parents of %d", decisions, parents, r.Parents)
	}
	c, _ := first.(*event.Configured)
	if c == nil || c.Instance != 7 || !strings.HasPrefix(c.Build, "simulated: scenario null, seed ") {
		t.Fatalf("begins with %+v, want the start of journal 7, said to be simulated", first)
	}
	var config router.Config
	if err := json.Unmarshal(c.Config, &config); err != nil || len(config.Venues) == 0 || config.Learning.Start != .5 {
		t.Errorf("configuration of %d venues, start %v: %v", len(config.Venues), config.Learning.Start, err)
	}
	full := Config{Scenario: r.Scenario, Parents: r.Parents}.withDefaults()
	half := func(rc *router.Config) { rc.Learning.Ramp, rc.Learning.Start = false, .5 }
	j := job{config: &full, policy: Policy{Name: Learner, tune: half}, seed: full.Seed, parents: r.Parents, progress: &progress{}}
	want, err := j.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Parents {
		if run.Parents[i] != want.Parents[i] {
			t.Fatalf("parent %d: recorded %+v, compared %+v", i, run.Parents[i], want.Parents[i])
		}
	}
}

// TestRecordRefuses: what cannot be recorded is told before the work, and a store that fails ends it with its own words.
func TestRecordRefuses(t *testing.T) {
	good := Recording{Scenario: open(t, "null"), Policy: Static, Parents: 2000, Instance: 1}
	for _, test := range []struct {
		change func(*Recording)
		want   string
	}{
		{func(r *Recording) { r.Policy = "lerner" }, `"lerner" is not a policy`},
		{func(r *Recording) { r.Policy = Oracle }, "record another policy"},
		{func(r *Recording) { r.Share = .5 }, "leave the share out"},
		{func(r *Recording) { r.Policy, r.Share = Learner, 1.5 }, "give one from 0 to 1"},
		{func(r *Recording) { r.Instance = 0 }, "in journal 0"},
	} {
		r := good
		test.change(&r)
		if _, err := Record(t.Context(), r, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", r, err, test.want)
		}
	}
	full, calls := errors.New("disk full"), 0
	_, err := Record(t.Context(), good, func([]event.Event) error { calls++; return full })
	if !errors.Is(err, full) || calls > 2 {
		t.Errorf("after %d calls of a sink that fails: %v", calls, err)
	}
}
