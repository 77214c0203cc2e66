package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
	"github.com/sluice-sor/sluice/serve/report/webpage"
)

// reportFlags are the flags of `sluice report`.
type reportFlags struct {
	path, store, child string
	html               string
	decision           uint64
	json, decisions    bool
	limit              int
	period             periodFlags
}

func newReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report [PARENT]",
		Short: "Print a parent's reconciliation and cost analysis, with every decision explained",
		Long: "Report reads the store, never the live router. PARENT is a parent's number or its last ClOrdID; without it, all parents\n" +
			"are summed up. Positive costs are losses.\n\n" +
			"--decision and --child explain one decision, or the one that sent a child order: every venue's expected cost by part\n" +
			"(spread, fee, impact, toxicity, leakage, opportunity) with its 90 % interval, why venues were left out, every plan with its\n" +
			"probability and cost by part, which was drawn, and what it was expected to cost beyond the static scorer's plan. The router's\n" +
			"page gives the same JSON at /api/v1/decisions/N/explanation and /api/v1/children/N/explanation.\n\n" +
			"--from, --to, --by and the filters sum up the parents that were received on those trading days; --csv gives the same as rows.\n" +
			"An execution counts on its trade date, whenever it was busted or corrected, and the report lists what changed afterwards. Where\n" +
			"a parent does not reconcile to the share, such a report is refused with the reason. --rule605 and --rule606 make tables of what venues\n" +
			"did with the child orders of those days, in the manner of those rules; they are no filing.",
		Example: "  sluice report --store demo-data/sluice.db\n  sluice report 33 --store demo-data/sluice.db --decisions\n  sluice report 33 -c desk.toml --json\n" +
			"  sluice report --from 2026-03-02 --to 2026-03-06 --by venue -c desk.toml\n  sluice report --by symbol --client EMS1 -c desk.toml --csv\n" +
			"  sluice report 33 -c desk.toml --html parent.html\n  sluice report --from 2026-03-02 --by symbol -c desk.toml --html week.html\n" +
			"  sluice report --rule605 --from 2026-03-01 --to 2026-03-31 -c desk.toml --csv\n" +
			"  sluice report --decision 412 -c desk.toml\n  sluice report --child 1093 -c desk.toml --json",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("decision") && f.decision == 0 {
				return usageError{errors.New("--decision is 0: decisions are numbered from 1")}
			}
			if len(args) > 0 && (f.decision != 0 || f.child != "") || f.decision != 0 && f.child != "" {
				return usageError{errors.New("give a PARENT, --decision N or --child ID, not two of them")}
			}
			if err := f.period.check(c, &f, len(args) > 0 || f.decision != 0 || f.child != ""); err != nil {
				return usageError{err}
			}
			st, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			return f.run(c, st, args)
		},
	}
	c.Flags().StringVarP(&f.path, "config", "c", "", "configuration file that names the store")
	c.Flags().StringVar(&f.store, "store", "", "store: a file, or postgres://…")
	c.Flags().BoolVar(&f.decisions, "decisions", false, "explain every decision")
	c.Flags().Uint64Var(&f.decision, "decision", 0, "explain the decision of this number")
	c.Flags().StringVar(&f.child, "child", "", "explain the decision that sent this child: its number, or its ClOrdID (11) at the venue")
	c.Flags().IntVar(&f.limit, "limit", 1000, "without PARENT: at most this many of the newest parents")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().StringVar(&f.html, "html", "", "write a page with charts to this file; it needs nothing beside it")
	f.period.add(c.Flags())
	return c
}

// open opens the store that the flags name.
func (f *reportFlags) open(ctx context.Context) (*store.Store, error) {
	if f.store == "" {
		if f.path == "" {
			return nil, usageError{errors.New("name the store with --store FILE-OR-URL, or a configuration with -c FILE")}
		}
		file, err := load(f.path)
		if err != nil {
			return nil, err
		}
		f.store = file.Router.StoreTarget()
	}
	return existingStore(ctx, f.store)
}

// run prints what was asked for.
func (f *reportFlags) run(c *cobra.Command, st *store.Store, args []string) error {
	switch {
	case f.decision != 0:
		x, text, err := report.Decision(c.Context(), st, 0, f.decision)
		return f.print(c, x, text, err)
	case f.child != "":
		x, text, err := report.Child(c.Context(), st, 0, f.child)
		return f.print(c, x, text, err)
	case len(args) > 0 && f.html != "":
		s, err := report.ReadStory(c.Context(), st, 0, args[0])
		if err != nil {
			return err
		}
		return writeHTML(c, f.html, func(w io.Writer) error { return webpage.Parent(w, s) })
	case len(args) > 0:
		r, err := report.Read(c.Context(), st, 0, args[0])
		if err != nil {
			return err
		}
		return f.print(c, r, r.Text(f.decisions), nil)
	case f.period.wanted:
		return f.period.run(c, f, st)
	}
	return f.all(c, st)
}

// writeHTML writes a page to a file, whole or not at all, and says where it is.
func writeHTML(c *cobra.Command, path string, page func(io.Writer) error) error {
	var b bytes.Buffer
	if err := page(&b); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("--html: %w: name a file in a directory that you can write in", err)
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "wrote %s: open it in a browser\n", path)
	return err
}

// all sums the parents up.
func (f *reportFlags) all(c *cobra.Command, st *store.Store) error {
	all, err := report.All(c.Context(), st, 0, f.limit)
	if err != nil {
		return err
	}
	sum, err := tca.Aggregate(all)
	if err != nil {
		return err
	}
	var b strings.Builder
	for i := range all {
		r := &all[i]
		fmt.Fprintf(&b, "%6d  %-16s %-5s %9d %-6s %-9s %-9s filled %9d at %v\n", r.Parent, r.ClOrdID, r.Side, r.Qty, r.Symbol, r.Strategy, r.State, r.Filled, r.AvgPx)
	}
	return f.print(c, map[string]any{"summary": sum, "parents": all}, b.String()+"\n"+sum.Text(), nil)
}

// print prints one of the two forms of an answer, unless there is none.
func (f *reportFlags) print(c *cobra.Command, value any, text string, err error) error {
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(c.OutOrStdout()).Encode(value)
	}
	_, err = fmt.Fprint(c.OutOrStdout(), text)
	return err
}

// storeThere reports a SQLite file that does not exist: opening it would make an empty one, and report that nothing was
// ever traded.
func storeThere(target string) error {
	if strings.Contains(target, "://") && !strings.HasPrefix(target, "sqlite:") {
		return nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(target, "sqlite:"), "//")
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return fmt.Errorf("store %s: is a directory: name the store's file in it, such as %s", path, filepath.Join(path, "sluice.db"))
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("store %s: there is no such file: name the store_url of a router that has run, or the sluice.db of a demo's directory", path)
	}
	return nil
}
