package web

import (
	"net/http"
	"time"

	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/view"
)

// facts are the routes of what the Risk, Venues, Models and Experiment pages show beside the state.
func (s *site) facts() []route {
	get := func(path string, f http.HandlerFunc) route { return route{"GET /api/v1/" + path, "", f} }
	return []route{
		get("experiment", s.experiment), get("limits", s.limits), get("sessions", s.wires), get("ladder", s.ladder),
		get("doubts", func(w http.ResponseWriter, r *http.Request) { s.json(w, http.StatusOK, s.seen(r).Doubts()) }),
		get("venues/history", s.history),
		get("models/costs", func(w http.ResponseWriter, r *http.Request) { s.json(w, http.StatusOK, s.seen(r).ModelCosts()) }),
	}
}

// trialFacts is the experiment that began last, and what it says now.
type trialFacts struct {
	Design   experiment.Design      `json:"design"`
	Began    view.Stamp             `json:"began"`
	Ended    view.Stamp             `json:"ended"` // null while it runs
	Reason   string                 `json:"reason"`
	Why      string                 `json:"ended_because,omitempty"`
	Assigned int                    `json:"assigned"`
	Working  int                    `json:"working"`
	Unpriced int                    `json:"unpriced"` // no price to measure by
	Rows     int                    `json:"in_the_figures"`
	Least    int                    `json:"least_units"`           // below which nothing is read
	TooFew   string                 `json:"too_few,omitempty"`     // why nothing can be read
	Result   *experiment.Result     `json:"result,omitempty"`      // of parents
	Days     *experiment.Switchback `json:"symbol_days,omitempty"` // of symbol-days
}

func (s *site) experiment(w http.ResponseWriter, r *http.Request) {
	t := s.trials.read(s.seen(r).Experiment(), time.Now())
	if t == nil {
		s.refuse(w, http.StatusNotFound, "no experiment was begun: `sluice experiment start` begins one")
		return
	}
	x := t.Experiment
	s.json(w, http.StatusOK, trialFacts{Design: x.Design, Began: x.Began, Ended: x.Ended, Reason: x.Reason, Why: x.Why, Assigned: x.Assigned, Working: x.Working,
		Unpriced: x.Unpriced, Rows: t.Rows, Least: t.Least, TooFew: t.TooFew, Result: t.Result, Days: t.Days})
}

// limitFacts is the limits in force, each with whose it is, and how much of those on a day's money is used (RISK-16).
type limitFacts struct {
	Version string              `json:"version"`
	Limits  []config.LimitValue `json:"limits"` // null: this process knows no configuration
	Uses    []view.Use          `json:"uses"`   // the firm first
	Off     []view.Off          `json:"controls_off"`
}

func (s *site) limits(w http.ResponseWriter, r *http.Request) {
	v := s.seen(r)
	state := v.Snapshot()
	f := limitFacts{Version: state.Engine.Limits, Uses: v.Uses(), Off: state.Off}
	if p, ok := plantOf(v); ok {
		f.Limits = p.LimitValues()
	}
	s.json(w, http.StatusOK, f)
}

func (s *site) wires(w http.ResponseWriter, r *http.Request) {
	v := s.seen(r)
	state := v.Snapshot()
	s.json(w, http.StatusOK, sessions(&state, v))
}

func (s *site) ladder(w http.ResponseWriter, r *http.Request) {
	p, ok := plantOf(s.seen(r))
	if !ok {
		s.refuse(w, http.StatusNotFound, "the degrade ladder is not known here: ask the router itself")
		return
	}
	s.json(w, http.StatusOK, p.Rung())
}

// venueHistory is what was thought of a venue since the journal's beginning.
type venueHistory struct {
	Venue  string            `json:"venue"`
	Points []view.VenuePoint `json:"points"` // oldest first
}

func (s *site) history(w http.ResponseWriter, r *http.Request) {
	v := s.seen(r)
	state, points := v.Snapshot(), v.History()
	out := []venueHistory{}
	for i := range points {
		if i < len(state.Venues) {
			out = append(out, venueHistory{state.Venues[i].Name, append([]view.VenuePoint{}, points[i]...)})
		}
	}
	s.json(w, http.StatusOK, out)
}
