package webpage

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/report"
)

// grains is into how many moments the time axis is cut: what falls into one is drawn once, however many children and fills it has.
const grains = 720

// timeline draws a parent in time: the mid, its children by venue below it, and what is filled by type of venue.
func timeline(s *report.Story) (chart.Figure, error) {
	fig := chart.Figure{ID: "story", Title: "The order in time",
		Caption: "Above: the market's mid, with the mid at arrival and the order's average price. Middle: a lane for each venue; a thin line is an order that waited there, a dot is a fill, larger for more shares. Below: shares filled so far by type of venue, dark ones lowest. Upright lines are where a stage of the pecking order first comes in."}
	end := s.Steps[len(s.Steps)-1].At
	unit, label := float64(market.Second), "seconds since arrival"
	if end > 3*market.Minute {
		unit, label = float64(market.Minute), "minutes since arrival"
	}
	last := max(float64(end)/unit, 1e-9)
	mid, lanes, done := chart.New("", "mid, $"), chart.New("", ""), chart.New(label, "shares filled")
	mids(s, mid, unit, last, &fig)
	types := typesOf(s)
	laned(s, lanes, types, unit)
	filled(s, done, types, unit, &fig)
	chart.Room(&mid.Y)
	lanes.Y.Min, lanes.Y.Max = -.7, float64(max(1, len(s.Lanes)))-.3
	done.Y.Min, done.Y.Max = 0, float64(max(1, s.TCA.Qty))*1.02
	plots := []*plot.Plot{mid, lanes, done}
	for _, p := range compare.Phases(s.Steps) {
		x := float64(p.From) / unit
		for _, c := range plots {
			chart.Line(c, plotter.XYs{{X: x, Y: c.Y.Min}, {X: x, Y: c.Y.Max}}, chart.Ink, chart.Dashes(2), .8)
		}
	}
	for _, c := range plots {
		c.X.Min, c.X.Max = 0, last
	}
	done.Y.Tick.Marker = chart.Ticks{About: 6, Format: func(x float64) string { return thousands(market.Qty(x)) }}
	fig.Says = says(s)
	return chart.Draw(fig, plots, vg.Length(620+14*max(0, len(s.Lanes)-8)))
}

// mids draws the mid as it was seen by decisions and fills, one point a grain.
func mids(s *report.Story, p *plot.Plot, unit, last float64, fig *chart.Figure) {
	points := plotter.XYs{}
	grain := int64(-1)
	for i := range s.Steps {
		x := &s.Steps[i]
		if x.Mid <= 0 {
			continue
		}
		if g := int64(float64(x.At) / unit / last * grains); g == grain && i < len(s.Steps)-1 {
			continue
		} else {
			grain = g
		}
		y := float64(x.Mid) / float64(market.Dollar)
		if n := len(points); n > 0 { // it stood until it moved
			points = append(points, plotter.XY{X: float64(x.At) / unit, Y: points[n-1].Y})
		}
		points = append(points, plotter.XY{X: float64(x.At) / unit, Y: y})
	}
	chart.Line(p, points, chart.Ink, nil, 1.2)
	fig.Keys = append(fig.Keys, chart.KeyOf("mid", chart.Ink, nil))
	for k, level := range [...]struct {
		name string
		px   market.Price
	}{{"mid at arrival", s.TCA.Arrival}, {"average price", s.TCA.AvgPx}} {
		if level.px <= 0 {
			continue
		}
		y, c := float64(level.px)/float64(market.Dollar), chart.Muted
		if k == 1 {
			c = chart.Series + 3
		}
		chart.Line(p, plotter.XYs{{X: 0, Y: y}, {X: last, Y: y}}, c, chart.Dashes(k+1), 1.4)
		fig.Keys = append(fig.Keys, chart.KeyOf(level.name, c, chart.Dashes(k+1)))
	}
}

