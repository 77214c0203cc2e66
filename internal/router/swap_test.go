package router

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// artifact is a model of all venues of the world, changed by edit, and its id.
func (w *world) artifact(seed uint64, edit func(*models.Model)) (id string, bytes []byte) {
	var venues []modeltest.Venue
	for i := range w.e.venues {
		venues = append(venues, modeltest.Venue{Name: w.e.venues[i].Name, Kind: w.e.venues[i].Type.String()})
	}
	m := modeltest.New(seed, venues...)
	if edit != nil {
		edit(m)
		modeltest.Probe(m, 16)
	}
	b := m.AppendBinary(nil)
	return models.ID(b), b
}

// activate gives a model its place and returns what was recorded of it, the last thing first to go wrong.
func (w *world) activate(mode event.ModelMode, id string, artifact []byte, share float64) event.RecordModel {
	w.t.Helper()
	w.apply(&event.ModelActivated{Model: id, Artifact: artifact, Mode: mode, Share: share, Instance: 77, Epoch: w.e.learner.bandit.Epoch(), Actor: "test"})
	return w.changes[len(w.changes)-1]
}

// modelsOf gives the models that decisions named, in order, each once.
func (w *world) modelsOf(decisions []event.RecordDecision) (out []string) {
	for i := range decisions {
		if m := decisions[i].Model; !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// MOP-04: a model predicts beside, then serves, then goes back; each decision names the one that made it, each change is recorded
// with who serves from then on, and whoever asked is told.
func TestAModelsLife(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkB, venueDarkC)
	a, artifact := w.artifact(1, nil)
	w.apply(&event.TrainingCut{Actor: "test"})
	if got := w.answers[0]; got.Refused || got.Epoch != 1 || got.Seq != w.seq || got.Instance != 77 {
		t.Fatalf("a cut is answered with %+v, want epoch 1 and record %d", got, w.seq)
	}
	w.works(2, nil)
	for _, step := range []struct {
		mode    event.ModelMode
		id      string
		bytes   []byte
		share   float64
		what    event.ModelChange
		serving string
		beside  string
		canary  float64
		names   []string // of the models that then decide
	}{
		{event.ModeServe, Model, nil, 0, event.ModelRefused, Model, "", 0, []string{Model}},
		{event.ModeShadow, a, nil, 0, event.ModelRefused, Model, "", 0, []string{Model}},
		{event.ModeRollback, "", nil, 0, event.ModelRefused, Model, "", 0, []string{Model}},
		{event.ModeShadow, a, artifact, 0, event.ModelShadow, Model, a, 0, []string{Model}},
		{event.ModeRollback, "other", nil, 0, event.ModelRefused, Model, a, 0, []string{Model}},
		{event.ModeCanary, a, nil, 1.5, event.ModelRefused, Model, a, 0, []string{Model}},
		{event.ModeCanary, a, nil, 0, event.ModelCanary, Model, a, .01, nil},
		{event.ModeServe, a, nil, 0, event.ModelServing, a, Model, 0, []string{a}},
		{event.ModeShadow, a, artifact, 0, event.ModelRefused, a, Model, 0, []string{a}},
		{event.ModeRollback, "", nil, 0, event.ModelRolledBack, Model, a, 0, []string{Model}},
		{event.ModeServe, a, artifact, 0, event.ModelServing, a, Model, 0, []string{a}},
	} {
		got := w.activate(step.mode, step.id, step.bytes, step.share)
		if got.What != step.what || got.Serving != step.serving || got.Beside != step.beside || got.Share != step.canary {
			t.Fatalf("%v %q: recorded %+v, want %v, %q serving, %q beside with %v", step.mode, step.id, got, step.what, step.serving, step.beside, step.canary)
		}
		if answer := w.answers[len(w.answers)-1]; answer.Refused != (step.what == event.ModelRefused) {
			t.Errorf("%v %q: answered %+v", step.mode, step.id, answer)
		}
		from := len(w.decided)
		w.works(1, nil)
		if names := w.modelsOf(w.decided[from:]); step.names != nil && !slices.Equal(names, step.names) {
			t.Errorf("after %v of %q models %q decide, want %q", step.mode, step.id, names, step.names)
		}
	}
	if e := w.e.learner.bandit.Since(); e != 1 {
		t.Errorf("data count since epoch %d, want 1: that of the cut", e)
	}
}

// MOP-24: a keyed hash of the parent decides which model serves it, and it keeps that for life, whichever serves the others.
func TestAParentHasOneModelForLife(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkB)
	w.works(20, nil)
	m := w.learned(20) // as good as its predecessor: it is not demoted
	modeltest.Probe(m, 16)
	artifact := m.AppendBinary(nil)
	a := models.ID(artifact)
	w.activate(event.ModeCanary, a, artifact, .3)
	const n = 60
	from := len(w.decided)
	for i := range n {
		w.parent(fmt.Sprint("P", i), order.Terms{Side: market.Sell, Qty: 4000, Strategy: order.Block, End: w.now.Add(10 * market.Minute)})
		w.run(market.Second)
	}
	w.activate(event.ModeServe, a, nil, 0)
	w.run(2 * market.Minute)
	w.restart()
	w.run(2 * market.Minute)
	model, canaries := map[order.ParentID]string{}, 0
	for i := range w.decided[from:] {
		d := &w.decided[from+i]
		if was := model[d.Parent]; was != "" && was != d.Model {
			t.Fatalf("parent %d was served by %s, then by %s", d.Parent, was, d.Model)
		}
		model[d.Parent] = d.Model
	}
	for _, m := range model {
		if m == a {
			canaries++
		}
	}
	if len(model) != n || canaries < 8 || canaries > 30 {
		t.Errorf("the canary served %d of %d parents, want about %d; changes %+v", canaries, len(model), n*3/10, w.changes)
	}
	w.parent("after", order.Terms{Side: market.Sell, Qty: 1000, Strategy: order.Block})
	if got := w.decided[len(w.decided)-1].Model; got != a {
		t.Errorf("a parent that arrives after the promotion is served by %s, want %s", got, a)
	}
	w.activate(event.ModeRollback, "", nil, 0)
	from = len(w.decided)
	w.run(3 * market.Minute)
	if names := w.modelsOf(w.decided[from:]); !slices.Equal(names, []string{Model}) {
		t.Errorf("after a rollback %q decide, want the built-in one for all", names)
	}
}

