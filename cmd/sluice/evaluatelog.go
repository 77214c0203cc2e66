package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/decisionlog"
)

// evaluateLog says what policies would have cost on the decisions of a store. What cannot be said is said so, and is no error.
func evaluateLog(c *cobra.Command, target, policies string, when *span, asJSON bool) error {
	all, err := openDecisions(c.Context(), target, when)
	if err != nil {
		return err
	}
	defer all.Close()
	log := &decisionlog.Log{Names: all.names}
	if err := all.each(c.Context(), log.Add); err != nil {
		return err
	}
	chosen, err := log.Policies(policies)
	if err != nil {
		return err
	}
	values, summary, err := log.Evaluate(chosen)
	if err != nil {
		return err
	}
	if !asJSON {
		return decisionlog.WriteText(c.OutOrStdout(), all.String(), values, summary)
	}
	out := json.NewEncoder(c.OutOrStdout())
	for i := range values {
		if err := out.Encode(struct {
			Log     string              `json:"log"`
			Summary decisionlog.Summary `json:"summary"`
			decisionlog.Value
		}{all.String(), summary, values[i]}); err != nil {
			return err
		}
	}
	return nil
}
