package web

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/view"
)

// model is what the templates show.
type model struct {
	State     *view.State
	Query     query
	Pages     []page
	Blotter   *blotter           // orders
	Parent    *view.ParentDetail // nil: none to show
	Decision  *view.Decision     // nil: none to show
	Costs     *tca.Explanation   // of Decision by part; nil: none to show, or recorded before there were parts
	MissingP  order.ParentID     // selected, but not kept
	MissingD  uint64
	Following bool // the newest parent, because none was selected
	Children  []view.Child
	Fills     []view.Fill
	Alerts    []view.Alert // of Parent
	Timeline  *timeline
	Board     []venueLine
	Toxicity  float64 // half width of the toxicity axis, bps
	Cost      float64 // of the axis of expected costs, bps
	Down      int     // venues whose session is down
	Urgent    []view.Alert
	Models    *modelBoard
	Trial     *trial // nil: there was no experiment
	Uses      []useLine
	Limits    []limitLine
	Doubts    []view.Doubt
	Sessions  []Session
	Rung      *Rung               // nil: not known
	Desks     []Wire              // of the venues, for their desks' telephones (KILL-04); nil: not known
	Symbols   []string            // that the configuration names
	Owned     []config.LimitValue // limits in force with whose they are; nil: not known
	Confirm   *confirmation
	Personal
}

// shownRows bounds the rows of the selected parent's lists; the API has all.
const shownRows = 40

// model gathers what a page shows of one query, of what v shows.
func (s *site) model(v Reader, state *view.State, q query) *model {
	m := &model{State: state, Query: q, Pages: pages(), Toxicity: toxicityAxis(state.Venues), Cost: costAxis(state.Venues), Urgent: urgent(state)}
	for i := range state.Venues {
		if !state.Venues[i].Up {
			m.Down++
		}
	}
	switch q.Page.Name {
	case "orders":
		m.Blotter = newBlotter(state.Parents, q)
		m.pickParent(v)
		m.pickDecision(v)
	case "venues":
		m.Board = newBoard(state.Venues, v.History())
	case "models":
		l, err := s.shelf.list(v, time.Now())
		m.Models = newModelBoard(l, err, &state.Engine, v.ModelCosts())
	case "experiment":
		m.Trial = s.trials.read(v.Experiment(), time.Now())
	case "risk":
		limits := v.Limits()
		m.Uses, m.Limits, m.Doubts = newUses(v.Uses()), newLimits(&limits), v.Doubts()
		m.Sessions = sessions(state, v)
		if p, ok := plantOf(v); ok {
			rung := p.Rung()
			m.Rung, m.Owned, m.Symbols = &rung, p.LimitValues(), p.Known().Symbols
			for _, w := range p.Wires() {
				if w.Of == "venue" {
					m.Desks = append(m.Desks, w)
				}
			}
		}
	}
	return m
}

// AnyDesk reports whether the configuration says how any venue's desk is reached.
func (m *model) AnyDesk() bool {
	return slices.ContainsFunc(m.Desks, func(w Wire) bool { return w.Desk != "" })
}

// DeskOf is how a venue's desk is reached, empty where that is not known.
func (m *model) DeskOf(venue string) string {
	for i := range m.Desks {
		if m.Desks[i].Name == venue {
			return m.Desks[i].Desk
		}
	}
	return ""
}

// pickParent takes the selected parent, or follows the newest active one.
func (m *model) pickParent(v Reader) {
	id := m.Query.Parent
	if id == 0 {
		id, m.Following = newest(m.State.Parents), true
	}
	if id == 0 {
		return
	}
	d, ok := v.Parent(id)
	if !ok {
		m.MissingP = id
		return
	}
	m.Parent = &d
	m.Children = reversedTail(d.Timeline)
	m.Fills = reversedTail(d.Executions)
	m.Timeline = newTimeline(&d, m.State.At)
	for _, a := range m.State.Alerts {
		if a.Parent == id && len(m.Alerts) < 5 {
			m.Alerts = append(m.Alerts, a)
		}
	}
}

func (m *model) pickDecision(v Reader) {
	id := m.Query.Decision
	switch {
	case id != 0:
	case m.Parent != nil && len(m.Parent.DecisionLines) > 0:
		id = m.Parent.DecisionLines[0].ID
	case len(m.State.Decisions) > 0 && m.Parent == nil:
		id = m.State.Decisions[0].ID
	default:
		return
	}
	if d, ok := v.Decision(id); ok {
		m.Decision = &d
		if x, ok := v.Explain(id); ok && x.OppBps.Known {
			m.Costs = x
		}
		return
	}
	m.MissingD = id
}

