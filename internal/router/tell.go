package router

import (
	"cmp"

	"github.com/sluice-sor/sluice/bandit"
)

// slots are the one that serves and the one beside it.
func (l *learner) slots() []*slot {
	l.both = [2]*slot{l.slot, l.beside}
	if l.beside == nil {
		return l.both[:1]
	}
	return l.both[:]
}

// other is the slot that is not sl, nil if there is none.
func (l *learner) other(sl *slot) *slot {
	if sl == l.slot {
		return l.beside
	}
	return l.slot
}

// slotOf is the slot that serves a parent: its own for life, as long as that has a place and is trusted (MOP-24).
func (l *learner) slotOf(p *parentState) *slot {
	if l.beside != nil && p.slot == l.beside.serial && !l.beside.barred {
		return l.beside
	}
	return l.slot
}

// decided is the slot that decided on a child, the one that serves if it has no place any more.
func (l *learner) decided(c *childState) *slot {
	if l.beside != nil && c.view.slot == l.beside.serial {
		return l.beside
	}
	return l.slot
}

// lendOpinion gives memory for an opinion.
func (l *learner) lendOpinion() *opinion {
	if n := len(l.second); n > 0 {
		o := l.second[n-1]
		l.second = l.second[:n-1]
		return o
	}
	return new(opinion)
}

// opinionOf is what a slot said of a child at its decision. One that had no place then says it now: the datum counts for it all
// the same, and own is false. The opinion is valid until the next call.
func (e *Engine) opinionOf(sl *slot, c *childState) (o *opinion, own bool) {
	o = &e.learner.late
	switch v := c.view; {
	case v.slot == sl.serial:
		o.slot, o.fill, o.tox, o.curve, o.life = v.slot, v.fill, v.tox, v.curve, v.life
	case c.second != nil && c.second.slot == sl.serial:
		return c.second, true
	default:
		sl.opine(o, armOf(c.Venue, c.Style), rests(c.Style), v.curve.Taken, &v.phi)
		return o, false
	}
	return o, true
}

// tellFill tells both slots what a child brought, each with its own prediction, and gives the receipt of the one that decided.
func (e *Engine) tellFill(c *childState, x *bandit.FillOutcome) (receipt bandit.Receipt) {
	l := &e.learner
	decided := l.decided(c)
	for i, sl := range l.slots() {
		o, own := e.opinionOf(sl, c)
		x.Phi, x.Raw, x.Prediction, x.Curve = sl.phi(&c.view.phi), sl.raw(&c.view.phi), o.fill, o.curve
		r := sl.bandit.ObserveFill(*x)
		if r.Refusal == bandit.Applied {
			sl.version++
		}
		if sl == decided {
			receipt = r
		}
		l.vigil.sawFill(i, own, r.Refusal, o, x, sl.bandit.Size(x.Arm) != nil)
	}
	if l.beside != nil {
		e.vigilate(cmp.Or(l.vigil.scoreFill(l.watched(), c, e.now), l.vigil.lostData(l.slots()[l.watched()])))
	}
	return receipt
}

// tellMarkout tells both slots a markout.
func (e *Engine) tellMarkout(c *childState, m *markout, tox float64) (receipt bandit.Receipt) {
	l := &e.learner
	decided := l.decided(c)
	for i, sl := range l.slots() {
		o, own := e.opinionOf(sl, c)
		r := sl.bandit.ObserveToxicity(bandit.ToxicityOutcome{Arm: armOf(c.Venue, c.Style), Event: m.exec.report, Horizon: m.horizon,
			Time: m.trading, Phi: sl.phi(&c.view.phi), Raw: sl.raw(&c.view.phi), Prediction: o.tox[m.horizon], Z: tox})
		if r.Refusal == bandit.Applied {
			sl.version++
		}
		if sl == decided {
			receipt = r
		}
		l.vigil.sawMarkout(i, own && m.horizon == c.view.decide, r.Refusal, &o.tox[m.horizon])
	}
	if l.beside != nil {
		e.vigilate(l.vigil.scoreMarkout(l.watched(), c, tox, e.now))
	}
	return receipt
}

// tellAnswer tells both slots how a venue answered.
func (e *Engine) tellAnswer(c *childState, seconds float64, rejected bool) {
	l, arm := &e.learner, armOf(c.Venue, c.Style)
	for _, sl := range l.slots() {
		sl.bandit.ObserveAnswer(arm, uint64(c.ID), l.trading, seconds, rejected)
	}
	if l.beside != nil && c.view != nil && c.view.slot == l.slots()[l.watched()].serial {
		e.vigilate(l.vigil.scoreAnswer(arm, rejected, c, e.now))
	}
}
