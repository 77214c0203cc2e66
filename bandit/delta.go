package bandit

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A DeltaKey identifies one delta: merging the same key twice changes nothing (LRN-13, MOP-23).
type DeltaKey struct {
	Shard  uint64
	Epoch  uint32
	Bucket int64  // the bucket as of which the statistics are decayed
	Part   uint32 // 0, 1 … when more than one was taken in a bucket
}

func (k DeltaKey) compare(o DeltaKey) int {
	return cmp.Or(cmp.Compare(k.Shard, o.Shard), cmp.Compare(k.Epoch, o.Epoch), cmp.Compare(k.Bucket, o.Bucket), cmp.Compare(k.Part, o.Part))
}

// A Delta is what one learner learned since its last delta: sufficient statistics that add, so the
// order of merging does not matter beyond rounding. Means of coefficients are never exchanged.
// Late data and busts ride in the delta of the bucket in which they were applied, already weighted
// by their age.
type Delta struct {
	Key  DeltaKey
	arms []armDelta
}

type armDelta struct {
	fill    stats
	tox     [NumHorizons]stats
	size    counts
	service service
	hazard  stats
}

const (
	deltaMagic = "SLBDLT02"
	maxMerged  = 1 << 16
	maxStat    = 1e15 // bound on any exchanged figure
)

// Reasons why a delta is not merged.
var (
	ErrDeltaShape = errors.New("bandit: delta has other arms or dimensions than this learner")
	ErrDeltaEarly = errors.New("bandit: delta is from a bucket that has not begun here: advance first, then merge")
	ErrDeltaLate  = errors.New("bandit: delta is older than what is kept for late data")
	ErrDeltaSign  = errors.New("bandit: delta takes away more than is here: merge the deltas before it first")
	ErrDeltaFull  = errors.New("bandit: too many deltas within the retention period to tell them apart")
)

// TakeDelta gives what was learned since the last call, as of the present bucket, and starts anew.
// The usual time is right after Advance reported a new bucket.
func (l *Learner) TakeDelta() Delta {
	d := Delta{Key: DeltaKey{l.config.Shard, l.epochs.now, l.now, l.part}, arms: make([]armDelta, len(l.arms))}
	l.part++
	for i := range l.arms {
		a, out := &l.arms[i], &d.arms[i]
		out.fill = a.fill.q.out.take()
		for h, t := range a.tox {
			if t != nil {
				out.tox[h] = t.q.out.take()
			}
		}
		if a.size != nil {
			out.size, a.size.out = a.size.out, counts{}
		}
		out.service, a.service.out = a.service.out, service{}
		if a.hazard != nil {
			out.hazard = a.hazard.q.out.take()
		}
	}
	return d
}

func (s *stats) take() stats {
	t := stats{append([]float64(nil), s.s...), append([]float64(nil), s.r...)}
	clear(s.s)
	clear(s.r)
	return t
}

// Merge adds another learner's delta, weighted by its age, and reports whether it was new. A delta
// seen before and the learner's own report false without an error. On an error nothing changed.
func (l *Learner) Merge(d *Delta) (bool, error) {
	at, seen := slices.BinarySearchFunc(l.merged, d.Key, DeltaKey.compare)
	if seen || d.Key.Shard == l.config.Shard {
		return false, nil
	}
	switch l.config.Memory.check(l.now, d.Key.Bucket) {
	case Early:
		return false, ErrDeltaEarly
	case Expired:
		return false, ErrDeltaLate
	}
	if len(l.merged) >= maxMerged {
		return false, ErrDeltaFull
	}
	if !l.fits(d) {
		return false, ErrDeltaShape
	}
	weight := l.config.Memory.weight(l.now - d.Key.Bucket)
	if !l.bears(d, weight) {
		return false, ErrDeltaSign
	}
	for i := range l.arms {
		a, in := &l.arms[i], &d.arms[i]
		a.fill.q.merge(&in.fill, weight)
		for h, t := range a.tox {
			if t != nil {
				t.q.merge(&in.tox[h], weight)
			}
		}
		if a.size != nil {
			a.size.data.addScaled(&in.size, weight)
			a.size.refresh()
		}
		a.service.data.addScaled(in.service, weight)
		if a.hazard != nil {
			a.hazard.q.merge(&in.hazard, weight)
		}
	}
	l.merged = slices.Insert(l.merged, at, d.Key)
	return true, nil
}

func (q *posterior) merge(in *stats, weight float64) {
	q.settle()
	for i, v := range in.s {
		q.s[i] += float64(weight * v)
	}
	for i, v := range in.r {
		q.r[i] += float64(weight * v)
	}
	q.refactor()
}

