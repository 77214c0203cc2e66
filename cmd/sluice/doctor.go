package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/doctor"
	"github.com/sluice-sor/sluice/serve/report"
)

func newDoctor() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor -c FILE",
		Short: "Check a configuration and this machine before the router runs",
		Long: "Doctor checks the file, certificates and keys, the journal's directory and room, how the last run ended, where each FIX\n" +
			"session goes on, the halts and baskets that wait, the ports, every venue's address, the limits' documents and how much of\n" +
			"each limit is used, the store, the models, the session's hours, the system's limits and the clock, and says what to mend.\n" +
			"It logs on nowhere and sends nothing; beside a running router it may be used at any time. A database is opened as the router opens it, which makes its tables. The exit status is 1 when something is to be mended.",
		Example: "  sluice doctor -c desk.toml\n  sluice doctor -c desk.toml --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if path == "" {
				return errNoConfig()
			}
			report := doctor.Run(c.Context(), doctor.Options{Path: path, OpenStore: openStore, LimitUse: limitUse})
			var err error
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(report)
			} else {
				err = report.Text(c.OutOrStdout())
			}
			if err == nil && report.Failed() {
				return fmt.Errorf("%s is not ready to route: mend what is marked fail", path)
			}
			return err
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// openStore opens the store, reads from it and closes it.
func openStore(ctx context.Context, target string) error {
	st, err := store.Open(ctx, target)
	if err != nil {
		return err
	}
	_, err = st.Watermark(ctx, store.Source{Projection: "main"})
	return errors.Join(err, st.Close())
}

// limitUse opens the store for what it knows of the use of limits.
func limitUse(ctx context.Context, target string, l risk.Limits, from, to time.Time) ([]report.Use, error) {
	st, err := store.Open(ctx, target)
	if err != nil {
		return nil, err
	}
	uses, err := report.LimitUse(ctx, st, l, from, to)
	return uses, errors.Join(err, st.Close())
}
