package tca

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Dimension is what parents or their fills are put together by.
type Dimension uint8

// The dimensions. Of the first two, a parent is in every group that it sent a child to; of the others it is in one.
const (
	ByVenue Dimension = iota + 1
	ByStyle
	BySymbol
	ByClient
	ByStrategy
	ByDay // the trading day of a parent's receipt
)

var dimensionNames = [...]string{ByVenue: "venue", ByStyle: "style", BySymbol: "symbol", ByClient: "client", ByStrategy: "strategy", ByDay: "day"}

func (d Dimension) String() string {
	if d >= ByVenue && d <= ByDay {
		return dimensionNames[d]
	}
	return "everything"
}

// ParseDimension reads the name that String gives.
func ParseDimension(s string) (Dimension, error) {
	for d := ByVenue; d <= ByDay; d++ {
		if dimensionNames[d] == s {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%q is nothing to group by: use venue, style, symbol, client, strategy or day", s)
}

// Group is the parents, or the fills of a venue or style, that have one key. By venue and style there is nothing of whole
// parents: no VWAP, participation, completion, reversion, and no opportunity cost; the shortfall is then of what was filled
// there, in bps of its arrival value. Parents that were refused are counted in the groups of whole parents, and in no sum.
type Group struct {
	Key string `json:"key"`
	Summary
}

// Groups sums reports by a dimension, one after the other; it keeps a sum for each key and none of the reports.
type Groups struct {
	By    Dimension
	place map[string]int
	keys  []string
	sums  []*Total
}

// NewGroups gives no groups.
func NewGroups(by Dimension) *Groups { return &Groups{By: by, place: map[string]int{}} }

// Add counts a report.
func (g *Groups) Add(r *Report) {
	if r.refused() && g.By <= ByStyle {
		return
	}
	switch g.By {
	case ByVenue:
		g.addLines(r.Venues)
		for i := range r.Restated {
			g.of(r.Restated[i].Venue).sum.Restated++
		}
	case ByStyle:
		g.addLines(r.Styles)
		for i := range r.Restated {
			g.of(r.Restated[i].Style).sum.Restated++
		}
	case BySymbol:
		g.of(string(r.Symbol)).addParent(r)
	case ByClient:
		g.of(r.Client).addParent(r)
	case ByStrategy:
		g.of(r.Strategy).addParent(r)
	case ByDay:
		g.of(r.Day.String()).addParent(r)
	}
}

func (g *Groups) of(key string) *Total {
	at, ok := g.place[key]
	if !ok {
		at = len(g.sums)
		g.place[key] = at
		g.keys = append(g.keys, key)
		g.sums = append(g.sums, NewTotal())
	}
	return g.sums[at]
}

func (g *Groups) addLines(lines []Line) {
	for i := range lines {
		l := &lines[i]
		t := g.of(l.Name)
		s := &t.sum
		s.Parents++
		t.merge(&s.Sums, &l.Sums)
		addMarkouts(&s.Markouts, l.Markouts)
		total := l.ArrivalCost
		for _, x := range [...]market.Money{l.Fee, l.Rebate, l.Reg} {
			t.add(&total, x)
		}
		t.addShortfall(&s.Shortfall, &Shortfall{Paper: l.ArrivalValue, Delay: l.Delay, Timing: l.Timing, Spread: l.Spread,
			Fees: l.Fee, Rebates: l.Rebate, Regulatory: l.Reg, Total: total})
	}
}

// List gives the groups by key. The error says that a sum does not fit into 64 bits of micro-dollars.
func (g *Groups) List() ([]Group, error) {
	out := make([]Group, len(g.sums))
	for i, t := range g.sums {
		s, err := t.Summary()
		if err != nil {
			return nil, fmt.Errorf("%w, by %v %q", err, g.By, g.keys[i])
		}
		out[i] = Group{g.keys[i], s}
	}
	slices.SortFunc(out, func(a, b Group) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// GroupText is the groups for a terminal, costs in bps, positive for losses.
func GroupText(by Dimension, groups []Group) string {
	g := &grid{}
	whole := by > ByStyle
	head := []string{by.String(), "parents", "children", "sent", "filled", "rate"}
	if whole {
		head = append(head, "ordered", "done", "share of volume", "VWAP")
	}
	head = append(head, "arrival", "capture", "shortfall", "delay", "timing", "spread", "fees", "rebates", "regulatory")
	var marks []Markout
	var back []Reversion
	var e exact
	for i := range groups {
		addMarkouts(&marks, groups[i].Markouts)
		e.addReversions(&back, groups[i].Reversions)
	}
	if whole {
		head = append(head, "opportunity")
	}
	for _, m := range marks {
		head = append(head, "markout "+horizon(m.HorizonNs))
	}
	for _, r := range back {
		head = append(head, "reversion "+horizon(r.HorizonNs))
	}
	g.row(head...)
	for i := range groups {
		g.row(groups[i].cells(whole, marks, back)...)
	}
	var b strings.Builder
	g.write(&b, "")
	return b.String()
}

func (x *Group) cells(whole bool, marks []Markout, back []Reversion) []string {
	f := &x.Shortfall
	cells := []string{clean(x.Key), grouped(x.Parents), grouped(x.Children), grouped(x.Sent), grouped(x.Filled), x.FillRate.percent(1)}
	if whole {
		cells = append(cells, grouped(x.Qty), x.Completion.percent(1), x.Participation.percent(1), x.VWAPSlippageBps.text(2))
	}
	cells = append(cells, x.ArrivalSlippageBps.text(2), x.SpreadCapture.percent(0), f.TotalBps.text(2))
	parts := f.Parts()
	for i, p := range parts {
		if whole || i < len(parts)-1 {
			cells = append(cells, ratio(p, f.Paper, bps).text(2))
		}
	}
	for _, m := range marks {
		cells = append(cells, markoutOf(x.Markouts, m.HorizonNs).text(2))
	}
	for _, r := range back {
		cells = append(cells, reversionOf(x.Reversions, r.HorizonNs).text(2))
	}
	return cells
}