// bears reports whether every head keeps a positive definite precision with the delta in it.
func (l *Learner) bears(d *Delta, weight float64) bool {
	for i := range l.arms {
		if !l.arms[i].fill.q.bears(&d.arms[i].fill, weight) {
			return false
		}
		for h, t := range l.arms[i].tox {
			if t != nil && !t.q.bears(&d.arms[i].tox[h], weight) {
				return false
			}
		}
		if h := l.arms[i].hazard; h != nil && !h.q.bears(&d.arms[i].hazard, weight) {
			return false
		}
	}
	return true
}

func (q *posterior) bears(in *stats, weight float64) bool {
	var a [maxCoordinates * maxCoordinates]float64
	s, _ := q.data()
	for i, v := range in.s {
		a[i] = q.prior.Precision[i] + s[i] + float64(weight*v)
	}
	return cholesky(q.l, a[:len(in.s)], q.dim())
}

func (l *Learner) fits(d *Delta) bool {
	if len(d.arms) != len(l.arms) {
		return false
	}
	for i := range l.arms {
		if len(d.arms[i].fill.r) != l.arms[i].fill.Dim() {
			return false
		}
		for h, t := range l.arms[i].tox {
			want := 0
			if t != nil {
				want = t.Dim()
			}
			if len(d.arms[i].tox[h].r) != want {
				return false
			}
		}
		want := 0
		if h := l.arms[i].hazard; h != nil {
			want = h.q.dim()
		}
		if len(d.arms[i].hazard.r) != want {
			return false
		}
	}
	return true
}

// forgetMerged drops the keys of deltas so old that a copy would be refused as late anyway.
func (l *Learner) forgetMerged() {
	oldest := l.now - l.config.Memory.Retain
	l.merged = slices.DeleteFunc(l.merged, func(k DeltaKey) bool { return k.Bucket < oldest })
}

// AppendBinary appends the delta's bytes to b.
func (d *Delta) AppendBinary(b []byte) []byte {
	e := encoder{append(b, deltaMagic...)}
	e.key(d.Key)
	e.u64(uint64(len(d.arms)))
	for i := range d.arms {
		a := &d.arms[i]
		e.stats(&a.fill)
		for h := range a.tox {
			e.stats(&a.tox[h])
		}
		e.counts(&a.size)
		e.service(&a.service)
		e.stats(&a.hazard)
	}
	return e.seal(len(b))
}

// ParseDelta reads what AppendBinary wrote. It refuses damaged bytes, figures that are not finite or
// absurdly large, and shapes out of bounds.
func ParseDelta(data []byte) (*Delta, error) {
	r := open(data, deltaMagic, "delta")
	d := &Delta{Key: r.key()}
	d.arms = make([]armDelta, r.count(MaxArms, 5))
	for i := range d.arms {
		a := &d.arms[i]
		a.fill = r.stats()
		for h := range a.tox {
			a.tox[h] = r.stats()
		}
		r.counts(&a.size)
		r.service(&a.service)
		a.hazard = r.stats()
	}
	if err := r.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading a delta: %w", err)
	}
	return d, nil
}

func (e *encoder) key(k DeltaKey) {
	e.u64(k.Shard)
	e.u64(uint64(k.Epoch))
	e.i64(k.Bucket)
	e.u64(uint64(k.Part))
}

func (d *decoder) key() DeltaKey {
	shard, epoch, bucket, part := d.u64(), d.u64(), d.i64(), d.u64()
	if epoch > math.MaxUint32 || part > math.MaxUint32 {
		d.fail("epoch %d or part %d is out of range", epoch, part)
	}
	return DeltaKey{shard, uint32(epoch), bucket, uint32(part)}
}

func (e *encoder) stats(s *stats) {
	e.u8(uint8(len(s.r)))
	e.symmetric(s.s, len(s.r))
	e.floats(s.r)
}

func (d *decoder) stats() stats {
	n := int(d.u8())
	if n > maxCoordinates || !d.has(n*(n+3)/2, 8) {
		d.fail("a head has %d coordinates: the limit is %d", n, maxCoordinates)
		return stats{}
	}
	s := stats{make([]float64, n*n), make([]float64, n)}
	d.symmetric(s.s, n)
	d.floats(s.r)
	d.bounded(s.s)
	d.bounded(s.r)
	return s
}

func (d *decoder) bounded(x []float64) {
	for _, v := range x {
		if abs(v) > maxStat {
			d.fail("a statistic is %v: the limit is %v", v, maxStat)
		}
	}
}

func (e *encoder) counts(c *counts) {
	e.floats(c.a[:])
	e.floats(c.b[:])
}

func (d *decoder) counts(c *counts) {
	d.floats(c.a[:])
	d.floats(c.b[:])
	d.bounded(c.a[:])
	d.bounded(c.b[:])
}

func (e *encoder) service(s *service) {
	for _, v := range s.fields() {
		e.f64(*v)
	}
}

func (d *decoder) service(s *service) {
	for _, v := range s.fields() {
		*v = d.f64()
		d.bounded([]float64{*v})
	}
}
