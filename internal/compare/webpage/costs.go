package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
)

// part is one part of the shortfall.
type part struct {
	name string
	of   func(*compare.Summary) float64
}

func parts() []part {
	return []part{
		{"spread", func(s *compare.Summary) float64 { return s.Spread }},
		{"fees", func(s *compare.Summary) float64 { return s.Fees }},
		{"impact", func(s *compare.Summary) float64 { return s.Impact }},
		{"timing", func(s *compare.Summary) float64 { return s.Timing }},
		{"opportunity", func(s *compare.Summary) float64 { return s.Opportunity }},
	}
}

// costs draws the parts of each policy's shortfall as bars: costs are stacked above zero, gains below, and a dot is the sum.
func costs(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "costs", Title: "What the shortfall is made of",
		Caption: "Costs are stacked above zero, gains below it; the diamond is the shortfall, with its 95 % interval."}
	p := chart.New("", "bps of arrival value")
	var says []string
	var sums plotter.XYs
	for i, name := range r.Names {
		s := r.Policies[name]
		up, down, x := 0.0, 0.0, float64(i)
		for k, part := range parts() {
			v := part.of(s)
			from := &up
			if v < 0 {
				from = &down
			}
			chart.Bar(p, x, *from, *from+v, chart.Series+chart.Paint(k))
			*from += v
		}
		sums = append(sums, plotter.XY{X: x, Y: s.IS.Mean})
		chart.Line(p, plotter.XYs{{X: x, Y: s.IS.Lo}, {X: x, Y: s.IS.Hi}}, chart.Ink, nil, 1.2)
		says = append(says, fmt.Sprintf("%s %+.2f", name, s.IS.Mean))
	}
	for k, part := range parts() {
		e := chart.KeyOf(part.name, chart.Series+chart.Paint(k), nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
	chart.Zero(p, -.6, float64(len(r.Names))-.4)
	chart.Dots(p, sums, chart.Ink, chart.Diamond{})
	chart.Names(p, r.Names)
	chart.Room(&p.Y)
	f.Says = "Stacked bars, one for each policy. Shortfall in bps: " + strings.Join(says, ", ") + "."
	return chart.Draw(f, []*plot.Plot{p}, 300)
}
