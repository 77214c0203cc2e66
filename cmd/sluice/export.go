package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/decisionlog"
)

// exportFormat is one form in which a store is written for other programs.
type exportFormat struct {
	name, about string
	writer      func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written)
}

func exportFormats() []exportFormat {
	return []exportFormat{
		{"vw", "the draws as Vowpal Wabbit reads them with --dsjson", func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written) {
			w := decisionlog.NewVW(out)
			w.Names = names
			return w, &w.Written
		}},
		{"csv", "a table of all decisions", func(out io.Writer, names decisionlog.Names) (decisionlog.Writer, *decisionlog.Written) {
			w := decisionlog.NewCSV(out)
			w.Names = names
			return w, &w.Written
		}},
	}
}

func newExport() *cobra.Command {
	var format, file string
	var when span
	c := &cobra.Command{
		Use:   "export --format FORMAT [--out FILE] STORE",
		Short: "Write the decisions of a store for other programs: Vowpal Wabbit, spreadsheets",
		Long: "Export reads the store, a file or postgres://…, and writes its decisions one after the other, to standard output without --out.\n\n" +
			"vw: a line a decision in Vowpal Wabbit's dsjson. Actions are the plans; the probability is the exact one that the plan\n" +
			"drawn had; the cost is what the decision cost in bps of the shares wanted, lower is better. Decisions that are no draw, that\n" +
			"are void, or whose cost is not recorded are left out and counted on standard error.\n\n" +
			"csv: a row a decision, usable or not; its state says which.",
		Example: "  sluice export --format vw --out decisions.dsjson demo-data/sluice.db\n" +
			"  vw --dsjson --cb_explore_adf --cb_type mtr -q CP -d decisions.dsjson\n" +
			"  sluice export --format csv --from 2026-03-02 --to 2026-03-03 postgres://desk@db/sluice > decisions.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name the store: a file such as demo-data/sluice.db, or postgres://…")}
			}
			for _, f := range exportFormats() {
				if f.name == format {
					return export(c, &f, args[0], file, &when)
				}
			}
			return usageError{fmt.Errorf("--format is %q: give %s", format, formatNames())}
		},
	}
	c.Flags().StringVar(&format, "format", "", formatNames())
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

// export writes a store's decisions. A file that could not be written whole is removed.
func export(c *cobra.Command, f *exportFormat, target, file string, when *span) (err error) {
	all, err := openDecisions(c.Context(), target, when)
	if err != nil {
		return err
	}
	defer all.Close()
	out := c.OutOrStdout()
	if file != "" {
		to, failed := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the user's file
		if failed != nil {
			return fmt.Errorf("--out %s: %w: name a file in a folder that exists and that this user may write", file, failed)
		}
		defer func() {
			if err = errors.Join(err, to.Close()); err != nil {
				_ = os.Remove(file)
			}
		}()
		out = to
	}
	w, written := f.writer(out, all.names)
	if err := all.each(c.Context(), w.Write); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("--out %s: %w: free space on the volume, or name another", file, err)
	}
	fmt.Fprintln(c.ErrOrStderr(), written)
	if written.Other > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%d of them have another feature schema than this build's: their features have numbers for names\n", written.Other)
	}
	return nil
}