// restart replaces the engine by its restored snapshot.
func (w *world) restart() {
	w.t.Helper()
	e, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		w.t.Fatal(err)
	}
	w.e = e
}

// The slot beside learns every outcome from its own predictions: it ends where it would have, had it served. Both have the same
// numbers of data.
func TestBothModelsLearnEveryOutcome(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkC)
	a, artifact := w.artifact(4, nil)
	w.works(1, nil) // some are under way when it comes
	w.parent("under way", order.Terms{Side: market.Sell, Qty: 20_000, Strategy: order.Block})
	before := w.e.learner.bandit.Tally()
	w.activate(event.ModeShadow, a, artifact, 0)
	w.works(20, nil)
	l := &w.e.learner
	x, y := l.bandit.Tally(), l.beside.bandit.Tally()
	if x.Of(bandit.Applied) == before.Of(bandit.Applied) || x != y {
		t.Errorf("the model that serves learned %+v, the one beside %+v, want the same and more than %+v", x, y, before)
	}
	if l.version == 0 || l.version != l.beside.version {
		t.Errorf("versions %d and %d, want the same", l.version, l.beside.version)
	}
	phi := [features.Dim]float64{1}
	if a, b := l.bandit.Fill(0).Predict(phi[:]), l.beside.bandit.Fill(0).Predict(phi[:]); a == b {
		t.Error("both predict the same: they have one prior")
	}
	for _, id := range w.ids[len(w.ids)-5:] {
		if c := w.e.children[id]; c.view != nil && (c.second == nil || c.second.slot != l.beside.serial || c.second.fill == c.view.fill) {
			t.Errorf("child %d has no opinion of the model beside", id)
		}
	}
	w.activate(event.ModeServe, a, nil, 0)
	for i, id := range w.ids { // busts of what both learned
		if c := w.e.children[id]; len(c.execs) > 0 && i%3 == 0 {
			w.apply(&event.ExecutionBusted{Child: id, ExecID: fmt.Sprint("B", i), RefExecID: c.execs[0].Key.ExecID})
		}
	}
	if x, y := l.bandit.Tally(), l.beside.bandit.Tally(); x != y || x.Of(bandit.Unknown) > 40 {
		t.Errorf("after busts tallies %+v and %+v, want the same", x, y)
	}
}

