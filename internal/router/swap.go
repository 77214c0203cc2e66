package router

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models"
)

// canaryShare is that of a canary that names none.
const canaryShare = .01

// trainingCut ends an epoch in both slots (SWP-01).
func (e *Engine) trainingCut(b *event.TrainingCut) {
	l := &e.learner
	now := l.bandit.Epoch()
	epoch := b.Epoch
	if epoch == 0 {
		epoch = now + 1
	}
	if epoch <= now {
		why := fmt.Sprintf("epoch %d cannot begin: this is epoch %d", epoch, now)
		e.recordModel(event.ModelRefused, l.name, why, epoch)
		e.answer(true, why)
		return
	}
	for _, sl := range l.slots() {
		if _, err := sl.bandit.CutTo(epoch); err != nil {
			panic("router: " + err.Error()) // both slots have the same epochs
		}
		for _, h := range sl.impacts {
			h.CutTo(epoch)
		}
	}
	e.recordModel(event.ModelCut, l.name, b.Actor, epoch)
	a := e.answer(false, fmt.Sprintf("epoch %d begins: a training set ends with record %d of journal %d", epoch, e.seq, e.instance))
	a.Epoch, a.Seq, a.Instance = epoch, e.seq, e.instance
}

// modelActivated gives a model its place, or refuses it: what served before then serves on (MOP-04).
func (e *Engine) modelActivated(b *event.ModelActivated) {
	var err error
	switch l := &e.learner; b.Mode {
	case event.ModeServe:
		err = e.serve(b)
	case event.ModeShadow, event.ModeCanary:
		err = e.placeBeside(b)
	case event.ModeRollback:
		switch {
		case l.beside == nil:
			err = errors.New("no model is beside: name the artifact to go back to, and let it serve")
		case b.Model != "" && b.Model != l.beside.name:
			err = fmt.Errorf("model %s is beside, not %s", l.beside.name, b.Model)
		default:
			e.rollBack(event.ModelRolledBack, because(b.Actor, b.Reason))
		}
	default:
		err = fmt.Errorf("mode %d is unknown", b.Mode)
	}
	if err != nil {
		e.recordModel(event.ModelRefused, b.Model, err.Error(), b.Epoch)
		e.raise(event.Warn, "MOP-04", nil, nil, fmt.Sprintf("model %s was refused, %s serves on: %v", b.Model, e.learner.name, err))
		e.answer(true, err.Error())
		return
	}
	e.answer(false, e.places())
}

// places says which model serves, and what is beside it.
func (e *Engine) places() string {
	switch l := &e.learner; {
	case l.beside == nil:
		return fmt.Sprintf("model %s serves", l.name)
	case l.canary > 0:
		return fmt.Sprintf("model %s serves, %s serves %v of the parents that arrive", l.name, l.beside.name, l.canary)
	default:
		return fmt.Sprintf("model %s serves, %s predicts beside it", l.name, l.beside.name)
	}
}

// because joins who and why.
func because(actor, reason string) string {
	switch {
	case actor == "":
		return reason
	case reason == "":
		return "by " + actor
	}
	return "by " + actor + ": " + reason
}

// serve lets a model serve, the one that served stays beside.
func (e *Engine) serve(b *event.ModelActivated) error {
	l := &e.learner
	if b.Model == l.name {
		return errors.New("it serves already")
	}
	why, err := e.bring(b)
	if err != nil {
		return err
	}
	l.slot, l.beside = l.beside, l.slot
	l.barred, l.canary = false, 0
	e.afterSwap()
	e.recordModel(event.ModelServing, l.name, why, l.bandit.Since())
	e.raise(event.Info, "MOP-04", nil, nil, fmt.Sprintf("model %s serves, %s stays beside it", l.name, l.beside.name))
	return nil
}

