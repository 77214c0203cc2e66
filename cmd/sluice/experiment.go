package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/report"
)

// newExperiment begins, ends and reads experiments on live flow.
func newExperiment() *cobra.Command {
	c := &cobra.Command{
		Use:   "experiment",
		Short: "Begin, end and read an experiment on live flow: does one way to route cost less than another?",
		Long: "An experiment gives every parent order that arrives one of two arms, by a keyed hash, for good; orders of one client, symbol\n" +
			"and side that overlap share one. Directed orders, and clients that opted out of exploration, are in none. A static control\n" +
			"trains nobody. The reading is a confidence sequence: it may be looked at as often as you like and is wrong with the\n" +
			"probability alpha at most, once and for all looks together.",
		Example: "  sluice experiment start 'static against learner' --actor ann --reason 'spring review' -c desk.toml\n  sluice experiment report -c desk.toml",
	}
	c.AddCommand(newExperimentStart(), newExperimentStop(), newExperimentReport("status"), newExperimentReport("report"), newExperimentPower())
	return c
}

func newExperimentStart() *cobra.Command {
	d := decision{}
	design, path := experiment.Default(""), ""
	unit := string(design.Unit)
	c := &cobra.Command{
		Use:   "start NAME -c FILE",
		Short: "Begin an experiment: orders that arrive from now on get an arm",
		Long: "Start registers the design before the first order. It cannot be changed afterwards, only ended. Control and treatment are\n" +
			"static, learner (the router as it is without an experiment), or the id of a model that serves or is beside.",
		Example: "  sluice experiment start spring --share .5 --most 40000 --actor ann --reason 'agreed with the desk' -c desk.toml\n" +
			"  sluice experiment start spring --design spring.json --actor ann --reason 'agreed with the desk' -c desk.toml",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if path != "" {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if err := json.Unmarshal(text, &design); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			} else {
				design.Unit = experiment.Unit(unit)
			}
			if design.Name = args[0]; design.Salt == "" {
				design.Salt = design.Name
			}
			if err := design.Validate(); err != nil {
				return usageError{err}
			}
			d.Do = control.DoStartExperiment
			d.Design = &design
			return d.call(c)
		},
	}
	d.flags(c)
	f := c.Flags()
	f.StringVar(&path, "design", "", "file with the whole design as JSON, in place of the flags below")
	f.StringVar(&design.Control, "control", design.Control, "policy of the control")
	f.StringVar(&design.Treatment, "treatment", design.Treatment, "policy of the treatment")
	f.StringVar(&unit, "unit", unit, "what gets an arm: parent, or switchback for whole symbol-days")
	f.StringVar(&design.Salt, "salt", "", "of the hash that assigns; the name, if left out")
	f.Float64Var(&design.Share, "share", design.Share, "of the treatment")
	f.Float64Var(&design.Alpha, "alpha", design.Alpha, "chance that the interval ever misses the truth")
	f.Float64Var(&design.Tune, "tune", design.Tune, "orders at which the interval is to be narrowest")
	f.Float64Var(&design.Futile, "futile", design.Futile, "bps: a difference that small does not matter")
	f.Int64Var(&design.Most, "most", design.Most, "orders after which it ends undecided; 0 = never")
	return c
}

func newExperimentStop() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     "stop -c FILE",
		Short:   "End the experiment that runs: no order gets an arm any more, those that have one keep it",
		Example: "  sluice experiment stop --actor ann --reason 'it ships' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoStopExperiment
			return d.call(c)
		},
	}
	d.flags(c)
	return c
}

// newExperimentReport reads an experiment out of the store. Status is the one that began last, in short.
func newExperimentReport(verb string) *cobra.Command {
	var f reportFlags
	c := &cobra.Command{Use: verb + " [NAME] -c FILE", Args: cobra.MaximumNArgs(1)}
	c.Short = "Read an experiment: what each arm cost, the difference with its interval, and what the rule says"
	c.Example = "  sluice experiment report -c desk.toml\n  sluice experiment report spring --store demo-data/sluice.db --json"
	if verb == "status" {
		c.Short = "Say whether an experiment runs and what its rule says now"
		c.Example = "  sluice experiment status -c desk.toml"
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		st, err := f.open(c.Context())
		if err != nil {
			return err
		}
		defer st.Close()
		name := ""
		if len(args) > 0 {
			name = args[0]
		}
		x, err := report.ReadExperiment(c.Context(), st, 0, name)
		if err != nil {
			return err
		}
		switch {
		case f.json:
			return printIndented(c, x)
		case verb == "status":
			_, err = fmt.Fprintln(c.OutOrStdout(), x.Status())
		default:
			_, err = fmt.Fprint(c.OutOrStdout(), x.Text())
		}
		return err
	}
	c.Flags().StringVarP(&f.path, "config", "c", "", "configuration file that names the store")
	c.Flags().StringVar(&f.store, "store", "", "store: a file, or postgres://…")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}
