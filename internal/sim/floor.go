package sim

import "github.com/sluice-sor/sluice/internal/market"

// matcher is one venue's market in one symbol: a limit order book or a midpoint pool.
type matcher interface {
	base() *floor
	refuse(o *ord) Reason             // why o may not enter now, ReasonNone if it may
	enter(o *ord)                     // trades what it can, rests or ends what remains
	remove(o *ord)                    // takes a resting order off, telling nobody
	shrink(o *ord, leaves market.Qty) // keeps priority
	look()                            // the venue's view of the consolidated quote moved
	watches() bool                    // whether any order depends on that view
	top() top                         // best displayed quote
	depth(b *market.Book)             // displayed levels
	each(visit func(o *ord))          // every resting order in priority order, for checks
}

// floor is what both kinds of matcher share.
type floor struct {
	m      *Market
	v      *venue
	sym    int
	inst   *market.Instrument
	halted bool
	dirty  bool
	view   lookout
	feed   feed
	tap    tap
}

// tap hears what happens to a book's resting orders, for recordings; nil for none.
type tap interface {
	added(o *ord)
	reduced(o *ord, q market.Qty)
	removed(o *ord, q market.Qty)
	executed(o *ord, q market.Qty, p market.Price)
}

func (f *floor) base() *floor { return f }

func (f *floor) national() *national { return f.m.national[f.sym] }

// seen gives the consolidated quote as the venue saw it last.
func (f *floor) seen() *moment { return f.national().get(f.view.i) }

// refresh brings the venue's view up to now, and its orders with it.
func (f *floor) refresh() {
	if !f.halted && f.view.see(f.national(), f.m.now, f.v.spec.Rules.ViewDelay) {
		f.v.books[f.sym].look()
	}
}

// traded books q shares at p between a resting order c and an incoming o, whose leaves are already reduced.
func (f *floor) traded(c, o *ord, q market.Qty, p market.Price, rest, take market.Liquidity) {
	f.m.stats.Trades++
	f.m.stats.Shares += q
	taker := o.side()
	if !f.v.spec.Type.Displayed() {
		taker = 0
	}
	f.m.print(f, p, q, taker, o.side())
	x := f.v.execution(c, o, q, p)
	f.fill(c, x, q, p, rest)
	f.fill(o, x, q, p, take)
}

func (f *floor) fill(o *ord, x uint64, q market.Qty, p market.Price, l market.Liquidity) {
	switch {
	case o.client != nil:
		o.client.fill(x, q, p, l)
	case o.agent != nil:
		o.agent.filled(o, q, p)
		if o.leaves == 0 {
			o.agent.done(o)
		}
	}
}

// end finishes an order that is on no book any more, with what remains unfilled.
func (f *floor) end(o *ord, k Kind, why Reason) {
	left := o.leaves
	o.leaves, o.shown = 0, 0
	switch {
	case o.client != nil:
		o.client.end(k, why, left)
	case o.agent != nil:
		o.agent.done(o)
	}
}

// arm asks to be woken when the venue's view of the consolidated quote moves next, if anything depends on it.
func (f *floor) arm(watches bool) {
	t := f.national()
	if f.view.armed || !watches || f.halted || f.view.i+1 >= t.n {
		return
	}
	f.view.armed = true
	next := max(f.view.i+1, t.n-min(t.n, memory))
	f.m.schedule(t.get(next).at.Add(f.v.spec.Rules.ViewDelay), f, 0)
}

// run is the wake-up that arm asked for.
func (f *floor) run(*Market, int64) {
	f.view.armed = false
	f.refresh()
	f.arm(f.v.books[f.sym].watches())
}
