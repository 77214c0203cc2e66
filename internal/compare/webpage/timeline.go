package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
)

// timeline draws the story of one parent: the quote above, what is filled by type of venue below, waves and phases marked.
func timeline(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "story", Title: "The parent in time",
		Caption: "Above: the mid since arrival, and the fundamental price, which no order moves. Below: shares filled so far by type of venue, dark venues lowest. Small triangles are dark waves; upright lines are where a stage of the pecking order first comes in."}
	end := &r.Timeline[len(r.Timeline)-1]
	unit, label := timeUnit(end.At)
	price, done := chart.New("", "bps since arrival"), chart.New(label, "shares filled")
	last := float64(end.At) / unit
	moves(r, price, unit, &f)
	types := venueTypes(r)
	stacks(r, done, types, unit, &f)
	for _, p := range compare.Phases(r.Timeline) {
		at := float64(p.From) / unit
		for _, c := range [...]*plot.Plot{price, done} {
			chart.Line(c, plotter.XYs{{X: at, Y: c.Y.Min}, {X: at, Y: c.Y.Max}}, chart.Ink, chart.Dashes(2), .8)
		}
	}
	marks(r, done, unit)
	chart.Zero(price, 0, last)
	chart.Room(&price.Y)
	for _, c := range [...]*plot.Plot{price, done} {
		c.X.Min, c.X.Max = 0, max(last, 1e-9)
	}
	done.Y.Max = float64(end.Of) * 1.02
	done.Y.Tick.Marker = chart.Ticks{About: 6, Format: func(x float64) string { return compare.Thousands(market.Qty(x)) }}
	f.Says = says(r)
	return chart.Draw(f, []*plot.Plot{price, done}, 480)
}

func timeUnit(end int64) (unit float64, label string) {
	if end > 3*market.Minute {
		return float64(market.Minute), "minutes since arrival"
	}
	return float64(market.Second), "seconds since arrival"
}

// moves draws the mid, and the fundamental where there is one.
func moves(r *compare.Report, p *plot.Plot, unit float64, f *chart.Figure) {
	var mid, own plotter.XYs
	for i := range r.Timeline {
		s := &r.Timeline[i]
		at := float64(s.At) / unit
		mid = append(mid, plotter.XY{X: at, Y: s.Moved})
		if s.Own != nil {
			own = append(own, plotter.XY{X: at, Y: *s.Own})
		}
	}
	chart.Line(p, mid, chart.Ink, nil, 1.2)
	f.Keys = append(f.Keys, chart.KeyOf("mid", chart.Ink, nil))
	if len(own) > 0 {
		chart.Line(p, own, chart.Muted, chart.Dashes(1), 1.2)
		f.Keys = append(f.Keys, chart.KeyOf("fundamental price", chart.Muted, chart.Dashes(1)))
	}
}

// stacks fills the area of each type of venue on top of the one before.
func stacks(r *compare.Report, p *plot.Plot, types []string, unit float64, f *chart.Figure) {
	base := make([]float64, 0, len(r.Timeline))
	at := make([]float64, 0, len(r.Timeline))
	for i := range r.Timeline {
		at, base = append(at, float64(r.Timeline[i].At)/unit), append(base, 0)
	}
	for _, t := range darkFirst(types) {
		var up, down plotter.XYs
		sum, before := 0.0, 0.0
		for i := range r.Timeline {
			s := &r.Timeline[i]
			if i > 0 { // steps, not slopes
				up, down = append(up, plotter.XY{X: at[i], Y: before + sum}), append(down, plotter.XY{X: at[i], Y: before})
			}
			if s.Kind == compare.StepFill && s.Type == t {
				sum += float64(s.Qty)
			}
			before = base[i]
			up, down = append(up, plotter.XY{X: at[i], Y: before + sum}), append(down, plotter.XY{X: at[i], Y: before})
			base[i] += sum
		}
		if sum == 0 {
			continue
		}
		for i := len(down) - 1; i >= 0; i-- {
			up = append(up, down[i])
		}
		c, _ := typePaint(types, t)
		chart.Area(p, up, c.Color())
		e := chart.KeyOf(t, c, nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
}

func darkFirst(types []string) (out []string) {
	for _, t := range types {
		if t == "dark" {
			out = append([]string{t}, out...)
			continue
		}
		out = append(out, t)
	}
	return out
}

// marks puts a triangle at every dark wave.
func marks(r *compare.Report, p *plot.Plot, unit float64) {
	var points plotter.XYs
	for _, w := range compare.Waves(r.Timeline) {
		if w.Stage == "dark" {
			points = append(points, plotter.XY{X: float64(w.From) / unit, Y: 0})
		}
	}
	if len(points) > 0 {
		chart.Dots(p, points, chart.Ink, chart.Tick{})
	}
}

// says tells in words what the drawing shows.
func says(r *compare.Report) string {
	end := &r.Timeline[len(r.Timeline)-1]
	var b strings.Builder
	fmt.Fprintf(&b, "The parent is %s after %s with %s of %s shares.", end.Why, compare.Clock(end.At), compare.Thousands(end.Done), compare.Thousands(end.Of))
	for _, p := range compare.Phases(r.Timeline) {
		fmt.Fprintf(&b, " From %s %s; when that is over %s shares are done and the mid is %+.1f bps from arrival", compare.Clock(p.From), p.Name(), compare.Thousands(p.Done), p.Moved)
		if p.Own != nil {
			fmt.Fprintf(&b, ", %+.1f of them by itself", *p.Own)
		}
		b.WriteByte('.')
	}
	return b.String()
}
