package tca

import (
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// Explain gives a decision in words: what called for it, what it saw and thought of every venue, what each was expected to cost by
// part, why venues were left out, the candidate plans with their cost by part and their exact probabilities, and which was
// chosen and why (product text, step 4).
func Explain(d *event.RecordDecision, venues Names) string {
	var b strings.Builder
	b.WriteString("decision " + strconv.FormatUint(d.Decision, 10) + " for parent " + strconv.FormatUint(uint64(d.Parent), 10) +
		" at " + d.At.String() + ": " + d.Stage.String() + ", wave " + itoa(int64(d.Wave)) + ", called by " + orNone(d.Why) + "\n")
	b.WriteString("  " + d.Side.String() + " " + clean(string(d.Symbol)) + ", " + grouped(d.Unrouted) + " unrouted, this wave may place " +
		grouped(d.Want) + "; objective " + d.Objective.String() + ", urgency " + d.Urgency.String() + "\n")
	b.WriteString("  market " + quote(d.Quote) + "\n")
	b.WriteString("  model " + orNone(d.Model) + ", posterior " + strconv.FormatUint(d.Posterior, 10) + ", features " + orNone(d.Schema) +
		", seed " + strconv.FormatUint(d.Seed, 10) + "\n")
	writeCosts(&b, d, venues)
	writeVenues(&b, d.Venues, venues)
	writePlans(&b, d, venues)
	if d.AllowedBps > 0 || d.Thrifty {
		b.WriteString("\n  exploring was expected to cost " + num(d.ExploreBps, 4) + " bps, its budget allowed " + num(d.AllowedBps, 4))
		if d.Thrifty {
			b.WriteString(" and cut it")
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n" + verdict(d) + "\n")
	return b.String()
}

func quote(q market.Quote) string {
	side := func(p market.Price, size market.Qty) string {
		if p <= 0 {
			return "none"
		}
		return grouped(size) + " at " + p.String()
	}
	s := "bid " + side(q.Bid, q.BidSize) + ", ask " + side(q.Ask, q.AskSize)
	if mid := market.Mid(q.Bid, q.Ask); mid > 0 {
		s += ", mid " + mid.String() + ", spread " + strconv.FormatFloat(float64(q.Ask-q.Bid)/float64(mid)*bps, 'f', 2, 64) + " bps"
	}
	return s
}

// writeVenues lists candidates in the order of the record, then the excluded with their reasons.
func writeVenues(b *strings.Builder, views []event.VenueView, names Names) {
	candidates := &grid{}
	candidates.row("venue", "static", "expected fill", "filled share costs", "fee bps", "toxicity bps", "latency us", "rejects", "bid", "ask", "book age")
	excluded := &grid{left: map[int]bool{1: true}}
	for i := range views {
		v := &views[i]
		if v.Excluded != "" {
			excluded.row(clean(names.Of(v.Venue)), clean(v.Excluded))
			continue
		}
		candidates.row(clean(names.Of(v.Venue)), num(v.Static, 2), num(v.ExpectQty, 0), num(v.CostBps, 3), num(v.FeeBps, 3),
			num(v.ToxBps, 3)+" ± "+num(v.ToxSd, 3), num(v.LatencyUs, 0), num(v.Reject*100, 1)+" %", level(v.Bid), level(v.Ask), age(v.AgeNs))
	}
	if len(candidates.rows) > 1 {
		b.WriteByte('\n')
		candidates.write(b, "  ")
	}
	if len(excluded.rows) > 0 {
		b.WriteString("\n  excluded\n")
		excluded.write(b, "    ")
	}
}

// num gives an estimate; infinities and NaN show as they are, because the record holds them.
func num(x float64, decimals int) string { return strings.TrimPrefix(signed(x, decimals), "+") }

func level(l market.Level) string {
	if l.Price <= 0 {
		return "-"
	}
	return grouped(l.Size) + "@" + l.Price.String()
}

func age(ns int64) string {
	if ns < 0 {
		return "no book"
	}
	return num(float64(ns)/float64(market.Millisecond), 1) + " ms"
}

// writePlans lists the plans, a star before the chosen one, with what each sends where.
func writePlans(b *strings.Builder, d *event.RecordDecision, names Names) {
	if len(d.Plans) == 0 {
		return
	}
	g := &grid{left: map[int]bool{}}
	head, parts := []string{"  plan", "probability", "drawn below", "cost bps"}, hasParts(d)
	if parts {
		head = append(head, costNames()...)
	}
	g.left[len(head)+1] = true
	g.row(append(head, "", "sends")...)
	below := 0.0
	for i := range d.Plans {
		p := &d.Plans[i]
		mark, note := "  ", ""
		if int(d.Chosen) == i {
			mark = "* "
		}
		if int(d.Static) == i {
			note = "static"
		}
		if below += p.Prob; i == len(d.Plans)-1 {
			below = 1 // the last one takes the remainder (PLN-05)
		}
		row := []string{mark + orNone(p.Name), num(p.Prob, 6), num(below, 6), num(p.CostBps, 3)}
		if parts {
			row = append(row, partCells(&p.Parts, num)...)
		}
		g.row(append(row, note, shares(p.Shares, names))...)
	}
	if p, total, ok := againstStatic(d); ok {
		g.row(append([]string{"  chosen − static", "", "", signed(total, 3)}, partCells(&p, signed)...)...)
	}
	b.WriteByte('\n')
	g.write(b, "  ")
}

func shares(list []event.Share, names Names) string {
	if len(list) == 0 {
		return "nothing"
	}
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = grouped(s.Qty) + " " + s.Style.String() + " to " + clean(names.Of(s.Venue))
		if s.Limit != 0 {
			parts[i] += " at " + s.Limit.String()
		}
		if s.MinQty != 0 {
			parts[i] += " (at least " + grouped(s.MinQty) + ")"
		}
	}
	return strings.Join(parts, ", ")
}

// verdict says which plan was chosen and why.
func verdict(d *event.RecordDecision) string {
	i := int(d.Chosen)
	if i < 0 || i >= len(d.Plans) {
		s := "nothing was chosen"
		if d.Vetoed != "" {
			s += ": " + clean(d.Vetoed)
		}
		return s
	}
	p := &d.Plans[i]
	s := "chosen: " + orNone(p.Name) + ", " + num(p.Prob*100, 2) + " % likely (draw " + num(d.Draw, 6) + ", learner's share " +
		num(d.M*100, 1) + " %, epsilon " + num(d.Epsilon, 4) + ", gamma " + num(d.Gamma, 1) + "): " + why(d, i)
	if d.Vetoed != "" {
		s += "; then vetoed: " + clean(d.Vetoed)
	}
	if d.Void {
		s += "; changed after the draw, so no evidence for evaluation (PLN-03)"
	}
	return s
}

func why(d *event.RecordDecision, chosen int) string {
	cheapest := 0
	for i := range d.Plans {
		if d.Plans[i].CostBps < d.Plans[cheapest].CostBps {
			cheapest = i
		}
	}
	static := int(d.Static)
	gap := func(from int) string { return num(d.Plans[chosen].CostBps-d.Plans[from].CostBps, 3) + " bps" }
	switch {
	case len(d.Plans) == 1:
		return "the only plan"
	case chosen == cheapest && chosen == static:
		return "the static scorer's plan, and the cheapest by the learner's estimates"
	case chosen == cheapest && static >= 0 && static < len(d.Plans):
		return "the cheapest by the learner's estimates, " + num(d.Plans[static].CostBps-d.Plans[chosen].CostBps, 3) + " bps below the static scorer's plan"
	case chosen == cheapest:
		return "the cheapest by the learner's estimates"
	case chosen == static:
		return "the static scorer's plan, " + gap(cheapest) + " above the learner's cheapest"
	}
	return "exploration, " + gap(cheapest) + " above the cheapest"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return clean(s)
}
