package webpage

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-sor/sluice/internal/compare"
)

type vgPoint = vg.Point

// closed gives the path of a polygon.
func closed(corners ...vgPoint) (p vg.Path) {
	p.Move(corners[0])
	for _, c := range corners[1:] {
		p.Line(c)
	}
	p.Close()
	return p
}

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
func typePaint(types []string, kind string) (paint, []vg.Length) {
	for k, t := range types {
		if t == kind {
			return series + paint(k), dashes(k)
		}
	}
	return muted, nil
}

func venueNames(r *compare.Report) (out []string) {
	for _, v := range r.Venues {
		out = append(out, v.Name)
	}
	return out
}

// shares draws where each policy's shares were filled, by type of venue.
func shares(r *compare.Report) (Figure, error) {
	f := Figure{ID: "shares", Title: "Where shares were filled", Caption: "Part of each policy's filled shares by type of venue; the table below has every venue."}
	types := venueTypes(r)
	p := newPlot("", "% of filled shares")
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
			bar(p, float64(i), at, at+sum, series+paint(k))
			if at += sum; t == "dark" || t == "internalizer" {
				dark += sum
			}
		}
		says = append(says, fmt.Sprintf("%s %.0f %%", name, dark))
	}
	for k, t := range types {
		e := key(t, series+paint(k), nil)
		e.Area = true
		f.Keys = append(f.Keys, e)
	}
	names(p, r.Names)
	p.Y.Min, p.Y.Max = 0, 102
	f.Says = "Stacked bars, one for each policy. Filled without being displayed: " + strings.Join(says, ", ") + "."
	return figure(f, []*plot.Plot{p}, 280)
}

// marked are the policies of a dot chart: all where they are few, else the frame and the learner.
func marked(r *compare.Report) (out []string) {
	for _, name := range r.Names {
		if len(r.Names) <= len(glyphs()) || name == compare.Static || name == compare.Learner || name == compare.Oracle {
			out = append(out, name)
		}
	}
	return out
}

// glyphs tell the policies of a dot chart apart; the layout draws the same for the legend.
func glyphs() []draw.GlyphDrawer {
	return []draw.GlyphDrawer{box{}, draw.CircleGlyph{}, diamond{}, tick{}}
}

// markouts draws what each policy's fills met at each venue.
func markouts(r *compare.Report) (Figure, error) {
	f := Figure{ID: "markouts", Title: "Markouts by venue",
		Caption: "How the mid moved after a policy's fills, after 1 s at displayed venues and 10 s elsewhere: above zero in its favor, below zero is toxicity. Venues without a fill have no mark; the table below has every policy."}
	p := newPlot("", "bps")
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
		dots(p, points, c, glyphs()[k])
		e := key(name, c, nil)
		e.Mark = k + 1
		f.Keys = append(f.Keys, e)
	}
	zero(p, -.6, float64(len(r.Venues))-.4)
	names(p, venueNames(r))
	room(&p.Y)
	f.Says = "Dots at each venue, one for each policy; the table has the figures."
	if where != "" {
		f.Says += fmt.Sprintf(" The learner's worst is %s with %+.2f bps.", where, most)
	}
	return figure(f, []*plot.Plot{p}, 320)
}

// spreadOut keeps the dots of one venue apart.
func spreadOut(k, n int) float64 { return (float64(k) - float64(n-1)/2) * .6 / float64(max(1, n)) }

// estimates draws what the learner thought of each venue beside what the venue showed it: the chance of any fill above,
// toxicity below.
func estimates(r *compare.Report) (Figure, error) {
	f := Figure{ID: "estimates", Title: "What the learner believes, and what the venues showed",
		Caption: "Rings are the learner's latest estimates, in the context of its last child there; dots are the means of all its children there. Above the chance that a child fills at all, below toxicity, which is minus the markout. An estimate follows the market of now, a mean remembers all of it, and so they need not agree in a market that changes.",
		Keys:    []Key{key("latest estimate", series, nil), key("mean of what was met", ink, nil)}}
	f.Keys[0].Mark, f.Keys[1].Mark = ringMark, circleMark
	fill, tox := newPlot("", "% of children that fill"), newPlot("", "toxicity, bps")
	var thought, met, feared, paid plotter.XYs
	off := 0.0
	n := 0
	for v, x := range r.Policies[compare.Learner].Venues {
		at := float64(v)
		if x.Children == 0 {
			continue
		}
		thought, met = append(thought, plotter.XY{X: at, Y: 100 * x.Estimated.Fill}), append(met, plotter.XY{X: at, Y: 100 * x.HitRate})
		line(fill, plotter.XYs{thought[len(thought)-1], met[len(met)-1]}, ink, nil, .8)
		off += 100 * max(x.Estimated.Fill-x.HitRate, x.HitRate-x.Estimated.Fill)
		if n++; x.Share > 0 {
			feared, paid = append(feared, plotter.XY{X: at, Y: x.Estimated.Toxicity}), append(paid, plotter.XY{X: at, Y: -x.Markout})
			line(tox, plotter.XYs{feared[len(feared)-1], paid[len(paid)-1]}, ink, nil, .8)
		}
	}
	for _, c := range [...]struct {
		p              *plot.Plot
		guessed, shown plotter.XYs
	}{{fill, thought, met}, {tox, feared, paid}} {
		dots(c.p, c.shown, ink, draw.CircleGlyph{})
		dots(c.p, c.guessed, series, ring{})
		names(c.p, venueNames(r))
		room(&c.p.Y)
	}
	fill.Y.Min, fill.Y.Max = 0, 105
	zero(tox, -.6, float64(len(r.Venues))-.4)
	f.Says = fmt.Sprintf("Two charts, one above the other, with a pair of marks for each of %d venues. The chance of a fill is off by %.0f percentage points in the mean.", n, off/float64(max(1, n)))
	return figure(f, []*plot.Plot{fill, tox}, 440)
}

// Marks of the legend: the glyphs in their order, and the ring.
const (
	circleMark = 2
	ringMark   = 5
)

// box is a filled square.
type box struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (box) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vgPoint) {
	r := sty.Radius
	c.SetColor(sty.Color)
	c.Fill(closed(vgPoint{X: at.X - r, Y: at.Y - r}, vgPoint{X: at.X + r, Y: at.Y - r}, vgPoint{X: at.X + r, Y: at.Y + r}, vgPoint{X: at.X - r, Y: at.Y + r}))
}

// ring is a wide open circle, so that a dot inside it can be seen.
type ring struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (ring) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vgPoint) {
	sty.Radius *= 1.6
	c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: 1.6})
	var p vg.Path
	p.Move(vgPoint{X: at.X + sty.Radius, Y: at.Y})
	p.Arc(at, sty.Radius, 0, 6.283185307179586)
	p.Close()
	c.Stroke(p)
}
