package router

import (
	"github.com/sluice-sor/sluice/internal/market"
)

// engineTimer is the one timer the engine asks the world for: the earliest of its own.
const engineTimer = 1

type timerKind uint8

const (
	timerParent  timerKind = iota + 1 // work the parent
	timerAck                          // a child has no answer yet
	timerSettle                       // a cancel has no answer yet
	timerMarkout                      // a horizon after a fill or an unfilled send
	timerClient                       // a client's grace after its link dropped
	timerParked                       // a revision waits for its execution
	timerControl                      // a control that is off goes on again
	timerHalt                         // what a halt withdrew should be confirmed
	timerBasket                       // people are told of a basket, or its time is over
)

// timer is one thing to do later. Whether it still matters is seen when it is due.
type timer struct {
	at      market.Time
	order   uint64 // ties fire in the order they were set
	kind    timerKind
	parent  *parentState
	child   *childState
	markout markout
	client  int
	gone    uint32
}

// timers is a heap by (at, order).
type timers struct {
	heap  []timer
	count uint64
	armed market.Time // what the world was last asked for
}

// before orders timers by time, then by when they were set.
func (t *timer) before(u *timer) bool { return t.at < u.at || t.at == u.at && t.order < u.order }

func (q *timers) push(t timer) {
	q.count++
	t.order = q.count
	q.heap = append(q.heap, t)
	for i := len(q.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.heap[i].before(&q.heap[up]) {
			return
		}
		q.heap[i], q.heap[up] = q.heap[up], q.heap[i]
		i = up
	}
}

func (q *timers) pop() timer {
	top, last := q.heap[0], len(q.heap)-1
	q.heap[0] = q.heap[last]
	q.heap[last] = timer{}
	q.heap = q.heap[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if q.heap[c].before(&q.heap[least]) {
				least = c
			}
		}
		if least == i {
			return top
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

// wake makes sure that the parent is worked no later than at.
func (e *Engine) wake(p *parentState, at market.Time) {
	if at <= e.now {
		at = e.now + 1
	}
	if at == forever || p.wakeAt != 0 && p.wakeAt <= at {
		return
	}
	p.wakeAt = at
	e.timers.push(timer{at: at, kind: timerParent, parent: p})
}

// armTimer asks the world for the earliest timer when it changed.
func (e *Engine) armTimer() {
	var at market.Time
	if len(e.timers.heap) > 0 {
		at = e.timers.heap[0].at
	}
	if at == e.timers.armed {
		return
	}
	e.timers.armed = at
	s := add(&e.cmds, &e.cmds.timers)
	s.Timer, s.At = engineTimer, at
}

// NextTimer gives when the engine wants a TimerFired, 0 for never: a restarted process arms it without a command.
func (e *Engine) NextTimer() market.Time { return e.timers.armed }

// timersDue runs everything due by now, in order.
func (e *Engine) timersDue() {
	for len(e.timers.heap) > 0 && e.timers.heap[0].at <= e.now {
		t := e.timers.pop()
		e.timerDue(&t)
	}
	e.timers.armed = 0
}

func (e *Engine) timerDue(t *timer) {
	if e.forgotten(t) {
		if t.kind == timerMarkout {
			e.releaseSymbol(t.markout.symbol)
		}
		return
	}
	switch t.kind {
	case timerParent:
		if t.parent.wakeAt == t.at {
			t.parent.wakeAt = 0
			e.work(t.parent, "clock")
		}
	case timerAck:
		e.ackOverdue(t.child, t.at)
	case timerSettle:
		e.settleOverdue(t.child, t.at)
	case timerMarkout:
		e.markoutDue(&t.markout)
	case timerParked:
		e.parkedOverdue(t.child)
	case timerClient:
		e.clientOverdue(t.client, t.gone)
	case timerControl:
		e.controlsDue()
	case timerHalt:
		e.haltsDue()
	case timerBasket:
		e.basketsDue()
	}
}

// forgotten reports whether a timer is about an order that is forgotten: it then has nothing to say (see keepDone).
func (e *Engine) forgotten(t *timer) bool {
	switch t.kind {
	case timerParent:
		return t.parent == nil || e.parents[t.parent.ID] != t.parent
	case timerAck, timerSettle, timerParked:
		return t.child == nil || e.children[t.child.ID] != t.child
	case timerMarkout:
		return t.markout.child == nil || e.children[t.markout.child.ID] != t.markout.child
	case timerClient, timerControl, timerHalt, timerBasket:
	}
	return false
}

func (e *Engine) watch(s *symbolState, on bool) {
	w := add(&e.cmds, &e.cmds.watches)
	w.Symbol, w.On = s.Symbol, on
}

// hold keeps a symbol's market coming while something needs it.
func (e *Engine) holdSymbol(s *symbolState) {
	if s.watched++; s.watched == 1 {
		e.watch(s, true)
	}
}

// release lets a symbol's market go when nothing needs it.
func (e *Engine) releaseSymbol(s *symbolState) {
	if s.watched--; s.watched == 0 {
		e.watch(s, false)
	}
}

// Watched calls f with every symbol whose market is wanted now, in the order of the configuration.
func (e *Engine) Watched(f func(market.Symbol)) {
	for i := range e.cfg.Instruments {
		if s := e.symbols[e.cfg.Instruments[i].Symbol]; s.watched > 0 {
			f(s.Symbol)
		}
	}
}
