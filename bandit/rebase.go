package bandit

import (
	"errors"
	"fmt"
	"slices"
)

// Rebased says how a learner was based on other priors.
type Rebased struct {
	Heads    []int // heads that took each of the Trust's ρ, in its order
	Replayed int   // data taught anew through another map
	Missing  int   // data of the epochs that count which the ledger no longer has: they count for nothing, the next training has them
}

// Rebase gives a learner of the given priors, an ArmConfig for each arm, that were fitted to all data before epoch since, and of
// what l learned in the epochs from since on (SWP-03): each datum counts exactly once, in the priors or in the sums. Since 0
// keeps all sums. L is unchanged and may go on beside it; what either learns from now on is its own.
//
// Nothing is forgotten: the sums of the epochs that do not count are kept, so that Rebase with the former priors and the former
// since gives back the former learner, with what was learned in between (SWP-05). A head that is new begins with its prior, one
// that is there must have one; a head of another dimension needs Replay. A Noise of 0 is what l has found. Logistic data
// keep their point of linearisation. Change detectors begin anew. Cost O(heads·d³); the ledger is shared until it is written.
func (l *Learner) Rebase(arms []ArmConfig, since uint32, trust Trust) (*Learner, Rebased, error) {
	n, out, err := l.beside(arms, since, &trust)
	if err == nil {
		n.epochs.skip, err = l.epochs.from(since)
	}
	if err != nil {
		return nil, out, err
	}
	for i := range n.arms {
		if err := n.rebaseArm(i, &l.arms[i], &trust, &out); err != nil {
			return nil, out, fmt.Errorf("bandit: arm %d: %w", i, err)
		}
	}
	n.ledger = l.ledger.clone()
	return n, out, nil
}

// beside is a learner of other priors with l's place in time, and nothing learned.
func (l *Learner) beside(arms []ArmConfig, since uint32, trust *Trust) (*Learner, Rebased, error) {
	out := Rebased{Heads: make([]int, len(trust.Rho))}
	if len(arms) != len(l.arms) {
		return nil, out, fmt.Errorf("%w: %d for %d", ErrArms, len(arms), len(l.arms))
	}
	if !trust.valid() {
		return nil, out, fmt.Errorf("bandit: trust %+v: give ρ and Doubt of 0 to 1, and a Floor above 0 where ρ may be 0", *trust)
	}
	n := &Learner{config: l.config, now: l.now, epochs: l.epochs, tally: l.tally, part: l.part, arms: make([]arm, len(arms))}
	n.config.Arms, n.merged = slices.Clone(arms), slices.Clone(l.merged)
	n.epochs.ended = slices.Clone(l.epochs.ended)
	n.epochs.since = since
	return n, out, nil
}

var errDimension = errors.New("it has another dimension than what was learned: replay that")

// rebaseArm builds an arm on its prior, as far as it is believed, and on what was learned before.
func (l *Learner) rebaseArm(i int, was *arm, trust *Trust, out *Rebased) (err error) {
	c, skip := &l.config.Arms[i], l.epochs.skip
	if err := was.keeps(c); err != nil {
		return err
	}
	if c.Fill, err = trust.take(c.Fill, was.fill.q, skip, 1, out); err != nil {
		return fmt.Errorf("Fill: %w", err)
	}
	for h, t := range was.tox {
		if t == nil {
			continue
		}
		if c.Noise[h] == 0 {
			c.Noise[h] = t.noise
		}
		if c.Toxicity[h], err = trust.take(c.Toxicity[h], t.q, skip, c.Noise[h], out); err != nil {
			return fmt.Errorf("Toxicity[%d]: %w", h, err)
		}
	}
	if was.hazard != nil {
		if c.Hazard, err = trust.take(c.Hazard, was.hazard.q, skip, 1, out); err != nil {
			return fmt.Errorf("Hazard: %w", err)
		}
	}
	a := &l.arms[i]
	if err := a.build(c, &l.config); err != nil {
		return err
	}
	a.inherit(was, &l.epochs)
	a.place(was, &l.epochs)
	a.fill.q.inherit(was.fill.q, skip)
	for h, t := range was.tox {
		if t != nil {
			a.tox[h].q.inherit(t.q, skip)
		}
	}
	if was.hazard != nil {
		a.hazard.q.inherit(was.hazard.q, skip)
	}
	return nil
}

// keeps reports which head of the arm a configuration leaves out: its data could not be revised any more.
func (a *arm) keeps(c *ArmConfig) error {
	for h, t := range a.tox {
		if t != nil && len(c.Toxicity[h].Mean) == 0 {
			return fmt.Errorf("Toxicity[%d] is left out, and has been learned", h)
		}
	}
	if a.hazard != nil && len(c.Hazard.Mean) == 0 {
		return errors.New("Hazard is left out, and has been learned")
	}
	return nil
}

// take is temper for a head whose sums are kept, some of which do not count any more.
func (t *Trust) take(prior Prior, q *posterior, skip int, noise float64, out *Rebased) (Prior, error) {
	if len(prior.Mean) != q.dim() {
		return prior, fmt.Errorf("%w: %d and %d", errDimension, len(prior.Mean), q.dim())
	}
	if err := prior.validate(maxCoordinates); err != nil {
		return prior, err
	}
	counting := *q
	counting.skip, counting.sum = skip, stats{}
	prior, taken := t.temper(prior, &counting, q, noise)
	if taken < 0 {
		return prior, ErrWeakPrior
	}
	out.Heads[taken]++
	return prior, nil
}

// inherit takes the sums of heads without features.
func (a *arm) inherit(was *arm, of *epochs) {
	if a.size != nil {
		a.size.now, a.size.skip, a.size.past = was.fill.now, of.skip, make([]counts, len(of.ended))
		if was.size != nil {
			a.size.data, a.size.out = was.size.data, was.size.out
			copy(a.size.past, was.size.past)
		}
		a.size.refresh()
	}
	s := a.service
	s.now, s.skip, s.data, s.out = was.service.now, of.skip, was.service.data, was.service.out
	s.past = slices.Clone(was.service.past)
}

// place gives the heads with features, which have learned nothing, the present bucket and the epochs of the others.
func (a *arm) place(was *arm, of *epochs) {
	a.fill.now = was.fill.now
	a.fill.q.place(of)
	for _, t := range a.tox {
		if t != nil {
			t.now = was.fill.now
			t.q.place(of)
		}
	}
	if a.hazard != nil {
		a.hazard.now = was.fill.now
		a.hazard.q.place(of)
	}
}

// place gives a head that has learned nothing the epochs of the others.
func (q *posterior) place(of *epochs) { q.past, q.skip = make([]stats, len(of.ended)), of.skip }

// inherit takes what another head has learned, all of it.
func (q *posterior) inherit(from *posterior, skip int) {
	copy(q.s, from.s)
	copy(q.r, from.r)
	q.past, q.skip = slices.Clone(from.past), skip
	for i, e := range q.past {
		q.past[i] = stats{slices.Clone(e.s), slices.Clone(e.r)}
	}
	copy(q.out.s, from.out.s)
	copy(q.out.r, from.out.r)
	q.degraded = from.degraded
	q.refactor()
}
