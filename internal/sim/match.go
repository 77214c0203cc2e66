package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// worthTaking is the improvement per share for which a post-only order takes resting hidden interest instead of posting
// (case A: Nasdaq's midpoint post-only, prices above one dollar).
const worthTaking = market.Price(5_000)

// match trades o against the other side as far as its price reaches. A contra that may not trade with o (minimum quantity)
// is passed over and does not block those behind it. O(log n) a trade.
func (b *lob) match(o *ord) {
	if o.typ != order.Market && o.price == 0 {
		return // a parked peg
	}
	for lv := b.ladder(!o.buy).best(); lv != nil && o.leaves > 0; {
		if !reaches(o, lv) {
			return
		}
		next := lv.next[0]
		if !o.postOnly {
			b.sweep(&lv.disp, o)
		}
		if o.leaves > 0 && (!o.postOnly || worth(o, lv)) {
			b.sweep(&lv.hid, o)
		}
		lv = next
	}
}

func reaches(o *ord, lv *level) bool {
	return o.typ == order.Market || lv.key <= -key(o.buy, o.reach())
}

func worth(o *ord, lv *level) bool {
	p := priceOf(!o.buy, lv.key)
	return p > market.Dollar && -key(o.buy, o.price)-lv.key >= int64(worthTaking)
}

// sweep trades o against one queue, first in first out.
func (b *lob) sweep(q *fifo, o *ord) {
	for c := q.head; c != nil && o.leaves > 0; {
		next := c.next
		switch n := min(o.leaves, c.open()); {
		case b.sameParty(c, o):
			if !b.preventSelfTrade(c, o) {
				return
			}
		case n >= c.least() && n >= o.least():
			b.hit(c, o, n, c.price, market.Added, market.Removed)
			if next == nil && c.resting {
				next = c // its next slice went to the end, where it already was
			}
		}
		c = next
	}
}

func (b *lob) sameParty(c, o *ord) bool {
	return o.party != 0 && c.party == o.party && b.v.spec.Rules.SelfTrade != AllowSelfTrade
}

// preventSelfTrade reports whether the incoming order goes on.
func (b *lob) preventSelfTrade(c, o *ord) bool {
	if b.v.spec.Rules.SelfTrade == CancelIncoming {
		b.end(o, Canceled, ReasonSelfTrade)
		return false
	}
	b.remove(c)
	b.end(c, Canceled, ReasonSelfTrade)
	return true
}

// hit executes n shares of resting c against incoming o at p, for the liquidity rest and take. A reserve order whose slice is
// gone shows the next one, behind everything displayed at its price.
func (b *lob) hit(c, o *ord, n market.Qty, p market.Price, rest, take market.Liquidity) {
	if n <= 0 {
		panic("sim: an execution without shares")
	}
	lv := c.lvl
	c.leaves -= n
	o.leaves -= n
	if c.hidden {
		rest = market.AddedHidden
		if c.typ == order.Midpoint {
			rest, take = market.AddedMid, market.RemovedMid
		}
	} else {
		c.shown -= n
		lv.shown -= n
		b.touch()
	}
	if b.tap != nil {
		b.tap.executed(c, n, p)
	}
	if c.leaves == 0 {
		b.leave(c)
	} else if !c.hidden && c.shown == 0 {
		lv.disp.remove(c)
		c.shown = min(c.display, c.leaves)
		lv.shown += c.shown
		lv.disp.push(c)
		if b.tap != nil {
			b.m.nextID++
			c.id = b.m.nextID
			b.tap.added(c)
		}
	}
	b.traded(c, o, n, p, rest, take)
}

// available counts what o could trade at once, at most want, under the minimum quantities of the contras. O(contras).
func (b *lob) available(o *ord, want market.Qty) market.Qty {
	var got market.Qty
	for lv := b.ladder(!o.buy).best(); lv != nil && got < want && reaches(o, lv); lv = lv.next[0] {
		for _, q := range [2]*fifo{&lv.disp, &lv.hid} {
			for c := q.head; c != nil && got < want; c = c.next {
				if b.sameParty(c, o) {
					if b.v.spec.Rules.SelfTrade == CancelIncoming {
						return got
					}
					continue
				}
				if n := min(o.leaves-got, c.leaves); n >= c.least() {
					got += n
				}
			}
		}
	}
	return got
}
