package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

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
func costs(r *compare.Report) (Figure, error) {
	f := Figure{ID: "costs", Title: "What the shortfall is made of",
		Caption: "Costs are stacked above zero, gains below it; the diamond is the shortfall, with its 95 % interval."}
	p := newPlot("", "bps of arrival value")
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
			bar(p, x, *from, *from+v, series+paint(k))
			*from += v
		}
		sums = append(sums, plotter.XY{X: x, Y: s.IS.Mean})
		line(p, plotter.XYs{{X: x, Y: s.IS.Lo}, {X: x, Y: s.IS.Hi}}, ink, nil, 1.2)
		says = append(says, fmt.Sprintf("%s %+.2f", name, s.IS.Mean))
	}
	for k, part := range parts() {
		e := key(part.name, series+paint(k), nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
	zero(p, -.6, float64(len(r.Names))-.4)
	dots(p, sums, ink, diamond{})
	names(p, r.Names)
	room(&p.Y)
	f.Says = "Stacked bars, one for each policy. Shortfall in bps: " + strings.Join(says, ", ") + "."
	return figure(f, []*plot.Plot{p}, 300)
}

// bar adds one piece of a stack.
func bar(p *plot.Plot, x, from, to float64, c paint) {
	const half = .32
	area(p, plotter.XYs{{X: x - half, Y: from}, {X: x + half, Y: from}, {X: x + half, Y: to}, {X: x - half, Y: to}}, c.color())
}

// diamond is a filled glyph that no other chart uses for an estimate.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vgPoint) {
	r := sty.Radius * 1.3
	c.SetColor(sty.Color)
	c.Fill(closed(vgPoint{X: at.X, Y: at.Y + r}, vgPoint{X: at.X + r, Y: at.Y}, vgPoint{X: at.X, Y: at.Y - r}, vgPoint{X: at.X - r, Y: at.Y}))
}
