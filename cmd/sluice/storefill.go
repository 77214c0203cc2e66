package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train/workload"
)

func newStoreFill() *cobra.Command {
	c := workload.Config{}
	cmd := &cobra.Command{
		Use:   "fill [--decisions N] [--seed N] [--days N] STORE",
		Short: "Fill a new store with synthetic work, to measure training with",
		Long: "Fill writes decisions, children and outcomes of a made-up world into a store: as many as months of trading bring, within\n" +
			"minutes. Nothing of it was traded; a model trained on it is worth nothing. The same seed gives the same rows.",
		Example: "  sluice store fill --decisions 1000000 work.db\n  sluice export --format parquet --of outcomes --out outcomes.parquet work.db",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name the store: a new file, or postgres://…")}
			}
			if c.Decisions <= 0 || c.Days <= 0 {
				return usageError{fmt.Errorf("--decisions is %d and --days %d: give more than 0", c.Decisions, c.Days)}
			}
			st, err := store.Open(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			begun, told := time.Now(), time.Now()
			err = workload.Fill(cmd.Context(), st, c, func(n int) {
				if time.Since(told) >= 5*time.Second {
					told = time.Now()
					fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d decisions, %.0f a second\n", n, c.Decisions, float64(n)/time.Since(begun).Seconds())
				}
			})
			if err = errors.Join(err, st.Close()); err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%v: %d decisions in %.1f s\n", st, c.Decisions, time.Since(begun).Seconds())
			}
			return err
		},
	}
	cmd.Flags().IntVar(&c.Decisions, "decisions", 1_000_000, "how many")
	cmd.Flags().Uint64Var(&c.Seed, "seed", 1, "of the world and of the work")
	cmd.Flags().IntVar(&c.Days, "days", 20, "that they are spread over")
	return cmd
}
