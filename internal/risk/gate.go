package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Gate is stage A of the pre-trade controls, owned by the engine. It judges; what it is told with Accepted, Replaced,
// Filled, Busted and Closed is the use of the limits that it judges by.
//
// A day is a UTC day: the executed amounts and the ClOrdIDs seen begin anew at midnight UTC, open amounts stay.
type Gate struct {
	limits      Limits
	shares      shares
	broken      error // limits that cannot be meant: everything is refused
	instruments map[market.Symbol]*instrument
	halts       halts
	usage       usage
	orphans     orphans
	today       market.Date // the trading day, by which lists are judged
	off         []off       // controls that people turned off for a while (RISK-13)
	arrivals    uint64      // new orders while one was off
}

// An instrument is what the gate knows of a symbol.
type instrument struct {
	market.Instrument
	last       market.Price // last trade, 0 = none yet
	restricted bool
	low, high  market.Price // the band outside which nothing may trade; 0 = none
	most       sizes
	sends      bucket // children of it
}

// NewGate gives a gate with no use so far. With limits that Check refuses, it refuses everything.
func NewGate(l Limits, instruments []market.Instrument) *Gate {
	g := &Gate{usage: newUsage()}
	g.SetLimits(l, instruments)
	return g
}

// SetLimits replaces the limits and the reference data, keeping the use so far, the halts and the last trades. Symbols
// that are not listed any more are refused from now on. With limits that Check refuses, everything is.
func (g *Gate) SetLimits(l Limits, instruments []market.Instrument) {
	old := g.instruments
	g.limits, g.broken = l.Clone(), l.Check()
	if g.broken == nil {
		g.shares = l.shares()
	}
	g.instruments = make(map[market.Symbol]*instrument, len(instruments))
	restricted := l.restricted()
	for i := range instruments {
		in := &instrument{Instrument: instruments[i], restricted: slices.Contains(restricted, instruments[i].Symbol)}
		if g.broken == nil {
			in.most = l.sizesOf(in.Symbol)
		}
		if before := old[in.Symbol]; before != nil {
			in.last, in.sends, in.low, in.high = before.last, before.sends, before.low, before.high
		}
		g.instruments[in.Symbol] = in
	}
}

// Version is the version of the limits in force, stored with every pass and every refusal (RISK-21).
func (g *Gate) Version() string { return g.limits.Version }

// Traded tells the gate the last trade of a symbol, the second choice of a reference price.
func (g *Gate) Traded(symbol market.Symbol, px market.Price) {
	if in := g.instruments[symbol]; in != nil && px > 0 {
		in.last = px
	}
}

// Band tells the gate the limit-up limit-down band of a symbol, 0 and 0 for none (RISK-04).
func (g *Gate) Band(symbol market.Symbol, low, high market.Price) {
	if in := g.instruments[symbol]; in != nil {
		in.low, in.high = low, high
	}
}

// Reference is the price a symbol's orders are judged by: the NBBO mid while the quote is not crossed and its spread
// within limits, else the last trade, else the prior close; 0 if there is none. A wide quote is never the reference
// (RISK-04).
func (g *Gate) Reference(symbol market.Symbol, q market.Quote) market.Price {
	in := g.instruments[symbol]
	if in == nil {
		return 0
	}
	return g.reference(in, q)
}

func (g *Gate) reference(in *instrument, q market.Quote) market.Price {
	mid, spread := q.Mid(), q.Spread()
	narrow := g.shares.spread == 0 || millionths(uint64(max(spread, 0)), uint64(max(mid, 0)), g.shares.spread) <= 0
	switch {
	case mid > 0 && spread >= 0 && narrow:
		return mid
	case in.last > 0:
		return in.last
	}
	return max(in.PriorClose, 0)
}

// worst is the price at which an order's amount is judged: the higher of its limit and the reference.
func worst(limit, ref market.Price) market.Price { return max(limit, ref) }

// Parent judges a new parent at its acceptance, before anything else (RISK-21): RISK-02 to RISK-06, RISK-09, RISK-10,
// halts, and whether it makes sense at all. It books no use of a
// limit but of the rate of messages: Accepted does.
func (g *Gate) Parent(client, clOrdID string, t *order.Terms, q market.Quote, now market.Time) Refusal {
	in, r := g.open(client, t.Symbol, t.Strategy)
	if !r.Passed() {
		return r
	}
	if r := g.message(client, now); !r.Passed() {
		return r
	}
	if r := sane(in, t); !r.Passed() {
		return r
	}
	if r := g.eligible(in, t); !r.Passed() {
		return r
	}
	if r := g.usage.repeated(client, clOrdID, t, now, g.limits.DuplicateWindow); g.stands(r) {
		return r
	}
	ref := g.reference(in, q)
	amount := market.NotionalOf(worst(t.Limit, ref), t.Qty)
	r = g.large(in, client, t, amount, amount, ref, q, now)
	if !r.Passed() && !r.Soft {
		return r
	}
	if thin := g.thinned(); !thin.Passed() {
		return thin
	}
	return r
}

// Again judges a parent once more that was accepted and waited: halts, lists, hard limits and prices of now. What it was
// booked with counts already, so nothing is added, and it is no message (RISK-20).
func (g *Gate) Again(client string, t *order.Terms, q market.Quote, now market.Time) Refusal {
	in, r := g.open(client, t.Symbol, t.Strategy)
	if !r.Passed() {
		return r
	}
	if r := g.eligible(in, t); !r.Passed() {
		return r
	}
	ref := g.reference(in, q)
	if r := g.large(in, client, t, market.NotionalOf(worst(t.Limit, ref), t.Qty), market.Notional{}, ref, q, now); !r.Soft {
		return r
	}
	return Refusal{}
}

