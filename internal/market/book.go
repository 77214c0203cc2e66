package market

// MaxDepth is the number of price levels kept a side.
const MaxDepth = 10

// Level is one price level of a book.
type Level struct {
	Price Price
	Size  Qty
}

// Book is what one venue displays for one symbol: best level first. It is a value without pointers, so that
// copying it is a snapshot.
type Book struct {
	Bids, Asks       [MaxDepth]Level
	BidDepth         uint8
	AskDepth         uint8
	VenueTime        Time // the venue's stamp; 0 if it gives none
	Received         Time // when we had it; ages are measured from here
	Seq              uint64
	Halted, Poisoned bool // halted by the venue; sequence gap or crossed (MD-03)
}

// BestBid gives the best bid, the zero Level if there is none.
func (b *Book) BestBid() Level {
	if b.BidDepth == 0 {
		return Level{}
	}
	return b.Bids[0]
}

// BestAsk gives the best ask, the zero Level if there is none.
func (b *Book) BestAsk() Level {
	if b.AskDepth == 0 {
		return Level{}
	}
	return b.Asks[0]
}

// Far gives the levels an order on side s would take from, best first.
func (b *Book) Far(s Side) []Level {
	if s.IsBuy() {
		return b.Asks[:b.AskDepth]
	}
	return b.Bids[:b.BidDepth]
}

// Near gives the levels an order on side s would join, best first.
func (b *Book) Near(s Side) []Level {
	if s.IsBuy() {
		return b.Bids[:b.BidDepth]
	}
	return b.Asks[:b.AskDepth]
}

// Crossed reports whether the best bid is at or above the best ask: such a book is no basis for a decision (MD-03).
func (b *Book) Crossed() bool {
	return b.BidDepth > 0 && b.AskDepth > 0 && b.Bids[0].Price >= b.Asks[0].Price
}

// Takeable gives the displayed size that an order on side s with the given limit could take; limit 0 means any price.
func (b *Book) Takeable(s Side, limit Price) Qty {
	var q Qty
	for _, l := range b.Far(s) {
		if limit > 0 && s.Worse(l.Price, limit) {
			break
		}
		q += l.Size
	}
	return q
}

// SetSide replaces one side by levels (best first, at most MaxDepth are kept). What was deeper before is cleared, so that
// equal books are equal values.
func (b *Book) SetSide(s Side, levels []Level) {
	if s.IsBuy() {
		b.BidDepth = setLevels(&b.Bids, levels)
		return
	}
	b.AskDepth = setLevels(&b.Asks, levels)
}

func setLevels(side *[MaxDepth]Level, levels []Level) uint8 {
	n := copy(side[:], levels)
	clear(side[n:])
	return uint8(n)
}

// Quote is the consolidated national best bid and offer with the size at it over all venues that count.
type Quote struct {
	Bid, Ask         Price
	BidSize, AskSize Qty
}

// Mid gives the midpoint, 0 if a side is missing.
func (q Quote) Mid() Price { return Mid(q.Bid, q.Ask) }

// Spread gives ask − bid, 0 if a side is missing; it is negative when venues cross each other.
func (q Quote) Spread() Price {
	if q.Bid <= 0 || q.Ask <= 0 {
		return 0
	}
	return q.Ask - q.Bid
}

// Far gives the price an order on side s would take at.
func (q Quote) Far(s Side) Price {
	if s.IsBuy() {
		return q.Ask
	}
	return q.Bid
}

// Near gives the price an order on side s would join.
func (q Quote) Near(s Side) Price {
	if s.IsBuy() {
		return q.Bid
	}
	return q.Ask
}

// Consolidated is the books of all venues for one symbol. The zero value has no books.
type Consolidated struct {
	Books [MaxVenues]Book
	Has   [MaxVenues]bool
}

// Usable reports whether venue v's book may enter a decision at now: there, open, not crossed, no gap, and not
// older than ttl nanoseconds (ttl 0 means no limit) (MD-01, MD-03).
func (c *Consolidated) Usable(v VenueID, now Time, ttl int64) bool {
	if !c.Has[v] {
		return false
	}
	b := &c.Books[v]
	return !b.Halted && !b.Poisoned && !b.Crossed() && (ttl <= 0 || now.Sub(b.Received) <= ttl)
}

// NBBO gives the best bid and offer over the usable books of the displayed venues, with the size at the best price
// summed over venues.
func (c *Consolidated) NBBO(venues []Venue, now Time) Quote {
	var q Quote
	for i := range venues {
		v := &venues[i]
		if !v.Type.Displayed() || !c.Usable(v.ID, now, v.QuoteMs*Millisecond) {
			continue
		}
		b := &c.Books[v.ID]
		if l := b.BestBid(); l.Price > q.Bid {
			q.Bid, q.BidSize = l.Price, l.Size
		} else if l.Price == q.Bid && l.Price > 0 {
			q.BidSize += l.Size
		}
		if l := b.BestAsk(); l.Price > 0 && (q.Ask == 0 || l.Price < q.Ask) {
			q.Ask, q.AskSize = l.Price, l.Size
		} else if l.Price == q.Ask && l.Price > 0 {
			q.AskSize += l.Size
		}
	}
	return q
}
