package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/attest"
	"github.com/sluice-sor/sluice/serve/config"
)

// newAttest writes the manifest that every node of a fleet is held against (OPS-01).
func newAttest() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:   "attest -c FILE",
		Short: "Print the hashes of what this node runs, as the manifest of its fleet",
		Long: "Attest prints the SHA-256 of this program, of the configuration that nodes share, of limits with their documents, dated rules\n" +
			"and FIX dictionaries, and the models that may serve: champion, challenger, and what a rollback goes to. A node's name, ports,\n" +
			"secrets and file names count for nothing. A router whose attest.manifest_file names such a file takes no orders while it\n" +
			"differs, and says so at /readyz of its metrics port, on GET /api/v1/attestation, and as sluice_attested.",
		Example: "  sluice attest -c desk.toml > fleet.toml\n  sluice attest -c desk.toml --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(path)
			if err != nil {
				return err
			}
			facts, err := attestation(c.Context(), file)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(facts)
			}
			host, err := os.Hostname()
			if err != nil {
				host = "this machine"
			}
			return attest.Write(c.OutOrStdout(), facts, fmt.Sprintf("router %s on %s, %s", file.Router.Name, host, build()))
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// attestation gives the facts of this binary with a configuration, and the models that may come to serve.
func attestation(ctx context.Context, file *config.File) (*attest.Facts, error) {
	own, err := attest.Build()
	if err != nil {
		return nil, err
	}
	facts, err := attest.Of(file, own)
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(ctx, file.Models.Config())
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	defer r.Close()
	a, err := r.Aliases(ctx)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	facts.Models = []string{registry.Builtin} // what a router serves before it knows another
	for _, alias := range []string{registry.Champion, registry.Challenger, registry.ShadowAlias, registry.RollbackTarget} {
		if id := a.ID(alias); id != "" && !slices.Contains(facts.Models, id) {
			facts.Models = append(facts.Models, id)
		}
	}
	return &facts, nil
}
