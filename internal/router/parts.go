package router

import (
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// bill adds up what the shares of one plan are expected to cost, as a whole and by part, in bps · lots (learning text 1.1).
type bill struct {
	filled float64 // lots expected
	cost   float64 // of what fills
	leak   float64 // of what is sent
	parts  event.CostParts
}

// add takes q shares sent to a candidate.
func (b *bill) add(c *candidate, q, lot market.Qty) {
	sent := float64(q) / float64(lot)
	f := min(c.expected(lots(q, lot)), sent)
	b.filled += f
	b.cost += float64(f * c.cost)
	b.leak += float64(sent * c.leak)
	p := &b.parts
	p.Spread += float64(f * c.edge)
	p.Fee += float64(f * c.fee)
	p.Impact += float64(f * c.impact)
	p.Toxicity += float64(f * c.tox)
	p.Leakage += float64(sent * c.leak)
}

// per gives the cost of one of n wanted lots, of which those that stay unfilled cost opp each, and its parts.
func (b *bill) per(parts *event.CostParts, n, opp float64) float64 {
	later := float64(max(0, n-b.filled) * opp)
	*parts = event.CostParts{Spread: b.parts.Spread / n, Fee: b.parts.Fee / n, Impact: b.parts.Impact / n,
		Toxicity: b.parts.Toxicity / n, Leakage: b.parts.Leakage / n, Opportunity: later / n}
	return (b.cost + later + b.leak) / n
}

// expectations fills what a share of the candidate's whole child is expected to cost, whether it fills or not: the plan that
// sends it alone and wants no more.
func (e *Engine) expectations(c *candidate, opp float64, v *event.VenueView) {
	lot := e.plans.lot
	var b bill
	b.add(c, c.cap, lot)
	n := float64(c.cap) / float64(lot)
	v.Size, v.ExpectBps = c.cap, b.per(&v.Parts, n, opp)
	fill := float64((c.cost - opp) * e.filledSE(c, lots(c.cap, lot)))
	tox := float64(b.filled / n * v.ToxSd)
	v.ExpectSd = math.Sqrt(float64(fill*fill) + float64(tox*tox))
}

// filledSE is the standard error of the expected part of n lots that fills, by the delta method: the fill head's, and where
// hidden liquidity is learned that of its size, whose errors are independent.
func (e *Engine) filledSE(c *candidate, n int) float64 {
	if c.style != order.StyleDark && c.style != order.StyleInternal {
		return c.view.fill.SE()
	}
	curve := &c.view.curve
	first := 0.0
	if curve.Taken == 0 && curve.First > 0 {
		first = float64(c.expected(n) / curve.First * c.view.fill.SE())
	}
	size := 0.0
	if h := e.plans.slot.bandit.Size(armOf(c.venue.ID, c.style)); h != nil {
		size = h.ExpectedSD(curve, &c.stairs, n)
	}
	return math.Sqrt(float64(first*first)+float64(size*size)) / float64(n)
}
