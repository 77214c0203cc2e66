package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/net"
)

// The families of models.
const (
	Hierarchical = "hierarchical"  // heads on the features themselves
	NeuralLinear = "neural-linear" // heads on a learned map of them (FIT-06a)
	Auto         = "auto"          // the learned map where it is better by FIT-02's test, the features else
)

// Families are what a training may be asked for.
func Families() []string { return []string{Auto, Hierarchical, NeuralLinear} }

// Config says what is trained on what. Fields that are not optional say nothing of a default.
type Config struct {
	Source Source
	Dir    string // for the lock and for what an interrupted training left; made if it is not there
	Held   *Lock  // of Dir, where the caller has it already; nil: Run takes it for its time
	Key    string // names the source's content: store, window and cut. A training of the same key goes on where it was interrupted

	Family string // one of Families; empty is Auto
	Seed   uint64 // of networks and forests
	// Champion is the live model to compare with, nil for the built-in prior, ChampionID its name.
	Champion   *models.Model
	ChampionID string
	// Waive lists gates that a person lets the candidate pass, and Waiver who and why: both stand in the card.
	Waive  []string
	Waiver string

	Challenged int // markouts that golearn's trees see; 0 is 4,000, some 20 seconds; negative tries none

	Commit   string // of the code
	Instance uint32 // of the journal of the cut
	Epoch    uint32 // of the cut; 0: none
	Seq      uint64 // of the cut in that journal

	// Progress is told what is being done and how far it is, in units of its own: rows, passes, epochs. Of what is done beside
	// something else it is told in turns, never twice at a time. Optional.
	Progress func(what string, n int64)
}

// Validate names everything that is wrong with the configuration.
func (c *Config) Validate() error {
	var all []error
	if c.Source == nil || c.Dir == "" {
		all = append(all, errors.New("train: give a source and a directory to work in"))
	}
	if c.Family == "" {
		c.Family = Auto
	}
	known := false
	for _, f := range Families() {
		known = known || c.Family == f
	}
	if !known {
		all = append(all, fmt.Errorf("train: family is %q: give %s", c.Family, strings.Join(Families(), ", ")))
	}
	names := GateNames()
	for _, w := range c.Waive {
		if i := sort.SearchStrings(append([]string(nil), sorted(names)...), w); i == len(names) || sorted(names)[i] != w {
			all = append(all, fmt.Errorf("train: there is no gate %q to waive: they are %s", w, strings.Join(names, ", ")))
		}
	}
	if len(c.Waive) > 0 && c.Waiver == "" {
		all = append(all, errors.New("train: a waived gate needs somebody to answer for it: say who and why"))
	}
	return errors.Join(all...)
}

func sorted(names []string) []string {
	out := append([]string(nil), names...)
	sort.Strings(out)
	return out
}

// A Result is what a training gave. Model and Artifact are nil where a gate failed.
type Result struct {
	Report   *Report
	Model    *models.Model
	Artifact []byte
	Plots    []Plot // beside the card
}

// Refused reports whether a gate kept the candidate from being published.
func (r *Result) Refused() bool { return r.Model == nil }

// leastTrained is how many rows a training needs: on fewer every gate is not evaluable.
const leastTrained = 1000

// A job is a training as it goes.
type job struct {
	c      *Config
	stages *stages
	x      *Extract
	report *Report

	telling           sync.Mutex // progress
	fitEnd, testStart int64
	heads             *Heads // on the first part
	mapFit            *MapFit
	phi               *mapping
	champion          *predictor
	impact            *ImpactFit // of all orders of the source
}

// Run trains: it reads the source once into an extract, fits on the first 80 % of the rows, validates on the last 20 %, and, if
// every gate lets it, fits again on all rows and makes the artifact. What does not need another's result is done beside it, on as
// many cores as GOMAXPROCS says. The same source, seed and code give the same bytes on the same kind of machine, on however many
// cores. It holds the directory's lock. Memory does not grow with the rows, but for the finished orders (40 bytes each)
// and the draws of the last part (150 bytes each).
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Held == nil {
		l, err := LockDir(c.Dir)
		if err != nil {
			return nil, err
		}
		defer l.Release()
	}
	var err error
	j := &job{c: &c, report: &Report{}}
	key := fmt.Sprintf("%s\x00%s\x00%d\x00%s\x00%s", c.Key, c.Family, c.Seed, c.Commit, schemaHash())
	if j.stages, err = openStages(c.Dir, key, j.begins); err != nil {
		return nil, err
	}
	out, err := j.run(ctx)
	if err != nil {
		return nil, err
	}
	return out, j.stages.done()
}

func schemaHash() string {
	s := features.Default()
	return s.Hash()
}

func (j *job) begins(name string, resumed bool) {
	if resumed {
		name += " (kept from before)"
	}
	j.progress(name, 0)
}

func (j *job) progress(what string, n int64) {
	if j.c.Progress == nil {
		return
	}
	j.telling.Lock()
	defer j.telling.Unlock()
	j.c.Progress(what, n)
}