// What a model says is what its decisions reckon with: fills, toxicity, impact, kernel and leakage, of the venue or else of its
// kind, or else nothing but the cold prior.
func TestAModelIsWhatItSays(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkB, venueDarkC)
	a, artifact := w.artifact(1, func(m *models.Model) {
		m.Arms = slices.DeleteFunc(m.Arms, func(x models.Arm) bool { return x.Venue == "DC" || x.Venue == "LX" })
		m.Kinds = slices.DeleteFunc(m.Kinds, func(x models.Arm) bool { return x.Kind != "dark" })
		for _, list := range [][]models.Arm{m.Arms, m.Kinds} {
			for i := range list {
				list[i].Fill.Mean[0], list[i].Leak = -2, .01
				if list[i].Venue == "" {
					list[i].Fill.Mean[0], list[i].Leak = 2, .03
				}
			}
		}
		m.Kernel = [models.KernelTerms]float64{.1, .2, .3, .4}
		m.Impact.Y[w.e.symbols["ABC"].LiquidityBucket()] = .9
	})
	if got := w.activate(event.ModeServe, a, artifact, 0); got.What != event.ModelServing {
		t.Fatalf("recorded %+v", got)
	}
	l := &w.e.learner
	for _, c := range []struct {
		venue      market.VenueID
		fill, leak float64
	}{{venueDarkA, -2, .01}, {venueDarkC, 2, .03}, {venueLitX, bandit.Logit(.98), 0}} {
		arm := int(c.venue) * armsPerVenue
		if theta := l.bandit.Fill(arm).Theta(nil); math.Abs(theta[0]-c.fill) > 1e-9 {
			t.Errorf("venue %d: intercept %v, want %v", c.venue, theta[0], c.fill)
		}
		if got := l.leak(arm, &w.e.venues[c.venue]); got != c.leak {
			t.Errorf("venue %d: leak %v, want %v", c.venue, got, c.leak)
		}
	}
	y, _ := w.e.Impact(w.e.symbols["ABC"].LiquidityBucket())
	if y != .9 || l.kernel(&w.e.cfg).C != [4]float64{.1, .2, .3, .4} {
		t.Errorf("Y %v, kernel %v", y, l.kernel(&w.e.cfg).C)
	}
	cfg := w.e.cfg // a venue more: by its kind
	cfg.Venues = append(slices.Clone(cfg.Venues), cfg.Venues[venueDarkB])
	cfg.Venues[len(cfg.Venues)-1].Name = "DD"
	w.configured(cfg)
	if theta := l.bandit.Fill((len(cfg.Venues) - 1) * armsPerVenue).Theta(nil); math.Abs(theta[0]-2) > 1e-9 {
		t.Errorf("a venue more begins with intercept %v, want that of its kind, 2", theta[0])
	}
	if l.beside.bandit.Arms() != l.bandit.Arms() {
		t.Errorf("%d arms beside, %d serve", l.beside.bandit.Arms(), l.bandit.Arms())
	}
	w.restart()
	w.works(1, nil)
}

