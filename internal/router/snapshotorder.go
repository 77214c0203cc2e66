package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// visitParent carries a parent with its children and their executions.
func (e *Engine) visitParent(p *parentState, c *snapshot.Coder) {
	snapshot.Parent(&p.Parent, c)
	traded := p.symbol != nil
	if snapshot.Flag(c, &traded); c.Decoding() && traded {
		if p.symbol = e.symbols[p.Terms.Symbol]; p.symbol == nil {
			c.Fail("parent %d is in %q, which is not there", p.ID, p.Terms.Symbol)
			return
		}
	}
	p.visitWork(c)
	if n := len(p.standing); c.Decoding() && n != 0 && n != len(e.venues) {
		c.Fail("parent %d stands with %d venues of %d", p.ID, n, len(e.venues))
		return
	}
	if c.Decoding() {
		for _, n := range p.names {
			e.names[clientOrder{p.Client, n}] = p.ID
		}
	}
	for _, id := range p.ids {
		child := e.children[id]
		if c.Decoding() {
			if child != nil || p.symbol == nil || len(p.standing) == 0 {
				c.Fail("child %d is there twice, or its parent %d has no market", id, p.ID)
				return
			}
			child = &childState{parent: p}
			e.children[id] = child
		}
		child.visit(c)
		if child.ID != id || child.Parent != p.ID || int(child.Venue) >= len(e.venues) {
			c.Fail("child %d of parent %d calls itself %d of %d at venue %d", id, p.ID, child.ID, child.Parent, child.Venue)
			return
		}
	}
	snapshot.List(c, &p.children, func(child **childState, c *snapshot.Coder) {
		if e.visitChildRef(child, c); c.Decoding() && (*child == nil || (*child).parent != p) {
			c.Fail("a child of parent %d is not there", p.ID)
		}
	})
}

// visitWork carries what the router remembers of a parent while it works it.
func (p *parentState) visitWork(c *snapshot.Coder) {
	snapshot.List(c, &p.standing, (*standing).visit)
	p.ask.visit(c)
	snapshot.Int(c, &p.directed)
	snapshot.Flag(c, &p.latched)
	snapshot.Int(c, &p.withheld)
	snapshot.List(c, &p.names, func(n *string, c *snapshot.Coder) { snapshot.Text(c, n) })
	snapshot.List(c, &p.ids, func(id *order.ChildID, c *snapshot.Coder) { snapshot.Uint(c, id) })
	snapshot.Int(c, &p.marketVolume)
	snapshot.Amount(&p.marketValue, c)
	snapshot.Uint(c, &p.decisions)
	snapshot.Real(c, &p.explored)
	snapshot.Real(c, &p.lost)
	snapshot.Uint(c, &p.lostIn)
	snapshot.Flag(c, &p.taught)
	snapshot.Uint(c, &p.slot)
	snapshot.Flag(c, &p.enrolled)
	snapshot.Flag(c, &p.control)
	snapshot.Uint(c, &p.childCount)
	snapshot.Uint(c, &p.wave)
	snapshot.Int(c, &p.closesAt)
	snapshot.Int(c, &p.opensAt)
	snapshot.Int(c, &p.from)
	snapshot.Int(c, &p.prior)
	snapshot.Amount(&p.priorValue, c)
	snapshot.Flag(c, &p.lapsed)
	snapshot.Int(c, &p.endsAt)
	snapshot.Int(c, &p.forgetAt)
	snapshot.Int(c, &p.wakeAt)
	snapshot.Int(c, &p.workedAt)
	snapshot.Flag(c, &p.waitsBook)
	snapshot.Int(c, &p.internalNext)
	snapshot.Int(c, &p.darkNext)
	snapshot.Int(c, &p.darkEnd)
	snapshot.Int(c, &p.darkSent)
	snapshot.Int(c, &p.darkGot)
	snapshot.Int(c, &p.emptyWaves)
	snapshot.Flag(c, &p.shown)
	snapshot.Int(c, &p.litNext)
	for i := range p.sends {
		p.sends[i].visit(c)
	}
	if snapshot.Int(c, &p.sendsAt); p.sendsAt < 0 {
		c.Fail("parent %d has its next send at %d", p.ID, p.sendsAt)
	}
	snapshot.Int(c, &p.repeats)
	snapshot.List(c, &p.vetoes, func(v *veto, c *snapshot.Coder) {
		snapshot.Text(c, &v.rule)
		snapshot.Int(c, &v.at)
		snapshot.Int(c, &v.times)
	})
	snapshot.Uint(c, &p.lastHold)
	snapshot.Int(c, &p.heldAt)
	snapshot.Int(c, &p.lineHeldAt)
	snapshot.Int(c, &p.idle)
}

