package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
)

// load reads the configuration that -c names.
func load(path string) (*config.File, error) {
	if path == "" {
		return nil, errNoConfig()
	}
	return config.Load(path)
}

func errNoConfig() error {
	return usageError{errors.New("-c FILE is missing; `sluice route --example` prints a file to start from")}
}

// textLog writes everything from information on to standard error.
func textLog() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

func newRoute() *cobra.Command {
	var path string
	var example, fast, service, container bool
	c := &cobra.Command{
		Use:   "route -c FILE",
		Short: "Run the live router",
		Long: "Route replays its journal, opens the clients' port, connects to the venues' FIX sessions and works orders until it is\n" +
			"stopped (Ctrl-C or SIGTERM). A stop leaves working orders at the venues; after it, and after a crash, start it again\n" +
			"with the same file: it asks the venues how each order stands and goes on where it was.",
		Example: "  sluice route --example > desk.toml\n  sluice doctor -c desk.toml\n  sluice route -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case example:
				_, err := fmt.Fprint(c.OutOrStdout(), config.Example())
				return err
			case service:
				return exampleService(c.OutOrStdout(), path)
			case container:
				_, err := fmt.Fprint(c.OutOrStdout(), containerFile)
				return err
			}
			file, err := load(path)
			if err != nil {
				return err
			}
			if err := file.CheckRoute(); err != nil {
				return err
			}
			r, err := serve.Open(c.Context(), file, serve.Options{Log: textLog(), Build: build(), Fast: fast})
			if err != nil {
				return err
			}
			return r.Run(c.Context())
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file")
	c.Flags().BoolVar(&example, "example", false, "print a commented configuration and stop")
	c.Flags().BoolVar(&service, "example-service", false, "print a hardened systemd unit for the configuration and stop")
	c.Flags().BoolVar(&container, "example-container", false, "print a Containerfile and stop")
	c.Flags().BoolVar(&fast, "fast", false, "do not wait for the disk: a power loss may lose the last orders (kill -9 loses nothing)")
	return c
}