// large is what grows with an order: its quantity, its amount of which added is new, its price. A soft refusal is the last
// word: every hard limit was passed before it.
func (g *Gate) large(in *instrument, client string, t *order.Terms, amount, added market.Notional, ref market.Price, q market.Quote, now market.Time) Refusal {
	if r := g.quantity(in, t.Qty); g.stands(r) {
		return r
	}
	if r := g.amount(in, client, t.Side, amount, added, now); g.stands(r) {
		return r
	}
	if r := g.price(in, t.Side, t.Limit, ref, q); g.stands(r) {
		return r
	}
	if amount.IsZero() {
		if r := g.unpriced(in, client); !r.Passed() {
			return r
		}
	}
	return g.unusual(client, amount, added, now)
}

// Replace judges the new terms of a parent. A reduction passes every limit (RISK-22): a quantity no larger at a limit no
// more aggressive only has to make sense.
func (g *Gate) Replace(client string, old, t *order.Terms, q market.Quote, now market.Time) Refusal {
	in := g.instruments[t.Symbol]
	if in == nil {
		return unknownSymbol(t.Symbol)
	}
	if r := sane(in, t); !r.Passed() {
		return r
	}
	if t.Symbol != old.Symbol || t.Side != old.Side || t.Account != old.Account {
		return refuse("INV-07", reasonUnsupported, "a replace cannot change symbol, side or account: cancel and send a new order")
	}
	if Reduces(old, t) {
		if old.LocateID != "" && t.LocateID == "" { // what is left is sold short by the new terms
			return g.located(t)
		}
		return Refusal{}
	}
	if _, r := g.open(client, t.Symbol, t.Strategy); !r.Passed() {
		return r
	}
	if r := g.message(client, now); !r.Passed() {
		return r
	}
	return g.grown(in, client, old, t, q, now)
}

// ReplaceAgain judges a replace once more that passed Replace and waited for its order's children to make room: halts, lists,
// limits, use and prices of now. It is no message.
func (g *Gate) ReplaceAgain(client string, old, t *order.Terms, q market.Quote, now market.Time) Refusal {
	if Reduces(old, t) {
		return Refusal{}
	}
	in, r := g.open(client, t.Symbol, t.Strategy)
	if !r.Passed() {
		return r
	}
	return g.grown(in, client, old, t, q, now)
}

// grown judges what is new of an order's terms.
func (g *Gate) grown(in *instrument, client string, old, t *order.Terms, q market.Quote, now market.Time) Refusal {
	if r := g.eligible(in, t); !r.Passed() {
		return r
	}
	ref := g.reference(in, q)
	amount := market.NotionalOf(worst(t.Limit, ref), t.Qty)
	before := market.NotionalOf(worst(max(old.Limit, 0), ref), max(old.Qty, 0))
	return g.large(in, client, t, amount, beyond(amount, before), ref, q, now)
}

// Reduces reports whether t asks for no more than old at no worse a price.
func Reduces(old, t *order.Terms) bool {
	if t.Qty > old.Qty || t.Type != old.Type {
		return false
	}
	if old.Limit == 0 || t.Limit == 0 {
		return t.Limit == old.Limit
	}
	return !t.Side.Worse(t.Limit, old.Limit)
}

// Child judges a child before it is sent, at the allocator: INV-01, INV-03, INV-04, INV-07, INV-10, RISK-02 to RISK-04
// and RISK-11. liveExposure is the sum of Exposure over the parent's live children, those in doubt in full; openChildren
// is their number.
func (g *Gate) Child(p *order.Parent, liveExposure market.Qty, openChildren int, c *order.Child, q market.Quote) Refusal {
	in, r := g.open(p.Client, c.Symbol, p.Terms.Strategy)
	if !r.Passed() {
		return r
	}
	if r := lawful(p, liveExposure, c); !r.Passed() {
		return r
	}
	if c.Style.Displayed() && in.Tick > 0 && c.Limit%in.Tick != 0 {
		return refuse("RISK-04", reasonOther, "displayed price %v is not on the tick of %v", c.Limit, in.Tick)
	}
	if most := g.limits.MaxOpenChildren; most > 0 && openChildren >= most && !g.IsOff("RISK-11") {
		return refuse("RISK-11", reasonLimit, "%d children are open, at most %d", openChildren, most)
	}
	if most := in.most.childQty; most > 0 && c.Qty > most && !g.IsOff("RISK-02") {
		return refuse("RISK-02", reasonLimit, "child of %d shares, at most %d", c.Qty, most)
	}
	ref := g.reference(in, q)
	amount := market.NotionalOf(worst(c.Limit, ref), c.Qty)
	if over(amount, in.most.childMoney) && !g.IsOff("RISK-03") {
		return refuse("RISK-03", reasonLimit, "child of %s, at most $%v", dollars(amount), in.most.childMoney)
	}
	r = g.price(in, c.Side, c.Limit, ref, q)
	switch {
	case !r.Soft && g.stands(r): // soft: the client confirmed it, or it came with its parent
		return r
	case amount.IsZero() && in.most.childMoney > 0 && !g.IsOff("RISK-03"):
		return unknownAmount("RISK-03", in)
	}
	return Refusal{}
}

// MostChild is the largest child of a symbol, 0 for no limit (RISK-02).
func (g *Gate) MostChild(symbol market.Symbol) market.Qty {
	if in := g.instruments[symbol]; in != nil {
		return in.most.childQty
	}
	return 0
}
