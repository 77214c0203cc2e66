package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/tca"
)

// The paints of what costs and what gains; which is which also shows by the direction and by the sign that each bar has.
const (
	costPaint  = chart.Series + 1
	gainPaint  = chart.Series
	totalPaint = chart.Muted
)

// waterfall draws how the parts of a shortfall add up to it.
func waterfall(f *tca.Shortfall) (chart.Figure, error) {
	fig := chart.Figure{ID: "waterfall", Title: "What the cost is made of", Caption: "Each part begins where the one before ends; upwards costs, downwards gains. Basis points of the order's value at arrival."}
	p := chart.New("", "bps of arrival value")
	var labels, says []string
	var marks plotter.XYLabels
	at := 0.0
	for i, part := range f.Parts() {
		b := bpsOf(part, f.Paper).Value
		c := costPaint
		if b < 0 {
			c = gainPaint
		}
		chart.Bar(p, float64(i), at, at+b, c)
		chart.Line(p, plotter.XYs{{X: float64(i) - .32, Y: at + b}, {X: float64(i) + 1.32, Y: at + b}}, chart.Muted, nil, .8)
		mark(&marks, float64(i), max(at, at+b), b)
		at += b
		labels = append(labels, partNames[i][0])
		says = append(says, fmt.Sprintf("%s %s", partNames[i][0], signed(bpsOf(part, f.Paper), 2)))
	}
	last := float64(len(labels))
	chart.Bar(p, last, 0, f.TotalBps.Value, totalPaint)
	mark(&marks, last, max(0, f.TotalBps.Value), f.TotalBps.Value)
	labels = append(labels, "total")
	chart.Zero(p, -.6, last+.6)
	chart.Names(p, labels)
	chart.Room(&p.Y)
	write, err := chart.Labels(marks)
	if err != nil {
		return fig, err
	}
	p.Add(write)
	fig.Says = "Bars one after the other, in bps: " + strings.Join(says, ", ") + "; total " + signed(f.TotalBps, 2) + "."
	for _, k := range []struct {
		name string
		c    chart.Paint
	}{{"costs", costPaint}, {"gains", gainPaint}, {"total", totalPaint}} {
		e := chart.KeyOf(k.name, k.c, nil)
		e.Area = true
		fig.Keys = append(fig.Keys, e)
	}
	return chart.Draw(fig, []*plot.Plot{p}, 290)
}

// mark writes a figure above a bar.
func mark(to *plotter.XYLabels, x, y, figure float64) {
	to.XYs = append(to.XYs, plotter.XY{X: x, Y: y})
	to.Labels = append(to.Labels, signed(tca.Ratio{Value: figure, Known: true}, 2))
}

// markouts draws the mid after fills, by style of order.
func markouts(styles []tca.Line) (chart.Figure, error) {
	fig := chart.Figure{ID: "markouts", Title: "Where the mid went after fills",
		Caption: "Mean move of the mid in our favor, by style of order and time after the fill, weighted by shares. Below zero the price went on against what we had just done: who stood on the other side knew more, or it was our own impact."}
	p := chart.New("", "bps, in our favor above zero")
	horizons := horizonsOf(styles)
	var labels, says []string
	for _, h := range horizons {
		labels = append(labels, horizon(h))
	}
	k := 0
	for i := range styles {
		var points plotter.XYs
		for x, h := range horizons {
			if m := markoutAt(styles[i].Markouts, h); m.Known {
				points = append(points, plotter.XY{X: float64(x), Y: m.Value})
			}
		}
		if len(points) == 0 {
			continue
		}
		c := chart.Series + chart.Paint(k)
		chart.Line(p, points, c, chart.Dashes(k), 2)
		p.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c.Color(), Radius: vg.Length(3), Shape: chart.Glyphs()[k%len(chart.Glyphs())]}})
		fig.Keys = append(fig.Keys, chart.KeyOf(styles[i].Name, c, chart.Dashes(k)))
		last := points[len(points)-1].Y
		says = append(says, fmt.Sprintf("%s %s bps", styles[i].Name, signed(tca.Ratio{Value: last, Known: true}, 2)))
		k++
	}
	chart.Zero(p, -.6, float64(len(labels))-.4)
	chart.Names(p, labels)
	chart.Room(&p.Y)
	fig.Says = "Lines over the time after fills. At the last one: " + strings.Join(says, ", ") + "."
	return chart.Draw(fig, []*plot.Plot{p}, 260)
}
