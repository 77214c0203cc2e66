package router

import (
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// tradingDay is the session in which a day's volatility is spread, nanoseconds.
const tradingDay = 6*market.Hour + 30*market.Minute

// impacts are H4, the factor of the square-root law by bucket of liquidity.
type impacts [market.LiquidityBuckets]*bandit.ImpactHead

func newImpacts() (h impacts) {
	for i := range h {
		var err error
		if h[i], err = bandit.NewImpactHead(bandit.DefaultImpactPrior()); err != nil {
			panic("router: " + err.Error())
		}
	}
	return h
}

// poolImpacts lets buckets of which nothing is known, by no order and no model, begin at the mean of the others (FTR-03).
func (s *slot) poolImpacts() {
	from := 0
	if s.model != nil {
		from = len(s.model.Impact.Y)
	}
	s.impacts.pool(from, s.bandit.Epoch())
}

// pool does so for the buckets from the given one on.
func (h *impacts) pool(from int, epoch uint32) {
	var known []bandit.PooledArm
	prior := bandit.DefaultImpactPrior()
	least, most := math.Inf(1), 0.0
	for i := range h {
		if h[i].Orders() > 0 {
			y, sd := h[i].Y()
			least, most = min(least, y), max(most, y)
			known = append(known, bandit.PooledArm{Arm: i, Estimate: y, SE: sd})
		}
	}
	if len(known) == 0 {
		return
	}
	prior.Y = min(most, max(least, bandit.PoolEffects(known, prior.SD).Mean)) // a mean's rounding may lie beyond all of them
	for i := range h {
		if h[i].Orders() > 0 || i < from {
			continue
		}
		head, err := bandit.NewImpactHead(prior)
		if err != nil {
			panic("router: " + err.Error()) // a mean of lawful factors is one
		}
		head.CutTo(epoch)
		h[i] = head
	}
}

// visit carries the heads; working carries what they predict by.
func (h *impacts) visit(c *snapshot.Coder, working bool) {
	for i := range h {
		if working {
			y, sd := h[i].Y()
			snapshot.Reals(c, []float64{y, sd})
			continue
		}
		var state []byte
		if !c.Decoding() {
			state = h[i].AppendSnapshot(nil)
		}
		if snapshot.Blob(c, &state); !c.Decoding() || c.Err() != nil {
			continue
		}
		var err error
		if h[i], err = bandit.RestoreImpactHead(state); err != nil {
			c.Fail("%w", err)
			return
		}
	}
}

// Impact gives the factor Y of the square-root law that the engine has learned for instruments of a bucket of liquidity,
// and its standard deviation.
func (e *Engine) Impact(bucket int) (y, sd float64) { return e.learner.impacts[bucket].Y() }

// impactBps is Y·σ_D·√(Q/V) for displayed liquidity, a third of it for a post.
func (s *slot) impactBps(in *symbolState, q market.Qty, style order.Style) float64 {
	if in.ADV <= 0 {
		return 0
	}
	i := s.impacts[in.LiquidityBucket()].Bps(in.DayVolBps, float64(q)/float64(in.ADV))
	if style == order.StylePost {
		return i / 3
	}
	return i
}

// knownSpread is the part of a fill's distance from the mid that is known beforehand (LRN-01): half the spread of the
// decision, paid by a take, earned by a post, none in the middle; bps.
func knownSpread(c *childState) float64 {
	q := c.parent.symbol.quote
	if c.view != nil {
		q = c.view.quote
	}
	mid := q.Mid()
	if mid <= 0 {
		return 0
	}
	half := float64(market.Bps(mid+q.Spread()/2, mid))
	switch {
	case c.Style == order.StyleSweep || c.Style == order.StyleTake:
		return half
	case c.Style.Displayed():
		return -half
	}
	return 0
}

// impactOf is what a parent that ended says about Y, from all that it filled; false where it says nothing: nothing filled,
// no arrival price, an order that lived over days, whose nights no volatility of a day covers, or no reference data.
// It gives how long the order traded, too.
func (e *Engine) impactOf(p *parentState) (d bandit.ImpactDatum, traded int64, ok bool) {
	s := p.symbol
	if s == nil || s.ADV <= 0 || s.DayVolBps <= 0 || p.Arrival <= 0 || p.from != 0 || !e.cfg.Hours.IsOpen(p.Received) {
		return d, 0, false
	}
	filled, sum, last := market.Qty(0), 0.0, p.Received
	sign := float64(p.Terms.Side.Sign())
	for _, id := range p.ids {
		for _, x := range e.children[id].execs {
			if x.Busted || x.Qty <= 0 {
				continue
			}
			filled += x.Qty
			excess := float64(sign*market.Bps(x.Px, p.Arrival)) - x.spread
			sum += float64(float64(x.Qty) * excess)
			last = max(last, x.At)
		}
	}
	if filled == 0 || !e.cfg.Hours.AlwaysOpen() && e.cfg.Hours.Day(last).Date != e.cfg.Hours.Day(p.Received).Date {
		return d, 0, false
	}
	bounce := float64(market.Bps(p.Arrival+max(p.ArrivalNBBO.Spread()/2, 1), p.Arrival))
	traded = last.Sub(p.Received)
	return bandit.NewImpactDatum(uint64(p.ID), sum/float64(filled), s.DayVolBps, float64(filled)/float64(s.ADV),
		float64(traded)/float64(tradingDay), bounce), traded, true
}

// learnImpact tells H4 what a parent cost beyond the known parts, once it has ended. What is filled, busted or corrected
// afterwards tells it again (DRF-07).
func (e *Engine) learnImpact(p *parentState) {
	d, traded, ok := e.impactOf(p)
	if !ok {
		return
	}
	out := e.recordImpact(p, d.Z, traded)
	if out.Refused = e.unheard(p); out.Refused != "" {
		return
	}
	for _, sl := range e.learner.slots() {
		head := sl.impacts[p.symbol.LiquidityBucket()]
		r := head.Observe(d)
		if r == bandit.Duplicate { // a bust or a person brought it back, and it ended again
			r = head.Revise(d)
		}
		if r == bandit.Applied {
			sl.poolImpacts()
		}
		if sl != e.learner.slot {
			continue
		}
		if p.taught = r == bandit.Applied; !p.taught {
			out.Refused = r.String()
		}
	}
}

// recordImpact records what a parent says of the impact; the last record counts.
func (e *Engine) recordImpact(p *parentState, z float64, traded int64) *event.RecordOutcome {
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Parent: p.ID, What: event.OutcomeImpact, HorizonNs: traded, Value: z, Got: p.Cum, Sent: p.Terms.Qty, At: e.now}
	return out
}

// relearnImpact corrects what a parent told H4 before.
func (e *Engine) relearnImpact(p *parentState) {
	if !p.taught {
		return
	}
	d, traded, ok := e.impactOf(p)
	if ok {
		e.recordImpact(p, d.Z, traded)
	} else {
		e.recordImpact(p, 0, 0).Refused = event.RefusedBusted
	}
	for _, sl := range e.learner.slots() {
		if head := sl.impacts[p.symbol.LiquidityBucket()]; ok {
			head.Revise(d)
		} else {
			head.Remove(uint64(p.ID))
		}
	}
}
