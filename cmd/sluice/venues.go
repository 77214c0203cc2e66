package main

import (
	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/venues"
)

func newVenues() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "venues -c FILE",
		Short: "Run the simulated venues alone, behind FIX order and market-data sessions",
		Long: "Venues serves the [[venue]] entries of a configuration from a simulated market: agents, or recorded days (section\n" +
			"[market]). One port serves all venues; their sessions differ by CompID.",
		Example: "  sluice venues -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(path)
			if err != nil {
				return err
			}
			log := textLog()
			x, err := venues.Open(file, venues.Options{Log: log})
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
	return c
}
