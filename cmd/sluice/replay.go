package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/shard"
)

func newReplay() *cobra.Command {
	var verify, asJSON bool
	c := &cobra.Command{
		Use:   "replay JOURNAL",
		Short: "Rebuild a router's state from its journal, and prove that its decisions come out the same",
		Long: "Replay reads a journal (a directory or one segment file) without locking it and applies its events to a fresh engine.\n" +
			"With --verify every recorded command, decisions and their propensities included, is compared byte for byte with the one\n" +
			"the engine gives, and the engine's state with the journaled hashes and snapshots; the first difference is printed and the\n" +
			"exit status is 1. When the first segments are archived, the replay begins with the oldest snapshot that goes on there.",
		Example: "  sluice replay demo-data/journal --verify",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
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
	return c
}
