package bandit

import (
	"errors"
	"fmt"
	"slices"
)

// keptEpochs is how many epochs that have ended a learner tells apart; older ones are merged.
const keptEpochs = 4

// Reasons why a learner is not based on other priors.
var (
	ErrEpochAhead  = errors.New("bandit: the priors were fitted up to an epoch that has not begun here: cut first")
	ErrEpochMerged = errors.New("bandit: the priors were fitted so long ago that the data after them cannot be told from those before: train anew")
	ErrEpochGone   = errors.New("bandit: what was learned that long ago through another map is in no sum: replay it")
	ErrWeakPrior   = errors.New("bandit: corrections of data that the prior was fitted to take away more than it holds: train anew")
	ErrArms        = errors.New("bandit: other priors must be for the same arms")
)

// span is one or several epochs that ended (SWP-01), whose statistics are one sum.
type span struct {
	first, last uint32
	data        uint64 // applied in them, of the heads with features
}

// epochs says which statistics belong to which epochs, for all heads alike: each head has one sum for each span that ended, in
// the same order, and one of the present epoch. The first skip of them are in the priors and do not count again.
type epochs struct {
	now   uint32
	since uint32 // epochs before it do not count
	whole uint32 // of epochs before it there are no sums, or not of all heads
	data  uint64 // applied in the present epoch
	ended []span
	skip  int
}

// end puts the present epoch among those that ended and begins another. Merge is the place of the pair that becomes one, −1 for
// none: the oldest two on the same side of what counts.
func (e *epochs) end(next uint32) (merge int) {
	e.ended = append(e.ended, span{e.now, e.now, e.data})
	e.now, e.data = next, 0
	if len(e.ended) <= keptEpochs {
		return -1
	}
	if merge = e.skip; merge >= 2 {
		merge = 0
		e.skip--
	}
	e.ended[merge].last = e.ended[merge+1].last
	e.ended[merge].data += e.ended[merge+1].data
	e.ended = slices.Delete(e.ended, merge+1, merge+2)
	return merge
}

// from gives how many of the sums that ended lie before an epoch.
func (e *epochs) from(since uint32) (skip int, err error) {
	if since < e.whole {
		return 0, fmt.Errorf("%w: epoch %d, of epochs before %d only the ledger may know", ErrEpochGone, since, e.whole)
	}
	if since > e.now {
		return 0, fmt.Errorf("%w: epoch %d, here is epoch %d", ErrEpochAhead, since, e.now)
	}
	for i, s := range e.ended {
		if s.first < since && since <= s.last {
			return 0, fmt.Errorf("%w: epoch %d, of %d to %d there is one sum", ErrEpochMerged, since, s.first, s.last)
		}
		if s.last < since {
			skip = i + 1
		}
	}
	return skip, nil
}

// counting is how many data count.
func (e *epochs) counting() uint64 {
	n := e.data
	for _, s := range e.ended[e.skip:] {
		n += s.data
	}
	return n
}

// Epoch numbers the present epoch: data belong to the epoch in which they are applied (SWP-01).
func (l *Learner) Epoch() uint32 { return l.epochs.now }

// Since is the first epoch whose data count beside the priors, which were fitted to those before it.
func (l *Learner) Since() uint32 { return l.epochs.since }

// Cut ends the epoch: what was learned up to here is in the training set that was just cut, what
// follows is not (SWP-01). It gives the ended epoch's last delta and the new epoch.
func (l *Learner) Cut() (Delta, uint32) {
	last, _ := l.CutTo(l.epochs.now + 1)
	return last, l.epochs.now
}

// CutTo is Cut with a number for the epoch that begins, which must be above that of the present one. Late data and corrections
// of what was learned before the cut belong to the epoch that begins: a bust is a negative contribution to it (SWP-02).
func (l *Learner) CutTo(epoch uint32) (Delta, error) {
	if epoch <= l.epochs.now {
		return Delta{}, fmt.Errorf("bandit: epoch %d cannot begin in epoch %d", epoch, l.epochs.now)
	}
	last := l.TakeDelta()
	merge := l.epochs.end(epoch)
	l.part = 0
	for i := range l.arms {
		l.arms[i].cut(merge, l.epochs.skip)
	}
	return last, nil
}

// cut ends the epoch of all heads of the arm, merges a pair of those that ended, and says how many of them do not count.
func (a *arm) cut(merge, skip int) {
	a.fill.q.cut(merge, skip)
	for _, t := range a.tox {
		if t != nil {
			t.q.cut(merge, skip)
		}
	}
	if a.hazard != nil {
		a.hazard.q.cut(merge, skip)
	}
	if h := a.size; h != nil {
		h.past = append(h.past, h.data)
		h.data = counts{}
		if merge >= 0 {
			h.past[merge].addScaled(&h.past[merge+1], 1)
			h.past = slices.Delete(h.past, merge+1, merge+2)
		}
		h.skip = skip
		h.refresh()
	}
	h := a.service
	h.past = append(h.past, h.data)
	h.data = service{}
	if merge >= 0 {
		h.past[merge].addScaled(h.past[merge+1], 1)
		h.past = slices.Delete(h.past, merge+1, merge+2)
	}
	h.skip = skip
}

// cut puts the statistics of the present epoch among the past ones.
func (q *posterior) cut(merge, skip int) {
	ended := stats{}
	if !zero(q.s) || !zero(q.r) {
		ended = stats{slices.Clone(q.s), slices.Clone(q.r)}
	}
	q.past = append(q.past, ended)
	clear(q.s)
	clear(q.r)
	if merge >= 0 {
		q.past[merge] = q.past[merge].plus(q.past[merge+1])
		q.past = slices.Delete(q.past, merge+1, merge+2)
	}
	q.skip = skip
}

// plus is the sum, which may share s's or b's memory; nothing is the sum of nothing.
func (s stats) plus(b stats) stats {
	if s.s == nil {
		return b
	}
	if b.s != nil {
		for i, v := range b.s {
			s.s[i] += v
		}
		for i, v := range b.r {
			s.r[i] += v
		}
	}
	return s
}

// data gives S and r of the epochs that count.
func (q *posterior) data() (s, r []float64) {
	if q.skip == len(q.past) {
		return q.s, q.r
	}
	if q.sum.s == nil {
		q.sum = stats{make([]float64, len(q.s)), make([]float64, len(q.r))}
	}
	copy(q.sum.s, q.s)
	copy(q.sum.r, q.r)
	for _, e := range q.past[q.skip:] {
		q.sum.plus(e)
	}
	return q.sum.s, q.sum.r
}
