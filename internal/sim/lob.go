package sim

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// lob is a limit order book: price, then displayed before not displayed, then time.
//
// Invariants: (1) an order is linked in exactly one level of its own side iff resting and price > 0; (2) a level's shown is
// the sum of its orders' shown; (3) no level is empty; (4) displayed orders never lock or cross displayed orders.
type lob struct {
	floor
	side     [2]ladder // asks, bids
	pegs     []*ord    // resting orders that the consolidated quote moves, in no order
	moved    []*ord    // scratch of look
	waiting  []*ord    // resting orders with discretion, oldest first
	called   []*ord    // scratch of attract
	steadyAt [2]market.Time
	unsteady [2]market.Price // price that crumbles until steadyAt
}

func (b *lob) ladder(buy bool) *ladder {
	if buy {
		return &b.side[1]
	}
	return &b.side[0]
}

func (b *lob) refuse(o *ord) Reason {
	b.refresh()
	if o.typ == order.Midpoint && o.postOnly {
		if q := b.seen(); market.Mid(q.bid, q.ask) <= market.Dollar && q.bid > 0 {
			return ReasonBadPrice // case A: midpoint post-only at or under one dollar is refused
		}
	}
	if o.postOnly && o.typ == order.Limit && !b.v.spec.Rules.PostOnlySlide && b.wouldTake(o.buy, o.limit) {
		return ReasonWouldTake
	}
	return ReasonNone
}

// wouldTake reports whether p locks or crosses the displayed contra side.
func (b *lob) wouldTake(buy bool, p market.Price) bool {
	far := b.bestShown(!buy)
	return far != nil && far.key <= -key(buy, p)
}

func (b *lob) bestShown(buy bool) *level {
	for lv := b.ladder(buy).best(); lv != nil; lv = lv.next[0] {
		if lv.shown > 0 {
			return lv
		}
	}
	return nil
}

// enter lets a new order in: it trades what it can, then rests, or ends if its terms do not let it rest.
func (b *lob) enter(o *ord) {
	b.m.nextID++
	o.id = b.m.nextID
	b.m.stats.Orders++
	b.refresh()
	if o.typ == order.DLimit {
		b.senseCrumbling()
	}
	b.aim(o)
	if o.tif == order.FOK || o.minQty > 0 && o.lapses() && b.v.spec.Rules.MinQtyAggregate {
		want := o.minQty
		if o.tif == order.FOK {
			want = o.leaves
		}
		o.minQty = 0
		if b.available(o, want) < want {
			why := ReasonMinQty
			if o.tif == order.FOK {
				why = ReasonNoLiquidity
			}
			b.end(o, Expired, why)
			return
		}
	}
	b.match(o)
	b.attract(o)
	if o.leaves == 0 {
		return
	}
	if o.lapses() {
		b.end(o, Expired, ReasonNoLiquidity)
		return
	}
	b.rest(o)
}

// rest puts what remains of o on its side, last at its price.
func (b *lob) rest(o *ord) {
	o.resting = true
	if o.isPeg() && !o.pegged {
		o.pegged, o.pegIdx = true, len(b.pegs)
		b.pegs = append(b.pegs, o)
		b.arm(true)
	}
	if o.price > 0 {
		b.link(o)
	}
	b.wait(o)
	if b.tap != nil && !o.hidden {
		b.tap.added(o)
	}
}

func (b *lob) link(o *ord) {
	ld := b.ladder(o.buy)
	lv := ld.at(key(o.buy, o.price))
	o.lvl = lv
	ld.n++
	if o.hidden {
		lv.hid.push(o)
		return
	}
	o.shown = o.leaves
	if o.display > 0 {
		o.shown = min(o.display, o.leaves)
	}
	lv.shown += o.shown
	lv.disp.push(o)
	b.touch()
}

