package tca

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
)

// costNames heads the columns of an expected cost by part.
func costNames() []string {
	return []string{"spread", "fee", "impact", "toxicity", "leakage", "opportunity"}
}

// partCells gives the parts in the order of costNames.
func partCells(p *event.CostParts, text func(float64, int) string) (cells []string) {
	for _, x := range [...]float64{p.Spread, p.Fee, p.Impact, p.Toxicity, p.Leakage, p.Opportunity} {
		cells = append(cells, text(x, 3))
	}
	return cells
}

// writeCosts lists what a share sent to each candidate was expected to cost by part, the cheapest first. A decision that was
// recorded before there were parts shows the probability of a fill alone.
func writeCosts(b *strings.Builder, d *event.RecordDecision, names Names) {
	parts := hasParts(d)
	var views []*event.VenueView
	for i := range d.Venues {
		if v := &d.Venues[i]; v.Excluded == "" {
			views = append(views, v)
		}
	}
	if len(views) == 0 {
		return
	}
	g := &grid{left: map[int]bool{1: true}}
	head := []string{"venue", "style", "plan sends"}
	if parts {
		slices.SortStableFunc(views, func(a, b *event.VenueView) int { return cmp.Compare(a.ExpectBps, b.ExpectBps) })
		head = append(append(append(head, "of"), costNames()...), "expected", "90 % interval")
	}
	g.row(append(head, "fill probability", "90 % interval")...)
	for _, v := range views {
		sends := "-"
		if q := sentTo(d, v.Venue); q > 0 {
			sends = grouped(q)
		}
		row := []string{clean(names.Of(v.Venue)), v.Style.String(), sends}
		if parts {
			row = append(append(append(row, grouped(v.Size)), partCells(&v.Parts, num)...), num(v.ExpectBps, 3),
				"["+num(v.ExpectBps-z90*v.ExpectSd, 3)+", "+num(v.ExpectBps+z90*v.ExpectSd, 3)+"]")
		}
		g.row(append(row, num(v.FillProb, 3), "["+num(v.FillLo, 3)+", "+num(v.FillHi, 3)+"]")...)
	}
	b.WriteByte('\n')
	if parts {
		b.WriteString("  expected cost of a share sent there, filled or not, in bps; what stays unfilled costs " + num(d.OppBps, 3) + " a share\n")
	}
	g.write(b, "  ")
}
