package tca

import (
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// column is one column of a table for programs: stable names that end in their unit, whole figures, an empty cell where a
// figure is not known.
type column struct {
	name string
	of   func(*Group) string
}

func columns() []column {
	whole := func(name string, of func(*Group) int64) column {
		return column{name, func(g *Group) string { return itoa(of(g)) }}
	}
	known := func(name string, of func(*Group) Ratio) column {
		return column{name, func(g *Group) string { return of(g).cell() }}
	}
	money := func(name string, of func(*Shortfall) market.Money) column {
		return column{name + "_micros", func(g *Group) string { return itoa(int64(of(&g.Shortfall))) }}
	}
	return []column{
		whole("parents", func(g *Group) int64 { return g.Parents }),
		whole("parents_done", func(g *Group) int64 { return g.Done }),
		whole("parents_rejected", func(g *Group) int64 { return g.Rejected }),
		whole("children", func(g *Group) int64 { return g.Children }),
		whole("rejects", func(g *Group) int64 { return g.Rejects }),
		whole("ordered_shares", func(g *Group) int64 { return int64(g.Qty) }),
		whole("sent_shares", func(g *Group) int64 { return int64(g.Sent) }),
		whole("fills", func(g *Group) int64 { return g.Fills }),
		whole("filled_shares", func(g *Group) int64 { return int64(g.Filled) }),
		whole("busts", func(g *Group) int64 { return g.Busts }),
		whole("restated", func(g *Group) int64 { return g.Restated }),
		whole("filled_micros", func(g *Group) int64 { return int64(g.Value) }),
		whole("avg_px_micros", func(g *Group) int64 { return int64(g.AvgPx) }),
		known("fill_rate", func(g *Group) Ratio { return g.FillRate }),
		known("completion", func(g *Group) Ratio { return g.Completion }),
		known("participation", func(g *Group) Ratio { return g.Participation }),
		known("arrival_slippage_bps", func(g *Group) Ratio { return g.ArrivalSlippageBps }),
		known("vwap_slippage_bps", func(g *Group) Ratio { return g.VWAPSlippageBps }),
		known("spread_capture", func(g *Group) Ratio { return g.SpreadCapture }),
		money("paper", func(f *Shortfall) market.Money { return f.Paper }),
		money("delay", func(f *Shortfall) market.Money { return f.Delay }),
		money("timing", func(f *Shortfall) market.Money { return f.Timing }),
		money("spread", func(f *Shortfall) market.Money { return f.Spread }),
		money("fees", func(f *Shortfall) market.Money { return f.Fees }),
		money("rebates", func(f *Shortfall) market.Money { return f.Rebates }),
		money("regulatory", func(f *Shortfall) market.Money { return f.Regulatory }),
		money("opportunity", func(f *Shortfall) market.Money { return f.Opportunity }),
		money("shortfall", func(f *Shortfall) market.Money { return f.Total }),
		known("shortfall_bps", func(g *Group) Ratio { return g.Shortfall.TotalBps }),
	}
}

// Table gives groups as rows for a program that reads comma-separated values, the head first. Horizons that no group has
// make no column.
func Table(by Dimension, groups []Group) [][]string {
	var marks []Markout
	var back []Reversion
	var e exact
	for i := range groups {
		addMarkouts(&marks, groups[i].Markouts)
		e.addReversions(&back, groups[i].Reversions)
	}
	head := []string{by.String()}
	for _, c := range columns() {
		head = append(head, c.name)
	}
	for _, m := range marks {
		head = append(head, "markout_"+horizon(m.HorizonNs)+"_bps")
	}
	for _, r := range back {
		head = append(head, "reversion_"+horizon(r.HorizonNs)+"_bps")
	}
	rows := [][]string{head}
	for i := range groups {
		g := &groups[i]
		row := []string{Plain(clean(g.Key))}
		for _, c := range columns() {
			row = append(row, c.of(g))
		}
		for _, m := range marks {
			row = append(row, markoutOf(g.Markouts, m.HorizonNs).cell())
		}
		for _, r := range back {
			row = append(row, reversionOf(g.Reversions, r.HorizonNs).cell())
		}
		rows = append(rows, row)
	}
	return rows
}

// cell gives the ratio as a program reads it back exactly, empty if it is not known.
func (r Ratio) cell() string {
	if !r.Known {
		return ""
	}
	return strconv.FormatFloat(r.Value, 'g', -1, 64)
}

func markoutOf(list []Markout, h int64) Ratio {
	for _, m := range list {
		if m.HorizonNs == h {
			return Ratio{m.MeanBps, true}
		}
	}
	return Ratio{}
}

func reversionOf(list []Reversion, h int64) Ratio {
	if at, ok := reversionAt(list, h); ok {
		return list[at].Bps
	}
	return Ratio{}
}

// Plain keeps a spreadsheet from taking a client's text for a formula.
func Plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
