package web

import (
	"fmt"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
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

// gantt is the children of one parent over time: a lane for each venue, a bar for each child, a dot for each fill.
type gantt struct {
	Width, Height, Left int
	Lanes               []lane
	Bars                []bar
	Dots                []dot
	Ticks               []tick
}

type lane struct {
	Name string
	Y    int
}

type bar struct {
	X, Y, W int
	Class   string
	Title   string
}

type dot struct {
	X, Y, R int
	Title   string
}

type tick struct {
	X    int
	Text string
}

const (
	ganttWidth = 560
	ganttLeft  = 72
	laneHeight = 20
	ganttBars  = 400 // the newest; more cannot be told apart
)

// newGantt draws d from its receipt to its end, or to now while it works.
func newGantt(d *view.ParentDetail, now view.Stamp) *gantt {
	from, to := d.Received, now
	if d.Done && d.DoneAt != 0 {
		to = d.DoneAt
	}
	if len(d.Timeline) == 0 || from == 0 {
		return nil
	}
	to = max(to, from+view.Stamp(market.Millisecond))
	g := &gantt{Width: ganttWidth, Left: ganttLeft}
	at := func(t view.Stamp) int {
		share := float64(min(max(t, from), to)-from) / float64(to-from)
		return ganttLeft + int(math.Round(share*(ganttWidth-ganttLeft-8)))
	}
	lanes := map[string]int{}
	var names []string
	for i := range d.Timeline {
		if _, ok := lanes[d.Timeline[i].Venue]; !ok {
			lanes[d.Timeline[i].Venue] = 0
			names = append(names, d.Timeline[i].Venue)
		}
	}
	slices.Sort(names)
	for i, n := range names {
		lanes[n] = i*laneHeight + 4
		g.Lanes = append(g.Lanes, lane{n, lanes[n]})
	}
	g.Height = len(names)*laneHeight + 22
	for i := max(0, len(d.Timeline)-ganttBars); i < len(d.Timeline); i++ {
		g.Bars = append(g.Bars, childBar(&d.Timeline[i], at, lanes[d.Timeline[i].Venue], to))
	}
	for i := max(0, len(d.Executions)-ganttBars); i < len(d.Executions); i++ {
		f := &d.Executions[i]
		y, ok := lanes[f.Venue]
		if ok && !f.Busted {
			g.Dots = append(g.Dots, dot{at(f.At), y + 7, 3, fmt.Sprintf("fill %s at %s on %s, %s", qty(f.Qty), f.Px, f.Venue, clock(f.At))})
		}
	}
	for i := range 3 {
		t := from + (to-from)/2*view.Stamp(i)
		g.Ticks = append(g.Ticks, tick{at(t), clock(t)})
	}
	return g
}

func childBar(c *view.Child, at func(view.Stamp) int, y int, to view.Stamp) bar {
	end := to
	if c.Done && c.DoneAt != 0 {
		end = c.DoneAt
	}
	class := "w"
	switch {
	case c.InDoubt:
		class = "d"
	case c.Done && c.Cum >= c.Qty:
		class = "f"
	case c.Done && c.Cum > 0:
		class = "p"
	case c.Done:
		class = "n"
	}
	return bar{at(c.Decided), y, span(at(c.Decided), at(end)), class,
		fmt.Sprintf("child %d at %s: %s %s, filled %s, %s", c.ID, c.Venue, qty(c.Qty), c.Style, qty(c.Cum), c.Status)}
}
