package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/columnar"
	"github.com/sluice-sor/sluice/internal/decisionlog"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train"
)

// exportFormat is one form in which a store is written for other programs.
type exportFormat struct {
	name, about string
	writer      func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written)
	table       func(out io.Writer, columns []columnar.Column) columnar.Writer // nil: it has decisions only
}

func exportFormats() []exportFormat {
	return []exportFormat{
		{"vw", "the draws as Vowpal Wabbit reads them with --dsjson", func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written) {
			w := decisionlog.NewVW(out)
			w.Names = names
			return w, &w.Written
		}, nil},
		{"csv", "a table", func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written) {
			w := decisionlog.NewCSV(out)
			w.Names = names
			return w, &w.Written
		}, func(out io.Writer, columns []columnar.Column) columnar.Writer { return columnar.NewCSV(out, columns) }},
		{"parquet", "a table", func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written) {
			w := decisionlog.NewParquet(out)
			w.Names = names
			return w, &w.Written
		}, func(out io.Writer, columns []columnar.Column) columnar.Writer {
			return columnar.NewParquet(out, "outcomes", columns)
		}},
	}
}

// What an export has rows of.
const (
	ofDecisions = "decisions"
	ofOutcomes  = "outcomes"
)

func newExport() *cobra.Command {
	var format, file, of string
	var when span
	c := &cobra.Command{
		Use:   "export --format FORMAT [--of decisions|outcomes] [--out FILE] STORE",
		Short: "Write the decisions of a store, or what came of them, for other programs: notebooks, spreadsheets, Vowpal Wabbit",
		Long: "Export reads the store, a file or postgres://…, and writes its decisions one after the other, to standard output without --out.\n" +
			"Its memory does not grow with the store.\n\n" +
			"vw: a line a decision in Vowpal Wabbit's dsjson. Actions are the plans; the probability is the exact one that the plan\n" +
			"drawn had; the cost is what the decision cost in bps of the shares wanted, lower is better. Decisions that are no draw, that\n" +
			"are void, or whose cost is not recorded are left out and counted on standard error.\n\n" +
			"csv, parquet: a row a decision, usable or not; its state says which.\n\n" +
			"--of outcomes, as csv or parquet: a row a child order, as training reads it. It has the features of its decision, what was\n" +
			"sent and what filled, whether that is censored, its life if it rested, its answer, and its toxicity at four horizons net of\n" +
			"our own impact, busts taken out.",
		Example: "  sluice export --format vw --out decisions.dsjson demo-data/sluice.db\n" +
			"  vw --dsjson --cb_explore_adf --cb_type mtr -q CP -d decisions.dsjson\n" +
			"  sluice export --format csv --from 2026-03-02 --to 2026-03-03 postgres://desk@db/sluice > decisions.csv\n" +
			"  sluice export --format parquet --of outcomes --out outcomes.parquet demo-data/sluice.db",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name the store: a file such as demo-data/sluice.db, or postgres://…")}
			}
			for _, f := range exportFormats() {
				if f.name != format {
					continue
				}
				switch {
				case of == ofDecisions:
					return exportTo(c, file, func(out io.Writer) error { return exportDecisions(c, &f, out, args[0], &when) })
				case of == ofOutcomes && f.table != nil:
					return exportTo(c, file, func(out io.Writer) error { return exportOutcomes(c, &f, out, args[0], &when) })
				case of == ofOutcomes:
					return usageError{fmt.Errorf("--format %s has decisions only: write outcomes as csv or parquet", f.name)}
				}
				return usageError{fmt.Errorf("--of is %q: give %s or %s", of, ofDecisions, ofOutcomes)}
			}
			return usageError{fmt.Errorf("--format is %q: give %s", format, formatNames())}
		},
	}
	c.Flags().StringVar(&format, "format", "", formatNames())
	c.Flags().StringVar(&of, "of", ofDecisions, "what the rows are: "+ofDecisions+" or "+ofOutcomes)
	c.Flags().StringVar(&file, "out", "", "write to this file, not to standard output")
	when.flags(c)
	return c
}

// formatNames lists the formats for a person.
func formatNames() (text string) {
	for i, f := range exportFormats() {
		if i > 0 {
			text += ", or "
		}
		text += f.name + " (" + f.about + ")"
	}
	return text
}

// exportTo gives write the file, or standard output. A file that could not be written whole is removed.
func exportTo(c *cobra.Command, file string, write func(io.Writer) error) (err error) {
	if file == "" {
		return write(c.OutOrStdout())
	}
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("--out %s: %w: name a file in a folder that exists and that this user may write", file, err)
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			_ = os.Remove(file)
		}
	}()
	if err := write(to); err != nil {
		return fmt.Errorf("--out %s: %w", file, err)
	}
	return nil
}

// exportDecisions writes a store's decisions.
func exportDecisions(c *cobra.Command, f *exportFormat, out io.Writer, target string, when *span) error {
	all, err := openDecisions(c.Context(), target, when)
	if err != nil {
		return err
	}
	defer all.Close()
	w, written := f.writer(out, all.names)
	if err := all.each(c.Context(), w.Write); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("%w: free space on the volume, or name another", err)
	}
	fmt.Fprintln(c.ErrOrStderr(), written)
	if written.Other > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%d of them have another feature schema than this build's: their features have numbers for names\n", written.Other)
	}
	return nil
}

// exportOutcomes writes a store's children as training reads them.
func exportOutcomes(c *cobra.Command, f *exportFormat, out io.Writer, target string, when *span) error {
	filter, err := when.filter()
	if err != nil {
		return err
	}
	return withStore(c.Context(), target, func(st *store.Store) error {
		set, err := train.NewDataset(c.Context(), st, train.Options{From: filter.From, To: filter.To})
		if err != nil {
			return err
		}
		w := train.NewTable(func(columns []columnar.Column) columnar.Writer { return f.table(out, columns) })
		n, err := set.Rows(c.Context(), w.Write)
		if err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("%w: free space on the volume, or name another", err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "%d outcomes of %d decisions written; left out: %d whose features are of another schema than this build's\n", n.Rows, n.Decisions, n.Blind)
		return nil
	})
}
