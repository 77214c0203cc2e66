package journal

import (
	"math/bits"
	"time"
)

// Stats is what the journal has done since its start. Counters only grow.
type Stats struct {
	Appended uint64 // records that have a place
	Durable  uint64 // seq up to which they are durable
	Queued   int    // bytes that wait for the next commit
	Stalls   uint64 // appends that blocked on a full commit (JRN-09)
	Commits  uint64 // commits written
	Syncs    uint64 // fdatasync calls for records; allocations, headers and marks are not counted
	Bytes    uint64 // bytes of records written, padding included
	Segments int    // segments of the log
	NoSpare  bool   // the last try to preallocate the next segment failed
	Spare    bool   // the next segment is preallocated: a full volume stops the log one segment later (JRN-10)

	// Commit is the time from the append of a commit's oldest record to its durability, which is the longest that
	// one of its records waited (JRN-09).
	Commit Histogram
}

// Stats gives a copy of the counters.
func (j *Journal) Stats() Stats {
	j.statMu.Lock()
	s := j.stats
	j.statMu.Unlock()
	s.Commits = s.Commit.Count
	s.Durable = j.Durable()
	j.mu.Lock()
	s.Queued, s.Stalls = len(j.open.buf), j.stalls
	s.Appended = j.next.Load() - j.start
	j.mu.Unlock()
	j.segMu.RLock()
	s.Segments = len(j.segs)
	j.segMu.RUnlock()
	return s
}

// Space gives the bytes of the journal's volume that are free for use, and all of them (JRN-10).
func (j *Journal) Space() (free, total int64, err error) { return j.cfg.FS.Space(j.cfg.Dir) }

// Buckets of a Histogram: four to each doubling from 1 us on, up to about 17 s. Bounds are at most 25 % apart, which
// is finer than any limit that is set on a commit's time.
const (
	histogramSteps   = 4
	histogramBuckets = 24*histogramSteps + 2
)

// Histogram counts durations. The zero value is empty; a copy is a snapshot.
type Histogram struct {
	Count   uint64
	Sum     time.Duration
	Max     time.Duration
	Buckets [histogramBuckets]uint64 // Buckets[i] counts durations below Bound(i) and not below Bound(i-1)
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) { h.observe(int64(d)) }

func (h *Histogram) observe(ns int64) {
	ns = max(ns, 0)
	h.Count++
	h.Sum += time.Duration(ns)
	h.Max = max(h.Max, time.Duration(ns))
	h.Buckets[bucketOf(ns)]++
}

func bucketOf(ns int64) int {
	us := uint64(ns) / 1000
	if us == 0 {
		return 0
	}
	doubling := bits.Len64(us) - 1
	// The two bits below the leading one, from nanoseconds so that small values have steps too.
	step := int((uint64(ns)*histogramSteps/1000)>>doubling) - histogramSteps
	return min(1+doubling*histogramSteps+step, histogramBuckets-1)
}

// Bound gives the exclusive upper bound of bucket i. The last bucket has none; for it Bound gives the largest
// duration.
func (*Histogram) Bound(i int) time.Duration {
	if i >= histogramBuckets-1 {
		return 1<<63 - 1
	}
	doubling, step := i/histogramSteps, i%histogramSteps
	return time.Duration((uint64(histogramSteps+step) * 1000 << doubling) / histogramSteps)
}

// Quantile gives the bound below which the share q of all durations lies, 0 <= q <= 1: at most 25 % too high. It is
// 0 for an empty histogram.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.Count == 0 {
		return 0
	}
	want := uint64(q * float64(h.Count))
	var seen uint64
	for i, n := range h.Buckets {
		if seen += n; seen > want || seen == h.Count {
			return min(h.Bound(i), h.Max)
		}
	}
	return h.Max
}

// Add counts what o counted.
func (h *Histogram) Add(o Histogram) {
	h.Count += o.Count
	h.Sum += o.Sum
	h.Max = max(h.Max, o.Max)
	for i, n := range o.Buckets {
		h.Buckets[i] += n
	}
}

// Since gives what h counted after the snapshot before. Max stays that of h, because maxima cannot be subtracted.
func (h Histogram) Since(before Histogram) Histogram {
	h.Count -= before.Count
	h.Sum -= before.Sum
	for i := range h.Buckets {
		h.Buckets[i] -= before.Buckets[i]
	}
	return h
}
