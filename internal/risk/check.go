package risk

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// open finds the instrument of an order that may be sent at all: the limits can be meant, the symbol is known, nothing
// is halted.
func (g *Gate) open(client string, symbol market.Symbol, by order.Strategy) (*instrument, Refusal) {
	if g.broken != nil {
		return nil, refuse("RISK-16", reasonBroker, "the limits %q cannot be meant, nothing passes: %v", g.limits.Version, g.broken)
	}
	in := g.instruments[symbol]
	if in == nil {
		return nil, unknownSymbol(symbol)
	}
	if g.halts.cover(client, symbol, "", by) {
		return nil, refuse("KILL-07", reasonBroker, "new orders are halted")
	}
	return in, Refusal{}
}

func unknownSymbol(symbol market.Symbol) Refusal {
	return refuse("RISK-10", reasonSymbol, "symbol %q is not traded by this router", symbol)
}

// sane refuses terms that no order can have: they come from a mistake, not from a wish.
func sane(in *instrument, t *order.Terms) Refusal {
	switch {
	case !t.Side.Valid():
		return refuse("FIX-10", reasonUnsupported, "side (54) %d is not one of buy, sell, sell short, sell short exempt", t.Side)
	case t.Qty <= 0:
		return refuse("RISK-02", reasonQuantity, "quantity (38) %d is not positive", t.Qty)
	case t.MinQty < 0 || t.MinQty > t.Qty:
		return refuse("FIX-08", reasonQuantity, "minimum quantity (110) %d is not between 0 and the quantity %d", t.MinQty, t.Qty)
	case t.MaxFloor < 0:
		return refuse("FIX-08", reasonQuantity, "display quantity (111) %d is negative", t.MaxFloor)
	case t.Limit < 0:
		return refuse("RISK-04", reasonOther, "limit price (44) %v is negative", t.Limit)
	case t.Type == order.Limit && t.Limit == 0:
		return refuse("RISK-04", reasonOther, "a limit order needs a limit price (44)")
	case t.Type == order.Market && t.Limit != 0:
		return refuse("RISK-04", reasonOther, "a market order has no limit price (44): send a limit order")
	case in.Tick > 0 && t.Limit%in.Tick != 0:
		return refuse("RISK-04", reasonOther, "limit price (44) %v is not on the tick of %v", t.Limit, in.Tick)
	}
	return Refusal{}
}

// quantity is RISK-02: a share count, and a share of the average daily volume.
func (g *Gate) quantity(in *instrument, q market.Qty) Refusal {
	if most := in.most.parentQty; most > 0 && q > most {
		return refuse("RISK-02", reasonLimit, "order of %d shares, at most %d", q, most)
	}
	if in.most.adv == 0 {
		return Refusal{}
	}
	if in.ADV <= 0 {
		return refuse("RISK-02", reasonLimit, "%s has no average daily volume to judge the order by", in.Symbol)
	}
	if millionths(uint64(q), uint64(in.ADV), in.most.adv) > 0 {
		return refuse("RISK-02", reasonLimit, "order of %d shares is more than %v %% of the average daily volume of %d", q, in.most.advPct, in.ADV)
	}
	return Refusal{}
}

// amount is RISK-03, RISK-05 and RISK-09: the order alone, then what is new of it on top of the client's minute, the
// client's day and the firm's day, gross and net.
func (g *Gate) amount(in *instrument, client string, side market.Side, whole, added market.Notional, now market.Time) Refusal {
	l := &g.limits
	k := l.creditOf(client)
	if most := tighter(in.most.parentMoney, k.parent); over(whole, most) {
		if r := refuse("RISK-03", reasonLimit, "order of %s, at most $%v", dollars(whole), most); g.stands(r) {
			return r
		}
	}
	if added.IsZero() {
		return Refusal{}
	}
	u := g.usage.used(client, now)
	if n := u.minute.Add(added); over(n, k.basket) {
		if r := refuse("RISK-05", reasonLimit, "orders of %s within a minute, at most $%v", dollars(n), k.basket); g.stands(r) {
			return r
		}
	}
	if g.IsOff("RISK-03") {
		return Refusal{}
	}
	if n := u.client.gross().Add(added); over(n, k.gross) {
		return refuse("RISK-03", reasonLimit, "open and executed would be %s today, at most $%v for a client", dollars(n), k.gross)
	}
	if n := u.client.net(side, added); over(n, k.net) {
		return refuse("RISK-03", reasonLimit, "net of buys and sells would be %s today, at most $%v for a client", dollars(n), k.net)
	}
	if n := u.firm.gross().Add(added); over(n, l.MaxFirmMoney) {
		return refuse("RISK-03", reasonLimit, "the firm's open and executed would pass its limit of $%v today", l.MaxFirmMoney)
	}
	if n := u.firm.net(side, added); over(n, l.MaxFirmNet) {
		return refuse("RISK-03", reasonLimit, "the firm's net of buys and sells would pass its limit of $%v today", l.MaxFirmNet)
	}
	return Refusal{}
}

// unpriced is RISK-03 and RISK-05 for an order of which no price is known: it may be worth anything, and passes no limit of money.
// RISK-04 refuses it before, where a reference is asked for and the control is not off for a while (RISK-13).
func (g *Gate) unpriced(in *instrument, client string) Refusal {
	l, k := &g.limits, g.limits.creditOf(client)
	if most := max(in.most.parentMoney, k.parent, k.gross, k.net, l.MaxFirmMoney, l.MaxFirmNet); most > 0 && !g.IsOff("RISK-03") {
		return unknownAmount("RISK-03", in)
	}
	if k.basket > 0 && !g.IsOff("RISK-05") {
		return unknownAmount("RISK-05", in)
	}
	return Refusal{}
}

