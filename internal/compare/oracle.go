package compare

import (
	"context"
	"reflect"
	"slices"

	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// The oracle knows the hidden parameters, not the future. What a venue's parameters mean for fill probability, hidden size
// and toxicity emerges in this market and stands in no formula, so the oracle gets it by measurement: for each regime of
// the scenario, on seeds of its own, the learner's heads are fitted first under plans drawn evenly, then under mostly
// greedy ones with an even share, so that they know the world that a good policy meets. The oracle then takes the cheapest
// plan by those heads from the first parent on, and changes heads in the moment in which the market changes. It bounds what
// better estimates can bring this router; a router with other tactics could do better.

// belief is what the oracle believes from a time on.
type belief struct {
	from      int64 // ns after the market's start
	posterior []byte
}

// oracleSeeds are far from every seed that an evaluation or a tuning uses.
const oracleSeeds = 1 << 40

// Shares of even plans in the oracle's two rounds.
const (
	roundEven   = 1
	roundGreedy = .2
)

// regimes are the times at which the market becomes another for good, and the changes in force from each on.
func regimes(s *scenario.Scenario, seed uint64) (from []int64, changes [][]scenario.Change) {
	from, changes = []int64{0}, [][]scenario.Change{nil}
	for _, c := range s.Dated(seed) {
		lasting := c.For == 0 && (c.Kind == scenario.Agents || c.Kind == scenario.Links || c.Kind == scenario.Fees)
		if !lasting {
			continue
		}
		all := append(slices.Clone(changes[len(changes)-1]), c)
		if c.When == from[len(from)-1] {
			changes[len(changes)-1] = all
			continue
		}
		from, changes = append(from, c.When), append(changes, all)
	}
	return from, changes
}

// settled gives changes as they are long after they happened, for a market that has them from its start on. Dated fees are not
// among them: the heads do not learn fees.
func settled(changes []scenario.Change) (out []scenario.Change) {
	for _, c := range changes {
		if c.Kind != scenario.Fees {
			c.When, c.AtParent = 0, 0
			out = append(out, c)
		}
	}
	return out
}

// worlds gives the regimes that the seeds of a comparison meet, each once. Seeds may meet others, or in another order: a
// change is bound to a time or to a parent, and may come after the end of one seed's work.
func (c *Config) worlds() (worlds [][]scenario.Change) {
	for i := range c.Seeds {
		_, changes := regimes(c.Scenario, c.Seed+uint64(i))
		for _, now := range changes {
			if world := settled(now); place(worlds, world) < 0 {
				worlds = append(worlds, world)
			}
		}
	}
	return worlds
}

func place(worlds [][]scenario.Change, world []scenario.Change) int {
	return slices.IndexFunc(worlds, func(w []scenario.Change) bool { return reflect.DeepEqual(w, world) })
}

// oracle fits the heads of every world; dated gives the beliefs of a seed.
func (c *Config) oracle(ctx context.Context, worlds [][]scenario.Change, p *progress) ([][]byte, error) {
	posteriors := make([][]byte, len(worlds))
	err := parallel(ctx, c.Workers, len(worlds), func(ctx context.Context, k int) error {
		world := *c.Scenario
		world.Changes = worlds[k]
		for round, even := range [...]float64{roundEven, roundGreedy} {
			j := job{config: c, scenario: &world, policy: exploring(even), seed: oracleSeeds + uint64(2*k+round), parents: c.Training, progress: p}
			if round > 0 {
				j.beliefs = []belief{{0, posteriors[k]}}
			}
			if _, err := j.run(ctx); err != nil {
				return err
			}
			posteriors[k] = j.desk.engine.Posterior(nil)
		}
		return nil
	})
	return posteriors, err
}

// dated gives what the oracle believes when, in the market of a seed.
func dated(s *scenario.Scenario, seed uint64, worlds [][]scenario.Change, posteriors [][]byte) (out []belief) {
	from, changes := regimes(s, seed)
	for k, at := range from {
		out = append(out, belief{at, posteriors[place(worlds, settled(changes[k]))]})
	}
	return out
}

// exploring is the policy of the oracle's rounds: it learns from every parent.
func exploring(even float64) Policy {
	return Policy{Name: "exploring", tune: func(rc *router.Config) {
		rc.Learning.Start, rc.Learning.StaticMin, rc.Learning.Floor, rc.Learning.Gamma0 = 1, 0, even, certainGamma
		rc.Learning.Ramp, rc.Learning.ExploreBudgetBps = false, 1e4
	}}
}
