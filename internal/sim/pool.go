package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// pool is a dark pool or an internalizer: nothing is displayed, everything trades at the midpoint of the consolidated
// quote as the venue sees it. Orders rest by time, or by size and then time, and an order trades only while the midpoint is
// within its limit. An order passed over (limit, minimum quantity) does not block those behind it.
//
// Cost: O(log n) to rest and to leave, O(1) a trade plus one step for each order passed over.
type pool struct {
	floor
	side [2]ladder // sells, buys; the key is minus the size under size priority, else 0
	mid  market.Price
	less bool // a trade left a resting order with less than its minimum quantity: it now accepts smaller contras
}

func (b *pool) ladder(buy bool) *ladder {
	if buy {
		return &b.side[1]
	}
	return &b.side[0]
}

func (b *pool) refuse(o *ord) Reason {
	if o.typ == order.Primary || o.typ == order.DLimit || o.display > 0 || o.beyond > 0 {
		return ReasonUnsupported
	}
	if b.v.spec.Type == market.Internalizer && !o.lapses() {
		return ReasonUnsupported // it answers at once or not at all
	}
	return ReasonNone
}

// sense brings the midpoint up to date; 0 while a side is missing or the market is crossed.
func (b *pool) sense() {
	q := b.seen()
	b.mid = 0
	if q.bid <= q.ask {
		b.mid = market.Mid(q.bid, q.ask)
	}
}

func (b *pool) enter(o *ord) {
	b.m.nextID++
	o.id = b.m.nextID
	o.hidden = true
	b.m.stats.Orders++
	if hold := b.v.spec.Rules.HoldFor; hold > 0 {
		o.ripe = b.m.now.Add(hold)
		b.m.schedule(o.ripe, (*ripening)(b), 0)
	}
	b.refresh()
	if o.tif == order.FOK || o.minQty > 0 && o.lapses() && b.v.spec.Rules.MinQtyAggregate {
		want := o.minQty
		if o.tif == order.FOK {
			want = o.leaves
		}
		o.minQty = 0
		if b.available(o, want) < want {
			b.end(o, Expired, ReasonMinQty)
			return
		}
	}
	if !o.postOnly {
		least := o.least()
		b.match(o)
		if o.leaves > 0 && o.least() < least { // what is left of it accepts those that it passed over
			b.match(o)
		}
	}
	b.meetAgain()
	if o.leaves == 0 {
		return
	}
	if o.lapses() {
		b.end(o, Expired, ReasonNoLiquidity)
		return
	}
	o.resting = true
	b.link(o)
	b.arm(true)
}

func (b *pool) link(o *ord) {
	k := int64(0)
	if b.v.spec.Rules.SizePriority {
		k = -int64(o.leaves)
	}
	ld := b.ladder(o.buy)
	o.lvl = ld.at(k)
	o.lvl.hid.push(o)
	ld.n++
}

// remove takes a resting order off the pool.
func (b *pool) remove(o *ord) {
	lv, ld := o.lvl, b.ladder(o.buy)
	lv.hid.remove(o)
	ld.n--
	if lv.empty() {
		ld.drop(lv)
	}
	o.lvl, o.resting = nil, false
}

func (b *pool) shrink(o *ord, leaves market.Qty) { o.leaves = leaves }

// ripening lets orders meet when one's holding period is over.
type ripening pool

func (r *ripening) run(*Market, int64) {
	b := (*pool)(r)
	b.refresh()
	if !b.halted {
		b.cross()
		b.meetAgain()
	}
}

// willing reports whether o trades at the midpoint now.
func (b *pool) willing(o *ord) bool {
	return b.mid > 0 && b.m.now >= o.ripe && (o.limit == 0 || !o.side().Worse(b.mid, o.limit))
}

// match trades o at the midpoint against the other side in priority order.
func (b *pool) match(o *ord) {
	if !b.willing(o) {
		return
	}
	for lv := b.ladder(!o.buy).best(); lv != nil && o.leaves > 0; {
		above := lv.next[0]
		for c := lv.hid.head; c != nil && o.leaves > 0; {
			next := c.next
			b.meet(c, o)
			c = next
		}
		lv = above
	}
}

// meet trades incoming o with resting c if both accept.
func (b *pool) meet(c, o *ord) {
	n := min(o.leaves, c.leaves)
	if !b.willing(c) || n < c.least() || n < o.least() {
		return
	}
	if rule := b.v.spec.Rules.SelfTrade; o.party != 0 && c.party == o.party && rule != AllowSelfTrade {
		if rule == CancelResting {
			b.remove(c)
			b.end(c, Canceled, ReasonSelfTrade)
		} else if !o.resting {
			b.end(o, Canceled, ReasonSelfTrade)
		}
		return
	}
	c.leaves -= n
	o.leaves -= n
	b.less = b.less || c.leaves > 0 && c.leaves < c.minQty || o.resting && o.leaves > 0 && o.leaves < o.minQty
	if c.leaves == 0 {
		b.remove(c)
	}
	b.traded(c, o, n, b.mid, market.AddedMid, market.RemovedMid)
}

func (b *pool) available(o *ord, want market.Qty) (got market.Qty) {
	if !b.willing(o) {
		return 0
	}
	for lv := b.ladder(!o.buy).best(); lv != nil && got < want; lv = lv.next[0] {
		for c := lv.hid.head; c != nil && got < want; c = c.next {
			if o.party != 0 && c.party == o.party && b.v.spec.Rules.SelfTrade != AllowSelfTrade {
				continue
			}
			if n := min(o.leaves-got, c.leaves); b.willing(c) && n >= c.least() {
				got += n
			}
		}
	}
	return got
}

// look lets resting orders meet that the new midpoint has brought within their limits: buys in priority order take.
func (b *pool) look() {
	was := b.mid
	b.sense()
	if b.mid != was {
		b.cross()
		b.meetAgain()
	}
}

// meetAgain lets resting orders meet that could not before, because what is left of one is below its minimum quantity.
func (b *pool) meetAgain() {
	for b.less {
		b.less = false
		b.cross()
	}
}

// cross lets the resting buys, in priority order, take what rests on the other side.
func (b *pool) cross() {
	if b.mid == 0 || b.side[0].n == 0 || b.side[1].n == 0 {
		return
	}
	for lv := b.ladder(true).best(); lv != nil && b.side[0].n > 0; {
		above := lv.next[0]
		for o := lv.hid.head; o != nil; {
			next := o.next
			b.match(o)
			if o.leaves == 0 && o.resting {
				b.remove(o)
			}
			o = next
		}
		lv = above
	}
}

func (b *pool) watches() bool { return b.side[0].n+b.side[1].n > 0 }

func (b *pool) top() top { return top{} }

func (b *pool) depth(out *market.Book) { out.Halted = b.halted }

func (b *pool) each(visit func(o *ord)) {
	for _, buy := range [2]bool{true, false} {
		for lv := b.ladder(buy).best(); lv != nil; lv = lv.next[0] {
			for o := lv.hid.head; o != nil; o = o.next {
				visit(o)
			}
		}
	}
}
