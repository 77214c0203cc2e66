package tca

import (
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Text gives the report for a terminal: the order, its benchmarks, the shortfall and its parts, venues, styles, and
// what does not reconcile.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString("parent " + itoa(int64(r.Parent)) + ": " + r.Side + " " + grouped(r.Qty) + " " + clean(string(r.Symbol)) +
		" for " + clean(r.Client) + " (" + clean(r.ClOrdID) + "): " + r.State)
	if r.Reason != "" {
		b.WriteString(", " + clean(r.Reason))
	}
	b.WriteString("\n  strategy " + r.Strategy + ", objective " + r.Objective + ", urgency " + r.Urgency + "\n")
	b.WriteString("  received " + r.Received.String() + ", worked " + seconds(r.DurationNs) + ": " +
		plural(r.Decisions, "decision", "decisions") + ", " + plural(r.Children, "child", "children") + ", " +
		plural(r.Fills, "fill", "fills"))
	if r.Busts > 0 {
		b.WriteString(", " + plural(r.Busts, "bust", "busts") + " left out")
	}
	b.WriteString("\n\n")
	r.benchmarks().write(&b, "  ")
	b.WriteByte('\n')
	r.Shortfall.write(&b)
	writeLines(&b, "venue", r.Venues)
	writeLines(&b, "style", r.Styles)
	b.WriteByte('\n')
	for i := range r.Restated {
		b.WriteString("restated: " + r.Restated[i].String() + "\n")
	}
	if len(r.Breaks) == 0 {
		b.WriteString("reconciled to the share\n")
	}
	for _, s := range r.Breaks {
		b.WriteString("DOES NOT RECONCILE: " + clean(s) + "\n")
	}
	return b.String()
}

// participated says what the participation is of. An order that is done at once ends before its own fills are printed: they are
// volume all the same.
func (r *Report) participated() string {
	if r.MarketVolume > 0 && r.Filled > r.MarketVolume {
		return "not all of our own fills were printed before the end"
	}
	return "of them, our fills among them"
}

func (r *Report) benchmarks() *grid {
	g := &grid{left: map[int]bool{3: true}}
	g.row("filled", grouped(r.Filled), r.Completion.percent(2), "of "+grouped(r.Qty))
	g.row("average price", px(r.AvgPx), "", "")
	g.row(string(r.ArrivalSource), px(r.Arrival), r.ArrivalSlippageBps.text(2)+" bps", "slippage against it, positive is a loss")
	g.row("market VWAP", px(r.MarketVWAP), r.VWAPSlippageBps.text(2)+" bps", "slippage against the "+plural(r.MarketVolume, "share", "shares")+" printed since arrival")
	g.row("participation", "", r.Participation.percent(2), r.participated())
	g.row("spread capture", "", r.SpreadCapture.percent(1), "100 % near side, 0 % midpoint, -100 % far side")
	if r.ExploreBps > 0 {
		g.row("exploration", "", num(r.ExploreBps, 4)+" bps", "expected, within what the budget allows; a part of the shortfall below")
	}
	if r.Unfilled > 0 {
		g.row(string(r.EndSource), px(r.EndMid), "", "values the "+grouped(r.Unfilled)+" unfilled")
	}
	for _, m := range r.Markouts {
		g.row("markout "+horizon(m.HorizonNs), "", signed(m.MeanBps, 2)+" bps", "mid after "+plural(m.Fills, "fill", "fills")+", positive in our favor")
	}
	addReversionRows(g, r.Reversions)
	return g
}

// addReversionRows tells what the market did after the end.
func addReversionRows(g *grid, list []Reversion) {
	for i := range list {
		x := &list[i]
		from := "mid that long after the last fill (its markout) against the average price, positive came back"
		if x.Mid == 0 {
			from = "mid that long after the last fill of " + plural(x.Parents, "parent", "parents") + " against the average price, positive came back"
		}
		mid := px(x.Mid)
		if x.Mid == 0 {
			mid = ""
		}
		g.row("reversion "+horizon(x.HorizonNs), mid, x.Bps.text(2)+" bps", from)
	}
}

// px gives a price, "-" if there is none.
func px(p market.Price) string {
	if p == 0 {
		return "-"
	}
	return p.String()
}

