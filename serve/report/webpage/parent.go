package webpage

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/report"
)

//go:embed parent.html
var parentLayout string

//go:embed report.css
var style string

// fact is one figure at the head of a page.
type fact struct{ Name, Value, Note string }

// parentView is what the layout shows.
type parentView struct {
	*report.Story
	Title   string
	Style   template.CSS
	Facts   []fact
	Said    []report.Said
	Figures map[string]chart.Figure // by id
	Parts   chart.Table
	Venues  chart.Table
	Styles  chart.Table
	Marks   chart.Table
	MarksBy chart.Table // by venue
	Charges chart.Table
	Waves   []waveRow
}

type waveRow struct{ Phase, Time, Stage, Line, Done, Part, Quote string }

// Parent writes the page of one parent.
func Parent(w io.Writer, s *report.Story) error {
	r := &s.TCA
	v := &parentView{Story: s, Title: fmt.Sprintf("%s %s %s", capital(r.Side), thousands(r.Qty), r.Symbol), Style: chart.Style() + template.CSS(style),
		Facts: facts(r.Filled, r.Qty, r.AvgPx, &r.Sums, &r.Shortfall, r.VWAPSlippageBps, r.Participation), Said: s.Tell(), Figures: map[string]chart.Figure{},
		Parts: partTable(&r.Shortfall), Venues: lineTable("venue", r.Venues), Styles: lineTable("style", r.Styles), MarksBy: lineMarks("venue", r.Venues),
		Marks: markTable(r.Markouts, r.Reversions), Charges: chargeTable(r.Charges), Waves: waveRows(s)}
	for _, c := range []struct {
		wanted bool
		draw   func() (chart.Figure, error)
	}{
		{len(s.Steps) > 1, func() (chart.Figure, error) { return timeline(s) }},
		{r.Shortfall.Paper > 0, func() (chart.Figure, error) { return waterfall(&r.Shortfall) }},
		{len(r.Markouts) > 1, func() (chart.Figure, error) { return markouts(r.Styles) }},
	} {
		if !c.wanted {
			continue
		}
		f, err := c.draw()
		if err != nil {
			return err
		}
		v.Figures[f.ID] = f
	}
	return write(w, parentLayout, v)
}

func write(w io.Writer, layout string, view any) error {
	t, err := chart.Page(layout)
	if err != nil {
		return err
	}
	return t.Execute(w, view)
}

func thousands(q market.Qty) string { return compare.Thousands(q) }

func capital(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// waveRows are the waves of the story, as the comparison's page has them.
func waveRows(s *report.Story) (out []waveRow) {
	phases := compare.Phases(s.Steps)
	waves := compare.Waves(s.Steps)
	for i := range waves {
		w := &waves[i]
		row := waveRow{Time: compare.Clock(w.From / market.Second * market.Second), Stage: w.Stage, Line: strings.ReplaceAll(w.Line(), "  ", "; "), Done: thousands(w.Done),
			Part: fmt.Sprintf("%.1f %%", 100*float64(w.Done)/float64(max(1, s.TCA.Qty))), Quote: compare.Moved(w.Moved, w.Own)}
		for len(phases) > 0 && phases[0].From <= w.From {
			row.Phase = phases[0].Name()
			phases = phases[1:]
		}
		out = append(out, row)
	}
	return out
}
