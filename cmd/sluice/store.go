package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/store"
)

func newStore() *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Look after a store: archive its days and put them back, and say who may do what in it",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newStoreArchive(), newStoreRestore(), newStoreGrant(), newStoreFill())
	return c
}

func newStoreGrant() *cobra.Command {
	var roles store.Roles
	c := &cobra.Command{
		Use:   "grant [--writer USER] [--reader USER] STORE",
		Short: "Let other users of a PostgreSQL database work with the store",
		Long: "Grant gives users that exist what they need in the store, and no more. Run it as the owner: the user in the URL, who\n" +
			"made the tables or makes them now.\n\n" +
			"The writer is for the router: it adds rows and changes the present state of parents and children. It can neither change\n" +
			"nor delete executions, decisions, outcomes, reports and alerts; a later record of an execution replaces an earlier one.\n" +
			"The reader is for training, notebooks and people.",
		Example: "  psql -c 'CREATE ROLE router LOGIN' -c 'CREATE ROLE quants LOGIN' sluice\n" +
			"  sluice store grant --writer router --reader quants postgres://owner@db/sluice",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name the store: postgres://OWNER@HOST/DATABASE")}
			}
			if roles == (store.Roles{}) {
				return usageError{errors.New("name --writer, --reader or both")}
			}
			st, err := store.Open(c.Context(), args[0])
			if err != nil {
				return err
			}
			err = errors.Join(st.Grant(c.Context(), roles), st.Close())
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "granted in %v: writer %s, reader %s\n", st, named(roles.Writer), named(roles.Reader))
			}
			return err
		},
	}
	c.Flags().StringVar(&roles.Writer, "writer", "", "the router's user")
	c.Flags().StringVar(&roles.Reader, "reader", "", "the user of training, notebooks and people")
	return c
}

func named(role string) string {
	if role == "" {
		return "nobody"
	}
	return role
}
