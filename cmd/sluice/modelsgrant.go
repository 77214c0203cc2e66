package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
)

func newModelsGrant() *cobra.Command {
	var m modelFlags
	var roles registry.Roles
	c := &cobra.Command{
		Use:   "grant [--writer USER] [--reader USER] -c FILE",
		Short: "Let other users of a PostgreSQL database work with the registry",
		Long: "Grant gives users that exist what they need in the registry's tables, and no more; `sluice store grant` does so for the\n" +
			"store's. Run it with a configuration whose models.registry names the owner. The writer is for routers, training and whoever\n" +
			"promotes: it adds versions and lines of the ledger. Nobody changes or deletes any.",
		Example: "  sluice models grant --writer router --reader quants -c owner.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if roles == (registry.Roles{}) {
				return usageError{errors.New("name --writer, --reader or both")}
			}
			return m.with(c.Context(), func(f *config.File, r *registry.Registry) error {
				if err := r.Grant(c.Context(), roles); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "granted in %s: writer %s, reader %s\n", f.Models.Registry, named(roles.Writer), named(roles.Reader))
				return err
			})
		},
	}
	c.Flags().StringVarP(&m.path, "config", "c", "", "configuration file that names the registry")
	c.Flags().StringVar(&roles.Writer, "writer", "", "the user of routers and training")
	c.Flags().StringVar(&roles.Reader, "reader", "", "the user of people and notebooks")
	return c
}
