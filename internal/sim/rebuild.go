package sim

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// recOrder is one recorded order, or (id 0) the part of a level that was there before the recording began or came from
// beyond its depth.
type recOrder struct {
	id         uint64
	buy        bool
	qty        market.Qty
	lvl        *recLevel
	prev, next *recOrder
	twin       *ord // its counterpart in the driven book
}

type recLevel struct {
	price      market.Price
	total      market.Qty
	head, tail *recOrder
}

// follower is told how the recorded book changes, to keep a driven book in step.
type follower interface {
	joined(r *recOrder)
	lost(r *recOrder, q market.Qty) // q less, or gone: r.qty is what remains
}

// rebuild makes the recorded book again from the messages, and sets right what they cannot tell: levels that come into
// view from beyond the recorded depth.
type rebuild struct {
	depth  int
	side   [2][]*recLevel // asks, bids; best first
	byID   map[uint64]*recOrder
	follow follower
	prev   []market.Level // the row before
	stats  RebuildStats
}

// RebuildStats says how well messages explain the recorded books.
type RebuildStats struct {
	Rows      int // messages applied
	Matched   int // the book from messages alone equals the recorded row
	Revealed  int // it differs only in levels that came into view from beyond the recorded depth
	Corrected int // it differs otherwise, and was set right from the row
	Orphans   int // messages about orders that the recording never submitted (there before it began, or out of view)
}

func newRebuild(depth int, f follower) *rebuild {
	return &rebuild{depth: depth, byID: map[uint64]*recOrder{}, follow: f}
}

func sideIndex(buy bool) int {
	if buy {
		return 1
	}
	return 0
}

// apply takes one message and the recorded book after it.
func (r *rebuild) apply(m *LobsterMessage, row []market.Level) {
	switch m.Type {
	case LobsterSubmit:
		r.add(m.ID, m.Buy, m.Price, m.Size)
	case LobsterReduce, LobsterExecute, LobsterDelete:
		r.reduce(m)
	}
	r.settle(row)
}

func (r *rebuild) level(buy bool, p market.Price) (int, bool) {
	k := key(buy, p)
	return slices.BinarySearchFunc(r.side[sideIndex(buy)], k, func(l *recLevel, k int64) int {
		switch lk := key(buy, l.price); {
		case lk < k:
			return -1
		case lk > k:
			return 1
		}
		return 0
	})
}

func (r *rebuild) add(id uint64, buy bool, p market.Price, q market.Qty) {
	if q <= 0 {
		return
	}
	i, ok := r.level(buy, p)
	s := &r.side[sideIndex(buy)]
	if !ok {
		*s = slices.Insert(*s, i, &recLevel{price: p})
	}
	lv := (*s)[i]
	o := &recOrder{id: id, buy: buy, qty: q, lvl: lv, prev: lv.tail}
	if lv.tail == nil {
		lv.head = o
	} else {
		lv.tail.next = o
	}
	lv.tail = o
	lv.total += q
	if id != 0 {
		r.byID[id] = o
	}
	if r.follow != nil {
		r.follow.joined(o)
	}
}

// find gives the recorded order that m is about, nil if it was never seen.
func (r *rebuild) find(m *LobsterMessage) *recOrder {
	if m.ID == 0 {
		return nil
	}
	return r.byID[m.ID]
}

// hit gives the recorded order whose shares an execution takes first; nil if the level is empty.
func (r *rebuild) hit(m *LobsterMessage) *recOrder {
	if o := r.find(m); o != nil {
		return o
	}
	i, ok := r.level(m.Buy, m.Price)
	if !ok {
		return nil
	}
	lv := r.side[sideIndex(m.Buy)][i]
	for o := lv.head; o != nil; o = o.next {
		if o.id == 0 {
			return o
		}
	}
	return lv.tail
}

