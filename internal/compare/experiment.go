package compare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	Effect *experiment.Result `json:"effect,omitempty"`
	Own    *experiment.Result `json:"own,omitempty"`
	// Days and OwnDays are these of a switchback. Its units are the symbols of each seed's days: every seed draws arms of its own.
	Days    *experiment.Switchback `json:"days,omitempty"`
	OwnDays *experiment.Switchback `json:"own_days,omitempty"`
	Notes   []string               `json:"notes,omitempty"`
}

// RunExperiment runs the router with the experiment on every seed, and reads them as one, seed after seed. The arms are static, the
// learner, or one of the configuration's models by its id, as in a live router.
func RunExperiment(ctx context.Context, c Config, design experiment.Design) (*Experiment, error) {
	c = c.withDefaults()
	if err := c.CheckArms(&design); err != nil {
		return nil, err
	}
	if err := c.fit(); err != nil {
		return nil, err
	}
	rows, err := c.experimentRows(ctx, &design)
	if err != nil {
		return nil, err
	}
	x := &Experiment{Scenario: c.Scenario.Name, Seed: c.Seed, Seeds: c.Seeds, Parents: c.Parents, Notes: rows.notes}
	if design.Unit == experiment.SymbolDays {
		if x.Days, err = experiment.AnalyzeSwitchback(&design, rows.all); err != nil {
			return nil, fmt.Errorf("%w; give more seeds: each is a day at least", err)
		}
		x.OwnDays, err = experiment.AnalyzeSwitchback(&design, rows.own)
		return x, err
	}
	if x.Effect, err = experiment.Analyze(&design, rows.all); err != nil {
		return nil, err
	}
	x.Own, err = experiment.Analyze(&design, rows.own)
	return x, err
}

// CheckArms says what is wrong with a design, and which of its arms is neither static nor the learner nor a model that takes part.
func (c *Config) CheckArms(d *experiment.Design) error {
	problems := []error{d.Validate()}
	for _, arm := range [2]string{d.Control, d.Treatment} {
		if arm != "" && arm != Static && arm != Learner && c.model(arm) == nil {
			problems = append(problems, fmt.Errorf("experiment %q: %q is neither %s nor %s, nor a model of a registry", d.Name, arm, Static, Learner))
		}
	}
	return errors.Join(problems...)
}

// places are those of the models of the arms. Against the learner, which is the router as it is without the experiment, a model is
// beside; against static it serves; of two the control serves.
func (c *Config) places(d *experiment.Design) (serves, beside *Model) {
	control, treatment := c.model(d.Control), c.model(d.Treatment)
	switch {
	case control != nil && treatment != nil:
		return control, treatment
	case d.Control == Learner:
		return nil, treatment
	case d.Treatment == Learner:
		return nil, control
	case control != nil:
		return control, nil
	}
	return treatment, nil
}

// experimentRows are what each parent cost, seed after seed: the whole of it, and without the market's own moves.
type experimentRows struct {
	all, own []experiment.Row
	notes    []string
}

// experimentRows runs the experiment on every seed.
func (c *Config) experimentRows(ctx context.Context, design *experiment.Design) (*experimentRows, error) {
	policies, err := find([]string{Learner})
	if err != nil {
		return nil, err
	}
	learns := policies[slices.IndexFunc(policies, func(p Policy) bool { return p.Name == Learner })]
	trials := make([]trial, c.Seeds)
	progress := &progress{tell: c.Progress, of: c.Parents * c.Seeds}
	err = parallel(ctx, c.Workers, c.Seeds, func(ctx context.Context, i int) error {
		t := &trials[i]
		t.design, t.index = *design, uint64(i)
		if design.Unit == experiment.SymbolDays { // the dates of all seeds are the same
			t.design.Salt = fmt.Sprintf("%s/%d", design.Salt, c.Seed+uint64(i))
		}
		j := job{config: c, policy: learns, seed: c.Seed + uint64(i), parents: c.Parents, progress: progress, watch: t.watch}
		j.serves, j.beside = c.places(design)
		if t.run, err = j.run(ctx); err == nil && t.refused != nil {
			err = t.refused
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &experimentRows{}
	var runs []*Run
	for i := range trials {
		all, own := trials[i].rows()
		out.all, out.own = append(out.all, all...), append(out.own, own...)
		runs = append(runs, trials[i].run)
		if why := trials[i].over; why != "" {
			out.notes = append(out.notes, fmt.Sprintf("On seed %d the experiment ended by itself: %s. Its later parents are in no figure.", trials[i].run.Seed, why))
		}
	}
	out.notes = append(out.notes, demotions(runs)...)
	return out, nil
}

// trial is the experiment on one seed.
type trial struct {
	design  experiment.Design
	index   uint64
	run     *Run
	arms    map[order.ParentID]event.RecordExperiment
	ended   []order.ParentID
	over    string // why the router ended it
	refused error
}

// watch begins the experiment at a desk, and listens to it.
func (t *trial) watch(d *desk) {
	t.arms = map[order.ParentID]event.RecordExperiment{}
	d.onBody = joined(d.onBody, t.hear)
	text, err := json.Marshal(&t.design)
	if err != nil {
		panic("compare: " + err.Error()) // it is valid
	}
	t.refused = d.ask(&event.ExperimentSteered{Design: text, Actor: "sluice compare"})
}

func (t *trial) hear(b event.Body) {
	switch r := b.(type) {
	case *event.RecordExperiment:
		switch r.What {
		case event.ExperimentBegan:
		case event.ExperimentAssigned:
			t.arms[r.Parent] = *r
		case event.ExperimentEnded:
			t.over = r.Reason
		}
	case *event.RecordParent:
		if r.Parent.State.Done() && !slices.Contains(t.ended[max(0, len(t.ended)-64):], r.Parent.ID) {
			t.ended = append(t.ended, r.Parent.ID)
		}
	}
}

// rows gives the parents in the order in which they ended; clusters and symbol-days of different seeds are different ones.
func (t *trial) rows() (all, own []experiment.Row) {
	r := t.run
	seen := make([]bool, len(r.Parents)+1)
	for _, id := range t.ended {
		a, ok := t.arms[id]
		if !ok || int(id) >= len(seen) || seen[id] {
			continue
		}
		seen[id] = true
		p := &r.Parents[id-1] // the engine numbers parents from 1
		if p.Filled == 0 && p.Opportunity == 0 {
			continue // nothing to measure it by
		}
		row := experiment.Row{Cluster: t.index<<40 | a.Cluster, Arm: experiment.Arm(a.Arm), Y: p.Total(), X: a.X,
			Symbol: fmt.Sprintf("%s of seed %d", a.Symbol, r.Seed), Date: int32(a.Date), SinceNs: a.SinceNs}
		all = append(all, row)
		row.Y -= p.Timing
		own = append(own, row)
	}
	return all, own
}

// Text is the reading for a terminal.
func (x *Experiment) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Simulated market %s, %d parents of each of %d seeds from %d on, each under one arm\n\nThe whole shortfall, as a desk would read it:\n",
		x.Scenario, x.Parents, x.Seeds, x.Seed)
	const alone = "\nWithout what the market did by itself, which only a simulation can tell:\n"
	if x.Days != nil {
		b.WriteString(x.Days.Text() + alone + x.OwnDays.Text())
	} else {
		b.WriteString(x.Effect.Text() + alone + x.Own.Text())
	}
	for _, n := range x.Notes {
		b.WriteString(n + "\n")
	}
	return b.String()
}
