package compare

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// quoted keeps a venue's newest book.
func (d *desk) quoted(v market.VenueID, s market.Symbol, b *market.Book) {
	i := d.feed.symbols[s]
	w := &d.feed.books[i][v]
	w.book, w.has, w.dirty = *b, true, true
	d.nudge(i)
}

// printed counts a trade's volume for the engine.
func (d *desk) printed(t *sim.Trade) {
	i := d.feed.symbols[t.Symbol]
	if !d.feed.watched[i] {
		return
	}
	w := &d.feed.books[i][t.Venue]
	w.qty, w.last, w.prints = w.qty+t.Qty, t.Price, w.prints+1
	w.value = w.value.Add(market.NotionalOf(t.Price, t.Qty))
	d.nudge(i)
}

func (d *desk) nudge(symbol int) {
	if d.feed.watched[symbol] && d.feed.flushAt == 0 {
		d.feed.flushAt = d.market.Now().Add(feedPace)
	}
}

// watch follows the engine's wish; a symbol that was not watched may have changed unseen.
func (d *desk) watch(symbol int, on bool) {
	d.feed.watched[symbol] = on
	for v := range d.feed.venues {
		w := &d.feed.books[symbol][v]
		w.dirty = w.has
		if !on {
			w.qty, w.value, w.prints = 0, market.Notional{}, 0
		}
	}
	d.nudge(symbol)
}

func (d *desk) flush() {
	d.feed.flushAt = 0
	for i, on := range d.feed.watched {
		if on {
			d.flushSymbol(i)
		}
	}
}

// flushSymbol gives the engine what changed in a symbol since it last looked.
func (d *desk) flushSymbol(symbol int) {
	name := d.config.Instruments[symbol].Symbol
	for v := range d.feed.venues {
		w := &d.feed.books[symbol][v]
		if w.dirty {
			w.dirty = false
			b := &d.feed.book
			*b = event.BookChanged{Venue: market.VenueID(v), Symbol: name, Bids: append(b.Bids[:0], w.book.Bids[:w.book.BidDepth]...),
				Asks: append(b.Asks[:0], w.book.Asks[:w.book.AskDepth]...), VenueTime: w.book.VenueTime, Halted: w.book.Halted, Poisoned: w.book.Poisoned}
			d.apply(b)
		}
		if w.prints > 0 {
			d.feed.trade = event.TradePrinted{Venue: market.VenueID(v), Symbol: name, Qty: w.qty, Value: w.value, LastPx: w.last, Prints: w.prints}
			w.qty, w.value, w.prints = 0, market.Notional{}, 0
			d.apply(&d.feed.trade)
		}
	}
}
