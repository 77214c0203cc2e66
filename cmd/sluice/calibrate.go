package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/sim/calibrate"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

func newCalibrate() *cobra.Command {
	var file string
	var asJSON bool
	var o calibrate.Options
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure the simulated market against what is published of real ones",
		Long: "Calibrate runs a scenario's market for some days, works metaorders in it and probes its dark pools, and prints each stylized\n" +
			"fact with its 95 % interval, the published band and the source. It fails if a band is missed.",
		Example: "  sluice calibrate\n  sluice calibrate --scenario scenarios/balanced.toml --seed 7 --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("%w: name a scenario with --scenario, such as scenarios/balanced.toml", err)
			}
			s, err := scenario.Parse(filepath.ToSlash(file), b)
			if err != nil {
				return err
			}
			r, err := calibrate.Run(s, o)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(r)
			} else {
				_, err = c.OutOrStdout().Write(r.AppendText(nil))
			}
			if n := r.Missed(); err == nil && n > 0 {
				err = fmt.Errorf("%d of %d facts are outside their published bands", n, len(r.Facts))
			}
			return err
		},
	}
	c.Flags().StringVar(&file, "scenario", "scenarios/balanced.toml", "scenario whose market is measured")
	c.Flags().Uint64Var(&o.Seed, "seed", 0, "seed of the market (the scenario's)")
	c.Flags().BoolVar(&o.Short, "short", false, "two hours in place of days, and a band counts as missed only where the whole interval is outside")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
