package sim

import (
	"math/bits"

	"github.com/sluice-sor/sluice/internal/market"
)

// lanes bounds the skip list: at one in four, twelve lanes serve sixteen million levels.
const lanes = 12

// level is one rung: the orders at one key, displayed before not displayed, each first in first out.
type level struct {
	key   int64
	shown market.Qty // displayed in total
	disp  fifo
	hid   fifo
	tall  int
	next  [lanes]*level
}

func (l *level) empty() bool { return l.disp.head == nil && l.hid.head == nil }

// ladder is a skip list of levels in ascending key, so that the best is the first: O(1) to read, O(log n) expected to
// insert and drop. Levels are reused.
type ladder struct {
	head level
	tall int
	free *level
	rnd  uint64
	n    int // orders on the ladder
}

func (l *ladder) best() *level { return l.head.next[0] }

// at gives the level of key, made if it was not there.
func (l *ladder) at(key int64) *level {
	var path [lanes]*level
	if lv := l.seek(key, &path); lv != nil {
		return lv
	}
	lv := l.free
	if lv != nil {
		l.free = lv.next[0]
		*lv = level{}
	} else {
		lv = new(level)
	}
	lv.key, lv.tall = key, l.height()
	for l.tall < lv.tall {
		path[l.tall] = &l.head
		l.tall++
	}
	for i := range lv.tall {
		lv.next[i] = path[i].next[i]
		path[i].next[i] = lv
	}
	return lv
}

// find gives the level of key, nil if there is none.
func (l *ladder) find(key int64) *level {
	var path [lanes]*level
	return l.seek(key, &path)
}

// drop takes an empty level off. Its next[0] keeps its value until the level is used again, but walkers take it before.
func (l *ladder) drop(lv *level) {
	var path [lanes]*level
	if l.seek(lv.key, &path) != lv {
		panic("sim: a level that is not on its ladder")
	}
	for i := range lv.tall {
		path[i].next[i] = lv.next[i]
	}
	lv.next[0] = l.free
	l.free = lv
}

func (l *ladder) seek(key int64, path *[lanes]*level) *level {
	at := &l.head
	for i := l.tall - 1; i >= 0; i-- {
		for at.next[i] != nil && at.next[i].key < key {
			at = at.next[i]
		}
		path[i] = at
	}
	if next := at.next[0]; next != nil && next.key == key {
		return next
	}
	return nil
}

// height draws a tower height: one more with probability a quarter, by xorshift.
func (l *ladder) height() int {
	x := l.rnd
	if x == 0 {
		x = 0x9e3779b97f4a7c15
	}
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	l.rnd = x
	return min(1+bits.TrailingZeros64(x|1<<40)/2, lanes)
}

// fifo is a queue of orders, linked through the orders themselves.
type fifo struct{ head, tail *ord }

func (q *fifo) push(o *ord) {
	o.prev, o.next = q.tail, nil
	if q.tail == nil {
		q.head = o
	} else {
		q.tail.next = o
	}
	q.tail = o
}

func (q *fifo) remove(o *ord) {
	if o.prev == nil {
		q.head = o.next
	} else {
		o.prev.next = o.next
	}
	if o.next == nil {
		q.tail = o.prev
	} else {
		o.next.prev = o.prev
	}
	o.prev, o.next = nil, nil
}
