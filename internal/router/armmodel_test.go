package router

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// poisoned puts a poisoned but valid model beside the one that serves.
func poisoned(t *testing.T, mode event.ModelMode, share float64) (w *world, id string) {
	t.Helper()
	w = random(t, 5)
	w.rng = rand.New(rand.NewPCG(1, 3))
	w.orders(40)
	m := w.learned(2000)
	poisons["one venue"](m)
	modeltest.Probe(m, 16)
	b := m.AppendBinary(nil)
	id = models.ID(b)
	w.apply(&event.TrainingCut{})
	if got := w.activate(mode, id, b, share); got.What == event.ModelRefused {
		t.Fatalf("the model is no valid one: %+v", got)
	}
	return w, id
}

// lastDemoted is the last demotion of a model, nil if there was none.
func (w *world) lastDemoted(id string) (r *event.RecordModel) {
	for i := range w.changes {
		if c := &w.changes[i]; c.What == event.ModelDemoted && c.Model == id {
			r = c
		}
	}
	return r
}

// MOP-20: a model beside that serves an arm of an experiment is watched as one that serves is: it is demoted, it decides nothing
// from then on, and the experiment, which would compare a model with itself, ends.
func TestAModelOfAnExperimentIsDemoted(t *testing.T) {
	w, id := poisoned(t, event.ModeShadow, 0)
	d := experiment.Default("poison")
	d.Control, d.Treatment = policyLearner, id
	x := &experimenting{world: w}
	if a := x.steer(&d); a.Refused {
		t.Fatalf("the experiment: %+v", a)
	}
	for range 60 {
		if w.orders(1); w.lastDemoted(id) != nil {
			break
		}
	}
	if w.lastDemoted(id) == nil {
		t.Fatalf("it serves half of the orders still: %+v", w.e.learner.vigil)
	}
	if w.e.study.design != nil {
		t.Error("the experiment goes on")
	}
	from := len(w.decided)
	w.orders(3)
	if names := w.modelsOf(w.decided[from:]); len(names) != 1 || names[0] != Model {
		t.Errorf("after the demotion %q decide", names)
	}
	if a := x.steer(&d); !a.Refused || !strings.Contains(a.Text, "sluice models canary "+id) {
		t.Errorf("an experiment with a model that was demoted: %+v", a)
	}
}
