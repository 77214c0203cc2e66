package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/compare/webpage"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Bounds of a comparison that somebody waits for.
const (
	mostParents = 1_000_000
	mostSeeds   = 10_000
)

// comparing is what `sluice compare` was asked for.
type comparing struct {
	compare.Config
	rehearsal
	file, policies, tune, html, desk string
	random                           uint64
	worlds                           int
	asJSON                           bool
}

func newCompare() *cobra.Command {
	x := &comparing{}
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare routing policies on the same work in a simulated market",
		Long: "Runs policies over the same parents in a simulated market, with common random numbers, and reports the\n" +
			"implementation shortfall with its parts, each with an interval over seeds, and how much of the gap between the\n" +
			"static scorer and an oracle each policy closes. Everything it says is of a simulated market.\n\n" +
			"A policy is also a model of a registry, by its id, the beginning of it, or an alias, with the configuration that names the\n" +
			"registry: the learner with that model in place from the start. With --experiment each parent is seen once, under one of two\n" +
			"arms, as `sluice experiment start` does it on live flow: a rehearsal, also by symbol-days.",
		Example: "  sluice compare --scenario scenarios/balanced.toml --policies static,learner --parents 2000\n" +
			"  sluice compare --scenario scenarios/block.toml --policies learner --timeline\n" +
			"  sluice compare --random 7 --policies all --html report.html\n" +
			"  sluice compare --random 4000 --worlds 20 --policies all\n" +
			"  sluice compare --scenario scenarios/balanced.toml --policies learner,champion,3f2a -c desk.toml\n" +
			"  sluice compare --scenario scenarios/balanced.toml --experiment --control champion --treatment 3f2a -c desk.toml\n" +
			"  sluice compare --scenario scenarios/balanced.toml --experiment --unit switchback --parents 500 --seeds 20",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := x.check(cmd); err != nil {
				return usageError{err}
			}
			return x.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&x.file, "scenario", "", "scenario file")
	f.Uint64Var(&x.random, "random", 0, "draw the scenario from this seed instead")
	f.IntVar(&x.worlds, "worlds", 1, "with --random N: compare over the scenarios N, N+1, …, so many; the intervals are over them, and the oracle takes part only if it is named")
	f.StringVar(&x.policies, "policies", "static,learner", "comma-separated, or all, and models with -c; static and oracle are always there")
	f.StringVarP(&x.desk, "config", "c", "", "configuration file that names the registry of the models")
	workFlags(f, &x.Config)
	f.StringVar(&x.tune, "tune", "", "run this policy's grid of settings on the tuning seeds instead; with --random N on N, N+1, … of them")
	f.StringVar(&x.html, "html", "", "write the report with its charts to this file too; with the timeline")
	x.rehearsal.flags(f)
	f.BoolVar(&x.asJSON, "json", false, "print every figure as JSON")
	return cmd
}

// check reads the flags and fetches the models that they name.
func (x *comparing) check(cmd *cobra.Command) (err error) {
	if (x.file == "") == !cmd.Flags().Changed("random") {
		return fmt.Errorf("give --scenario FILE or --random N; see %s --help", cmd.CommandPath())
	}
	if err := x.rehearsal.check(cmd); err != nil {
		return err
	}
	x.Policies = policyNames(x.policies)
	names := []*string{&x.control, &x.treatment}
	for i := range x.Policies {
		names = append(names, &x.Policies[i])
	}
	if x.Models, err = fetchModels(cmd.Context(), x.desk, names); err != nil {
		return err
	}
	design := x.design()
	if err := x.CheckArms(&design); err != nil {
		return err
	}
	if x.Parents < 1 || x.Seeds < 1 || x.Parents > mostParents || x.Seeds > mostSeeds {
		return fmt.Errorf("--parents %d --seeds %d: give 1 to %d parents and 1 to %d seeds", x.Parents, x.Seeds, mostParents, mostSeeds)
	}
	if x.Timeline && !slices.Contains(x.Policies, compare.Learner) {
		return fmt.Errorf("--timeline is of the %s: add it to --policies", compare.Learner)
	}
	if _, err := os.Stat(filepath.Dir(x.html)); x.html != "" && err != nil {
		return fmt.Errorf("--html %s: %w: name a file in a folder that exists", x.html, err)
	}
	if x.worlds < 1 || x.worlds > mostSeeds || x.worlds > 1 && (x.file != "" || x.html != "" || x.Timeline || x.tune != "" || x.on) {
		return fmt.Errorf("--worlds %d: give 1 to %d of them with --random N, and neither --html, --timeline, --tune nor --experiment with several", x.worlds, mostSeeds)
	}
	return nil
}

// run does what was asked for.
func (x *comparing) run(cmd *cobra.Command) error {
	if x.worlds > 1 {
		return compareAcross(cmd, &x.Config, x.random, x.worlds, x.asJSON)
	}
	if err := openScenario(&x.Config, x.file, x.random); err != nil {
		return err
	}
	switch {
	case x.on:
		return runExperiment(cmd, &x.Config, x.design(), x.asJSON)
	case x.tune != "":
		return tunePolicy(cmd, &x.Config, x.tune, x.random)
	}
	return compareTo(cmd, &x.Config, x.html, x.asJSON)
}

