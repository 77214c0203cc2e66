package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// H2 is learned and shown, as FillBy of a decision's venues. Plans are valued by H0's probability of any fill: with H2's in its
// place the learner and the oracle cost as much as before within what seeds differ by (balanced: no better; wide: better by
// less than the interval), and an H0 has fewer coefficients to learn.

// rests reports whether an order of that style waits for the other side.
func rests(s order.Style) bool { return s.Displayed() || s == order.StyleDark }

// lifeOf is what became of a child that rested: when it filled first at its place, or that it had not when it left it.
func (e *Engine) lifeOf(c *childState) bandit.Life {
	start := e.startOfRest(c)
	l := bandit.Life{End: max(0, c.restedTo.Sub(start)), Rest: e.restOf(c)}
	for _, x := range c.execs {
		if x.Busted || x.Qty <= 0 || x.later {
			continue
		}
		if at := max(0, x.At.Sub(start)); !l.Filled || at < l.End {
			l.End, l.Filled = at, true
		}
	}
	return l
}

// endLife puts what became of a child that rested, however early it was withdrawn, into the outcome's record.
func (e *Engine) endLife(out *event.RecordOutcome, c *childState) {
	c.restedTo = e.now
	if rests(c.Style) {
		l := e.lifeOf(c)
		recordLife(out, &l)
	}
}

// teachLife tells H2 how a child that rested fared: until its end it had not filled.
func (e *Engine) teachLife(c *childState) {
	if !rests(c.Style) {
		return
	}
	life := e.lifeOf(c)
	for _, sl := range e.learner.slots() {
		o, _ := e.opinionOf(sl, c)
		sl.bandit.ObserveLife(bandit.LifeOutcome{Arm: armOf(c.Venue, c.Style), Event: uint64(c.ID), Time: c.view.trading,
			Phi: sl.phi(&c.view.phi), Raw: sl.raw(&c.view.phi), Prediction: o.life, Life: life})
	}
}

// reviseLife tells it again, after a bust or a fill that came late (DRF-07).
func (e *Engine) reviseLife(out *event.RecordOutcome, c *childState) {
	if !rests(c.Style) {
		return
	}
	life := e.lifeOf(c)
	recordLife(out, &life)
	for _, sl := range e.learner.slots() {
		sl.bandit.ReviseLife(uint64(c.ID), life)
	}
}

// recordLife puts what H2 is told into the outcome's record.
func recordLife(out *event.RecordOutcome, l *bandit.Life) {
	out.RestNs, out.LifeNs, out.Lived = l.Rest, l.End, !l.Filled
}
