package web

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/view"
)

func isUnsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }

// model is what the templates show.
type model struct {
	State     *view.State
	Sel       selection
	Parent    *view.ParentDetail // nil: none to show
	Decision  *view.Decision     // nil: none to show
	Costs     *tca.Explanation   // of Decision by part; nil: none to show, or recorded before there were parts
	MissingP  order.ParentID     // selected, but not kept
	MissingD  uint64
	Following bool // the newest parent, because none was selected
	Children  []view.Child
	Fills     []view.Fill
	Gantt     *gantt
	Toxicity  float64 // half width of the toxicity axis, bps
	Down      int     // venues whose session is down
}

// shownRows bounds the rows of the selected parent's lists; the API has all.
const shownRows = 40

// model gathers what the page shows for one selection. Without one it follows the newest active parent.
func (s *site) model(state *view.State, sel selection) *model {
	m := &model{State: state, Sel: sel, Toxicity: toxicityAxis(state.Venues)}
	for i := range state.Venues {
		if !state.Venues[i].Up {
			m.Down++
		}
	}
	id := sel.parent
	if id == 0 {
		id, m.Following = newest(state.Parents), true
	}
	if id != 0 {
		if d, ok := s.view.Parent(id); ok {
			m.Parent = &d
			m.Children = reversedTail(d.Timeline)
			m.Fills = reversedTail(d.Executions)
			m.Gantt = newGantt(&d, state.At)
		} else {
			m.MissingP = id
		}
	}
	m.pickDecision(s.view)
	return m
}

func (m *model) pickDecision(v Reader) {
	id := m.Sel.decision
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

func toxicityAxis(venues []view.Venue) float64 {
	half := 1.0
	for i := range venues {
		if t := venues[i].Toxicity; t != nil && t.Lo.Finite() && t.Hi.Finite() {
			half = max(half, math.Abs(float64(t.Lo)), math.Abs(float64(t.Hi)))
		}
	}
	return min(math.Ceil(half), 20)
}

// functions are what the templates call.
func (s *site) functions() template.FuncMap {
	return template.FuncMap{
		"tag":      func(name string) string { return s.assets[name].tag },
		"qty":      qty,
		"count":    func(n uint64) string { return qty(int64(n)) },
		"usd":      usd,
		"px":       px,
		"avg":      avg,
		"clock":    clock,
		"real":     real,
		"pct":      func(share view.Real) string { return real(1, 100*share) + " %" },
		"us":       micros,
		"bps":      bps,
		"cost":     cost,
		"share":    func(r tca.Ratio) string { return real(3, view.Real(r.Value)) },
		"static":   func(x *tca.Explanation, i int) bool { return i == x.Static },
		"chosen":   func(x *tca.Explanation, i int) bool { return i == x.Chosen },
		"interval": interval,
		"span":     span,
		"part":     part,
		"progress": newProgress,
		"isbuy":    func(side string) bool { return side == "buy" },
		"order":    func(id order.ParentID) string { return strconv.FormatUint(uint64(id), 10) },
		"deref":    func(r *view.Real) view.Real { return *r },
		"shares":   sharesText,
		"percent":  func(pct view.Real) view.Real { return pct / 100 },
		"pctbps":   func(bps int64) string { return real(1, view.Real(bps)/100) + " %" },
		"neg":      func(x float64) float64 { return -x },
		"add":      func(a, b int) int { return a + b },
		"ref":      func(e view.Estimate) *view.Estimate { return &e },
	}
}

const none = "–"

// qty writes a number with a thin space between thousands, which no reader takes for a decimal point.
func qty(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return sign + s
}

// usd writes an amount in whole cents.
func usd(m view.USD) string {
	cents := (int64(m) + sign(int64(m))*5000) / 10_000
	text := qty(cents / 100)
	if cents < 0 && cents > -100 {
		text = "−0"
	}
	return fmt.Sprintf("%s.%02d", text, max(cents, -cents)%100)
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

func px(p view.Px) string {
	if p == 0 {
		return none
	}
	return p.String()
}

// avg writes an average price to a hundredth of a cent; the API has all six decimals.
func avg(p view.Px) string { return px((p + 50) / 100 * 100) }

func clock(t view.Stamp) string {
	if t == 0 {
		return none
	}
	return market.Time(t).UTC().Format("15:04:05.000")
}

func real(places int, r view.Real) string {
	if !r.Finite() {
		return none
	}
	text := strconv.FormatFloat(float64(r), 'f', places, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-") // what rounds to zero has no sign
	}
	return strings.Replace(text, "-", "−", 1)
}

// bps writes a signed figure: a plus says that the sign was not forgotten.
func bps(r view.Real) string {
	text := real(2, r)
	if r > 0 && text != "0.00" && text != none {
		return "+" + text
	}
	return text
}

// cost writes a cost in bps, or that it is not known.
func cost(r tca.Ratio) string {
	if !r.Known {
		return none
	}
	return bps(view.Real(r.Value))
}

func micros(us int64) string {
	switch {
	case us < 1000:
		return strconv.FormatInt(us, 10) + " µs"
	case us < 1_000_000:
		return strconv.FormatFloat(float64(us)/1000, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s"
}

// sharesText names where a plan sends how much.
func sharesText(list []view.PlanShare) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, s.Venue+" "+qty(s.Qty))
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}
