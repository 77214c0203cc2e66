package router

import (
	"encoding/json"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// artifacts are models of a world: two with priors of their venues and kinds, one with a feature map, and bytes that are none.
func (w *chaos) artifacts() [][]byte {
	if w.models == nil {
		var venues []modeltest.Venue
		for _, v := range w.cfg.Venues[:min(3, len(w.cfg.Venues))] {
			venues = append(venues, modeltest.Venue{Name: v.Name, Kind: v.Type.String()})
		}
		for i := range uint64(2) {
			w.models = append(w.models, modeltest.New(w.seed+i, venues...).AppendBinary(nil))
		}
		w.models = append(w.models, modeltest.Small(w.seed).AppendBinary(nil), []byte{1, 2, 3})
	}
	return w.models
}

// remodel is what befalls the models in force: cuts of the training set, models that come to predict beside, to serve a part of the
// parents or all of them, that go back, that are no models, and posteriors of others.
func (w *chaos) remodel() {
	if w.seq%5 == 0 {
		w.experiment()
	}
	all := w.artifacts()
	a := all[w.rng.IntN(len(all))]
	b := &event.ModelActivated{Model: models.ID(a), Artifact: a, Mode: event.ModelMode(w.rng.IntN(4)), Actor: "chaos", Instance: 77}
	b.Epoch = uint32(w.rng.IntN(int(w.e.learner.bandit.Epoch()) + 2))
	if w.chance(20) {
		b.Instance = 78
	}
	switch w.rng.IntN(10) {
	case 0, 1:
		w.apply(&event.TrainingCut{Epoch: uint32(w.rng.IntN(2)) * (w.e.learner.bandit.Epoch() + uint32(w.rng.IntN(3))), Actor: "chaos"})
		return
	case 2:
		w.apply(&event.PosteriorMerged{Router: "R2", Epoch: 1, Seq: w.seq, Delta: []byte{0xff, 0x7f}})
		return
	case 3:
		b.Model, b.Artifact = Model, nil
	case 4:
		b.Model, b.Artifact = "", nil
	case 5:
		b.Artifact = append([]byte(nil), a...)
		b.Artifact[w.rng.IntN(len(a))] ^= 1 << w.rng.IntN(8)
	}
	if b.Mode == event.ModeCanary {
		b.Share = [...]float64{0, .3, .9, 1, -1}[w.rng.IntN(5)]
	}
	w.apply(b)
	if w.e.learner.beside != nil {
		w.cover.seen["model beside"]++
	}
}

// experiment begins an experiment, of which some cannot run, or ends the one that runs.
func (w *chaos) experiment() {
	d := experiment.Default("chaos")
	d.Share = float64(w.seq%11) / 10
	if w.seq%3 == 0 {
		d.Unit = experiment.SymbolDays
	}
	if w.seq%7 == 0 {
		d.Treatment = "0123456789abcdef"
	}
	if w.e.study.design != nil {
		w.apply(&event.ExperimentSteered{Actor: "chaos"})
	} else {
		w.begin(d)
	}
	if w.e.study.design != nil {
		w.cover.seen["experiment"]++
	}
}

func (w *chaos) begin(d experiment.Design) {
	text, err := json.Marshal(&d)
	if err != nil {
		panic(err)
	}
	w.apply(&event.ExperimentSteered{Design: text, Actor: "chaos"})
}