func unknownAmount(rule string, in *instrument) Refusal {
	return refuse(rule, reasonOther, "%s has no price to judge the amount by: no narrow quote, no trade, no prior close, and the order has no limit", in.Symbol)
}

// unusual is the soft side of RISK-03 and RISK-05: an amount that no limit forbids and that a person looks at first.
func (g *Gate) unusual(client string, whole, added market.Notional, now market.Time) Refusal {
	soft := func(rule, text string, n market.Notional, most market.Money) Refusal {
		if !over(n, most) || g.IsOff(rule) {
			return Refusal{}
		}
		r := refuse(rule, reasonLimit, "%s of %s, above $%v: confirm it", text, dollars(n), most)
		r.Soft = true
		return r
	}
	if r := soft("RISK-03", "order", whole, g.limits.SoftParentMoney); !r.Passed() || g.limits.SoftBasketMoney == 0 || added.IsZero() {
		return r
	}
	return soft("RISK-05", "orders within a minute", g.usage.used(client, now).minute.Add(added), g.limits.SoftBasketMoney)
}

// Basket judges all orders of a list together by RISK-05: nothing of what is too much as a whole passes.
func (g *Gate) Basket(client string, all market.Notional) Refusal {
	most := g.limits.creditOf(client).basket
	if !over(all, most) || g.IsOff("RISK-05") {
		return Refusal{}
	}
	return refuse("RISK-05", reasonLimit, "a basket of %s, at most $%v", dollars(all), most)
}

// Amount is what an order is judged to be worth: its quantity at the higher of its limit and the reference price, nothing
// where it has no quantity.
func (g *Gate) Amount(t *order.Terms, q market.Quote) market.Notional {
	return market.NotionalOf(max(worst(t.Limit, g.Reference(t.Symbol, q)), 0), max(t.Qty, 0))
}

// tighter is the smaller of two limits, of which zero is none.
func tighter(a, b market.Money) market.Money {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// price is RISK-04: the limit, or what an order without one would trade at, against the collar around the reference.
func (g *Gate) price(in *instrument, s market.Side, limit, ref market.Price, q market.Quote) Refusal {
	if p := orElse(limit, q.Far(s)); p > 0 && in.high > 0 && (s.IsBuy() && p > in.high || !s.IsBuy() && p < in.low) {
		return refuse("RISK-04", reasonOther, "price %v is outside the limit-up limit-down band of %v to %v", p, in.low, in.high)
	}
	if ref == 0 {
		if g.limits.RequireReference && (limit == 0 || g.shares.collar > 0) {
			return refuse("RISK-04", reasonOther, "%s has no reference price to judge the order by: no narrow quote, no trade, no prior close", in.Symbol)
		}
		return Refusal{}
	}
	p := limit
	if p == 0 {
		p = q.Far(s)
	}
	switch {
	case p <= 0: // nothing to take: it would rest, peg or be refused by its venue
		return Refusal{}
	case g.shares.collar > 0 && through(s, p, ref, g.shares.collar):
		return refuse("RISK-04", reasonLimit, "price %v is more than %v bps through the reference %v", p, g.limits.CollarBps, ref)
	case g.shares.soft > 0 && through(s, p, ref, g.shares.soft):
		r := refuse("RISK-04", reasonLimit, "price %v is more than %v bps through the reference %v: confirm it", p, g.limits.SoftCollarBps, ref)
		r.Soft = true
		return r
	}
	return Refusal{}
}

// lawful is the order invariants that a child must keep with its parent.
func lawful(p *order.Parent, live market.Qty, c *order.Child) Refusal {
	t := &p.Terms
	switch {
	case p.State.Done() || p.Hold != order.HoldNone:
		return refuse("INV-10", reasonOther, "the parent is %v, hold %v", p.State, p.Hold)
	case c.State > order.PendingNew:
		return refuse("INV-04", reasonOther, "a child that is %v cannot be sent", c.State)
	case c.Qty <= 0 || c.Cum < 0 || c.Leaves < 0 || c.Cum > c.Qty || c.Leaves > c.Qty-c.Cum:
		return refuse("INV-03", reasonQuantity, "child of %d shares with %d filled and %d left", c.Qty, c.Cum, c.Leaves)
	case c.MinQty < 0 || c.MinQty > c.Qty || c.Display < 0 || c.Display > c.Qty:
		return refuse("INV-03", reasonQuantity, "child of %d shares with a minimum of %d and %d displayed", c.Qty, c.MinQty, c.Display)
	case c.Symbol != t.Symbol || c.Side != t.Side || (c.Parent != 0 && c.Parent != p.ID):
		return refuse("INV-07", reasonOther, "child of parent %d: %v %s under a parent to %v %s", c.Parent, c.Side, c.Symbol, t.Side, t.Symbol)
	case c.Limit < 0 || t.Limit > 0 && (c.Limit == 0 || t.Side.Worse(c.Limit, t.Limit)):
		return refuse("INV-07", reasonOther, "child limit %v is worse than the parent's %v", c.Limit, t.Limit)
	case c.Venue >= market.MaxVenues || !t.Permits(c.Venue):
		return refuse("INV-07", reasonOther, "the client does not permit venue %d", c.Venue)
	case live < 0 || p.Cum < 0 || c.Qty > t.Qty-p.Cum || live > t.Qty-p.Cum-c.Qty:
		return refuse("INV-01", reasonQuantity, "child of %d shares on top of %d filled and %d working, of %d ordered", c.Qty, p.Cum, live, t.Qty)
	}
	return Refusal{}
}
