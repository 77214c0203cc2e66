package sim

import "github.com/sluice-sor/sluice/internal/market"

// task is something that happens at a time: an agent waking, a request arriving, a report leaving.
type task interface{ run(m *Market, arg int64) }

type event struct {
	at  market.Time
	seq uint64
	do  task
	arg int64
}

// queue is the event queue: a 4-ary heap ordered by (time, sequence), so that ties happen in the order they were
// scheduled. O(log n) an operation; the zero value is empty.
type eventQueue struct {
	heap []event
	seq  uint64
}

func (q *eventQueue) push(at market.Time, do task, arg int64) {
	q.seq++
	e := event{at, q.seq, do, arg}
	q.heap = append(q.heap, e)
	h, i := q.heap, len(q.heap)-1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(&h[up]) {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = e
}

func (q *eventQueue) pop() event {
	h := q.heap
	top, n := h[0], len(h)-1
	last := h[n]
	h[n] = event{}
	q.heap = h[:n]
	if n > 0 {
		q.sink(last)
	}
	return top
}

func (q *eventQueue) sink(e event) {
	h, i := q.heap, 0
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&e) {
			break
		}
		h[i], i = h[least], least
	}
	h[i] = e
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.seq < o.seq
}
