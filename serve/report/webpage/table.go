package webpage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/tca"
)

// facts are the figures at the head of a page; an average price of 0 is left out, as of several symbols together.
func facts(filled, qty market.Qty, avg market.Price, s *tca.Sums, f *tca.Shortfall, vwap, participation tca.Ratio) []fact {
	out := []fact{{"filled", thousands(filled), fmt.Sprintf("of %s", thousands(qty))}}
	if avg > 0 {
		out = append(out, fact{"average price", avg.String(), plural(s.Fills, "fill", "fills")})
	}
	note := "costs are positive"
	if f.Total < 0 {
		note = "a gain: costs are positive"
	}
	out = append(out, fact{"shortfall", signed(f.TotalBps, 2) + " bps", note},
		fact{"against VWAP", signed(vwap, 2) + " bps", "of the market meanwhile"},
		fact{"share of volume", percent(participation), "printed meanwhile"},
		fact{"spread captured", percent(s.SpreadCapture), "100 % near side, −100 % far"})
	return out
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "in 1 " + one
	}
	return "in " + thousands(market.Qty(n)) + " " + many
}

// signed gives a figure with its sign, a dash if it is not known.
func signed(r tca.Ratio, decimals int) string {
	if !r.Known {
		return "–"
	}
	s := strconv.FormatFloat(r.Value, 'f', decimals, 64)
	if zero := strconv.FormatFloat(0, 'f', decimals, 64); s == "-"+zero || s == zero {
		return zero
	}
	if r.Value > 0 {
		return "+" + s
	}
	return "−" + s[1:]
}

