package chart

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Marks of the legend: the glyphs in the order of Glyphs, and the ring.
const (
	BoxMark = iota + 1
	CircleMark
	DiamondMark
	TickMark
	RingMark
)

// Glyphs tell the series of a dot chart apart; the page's layout draws the same for the legend.
func Glyphs() []draw.GlyphDrawer {
	return []draw.GlyphDrawer{Box{}, draw.CircleGlyph{}, Diamond{}, Tick{}}
}

// Bar adds one piece of a stack at x.
func Bar(p *plot.Plot, x, from, to float64, c Paint) {
	const half = .32
	Area(p, plotter.XYs{{X: x - half, Y: from}, {X: x + half, Y: from}, {X: x + half, Y: to}, {X: x - half, Y: to}}, c.Color())
}

// closed gives the path of a polygon.
func closed(corners ...vg.Point) (p vg.Path) {
	p.Move(corners[0])
	for _, c := range corners[1:] {
		p.Line(c)
	}
	p.Close()
	return p
}

// Box is a filled square.
type Box struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (Box) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := sty.Radius
	c.SetColor(sty.Color)
	c.Fill(closed(vg.Point{X: at.X - r, Y: at.Y - r}, vg.Point{X: at.X + r, Y: at.Y - r}, vg.Point{X: at.X + r, Y: at.Y + r}, vg.Point{X: at.X - r, Y: at.Y + r}))
}

// Diamond is a filled diamond.
type Diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (Diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := sty.Radius * 1.3
	c.SetColor(sty.Color)
	c.Fill(closed(vg.Point{X: at.X, Y: at.Y + r}, vg.Point{X: at.X + r, Y: at.Y}, vg.Point{X: at.X, Y: at.Y - r}, vg.Point{X: at.X - r, Y: at.Y}))
}

// Tick is a small triangle that stands on its point.
type Tick struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (Tick) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	const w, h = vg.Length(3), vg.Length(6)
	c.SetColor(sty.Color)
	c.Fill(closed(at, vg.Point{X: at.X + w, Y: at.Y + h}, vg.Point{X: at.X - w, Y: at.Y + h}))
}

// Ring is a wide open circle, so that a dot inside it can be seen.
type Ring struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (Ring) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	sty.Radius *= 1.6
	c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: 1.6})
	var p vg.Path
	p.Move(vg.Point{X: at.X + sty.Radius, Y: at.Y})
	p.Arc(at, sty.Radius, 0, 6.283185307179586)
	p.Close()
	c.Stroke(p)
}

// Labels writes texts at points, centered just above them.
func Labels(at plotter.XYLabels) (*plotter.Labels, error) {
	l, err := plotter.NewLabels(at)
	if err != nil {
		return nil, fmt.Errorf("chart: labels: %w", err)
	}
	for i := range l.TextStyle {
		s := &l.TextStyle[i]
		s.Color, s.Font = Ink.Color(), sans(10)
		s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
	}
	l.Offset = vg.Point{Y: 3}
	return l, nil
}
