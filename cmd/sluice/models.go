package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
)

// newModels is the desk's hand on trained models.
func newModels() *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "List, check and compare trained models; decide which one serves, and undo it",
		Long: "Models speaks with the model registry that the configuration names ([models] registry: a directory or PostgreSQL), never\n" +
			"with the router. A running router follows the registry within a second: it loads the version, checks it, warms it up\n" +
			"beside the one that serves, and lets it take over between two decisions; what it cannot take it refuses, says why, and\n" +
			"serves on. Every move is a line of the ledger that nothing removes.\n\n" +
			"A MODEL is an id as `sluice models list` shows it, the beginning of one, an alias (champion, challenger, shadow,\n" +
			"rollback-target), or builtin, the prior that needs no training.",
		Example: "  sluice models list -c desk.toml\n  sluice models promote 3f2a -c desk.toml --second bob --reason 'gates passed, shadow agreed'\n  sluice models rollback -c desk.toml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newModelsList(), newModelsShow(), newModelsVerify(), newModelsDiff(), newModelsLedger(),
		newModelsPromote(), newModelsShadow(), newModelsCanary(), newModelsRollback(), newModelsGrant())
	return c
}

// modelFlags are the flags that every command on models has.
type modelFlags struct {
	path   string
	asJSON bool
}

func (m *modelFlags) flags(c *cobra.Command) {
	c.Flags().StringVarP(&m.path, "config", "c", "", "configuration file that names the registry")
	c.Flags().BoolVar(&m.asJSON, "json", false, "print JSON")
}

// with runs f on the configuration's registry.
func (m *modelFlags) with(ctx context.Context, f func(*config.File, *registry.Registry) error) error {
	file, err := load(m.path)
	if err != nil {
		return err
	}
	r, err := registry.Open(ctx, file.Models.Config())
	if err != nil {
		return err
	}
	return errors.Join(f(file, r), r.Close())
}

// print gives v as JSON, or its text.
func (m *modelFlags) print(c *cobra.Command, v any, text func(io.Writer) error) error {
	if m.asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(v)
	}
	return text(c.OutOrStdout())
}

// me is who runs the command, for the ledger.
func me() string {
	name := "somebody"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

// day shows a training window's end; empty for none.
func day(ns int64) string {
	if ns == 0 {
		return "-"
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04")
}

// orDash shows an empty text.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// firstLine is the beginning of a text that may be long.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// oneModel is a command on one version.
func oneModel(use, short, long, example string, run func(c *cobra.Command, m *modelFlags, r *registry.Registry, id string) error) *cobra.Command {
	var m modelFlags
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return m.with(c.Context(), func(_ *config.File, r *registry.Registry) error {
				id, err := r.Resolve(c.Context(), args[0])
				if err != nil {
					return err
				}
				if id == registry.Builtin {
					return fmt.Errorf("%s is the built-in prior: it is part of the program, there is nothing to look at", args[0])
				}
				return run(c, &m, r, id)
			})
		},
	}
	m.flags(c)
	return c
}