func percent(r tca.Ratio) string {
	if !r.Known {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%.1f %%", 100*r.Value), "-", "−", 1)
}

func usd(m market.Money) string {
	sign, cents := "", (m+market.Dollar/200)/(market.Dollar/100)
	if m < 0 {
		if cents = (-m + market.Dollar/200) / (market.Dollar / 100); cents > 0 {
			sign = "−"
		}
	}
	return fmt.Sprintf("%s%s.%02d", sign, thousands(market.Qty(cents/100)), cents%100)
}

func price(p market.Price) string {
	if p == 0 {
		return "–"
	}
	return p.String()
}

func bpsOf(part, whole market.Money) tca.Ratio {
	if whole == 0 {
		return tca.Ratio{}
	}
	return tca.Ratio{Value: float64(part) / float64(whole) * 1e4, Known: true}
}

// partNames are the parts of a shortfall in the order of Shortfall.Parts, and what each is.
var partNames = [...][2]string{{"delay", "the market's move from arrival until orders were decided"}, {"timing", "its move from the decision to the fill, our own impact with it"},
	{"spread", "fills against the mid: crossing costs, providing earns"}, {"fees", "charged by venues"}, {"rebates", "paid by venues"},
	{"regulatory", "charged by regulators"}, {"opportunity", "the move that the unfilled shares missed"}}

func partTable(f *tca.Shortfall) chart.Table {
	t := chart.Table{Head: []string{"part", "dollars", "bps", "what it is"}}
	for i, p := range f.Parts() {
		t.Rows = append(t.Rows, []string{partNames[i][0], usd(p), signed(bpsOf(p, f.Paper), 2), partNames[i][1]})
	}
	t.Rows = append(t.Rows, []string{"total", usd(f.Total), signed(f.TotalBps, 2), "of " + usd(f.Paper) + " at arrival"})
	return t
}

func lineTable(what string, lines []tca.Line) chart.Table {
	t := chart.Table{Head: []string{what, "orders", "rejected", "sent", "filled", "rate", "average", "arrival bps", "spread captured", "fees $", "rebates $", "regulatory $"}}
	for i := range lines {
		l := &lines[i]
		t.Rows = append(t.Rows, []string{l.Name, thousands(market.Qty(l.Children)), thousands(market.Qty(l.Rejects)), thousands(l.Sent), thousands(l.Filled), percent(l.FillRate), price(l.AvgPx),
			signed(l.ArrivalSlippageBps, 2), percent(l.SpreadCapture), usd(l.Fee), usd(l.Rebate), usd(l.Reg)})
	}
	return t
}

// lineMarks has the markouts of each line that filled anything: beside its costs they would not fit on a screen.
func lineMarks(what string, lines []tca.Line) chart.Table {
	horizons := horizonsOf(lines)
	if len(horizons) == 0 {
		return chart.Table{}
	}
	t := chart.Table{Head: []string{what, "fills"}}
	for _, h := range horizons {
		t.Head = append(t.Head, "markout "+horizon(h))
	}
	for i := range lines {
		l := &lines[i]
		if l.Fills == 0 {
			continue
		}
		row := []string{l.Name, thousands(market.Qty(l.Fills))}
		for _, h := range horizons {
			row = append(row, signed(markoutAt(l.Markouts, h), 2))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func horizonsOf(lines []tca.Line) (out []int64) {
	for i := range lines {
		if len(lines[i].Markouts) > len(out) {
			out = nil
			for _, m := range lines[i].Markouts {
				out = append(out, m.HorizonNs)
			}
		}
	}
	return out
}

func markoutAt(list []tca.Markout, h int64) tca.Ratio {
	for _, m := range list {
		if m.HorizonNs == h {
			return tca.Ratio{Value: m.MeanBps, Known: true}
		}
	}
	return tca.Ratio{}
}

func horizon(ns int64) string {
	switch {
	case ns%market.Minute == 0:
		return fmt.Sprintf("%d min", ns/market.Minute)
	case ns%market.Second == 0:
		return fmt.Sprintf("%d s", ns/market.Second)
	}
	return fmt.Sprintf("%d ms", ns/market.Millisecond)
}

func markTable(marks []tca.Markout, back []tca.Reversion) chart.Table {
	t := chart.Table{Head: []string{"after", "markout bps", "of fills", "reversion bps", "mid then"}}
	for _, m := range marks {
		row := []string{horizon(m.HorizonNs), signed(tca.Ratio{Value: m.MeanBps, Known: true}, 2), thousands(market.Qty(m.Fills)), "–", "–"}
		for i := range back {
			if x := &back[i]; x.HorizonNs == m.HorizonNs {
				row[3], row[4] = signed(x.Bps, 2), price(x.Mid)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func chargeTable(list []tca.Charge) chart.Table {
	t := chart.Table{Head: []string{"trade date", "venue", "shares", "value $", "fees $", "rebates $", "regulatory $", "net $ per 100 shares"}}
	for i := range list {
		c := &list[i]
		per := tca.Ratio{}
		if c.Shares > 0 {
			per = tca.Ratio{Value: float64(c.Fee+c.Rebate) / float64(c.Shares) * 100 / float64(market.Dollar), Known: true}
		}
		t.Rows = append(t.Rows, []string{c.Day.String(), c.Name, thousands(c.Shares), usd(c.Value), usd(c.Fee), usd(c.Rebate), usd(c.Reg), signed(per, 4)})
	}
	return t
}

// groupTable has a row for each group. Of a venue or style there is nothing of whole parents, and then whole is false.
func groupTable(by string, groups []tca.Group, whole bool) chart.Table {
	t := chart.Table{Head: []string{by, "parents", "orders", "sent", "filled", "rate"}}
	if whole {
		t.Head = append(t.Head, "of ordered", "of volume", "VWAP")
	}
	t.Head = append(t.Head, "arrival", "captured", "shortfall", "delay", "timing", "spread", "charges")
	if whole {
		t.Head = append(t.Head, "opportunity")
	}
	t.Head = append(t.Head, "shortfall $")
	for i := range groups {
		g := &groups[i]
		f := &g.Shortfall
		row := []string{g.Key, thousands(market.Qty(g.Parents)), thousands(market.Qty(g.Children)), thousands(g.Sent), thousands(g.Filled), percent(g.FillRate)}
		if whole {
			row = append(row, percent(g.Completion), percent(g.Participation), signed(g.VWAPSlippageBps, 2))
		}
		row = append(row, signed(g.ArrivalSlippageBps, 2), percent(g.SpreadCapture), signed(f.TotalBps, 2), signed(bpsOf(f.Delay, f.Paper), 2),
			signed(bpsOf(f.Timing, f.Paper), 2), signed(bpsOf(f.Spread, f.Paper), 2), signed(bpsOf(f.Fees+f.Rebates+f.Regulatory, f.Paper), 2))
		if whole {
			row = append(row, signed(bpsOf(f.Opportunity, f.Paper), 2))
		}
		t.Rows = append(t.Rows, append(row, usd(f.Total)))
	}
	return t
}
