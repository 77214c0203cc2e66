package router

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// forever is the end of an order without one.
const forever = market.Time(math.MaxInt64)

// end is when the time of an order with terms t, received then, is over.
func (e *Engine) end(t *order.Terms, received market.Time) market.Time {
	end := forever
	if t.TIF == order.Day || t.TIF == order.IOC {
		end = e.cfg.Hours.Session(received).Close
	}
	if t.TIF == order.GTD {
		end = t.ExpireAt
	}
	if t.End != 0 {
		end = min(end, t.End)
	}
	return end
}

// startOf is when the order may begin.
func startOf(p *parentState) market.Time { return max(p.Received, p.Terms.Start) }

// want is how many shares may be sent now: what the strategy's schedule allows, less what is filled or working, in
// whole lots while the remainder allows.
func (e *Engine) want(p *parentState) market.Qty {
	open := e.unrouted(p)
	target := e.scheduled(p, e.now.Add(e.cfg.Tactics.PostWait))
	q := min(open, target-p.Cum-p.exposure())
	lot := p.symbol.lot()
	if q < open && q < lot {
		return 0
	}
	if q < open {
		q -= q % lot
	}
	return max(0, q)
}

// scheduled is how many shares the schedule wants filled or working by t.
func (e *Engine) scheduled(p *parentState, t market.Time) market.Qty {
	qty := p.Terms.Qty
	switch p.Terms.Strategy {
	case order.POV:
		return min(qty, p.participation(&p.Terms))
	case order.VWAP:
		target := market.Qty(math.Ceil(float64(qty) * e.curveAt(p, t)))
		if p.Terms.MaxPctBps > 0 {
			target = min(target, p.participation(&p.Terms))
		}
		return min(qty, target)
	}
	if p.Terms.MaxPctBps > 0 {
		return min(qty, p.participation(&p.Terms))
	}
	return qty
}

// participation is the largest quantity that keeps our share of the printed volume within the limit of terms t. Our own
// fills print too, so the volume includes them.
func (p *parentState) participation(t *order.Terms) market.Qty {
	return market.Qty(int64(p.marketVolume)/10_000*t.MaxPctBps + int64(p.marketVolume)%10_000*t.MaxPctBps/10_000)
}

// curveAt is the share of the order that the volume curve has reached at t: the instrument's usual volume between the
// order's start and t over that between start and end.
func (e *Engine) curveAt(p *parentState, t market.Time) float64 {
	start, end := startOf(p), p.endsAt
	if t >= end || end <= start {
		return 1
	}
	day := e.cfg.Hours.Day(start)
	from, to := volumeBy(p.symbol.Curve, day, start), volumeBy(p.symbol.Curve, day, end)
	if to <= from {
		return float64(t.Sub(start)) / float64(end.Sub(start))
	}
	return min(1, max(0, (volumeBy(p.symbol.Curve, day, t)-from)/(to-from)))
}

// volumeBy is the usual share of the day's volume done by t, linear inside each bucket of the curve.
func volumeBy(curve []float64, day market.Day, t market.Time) float64 {
	x := float64(t.Sub(day.Open)) / float64(max(1, day.Close.Sub(day.Open)))
	if x <= 0 || len(curve) == 0 {
		return max(0, min(1, x))
	}
	pos, sum := float64(x*float64(len(curve))), 0.0
	for i, share := range curve {
		if pos <= float64(i) {
			break
		}
		sum += float64(share * min(1, pos-float64(i)))
	}
	return sum
}

// behind reports whether a scheduled order must cross the spread to keep up.
func (e *Engine) behind(p *parentState) bool {
	lot := p.symbol.lot()
	switch p.Terms.Strategy {
	case order.VWAP:
		return e.scheduled(p, e.now)-p.Cum > max(2*lot, p.Terms.Qty/25)
	case order.POV:
		target := e.scheduled(p, e.now)
		return target-p.Cum > max(2*lot, target/10)
	}
	return false
}

// lateBy is how far behind a straight line over its time a block may be, as a part of it, before it shows something.
const lateBy = .1

// late reports whether a block's dark waves alone would not finish it in its time.
func (e *Engine) late(p *parentState) bool {
	start := startOf(p)
	if p.Terms.End == 0 || p.endsAt <= start {
		return false
	}
	return float64(p.Cum)/float64(p.Terms.Qty) < float64(e.now.Sub(start))/float64(p.endsAt.Sub(start))-lateBy
}

// urgent reports whether the clock or the client demands that the rest be swept.
func (e *Engine) urgent(p *parentState) bool {
	t := &p.Terms
	if t.TIF == order.IOC || t.Urgency == order.High && t.Strategy == order.Immediate {
		return true
	}
	// Only an end that somebody asked for is worth crossing the spread: the close of the day expires a day order.
	return t.End != 0 && e.now >= p.endsAt.Add(-e.cfg.Tactics.UrgentBefore)
}

func (s *symbolState) lot() market.Qty { return max(1, s.Lot) }
