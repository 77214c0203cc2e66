package router

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// daily is what an order that lives over days remembers of them (GTC and GTD, where the market has sessions). Its children
// are day orders: at the close they are withdrawn, and it is done for the day until the next session opens.
type daily struct {
	closesAt   market.Time     // the close of the session it works in; 0 = it knows no days
	opensAt    market.Time     // its day is over, and the next begins then; 0 = it is in its day
	from       market.Time     // when its present day began; 0 = it is in its first
	prior      market.Qty      // filled before its present day
	priorValue market.Notional // of prior
	lapsed     bool            // a day order whose client wants done for the day (150=3) where others have expired
}

// livesOverDays reports whether an order with terms t is done for the day at each close.
func (e *Engine) livesOverDays(t *order.Terms) bool {
	return (t.TIF == order.GTC || t.TIF == order.GTD) && !e.cfg.Hours.AlwaysOpen()
}

// beginDays sets the close that ends the present day of an order, if its terms have any.
func (e *Engine) beginDays(p *parentState) {
	if p.closesAt = 0; !e.livesOverDays(&p.Terms) {
		p.opensAt = 0
		return
	}
	p.closesAt = e.cfg.Hours.Session(max(p.Received, p.from)).Close
}

// until is the next time after now at which the order's day, or its time, ends or begins. What has passed already wakes
// nobody: a frozen order outlives its end.
func (p *parentState) until(now market.Time) market.Time {
	next, day := forever, p.closesAt
	if p.opensAt != 0 {
		day = p.opensAt
	}
	for _, t := range [...]market.Time{p.endsAt, day} {
		if t > now {
			next = min(next, t)
		}
	}
	return next
}

// overnight ends an order's day at the close and begins the next one at the open, and reports whether it rests now. A
// request of the client goes first: the day ends after it.
func (e *Engine) overnight(p *parentState) bool {
	if p.closesAt == 0 || p.ask.kind != noRequest && p.ask.kind != dayRequest {
		return false
	}
	if p.opensAt == 0 {
		if e.now < p.closesAt {
			return false
		}
		p.opensAt = e.cfg.Hours.Session(e.now).Open
	}
	if e.now >= p.opensAt { // at once for what a bust of an earlier day's fill brought back
		e.renew(p)
		return false
	}
	if p.State != order.DoneForDay && p.ask.kind == noRequest {
		p.ask = request{kind: dayRequest}
		e.cancelChildren(p, "the day is over")
		e.settle(p)
	}
	e.wake(p, p.until(e.now))
	return true
}

// dayDone tells the client that its order is done for the day. What is left of it stays (matrix H.1: LeavesQty is kept).
func (e *Engine) dayDone(p *parentState) {
	p.ask = request{}
	p.State, _ = order.Next(p.State, order.WasDoneForDay, int64(p.Cum), int64(p.Leaves()))
	e.report(p, '3')
	e.recordParent(p)
}

const restatedRenewal = 1 // FIX 378: GT renewal

// renew begins an order's next day: the client sees it restated with its day's figures anew, and it is worked on. A child
// that is still in doubt since the day before keeps its quantity.
func (e *Engine) renew(p *parentState) {
	p.ask = request{}
	p.opensAt, p.from = 0, e.now
	p.prior, p.priorValue = p.Cum, p.Notional
	e.beginDays(p)
	if next, ok := order.Next(p.State, order.WasAccepted, int64(p.Cum), int64(p.Leaves())); ok {
		p.State = next
	}
	p.sends, p.repeats = [8]sent{}, 0
	e.report(p, 'D').RestatementReason = restatedRenewal
	e.recordParent(p)
}

// before reports whether an execution belongs to an earlier day of its order.
func (p *parentState) before(x *execution) bool { return x.yesterday || x.At < p.from }

// sinceBefore adds what changed of an execution of an earlier day: the figures of the present day stay as they are (ER-20).
func (p *parentState) sinceBefore(q market.Qty, was, is market.Notional) {
	p.prior += q
	p.priorValue = p.priorValue.Sub(was).Add(is)
}

// reportDay gives a report the figures of the day: OrderQty less what was filled before, what was filled today, and at
// which average (424, 425, 426).
func (p *parentState) reportDay(r *event.ReportParent) {
	if p.Terms.TIF != order.GTC && p.Terms.TIF != order.GTD {
		return
	}
	r.DayOrderQty, r.DayCum = p.Terms.Qty-p.prior, p.Cum-p.prior
	r.DayAvgPx = p.Notional.Sub(p.priorValue).Avg(r.DayCum)
}

// endsByTheClose reports whether what ends an order is the close of its day, and nothing that its client asked for.
func (p *parentState) endsByTheClose() bool {
	return p.Terms.TIF == order.Day && (p.Terms.End == 0 || p.endsAt < p.Terms.End)
}
