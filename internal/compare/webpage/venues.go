package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
)

// venueTypes are in the order of the pecking order.
func venueTypes(r *compare.Report) (out []string) {
	for _, t := range [...]string{"internalizer", "dark", "lit", "ecn", "inverted"} {
		for _, v := range r.Venues {
			if v.Type == t {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// typePaint is the paint of the k-th type of venue.
func typePaint(types []string, kind string) (chart.Paint, []vg.Length) {
	for k, t := range types {
		if t == kind {
			return chart.Series + chart.Paint(k), chart.Dashes(k)
		}
	}
	return chart.Muted, nil
}

func venueNames(r *compare.Report) (out []string) {
	for _, v := range r.Venues {
		out = append(out, v.Name)
	}
	return out
}

// shares draws where each policy's shares were filled, by type of venue.
func shares(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "shares", Title: "Where shares were filled", Caption: "Part of each policy's filled shares by type of venue; the table below has every venue."}
	types := venueTypes(r)
	p := chart.New("", "% of filled shares")
	var says []string
	for i, name := range r.Names {
		at, dark := 0.0, 0.0
		for k, t := range types {
			sum := 0.0
			for v := range r.Venues {
				if r.Venues[v].Type == t {
					sum += 100 * r.Policies[name].Venues[v].Share
				}
			}
			chart.Bar(p, float64(i), at, at+sum, chart.Series+chart.Paint(k))
			if at += sum; t == "dark" || t == "internalizer" {
				dark += sum
			}
		}
		says = append(says, fmt.Sprintf("%s %.0f %%", name, dark))
	}
	for k, t := range types {
		e := chart.KeyOf(t, chart.Series+chart.Paint(k), nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
	chart.Names(p, r.Names)
	p.Y.Min, p.Y.Max = 0, 102
	f.Says = "Stacked bars, one for each policy. Filled without being displayed: " + strings.Join(says, ", ") + "."
	return chart.Draw(f, []*plot.Plot{p}, 280)
}

// marked are the policies of a dot chart: all where they are few, else the frame and the learner.
func marked(r *compare.Report) (out []string) {
	for _, name := range r.Names {
		if len(r.Names) <= len(chart.Glyphs()) || name == compare.Static || name == compare.Learner || name == compare.Oracle {
			out = append(out, name)
		}
	}
	return out
}

// markouts draws what each policy's fills met at each venue.
func markouts(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "markouts", Title: "Markouts by venue",
		Caption: "How the mid moved after a policy's fills, after 1 s at displayed venues and 10 s elsewhere: above zero in its favor, below zero is toxicity. Venues without a fill have no mark; the table below has every policy."}
	p := chart.New("", "bps")
	most, where := 0.0, ""
	policies := marked(r)
	for k, name := range policies {
		var points plotter.XYs
		for v := range r.Venues {
			x := &r.Policies[name].Venues[v]
			if x.Share == 0 {
				continue
			}
			points = append(points, plotter.XY{X: float64(v) + spreadOut(k, len(policies)), Y: x.Markout})
			if name == compare.Learner && x.Markout < most {
				most, where = x.Markout, r.Venues[v].Name
			}
		}
		c, _, _ := seriesOf(r, name)
		chart.Dots(p, points, c, chart.Glyphs()[k])
		e := chart.KeyOf(name, c, nil)
		e.Mark = k + 1
		f.Keys = append(f.Keys, e)
	}
	chart.Zero(p, -.6, float64(len(r.Venues))-.4)
	chart.Names(p, venueNames(r))
	chart.Room(&p.Y)
	f.Says = "Dots at each venue, one for each policy; the table has the figures."
	if where != "" {
		f.Says += fmt.Sprintf(" The learner's worst is %s with %+.2f bps.", where, most)
	}
	return chart.Draw(f, []*plot.Plot{p}, 320)
}

// spreadOut keeps the dots of one venue apart.
func spreadOut(k, n int) float64 { return (float64(k) - float64(n-1)/2) * .6 / float64(max(1, n)) }

// estimates draws what the learner thought of each venue beside what the venue showed it: the chance of any fill above,
// toxicity below.
func estimates(r *compare.Report) (chart.Figure, error) {
	f := chart.Figure{ID: "estimates", Title: "What the learner believes, and what the venues showed",
		Caption: "Rings are the learner's latest estimates, in the context of its last child there; dots are the means of all its children there. Above the chance that a child fills at all, below toxicity, which is minus the markout. An estimate follows the market of now, a mean remembers all of it, and so they need not agree in a market that changes.",
		Keys:    []chart.Key{chart.KeyOf("latest estimate", chart.Series, nil), chart.KeyOf("mean of what was met", chart.Ink, nil)}}
	f.Keys[0].Mark, f.Keys[1].Mark = chart.RingMark, chart.CircleMark
	fill, tox := chart.New("", "% of children that fill"), chart.New("", "toxicity, bps")
	var thought, met, feared, paid plotter.XYs
	off := 0.0
	n := 0
	for v, x := range r.Policies[compare.Learner].Venues {
		at := float64(v)
		if x.Children == 0 {
			continue
		}
		thought, met = append(thought, plotter.XY{X: at, Y: 100 * x.Estimated.Fill}), append(met, plotter.XY{X: at, Y: 100 * x.HitRate})
		chart.Line(fill, plotter.XYs{thought[len(thought)-1], met[len(met)-1]}, chart.Ink, nil, .8)
		off += 100 * max(x.Estimated.Fill-x.HitRate, x.HitRate-x.Estimated.Fill)
		if n++; x.Share > 0 {
			feared, paid = append(feared, plotter.XY{X: at, Y: x.Estimated.Toxicity}), append(paid, plotter.XY{X: at, Y: -x.Markout})
			chart.Line(tox, plotter.XYs{feared[len(feared)-1], paid[len(paid)-1]}, chart.Ink, nil, .8)
		}
	}
	for _, c := range [...]struct {
		p              *plot.Plot
		guessed, shown plotter.XYs
	}{{fill, thought, met}, {tox, feared, paid}} {
		chart.Dots(c.p, c.shown, chart.Ink, draw.CircleGlyph{})
		chart.Dots(c.p, c.guessed, chart.Series, chart.Ring{})
		chart.Names(c.p, venueNames(r))
		chart.Room(&c.p.Y)
	}
	fill.Y.Min, fill.Y.Max = 0, 105
	chart.Zero(tox, -.6, float64(len(r.Venues))-.4)
	f.Says = fmt.Sprintf("Two charts, one above the other, with a pair of marks for each of %d venues. The chance of a fill is off by %.0f percentage points in the mean.", n, off/float64(max(1, n)))
	return chart.Draw(f, []*plot.Plot{fill, tox}, 440)
}
