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
	var world, policy string
	var seed uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "evaluate --world FILE",
		Short: "Run a policy over a recorded bandit problem and score it against the best that was possible",
		Long: "Evaluate runs a policy once, in order, over a world: orders with what every venue would have done. The policy sees what it\n" +
			"chose and no more. In a world of venues (sor_*) the score is regret, the mean expected cost above the best venue's in bps;\n" +
			"in a world of dark pools (dark_*) it is the share of the expected volume of the best splits. sor_venues.json or\n" +
			"dark_tails.json is read beside the file.\n\n" +
			"generated:KIND:SEED is a world drawn by the same formulas; KIND is one of switch, stationary, misspecified, shift, iid.\n" +
			"An unknown policy is answered with the names of those that fit.",
		Example: "  sluice evaluate --world bench/sor_switch_s1.csv.gz --policy all\n" +
			"  sluice evaluate --world bench/dark_shift_s1.csv.gz --policy kaplan-meier --seed 3 --json\n" +
			"  sluice evaluate --world generated:misspecified:7",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if world == "" {
				return usageError{errors.New("name the world with --world FILE, or --world generated:KIND:SEED")}
			}
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
		},
	}
	c.Flags().StringVar(&world, "world", "", "recorded world (.csv.gz or .csv), or generated:KIND:SEED")
	c.Flags().StringVar(&policy, "policy", "learner", "policy, or all")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the policy's exploration")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object a policy")
	return c
}
