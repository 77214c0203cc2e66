package compare

import (
	"context"
	"fmt"

	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// TuningSeed is the first of the seeds on which policies are tuned: never one of an evaluation.
const TuningSeed = 700_000

// Grid gives the settings that were tried for a policy, nil where it has none.
func Grid(policy string) []Settings {
	var out []Settings
	add := func(change func(s *Settings)) {
		s := Tuned()
		change(&s)
		out = append(out, s)
	}
	linear := func(values []float64, of func(*Settings) *Linear) {
		for _, discount := range []float64{1, .9998, .9995} {
			for _, x := range values {
				add(func(s *Settings) { *of(s) = Linear{x, discount} })
			}
		}
	}
	switch policy {
	case "epsilon":
		linear([]float64{.01, .02, .05}, func(s *Settings) *Linear { return &s.Epsilon })
	case "linucb":
		linear([]float64{.1, .3, 1}, func(s *Settings) *Linear { return &s.LinUCB })
	case "squarecb":
		linear([]float64{3, 10, 30, 100}, func(s *Settings) *Linear { return &s.SquareCB })
	case "ganchev":
		for _, least := range []float64{1, 3, 8} {
			for _, discount := range []float64{1, .999} {
				add(func(s *Settings) { s.KMLeast, s.KMDiscount = least, discount })
			}
		}
	case "llp":
		for _, step := range []float64{.2, 1, 5} {
			for _, decay := range []float64{.6, .8} {
				add(func(s *Settings) { s.LLPStep, s.LLPDecay = step, decay })
			}
		}
	}
	return out
}

// Trial is one setting of a policy on the tuning seeds: its shortfall against static's, bps, mean over the scenarios.
type Trial struct {
	Settings Settings
	VsStatic Interval // over scenarios and seeds
}

// Tune runs every setting of a policy's grid on the tuning seeds of the scenarios; seeds and parents are of each scenario.
func Tune(ctx context.Context, policy string, scenarios []*scenario.Scenario, seeds, parents, workers int) ([]Trial, error) {
	grid := Grid(policy)
	if grid == nil {
		return nil, fmt.Errorf("%q has nothing to tune: use epsilon, linucb, squarecb, ganchev or llp", policy)
	}
	chosen, err := find([]string{policy})
	if err != nil {
		return nil, err
	}
	var ours, static Policy
	for _, p := range chosen {
		switch p.Name {
		case policy:
			ours = p
		case Static:
			static = p
		}
	}
	trials := make([]Trial, len(grid))
	worlds := len(scenarios) * seeds
	runs := make([]*Run, (len(grid)+1)*worlds) // static's come last
	silent := &progress{}
	err = parallel(ctx, workers, len(runs), func(ctx context.Context, i int) error {
		c := &Config{Scenario: scenarios[i%worlds/seeds]}
		j := job{config: c, policy: ours, seed: TuningSeed + uint64(i%seeds), parents: parents, progress: silent}
		if g := i / worlds; g < len(grid) {
			c.Settings = grid[g]
		} else {
			j.policy = static
		}
		var err error
		runs[i], err = j.run(ctx)
		return err
	})
	for g := range grid {
		var units []float64
		for w := range worlds {
			if err == nil {
				units = append(units, meanCost(runs[g*worlds+w])-meanCost(runs[len(grid)*worlds+w]))
			}
		}
		trials[g] = Trial{grid[g], intervalOf(units)}
	}
	return trials, err
}

func meanCost(r *Run) float64 {
	sum := 0.0
	for i := range r.Parents {
		sum += r.Parents[i].Total()
	}
	return sum / float64(max(1, len(r.Parents)))
}
