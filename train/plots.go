package train

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-sor/sluice/train/net"
)

// A Plot is one chart of a model card, an SVG.
type Plot struct {
	Name string // of its file
	Data []byte
}

// The colours of the charts.
const (
	ink = iota
	other
	faint
)

func colour(i int) color.Color {
	return [...]color.RGBA{ink: {R: 0x1f, G: 0x4e, B: 0x79, A: 0xff}, other: {R: 0xb4, G: 0x5f, B: 0x06, A: 0xff}, faint: {R: 0x99, G: 0x99, B: 0x99, A: 0xff}}[i]
}

// plots draws what there is to draw. The same report gives the same bytes.
func (r *Report) plots() ([]Plot, error) {
	var out []Plot
	for _, p := range []struct {
		name string
		draw func() (*plot.Plot, error)
		is   bool
	}{
		{"calibration.svg", r.drawCalibration, r.Validation != nil && r.Validation.FillBins.N > 0},
		{"learning.svg", r.drawLearning, r.Choice != nil && len(r.Choice.Curve) > 0 || r.Cost != nil && len(r.Cost.Curve) > 0},
		{"coefficients.svg", r.drawCoefficients, len(r.Arms) > 0},
		{"impact.svg", r.drawImpact, r.Impact != nil && len(r.Impact.Curve) > 1},
	} {
		if !p.is {
			continue
		}
		chart, err := p.draw()
		if err != nil {
			return nil, fmt.Errorf("train: drawing %s: %w", p.name, err)
		}
		w, err := chart.WriterTo(6*vg.Inch, 4*vg.Inch, "svg")
		if err != nil {
			return nil, fmt.Errorf("train: drawing %s: %w", p.name, err)
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			return nil, fmt.Errorf("train: drawing %s: %w", p.name, err)
		}
		out = append(out, Plot{p.name, b.Bytes()})
	}
	return out, nil
}

func titled(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = true, true
	return p
}

func line(p *plot.Plot, name string, pts plotter.XYs, c int, dashed bool) error {
	l, err := plotter.NewLine(pts)
	if err != nil {
		return err
	}
	l.Color, l.Width = colour(c), vg.Points(1.2)
	if dashed {
		l.Dashes = []vg.Length{vg.Points(3), vg.Points(2)}
	}
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
	return nil
}

func dots(p *plot.Plot, name string, pts plotter.XYs, c int) error {
	s, err := plotter.NewScatter(pts)
	if err != nil {
		return err
	}
	s.Color, s.Shape, s.Radius = colour(c), draw.CircleGlyph{}, vg.Points(2.5)
	p.Add(s)
	if name != "" {
		p.Legend.Add(name, s)
	}
	return nil
}

// drawCalibration has a dot a bin: what was said against what came.
func (r *Report) drawCalibration() (*plot.Plot, error) {
	p := titled("Calibration on rows not seen", "probability said", "share that came")
	if err := line(p, "", plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, faint, true); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		name string
		of   *Calibration
		c    int
	}{{"any fill (H0)", &r.Validation.FillBins, ink}, {"hazard of a bin (H2)", &r.Validation.HazardBins, other}} {
		var pts plotter.XYs
		for _, b := range s.of.Bins {
			if b.N >= 10 {
				pts = append(pts, plotter.XY{X: b.P, Y: b.Y})
			}
		}
		if len(pts) > 0 {
			if err := dots(p, s.name, pts, s.c); err != nil {
				return nil, err
			}
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	return p, nil
}

// drawLearning has the networks' losses by epoch.
func (r *Report) drawLearning() (*plot.Plot, error) {
	p := titled("Learning curves", "epoch", "loss, per row")
	p.Legend.Left = false
	add := func(name string, curve []net.Epoch, c int) error {
		var train, tail plotter.XYs
		for i, e := range curve {
			train, tail = append(train, plotter.XY{X: float64(i + 1), Y: e.Train}), append(tail, plotter.XY{X: float64(i + 1), Y: e.Tail})
		}
		if len(train) == 0 {
			return nil
		}
		if err := line(p, name+", fitted", train, c, true); err != nil {
			return err
		}
		return line(p, name+", not seen", tail, c, false)
	}
	if r.Choice != nil {
		if err := add("feature map", r.Choice.Curve, ink); err != nil {
			return nil, err
		}
	}
	if r.Cost != nil {
		if err := add("cost network", r.Cost.Curve, other); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// drawCoefficients has the arms' coefficients of any fill with the intervals that they are served with.
func (r *Report) drawCoefficients() (*plot.Plot, error) {
	p := titled("Any fill (H0): intercepts with their 95 % intervals", "logit", "")
	names := make([]string, len(r.Arms))
	var pts plotter.XYs
	for i := range r.Arms {
		a := &r.Arms[len(r.Arms)-1-i]
		y := float64(i)
		names[i] = a.Arm
		pts = append(pts, plotter.XY{X: a.LevelShrunk, Y: y})
		if err := line(p, "", plotter.XYs{{X: a.LevelShrunk - 1.96*a.SE, Y: y}, {X: a.LevelShrunk + 1.96*a.SE, Y: y}}, ink, false); err != nil {
			return nil, err
		}
	}
	if err := dots(p, "", pts, ink); err != nil {
		return nil, err
	}
	p.NominalY(names...)
	return p, nil
}

// drawImpact has the orders' costs by size, and the law, on logarithmic axes of positive costs.
func (r *Report) drawImpact() (*plot.Plot, error) {
	p := titled("Impact of finished orders", "share of a day's volume Q/V, log10", "cost beyond the known parts, units of σ_D")
	var seen, law plotter.XYs
	for _, c := range r.Impact.Curve {
		x := math.Log10(c.Share)
		seen, law = append(seen, plotter.XY{X: x, Y: c.Cost}), append(law, plotter.XY{X: x, Y: c.Says})
		if err := line(p, "", plotter.XYs{{X: x, Y: c.Cost - 1.96*c.SE}, {X: x, Y: c.Cost + 1.96*c.SE}}, faint, false); err != nil {
			return nil, err
		}
	}
	if err := dots(p, "orders", seen, ink); err != nil {
		return nil, err
	}
	return p, line(p, fmt.Sprintf("Y·√(Q/V), Y = %.3f", r.Impact.All.Y), law, other, false)
}
