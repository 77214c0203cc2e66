package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/reconcile"
)

// errBreaks ends the command with status 1 after its report was printed.
var errBreaks = errors.New("the accounts do not agree: look at each break above before the books are closed")

func newReconcile() *cobra.Command {
	var path, date, key, out, check, public string
	var o reconcile.Options
	var asJSON bool
	c := &cobra.Command{
		Use:   "reconcile",
		Short: "Prove at the end of the day that venues, journal, store and clients agree to the share",
		Long: "Reconcile reads the accounts of a day's executions, each its own way: the venues' files, the journal, the store, and\n" +
			"the FIX messages as they were handed to the clients and to drop copies. Every execution on which two of them differ is printed, and then\n" +
			"the exit status is 1. A venue's file is what `sluice venues --truth` writes or a CSV with the columns venue, clordid,\n" +
			"exec_id, qty, px and, if it likes, trade_date, type (trade, bust, correct) and ref_exec_id. The report can be signed\n" +
			"with an ed25519 key, and checked later.",
		Example: "  sluice reconcile -c demo-data/demo.toml --venue demo-data/truth.jsonl\n" +
			"  sluice reconcile -c desk.toml --date 2026-01-30 --venue nyse.csv --venue darka.csv --sign key.pem --out 2026-01-30.json\n" +
			"  sluice reconcile --check 2026-01-30.json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if check != "" {
				return checkReport(c, check, public)
			}
			if (key == "") != (out == "") {
				return usageError{errors.New("--sign KEY and --out FILE go together: the signed report is written to the file")}
			}
			r, err := reconcileDay(c, path, date, o)
			if err != nil {
				return err
			}
			if err := printReport(c, r, asJSON); err != nil {
				return err
			}
			if key != "" {
				b, err := reconcile.Sign(r, key)
				if err != nil {
					return err
				}
				if err := os.WriteFile(out, b, 0o600); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			if !r.Agree {
				return errBreaks
			}
			return nil
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file of the router")
	c.Flags().StringVar(&date, "date", "", "trade date as 2006-01-02; the journal's latest if not given")
	c.Flags().StringArrayVar(&o.VenueFiles, "venue", nil, "a venue's file; give it once for each")
	c.Flags().StringVar(&key, "sign", "", "PEM file with the ed25519 key to sign with")
	c.Flags().StringVar(&out, "out", "", "file for the signed report")
	c.Flags().StringVar(&check, "check", "", "verify a signed report and print it; nothing else is read")
	c.Flags().StringVar(&public, "public-key", "", "with --check: the base64 key that it must be signed with")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func reconcileDay(c *cobra.Command, path, date string, o reconcile.Options) (*reconcile.Report, error) {
	if path == "" {
		return nil, usageError{errors.New("name the router's configuration with -c FILE")}
	}
	var err error
	if date != "" {
		if o.Date, err = market.ParseDate(date); err != nil {
			return nil, usageError{fmt.Errorf("--date: %w", err)}
		}
	}
	file, err := load(path)
	if err != nil {
		return nil, err
	}
	o.Journal = file.Router.JournalDir
	target := file.Router.StoreTarget()
	if err := storeThere(target); err != nil {
		return nil, err
	}
	if o.Store, err = store.Open(c.Context(), target); err != nil {
		return nil, err
	}
	defer o.Store.Close()
	return reconcile.Run(c.Context(), o)
}

func printReport(c *cobra.Command, r *reconcile.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(r)
	}
	_, err := fmt.Fprint(c.OutOrStdout(), r.Text())
	return err
}

func checkReport(c *cobra.Command, path, public string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--check: %w", err)
	}
	r, s, err := reconcile.Check(b, public)
	if err != nil {
		return fmt.Errorf("--check %s: %w", path, err)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s: the signature of key %s fits\n%s", path, s.PublicKey, r.Text())
	return err
}
