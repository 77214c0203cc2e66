package sim

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// wait notes a resting order with discretion.
func (b *lob) wait(o *ord) {
	if o.beyond > 0 && !o.waits {
		o.waits = true
		b.waiting = append(b.waiting, o)
	}
}

func (b *lob) unwait(o *ord) {
	if o.waits {
		o.waits = false
		i := slices.Index(b.waiting, o)
		b.waiting = slices.Delete(b.waiting, i, i+1)
	}
}

// attract lets the discretionary orders of the other side come to what is left of o, at its price: the one with the best
// displayed price first, then the oldest. They take, unless o is immediate, so that even a post-only order trades with them.
func (b *lob) attract(o *ord) {
	if len(b.waiting) == 0 || o.leaves == 0 || o.price == 0 || o.typ == order.Market {
		return
	}
	b.called = b.called[:0]
	for _, d := range b.waiting {
		if d.buy != o.buy && !d.side().Worse(o.price, d.reach()) {
			b.called = append(b.called, d)
		}
	}
	slices.SortStableFunc(b.called, func(x, y *ord) int { return cmp.Compare(key(x.buy, x.price), key(y.buy, y.price)) })
	rest, take := market.Removed, market.Added
	if o.lapses() {
		rest, take = take, rest
	}
	for _, d := range b.called {
		n := min(o.leaves, d.open())
		switch {
		case n == 0:
			return
		case b.sameParty(d, o):
			if !b.preventSelfTrade(d, o) {
				return
			}
		case n >= d.least() && n >= o.least():
			b.hit(d, o, n, o.price, rest, take)
		}
	}
}
