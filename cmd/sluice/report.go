package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
)

func newReport() *cobra.Command {
	var path, storeURL string
	var asJSON, decisions bool
	var limit int
	c := &cobra.Command{
		Use:   "report [PARENT]",
		Short: "Print a parent's reconciliation and cost analysis, with every decision explained",
		Long: "Report reads the store, never the live router. PARENT is a parent's number or its last ClOrdID; without it, all parents\n" +
			"are summed up. Positive costs are losses.",
		Example: "  sluice report --store demo-data/sluice.db\n  sluice report 33 --store demo-data/sluice.db --decisions\n  sluice report 33 -c desk.toml --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if storeURL == "" {
				if path == "" {
					return usageError{errors.New("name the store with --store FILE-OR-URL, or a configuration with -c FILE")}
				}
				file, err := load(path)
				if err != nil {
					return err
				}
				storeURL = file.Router.StoreTarget()
			}
			if err := storeThere(storeURL); err != nil {
				return err
			}
			st, err := store.Open(c.Context(), storeURL)
			if err != nil {
				return err
			}
			defer st.Close()
			if len(args) == 0 {
				all, err := report.All(c.Context(), st, 0, limit)
				if err != nil {
					return err
				}
				sum, err := tca.Aggregate(all)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"summary": sum, "parents": all})
				}
				for i := range all {
					r := &all[i]
					fmt.Fprintf(c.OutOrStdout(), "%6d  %-16s %-5s %9d %-6s %-9s %-9s filled %9d at %v\n", r.Parent, r.ClOrdID, r.Side, r.Qty, r.Symbol, r.Strategy, r.State, r.Filled, r.AvgPx)
				}
				_, err = fmt.Fprint(c.OutOrStdout(), "\n"+sum.Text())
				return err
			}
			r, err := report.Read(c.Context(), st, 0, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(r)
			}
			_, err = fmt.Fprint(c.OutOrStdout(), r.Text(decisions))
			return err
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file that names the store")
	c.Flags().StringVar(&storeURL, "store", "", "store: a file, or postgres://…")
	c.Flags().BoolVar(&decisions, "decisions", false, "explain every decision")
	c.Flags().IntVar(&limit, "limit", 1000, "without PARENT: at most this many of the newest parents")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// storeThere reports a SQLite file that does not exist: opening it would make an empty one, and report that nothing was
// ever traded.
func storeThere(target string) error {
	if strings.Contains(target, "://") && !strings.HasPrefix(target, "sqlite:") {
		return nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(target, "sqlite:"), "//")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store %s: there is no such file: name the store_url of a router that has run, or the sluice.db of a demo's directory", path)
	}
	return nil
}
