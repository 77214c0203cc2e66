package fixgw

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// A ladder is one symbol's book at one venue, rebuilt from W and X: entries by id, and the price levels that they sum
// to. It is poisoned from the first thing that does not fit until the next W (MD-03).
type ladder struct {
	known    bool // a W has come
	halted   bool
	poisoned bool
	seq      uint64
	entries  map[string]quoteEntry
	bids     []market.Level // best first
	asks     []market.Level
}

// full replaces the book by a W's entries.
func (l *ladder) full(entries []quoteEntry) {
	l.known, l.poisoned = true, false
	l.entries = make(map[string]quoteEntry, len(entries))
	l.bids, l.asks = l.bids[:0], l.asks[:0]
	for i := range entries {
		if entries[i].isLevel() {
			l.add(&entries[i])
		}
	}
}

// change applies one entry of an X. An entry that is changed or deleted without being there means that something was
// missed.
func (l *ladder) change(e *quoteEntry) {
	switch e.action {
	case actionNew:
		l.remove(e.key(), false)
		l.add(e)
	case actionChange:
		old := e.key()
		if e.ref != "" {
			old = e.ref
		}
		l.remove(old, true)
		l.add(e)
	case actionDelete:
		l.remove(e.key(), true)
	}
}

func (e *quoteEntry) isLevel() bool { return e.kind == entryBid || e.kind == entryOffer }

// key is the entry's id; without one the side and the price are it.
func (e *quoteEntry) key() string {
	if e.id != "" {
		return e.id
	}
	return string(rune(e.kind)) + "@" + e.px.String()
}

func (l *ladder) add(e *quoteEntry) {
	if !e.isLevel() || e.px <= 0 {
		l.poisoned = true
		return
	}
	l.entries[e.key()] = *e
	if e.size > 0 {
		l.move(e.kind, e.px, e.size)
	}
}

func (l *ladder) remove(key string, must bool) {
	e, ok := l.entries[key]
	if !ok {
		l.poisoned = l.poisoned || must
		return
	}
	delete(l.entries, key)
	l.move(e.kind, e.px, -e.size)
}

// move adds size at a price level and drops the level when nothing is left.
func (l *ladder) move(kind byte, px market.Price, size market.Qty) {
	side, sign := &l.asks, 1
	if kind == entryBid {
		side, sign = &l.bids, -1
	}
	i, found := slices.BinarySearchFunc(*side, px, func(a market.Level, b market.Price) int { return sign * cmp.Compare(a.Price, b) })
	if !found {
		if size > 0 {
			*side = slices.Insert(*side, i, market.Level{Price: px, Size: size})
		}
		return
	}
	if (*side)[i].Size += size; (*side)[i].Size <= 0 {
		*side = slices.Delete(*side, i, i+1)
	}
}

// book gives the best levels.
func (l *ladder) book(venueTime, received market.Time) market.Book {
	l.seq++
	b := market.Book{VenueTime: venueTime, Received: received, Seq: l.seq, Halted: l.halted, Poisoned: l.poisoned || !l.known}
	b.SetSide(market.Buy, l.bids)
	b.SetSide(market.Sell, l.asks)
	return b
}

// differences gives the X entries that turn book old into book new, level by level.
func differences(symbol market.Symbol, old, now *market.Book, at market.Time) []quoteEntry {
	var out []quoteEntry
	side := func(kind byte, was, is []market.Level) {
		for _, l := range was {
			if !slices.ContainsFunc(is, func(m market.Level) bool { return m.Price == l.Price }) {
				out = append(out, quoteEntry{action: actionDelete, kind: kind, symbol: symbol, px: l.Price, at: at})
			}
		}
		for _, l := range is {
			i := slices.IndexFunc(was, func(m market.Level) bool { return m.Price == l.Price })
			switch {
			case i < 0:
				out = append(out, quoteEntry{action: actionNew, kind: kind, symbol: symbol, px: l.Price, size: l.Size, at: at})
			case was[i].Size != l.Size:
				out = append(out, quoteEntry{action: actionChange, kind: kind, symbol: symbol, px: l.Price, size: l.Size, at: at})
			}
		}
	}
	side(entryBid, old.Near(market.Buy), now.Near(market.Buy))
	side(entryOffer, old.Far(market.Buy), now.Far(market.Buy))
	return out
}

// bookEntries gives the W entries of a book.
func bookEntries(b *market.Book, at market.Time) []quoteEntry {
	var out []quoteEntry
	for _, l := range b.Near(market.Buy) {
		out = append(out, quoteEntry{action: actionNew, kind: entryBid, px: l.Price, size: l.Size, at: at})
	}
	for _, l := range b.Far(market.Buy) {
		out = append(out, quoteEntry{action: actionNew, kind: entryOffer, px: l.Price, size: l.Size, at: at})
	}
	return out
}