func (s *standing) visit(c *snapshot.Coder) {
	snapshot.Int(c, &s.clip)
	snapshot.Int(c, &s.full)
	snapshot.Int(c, &s.empties)
	snapshot.Int(c, &s.coolUntil)
	snapshot.Int(c, &s.shutUntil)
	snapshot.Int(c, &s.refusals)
	snapshot.Int(c, &s.misses)
	snapshot.Int(c, &s.missedAt)
	snapshot.Int(c, &s.taken)
	snapshot.Int(c, &s.takenAt)
	snapshot.Int(c, &s.touchedAt)
	snapshot.Int(c, &s.disputes)
	if s.refusals < 0 {
		c.Fail("%d refusals in a row", s.refusals)
		s.refusals = 0
	}
}

func (r *request) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &r.kind)
	snapshot.Text(c, &r.clOrdID)
	snapshot.Text(c, &r.orig)
	snapshot.Flag(c, &r.mass)
	snapshot.Terms(&r.terms, c)
}

func (s *sent) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &s.venue)
	snapshot.Int(c, &s.qty)
	snapshot.Int(c, &s.limit)
	snapshot.Uint(c, &s.style)
	snapshot.Int(c, &s.cum)
	snapshot.Quote(&s.quote, c)
}

func (c *childState) visit(to *snapshot.Coder) {
	snapshot.Child(&c.Child, to)
	viewed := c.view != nil
	if snapshot.Flag(to, &viewed); viewed {
		if to.Decoding() {
			c.view = new(prediction)
		}
		c.view.visit(to)
	}
	seconded := c.second != nil
	if snapshot.Flag(to, &seconded); seconded {
		if to.Decoding() {
			c.second = new(opinion)
		}
		c.second.visit(to)
	}
	c.replacing.visit(to)
	snapshot.List(to, &c.execs, func(x **execution, to *snapshot.Coder) {
		if to.Decoding() {
			*x = new(execution)
		}
		(*x).visit(to)
	})
	snapshot.List(to, &c.parked, (*revision).visit)
	snapshot.Uint(to, &c.end)
	snapshot.Int(to, &c.endCum)
	snapshot.Int(to, &c.stated)
	snapshot.Flag(to, &c.disputed)
	snapshot.Int(to, &c.doubtAt)
	snapshot.Flag(to, &c.resolved)
	snapshot.Flag(to, &c.canceling)
	snapshot.Int(to, &c.asked)
	snapshot.Flag(to, &c.paged)
	snapshot.Int(to, &c.askDue)
	snapshot.Int(to, &c.unheard)
	snapshot.Int(to, &c.unknowns)
	snapshot.Int(to, &c.watching)
	snapshot.Int(to, &c.unknownTo)
	snapshot.Flag(to, &c.outcome)
	snapshot.Int(to, &c.restedTo)
	snapshot.Flag(to, &c.ranked)
	snapshot.Flag(to, &c.scored)
	snapshot.Flag(to, &c.tried)
	snapshot.Int(to, &c.later)
	snapshot.Flag(to, &c.latency)
	snapshot.Flag(to, &c.tookBack)
	snapshot.Flag(to, &c.inLine)
}

func (r *replacing) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &r.cancelNo)
	snapshot.Uint(c, &r.named)
	snapshot.Uint(c, &r.maybe)
	snapshot.Int(c, &r.replaceAt)
	snapshot.Int(c, &r.placedAt)
	snapshot.Int(c, &r.denied)
	snapshot.Flag(c, &r.stiff)
	snapshot.Flag(c, &r.slid)
	snapshot.Flag(c, &r.moved)
}

func (x *execution) visit(c *snapshot.Coder) {
	snapshot.Execution(&x.Execution, c)
	snapshot.Uint(c, &x.report)
	snapshot.Int(c, &x.mid)
	snapshot.Flag(c, &x.late)
	snapshot.Flag(c, &x.later)
	snapshot.Real(c, &x.spread)
	snapshot.Real(c, &x.own)
	snapshot.Real(c, &x.tox)
	snapshot.Flag(c, &x.judged)
	snapshot.Flag(c, &x.yesterday)
	snapshot.List(c, &x.ids, func(id *string, c *snapshot.Coder) { snapshot.Text(c, id) })
	snapshot.Flag(c, &x.manual)
	snapshot.Int(c, &x.claims)
	snapshot.Amount(&x.claimed, c)
}

func (r *revision) visit(c *snapshot.Coder) {
	snapshot.Text(c, &r.execID)
	snapshot.Text(c, &r.ref)
	snapshot.Int(c, &r.qty)
	snapshot.Int(c, &r.px)
	snapshot.Int(c, &r.at)
}