// MOP-12, TEST-61, TEST-62: what is no model is refused with the reason, what served serves on.
func TestModelsThatAreRefused(t *testing.T) {
	w := pools(t, nil, venueDarkA)
	id, good := w.artifact(1, nil)
	leaky, leaks := w.artifact(2, func(m *models.Model) { m.Arms[0].Leak = 5 })
	pushy, pushes := w.artifact(4, func(m *models.Model) { m.Kernel[1] = 1.5 })
	other, schema := w.artifact(3, func(m *models.Model) { m.Header.Schema = "0123456789abcdef" })
	for _, c := range []struct {
		name string
		b    event.ModelActivated
		want string
	}{
		{"no artifact", event.ModelActivated{Model: id}, "its artifact is needed"},
		{"another model's", event.ModelActivated{Model: other, Artifact: good}, "is that of model " + id},
		{"cut", event.ModelActivated{Model: models.ID(good[:len(good)/2]), Artifact: good[:len(good)/2]}, "models"},
		{"garbage", event.ModelActivated{Model: models.ID([]byte{1, 2}), Artifact: []byte{1, 2}}, "models"},
		{"another schema", event.ModelActivated{Model: other, Artifact: schema}, "schema"},
		{"leakage that no outcome contradicts", event.ModelActivated{Model: leaky, Artifact: leaks}, "leak is 5 bps"},
		{"an impact of ours that no outcome contradicts", event.ModelActivated{Model: pushy, Artifact: pushes}, "kernel coefficient 1 is 1.5"},
		{"an epoch to come", event.ModelActivated{Model: id, Artifact: good, Instance: 77, Epoch: 5}, "epoch 5"},
		{"an unknown mode", event.ModelActivated{Model: id, Artifact: good, Mode: 9}, "mode 9"},
	} {
		alerts := len(w.alerts)
		w.apply(&c.b)
		got := w.changes[len(w.changes)-1]
		if got.What != event.ModelRefused || !strings.Contains(got.Reason, c.want) || got.Serving != Model || got.Beside != "" {
			t.Errorf("%s: recorded %+v, want it refused because of %q", c.name, got, c.want)
		}
		if len(w.alerts) != alerts+1 || w.alerts[alerts].Code != "MOP-04" {
			t.Errorf("%s: alerts %+v", c.name, w.alerts[alerts:])
		}
	}
	w.apply(&event.ModelActivated{Model: id, Artifact: good, Instance: 78, Epoch: 5}) // another journal's epoch: nothing here is in the fit
	if got := w.changes[len(w.changes)-1]; got.What != event.ModelServing || got.Epoch != 0 {
		t.Errorf("recorded %+v", got)
	}
}

// SWP-05: a swap halves the ramp's share, but leaves it a tenth; a learner that is off stays off.
func TestTheRampAfterASwap(t *testing.T) {
	w := pools(t, nil, venueDarkA)
	id, artifact := w.artifact(1, nil)
	for _, c := range []struct{ start, want float64 }{{.1, .1}, {.8, .4}, {0, 0}} {
		w.e.cfg.Learning.Start = c.start
		w.e.learner.ramp = bandit.NewRampAt(c.start)
		stage := w.e.Ramp().Stage
		if w.e.learner.name == Model {
			w.activate(event.ModeServe, id, artifact, 0)
		} else {
			w.activate(event.ModeRollback, "", nil, 0)
		}
		if got := w.e.Ramp(); got.Share != c.want || c.start > 0 && got.Stage == stage {
			t.Errorf("a share of %v becomes %v in stage %d, want %v and a new stage", c.start, got.Share, got.Stage, c.want)
		}
	}
}

