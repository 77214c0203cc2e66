package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/evaluate"
)

func newEvaluate() *cobra.Command {
	var world, log, policy string
	var when span
	var seed uint64
	var asJSON, safety bool
	var worlds int
	c := &cobra.Command{
		Use:   "evaluate --log STORE | --world FILE | --safety",
		Short: "Say what other policies would have cost on logged decisions, or run one over a recorded bandit problem",
		Long: "With --log, evaluate reads the decisions of a store, a file or postgres://…, each with the probabilities that its plans had and\n" +
			"what it cost, and says what other policies would have cost on them: the value in bps of the shares wanted with its 95 %\n" +
			"interval, and the difference to the static plan. Policies: logging (what was done: the mean), static, greedy (the cheapest plan\n" +
			"as expected), uniform, igw (the learner's rule for all of the flow; igw:X with X times its γ), without:VENUE, only:VENUE, or\n" +
			"all. Several are separated by commas. Where the log does not say, the answer is \"not evaluable\" with the reason: too few\n" +
			"decisions like the policy's, one that has too much weight, too many void ones.\n\n" +
			"With --world, evaluate runs a policy once, in order, over a world: orders with what every venue would have done. The policy sees what it\n" +
			"chose and no more. In a world of venues (sor_*) the score is regret, the mean expected cost above the best venue's in bps;\n" +
			"in a world of dark pools (dark_*) it is the share of the expected volume of the best splits. sor_venues.json or\n" +
			"dark_tails.json is read beside the file.\n\n" +
			"generated:KIND:SEED is a world drawn by the same formulas; KIND is one of switch, stationary, misspecified, shift, iid.\n" +
			"An unknown policy is answered with the names of those that fit.\n\n" +
			"With --safety, evaluate measures what the safety ramp bounds: how far the sum of expected costs rises above a static venue's, with\n" +
			"and without the ramp, from a cold start, from poisoned data, from a poisoned anchor of forgetting, and through a flip of\n" +
			"venues and fees; mean (and worst) over worlds drawn from --seed onwards.",
		Example: "  sluice evaluate --log demo-data/sluice.db\n" +
			"  sluice evaluate --log demo-data/sluice.db --policy igw:4,without:DARKA --json\n" +
			"  sluice evaluate --world bench/sor_switch_s1.csv.gz --policy all\n" +
			"  sluice evaluate --world bench/dark_shift_s1.csv.gz --policy kaplan-meier --seed 3 --json\n" +
			"  sluice evaluate --world generated:misspecified:7\n" +
			"  sluice evaluate --safety --worlds 6",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case safety && (log != "" || world != "" || worlds < 1 || worlds > 1000):
				return usageError{errors.New("--safety draws its own worlds: leave out --log and --world, and give --worlds from 1 to 1000")}
			case safety:
				return evaluate.SafetyTable(c.Context(), c.OutOrStdout(), worlds, seed, 40_000)
			case log != "" && world != "":
				return usageError{errors.New("give --log STORE or --world FILE, not both")}
			case log != "":
				if !c.Flags().Changed("policy") {
					policy = "all"
				}
				return evaluateLog(c, log, policy, &when, asJSON)
			case world == "":
				return usageError{errors.New("name a log with --log STORE, or a world with --world FILE or --world generated:KIND:SEED, or measure the ramp with --safety")}
			}
			return evaluateWorld(c, world, policy, seed, asJSON)
		},
	}
	c.Flags().StringVar(&world, "world", "", "recorded world (.csv.gz or .csv), or generated:KIND:SEED")
	c.Flags().StringVar(&log, "log", "", "store with logged decisions: a file, or postgres://…")
	c.Flags().StringVar(&policy, "policy", "learner", "policy, or all (the default with --log)")
	c.Flags().Uint64Var(&seed, "seed", 1, "of a world: seed of the policy's exploration")
	when.flags(c)
	c.Flags().BoolVar(&safety, "safety", false, "measure the safety ramp")
	c.Flags().IntVar(&worlds, "worlds", 6, "of --safety: worlds, some seconds each")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object a policy")
	return c
}

// evaluateWorld runs policies over a world and prints their scores.
func evaluateWorld(c *cobra.Command, world, policy string, seed uint64, asJSON bool) error {
	w, err := evaluate.Open(world)
	if err != nil {
		return err
	}
	policies := []string{policy}
	if policy == "all" {
		policies = evaluate.Policies(w)
	}
	for i, name := range policies {
		if err := context.Cause(c.Context()); err != nil { // a world is run in seconds, all policies in more
			return err
		}
		r, err := evaluate.Run(w, name, seed)
		switch {
		case err != nil:
			return err
		case asJSON:
			err = json.NewEncoder(c.OutOrStdout()).Encode(r)
		case i == 0:
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s, seed %d\n%s\n%v\n", r.World, r.Seed, evaluate.Heading, r)
		default:
			_, err = fmt.Fprintln(c.OutOrStdout(), r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
