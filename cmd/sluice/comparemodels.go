package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
)

// rehearsal is the experiment that `sluice compare --experiment` runs as a live router would.
type rehearsal struct {
	on                       bool
	control, treatment, unit string
	share                    float64
}

func (r *rehearsal) flags(f *pflag.FlagSet) {
	d := experiment.Default("")
	f.BoolVar(&r.on, "experiment", false, "run an experiment as a desk would: both arms in one market, each parent under one of them")
	f.StringVar(&r.control, "control", d.Control, "with --experiment: policy of the control: static, learner, or a model with -c")
	f.StringVar(&r.treatment, "treatment", d.Treatment, "with --experiment: policy of the treatment, likewise")
	f.StringVar(&r.unit, "unit", string(d.Unit), "with --experiment: what gets an arm: parent, or switchback for whole symbol-days; each seed is a day of its own")
	f.Float64Var(&r.share, "share", d.Share, "with --experiment: of the treatment")
}

// check says which flags mean nothing without --experiment.
func (r *rehearsal) check(cmd *cobra.Command) error {
	var problems []error
	for _, name := range []string{"control", "treatment", "unit", "share"} {
		if !r.on && cmd.Flags().Changed(name) {
			problems = append(problems, fmt.Errorf("--%s is of an experiment: add --experiment", name))
		}
	}
	if r.on && cmd.Flags().Changed("policies") {
		problems = append(problems, errors.New("--policies are of a comparison: name the arms of an experiment by --control and --treatment"))
	}
	return errors.Join(problems...)
}

// design is the experiment, its arms by the names that the router gives them.
func (r *rehearsal) design() experiment.Design {
	d := experiment.Default(r.treatment + " against " + r.control)
	if r.control == compare.Static && r.treatment == compare.Learner {
		d = experiment.Default("static against learner")
	}
	d.Control, d.Treatment, d.Unit, d.Share = r.control, r.treatment, experiment.Unit(r.unit), r.share
	return d
}

// policyNames are those of a list: all is all of package compare's own.
func policyNames(list string) (names []string) {
	for _, p := range strings.Split(list, ",") {
		if p = strings.TrimSpace(p); p == "all" {
			for _, q := range compare.Policies() {
				names = append(names, q.Name)
			}
		} else if p != "" {
			names = append(names, p)
		}
	}
	return names
}

// fetchModels takes the models among the names out of the registry of a configuration, and puts their ids in place of aliases and
// beginnings of ids. The built-in prior is the learner's own.
func fetchModels(ctx context.Context, path string, names []*string) (found []*compare.Model, err error) {
	var wanted []*string
	for _, n := range names {
		if !compare.IsPolicy(*n) {
			wanted = append(wanted, n)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	if path == "" {
		return nil, fmt.Errorf("%w; -c FILE names the configuration whose registry has it", compare.Known([]string{*wanted[0]}))
	}
	m := modelFlags{path: path}
	err = m.with(ctx, func(f *config.File, r *registry.Registry) error {
		var problems []error
		for _, name := range wanted {
			model, err := fetchModel(ctx, r, name)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %q: %w", f.Models.Registry, *name, err))
			} else if model != nil && !slices.ContainsFunc(found, func(x *compare.Model) bool { return x.ID == model.ID }) {
				found = append(found, model)
			}
		}
		return errors.Join(problems...)
	})
	return found, err
}

// fetchModel gives the model of a name, which becomes its id; nil is the built-in prior's.
func fetchModel(ctx context.Context, r *registry.Registry, name *string) (*compare.Model, error) {
	id, err := r.Resolve(ctx, *name)
	if err != nil {
		return nil, err
	}
	if id == registry.Builtin {
		*name = compare.Learner
		return nil, nil
	}
	_, data, err := r.Model(ctx, id)
	if err != nil {
		return nil, err
	}
	alias := *name
	if strings.HasPrefix(id, alias) {
		alias = ""
	}
	*name = id
	return compare.NewModel(data, alias)
}
