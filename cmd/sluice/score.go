package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/score"
	"github.com/sluice-sor/sluice/serve/shard"
)

func newScore() *cobra.Command {
	var objective, journalDir string
	var asJSON bool
	o := score.Options{SpreadBps: 4, LaterBps: 6}
	c := &cobra.Command{
		Use:   "score FILE",
		Short: "Print the static and the learned scores of a venue table, side by side",
		Long: "Score ranks the venues of a CSV table (columns venue, type, latency_us, fill_rate_pct, fee_bps, impact) by the static\n" +
			"scorer and by expected cost. Without --journal the learned figures are the priors that the table's fill rates give; with\n" +
			"it, what a router's journal has taught for venues of the same names.",
		Example: "  sluice score scenarios/reference.csv\n  sluice score scenarios/reference.csv --objective speed --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.Objective, err = order.ParseObjective(objective); err != nil {
				return usageError{err}
			}
			o.Weights = router.DefaultConfig().Objectives[o.Objective]
			if journalDir != "" {
				if o.Learned, err = shard.Standings(c.Context(), journalDir); err != nil {
					return err
				}
			}
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("%w: name a CSV table of venues, such as scenarios/reference.csv", err)
			}
			defer f.Close()
			rows, err := score.Read(args[0], f)
			if err != nil {
				return err
			}
			score.Rank(rows, o)
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(rows)
			}
			return score.Table(c.OutOrStdout(), rows, o)
		},
	}
	c.Flags().StringVar(&objective, "objective", "balanced", "weights of the static scorer: balanced, speed, impact or cost")
	c.Flags().StringVar(&journalDir, "journal", "", "journal directory whose learned estimates to use")
	c.Flags().Float64Var(&o.SpreadBps, "spread-bps", o.SpreadBps, "quoted spread, for the learned cost")
	c.Flags().Float64Var(&o.LaterBps, "later-bps", o.LaterBps, "cost of finishing a share later")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
