package chart

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Paint is a color that the style sheet gives its value: the custom property --p0, --p1 and so on.
type Paint uint8

// The paints that are not of a series; the series' are from paint Series on.
const (
	Ink   Paint = iota // text and axes
	Rule               // grid
	Muted              // what others are compared with
	Series
)

// Colors in the SVG stand for paints: red says whether it is a thin wash, green is constant, blue is the paint. The steps of 8
// survive the rounding of gonum's conversion.
const (
	paintStep  = 8
	paintMark  = 20
	washOf     = 12
	opaqueOf   = 4
	washValue  = washOf / paintStep
	markValue  = paintMark / paintStep
	washFilled = ".22" // opacity of a wash
)

// Color is the paint as gonum takes it.
func (p Paint) Color() color.Color {
	return color.RGBA{opaqueOf, paintMark, uint8(p)*paintStep + paintStep/2, 255}
}

// Wash is the paint for areas behind lines.
func (p Paint) Wash() color.Color {
	return color.RGBA{washOf, paintMark, uint8(p)*paintStep + paintStep/2, 255}
}

func (p Paint) css() string { return fmt.Sprintf("var(--p%d)", p) }

var colorPattern = regexp.MustCompile(`(fill|stroke):#([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})`)

// painted puts the custom properties in place of the colors.
func painted(svg string) string {
	return colorPattern.ReplaceAllStringFunc(svg, func(m string) string {
		parts := colorPattern.FindStringSubmatch(m)
		var v [3]int64
		for i := range v {
			v[i], _ = strconv.ParseInt(parts[2+i], 16, 16) // the pattern has only digits
		}
		if v[1]/paintStep != markValue {
			return m
		}
		out := parts[1] + ":" + Paint(v[2]/paintStep).css()
		if v[0]/paintStep == washValue {
			out += ";" + parts[1] + "-opacity:" + washFilled
		}
		return out
	})
}

// Dashes tell series apart without color.
func Dashes(i int) []vg.Length {
	return [...][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}, {1, 3}, {10, 4}, {4, 2, 1, 2, 1, 2}, {3, 5}, {12, 3, 3, 3}}[i%9]
}

// Key is an entry of a chart's legend.
type Key struct {
	Name  string
	Paint template.CSS
	Dash  string // an SVG dash array; empty = solid
	Area  bool
	Mark  int // from 1: the glyph of that number
}

// KeyOf is the legend's entry of a line.
func KeyOf(name string, p Paint, dash []vg.Length) Key {
	var parts []string
	for _, d := range dash {
		parts = append(parts, strconv.FormatFloat(float64(d), 'g', -1, 64))
	}
	return Key{Name: name, Paint: template.CSS(p.css()), Dash: strings.Join(parts, " ")}
}

// Figure is a chart with what stands around it.
type Figure struct {
	ID, Title string
	Says      string // the text alternative: what a reader sees in it
	Caption   string
	Keys      []Key
	SVG       template.HTML
}

// chartWidth is in points; the page scales charts to its width.
const chartWidth = 720

// New gives an empty plot in the page's paints, with the names of its axes.
func New(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range [...]*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color, a.Tick.LineStyle.Color = Ink.Color(), Ink.Color()
		a.LineStyle.Width, a.Tick.LineStyle.Width = .6, .6
		a.Label.TextStyle.Color, a.Tick.Label.Color = Ink.Color(), Ink.Color()
		a.Label.TextStyle.Font, a.Tick.Label.Font = sans(11), sans(10)
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = Ticks{About: 8, Format: Number}, Ticks{About: 6, Format: Number}
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = Rule.Color(), Rule.Color()
	p.Add(g)
	return p
}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// Draw draws plots above one another, with a common horizontal axis, the height in points.
func Draw(f Figure, plots []*plot.Plot, height vg.Length) (Figure, error) {
	c := vgsvg.NewWith(vgsvg.UseWH(chartWidth, height))
	dc := draw.Crop(draw.New(c), 2, -10, 2, -6)
	if len(plots) == 1 {
		plots[0].Draw(dc)
	} else {
		var rows [][]*plot.Plot
		for _, p := range plots {
			rows = append(rows, []*plot.Plot{p})
		}
		tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 10}
		for i, row := range plot.Align(rows, tiles, dc) {
			plots[i].Draw(row[0])
		}
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return f, fmt.Errorf("chart %s: %w", f.ID, err)
	}
	_, body, _ := strings.Cut(b.String(), "<svg")
	_, body, _ = strings.Cut(body, ">")
	f.SVG = template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %g" role="img" aria-labelledby="%s-title %s-says">`, chartWidth, float64(height), f.ID, f.ID) +
		painted(strings.TrimSpace(body)))
	return f, nil
}

// Line adds a line.
func Line(p *plot.Plot, points plotter.XYs, c Paint, dash []vg.Length, width vg.Length) {
	if len(points) == 0 {
		return
	}
	p.Add(&plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: c.Color(), Width: width, Dashes: dash}})
}

// Area fills a polygon.
func Area(p *plot.Plot, outline plotter.XYs, fill color.Color) {
	p.Add(&plotter.Polygon{XYs: []plotter.XYs{outline}, Color: fill})
}

// Dots adds glyphs.
func Dots(p *plot.Plot, points plotter.XYs, c Paint, shape draw.GlyphDrawer) {
	p.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c.Color(), Radius: 3.2, Shape: shape}})
}

// Zero draws the line at y = 0.
func Zero(p *plot.Plot, from, to float64) {
	Line(p, plotter.XYs{{X: from, Y: 0}, {X: to, Y: 0}}, Ink, nil, .8)
}

// Names puts labels at 0, 1, 2 … of the horizontal axis.
func Names(p *plot.Plot, labels []string) {
	var ticks plot.ConstantTicks
	for i, n := range labels {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: n})
	}
	p.X.Tick.Marker = ticks
	p.X.Tick.LineStyle.Width = 0
	p.X.Min, p.X.Max = -.6, float64(len(labels))-.4
	if len(labels) > 8 {
		p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = math.Pi/5, draw.XRight, draw.YTop
	}
}

// Ticks is a ticker with about so many labels at round numbers.
type Ticks struct {
	About  float64
	Format func(float64) string
}

// Number is a label with up to six digits.
func Number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// Ticks implements plot.Ticker.
func (t Ticks) Ticks(lo, hi float64) (out []plot.Tick) {
	if !(hi > lo) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/t.About)))
	for _, m := range [...]float64{1, 2, 5, 10} {
		if (hi-lo)/(step*m) <= t.About {
			step *= m
			break
		}
	}
	for k := math.Ceil(lo / step); k <= math.Floor(hi/step); k++ {
		v := k*step + 0 // no minus zero
		out = append(out, plot.Tick{Value: v, Label: t.Format(v)})
	}
	return out
}

// Room widens an axis that nothing spreads, and gives the rest a margin.
func Room(a *plot.Axis) {
	if !(a.Max > a.Min) || math.IsInf(a.Max, 0) || math.IsInf(a.Min, 0) {
		mid := a.Min
		if math.IsInf(mid, 0) || math.IsNaN(mid) {
			mid = 0
		}
		a.Min, a.Max = mid-1, mid+1
		return
	}
	d := (a.Max - a.Min) * .05
	a.Min, a.Max = a.Min-d, a.Max+d
}
