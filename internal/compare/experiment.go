package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/order"
)

// Experiment is the reading of one experiment in a simulated market, as a desk would run it: both arms trade in the same market
// at the same time, and each parent is seen once, under one arm. Compare, which shows every parent to every policy, needs far
// fewer of them.
type Experiment struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	Seeds    int    `json:"seeds"`
	Parents  int    `json:"parents"`
	// Effect has the whole shortfall as Y, as a desk has to take it. Own leaves out what the market did by itself from a parent's
	// arrival to its fills, which only a simulated market can tell.
	Effect *experiment.Result `json:"effect"`
	Own    *experiment.Result `json:"own"`
}

// RunExperiment runs the router's own learner with the experiment on every seed, and reads them as one, seed after seed.
func RunExperiment(ctx context.Context, c Config, design experiment.Design) (*Experiment, error) {
	c = c.withDefaults()
	if err := design.Validate(); err != nil {
		return nil, err
	}
	all, own, err := c.experimentRows(ctx, &design)
	if err != nil {
		return nil, err
	}
	x := &Experiment{Scenario: c.Scenario.Name, Seed: c.Seed, Seeds: c.Seeds, Parents: c.Parents}
	if x.Effect, err = experiment.Analyze(&design, all); err != nil {
		return nil, err
	}
	x.Own, err = experiment.Analyze(&design, own)
	return x, err
}

// experimentRows runs the experiment on every seed and gives what each parent cost, seed after seed: the whole of it, and without
// the market's own moves.
func (c *Config) experimentRows(ctx context.Context, design *experiment.Design) (all, own []experiment.Row, err error) {
	policies, err := find([]string{Learner})
	if err != nil {
		return nil, nil, err
	}
	learns := policies[slices.IndexFunc(policies, func(p Policy) bool { return p.Name == Learner })]
	type pair struct{ all, own []experiment.Row }
	runs := make([]pair, c.Seeds)
	progress := &progress{tell: c.Progress, of: c.Parents * c.Seeds}
	err = parallel(ctx, c.Workers, c.Seeds, func(ctx context.Context, i int) error {
		arms := map[order.ParentID]event.RecordExperiment{}
		var ended []order.ParentID
		j := job{config: c, policy: learns, seed: c.Seed + uint64(i), parents: c.Parents, progress: progress}
		j.watch = func(d *desk) {
			d.onBody = joined(d.onBody, func(b event.Body) {
				switch r := b.(type) {
				case *event.RecordExperiment:
					if r.What == event.ExperimentAssigned {
						arms[r.Parent] = *r
					}
				case *event.RecordParent:
					if r.Parent.State.Done() && !slices.Contains(ended[max(0, len(ended)-64):], r.Parent.ID) {
						ended = append(ended, r.Parent.ID)
					}
				}
			})
			text, err := json.Marshal(design)
			if err != nil {
				panic("compare: " + err.Error()) // it is valid
			}
			d.apply(&event.ExperimentSteered{Design: text, Actor: "sluice compare"})
		}
		r, err := j.run(ctx)
		if err != nil {
			return err
		}
		runs[i].all, runs[i].own = rowsOf(r, arms, ended, uint64(i)<<40)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range runs {
		all, own = append(all, runs[i].all...), append(own, runs[i].own...)
	}
	return all, own, nil
}

// rowsOf gives the parents in the order in which they ended; clusters of different seeds are different ones.
func rowsOf(r *Run, arms map[order.ParentID]event.RecordExperiment, ended []order.ParentID, seed uint64) (all, own []experiment.Row) {
	seen := make([]bool, len(r.Parents)+1)
	for _, id := range ended {
		a, ok := arms[id]
		if !ok || int(id) >= len(seen) || seen[id] {
			continue
		}
		seen[id] = true
		p := &r.Parents[id-1] // the engine numbers parents from 1
		if p.Filled == 0 && p.Opportunity == 0 {
			continue // nothing to measure it by
		}
		row := experiment.Row{Cluster: seed | a.Cluster, Arm: experiment.Arm(a.Arm), Y: p.Total(), X: a.X, Symbol: string(a.Symbol), Date: int32(a.Date), SinceNs: a.SinceNs}
		all = append(all, row)
		row.Y -= p.Timing
		own = append(own, row)
	}
	return all, own
}

// Text is the reading for a terminal.
func (x *Experiment) Text() string {
	return fmt.Sprintf("Simulated market %s, %d parents of each of %d seeds from %d on, each under one arm\n\nThe whole shortfall, as a desk would read it:\n%s\n"+
		"Without what the market did by itself, which only a simulation can tell:\n%s", x.Scenario, x.Parents, x.Seeds, x.Seed, x.Effect.Text(), x.Own.Text())
}
