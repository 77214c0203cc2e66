package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sluice-sor/sluice/serve/demo"
)

func newDemo() *cobra.Command {
	o := demo.Defaults()
	var asJSON, verbose bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole system in one process: venues, router, EMS, page, report",
		Long: "Demo starts simulated venues of every type behind real FIX sessions on loopback, the router with its journal, SQLite\n" +
			"store and page, and an EMS that sends parents over FIX; the router learns from every report. It ends by itself within a\n" +
			"minute with a report. Results are simulated. The data stay in --dir until the next demo. With --experiment the EMS sends one\n" +
			"order after another in each symbol and side, half of them to the static scorer, half to the learner, and the report says\n" +
			"what each cost and how sure that is; it takes a few minutes.",
		Example: "  sluice demo\n  sluice demo --seed 7 --parents 300 --keep\n  sluice demo --experiment\n  sluice replay demo-data/journal --verify",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Parents < 1 || o.Parents > 5000 {
				return usageError{fmt.Errorf("--parents is %d: give 1 to 5000", o.Parents)}
			}
			if o.Experiment && !c.Flags().Changed("parents") {
				o.Parents = 600
			}
			if !asJSON {
				o.Out = c.OutOrStdout()
			}
			o.Log, o.Build = logger(verbose), build()
			o.Progress = progress(o.Parents, c.ErrOrStderr())
			rep, err := demo.Run(c.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(rep)
			}
			if !o.Keep {
				fmt.Fprint(c.OutOrStdout(), rep.Text())
			}
			fmt.Fprintf(c.OutOrStdout(), "\nsluice replay %s --verify   proves that the same decisions come out again\n", rep.Journal)
			fmt.Fprintf(c.OutOrStdout(), "sluice reconcile -c %s --venue %s   proves that venues, journal, store and client agree\n",
				filepath.Join(o.Dir, "demo.toml"), filepath.Join(o.Dir, "truth.jsonl"))
			return nil
		},
	}
	c.Flags().Uint64Var(&o.Seed, "seed", o.Seed, "seed of the market and of the parents")
	c.Flags().IntVar(&o.Parents, "parents", o.Parents, "how many parents the EMS sends")
	c.Flags().StringVar(&o.Dir, "dir", o.Dir, "directory for journal, store and configuration; an earlier demo's files in it are replaced")
	c.Flags().StringVar(&o.HTTPAddr, "http", o.HTTPAddr, "address of the page; port 0 takes a free one")
	c.Flags().BoolVar(&o.Keep, "keep", false, "stay up after the report, until Ctrl-C")
	c.Flags().BoolVar(&o.Experiment, "experiment", false, "compare static and learner on the live flow, with 600 parents unless --parents says otherwise")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "log what happens, on standard error")
	return c
}

// logger writes to standard error: warnings and worse, or everything from information on.
func logger(verbose bool) *slog.Logger {
	level := slog.LevelError
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// progress draws a bar where a person watches, and nothing elsewhere.
func progress(all int, out io.Writer) func(done, all int) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	bar := progressbar.NewOptions(all, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("parents done"),
		progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	return func(done, _ int) { _ = bar.Set(done) } // a bar that cannot be drawn is no reason to stop
}