func (j *job) run(ctx context.Context) (*Result, error) {
	for _, step := range []func(context.Context) error{j.extract, j.split, j.judge} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	j.gates()
	out := &Result{Report: j.report}
	if failed := j.report.Failed(); len(failed) == 0 {
		if err := j.assemble(ctx, out); err != nil {
			return nil, err
		}
	}
	j.report.Published = len(j.report.Failed()) == 0
	if !j.report.Published {
		out.Model, out.Artifact = nil, nil
	}
	if out.Plots == nil {
		plots, err := j.report.plots()
		if err != nil {
			return nil, err
		}
		out.Plots = plots
	}
	return out, nil
}

// beside does some things at once, at most GOMAXPROCS of them, and ends with the first error. None may wait for another.
func beside(ctx context.Context, all ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, do := range all {
		g.Go(func() error { return do(ctx) })
	}
	return g.Wait()
}

// judge finds all that the gates go by, and the impact of orders, which needs nothing of it.
func (j *job) judge(ctx context.Context) error {
	return beside(ctx, j.candidates, j.challenge, j.orders)
}

// candidates fits the first part, chooses, and tries the choice.
func (j *job) candidates(ctx context.Context) error {
	if err := j.fitFirst(ctx); err != nil {
		return err
	}
	if err := j.validate(ctx); err != nil {
		return err
	}
	return beside(ctx, j.walk, j.value)
}

// extract reads the source, or finds that an interrupted training had read it.
func (j *job) extract(ctx context.Context) (err error) {
	path := filepath.Join(j.stages.dir, "rows")
	j.x, err = stage(j.stages, "reading rows", func() (*Extract, error) {
		x, err := writeExtract(ctx, path, j.c.Source, func(n int64) { j.progress("reading rows", n) })
		if err != nil {
			return nil, err
		}
		x.Told, x.Blind, err = j.c.Source.Taught(ctx)
		return x, err
	})
	if err != nil {
		return err
	}
	j.x.path = path
	if st, err := os.Stat(path); err != nil || st.Size() != j.x.Rows*entryBytes {
		return fmt.Errorf("train: the extract %s is not what it was: remove %s and train again", path, j.stages.dir)
	}
	r := j.report
	r.Rows, r.Fills, r.From, r.To, r.DataHash, r.Days = j.x.Rows, j.x.Fills, j.x.From, j.x.To, j.x.Hash, len(j.x.Days)
	r.Seed, r.Commit, r.Instance, r.Epoch, r.Seq, r.Champion = j.c.Seed, j.c.Commit, j.c.Instance, j.c.Epoch, j.c.Seq, j.c.ChampionID
	if r.Champion == "" {
		r.Champion = "the built-in prior"
	}
	if j.x.Rows < leastTrained {
		return fmt.Errorf("train: %d rows with an outcome, %d are needed: route more, or widen --from and --to", j.x.Rows, leastTrained)
	}
	return nil
}

// split finds the border: the last fifth of the rows validates, and a minute before it belongs to neither part, so that no
// markout reaches over it.
func (j *job) split(ctx context.Context) error {
	j.testStart = j.x.Rows * 8 / 10
	border, err := j.x.timeOf(ctx, j.testStart)
	if err != nil {
		return err
	}
	gap := min(int64(purge), (j.x.To-j.x.From)/50) // of a window of minutes, a fiftieth
	if j.fitEnd, err = j.x.firstAt(ctx, border-gap, j.testStart); err != nil {
		return err
	}
	j.report.FitRows, j.report.TestRows, j.report.Purged, j.report.Border = j.fitEnd, j.x.Rows-j.testStart, j.testStart-j.fitEnd, border
	if j.fitEnd < leastTrained/2 {
		return fmt.Errorf("train: %d rows before the border of validation: widen --from", j.fitEnd)
	}
	return nil
}

func (j *job) passes(what string) func(string, int) {
	return func(of string, pass int) { j.progress(what+": "+of, int64(pass)) }
}

// fitFirst fits the first part, the feature map too where the family may want it.
func (j *job) fitFirst(ctx context.Context) (err error) {
	j.phi = newMapping(nil)
	j.heads, err = stage(j.stages, "fitting the first part", func() (*Heads, error) {
		return fitHeads(ctx, j.x, j.fitEnd, j.phi, nil, j.passes("fitting the first part"))
	})
	if err != nil || j.c.Family == Hierarchical {
		return err
	}
	j.mapFit, err = stage(j.stages, "training the feature map", func() (*MapFit, error) {
		epoch := int64(0)
		return fitMap(ctx, j.x, j.fitEnd, j.heads, j.c.Seed, func(net.Epoch) { epoch++; j.progress("training the feature map", epoch) })
	})
	if err != nil {
		return err
	}
	if j.mapFit.Net == nil && j.c.Family == NeuralLinear {
		return fmt.Errorf("train: no feature map: %s (%d)", j.mapFit.Why, j.mapFit.Rows)
	}
	return nil
}

