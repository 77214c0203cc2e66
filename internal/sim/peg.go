package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const (
	crumbleWindow  = market.Millisecond     // how far back the crumbling-quote signal looks
	crumbleDefault = 2 * market.Millisecond // how long it stays on (case D)
)

// aim sets the price at which o may trade and rest.
func (b *lob) aim(o *ord) { o.price = b.target(o) }

// target gives the price of o under the venue's view of the consolidated quote, 0 to park it.
func (b *lob) target(o *ord) market.Price {
	switch o.typ {
	case order.Midpoint:
		q := b.seen()
		if q.bid > q.ask {
			return 0 // a crossed market has no midpoint
		}
		return capped(o, market.Mid(q.bid, q.ask))
	case order.Primary:
		q := b.seen()
		if o.buy {
			return capped(o, after(q.bid, o.offset))
		}
		return capped(o, after(q.ask, -o.offset))
	case order.DLimit:
		return b.discretion(o)
	}
	if o.postOnly && b.wouldTake(o.buy, o.limit) {
		return b.slid(o)
	}
	return o.limit
}

// capped gives p, but not worse than the order's limit.
func capped(o *ord, p market.Price) market.Price {
	if p > 0 && o.limit > 0 && o.side().Worse(p, o.limit) {
		return o.limit
	}
	return p
}

// after gives p + offset, 0 if there is no p.
func after(p, offset market.Price) market.Price {
	if p <= 0 {
		return 0
	}
	return max(p+offset, 1)
}

// slid gives the price one tick short of the displayed contra side.
func (b *lob) slid(o *ord) market.Price {
	far := priceOf(!o.buy, b.bestShown(!o.buy).key)
	if o.buy {
		return max(far-b.inst.Tick, b.inst.Tick)
	}
	return far + b.inst.Tick
}

// senseCrumbling turns the signal on where the quote seen is crumbling, and off where its price has gone.
func (b *lob) senseCrumbling() {
	t, q := b.national(), b.seen()
	for i, px := range [2]market.Price{q.ask, q.bid} {
		buy := i == 1
		if px != b.unsteady[i] || b.m.now >= b.steadyAt[i] {
			b.unsteady[i] = 0
		}
		// The signal's time runs from when the venue saw the quote crumble, not from when somebody last asked.
		until := q.at.Add(b.v.spec.Rules.ViewDelay + b.v.spec.Rules.CrumbleFor)
		if b.m.now < until && b.view.crumbling(t, buy, crumbleWindow) {
			b.unsteady[i], b.steadyAt[i] = px, until
		}
	}
}

// discretion gives a D-Limit order's price: its limit, or while the quote on its side crumbles one tick outside that quote.
// A price once stepped back stays there (case D).
func (b *lob) discretion(o *ord) market.Price {
	p, i := o.limit, 0
	if o.resting && o.price > 0 {
		p = o.price
	}
	if o.buy {
		i = 1
	}
	at := b.unsteady[i]
	if at == 0 || b.m.now >= b.steadyAt[i] || o.side().Worse(at, p) {
		return p
	}
	if o.buy {
		return max(at-b.inst.Tick, b.inst.Tick)
	}
	return at + b.inst.Tick
}
