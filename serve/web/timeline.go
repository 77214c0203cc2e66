package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/view"
)

// timeline is one parent over time: above the market with our fills, below a lane for each venue with a bar for each child from
// its decision to its end. Both share the axis of time.
type timeline struct {
	Width, Height, Left int
	Market              *marketChart // nil: no quote of it is kept
	Lanes               []lane
	Bars                []bar
	Dots                []dot
	Ticks               []tick
	Text                string
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
	X, Y int
	Text string
}

// marketChart is the best bid and ask as a band, the mid as a line, the fills as marks.
type marketChart struct {
	Band, Mid string // of an SVG polygon and polyline
	Top, Bot  int
	Prices    []tick
	Arrival   int // 0: not in the range
	Limit     int
	Fills     []dot
	Up        bool // marks point up: a buy
}

const (
	lineWidth  = 760
	lineLeft   = 78
	laneHeight = 20
	priceTop   = 8
	priceBot   = 128
	lineBars   = 400 // the newest; more cannot be told apart
)

// axis is the part of time that is drawn.
type axis struct{ from, to view.Stamp }

func (a axis) at(t view.Stamp) int {
	share := float64(min(max(t, a.from), a.to)-a.from) / float64(a.to-a.from)
	return lineLeft + int(math.Round(share*(lineWidth-lineLeft-8)))
}

// newTimeline draws d from its receipt to its end, or to now while it works. It is nil where nothing was sent.
func newTimeline(d *view.ParentDetail, now view.Stamp) *timeline {
	a := axis{d.Received, now}
	if d.Done && d.DoneAt != 0 {
		a.to = d.DoneAt
	}
	if len(d.Timeline) == 0 || a.from == 0 {
		return nil
	}
	a.to = max(a.to, a.from+view.Stamp(market.Millisecond))
	t := &timeline{Width: lineWidth, Left: lineLeft, Market: newMarketChart(d, a)}
	top := 4
	if t.Market != nil {
		top = priceBot + 12
	}
	lanes := t.lanes(d, top)
	for i := max(0, len(d.Timeline)-lineBars); i < len(d.Timeline); i++ {
		t.Bars = append(t.Bars, childBar(&d.Timeline[i], a, lanes[d.Timeline[i].Venue]))
	}
	for i := max(0, len(d.Executions)-lineBars); i < len(d.Executions); i++ {
		f := &d.Executions[i]
		y, ok := lanes[f.Venue]
		if ok && !f.Busted {
			t.Dots = append(t.Dots, dot{a.at(f.At), y + 7, 3, fillText(f)})
		}
	}
	for i := range 3 {
		when := a.from + (a.to-a.from)/2*view.Stamp(i)
		t.Ticks = append(t.Ticks, tick{a.at(when), t.Height - 4, clock(when)})
	}
	t.Text = fmt.Sprintf("%d children at %d venues from %s to %s; the tables below have the same figures", len(d.Timeline), len(lanes), clock(a.from), clock(a.to))
	return t
}

// lanes gives every venue its place, by name.
func (t *timeline) lanes(d *view.ParentDetail, top int) map[string]int {
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
		lanes[n] = top + i*laneHeight
		t.Lanes = append(t.Lanes, lane{n, lanes[n]})
	}
	t.Height = top + len(names)*laneHeight + 18
	return lanes
}

func fillText(f *view.Fill) string {
	return fmt.Sprintf("fill %s at %s on %s, %s", qty(f.Qty), f.Px, f.Venue, clock(f.At))
}

// newMarketChart draws the quotes that are kept of a parent's time.
func newMarketChart(d *view.ParentDetail, a axis) *marketChart {
	lo, hi := view.Px(math.MaxInt64), view.Px(0)
	see := func(p view.Px) {
		if p > 0 {
			lo, hi = min(lo, p), max(hi, p)
		}
	}
	for _, q := range d.Market {
		see(q.Bid)
		see(q.Ask)
	}
	if hi == 0 {
		return nil
	}
	for i := range d.Executions {
		see(d.Executions[i].Px)
	}
	see(d.Arrival)
	pad := max((hi-lo)/12, view.Px(100)) // a hundredth of a cent, where nothing moved
	lo, hi = lo-pad, hi+pad
	y := func(p view.Px) int {
		return priceBot - int(math.Round(float64(p-lo)/float64(hi-lo)*(priceBot-priceTop)))
	}
	m := &marketChart{Top: priceTop, Bot: priceBot, Up: d.Side == "buy"}
	m.lines(d.Market, a, y)
	for i := range 3 {
		p := lo + (hi-lo)/2*view.Px(i)
		m.Prices = append(m.Prices, tick{lineLeft - 6, y(p) + 3, fmt.Sprintf("%.3f", float64(p)/float64(market.Dollar))})
	}
	if d.Arrival > 0 {
		m.Arrival = y(d.Arrival)
	}
	if d.Limit > lo && d.Limit < hi {
		m.Limit = y(d.Limit)
	}
	for i := max(0, len(d.Executions)-lineBars); i < len(d.Executions); i++ {
		if f := &d.Executions[i]; !f.Busted {
			m.Fills = append(m.Fills, dot{a.at(f.At), y(f.Px), 4, fillText(f)})
		}
	}
	return m
}

// lines draws the quotes as steps: each is in force until the next.
func (m *marketChart) lines(quotes []view.Quote, a axis, y func(view.Px) int) {
	var bid, ask, mid []string
	for i, q := range quotes {
		until := a.to
		if i+1 < len(quotes) {
			until = quotes[i+1].At
		}
		for _, x := range [2]int{a.at(q.At), a.at(until)} {
			bid = append(bid, fmt.Sprintf("%d,%d", x, y(q.Bid)))
			ask = append(ask, fmt.Sprintf("%d,%d", x, y(q.Ask)))
			mid = append(mid, fmt.Sprintf("%d,%d", x, y((q.Bid+q.Ask)/2)))
		}
	}
	slices.Reverse(ask)
	m.Band, m.Mid = strings.Join(append(bid, ask...), " "), strings.Join(mid, " ")
}

func childBar(c *view.Child, a axis, y int) bar {
	end := a.to
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
	return bar{a.at(c.Decided), y, span(a.at(c.Decided), a.at(end)), class,
		fmt.Sprintf("child %d at %s: %s %s, filled %s, %s", c.ID, c.Venue, qty(c.Qty), c.Style, qty(c.Cum), c.Status)}
}