// candidate is the fitted heads as a model, to predict with.
func (j *job) candidate(h *Heads, net *models.Network) (*predictor, error) {
	return newPredictor(j.x, &models.Model{Map: net, Arms: h.Arms, Kinds: h.Kinds})
}

// validate scores the heads on the last part, beside the live model; with a feature map it chooses between the two.
func (j *job) validate(ctx context.Context) error {
	live := j.c.Champion
	if live == nil {
		live = builtin(j.x)
	}
	var err error
	if j.champion, err = newPredictor(j.x, live); err != nil {
		return err
	}
	linear, err := j.candidate(j.heads, nil)
	if err != nil {
		return err
	}
	j.progress("validating", 0)
	j.report.Family = Hierarchical
	if j.mapFit != nil && j.mapFit.Net != nil {
		if err := j.choose(ctx, linear); err != nil {
			return err
		}
	}
	candidate, err := j.candidate(j.heads, j.phi.net)
	if err != nil {
		return err
	}
	first := j.testStart
	if c := j.c.Champion; c != nil && c.Header.To > 0 { // what the champion was trained on says nothing of it, if enough is left
		after, err := j.x.firstAt(ctx, c.Header.To+1, j.x.Rows)
		if err != nil {
			return err
		}
		if j.x.Rows-max(after, first) >= leastTrained {
			first = max(after, first)
		}
	}
	j.report.ScoredRows = j.x.Rows - first
	j.report.Validation, err = validate(ctx, j.x, first, j.x.Rows, candidate, j.champion)
	return err
}

// choose fits heads on the feature map, and takes them where their joint log density is better than the linear ones' by a
// paired lower bound above 0, or where the family says so.
func (j *job) choose(ctx context.Context, linear *predictor) error {
	phi := newMapping(j.mapFit.Net)
	neural, err := stage(j.stages, "fitting the first part on the map", func() (*Heads, error) {
		return fitHeads(ctx, j.x, j.fitEnd, phi, nil, j.passes("fitting the first part on the map"))
	})
	if err != nil {
		return err
	}
	p, err := j.candidate(neural, j.mapFit.Net)
	if err != nil {
		return err
	}
	v, err := validate(ctx, j.x, j.testStart, j.x.Rows, p, linear)
	if err != nil {
		return err
	}
	c := &Choice{Rows: j.mapFit.Rows, Curve: j.mapFit.Curve, Best: j.mapFit.Best, Units: j.mapFit.Net.Out() - 1, Fill: v.Fill, Tox: v.Tox}
	j.report.Choice = c
	better := v.Fill.Difference-v.Fill.Radius > 0 && v.Tox.Difference+v.Tox.Radius > 0 || v.Tox.Difference-v.Tox.Radius > 0 && v.Fill.Difference+v.Fill.Radius > 0
	if c.Taken = better || j.c.Family == NeuralLinear; c.Taken {
		j.report.Family, j.heads, j.phi = NeuralLinear, neural, phi
	}
	return nil
}

// challenge tries golearn's trees.
func (j *job) challenge(ctx context.Context) (err error) {
	j.report.Challengers, err = stage(j.stages, "trying trees", func() (*Challengers, error) {
		return challenge(ctx, j.x, j.c.Challenged, j.c.Seed)
	})
	return err
}

// value values the candidate's policy, and compares the features of the two parts.
func (j *job) value(ctx context.Context) error {
	candidate, err := j.candidate(j.heads, j.phi.net)
	if err != nil {
		return err
	}
	j.progress("valuing the policy", 0)
	if j.report.Policy, err = policyValue(ctx, j.c.Source, j.report.Border, j.x, candidate); err != nil {
		return err
	}
	j.report.PSI, err = drift(ctx, j.x, j.fitEnd, j.testStart)
	return err
}

// orders fits impact.
func (j *job) orders(ctx context.Context) (err error) {
	j.impact, err = stage(j.stages, "fitting impact", func() (*ImpactFit, error) { return fitImpacts(ctx, j.c.Source) })
	return err
}

// gates says whether the candidate may be published (FIT-02), but for the probes, which need the artifact.
func (j *job) gates() {
	v := j.report.Validation
	policy, psi := j.report.Policy, j.report.PSI
	j.report.Gates = []Gate{
		densityGate("fill-density", &v.Fill), densityGate("toxicity-density", &v.Tox),
		calibrationGate("fill-calibration", &v.FillBins), calibrationGate("hazard-calibration", &v.HazardBins),
		coverageGate(&v.Inside), policyGate(policy), driftGate(psi), rowsGate(j.x.Taught, j.x.Told, j.x.Blind),
	}
	j.waive()
}

// waive marks the gates that a person answers for.
func (j *job) waive() {
	for i := range j.report.Gates {
		g := &j.report.Gates[i]
		for _, w := range j.c.Waive {
			if g.Name == w && g.Verdict != Pass {
				g.Waived = j.c.Waiver
			}
		}
	}
}