// bring puts a model beside the one that serves, if it is not there already, and says who asked, why, and what was made of it.
func (e *Engine) bring(b *event.ModelActivated) (why string, err error) {
	l := &e.learner
	why = because(b.Actor, b.Reason)
	if l.beside != nil && l.beside.name == b.Model {
		return why, nil
	}
	s, how, err := e.load(b)
	if err != nil {
		return "", err
	}
	l.beside = s
	return joined(why, how), nil
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// placeBeside lets a model predict beside, and as a canary serve a share of the parents that arrive.
func (e *Engine) placeBeside(b *event.ModelActivated) error {
	l := &e.learner
	share, what := 0.0, event.ModelShadow
	if b.Mode == event.ModeCanary {
		what, share = event.ModelCanary, b.Share
		if share == 0 {
			share = canaryShare
		}
		if !(share > 0 && share < 1) {
			return fmt.Errorf("a canary's share is %v: give more than 0 and less than 1", b.Share)
		}
	}
	if b.Model == l.name {
		return errors.New("it serves: another model must serve before it can stand beside")
	}
	if l.beside == nil || b.Model != l.beside.name {
		if err := l.unproven(e.now); err != nil {
			return err
		}
	}
	why, err := e.bring(b)
	if err != nil {
		return err
	}
	l.canary = share
	l.vigil.begin(l.bandit, e.now)
	if share > 0 {
		l.beside.barred = false
	}
	e.recordModel(what, l.beside.name, why, l.beside.bandit.Since())
	return nil
}

// rollBack lets the model beside serve again. The one that served stays beside and serves no parent any more, those that it
// served go over to its predecessor.
func (e *Engine) rollBack(what event.ModelChange, why string) {
	l := &e.learner
	l.slot, l.beside = l.beside, l.slot
	l.barred, l.beside.barred, l.canary = false, true, 0
	e.afterSwap()
	e.recordModel(what, l.beside.name, why, l.bandit.Since())
}

// afterSwap answers that another model serves: the ramp begins anew with at most half its share (SWP-05).
func (e *Engine) afterSwap() {
	l := &e.learner
	l.vigil.begin(l.bandit, e.now)
	if l.ramp != nil && (l.ramp.Share() > 0 || e.cfg.Learning.Start > 0) {
		l.ramp.Swapped()
	}
}

// vigilate demotes the newer model, if there is a reason and it serves any flow (MOP-20).
func (e *Engine) vigilate(why string) {
	l := &e.learner
	if why == "" {
		return
	}
	switch newer := l.slots()[l.watched()]; {
	case newer == l.slot:
		e.demote(why)
	case e.besideServes():
		e.stopCanary(why)
	}
}

// besideServes reports whether the model beside serves any flow: as a canary, as an arm of an experiment, or orders that it was
// given before.
func (e *Engine) besideServes() bool {
	l := &e.learner
	if l.beside.barred {
		return false
	}
	return l.canary > 0 || e.study.has(l.beside.name) ||
		slices.ContainsFunc(e.live, func(p *parentState) bool { return p.slot == l.beside.serial })
}

// stopCanary leaves the model beside no parent; it predicts on.
func (e *Engine) stopCanary(why string) {
	l := &e.learner
	l.canary, l.beside.barred = 0, true
	l.vigil.begin(l.bandit, e.now)
	e.recordModel(event.ModelDemoted, l.beside.name, why, l.beside.bandit.Since())
	e.raise(event.Warn, "MOP-20", nil, nil, fmt.Sprintf("model %s serves no parent any more: %s", l.beside.name, why))
}

// demote lets the predecessor of the model that serves serve again.
func (e *Engine) demote(why string) {
	e.rollBack(event.ModelDemoted, why)
	l := &e.learner
	e.raise(event.Page, "MOP-20", nil, nil, fmt.Sprintf("model %s is demoted, %s serves again: %s", l.beside.name, l.name, why))
}

// assign gives a parent that arrives its model: a keyed hash of its id decides (MOP-24).
func (l *learner) assign(cfg *Config, id order.ParentID) uint32 {
	if l.beside != nil && l.canary > 0 && bandit.NewKey(cfg.Seed, uint64(id), purposeCanary+uint64(l.beside.serial)<<8).Uniform(0) < l.canary {
		return l.beside.serial
	}
	return l.serial
}

// recordModel records a change of the models in force.
func (e *Engine) recordModel(what event.ModelChange, model, reason string, epoch uint32) {
	l := &e.learner
	r := add(&e.cmds, &e.cmds.models)
	*r = event.RecordModel{At: e.now, Model: model, What: what, Reason: reason, Epoch: epoch, Serving: l.name}
	if l.beside != nil {
		r.Beside, r.Share = l.beside.name, l.canary
	}
	e.endWithoutModel()
}

// load makes a slot of a model: its priors, and what the slot that serves learned since the cut that it was trained on (SWP-03),
// or all of it where nothing of it is in the fit. Where some is, and no cut says how much, there is no way to count it once. How says
// what was made of it.
func (e *Engine) load(b *event.ModelActivated) (s *slot, how string, err error) {
	l := &e.learner
	s = &slot{serial: l.serials + 1, name: b.Model, version: l.version}
	if b.Model != Model {
		if s.artifact, s.model, err = parse(b); err != nil {
			return nil, "", err
		}
		if s.model.Map != nil {
			s.scratch = make([]float64, s.model.Map.Scratch())
		}
	}
	since := uint32(0)
	switch {
	case b.Instance == e.instance && b.Epoch > 0:
		since = b.Epoch
	case s.model != nil && slices.Contains(s.model.Header.Journals, e.instance):
		return nil, "", fmt.Errorf("what this router learned is in its fit, and not up to a training cut of journal %d: it would count twice; train with this router's own cut (sluice train with its file, while it runs, without --all)",
			e.instance)
	}
	if how, err = s.inherit(l.slot, &e.cfg, since); err != nil {
		return nil, "", err
	}
	l.serials++
	return s, how, nil
}

// parse reads an artifact and checks all of it again: whoever put it here may be wrong (MOP-12).
func parse(b *event.ModelActivated) ([]byte, *models.Model, error) {
	if len(b.Artifact) == 0 {
		return nil, nil, errors.New("it has no place here: its artifact is needed")
	}
	if id := models.ID(b.Artifact); id != b.Model {
		return nil, nil, fmt.Errorf("the artifact is that of model %s", id)
	}
	m, err := models.Parse(b.Artifact)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, nil, err
	}
	return append([]byte(nil), b.Artifact...), m, nil
}
