package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
	"github.com/sluice-sor/sluice/models"
)

// A Model is a trained model that takes part in a comparison as a policy, the learner with that model's priors in place of the
// built-in ones, or in an experiment as an arm. It is named by its id, as the router names it.
type Model struct {
	ID       string
	alias    string
	artifact []byte
	model    *models.Model
}

// NewModel reads an artifact and checks all of it, as a router does. Alias is what else people call it, empty for nothing.
func NewModel(artifact []byte, alias string) (*Model, error) {
	id := models.ID(artifact)
	m, err := models.Parse(artifact)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", id, err)
	}
	if alias == id {
		alias = ""
	}
	return &Model{id, alias, artifact, m}, nil
}

// String gives the id, and the alias where there is one.
func (m *Model) String() string {
	if m.alias == "" {
		return m.ID
	}
	return m.ID + " (" + m.alias + ")"
}

// policy is the learner as it ships, with the model in place from the start: it has the same small share of the flow to begin
// with, and the router demotes it where its predecessor, the built-in prior, foretells outcomes better (MOP-20).
func (m *Model) policy() Policy {
	return Policy{Name: m.ID, About: fmt.Sprintf("the learner with model %s, %s; demoted where the built-in prior foretells better", m, m.model.Header.Family),
		tune: learner, model: m}
}

// strange gives the venues of a scenario of which the model has nothing by their name, and says why it cannot be asked about
// the scenario at all: it knows none of its venues, or one as another kind.
func (m *Model) strange(s *scenario.Scenario) (names []string, err error) {
	var problems []error
	for i := range s.Venues {
		v := &s.Venues[i]
		k := slices.IndexFunc(m.model.Arms, func(a models.Arm) bool { return a.Venue == v.Name })
		if k < 0 {
			names = append(names, v.Name)
		} else if kind := m.model.Arms[k].Kind; kind != v.Type.String() {
			problems = append(problems, fmt.Errorf("model %s: venue %s was %s where it was trained, in %s it is %s: name a model of this market", m, v.Name, kind, s.File, v.Type))
		}
	}
	if len(names) == len(s.Venues) {
		problems = append(problems, fmt.Errorf("model %s was trained for other venues: it knows %s, and %s has %s: name a model of this market, or a scenario with its venues",
			m, strings.Join(m.venues(), ", "), s.File, strings.Join(names, ", ")))
	}
	return names, errors.Join(problems...)
}

// venues are those that it has arms of.
func (m *Model) venues() (names []string) {
	for i := range m.model.Arms {
		if v := m.model.Arms[i].Venue; !slices.Contains(names, v) {
			names = append(names, v)
		}
	}
	if len(names) == 0 {
		return []string{"none by name"}
	}
	return names
}

// fit names every model that was trained for other venues than the scenario's.
func (c *Config) fit() error {
	var problems []error
	for _, m := range c.Models {
		_, err := m.strange(c.Scenario)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// model gives the model that a policy names, nil where it is none's.
func (c *Config) model(policy string) *Model {
	for _, m := range c.Models {
		if m.ID == policy {
			return m
		}
	}
	return nil
}

// instance is the number of the desks' journal: one that no model was trained on, for a router refuses a model in whose fit its
// own outcomes are (SWP-03).
func (c *Config) instance() uint32 {
	birth := uint32(instance)
	for k := 0; k < len(c.Models); k++ {
		h := &c.Models[k].model.Header
		if h.Instance == birth || slices.Contains(h.Journals, birth) {
			birth, k = birth+1, -1
		}
	}
	return birth
}

// A Demotion is a model that lost its place during a run.
type Demotion struct {
	Model  string
	Parent int // after so many
	Why    string
}

// place gives the models of a run their places, and listens for their demotion.
func (j *job) place(demoted *[]Demotion) error {
	if j.serves == nil {
		j.serves = j.policy.model
	}
	d := j.desk
	for _, step := range moves(j.serves, j.beside) {
		if err := d.ask(step); err != nil {
			return fmt.Errorf("the router refuses model %s: %w", step.Model, err)
		}
	}
	if j.serves == nil && j.beside == nil {
		return nil
	}
	clear(d.alerts) // that models have their places was asked for
	d.onBody = joined(d.onBody, func(b event.Body) {
		if r, ok := b.(*event.RecordModel); ok && r.What == event.ModelDemoted {
			*demoted = append(*demoted, Demotion{r.Model, int(d.sent), r.Reason})
		}
	})
	return nil
}

// moves are what an operator does to have one model serve and another beside it, of which the latter is the newer: the one that the
// router watches against the other (MOP-20). Nothing but what serves next may take the place of a predecessor on trial, so the
// newer one serves for a moment; after the rollback it is barred until it is a canary.
func moves(serves, beside *Model) (out []*event.ModelActivated) {
	move := func(m *Model, mode event.ModelMode) {
		a := &event.ModelActivated{Mode: mode, Actor: "sluice compare"}
		if mode != event.ModeRollback {
			a.Model, a.Artifact = m.ID, m.artifact
		}
		out = append(out, a)
	}
	if serves != nil {
		move(serves, event.ModeServe)
	}
	if serves != nil && beside != nil {
		move(beside, event.ModeServe)
		move(beside, event.ModeRollback)
		move(beside, event.ModeCanary)
	}
	if beside != nil {
		move(beside, event.ModeShadow)
	}
	return out
}

// runsOf counts the runs of a policy.
func runsOf(runs []*Run, policy string) (n int) {
	for _, r := range runs {
		if r.Policy == policy {
			n++
		}
	}
	return n
}

// demotions says what the router made of models that did worse than their predecessor, by policy.
func demotions(runs []*Run) (notes []string) {
	type told struct {
		model, policy, first string
		runs                 int
	}
	var all []told
	for _, r := range runs {
		for _, x := range r.Demoted {
			k := slices.IndexFunc(all, func(t told) bool { return t.model == x.Model && t.policy == r.Policy })
			if k < 0 {
				k = len(all)
				all = append(all, told{model: x.Model, policy: r.Policy, first: fmt.Sprintf("seed %d after %d parents: %s", r.Seed, x.Parent, x.Why)})
			}
			all[k].runs++
		}
	}
	for _, t := range all {
		notes = append(notes, fmt.Sprintf("The router demoted model %s in %d of %d runs, and its predecessor served on; the first time on %s.", t.model, t.runs, runsOf(runs, t.policy), t.first))
	}
	return notes
}
