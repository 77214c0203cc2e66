package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// steered is a person's control of a parent.
func (e *Engine) steered(b *event.ParentSteered) {
	p := e.parents[b.Parent]
	if p == nil || p.State.Done() {
		text := fmt.Sprintf("parent %d is not working: it has ended, or there never was one; `sluice ladder` names those that work, `sluice report` what became of it", b.Parent)
		e.raise(event.Warn, "STEER", nil, nil, b.Actor+" steered: "+text)
		e.answer(true, text)
		return
	}
	held := p.Hold
	var a *event.AnswerPerson // of who lets it go on before its children: by it the last gate lifts its latch
	switch b.Steer {
	case event.SteerPause:
		if p.Hold == order.HoldNone {
			p.Hold, p.Reason = order.HoldPaused, "paused by "+b.Actor
			e.cancelChildren(p, p.Reason)
			e.rest(p)
		}
	case event.SteerUnpause:
		if p.Hold != order.HoldPaused || p.withheld > 0 {
			e.answer(true, fmt.Sprintf("parent %d was not only paused by a person (hold %v, %d shares that busts freed): risk lets it go on (RISK-07)", p.ID, p.Hold, p.withheld))
			return
		}
		a = e.answer(false, "")
		e.resume(p, b.Actor)
	case event.SteerResume:
		if why := e.mayResume(p, b); why != "" {
			e.raise(event.Warn, "RISK-12", p, nil, why)
			e.answer(true, why)
			return
		}
		a = e.answer(false, "")
		e.resume(p, both(b.Actor, b.Approver))
	case event.SteerTerms:
		if text := e.steerTerms(p, b); text != "" {
			e.answer(true, text)
			return
		}
	case event.SteerCancel:
		if p.ask.kind.yields() {
			e.ask(p, request{kind: withdrawRequest}, "canceled by "+b.Actor)
		}
	}
	if !p.State.Done() {
		e.recordParent(p)
	}
	goesOn := a != nil
	if !goesOn {
		a = e.answer(false, "")
	}
	a.Refused = goesOn && p.Hold != order.HoldNone || b.Steer == event.SteerPause && held != order.HoldNone
	a.Text = fmt.Sprintf("parent %d is %v, hold %v %s%s", p.ID, p.State, p.Hold, p.Reason, p.bounded())
}

// bounded says in words what the desk narrowed, empty if nothing.
func (p *parentState) bounded() string {
	var s string
	if p.Bounds.Limit > 0 {
		s += fmt.Sprintf(", within %v", p.Bounds.Limit)
	}
	if p.Bounds.MaxPctBps > 0 {
		s += fmt.Sprintf(", at most %d basis points of the volume", p.Bounds.MaxPctBps)
	}
	if s != "" && p.ask.kind == steerRequest {
		s += ", once what works has made room"
	}
	return s
}

// mayResume says why a person may not let a parent go on. What a rule or contradicting reports stopped is a breaker, and two
// people reset it (RISK-07, RISK-12); what waits for a confirmation goes on with its basket (RISK-20).
func (e *Engine) mayResume(p *parentState, b *event.ParentSteered) string {
	switch {
	case p.latched:
		if why := e.gate.TwoPersons(b.Actor, b.Approver, b.Reason); why != "" {
			return fmt.Sprintf("RISK-12: parent %d stays stopped (%s): %s", p.ID, p.Reason, why)
		}
	case p.Hold == order.HoldConfirm:
		return fmt.Sprintf("parent %d %s: `sluice basket` confirms or denies that", p.ID, p.Reason)
	}
	return ""
}

// resume lets a parent go on that was paused, or stopped by a rule whose cause is gone: a person decided (RISK-07). What
// busts freed is routed again.
func (e *Engine) resume(p *parentState, actor string) {
	if p.ask.kind != noRequest && p.Hold == order.HoldCancel {
		return
	}
	if p.Cum+p.exposure() > p.Terms.Qty {
		e.raise(event.Warn, "STEER", p, nil, fmt.Sprintf("%s resumed it, but %d filled and %d working exceed %d: it stays stopped", actor, p.Cum, p.exposure(), p.Terms.Qty))
		return
	}
	if p.Hold == order.HoldStop || p.Hold == order.HoldFrozen {
		e.raise(event.Warn, "STEER", p, nil, fmt.Sprintf("%s lets it go on after: %s", actor, p.Reason))
	}
	p.Hold, p.latched, p.Reason, p.withheld, p.repeats = order.HoldNone, false, "", 0, 0
	p.sends = [8]sent{}
	e.afterChild(p, "resumed")
}

// steerTerms gives a parent another urgency, and bounds within its client's terms: a person narrows what the client allows
// or takes that back, and only the client widens it. The client's own terms stay what its reports say. The text says why
// nothing was done.
func (e *Engine) steerTerms(p *parentState, b *event.ParentSteered) string {
	bounds, asked := p.Bounds, p.Asked()
	if b.Sets&event.SetLimit != 0 {
		bounds.Limit = b.Bounds.Limit
	}
	if b.Sets&event.SetShare != 0 {
		bounds.MaxPctBps = b.Bounds.MaxPctBps
	}
	if text := unbounded(bounds, &asked, p.symbol.Tick); text != "" {
		return text
	}
	if bounds != p.Bounds && p.ask.kind != noRequest && p.ask.kind != steerRequest {
		return fmt.Sprintf("a request about parent %d is pending: steer it once that is answered", p.ID)
	}
	if b.Sets&event.SetUrgency != 0 {
		p.Terms.Urgency, asked.Urgency = b.Urgency, b.Urgency
	}
	if bounds == p.Bounds {
		e.afterChild(p, "steered")
		return ""
	}
	p.Bounds, p.Own = bounds, order.Bounds{Limit: asked.Limit, MaxPctBps: asked.MaxPctBps}
	p.ask = request{kind: steerRequest, terms: asked}
	if bounds == (order.Bounds{}) { // what worked within them works within the client's terms
		e.steerDone(p)
	} else {
		e.settle(p)
	}
	return ""
}

// unbounded says why bounds cannot be set on the client's terms, empty if they can.
func unbounded(b order.Bounds, asked *order.Terms, tick market.Price) string {
	switch {
	case b.Limit < 0 || tick > 0 && b.Limit%tick != 0:
		return fmt.Sprintf("a limit of %v is not a price on the tick of %v", b.Limit, tick)
	case b.MaxPctBps < 0 || b.MaxPctBps > 10_000:
		return fmt.Sprintf("a share of %d basis points of the volume is not between 0 and 10000", b.MaxPctBps)
	case b.Limit > 0 && asked.Limit > 0 && asked.Side.Worse(b.Limit, asked.Limit):
		return fmt.Sprintf("a limit of %v is wider than the client's %v: only the client can widen it", b.Limit, asked.Limit)
	case b.MaxPctBps > 0 && asked.MaxPctBps > 0 && b.MaxPctBps > asked.MaxPctBps:
		return fmt.Sprintf("a share of %d basis points is wider than the client's %d: only the client can widen it", b.MaxPctBps, asked.MaxPctBps)
	}
	return ""
}

// steerDone puts the bounds in force, once what works at the venues lies within them.
func (e *Engine) steerDone(p *parentState) {
	t := p.ask.terms
	p.ask = request{}
	p.Amend(t)
	e.gate.Replaced(&p.Parent, e.reference(p.symbol), e.now)
	e.recordParent(p)
	e.work(p, "steered")
}