// typesOf are the types of the order's venues, dark ones first.
func typesOf(s *report.Story) (out []string) {
	for _, t := range [...]string{"dark", "internalizer", "lit", "ecn", "inverted", "venue"} {
		for i := range s.Lanes {
			if s.Lanes[i].Type == t {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// paintOf is the paint of a type of venue.
func paintOf(types []string, kind string) chart.Paint {
	for k, t := range types {
		if t == kind {
			return chart.Series + chart.Paint([...]int{0, 5, 1, 2, 4, 6}[k%6])
		}
	}
	return chart.Muted
}

// laned draws a lane for each venue, the first one on top.
func laned(s *report.Story, p *plot.Plot, types []string, unit float64) {
	var ticks plot.ConstantTicks
	end := max(1, s.Steps[len(s.Steps)-1].At)
	for i := range s.Lanes {
		l := &s.Lanes[i]
		y := float64(len(s.Lanes) - 1 - i)
		ticks = append(ticks, plot.Tick{Value: y, Label: l.Venue})
		c := paintOf(types, l.Type)
		for _, x := range together(l.Spans, end/grains) {
			until := max(x.Until, x.From+2*end/grains) // one that was answered at once is seen, too
			chart.Line(p, plotter.XYs{{X: float64(x.From) / unit, Y: y}, {X: float64(until) / unit, Y: y}}, c, nil, 1.2)
		}
		var points plotter.XYs
		var sizes []float64
		for _, f := range gathered(l.Fills, end/grains*4) {
			points = append(points, plotter.XY{X: float64(f.At) / unit, Y: y})
			sizes = append(sizes, float64(f.Qty))
		}
		if len(points) > 0 {
			p.Add(&plotter.Scatter{XYs: points, GlyphStyleFunc: func(i int) draw.GlyphStyle {
				return draw.GlyphStyle{Color: c.Color(), Radius: radius(sizes[i], float64(s.TCA.Qty)), Shape: draw.CircleGlyph{}}
			}})
		}
	}
	p.Y.Tick.Marker = ticks
	p.Y.Tick.LineStyle.Width = 0
}

// radius gives a dot whose area grows with the shares; a fortieth of the order has the largest.
func radius(qty, of float64) vg.Length {
	return vg.Length(1.6 + 5.4*math.Sqrt(min(1, qty/max(1, of)*40)))
}

// together joins spans that touch or are closer than a grain.
func together(spans []report.Span, grain int64) (out []report.Span) {
	for _, x := range spans {
		if n := len(out); n > 0 && x.From-out[n-1].Until <= grain {
			out[n-1].Until = max(out[n-1].Until, x.Until)
			continue
		}
		out = append(out, x)
	}
	return out
}

// gathered joins fills that came within a while.
func gathered(fills []report.LaneFill, while int64) (out []report.LaneFill) {
	for _, f := range fills {
		if n := len(out); n > 0 && f.At-out[n-1].At <= while {
			out[n-1].Qty += f.Qty
			continue
		}
		out = append(out, f)
	}
	return out
}

// filled draws what is filled so far as areas on top of one another, one point a grain.
func filled(s *report.Story, p *plot.Plot, types []string, unit float64, fig *chart.Figure) {
	end := max(1, s.Steps[len(s.Steps)-1].At)
	base := make([]float64, grains+1)
	for _, t := range types {
		add := make([]float64, grains+1)
		total := 0.0
		for i := range s.Steps {
			if x := &s.Steps[i]; x.Kind == compare.StepFill && x.Type == t {
				add[min(grains, int(float64(x.At)/float64(end)*grains))] += float64(x.Qty)
				total += float64(x.Qty)
			}
		}
		if total == 0 {
			continue
		}
		var up, down plotter.XYs
		sum := 0.0
		for g := range base {
			x := float64(end) / grains * float64(g) / unit
			down = append(down, plotter.XY{X: x, Y: base[g]})
			sum += add[g]
			base[g] += sum
			up = append(up, plotter.XY{X: x, Y: base[g]})
		}
		for i := len(down) - 1; i >= 0; i-- {
			up = append(up, down[i])
		}
		c := paintOf(types, t)
		chart.Area(p, up, c.Color())
		e := chart.KeyOf(t, c, nil)
		e.Area = true
		fig.Keys = append(fig.Keys, e)
	}
}

// says tells in words what the drawing shows.
func says(s *report.Story) string {
	var b strings.Builder
	for _, said := range s.Tell() {
		fmt.Fprintf(&b, "%s: %s ", said.Head, said.Text)
	}
	return strings.TrimSpace(b.String())
}