// reduce takes m's shares from its order; what that does not have (the order came while its level was out of view) from the
// level's anonymous part, and then from its newest orders, which must be gone since their shares are.
func (r *rebuild) reduce(m *LobsterMessage) {
	q := m.Size
	if o := r.find(m); o != nil {
		n := min(q, o.qty)
		r.cut(o, n)
		q -= n
	}
	if q == 0 {
		return
	}
	r.stats.Orphans++
	i, ok := r.level(m.Buy, m.Price)
	if !ok {
		return
	}
	lv := r.side[sideIndex(m.Buy)][i]
	for o := lv.head; o != nil && q > 0; {
		next := o.next
		if o.id == 0 {
			n := min(q, o.qty)
			r.cut(o, n)
			q -= n
		}
		o = next
	}
	for lv.total > 0 && q > 0 {
		n := min(q, lv.tail.qty)
		r.cut(lv.tail, n)
		q -= n
	}
}

func (r *rebuild) cut(o *recOrder, q market.Qty) {
	lv := o.lvl
	o.qty -= q
	lv.total -= q
	if o.qty == 0 {
		if o.prev == nil {
			lv.head = o.next
		} else {
			o.prev.next = o.next
		}
		if o.next == nil {
			lv.tail = o.prev
		} else {
			o.next.prev = o.prev
		}
		if o.id != 0 {
			delete(r.byID, o.id)
		}
	}
	if r.follow != nil {
		r.follow.lost(o, q)
	}
	if lv.head == nil {
		i, _ := r.level(o.buy, lv.price)
		s := &r.side[sideIndex(o.buy)]
		*s = slices.Delete(*s, i, i+1)
	}
}

// settle compares the top of the book with the recorded row, counts, and sets right what differs.
func (r *rebuild) settle(row []market.Level) {
	r.stats.Rows++
	same, revealed := true, true
	for i := range 2 {
		for d := range r.depth {
			want, got := row[2*d+i], market.Level{}
			if d < len(r.side[i]) {
				got = market.Level{Price: r.side[i][d].price, Size: r.side[i][d].total}
			}
			if want == got {
				continue
			}
			same = false
			if !r.wasOutOfView(i == 1, want) {
				revealed = false
			}
		}
	}
	switch {
	case same:
		r.stats.Matched++
	case revealed:
		r.stats.Revealed++
	default:
		r.stats.Corrected++
	}
	if !same {
		r.correct(row)
	}
	r.prev = row
}

// wasOutOfView reports whether a level lies beyond the deepest one recorded in the row before.
func (r *rebuild) wasOutOfView(buy bool, lv market.Level) bool {
	if r.prev == nil {
		return true // before the first row everything was
	}
	last := r.prev[2*(r.depth-1)+sideIndex(buy)]
	return lv.Size == 0 || last.Size == 0 || key(buy, lv.Price) > key(buy, last.Price)
}

// correct makes the top of the book equal to the row: unknown shares are put last in their queue, and shares too many are
// taken from the end.
func (r *rebuild) correct(row []market.Level) {
	for i := range 2 {
		buy := i == 1
		for d := range r.depth {
			want := row[2*d+i]
			// Whatever stands before want, or anything if the row ends here, is not there.
			for d < len(r.side[i]) && (want.Size == 0 || key(buy, r.side[i][d].price) < key(buy, want.Price)) {
				r.trim(r.side[i][d], 0)
			}
			if want.Size == 0 {
				continue
			}
			var have market.Qty
			if d < len(r.side[i]) && r.side[i][d].price == want.Price {
				have = r.side[i][d].total
			}
			if have > want.Size {
				r.trim(r.side[i][d], want.Size)
			} else if have < want.Size {
				r.add(0, buy, want.Price, want.Size-have)
			}
		}
	}
}

// trim takes shares from the end of a level until total are left.
func (r *rebuild) trim(lv *recLevel, total market.Qty) {
	for lv.total > total {
		o := lv.tail
		r.cut(o, min(o.qty, lv.total-total))
	}
}
