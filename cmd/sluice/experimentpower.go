package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/experiment"
)

// Bounds of what somebody waits for, and of what tells anything.
const (
	mostRuns   = 100_000
	mostOrders = 10_000_000

	leastSymbolDays, mostSymbolDays = 10, 100_000
)

// newExperimentPower tries the design itself on orders of which it is known whether the arms differ.
func newExperimentPower() *cobra.Command {
	p := compare.PowerConfig{Design: experiment.Default("power"), World: experiment.Drawn{Mean: 3, SD: 10, R2: .35, Effect: -.5, Symbols: 20, Days: 20, Common: .05}}
	m := compare.Config{}
	var file string
	unit := string(p.Design.Unit)
	var asJSON bool
	c := &cobra.Command{
		Use:   "power",
		Short: "Try experiments where the truth is known: how often each way to read them is wrong, and how soon it finds a difference",
		Long: "Runs many experiments in which nothing differs between the arms, and as many in which the treatment costs so much less, and looks\n" +
			"at each of them again and again, as people do. It prints how many alarm falsely and how many find the difference, and after how\n" +
			"many orders, read by a t-test, by the confidence sequence with and without covariates, and by one look at the end. With\n" +
			"--scenario it does the same with orders of that simulated market, worked under static against static.\n\n" +
			"With --unit switchback the units are symbol-days, read by a t-test over orders, which takes orders of one day for independent, by\n" +
			"symbol-days after each day, and by symbol-days once at the end, as `sluice experiment report` reads them.",
		Example: "  sluice experiment power\n  sluice experiment power --scenario scenarios/balanced.toml --market-seeds 20\n  sluice experiment power --effect -1 --sd 50 --orders 100000 --runs 100\n" +
			"  sluice experiment power --unit switchback --symbols 20 --days 20 --effect -2",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p.Design.Unit = experiment.Unit(unit)
			if p.Design.Unit == experiment.SymbolDays && !c.Flags().Changed("every") {
				p.Every = 0
			}
			if err := checkPower(&p, &m); err != nil {
				return usageError{err}
			}
			if file != "" {
				if err := openScenario(&m, file, 0); err != nil {
					return err
				}
				p.Market = &m
			}
			done := powerProgress(&p, &m)
			tables, err := compare.Power(c.Context(), p)
			done()
			switch {
			case err != nil:
				return err
			case asJSON:
				return printIndented(c, tables)
			}
			for i, t := range tables {
				if i > 0 {
					fmt.Fprintln(c.OutOrStdout())
				}
				if _, err := fmt.Fprint(c.OutOrStdout(), t.Text()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := c.Flags()
	powerFlags(f, &p, &m)
	f.StringVar(&unit, "unit", unit, "what gets an arm: parent, or switchback for whole symbol-days")
	f.StringVar(&file, "scenario", "", "scenario file of a simulated market whose orders are tried too")
	f.BoolVar(&asJSON, "json", false, "print every figure as JSON")
	return c
}

// powerFlags are the figures of what is tried.
func powerFlags(f *pflag.FlagSet, p *compare.PowerConfig, m *compare.Config) {
	f.IntVar(&p.Runs, "runs", 400, "experiments without a difference, and as many with one")
	f.IntVar(&p.Orders, "orders", 20_000, "orders of each, drawn")
	f.IntVar(&p.Every, "every", 50, "orders between two looks; with --unit switchback symbol-days, and a day's if it is left out")
	f.IntVar(&p.World.Symbols, "symbols", p.World.Symbols, "switchback: symbols of the drawn orders; the k-th has 1/k of the first one's orders")
	f.IntVar(&p.World.Days, "days", p.World.Days, "switchback: days of the drawn orders")
	f.Float64Var(&p.World.Common, "common", p.World.Common, "switchback: share of the costs' unexplained variance that is common to a symbol's day")
	f.Float64Var(&p.World.Effect, "effect", p.World.Effect, "what the treatment costs more, bps; below 0 it costs less")
	f.Float64Var(&p.World.SD, "sd", p.World.SD, "spread of an order's cost, bps")
	f.Float64Var(&p.World.R2, "r2", p.World.R2, "share of the costs' variance that is known before an order begins")
	f.Float64Var(&p.Design.Share, "share", p.Design.Share, "of the treatment")
	f.Float64Var(&p.Design.Alpha, "alpha", p.Design.Alpha, "chance that the interval ever misses the truth")
	f.Float64Var(&p.Design.Tune, "tune", p.Design.Tune, "orders at which the interval is to be narrowest")
	f.Uint64Var(&p.Seed, "seed", 1, "of the drawn orders and of the arms")
	f.IntVar(&m.Parents, "market-parents", 2000, "of the scenario: parents of each seed")
	f.IntVar(&m.Seeds, "market-seeds", 10, "of the scenario: seeds to run")
	f.Uint64Var(&m.Seed, "market-seed", 0, "of the scenario: first seed; 0 is its own")
}

// checkPower names what cannot be tried.
func checkPower(p *compare.PowerConfig, m *compare.Config) error {
	switch {
	case p.Runs < 1 || p.Runs > mostRuns:
		return fmt.Errorf("--runs %d: give 1 to %d", p.Runs, mostRuns)
	case p.Orders < experiment.Least || p.Orders > mostOrders:
		return fmt.Errorf("--orders %d: give %d, below which nothing is read, to %d", p.Orders, experiment.Least, mostOrders)
	case p.Every < 1 && p.Design.Unit != experiment.SymbolDays || p.Every < 0:
		return fmt.Errorf("--every %d: give 1 or more", p.Every)
	case !(p.World.SD > 0) || !(p.World.R2 >= 0 && p.World.R2 < 1):
		return fmt.Errorf("--sd %v --r2 %v: give a spread above 0, and a share from 0 to below 1", p.World.SD, p.World.R2)
	case p.World.Symbols < 1 || p.World.Days < 1 || p.World.Symbols > mostSymbolDays || p.World.Days > mostSymbolDays || p.World.Symbols*p.World.Days > mostSymbolDays ||
		p.World.Symbols*p.World.Days < leastSymbolDays:
		return fmt.Errorf("--symbols %d --days %d: give %d to %d symbol-days", p.World.Symbols, p.World.Days, leastSymbolDays, mostSymbolDays)
	case !(p.World.Common >= 0 && p.World.Common < 1):
		return fmt.Errorf("--common %v: give a share from 0 to below 1", p.World.Common)
	case !(p.World.Effect != 0) || p.World.Effect-p.World.Effect != 0:
		return fmt.Errorf("--effect %v: give the difference that is to be found; that nothing differs is tried too", p.World.Effect)
	case m.Parents < 1 || m.Seeds < 1 || m.Parents > mostParents || m.Seeds > mostSeeds:
		return fmt.Errorf("--market-parents %d --market-seeds %d: give 1 to %d parents and 1 to %d seeds", m.Parents, m.Seeds, mostParents, mostSeeds)
	}
	return p.Design.Validate()
}

// powerProgress draws a bar on a terminal; the function it gives takes it away.
func powerProgress(p *compare.PowerConfig, m *compare.Config) func() {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func() {}
	}
	done := showProgress(m)
	bar := progressbar.NewOptions(p.Runs, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("experiments"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	p.Progress = func(n, _ int) { _ = bar.Set(n) }
	return func() { done(); _ = bar.Finish() }
}