var partNames = [7][2]string{
	{"delay", "from arrival to the decisions"}, {"timing", "from the decisions to the fills"},
	{"spread", "fills against the mid"}, {"fees", "of venues"}, {"rebates", "from venues"},
	{"regulatory", "charges of regulators"}, {"opportunity", "of what stayed unfilled"},
}

func (f *Shortfall) write(b *strings.Builder) {
	g := &grid{left: map[int]bool{3: true}}
	g.row("implementation shortfall", "dollars", "bps", "")
	for i, part := range f.Parts() {
		g.row("  "+partNames[i][0], dollars(part), ratio(part, f.Paper, bps).text(3), partNames[i][1])
	}
	g.row("  total", dollars(f.Total), f.TotalBps.text(3), "of "+dollars(f.Paper)+" at arrival")
	g.write(b, "")
}

func writeLines(b *strings.Builder, what string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	b.WriteByte('\n')
	horizons := horizonsOf(lines)
	head := []string{what, "children", "rejects", "sent", "filled", "rate", "avg px", "arrival bps", "capture", "fees", "rebates", "regulatory"}
	for _, h := range horizons {
		head = append(head, "markout "+horizon(h))
	}
	g := &grid{}
	g.row(head...)
	for i := range lines {
		l := &lines[i]
		cells := []string{clean(l.Name), grouped(l.Children), grouped(l.Rejects), grouped(l.Sent), grouped(l.Filled),
			l.FillRate.percent(1), px(l.AvgPx), l.ArrivalSlippageBps.text(2), l.SpreadCapture.percent(0),
			dollars(l.Fee), dollars(l.Rebate), dollars(l.Reg)}
		for _, h := range horizons {
			cells = append(cells, markoutOf(l.Markouts, h).text(2))
		}
		g.row(cells...)
	}
	g.write(b, "")
}

func horizonsOf(lines []Line) []int64 {
	var all []Markout
	for i := range lines {
		addMarkouts(&all, lines[i].Markouts)
	}
	out := make([]int64, len(all))
	for i, m := range all {
		out[i] = m.HorizonNs
	}
	return out
}

// rejected says how many parents are in no sum.
func (s *Summary) rejected() string {
	if s.Rejected == 0 {
		return ""
	}
	return " (" + grouped(s.Rejected) + " rejected, in no figure)"
}

// Text gives the summary for a terminal.
func (s *Summary) Text() string {
	var b strings.Builder
	b.WriteString(plural(s.Parents, "parent", "parents") + ", " + grouped(s.Done) + " done" + s.rejected() + ": " + grouped(s.Filled) + " of " +
		plural(s.Qty, "share", "shares") + " filled (" + s.Completion.percent(2) + ") in " + plural(s.Fills, "fill", "fills") +
		" of " + plural(s.Children, "child", "children") + "\n\n")
	g := &grid{left: map[int]bool{3: true}}
	g.row("arrival slippage", "", s.ArrivalSlippageBps.text(2)+" bps", "positive is a loss")
	g.row("VWAP slippage", "", s.VWAPSlippageBps.text(2)+" bps", "")
	g.row("participation", "", s.Participation.percent(2), "of the volume from each arrival to its end, our fills in it though their prints may come later")
	g.row("spread capture", "", s.SpreadCapture.percent(1), "100 % near side, 0 % midpoint, -100 % far side")
	for _, m := range s.Markouts {
		g.row("markout "+horizon(m.HorizonNs), "", signed(m.MeanBps, 2)+" bps", "after "+plural(m.Fills, "fill", "fills")+", positive in our favor")
	}
	addReversionRows(g, s.Reversions)
	g.write(&b, "  ")
	b.WriteByte('\n')
	s.Shortfall.write(&b)
	writeLines(&b, "venue", s.Venues)
	writeLines(&b, "style", s.Styles)
	b.WriteByte('\n')
	if s.Restated > 0 {
		b.WriteString(plural(s.Restated, "execution", "executions") + " changed after their trading day: what was reported of those days before differs\n")
	}
	if s.Breaks == 0 {
		b.WriteString("all reconciled to the share\n")
	} else {
		b.WriteString(plural(s.Breaks, "parent DOES", "parents DO") + " NOT RECONCILE\n")
	}
	return b.String()
}
