package compare

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// modelOf makes a model of the venues of a scenario, all but the first without, which is not trained.
func modelOf(t *testing.T, s *scenario.Scenario, seed uint64, without int, alias string) *Model {
	t.Helper()
	var venues []modeltest.Venue
	for _, v := range s.Venues[without:] {
		venues = append(venues, modeltest.Venue{Name: v.Name, Kind: v.Type.String()})
	}
	artifact := modeltest.New(seed, venues...)
	artifact.Header.Journals = []uint32{1, 2} // the desks' own number, and another
	m, err := NewModel(artifact.AppendBinary(nil), alias)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestModelsAsPolicies: models are policies by their ids, each decides with its own priors, and all pairs of them and the learner are
// told; what one does not know of a scenario is said.
func TestModelsAsPolicies(t *testing.T) {
	s := open(t, "balanced")
	a, b := modelOf(t, s, 1, 0, "champion"), modelOf(t, s, 2, 1, "")
	c := Config{Scenario: s, Policies: []string{Learner, a.ID, b.ID}, Models: []*Model{a, b}, Parents: 25, Training: 60, Seeds: 2, Workers: 2}
	r, err := Compare(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{Static, Learner, a.ID, b.ID, Oracle}; strings.Join(r.Names, " ") != strings.Join(want, " ") {
		t.Errorf("policies are %v, want %v", r.Names, want)
	}
	if len(r.Pairs) != 3 || r.Pairs[2].First != b.ID || r.Pairs[2].Second != a.ID {
		t.Fatalf("pairs are %+v: want model and learner, model and learner, model and model", r.Pairs)
	}
	for _, p := range r.Pairs {
		if x, y := r.Policies[p.First].IS.Mean, r.Policies[p.Second].IS.Mean; x == y || p.Costs.Mean-(x-y) > 1e-9 || p.Costs.Mean-(x-y) < -1e-9 {
			t.Errorf("%s costs %v, %s %v, the first %v more", p.First, x, p.Second, y, p.Costs.Mean)
		}
	}
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{b.ID + " − " + a.ID + ": ", "model " + b.ID + " costs ", " than model " + a.ID, "Model " + b.ID + " does not know LITX", r.Policies[a.ID].About[:30]} {
		if !strings.Contains(text.String()+r.Policies[a.ID].About, want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "Model "+a.String()+" does not know") {
		t.Errorf("it knows all venues:\n%s", text.String())
	}
}

// TestExperimentOfModels: both arms of an experiment may be models, and each parent is decided by its own; with one, it stands beside
// the learner or serves against static; who serves is what a live router would have.
func TestExperimentOfModels(t *testing.T) {
	s := open(t, "balanced")
	a, b := modelOf(t, s, 1, 0, ""), modelOf(t, s, 2, 0, "")
	c := Config{Scenario: s, Models: []*Model{a, b}, Parents: 40, Seeds: 1, Workers: 1}
	for _, arms := range [][2]string{{a.ID, b.ID}, {Learner, b.ID}, {a.ID, Static}} {
		d := experiment.Default("models")
		d.Control, d.Treatment = arms[0], arms[1]
		x, err := RunExperiment(t.Context(), c, d)
		if err != nil {
			t.Errorf("%v: %v", arms, err)
			continue
		}
		if n := x.Effect.Parents; n < 30 || x.Effect.Arms[0].Units < 8 || x.Effect.Arms[1].Units < 8 {
			if len(x.Notes) == 0 {
				t.Errorf("%v: %d parents, arms %+v, and no word why", arms, n, x.Effect.Arms)
			}
		}
		if text := x.Text(); !strings.Contains(text, "control: "+arms[0]) || !strings.Contains(text, "treatment: "+arms[1]) {
			t.Errorf("%v: text\n%s", arms, text)
		}
	}
}

// TestArmsOfModelsDecide: where both arms are models, the decisions of a parent name the model of its arm, and both decide.
func TestArmsOfModelsDecide(t *testing.T) {
	s := open(t, "balanced")
	a, b := modelOf(t, s, 1, 0, ""), modelOf(t, s, 2, 0, "")
	c := Config{Scenario: s, Models: []*Model{a, b}, Seed: 1}.withDefaults()
	d := experiment.Default("models")
	d.Control, d.Treatment = a.ID, b.ID
	x := &trial{design: d}
	names := map[string]int{}
	j := job{config: &c, policy: a.policy(), seed: 1, parents: 30, progress: &progress{}}
	j.serves, j.beside = c.places(&d)
	j.watch = func(k *desk) {
		x.watch(k)
		k.onPlan = joined(k.onPlan, func(r *event.RecordDecision) {
			if arm, in := x.arms[r.Parent]; in {
				names[r.Model]++
				if want := [2]string{a.ID, b.ID}[arm.Arm]; r.Model != want {
					t.Errorf("parent %d of arm %d is decided by %s, want %s", r.Parent, arm.Arm, r.Model, want)
				}
			}
		})
	}
	if _, err := j.run(t.Context()); err != nil || x.refused != nil {
		t.Fatal(err, x.refused)
	}
	if names[a.ID] == 0 || names[b.ID] == 0 || x.over != "" {
		t.Errorf("decisions by model: %v; ended: %q", names, x.over)
	}
}

// TestStrangeModels: models of other venues, arms that nobody knows, and bytes that are no model are named with what to do.
func TestStrangeModels(t *testing.T) {
	s := open(t, "balanced")
	other, err := NewModel(modeltest.New(3, modeltest.Venue{Name: "XNAS", Kind: "lit"}).AppendBinary(nil), "champion")
	if err != nil {
		t.Fatal(err)
	}
	kind, err := NewModel(modeltest.New(3, modeltest.Venue{Name: "DARKA", Kind: "lit"}).AppendBinary(nil), "")
	if err != nil {
		t.Fatal(err)
	}
	d := experiment.Default("x")
	d.Treatment = "champion"
	old := modeltest.New(3, modeltest.Venue{Name: "DARKA", Kind: "dark"})
	old.Header.Schema = "0123"
	_, oldErr := NewModel(old.AppendBinary(nil), "")
	_, unknown := RunExperiment(t.Context(), Config{Scenario: s}, d)
	d.Treatment = other.ID
	_, venues := RunExperiment(t.Context(), Config{Scenario: s, Models: []*Model{other}}, d)
	_, kinds := Compare(t.Context(), Config{Scenario: s, Models: []*Model{kind}, Policies: []string{kind.ID}})
	_, across := CompareAcross(t.Context(), []*scenario.Scenario{s}, Config{Models: []*Model{other}, Policies: []string{Learner, other.ID}})
	for want, err := range map[string]error{
		`"champion" is neither static nor learner`:                                      unknown,
		other.ID + ` (champion) was trained for other venues: it knows XNAS`:            venues,
		`venue DARKA was lit where it was trained, in ../../scenarios/balanced.toml`:    kinds,
		other.ID + ` (champion) was trained for other venues: it knows XNAS, and ../..`: across,
		`trained on feature schema 0123`:                                                oldErr,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says %q", err, want)
		}
	}
}

// TestSwitchbackInMarket: a switchback gives each symbol of each seed's day one arm, other seeds draw others, and the whole is the
// same for any number of workers.
func TestSwitchbackInMarket(t *testing.T) {
	c := Config{Scenario: open(t, "balanced"), Parents: 30, Seed: 700_970, Seeds: 6, Workers: 2}
	d := experiment.Default("days")
	d.Unit = experiment.SymbolDays
	x, err := RunExperiment(t.Context(), c, d)
	if err != nil {
		t.Fatal(err)
	}
	if n := x.Days.Days[0] + x.Days.Days[1]; n != 18 || x.Days.Days[0] < 4 || x.Days.Days[1] < 4 || x.Effect != nil {
		t.Errorf("%v symbol-days, want 18 of three symbols on six seeds, some of each arm", x.Days.Days)
	}
	if x.Days.Parents < 150 || x.OwnDays.Effect == x.Days.Effect {
		t.Errorf("%d parents; effect %+v, without the market's own moves %+v", x.Days.Parents, x.Days.Effect, x.OwnDays.Effect)
	}
	if text := x.Text(); !strings.Contains(text, "symbol-days") {
		t.Errorf("text\n%s", text)
	}
	c.Workers = 1
	if again, err := RunExperiment(t.Context(), c, d); err != nil || again.Text() != x.Text() {
		t.Errorf("with one worker: %v\n%s", err, again.Text())
	}
	c.Seeds = 1
	if _, err = RunExperiment(t.Context(), c, d); err == nil || !strings.Contains(err.Error(), "give more seeds") {
		t.Errorf("of one seed: %v", err)
	}
}