// SAF-03: with learning off no model in any place changes a decision.
func TestModelsChangeNothingWithLearningOff(t *testing.T) {
	run := func(models bool) []event.RecordDecision {
		w := pools(t, func(cfg *Config) { cfg.Learning.Off = true }, venueDarkA, venueDarkB)
		for i := range 6 {
			if id, artifact := w.artifact(uint64(i), nil); models {
				w.activate(event.ModelMode(i%3), id, artifact, .5)
			} else {
				w.apply(&event.TimerFired{Timer: engineTimer})
			}
			w.works(1, nil)
		}
		return w.decided
	}
	with, without := run(true), run(false)
	if len(with) != len(without) || len(with) < 20 {
		t.Fatalf("%d decisions with models and %d without", len(with), len(without))
	}
	for i := range with {
		a, b := &with[i], &without[i]
		if a.M != 0 || a.Chosen != a.Static || !slices.Equal(a.Plans[a.Chosen].Shares, b.Plans[b.Chosen].Shares) {
			t.Fatalf("decision %d: %+v with models, %+v without", i, a.Plans[a.Chosen], b.Plans[b.Chosen])
		}
	}
}

// INV-09: a journal with cuts, swaps, rollbacks and maps in it replays to the same bytes, with and without restarts.
func TestSwapsReplay(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkB)
	small := modeltest.Small(3).AppendBinary(nil) // it has a feature map
	for i := range 12 {
		id, artifact := w.artifact(uint64(i), nil)
		switch i % 4 {
		case 0:
			w.apply(&event.TrainingCut{})
		case 1:
			w.activate(event.ModeCanary, id, artifact, .5)
		case 2:
			w.activate(event.ModeServe, models.ID(small), small, 0)
		case 3:
			w.activate(event.ModeRollback, "", nil, 0)
		}
		w.works(2, nil)
	}
	if got := w.changes[2]; got.What != event.ModelServing || !strings.Contains(got.Reason, "taught anew") {
		t.Errorf("a model with a map: %+v, want data taught anew", got)
	}
	for _, every := range []int{0, 97} {
		e := New()
		var log []byte
		for i, ev := range w.events {
			if every > 0 && i%every == every-1 {
				e = restored(t, e)
			}
			for _, cmd := range e.Apply(ev) {
				log = event.Append(append(log, byte(cmd.Kind()), byte(cmd.Kind()>>8)), cmd)
			}
		}
		if !bytes.Equal(log, w.log) || !bytes.Equal(e.AppendSnapshot(nil), w.e.AppendSnapshot(nil)) {
			t.Errorf("restarted every %d events the journal replays to other bytes", every)
		}
	}
}

// SWP-03: an artifact of several routers is for the one whose cut it was trained on. Another whose data are in it is told why it gets
// none; one that it knows nothing of takes it beside all that it has learned.
func TestAnArtifactOfSeveralRouters(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkC)
	w.works(3, nil)
	w.apply(&event.TrainingCut{})
	ours := uint32(77)
	for _, c := range []struct {
		name            string
		journals        []uint32
		instance, epoch uint32
		refused         bool
		since           uint32
	}{
		{"of our cut", []uint32{5, ours}, ours, 1, false, 1},
		{"of another's cut, with our data", []uint32{5, ours}, 5, 1, true, 0},
		{"of everything, without a cut", []uint32{ours}, ours, 0, true, 0},
		{"of several, without a cut", []uint32{5, ours}, 0, 0, true, 0},
		{"of another's data", []uint32{5, 6}, 5, 3, false, 0},
	} {
		id, artifact := w.artifact(1, func(m *models.Model) { m.Header.Journals, m.Header.Commit = c.journals, c.name })
		w.apply(&event.ModelActivated{Model: id, Artifact: artifact, Mode: event.ModeShadow, Instance: c.instance, Epoch: c.epoch, Actor: "test"})
		got := w.changes[len(w.changes)-1]
		if (got.What == event.ModelRefused) != c.refused || c.refused && (!strings.Contains(got.Reason, "count twice") || !strings.Contains(got.Reason, "journal 77")) {
			t.Errorf("%s: recorded %+v", c.name, got)
		}
		if !c.refused && w.e.learner.beside.bandit.Since() != c.since {
			t.Errorf("%s: data count since epoch %d, want %d", c.name, w.e.learner.beside.bandit.Since(), c.since)
		}
	}
}
