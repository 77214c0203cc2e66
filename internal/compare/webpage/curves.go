package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
)

// leastCurve is how many parents a stretch of a curve must have to be worth drawing.
const leastCurve = 3

// curved reports whether the report's curves say something.
func curved(r *compare.Report) bool {
	return r.Parents/max(1, len(r.Policies[compare.Static].Curve)) >= leastCurve
}

// otherPaints is how many paints the style sheet has for what is neither learner nor oracle. With models there may be more policies:
// then two share a paint, and their dashes tell them apart.
const otherPaints = 7

// seriesOf gives a policy its paint, dash and width: static and the oracle are the frame, the learner stands out.
func seriesOf(r *compare.Report, policy string) (chart.Paint, []vg.Length, vg.Length) {
	switch policy {
	case compare.Static:
		return chart.Muted, nil, 1.4
	case compare.Learner:
		return chart.Series, nil, 2.6
	case compare.Oracle:
		return chart.Series + 1, chart.Dashes(1), 2
	}
	k := 2
	for _, name := range r.Names {
		switch name {
		case policy:
			return chart.Series + 2 + chart.Paint(k-2)%otherPaints, chart.Dashes(k), 1.4
		case compare.Static, compare.Learner, compare.Oracle:
		default:
			k++
		}
	}
	return chart.Muted, nil, 1
}

// others are the policies beside static.
func others(r *compare.Report) (out []string) {
	for _, name := range r.Names {
		if name != compare.Static {
			out = append(out, name)
		}
	}
	return out
}

// curves draws how each policy fares against static from stretch to stretch, with the learner's interval as a band.
func curves(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "curves", Title: "Against the static scorer, as parents go by",
		Caption: "Difference of shortfall, paired by parent, mean over each tenth of the parents; below zero is cheaper than static. The band is the learner's 95 % interval over " + r.Over + "."}
	p := chart.New("parents", "bps, against static")
	var says []string
	last := 0.0
	for _, name := range others(r) {
		c, dash, width := seriesOf(r, name)
		var points, band plotter.XYs
		for _, at := range r.Policies[name].Curve {
			last = float64(at.Parents)
			points = append(points, plotter.XY{X: last, Y: at.VsStatic.Mean})
			band = append(band, plotter.XY{X: last, Y: at.VsStatic.Lo})
		}
		if name == compare.Learner {
			curve := r.Policies[name].Curve
			for i := len(curve) - 1; i >= 0; i-- {
				band = append(band, plotter.XY{X: float64(curve[i].Parents), Y: curve[i].VsStatic.Hi})
			}
			chart.Area(p, band, c.Wash())
		}
		chart.Line(p, points, c, dash, width)
		f.Keys = append(f.Keys, chart.KeyOf(name, c, dash))
		says = append(says, fmt.Sprintf("%s %+.2f", name, points[len(points)-1].Y))
	}
	chart.Zero(p, 0, last)
	chart.Room(&p.Y)
	f.Says = "Lines over parents. In the last tenth, bps against static: " + strings.Join(says, ", ") + "."
	return chart.Draw(f, []*plot.Plot{p}, 320)
}

// gapFloor and gapCeiling are where the drawing of the gap closed ends: where static and oracle hardly differ, the share is noise.
const (
	gapFloor   = -100
	gapCeiling = 200
)

// gaps draws the share of the gap between static and the oracle that each policy closes, from stretch to stretch.
func gaps(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "gaps", Title: "Gap closed, as parents go by",
		Caption: "(static − policy) / (static − oracle) in each tenth of the parents; 0 % is static, 100 % the oracle. Drawn from −100 % to 200 %: in a stretch where static and oracle hardly differ the share is noise, and the table below has it whole."}
	p := chart.New("parents", "% of the gap closed")
	var says []string
	last := 0.0
	for _, name := range others(r) {
		if name == compare.Oracle {
			continue
		}
		c, dash, width := seriesOf(r, name)
		var points plotter.XYs
		for _, at := range r.Policies[name].Curve {
			if last = float64(at.Parents); at.GapClosed == nil { // static and the oracle cost the same
				continue
			}
			points = append(points, plotter.XY{X: last, Y: min(gapCeiling, max(gapFloor, 100*at.GapClosed.Mean))})
		}
		chart.Line(p, points, c, dash, width)
		f.Keys = append(f.Keys, chart.KeyOf(name, c, dash))
		says = append(says, fmt.Sprintf("%s %.0f %%", name, 100*r.GapClosed[name].Mean))
	}
	chart.Zero(p, 0, last)
	chart.Line(p, plotter.XYs{{X: 0, Y: 100}, {X: last, Y: 100}}, chart.Series+1, chart.Dashes(1), 1.2)
	f.Keys = append(f.Keys, chart.KeyOf(compare.Oracle, chart.Series+1, chart.Dashes(1)))
	chart.Room(&p.Y)
	f.Says = "Lines over parents. Over all parents: " + strings.Join(says, ", ") + "."
	return chart.Draw(f, []*plot.Plot{p}, 320)
}
