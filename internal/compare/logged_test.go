package compare

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/decisionlog"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/router"
)

// TestLogPricesStatic: what the log of a learner that has half of the flow says the static plan costs agrees with what
// decisions cost a router that never leaves it, in the same market (OPE-05), where the mean of the log itself is too low: the
// estimate sees the difference. Both have their own interval by parents; here they may differ by three standard errors, so that a
// change of the router does not fail the test by chance.
func TestLogPricesStatic(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	log := new(decisionlog.Log)
	half := func(rc *router.Config) { rc.Learning.Ramp, rc.Learning.Start = false, .5 }
	learned := logged(t, "wide", half, seeds)
	cut := 0
	for i := range learned {
		if err := log.Add(&learned[i]); err != nil {
			t.Fatal(err)
		}
		if o := learned[i].Cost; o != nil && o.Censored && o.Got > 0 {
			cut++
		}
	}
	policies, err := log.Policies("logging,static")
	if err != nil {
		t.Fatal(err)
	}
	values, s, err := log.Evaluate(policies)
	if err != nil {
		t.Fatal(err)
	}
	mean, error95 := costOf(logged(t, "wide", staticOnly, seeds))
	for _, e := range []string{"SNDR", "SNIPS"} {
		v := values[1].Estimates[e]
		if off, within := math.Abs(v.Value-mean), math.Hypot(v.High-v.Value, error95); !values[1].Evaluable || off > within*3/1.96 {
			t.Errorf("%s says that static costs %.3f bps (%.3f to %.3f), and it costs %.3f ± %.3f", e, v.Value, v.Low, v.High, mean, error95)
		}
	}
	if d := values[0].MinusStatic["SNDR"]; d.High >= 0 && !testing.Short() {
		t.Errorf("what was done costs %.3f to %.3f bps more than static, want less: the test shows nothing", d.Low, d.High)
	}
	if s.Void > 0 || cut == 0 || s.CutShort < cut || s.Draws < 900*int(seeds) {
		t.Errorf("%+v, %d cut short with fills; want no void ones, and some", s, cut)
	}
	t.Logf("static %.4f by SNDR, %.4f ± %.4f in a run of its own; the log's mean %.4f", values[1].Estimates["SNDR"].Value, mean, error95, s.MeanBps)
}

// logged are the decisions of 300 parents of each seed, with what they cost.
func logged(t *testing.T, name string, tune func(*router.Config), seeds uint64) (out []decisionlog.Record) {
	t.Helper()
	c := Config{Scenario: open(t, name)}.withDefaults()
	for seed := range seeds {
		at := map[uint64]int{} // by decision
		j := job{config: &c, policy: Policy{Name: "logged", tune: tune}, seed: c.Seed + seed, parents: 300, progress: &progress{}}
		j.watch = func(d *desk) {
			d.onPlan = joined(d.onPlan, func(r *event.RecordDecision) {
				kept, err := event.Decode(r.Kind(), event.Append(nil, r)) // the engine uses its memory again
				if err != nil {
					t.Fatal(err)
				}
				at[r.Decision] = len(out)
				out = append(out, decisionlog.Record{Instance: uint32(seed + 1), Decision: kept.(*event.RecordDecision)})
			})
			d.onFact = joined(d.onFact, func(o *event.RecordOutcome) {
				if o.What == event.OutcomeCost {
					cost := *o
					out[at[o.Decision]].Cost = &cost
				}
			})
		}
		if _, err := j.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// costOf is the mean cost of the decisions that had a choice, with half of its 95 % interval by parents.
func costOf(records []decisionlog.Record) (mean, error95 float64) {
	type parent struct{ instance, id uint64 }
	sums, counts := map[parent]float64{}, map[parent]float64{}
	n := 0.0
	for i := range records {
		r := &records[i]
		if len(r.Decision.Plans) < 2 || r.Cost == nil || r.Cost.Refused != "" {
			continue
		}
		p := parent{uint64(r.Instance), uint64(r.Decision.Parent)}
		sums[p] += r.Cost.Value
		counts[p]++
		mean += r.Cost.Value
		n++
	}
	mean /= n
	squares := 0.0
	for p, sum := range sums {
		squares += math.Pow(sum-counts[p]*mean, 2)
	}
	return mean, 1.96 * math.Sqrt(squares) / n
}
