package compare

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Across is what a comparison over many scenarios found: whether a policy pays in a family of markets, and in which of them it
// does not. Costs are bps of arrival value, positive is a cost; every scenario counts the same, and intervals are 95 % over
// scenarios. Everything in it is of simulated markets.
type Across struct {
	Seed     uint64          `json:"seed"`    // the first of each scenario; 0 is the scenario's own
	Seeds    int             `json:"seeds"`   // of each scenario
	Parents  int             `json:"parents"` // of each seed, at most
	Names    []string        `json:"order"`   // of the policies
	Policies []AcrossPolicy  `json:"policies"`
	Worlds   []AcrossOutcome `json:"scenarios"`
}

// AcrossPolicy is one policy over all scenarios.
type AcrossPolicy struct {
	Name     string   `json:"name"`
	VsStatic Interval `json:"vs_static_bps"`
	Ahead    Interval `json:"learner_ahead_bps"` // policy − learner: by how much the learner is cheaper
	Losing   []string `json:"learner_behind_in"` // the scenarios in which the learner is the dearer of the two
}

// AcrossOutcome is one scenario.
type AcrossOutcome struct {
	Scenario string             `json:"scenario"`
	VsStatic map[string]float64 `json:"vs_static_bps"` // by policy
}

// CompareAcross runs every policy on the seeds of every scenario, as Compare does for one, but for the oracle, which takes part only
// where it is named: its training costs as much as all the rest. The learner must be among the policies.
func CompareAcross(ctx context.Context, worlds []*scenario.Scenario, c Config) (*Across, error) { //nolint:revive // "compare" is what it does, and Across what it gives
	if !slices.Contains(c.Policies, Learner) {
		return nil, fmt.Errorf("the policies %s do not have the learner, which the others are compared with: add it", strings.Join(c.Policies, ", "))
	}
	chosen, err := find(c.Policies, c.Models...)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.Policies, Oracle) {
		chosen = slices.DeleteFunc(chosen, func(p Policy) bool { return p.Name == Oracle })
	}
	out := &Across{Seed: c.Seed, Seeds: c.Seeds, Parents: c.Parents}
	for _, p := range chosen {
		out.Names = append(out.Names, p.Name)
	}
	p := &progress{tell: c.Progress, of: c.withDefaultsOf(worlds[0]).Parents * c.withDefaultsOf(worlds[0]).Seeds * len(chosen) * len(worlds)}
	for _, s := range worlds {
		one := c.withDefaultsOf(s)
		if err := one.fit(); err != nil {
			return nil, err
		}
		costs, err := acrossOne(ctx, one, chosen, p)
		if err != nil {
			return nil, err
		}
		o := AcrossOutcome{Scenario: s.Name, VsStatic: map[string]float64{}}
		for k, p := range chosen {
			o.VsStatic[p.Name] = costs[k] - costs[slices.IndexFunc(chosen, func(p Policy) bool { return p.Name == Static })]
		}
		out.Worlds = append(out.Worlds, o)
	}
	out.summarize()
	return out, nil
}

// withDefaultsOf is the configuration for one of several scenarios.
func (c Config) withDefaultsOf(s *scenario.Scenario) Config {
	c.Scenario = s
	return c.withDefaults()
}

// acrossOne gives every policy's mean shortfall over the parents of all seeds of a scenario.
func acrossOne(ctx context.Context, c Config, chosen []Policy, p *progress) ([]float64, error) {
	var worlds [][]scenario.Change
	var posteriors [][]byte
	if chosen[len(chosen)-1].Name == Oracle {
		worlds = c.worlds()
		var err error
		if posteriors, err = c.oracle(ctx, worlds, &progress{}); err != nil {
			return nil, err
		}
	}
	sums, parents := make([]float64, len(chosen)*c.Seeds), make([]int, len(chosen)*c.Seeds)
	err := parallel(ctx, c.Workers, len(sums), func(ctx context.Context, i int) error {
		policy, seed := chosen[i/c.Seeds], c.Seed+uint64(i%c.Seeds)
		j := job{config: &c, policy: policy, seed: seed, parents: c.Parents, progress: p}
		if policy.Name == Oracle {
			j.beliefs = dated(c.Scenario, seed, worlds, posteriors)
		}
		r, err := j.run(ctx)
		if err != nil {
			return err
		}
		parents[i] = len(r.Parents)
		sums[i] = meanCost(r) * float64(len(r.Parents))
		return nil
	})
	means := make([]float64, len(chosen))
	for k := range chosen {
		sum, n := 0.0, 0
		for i := k * c.Seeds; i < (k+1)*c.Seeds; i++ {
			sum, n = sum+sums[i], n+parents[i]
		}
		means[k] = sum / float64(max(1, n))
	}
	return means, err
}

func (a *Across) summarize() {
	for _, name := range a.Names {
		p := AcrossPolicy{Name: name, Losing: []string{}}
		var static, ahead []float64
		for _, w := range a.Worlds {
			static = append(static, w.VsStatic[name])
			ahead = append(ahead, w.VsStatic[name]-w.VsStatic[Learner])
			if name != Learner && w.VsStatic[name] < w.VsStatic[Learner] {
				p.Losing = append(p.Losing, w.Scenario)
			}
		}
		p.VsStatic, p.Ahead = intervalOf(static), intervalOf(ahead)
		a.Policies = append(a.Policies, p)
	}
}

// Write prints the comparison for a terminal.
func (a *Across) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d simulated markets, %s to %s, %d parents on each of %d seeds; bps of arrival value, cost is positive, 95 %% intervals over markets\n\n",
		len(a.Worlds), a.Worlds[0].Scenario, a.Worlds[len(a.Worlds)-1].Scenario, a.Parents, a.Seeds)
	t := columns(&b)
	fmt.Fprintln(t, "policy\tagainst static\tthe learner is ahead by\tbehind in\t")
	for _, p := range a.Policies {
		ahead, behind := p.Ahead.String(), fmt.Sprintf("%d of %d", len(p.Losing), len(a.Worlds))
		if p.Name == Learner {
			ahead, behind = "", ""
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", p.Name, p.VsStatic, ahead, behind)
	}
	t.Flush()
	fmt.Fprintln(&b)
	for _, p := range a.Policies {
		if len(p.Losing) > 0 && p.Name != Oracle {
			fmt.Fprintf(&b, "the learner is behind %s in %s\n", p.Name, strings.Join(p.Losing, ", "))
		}
	}
	fmt.Fprintln(&b, "Simulated markets: figures rank policies in them, they do not predict live costs.")
	_, err := io.WriteString(w, b.String())
	return err
}
