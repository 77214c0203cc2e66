package nms

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Kind is an order type of amended Rule 605, by how the order met the quote when it was received.
type Kind uint8

// The kinds. There are no stop orders.
const (
	MarketOrder Kind = iota + 1
	MarketableLimit
	MarketableIOC
	MidpointOrBetter
	MidpointOrBetterIOC
	NonMarketable
	NonMarketableIOC
	kindEnd
)

var kindNames = [...]string{"none", "market", "marketable limit", "marketable IOC", "midpoint-or-better limit", "midpoint-or-better IOC",
	"non-marketable limit", "non-marketable IOC"}

func (k Kind) String() string {
	if k < kindEnd {
		return kindNames[k]
	}
	return "unknown kind"
}

// Marketable reports whether the order could have executed against the quote at once.
func (k Kind) Marketable() bool { return k >= MarketOrder && k <= MarketableIOC }

// immediate reports whether the order cannot rest.
func (o *Order) immediate() bool { return o.TIF == order.IOC || o.TIF == order.FOK }

// price is the worst price at which the order executes while the quote stands: its limit, or where it is pegged to. ok is false
// for a market order.
func (o *Order) price() (px market.Price, ok bool) {
	switch o.Type {
	case order.Market:
		return 0, false
	case order.Midpoint:
		px = market.Mid(o.Quote.Bid, o.Quote.Ask)
	case order.Primary:
		px = o.near()
	default:
		return o.Limit, o.Limit > 0
	}
	if o.Limit > 0 && o.worse(px, o.Limit) {
		px = o.Limit
	}
	return px, true
}

// worse reports whether p is a worse price for the order than q.
func (o *Order) worse(p, q market.Price) bool {
	return market.Price(o.Side.Sign())*(p-q) > 0
}

// near is the quote on the order's own side, far the one that it would take.
func (o *Order) near() market.Price {
	if o.Side.IsBuy() {
		return o.Quote.Bid
	}
	return o.Quote.Ask
}

func (o *Order) far() market.Level {
	if o.Side.IsBuy() {
		return market.Level{Price: o.Quote.Ask, Size: o.Quote.AskSize}
	}
	return market.Level{Price: o.Quote.Bid, Size: o.Quote.BidSize}
}

// covered gives why an order is in no row, empty if it is in one.
func (o *Order) covered() string {
	switch {
	case o.Rejected:
		return "rejected by the venue"
	case o.Quote.Bid <= 0 || o.Quote.Ask <= 0:
		return "no two-sided quote when it was received"
	case o.Quote.Bid > o.Quote.Ask:
		return "the quote was crossed when it was received"
	}
	return ""
}

// kind classifies a covered order.
func (o *Order) kind() Kind {
	px, limited := o.price()
	if !limited {
		return MarketOrder
	}
	k := NonMarketable
	switch {
	case !o.worse(o.far().Price, px):
		k = MarketableLimit
	case !o.worse(market.Mid(o.Quote.Bid, o.Quote.Ask), px):
		k = MidpointOrBetter
	}
	if o.immediate() {
		k++
	}
	return k
}

// Size is a size category of amended Rule 605: a range of notional value, and what part of a round lot it is.
type Size uint8

// sizeBounds are the upper bounds of the ranges in dollars; the last one has none.
var sizeBounds = [...]int64{250, 1_000, 5_000, 10_000, 20_000, 50_000, 200_000}

var sizeNames = [...]string{"under $250", "$250 to $1,000", "$1,000 to $5,000", "$5,000 to $10,000", "$10,000 to $20,000", "$20,000 to $50,000",
	"$50,000 to $200,000", "$200,000 and more"}

func (s Size) String() string {
	part := "round lot"
	if s&1 == 0 {
		part = "odd lot"
	}
	return sizeNames[s>>1] + ", " + part
}

// size classifies a covered order by its shares at the price that it could have taken, or at its limit if that is lower.
func (o *Order) size() Size {
	px := o.far().Price
	if limit, ok := o.price(); ok && limit < px && limit > 0 {
		px = limit
	}
	lot := o.Lot
	if lot <= 0 {
		lot = 100
	}
	n := Size(0)
	value := market.NotionalOf(px, o.Qty)
	for _, bound := range sizeBounds {
		if value.Less(market.NotionalOf(market.Dollar, market.Qty(bound))) {
			break
		}
		n++
	}
	s := n << 1
	if o.Qty >= lot {
		s |= 1
	}
	return s
}
