package lab

import (
	"bytes"
	"image/color"
	"math"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A Point is an estimate with its interval. Low and High that are equal draw no bar.
type Point struct{ X, Y, Low, High float64 }

// Color is the i-th color of the charts, told apart also by those who do not see all of them (Okabe and Ito 2008).
func Color(i int) color.NRGBA {
	colors := [...]color.NRGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255},
		{230, 159, 0, 255}, {90, 90, 90, 255}}
	return colors[i%len(colors)]
}

// Chart is an empty chart.
func Chart(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size, p.Title.Padding = vg.Points(12), vg.Points(6)
	p.Legend.Top, p.Legend.Padding = true, vg.Points(2)
	p.Add(plotter.NewGrid())
	return p
}

// Points adds estimates as dots with their intervals.
func Points(p *plot.Plot, name string, c color.Color, points []Point) {
	xys, bars := make(plotter.XYs, len(points)), make(plotter.YErrors, len(points))
	wide := false
	for i, q := range points {
		xys[i] = plotter.XY{X: q.X, Y: q.Y}
		bars[i].Low, bars[i].High = q.Y-q.Low, q.High-q.Y
		wide = wide || q.Low != q.High
	}
	dots := Must(plotter.NewScatter(xys))
	dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	if wide {
		lines := Must(plotter.NewYErrorBars(struct {
			plotter.XYs
			plotter.YErrors
		}{xys, bars}))
		lines.Color, lines.Width, lines.CapWidth = c, vg.Points(1.2), vg.Points(5)
		p.Add(lines)
	}
	p.Add(dots)
	if name != "" {
		p.Legend.Add(name, dots)
	}
}

// Line adds a line through the points' X and Y.
func Line(p *plot.Plot, name string, c color.Color, points []Point) {
	xys := make(plotter.XYs, len(points))
	for i, q := range points {
		xys[i] = plotter.XY{X: q.X, Y: q.Y}
	}
	l := Must(plotter.NewLine(xys))
	l.Color, l.Width = c, vg.Points(1.6)
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
}

// Dashes adds a thin broken line, for what is compared with.
func Dashes(p *plot.Plot, name string, points []Point) {
	xys := make(plotter.XYs, len(points))
	for i, q := range points {
		xys[i] = plotter.XY{X: q.X, Y: q.Y}
	}
	l := Must(plotter.NewLine(xys))
	l.Color, l.Width, l.Dashes = color.Gray{90}, vg.Points(1), []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
}

// Band fills what lies between Low and High.
func Band(p *plot.Plot, c color.NRGBA, points []Point) {
	ring := make(plotter.XYs, 0, 2*len(points))
	for _, q := range points {
		ring = append(ring, plotter.XY{X: q.X, Y: q.High})
	}
	for i := len(points) - 1; i >= 0; i-- {
		ring = append(ring, plotter.XY{X: points[i].X, Y: points[i].Low})
	}
	area := Must(plotter.NewPolygon(ring))
	c.A = 45
	area.Color, area.LineStyle.Width = c, 0
	p.Add(area)
}

// Steps are the marks of an axis at given values.
type Steps map[float64]string

// Ticks makes them marks.
func (s Steps) Ticks(low, high float64) (out []plot.Tick) {
	for x, name := range s {
		if x >= low && x <= high {
			out = append(out, plot.Tick{Value: x, Label: name})
		}
	}
	return out
}

// Size of a chart in a row, and dots an inch.
const (
	width  = 5.4 * vg.Inch
	height = 3.5 * vg.Inch
	dpi    = 110
)

// Show draws charts below the cell, in a row.
func Show(charts ...*plot.Plot) { gonbui.DisplayPNG(PNG(charts...)) }

// PNG draws charts in a row as a picture.
func PNG(charts ...*plot.Plot) []byte {
	n := vg.Length(len(charts))
	img := vgimg.NewWith(vgimg.UseWH(n*width, height), vgimg.UseDPI(dpi))
	all := draw.New(img)
	for i, p := range charts {
		rim := .02 * (p.X.Max - p.X.Min) // so that what stands at the rim is seen whole
		p.X.Min, p.X.Max = p.X.Min-rim, p.X.Max+rim
		left := vg.Length(i) * width
		p.Draw(draw.Crop(all, left+vg.Points(6), left+width-n*width-vg.Points(6), vg.Points(6), -vg.Points(6)))
	}
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Wilson is the share of successes with its 95 % interval (Wilson 1927), at X.
func Wilson(x float64, successes, n int) Point {
	const z = 1.96
	k, p := float64(n), float64(successes)/float64(n)
	mid := (p + z*z/(2*k)) / (1 + z*z/k)
	half := z * math.Sqrt(p*(1-p)/k+z*z/(4*k*k)) / (1 + z*z/k)
	return Point{X: x, Y: p, Low: min(p, mid-half), High: max(p, mid+half)}
}
