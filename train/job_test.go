package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/bandit/offpolicy"
	"github.com/sluice-sor/sluice/models"
)

func configOf(t *testing.T, m *memory) Config {
	t.Helper()
	return Config{Source: m, Dir: t.TempDir(), Key: "a truth", Family: Hierarchical, Seed: 1, Commit: "test", Challenged: -1}
}

func gateOf(t *testing.T, r *Report, name string) Gate {
	t.Helper()
	for _, g := range r.Gates {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no gate %s among %v", name, r.Gates)
	return Gate{}
}

// FIT-02, FIT-09: a sound training passes all gates and gives an artifact that may serve; the same data and seed give the same
// bytes, interrupted or not.
func TestRun(t *testing.T) {
	world := &memory{seed: 3, rows: 9000, draws: 6000, parents: 3000, left: 9}
	run := func(c Config) *Result {
		t.Helper()
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	c := configOf(t, world)
	c.Challenged = 250
	r := run(c)
	if r.Refused() {
		for _, g := range r.Report.Failed() {
			t.Errorf("%s: %s: %s", g.Name, g.Verdict, g.Words)
		}
		t.Fatal("a sound training was refused")
	}
	if len(r.Report.Gates) != len(GateNames()) {
		t.Errorf("%d gates were tried, there are %d", len(r.Report.Gates), len(GateNames()))
	}
	m, err := models.Parse(r.Artifact)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if len(m.Probes) != mostProbes || len(m.Arms) != 6 || m.Header.DataHash == "" || !strings.Contains(m.Header.Card, "## Gates") {
		t.Errorf("%d probes, %d arms, header %+v", len(m.Probes), len(m.Arms), m.Header)
	}
	if got := m.Header.Journals; len(got) != 1 || got[0] != 1 {
		t.Errorf("the model says that its data are of journals %v", got)
	}
	for b, y := range newTruth(3).y { // FIT-04
		if got, sd := m.Impact.Y[b], m.Impact.SD[b]; math.Abs(got-y) > 4*sd {
			t.Errorf("Y of bucket %d is %.3f ± %.3f, want %v", b, got, sd, y)
		}
	}
	if len(r.Plots) < 3 {
		t.Errorf("%d plots, want calibration, coefficients and impact at least", len(r.Plots))
	}
	for _, p := range r.Plots {
		if !bytes.Contains(p.Data, []byte("<svg")) {
			t.Errorf("%s is no SVG", p.Name)
		}
		if !strings.Contains(m.Header.Card, "("+p.Name+")") {
			t.Errorf("the card does not show %s", p.Name)
		}
	}
	c = configOf(t, world)
	c.Challenged = 250
	stop, cancel := context.WithCancel(context.Background())
	c.Progress = func(what string, _ int64) {
		if strings.HasPrefix(what, "fitting everything") {
			cancel()
		}
	}
	if _, err := Run(stop, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted training ended with %v", err)
	}
	c.Source = &memory{seed: 3, rows: 9000, draws: 6000, parents: 3000, left: 9} // as another process has it
	var kept []string
	c.Progress = func(what string, _ int64) {
		if strings.HasSuffix(what, "(kept from before)") {
			kept = append(kept, what)
		}
	}
	if again := run(c); !bytes.Equal(again.Artifact, r.Artifact) {
		t.Error("a training that was interrupted has other bytes")
	}
	if len(kept) < 2 || !strings.HasPrefix(kept[0], "reading rows") {
		t.Errorf("it kept %v", kept)
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, "work-*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// FIT-06: where fills bend, the learned map is better and ships, with parity to gorgonia as a gate; where they do not, the
// features stay.
func TestRunOnAMap(t *testing.T) {
	if testing.Short() {
		t.Skip("trains networks")
	}
	bent := func(r *Row) {
		if !r.HasFill || r.Taken > 0 {
			return
		}
		if r.Got, r.Early = 0, false; math.Abs(r.Phi[1]) > .7 {
			r.Got = r.Sent
		}
	}
	run := func(change func(*Row)) *Result {
		c := configOf(t, &memory{seed: 5, rows: 5000, draws: 500, parents: 200, change: change})
		c.Family = Auto
		c.Waive, c.Waiver = GateNames(), "test: only the choice is of interest"
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if r.Refused() || r.Report.Choice == nil {
			t.Fatalf("refused %v, choice %+v", r.Refused(), r.Report.Choice)
		}
		t.Logf("%s: any fill %s, toxicity %s", r.Report.Family, r.Report.Choice.Fill.words(), r.Report.Choice.Tox.words())
		return r
	}
	r := run(bent)
	if r.Model.Map == nil || r.Model.Header.Family != NeuralLinear || !r.Report.Choice.Taken {
		t.Errorf("fills that bend are fitted by %s", r.Report.Family)
	}
	if g := gateOf(t, r.Report, "probes"); g.Verdict != Pass || !(g.High > 0) {
		t.Errorf("parity: %+v", g)
	}
	if r = run(nil); r.Model.Map != nil || r.Report.Family != Hierarchical {
		t.Errorf("a straight world is fitted by %s", r.Report.Family)
	}
}

// FIT-02: what fails says which gate and by how much, and nothing is published.
func TestGatesRefuse(t *testing.T) {
	refused := func(name string, m *memory, gate string, change func(*Config)) {
		t.Helper()
		c := configOf(t, m)
		if change != nil {
			change(&c)
		}
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g := gateOf(t, r.Report, gate)
		if !r.Refused() || g.Verdict == Pass || len(r.Artifact) > 0 {
			t.Errorf("%s: %s is %s (%s), published %v", name, gate, g.Verdict, g.Words, !r.Refused())
		}
		if g.Verdict == Fail && !strings.Contains(g.Words, "missed") && gate != "rows" {
			t.Errorf("%s: %q does not say by how much", name, g.Words)
		}
		if len(r.Plots) == 0 {
			t.Errorf("%s: nothing is drawn of a refused training", name)
		}
	}
	half := newTruth(7).start + 9000*newTruth(7).gap
	turned := &memory{seed: 7, rows: 10_000, draws: 2000, change: func(r *Row) { // the latest part is another world
		if r.At > half {
			for j := 1; j < dim; j++ {
				r.Phi[j] = -r.Phi[j]
			}
		}
	}}
	refused("fills that turned around", turned, "fill-calibration", nil)
	moved := &memory{seed: 8, rows: 8000, draws: 2000, change: func(r *Row) {
		if r.At > newTruth(8).start+6500*50_000_000 {
			r.Phi[3] = min(4, r.Phi[3]+1.5)
		}
	}}
	refused("a feature that moved", moved, "drift", nil)
	refused("no draws", &memory{seed: 9, rows: 8000}, "policy", nil)
	champion := func(c *Config) { // the truth itself
		x := extractOf(t, &memory{seed: 10, rows: 20_000})
		h, err := fitHeads(context.Background(), x, x.Rows, newMapping(nil), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Champion, c.ChampionID = &models.Model{Arms: h.Arms, Kinds: h.Kinds}, "better"
	}
	refused("a champion that knows more", &memory{seed: 10, rows: 2500, draws: 2000}, "fill-density", champion)
	refused("rows that are missing", &memory{seed: 11, rows: 8000, draws: 2000, lost: 3}, "rows", nil)
}

// A person may answer for a gate; the card says so. Nobody may for one that there is not.
func TestWaive(t *testing.T) {
	c := configOf(t, &memory{seed: 9, rows: 8000})
	c.Waive, c.Waiver = []string{"policy"}, "ann: nothing draws yet"
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused() || !strings.Contains(r.Model.Header.Card, "waived by ann: nothing draws yet") {
		t.Errorf("refused %v; card:\n%s", r.Refused(), r.Report.Card())
	}
	c.Waive, c.Waiver = []string{"luck"}, ""
	if _, err = Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "luck") || !strings.Contains(err.Error(), "answer") {
		t.Errorf("waiving what there is not: %v", err)
	}
}

// One training at a time, and the other says who.
func TestOneAtATime(t *testing.T) {
	c := configOf(t, &memory{seed: 1, rows: 100})
	l, err := LockDir(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(context.Background(), c)
	if err == nil || !strings.Contains(err.Error(), "another training runs") {
		t.Errorf("two at a time: %v", err)
	}
	c.Held = l
	if _, err = Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "rows with an outcome") {
		t.Errorf("whoever holds the lock: %v", err)
	}
	c.Held = nil
	l.Release()
	if _, err = Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "rows with an outcome") {
		t.Errorf("100 rows: %v", err)
	}
	if _, err = Run(context.Background(), Config{Source: &memory{}, Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "nothing to train on") {
		t.Errorf("no rows: %v", err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "lock"), []byte("77"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What another training left that was interrupted stays for it, until nobody will go on with it.
func TestOthersStages(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"work-young", "work-old"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-KeptFor - time.Minute)
	if err := os.Chtimes(filepath.Join(dir, "work-old"), long, long); err != nil {
		t.Fatal(err)
	}
	s, err := openStages(dir, "key", func(string, bool) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.done(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "work-*")); len(left) != 1 || filepath.Base(left[0]) != "work-young" {
		t.Errorf("there is %v, want what is young", left)
	}
}

// OPE-01: the value of a policy that knows toxicity, where the logged one did not, is what the true costs say.
func TestPolicyValue(t *testing.T) {
	world := &memory{seed: 12, rows: 30_000, draws: 20_000}
	x := extractOf(t, world)
	h, err := fitHeads(context.Background(), x, x.Rows, newMapping(nil), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPredictor(x, &models.Model{Arms: h.Arms, Kinds: h.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	v, err := policyValue(context.Background(), world, 0, x, p)
	if err != nil || v.Problem != "" {
		t.Fatal(err, v.Problem)
	}
	truth, n := 0.0, 0
	c := counterfactual{arms: map[ArmKey]int{}, candidate: p}
	for i, k := range x.Arms {
		c.arms[k] = i
	}
	world.eachDraw(0, func(d *DecisionRow, costs []float64) error {
		if err := c.take(d); err != nil {
			return err
		}
		for j := range d.Plans {
			truth += (c.dist.P[j] - d.Plans[j].Prob) * costs[j]
		}
		n++
		return nil
	})
	truth /= float64(n)
	d := v.Difference[offpolicy.SNDR]
	t.Logf("%d draws: true difference %+.4f bps, SNDR %+.4f ± %.4f", v.Draws, truth, d.Value, d.Radius)
	if !(truth < 0) || math.Abs(d.Value-truth) > d.Radius {
		t.Errorf("SNDR says %+.4f ± %.4f, the truth is %+.4f", d.Value, d.Radius, truth)
	}
	if g := policyGate(v); g.Verdict != Pass {
		t.Errorf("the gate: %+v", g)
	}
}