// newest gives the newest active parent, the newest of all if none is active, 0 if there is none.
func newest(parents []view.Parent) order.ParentID {
	for i := range parents {
		if !parents[i].Done {
			return parents[i].ID
		}
	}
	if len(parents) > 0 {
		return parents[0].ID
	}
	return 0
}

func reversedTail[T any](list []T) []T {
	tail := slices.Clone(list[max(0, len(list)-shownRows):])
	slices.Reverse(tail)
	return tail
}

// urgentFor is how long an alert that calls a person stays under the navigation of every page.
const urgentFor = view.Stamp(5 * 60 * 1_000_000_000)

// urgent gives the newest alerts that call a person, at most two, the newest of each code.
func urgent(state *view.State) []view.Alert {
	told := map[string]bool{"KILL-01": len(state.Halts) > 0, "OPS-04": state.Engine.Degraded > 0}
	var out []view.Alert
	for _, a := range state.Alerts {
		if told[a.Code] {
			continue // it stands there already, as what is in force
		}
		if a.Severity == "page" && state.At-a.At < urgentFor && len(out) < 2 && !slices.ContainsFunc(out, func(b view.Alert) bool { return b.Code == a.Code }) {
			out = append(out, a)
		}
	}
	return out
}

func toxicityAxis(venues []view.Venue) float64 {
	half := 1.0
	for i := range venues {
		if t := venues[i].Toxicity; t != nil && t.Lo.Finite() && t.Hi.Finite() {
			half = max(half, math.Abs(float64(t.Lo)), math.Abs(float64(t.Hi)))
		}
	}
	return min(math.Ceil(half), 20)
}

func costAxis(venues []view.Venue) float64 {
	half := 1.0
	for i := range venues {
		if t := venues[i].Cost; t != nil && t.Mean.Finite() {
			half = max(half, math.Abs(float64(t.Mean))*1.2)
		}
	}
	return min(math.Ceil(half), 50)
}

// functions are what the templates call.
func (s *site) functions() template.FuncMap {
	return template.FuncMap{
		"strategies": strategies, "limitvalue": limitValue,
		"rungs":     func() []string { return []string{"learned", "frozen", "static", "passive", "cancel all"} },
		"tag":       func(name string) string { return s.assets[name].tag },
		"qty":       qty,
		"count":     func(n uint64) string { return qty(int64(n)) },
		"int":       func(n int) string { return qty(int64(n)) },
		"usd":       usd,
		"dollars":   func(m view.USD) string { return qty(int64(m) / 1_000_000) },
		"px":        px,
		"avg":       avg,
		"clock":     clock,
		"real":      real,
		"pct":       func(share view.Real) string { return real(1, 100*share) + " %" },
		"us":        micros,
		"bps":       bps,
		"cost":      cost,
		"share":     func(r tca.Ratio) string { return real(3, view.Real(r.Value)) },
		"static":    func(x *tca.Explanation, i int) bool { return i == x.Static },
		"chosen":    func(x *tca.Explanation, i int) bool { return i == x.Chosen },
		"interval":  interval,
		"span":      span,
		"part":      part,
		"progress":  newProgress,
		"isbuy":     func(side string) bool { return side == "buy" },
		"order":     func(id order.ParentID) string { return strconv.FormatUint(uint64(id), 10) },
		"deref":     func(r *view.Real) view.Real { return *r },
		"shares":    sharesText,
		"percent":   func(pct view.Real) view.Real { return pct / 100 },
		"pctbps":    func(bps int64) string { return real(1, view.Real(bps)/100) + " %" },
		"neg":       func(x float64) float64 { return -x },
		"add":       func(a, b int) int { return a + b },
		"ref":       func(e view.Estimate) *view.Estimate { return &e },
		"head":      newColumn,
		"day":       func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"hour":      func(t time.Time) string { return t.UTC().Format("15:04:05") },
		"window":    window,
		"num":       func(x float64) string { return bps(view.Real(x)) },
		"figure":    func(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) },
		"real2":     func(x float64) string { return real(2, view.Real(x)) },
		"percentOf": func(x float64) string { return real(0, view.Real(100*x)) + " %" },
		"always":    func(alpha float64) string { return real(0, view.Real(100*(1-alpha))) + " %" },
	}
}