// workFlags are those of how much is worked.
func workFlags(f *pflag.FlagSet, c *compare.Config) {
	f.IntVar(&c.Parents, "parents", 2000, "parents of each seed")
	f.Uint64Var(&c.Seed, "seed", 0, "first seed; 0 is the scenario's")
	f.IntVar(&c.Seeds, "seeds", 5, "seeds to run, from --seed on; the intervals are over them")
	f.BoolVar(&c.Timeline, "timeline", false, "print what the learner does for the first parent of the first seed")
}

// compareTo runs the comparison and prints its report, and writes it as a page where a file is given.
func compareTo(cmd *cobra.Command, c *compare.Config, htmlFile string, asJSON bool) error {
	timeline := c.Timeline
	c.Timeline = timeline || htmlFile != "" && slices.Contains(c.Policies, compare.Learner)
	done := showProgress(c)
	r, err := compare.Compare(cmd.Context(), *c)
	done()
	if err != nil {
		return err
	}
	if htmlFile != "" {
		if err := writePage(htmlFile, r); err != nil {
			return err
		}
	}
	if !timeline { // it was only for the page
		r.Told, r.Timeline = nil, nil
	}
	if asJSON {
		return printIndented(cmd, r)
	}
	return r.Write(cmd.OutOrStdout())
}

// runExperiment prints the reading of an experiment.
func runExperiment(cmd *cobra.Command, c *compare.Config, design experiment.Design, asJSON bool) error {
	done := showProgress(c)
	x, err := compare.RunExperiment(cmd.Context(), *c, design)
	done()
	if err != nil {
		return err
	}
	if asJSON {
		return printIndented(cmd, x)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), x.Text())
	return err
}

// printIndented prints a result as JSON that people can read too.
func printIndented(c *cobra.Command, x any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(x)
}

// compareAcross compares over random scenarios and says where the learner is behind.
func compareAcross(cmd *cobra.Command, c *compare.Config, random uint64, worlds int, asJSON bool) error {
	var drawn []*scenario.Scenario
	for i := range worlds {
		drawn = append(drawn, scenario.Random(random+uint64(i)))
	}
	done := showProgress(c)
	r, err := compare.CompareAcross(cmd.Context(), drawn, *c)
	done()
	if err != nil {
		return err
	}
	if asJSON {
		return printIndented(cmd, r)
	}
	return r.Write(cmd.OutOrStdout())
}

// writePage writes the report as one HTML file.
func writePage(path string, r *compare.Report) error {
	var b bytes.Buffer
	if err := webpage.Write(&b, r); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil { //nolint:gosec // simulated markets only: for everybody to read
		return fmt.Errorf("%w: name a file in a folder that exists", err)
	}
	return nil
}

// tunePolicy prints what each setting of a policy's grid costs on the tuning seeds, the best first.
func tunePolicy(cmd *cobra.Command, c *compare.Config, policy string, random uint64) error {
	worlds, seeds := []*scenario.Scenario{c.Scenario}, c.Seeds
	if cmd.Flags().Changed("random") {
		for i := 1; i < c.Seeds; i++ {
			worlds = append(worlds, scenario.Random(random+uint64(i)))
		}
		seeds = 1
	}
	trials, err := compare.Tune(cmd.Context(), policy, worlds, seeds, c.Parents, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	slices.SortStableFunc(trials, func(a, b compare.Trial) int { return cmp.Compare(a.VsStatic.Mean, b.VsStatic.Mean) })
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s against static, bps, over %d worlds from seed %d\n", policy, len(worlds)*seeds, compare.TuningSeed)
	for _, t := range trials {
		fmt.Fprintf(out, "%s  %s\n", t.VsStatic, t.Settings.Of(policy))
	}
	return nil
}

// openScenario reads the scenario and its recordings, or draws it.
func openScenario(c *compare.Config, file string, random uint64) error {
	if file == "" {
		c.Scenario = scenario.Random(random)
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%w: name a scenario such as scenarios/balanced.toml", err)
	}
	if c.Scenario, err = scenario.Parse(file, data); err != nil {
		return err
	}
	for i := range c.Scenario.Recordings {
		day, err := openRecording(c.Scenario, i, filepath.Dir(file))
		if err != nil {
			return err
		}
		c.Recorded = append(c.Recorded, day)
	}
	return nil
}

func openRecording(s *scenario.Scenario, i int, dir string) (*sim.Lobster, error) {
	path, err := s.Recordings[i].Path(s, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.File, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.File, err)
	}
	return sim.LobsterFromZip(path, f, info.Size())
}

// showProgress draws a bar on a terminal; the function it gives takes it away.
func showProgress(c *compare.Config) func() {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("parents"),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	c.Progress = func(done, of int) {
		bar.ChangeMax(of)
		_ = bar.Set(done) // a bar that cannot be drawn must not stop the work
	}
	return func() { _ = bar.Finish() }
}
