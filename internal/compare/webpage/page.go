package webpage

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
)

//go:embed page.html
var layout string

// Write writes the report as one HTML file.
func Write(w io.Writer, r *compare.Report) error {
	v, err := newView(r)
	if err != nil {
		return err
	}
	t, err := chart.Page(layout)
	if err != nil {
		return err
	}
	return t.Execute(w, v)
}

// view is what the layout shows.
type view struct {
	*compare.Report
	Style   template.CSS
	Last    uint64 // seed
	Gap     string
	Figures map[string]chart.Figure // by id; a report without enough for one has none
	Rows    []policyRow
	Curve   chart.Table
	Against chart.Table
	Venues  chart.Table
	Beliefs chart.Table
	Alerts  chart.Table
	Story   *story
}

// policyRow is a policy in the main table.
type policyRow struct {
	Name, About               string
	IS                        string
	Parts                     []string
	Filled, Seconds, Markout  string
	VsStatic, Regret, Closed  string
	Better, Worse, IsTheFrame bool // than static, by the whole interval
}

// story is the timeline in words.
type story struct {
	Lead  string
	Waves []storyRow
	End   string
}

type storyRow struct {
	Phase                         string // begins here
	Time, Stage, Line, Done, Part string
	Quote                         string
}

func newView(r *compare.Report) (*view, error) {
	v := &view{Report: r, Style: chart.Style(), Last: r.Seed + uint64(r.Seeds) - 1, Gap: r.GapBps.String(), Figures: map[string]chart.Figure{},
		Rows: policyRows(r), Curve: gapTable(r), Against: curveTable(r), Venues: venueTable(r), Alerts: alertTable(r)}
	draw := func(wanted bool, chart func(*compare.Report) (chart.Figure, error)) error {
		if !wanted {
			return nil
		}
		f, err := chart(r)
		v.Figures[f.ID] = f
		return err
	}
	learned := r.Has(compare.Learner)
	if learned {
		v.Beliefs = beliefTable(r)
	}
	if r.Told != nil && len(r.Timeline) > 0 {
		v.Story = newStory(r)
	}
	for _, c := range [...]struct {
		wanted bool
		chart  func(*compare.Report) (chart.Figure, error)
	}{{true, costs}, {curved(r), curves}, {curved(r), gaps}, {true, shares}, {true, markouts}, {learned, estimates}, {v.Story != nil, timeline}} {
		if err := draw(c.wanted, c.chart); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func policyRows(r *compare.Report) (out []policyRow) {
	for _, name := range r.Names {
		s := r.Policies[name]
		row := policyRow{Name: name, About: s.About, IS: interval(s.IS), Filled: fmt.Sprintf("%.1f %%", 100*s.FillRate), Seconds: fmt.Sprintf("%.1f s", s.Seconds),
			Markout: bps(s.Markout), VsStatic: interval(s.VsStatic), Regret: interval(s.Regret), Closed: "–",
			Better: wide(s.VsStatic) && s.VsStatic.Below(0), Worse: wide(s.VsStatic) && s.VsStatic.Above(0), IsTheFrame: name == compare.Static || name == compare.Oracle}
		for _, p := range parts() {
			row.Parts = append(row.Parts, bps(p.of(s)))
		}
		if g, ok := r.GapClosed[name]; ok && name != compare.Static {
			row.Closed = fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*g.Mean, 100*g.Lo, 100*g.Hi)
		}
		out = append(out, row)
	}
	return out
}

// wide reports whether an interval is one: a single unit has only a point.
func wide(i compare.Interval) bool { return i.Hi > i.Lo }

func interval(i compare.Interval) string {
	return fmt.Sprintf("%+.2f [%+.2f, %+.2f]", i.Mean, i.Lo, i.Hi)
}

func bps(x float64) string { return fmt.Sprintf("%+.2f", x) }

// curveOf gives a table with a column for each stretch of parents.
func curveOf(r *compare.Report, policies []string, cell func(*compare.CurvePoint) string) (t chart.Table) {
	if !curved(r) {
		return t
	}
	t.Head = []string{"policy"}
	for _, p := range r.Policies[compare.Static].Curve {
		t.Head = append(t.Head, fmt.Sprintf("to %d", p.Parents))
	}
	for _, name := range policies {
		row := []string{name}
		for i := range r.Policies[name].Curve {
			row = append(row, cell(&r.Policies[name].Curve[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func gapTable(r *compare.Report) chart.Table {
	var policies []string
	for _, name := range others(r) {
		if name != compare.Oracle {
			policies = append(policies, name)
		}
	}
	return curveOf(r, policies, func(p *compare.CurvePoint) string {
		if p.GapClosed == nil {
			return "–"
		}
		return fmt.Sprintf("%.0f %%", 100*p.GapClosed.Mean)
	})
}

func curveTable(r *compare.Report) chart.Table {
	return curveOf(r, others(r), func(p *compare.CurvePoint) string {
		return interval(p.VsStatic)
	})
}

// venueTable has each policy's share and markout at each venue.
func venueTable(r *compare.Report) (t chart.Table) {
	t.Head = append([]string{"venue", "type"}, r.Names...)
	for v, name := range r.Venues {
		row := []string{name.Name, name.Type}
		for _, p := range r.Names {
			x := &r.Policies[p].Venues[v]
			if x.Share == 0 {
				row = append(row, "–")
				continue
			}
			row = append(row, fmt.Sprintf("%.1f %% %+.2f", 100*x.Share, x.Markout))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// beliefTable has what the learner thinks of each venue beside what it met there.
func beliefTable(r *compare.Report) (t chart.Table) {
	t.Head = []string{"venue", "type", "children", "fill, estimate", "fill, met", "shares filled", "toxicity, estimate", "toxicity, met", "fees, $"}
	for v, name := range r.Venues {
		x := &r.Policies[compare.Learner].Venues[v]
		row := []string{name.Name, name.Type, compare.Thousands(market.Qty(x.Children)), "–", "–", "–", "–", "–", fmt.Sprintf("%.2f", x.FeesUSD)}
		if x.Children > 0 {
			row[3], row[4], row[5] = percent(x.Estimated.Fill), percent(x.HitRate), percent(x.FillRate)
		}
		if x.Share > 0 {
			row[6], row[7] = bps(x.Estimated.Toxicity), bps(-x.Markout)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

func newStory(r *compare.Report) *story {
	t := r.Told
	s := &story{Lead: t.String()}
	phases := compare.Phases(r.Timeline)
	waves := compare.Waves(r.Timeline)
	for i := range waves {
		w := &waves[i]
		row := storyRow{Time: compare.Clock(w.From), Stage: w.Stage, Line: w.Line(), Done: compare.Thousands(w.Done),
			Part: percent(float64(w.Done) / float64(max(1, t.Qty))), Quote: compare.Moved(w.Moved, w.Own)}
		for len(phases) > 0 && phases[0].From <= w.From {
			row.Phase = phases[0].Name()
			phases = phases[1:]
		}
		s.Waves = append(s.Waves, row)
	}
	end := &r.Timeline[len(r.Timeline)-1]
	s.End = fmt.Sprintf("%s after %s with %s of %s shares", end.Why, compare.Clock(end.At), compare.Thousands(end.Done), compare.Thousands(end.Of))
	return s
}
