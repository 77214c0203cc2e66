package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ord is an order inside a book. Agents own theirs and use them again after done; a client's lives in a clientOrder.
type ord struct {
	id       uint64 // new at each entry to a queue
	buy      bool
	postOnly bool
	hidden   bool
	recorded bool // a recorded market's liquidity: what a client takes from it stays taken
	typ      order.Type
	tif      order.TIF
	qty      market.Qty // total
	leaves   market.Qty
	shown    market.Qty   // displayed part of leaves
	limit    market.Price // 0 = none
	price    market.Price // where it rests; 0 = parked (a peg without a quote)
	minQty   market.Qty
	display  market.Qty
	offset   market.Price
	beyond   market.Price // discretion: how far past its price it trades, unseen; 0 = none
	ripe     market.Time  // a holding pool lets it trade from then on
	party    int32        // self-trade prevention; 0 = none
	agent    agent        // nil for a client's order
	client   *clientOrder

	resting    bool
	lvl        *level
	prev, next *ord
	pegged     bool
	pegIdx     int  // place in the book's list of pegs
	waits      bool // whether it is in the book's list of discretionary orders
}

// agent is who is told what happens to its orders. It must not touch a book from inside these calls.
type agent interface {
	filled(o *ord, q market.Qty, p market.Price)
	done(o *ord) // filled, canceled or expired: the order may be used again
}

func (o *ord) side() market.Side {
	if o.buy {
		return market.Buy
	}
	return market.Sell
}

// reach is the worst price at which o trades as the one that comes.
func (o *ord) reach() market.Price { return o.price + market.Price(o.side().Sign())*o.beyond }

// open is what one visit of a contra may take.
func (o *ord) open() market.Qty {
	if o.hidden {
		return o.leaves
	}
	return o.shown
}

// least is the smallest execution o accepts now: MinQty, until less than that is left (cases B3, C11).
func (o *ord) least() market.Qty { return min(o.minQty, o.leaves) }

// isPeg reports whether the consolidated quote moves the order.
func (o *ord) isPeg() bool {
	return o.typ == order.Midpoint || o.typ == order.Primary || o.typ == order.DLimit
}

// lapses reports whether what does not trade at once ends.
func (o *ord) lapses() bool {
	return o.tif == order.IOC || o.tif == order.FOK || o.typ == order.Market
}

// key orders prices best first: ascending for asks, descending for bids.
func key(buy bool, p market.Price) int64 {
	if buy {
		return -int64(p)
	}
	return int64(p)
}

func priceOf(buy bool, key int64) market.Price {
	if buy {
		return market.Price(-key)
	}
	return market.Price(key)
}