func (v *prediction) visit(c *snapshot.Coder) {
	snapshot.Reals(c, v.phi[:])
	o := opinion{v.slot, v.fill, v.tox, v.curve, v.life}
	o.visit(c)
	v.slot, v.fill, v.tox, v.curve, v.life = o.slot, o.fill, o.tox, o.curve, o.life
	snapshot.Real(c, &v.by)
	snapshot.Int(c, &v.trading)
	snapshot.Uint(c, &v.style)
	snapshot.Quote(&v.quote, c)
	snapshot.Uint(c, &v.decide)
	if v.decide >= bandit.NumHorizons {
		c.Fail("a prediction decides by horizon %d of %d", v.decide, bandit.NumHorizons)
	}
}

func (o *opinion) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &o.slot)
	for _, x := range []*float64{&o.fill.A, &o.fill.P, &o.fill.W, &o.fill.Mean, &o.fill.SD} {
		snapshot.Real(c, x)
	}
	for h := range o.tox {
		snapshot.Real(c, &o.tox[h].Mean)
		snapshot.Real(c, &o.tox[h].SD)
		snapshot.Real(c, &o.tox[h].Noise)
	}
	snapshot.Real(c, &o.curve.First)
	snapshot.Int(c, &o.curve.Taken)
	snapshot.Reals(c, o.curve.LogQ[:])
	snapshot.Reals(c, o.life.A[:])
	snapshot.Reals(c, o.life.SD[:])
}

// visitTimers carries the heap as it lies, so that timers fire in the order they would have.
func (e *Engine) visitTimers(c *snapshot.Coder) {
	q := &e.timers
	snapshot.Uint(c, &q.count)
	snapshot.Int(c, &q.armed)
	snapshot.List(c, &q.heap, func(t *timer, c *snapshot.Coder) {
		snapshot.Int(c, &t.at)
		snapshot.Uint(c, &t.order)
		snapshot.Uint(c, &t.kind)
		e.visitTimer(t, c)
	})
	for i := 1; c.Decoding() && i < len(q.heap); i++ {
		if q.heap[i].before(&q.heap[(i-1)/2]) {
			c.Fail("timer %d is out of order", i)
			return
		}
	}
}

func (e *Engine) visitTimer(t *timer, c *snapshot.Coder) {
	switch t.kind {
	case timerParent:
		e.visitParentRef(&t.parent, c)
	case timerAck, timerSettle, timerParked:
		e.visitChildRef(&t.child, c)
	case timerMarkout:
		e.visitMarkout(&t.markout, c)
	case timerControl, timerHalt, timerBasket:
	case timerClient:
		snapshot.Int(c, &t.client)
		snapshot.Uint(c, &t.gone)
		if t.client < 0 || t.client >= len(e.clients) {
			c.Fail("a timer waits for client %d of %d", t.client, len(e.clients))
		}
	default:
		c.Fail("a timer of kind %d", t.kind)
	}
}

func (e *Engine) visitMarkout(m *markout, c *snapshot.Coder) {
	var symbol market.Symbol
	if !c.Decoding() {
		symbol = m.symbol.Symbol
	}
	if snapshot.Text(c, &symbol); c.Decoding() {
		if m.symbol = e.symbols[symbol]; m.symbol == nil {
			c.Fail("a markout is of %q, which is not there", symbol)
			return
		}
	}
	e.visitChildRef(&m.child, c)
	e.visitExecRef(m, c)
	snapshot.Int(c, &m.mid)
	snapshot.Real(c, &m.own)
	snapshot.Int(c, &m.at)
	snapshot.Int(c, &m.trading)
	if snapshot.Uint(c, &m.horizon); m.horizon >= bandit.NumHorizons {
		c.Fail("a markout has horizon %d", m.horizon)
		m.horizon = 0
	}
	if c.Decoding() && m.child != nil && m.child.view == nil {
		c.Fail("a markout is on its way for child %d, whose prediction is gone", m.child.ID)
	}
}

// visitExecRef carries which of its child's executions a markout is of: its place from 1, 0 for none.
func (e *Engine) visitExecRef(m *markout, c *snapshot.Coder) {
	place := 0
	if !c.Decoding() && m.exec != nil && m.child != nil && e.children[m.child.ID] == m.child {
		for i, x := range m.child.execs {
			if x == m.exec {
				place = i + 1
			}
		}
	}
	snapshot.Int(c, &place)
	if !c.Decoding() || place == 0 {
		return
	}
	if m.child == nil || place < 0 || place > len(m.child.execs) {
		c.Fail("a markout is of execution %d, which is not there", place)
		return
	}
	m.exec = m.child.execs[place-1]
}
