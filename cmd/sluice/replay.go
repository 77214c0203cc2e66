package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/shard"
)

func newReplay() *cobra.Command {
	var verify, asJSON bool
	var config string
	var most int
	c := &cobra.Command{
		Use:   "replay JOURNAL",
		Short: "Rebuild a router's state from its journal, and prove that its decisions come out the same",
		Long: "Replay reads a journal (a directory or one segment file) without locking it and applies its events to a fresh engine.\n" +
			"With --verify every recorded command, decisions and their propensities included, is compared byte for byte with the one\n" +
			"the engine gives, and the engine's state with the journaled hashes and snapshots; the first difference is printed and the\n" +
			"exit status is 1. When the first segments are archived, the replay begins with the oldest snapshot that goes on there.\n" +
			"With --config it is the dry run of a new configuration: decisions of the journal are taken again under it, each from the\n" +
			"state of its time and with the same draw, and what differs is shown by venue and by example. What would have come of a\n" +
			"changed decision is not known, so each is compared from what was.",
		Example: "  sluice replay demo-data/journal --verify\n  sluice replay data/journal --config new.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if config != "" {
				return dryRun(c, args[0], config, most, asJSON)
			}
			s, err := shard.Summarise(c.Context(), args[0], verify)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(s)
			}
			fmt.Fprint(c.OutOrStdout(), s.Text(verify))
			return nil
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "compare every command byte for byte")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&config, "config", "", "take the journal's decisions again under this configuration, and show the difference")
	c.Flags().IntVar(&most, "most", 500, "with --config: compare so many decisions at most, evenly spread")
	c.MarkFlagsMutuallyExclusive("verify", "config")
	return c
}

// dryRun shows what a configuration would have decided (OPS-05).
func dryRun(c *cobra.Command, journal, path string, most int, asJSON bool) error {
	file, err := load(path)
	if err != nil {
		return err
	}
	if err := file.CheckRoute(); err != nil {
		return err
	}
	engine, err := file.Engine()
	if err != nil {
		return err
	}
	w, err := shard.Reconsider(c.Context(), journal, engine, most)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(w)
	}
	_, err = fmt.Fprint(c.OutOrStdout(), w.Text())
	return err
}
