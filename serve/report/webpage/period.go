package webpage

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
)

//go:embed period.html
var periodLayout string

// periodView is what the layout shows.
type periodView struct {
	*report.Period
	Style   template.CSS
	Facts   []fact
	Figures map[string]chart.Figure // by id
	Parts   chart.Table
	Sums    chart.Table // by the dimension asked for
	ByDay   chart.Table
	Venues  chart.Table
	Styles  chart.Table
	Marks   chart.Table
	MarksBy chart.Table // by venue
	Charges chart.Table
}

// Period writes the page of a period's sums.
func Period(w io.Writer, p *report.Period) error {
	s := &p.Summary
	v := &periodView{Period: p, Style: chart.Style() + template.CSS(style), Facts: facts(s.Filled, s.Qty, 0, &s.Sums, &s.Shortfall, s.VWAPSlippageBps, s.Participation),
		Figures: map[string]chart.Figure{}, Parts: partTable(&s.Shortfall), ByDay: groupTable("day", p.Days, true), Venues: lineTable("venue", s.Venues),
		Styles: lineTable("style", s.Styles), MarksBy: lineMarks("venue", s.Venues), Marks: markTable(s.Markouts, s.Reversions), Charges: chargeTable(s.Charges)}
	if len(p.Groups) > 0 {
		v.Sums = groupTable(p.By, p.Groups, p.Whole())
	}
	for _, c := range []struct {
		wanted bool
		draw   func() (chart.Figure, error)
	}{
		{s.Shortfall.Paper > 0, func() (chart.Figure, error) { return waterfall(&s.Shortfall) }},
		{len(s.Markouts) > 1, func() (chart.Figure, error) { return markouts(s.Styles) }},
		{len(p.Days) > 1, func() (chart.Figure, error) { return bars("days", "Shortfall by day", "day", p.Days) }},
		{len(p.Groups) > 1 && p.By != tca.ByDay.String(), func() (chart.Figure, error) { return bars("groups", "Shortfall by "+p.By, p.By, p.Groups) }},
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
	return write(w, periodLayout, v)
}

// most is how many groups a chart has room for.
const most = 24

// bars draws the shortfall of each group as a stack of its parts: costs above zero, gains below it, a diamond for the sum. Of too
// many groups those with the most value are drawn; days are the last ones.
func bars(id, title, by string, groups []tca.Group) (chart.Figure, error) {
	f := chart.Figure{ID: id, Title: title, Caption: "Costs are stacked above zero, gains below it; the diamond is the shortfall, in basis points of the value at arrival."}
	list := slices.DeleteFunc(slices.Clone(groups), func(g tca.Group) bool { return g.Shortfall.Paper <= 0 })
	if len(list) > most {
		f.Caption += fmt.Sprintf(" %d of %d are drawn; the table has all.", most, len(list))
		if by == tca.ByDay.String() {
			list = list[len(list)-most:]
		} else {
			slices.SortStableFunc(list, func(a, b tca.Group) int { return int(min(1, max(-1, int64(b.Shortfall.Paper-a.Shortfall.Paper)))) })
			list = list[:most]
		}
	}
	p := chart.New("", "bps of arrival value")
	var labels, says []string
	var sums plotter.XYs
	for i := range list {
		up, down, x := 0.0, 0.0, float64(i)
		for k, part := range list[i].Shortfall.Parts() {
			b := bpsOf(part, list[i].Shortfall.Paper).Value
			from := &up
			if b < 0 {
				from = &down
			}
			chart.Bar(p, x, *from, *from+b, chart.Series+chart.Paint(k))
			*from += b
		}
		total := list[i].Shortfall.TotalBps
		sums = append(sums, plotter.XY{X: x, Y: total.Value})
		labels = append(labels, list[i].Key)
		says = append(says, list[i].Key+" "+signed(total, 2))
	}
	for k := range partNames {
		e := chart.KeyOf(partNames[k][0], chart.Series+chart.Paint(k), nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
	chart.Zero(p, -.6, float64(len(list))-.4)
	chart.Dots(p, sums, chart.Ink, chart.Diamond{})
	chart.Names(p, labels)
	chart.Room(&p.Y)
	f.Says = "Stacked bars, one for each " + by + ". Shortfall in bps: " + strings.Join(says, ", ") + "."
	return chart.Draw(f, []*plot.Plot{p}, 300)
}
