package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/venues"
)

func newVenues() *cobra.Command {
	var path, truth string
	c := &cobra.Command{
		Use:   "venues -c FILE",
		Short: "Run the simulated venues alone, behind FIX order and market-data sessions",
		Long: "Venues serves the [[venue]] entries of a configuration from a simulated market: agents, or recorded days (section\n" +
			"[market]). One port serves all venues; their sessions differ by CompID.",
		Example: "  sluice venues -c desk.toml\n  sluice venues -c desk.toml --truth truth.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(path)
			if err != nil {
				return err
			}
			log := textLog()
			o := venues.Options{Log: log}
			if truth != "" {
				f, err := os.OpenFile(truth, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
				if err != nil {
					return fmt.Errorf("--truth: %w", err)
				}
				defer f.Close()
				o.Truth = f
			}
			x, err := venues.Open(file, o)
			if err != nil {
				return err
			}
			defer x.Close()
			if err := x.Start(); err != nil {
				return err
			}
			log.Info("venues ready", "address", x.Addr().String(), "venues", len(file.Venues), "market", string(file.Market.Kind))
			for _, l := range x.Limits() {
				log.Info("the recording cannot answer everything", "limits", l)
			}
			<-c.Context().Done()
			return nil
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file")
	c.Flags().StringVar(&truth, "truth", "", "append a line of JSON to this file for every report on a router's order as the market itself has it, before FIX,\n"+
		"and at the stop one for each order: what a router's own account can be compared with, also after a crash")
	return c
}
