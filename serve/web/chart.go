package web

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/serve/view"
)

// Charts are SVG with geometry in attributes: the content security policy permits no inline style.

// barWidth is the drawing width of the bars in tables, in pixels.
const barWidth = 96

// whisker is an estimate drawn as a dot on its interval, with the desk's own figure as a hollow diamond.
type whisker struct {
	Lo, Hi, Mean, Zero, Mark int
	HasMark                  bool
	Width                    int
}

// interval places an estimate on an axis from lo to hi; mark is the desk's figure, NaN for none.
func interval(e *view.Estimate, lo, hi float64, mark view.Real, hasMark bool) *whisker {
	if e == nil || !e.Mean.Finite() {
		return nil
	}
	at := func(x view.Real, otherwise float64) int {
		v := float64(x)
		if !x.Finite() {
			v = otherwise
		}
		share := min(max((v-lo)/(hi-lo), 0), 1)
		return 3 + int(math.Round(share*(barWidth-6)))
	}
	w := &whisker{Lo: at(e.Lo, lo), Hi: at(e.Hi, hi), Mean: at(e.Mean, lo), Zero: at(0, lo), Width: barWidth}
	if w.HasMark = hasMark && mark.Finite(); w.HasMark {
		w.Mark = at(mark, lo)
	}
	return w
}

// part gives the pixels that v fills of a bar that stands for whole.
func part(v view.Real, whole float64) int {
	if !v.Finite() || whole <= 0 {
		return 0
	}
	return int(math.Round(min(max(float64(v)/whole, 0), 1) * barWidth))
}

// span gives b − a, for the width of a drawn interval, at least one pixel.
func span(a, b int) int { return max(b-a, 1) }

// progress is a parent's quantity as filled, working and in doubt, in pixels.
type progress struct {
	Filled, Working, Doubt int
	WorkingAt, DoubtAt     int
	Width                  int
	Text                   string
}

func newProgress(p *view.Parent) progress {
	out := progress{Width: barWidth}
	if p.Qty <= 0 {
		return out
	}
	scale := func(n int64) int { return int(math.Round(float64(min(n, p.Qty)) / float64(p.Qty) * barWidth)) }
	out.Filled = scale(p.Cum)
	out.WorkingAt, out.Working = out.Filled, scale(p.Cum+p.Working)-out.Filled
	out.DoubtAt = out.WorkingAt + out.Working
	out.Doubt = scale(p.Cum+p.Working+p.InDoubt) - out.DoubtAt
	out.Text = fmt.Sprintf("%s of %s filled, %s working, %s in doubt", qty(p.Cum), qty(p.Qty), qty(p.Working), qty(p.InDoubt))
	return out
}

// spark is a figure's course as a small line, scaled to its own range.
type spark struct {
	Points        string // of an SVG polyline
	X, Y          int    // of the last point
	Width, Height int
	Text          string
}

const (
	sparkWidth  = barWidth
	sparkHeight = 16
)

// newSpark draws the finite ones of values; nil where there are fewer than two.
func newSpark(values []view.Real, words func(view.Real) string) *spark {
	lo, hi, n := math.Inf(1), math.Inf(-1), 0
	for _, v := range values {
		if v.Finite() {
			lo, hi, n = min(lo, float64(v)), max(hi, float64(v)), n+1
		}
	}
	if n < 2 {
		return nil
	}
	s := &spark{Width: sparkWidth, Height: sparkHeight}
	var b strings.Builder
	first, last := view.Real(0), view.Real(0)
	for i, v := range values {
		if !v.Finite() {
			continue
		}
		s.X = 2 + int(math.Round(float64(i)/float64(max(1, len(values)-1))*(sparkWidth-5)))
		s.Y = sparkHeight / 2
		if hi > lo {
			s.Y = 2 + int(math.Round((hi-float64(v))/(hi-lo)*(sparkHeight-4)))
		}
		if b.Len() == 0 {
			first = v
		} else {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d,%d", s.X, s.Y)
		last = v
	}
	s.Points = b.String()
	s.Text = fmt.Sprintf("from %s to %s, lowest %s, highest %s", words(first), words(last), words(view.Real(lo)), words(view.Real(hi)))
	return s
}
