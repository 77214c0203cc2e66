package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/words"
)

func newSimulate() *cobra.Command {
	var file, target string
	var random uint64
	seeds := 1
	r := compare.Recording{Instance: 1}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Work parents in a simulated market, faster than the clock, into a store",
		Long: "Gives the parents of a scenario to the engine that trades live, in a simulated market on a virtual clock, and keeps\n" +
			"what its journal would have in a store: parents, children, fills, decisions with their probabilities, outcomes. What\n" +
			"reads a store reads this one: export, evaluate, training, notebooks. Each seed is a journal with the next free number,\n" +
			"and its start says that it is simulated.",
		Example: "  sluice simulate --scenario scenarios/balanced.toml --parents 1000 --store sim.db\n" +
			"  sluice simulate --scenario scenarios/wide.toml --policy static --seeds 3 --store sim.db\n" +
			"  sluice simulate --random 7 --share 0.5 --store sim.db && sluice evaluate --log sim.db",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (file == "") == !cmd.Flags().Changed("random") {
				return usageError{fmt.Errorf("give --scenario FILE or --random N; see %s --help", cmd.CommandPath())}
			}
			if target == "" {
				return usageError{errors.New("--store: name the store to add to: a file, made where it is not there, or postgres://USER@HOST/DATABASE")}
			}
			if err := r.Validate(); err != nil {
				return usageError{err}
			}
			if seeds < 1 || seeds > mostSeeds || r.Parents > mostParents {
				return usageError{fmt.Errorf("--parents %d --seeds %d: give 1 to %d parents and 1 to %d seeds", r.Parents, seeds, mostParents, mostSeeds)}
			}
			c := compare.Config{}
			if err := openScenario(&c, file, random); err != nil {
				return err
			}
			r.Scenario, r.Recorded = c.Scenario, c.Recorded
			if r.Seed == 0 {
				r.Seed = r.Scenario.Seed
			}
			st, err := store.Open(cmd.Context(), target)
			if err != nil {
				return err
			}
			return errors.Join(simulate(cmd, st, r, seeds), st.Close())
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "scenario", "", "scenario file")
	f.Uint64Var(&random, "random", 0, "draw the scenario from this seed instead")
	f.StringVar(&target, "store", "", "SQLite file or postgres:// URL to add to")
	f.StringVar(&r.Policy, "policy", compare.Learner, "who divides the waves; as in sluice compare --policies, but for the oracle")
	f.Float64Var(&r.Share, "share", 0, "hold the learner's share of the flow here; 0: it begins small, and what it cost moves it")
	f.IntVar(&r.Parents, "parents", 2000, "parents of each seed")
	f.Uint64Var(&r.Seed, "seed", 0, "first seed; 0 is the scenario's")
	f.IntVar(&seeds, "seeds", seeds, "seeds to run, from --seed on, each a journal of its own")
	return cmd
}

// simulate runs seed after seed into the store.
func simulate(cmd *cobra.Command, st *store.Store, r compare.Recording, seeds int) error {
	starts, err := st.Starts(cmd.Context(), 0)
	if err != nil {
		return err
	}
	for i := range starts {
		r.Instance = max(r.Instance, starts[i].Instance+1)
	}
	for range seeds {
		if err := simulateOne(cmd.Context(), cmd.OutOrStdout(), st, &r); err != nil {
			return err
		}
		r.Seed++
		r.Instance++
	}
	return nil
}

func simulateOne(ctx context.Context, out io.Writer, st *store.Store, r *compare.Recording) error {
	var decisions, fills int
	shown := compare.Config{}
	done := showProgress(&shown)
	r.Progress = shown.Progress
	run, err := compare.Record(ctx, *r, func(batch []event.Event) error {
		records := make([]store.Record, len(batch))
		for i := range batch {
			records[i] = store.Record(batch[i])
			switch batch[i].Body.(type) {
			case *event.RecordDecision:
				decisions++
			case *event.RecordExecution:
				fills++
			}
		}
		return st.Apply(ctx, store.Source{Projection: "main", Instance: r.Instance}, records, records[len(records)-1].Seq)
	})
	done()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "journal %d: simulated scenario %s, seed %d, policy %s: %s, %s, %s in %v\n",
		r.Instance, r.Scenario.Name, r.Seed, r.Policy, words.Count(len(run.Parents), "parent", "parents"), words.Count(decisions, "decision", "decisions"), words.Count(fills, "fill", "fills"), st)
	return nil
}