func (b *lob) unlink(o *ord) {
	lv := o.lvl
	if lv == nil {
		return
	}
	if o.hidden {
		lv.hid.remove(o)
	} else {
		lv.shown -= o.shown
		lv.disp.remove(o)
		b.touch()
	}
	o.lvl = nil
	ld := b.ladder(o.buy)
	ld.n--
	if lv.empty() {
		ld.drop(lv)
	}
}

// remove takes a resting order off the book, telling nobody but the recorder.
func (b *lob) remove(o *ord) {
	if b.tap != nil && !o.hidden {
		b.tap.removed(o, o.shown)
	}
	b.leave(o)
}

func (b *lob) leave(o *ord) {
	b.unlink(o)
	o.resting = false
	b.unwait(o)
	if o.pegged {
		last := b.pegs[len(b.pegs)-1]
		b.pegs[o.pegIdx], last.pegIdx = last, o.pegIdx
		b.pegs = b.pegs[:len(b.pegs)-1]
		o.pegged = false
	}
}

// shrink makes a resting order smaller where it stands.
func (b *lob) shrink(o *ord, leaves market.Qty) {
	o.leaves = leaves
	if o.hidden || o.shown <= leaves {
		return
	}
	cut := o.shown - leaves
	o.shown = leaves
	if o.lvl != nil {
		o.lvl.shown -= cut
	}
	if b.tap != nil {
		b.tap.reduced(o, cut)
	}
	b.touch()
}

func (b *lob) touch() {
	if !b.dirty {
		b.dirty = true
		b.m.dirty = append(b.m.dirty, b)
	}
}

func (b *lob) watches() bool { return len(b.pegs) > 0 }

func (b *lob) top() (t top) {
	if b.halted {
		return t
	}
	if lv := b.bestShown(true); lv != nil {
		t.bid, t.bidSize = priceOf(true, lv.key), lv.shown
	}
	if lv := b.bestShown(false); lv != nil {
		t.ask, t.askSize = priceOf(false, lv.key), lv.shown
	}
	return t
}

func (b *lob) depth(out *market.Book) {
	out.BidDepth = b.levels(true, &out.Bids)
	out.AskDepth = b.levels(false, &out.Asks)
	out.Halted = b.halted
}

func (b *lob) levels(buy bool, to *[market.MaxDepth]market.Level) (n uint8) {
	for lv := b.ladder(buy).best(); lv != nil && n < market.MaxDepth; lv = lv.next[0] {
		if lv.shown > 0 {
			to[n] = market.Level{Price: priceOf(buy, lv.key), Size: lv.shown}
			n++
		}
	}
	return n
}

func (b *lob) each(visit func(o *ord)) {
	for _, buy := range [2]bool{true, false} {
		for lv := b.ladder(buy).best(); lv != nil; lv = lv.next[0] {
			for o := lv.disp.head; o != nil; o = o.next {
				visit(o)
			}
			for o := lv.hid.head; o != nil; o = o.next {
				visit(o)
			}
		}
	}
}

// look reprices pegged orders after the venue's view moved, oldest first, so that they keep their order among themselves.
func (b *lob) look() {
	if len(b.pegs) == 0 {
		return
	}
	b.senseCrumbling()
	b.moved = b.moved[:0]
	for _, o := range b.pegs {
		if b.target(o) != o.price {
			b.moved = append(b.moved, o)
		}
	}
	slices.SortFunc(b.moved, func(x, y *ord) int { return int(int64(x.id) - int64(y.id)) })
	for _, o := range b.moved {
		if o.resting { // an earlier one may have traded with it
			b.reprice(o)
		}
	}
}

func (b *lob) reprice(o *ord) {
	recorded := b.tap != nil && !o.hidden
	if recorded {
		b.tap.removed(o, o.shown)
	}
	b.unlink(o)
	b.aim(o)
	if o.price > 0 {
		b.match(o)
		b.attract(o)
		if o.leaves == 0 {
			b.leave(o)
			return
		}
		b.link(o)
		if recorded {
			b.tap.added(o)
		}
	}
	if o.typ == order.DLimit && o.client != nil {
		o.client.restated()
	}
}
