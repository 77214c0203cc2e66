package shard

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// Conflator keeps the newest book and the volume since the last flush of every venue and symbol, and submits what the
// engine watches: the journal holds the books that decisions saw, never a feed.
type Conflator struct {
	shard *Shard
	pace  time.Duration
	wake  chan struct{}
	ended chan struct{}

	mu      sync.Mutex
	symbols map[market.Symbol]*quotes
	list    []*quotes // in the order they were first seen
}

// quotes is one symbol's market.
type quotes struct {
	symbol  market.Symbol
	watched bool
	venues  [market.MaxVenues]venueQuotes
	seen    []market.VenueID
}

type venueQuotes struct {
	book   market.Book
	has    bool
	dirty  bool
	qty    market.Qty
	value  market.Notional
	last   market.Price
	prints uint32
}

func newConflator(s *Shard) *Conflator {
	pace := s.cfg.Pace
	if pace <= 0 {
		pace = time.Millisecond
	}
	return &Conflator{shard: s, pace: pace, wake: make(chan struct{}, 1), ended: make(chan struct{}), symbols: map[market.Symbol]*quotes{}}
}

// Book takes a venue's book.
func (c *Conflator) Book(v market.VenueID, symbol market.Symbol, b *market.Book) {
	now := c.shard.cfg.Now() // the engine's clock: the feed's may be set
	c.mu.Lock()
	q := c.at(v, symbol)
	w := &q.venues[v]
	w.book, w.has, w.dirty = *b, true, true
	w.book.Received = now
	watched := q.watched
	c.mu.Unlock()
	if watched {
		c.nudge()
	}
}

// Trade takes a print.
func (c *Conflator) Trade(v market.VenueID, symbol market.Symbol, px market.Price, qty market.Qty, _ market.Time) {
	if px <= 0 || qty <= 0 {
		return
	}
	c.mu.Lock()
	q := c.at(v, symbol)
	if q.watched {
		w := &q.venues[v]
		w.qty, w.last, w.prints = w.qty+qty, px, w.prints+1
		w.value = w.value.Add(market.NotionalOf(px, qty))
	}
	watched := q.watched
	c.mu.Unlock()
	if watched {
		c.nudge()
	}
}

// Lost poisons every book of a venue whose market data broke: no decision uses them until new ones come (MD-03).
func (c *Conflator) Lost(v market.VenueID, _ string) {
	c.mu.Lock()
	for _, q := range c.list {
		if w := &q.venues[v]; w.has && !w.book.Poisoned {
			w.book.Poisoned, w.dirty = true, true
		}
	}
	c.mu.Unlock()
	c.nudge()
}

func (c *Conflator) quotes(symbol market.Symbol) *quotes {
	q := c.symbols[symbol]
	if q == nil {
		q = &quotes{symbol: symbol}
		c.symbols[symbol] = q
		c.list = append(c.list, q)
	}
	return q
}

func (c *Conflator) at(v market.VenueID, symbol market.Symbol) *quotes {
	q := c.quotes(symbol)
	if !slices.Contains(q.seen, v) {
		q.seen = append(q.seen, v)
	}
	return q
}

// watch follows the engine's wish; it comes from the engine's goroutine.
func (c *Conflator) watch(symbol market.Symbol, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.quotes(symbol)
	q.watched = on
	for _, v := range q.seen {
		w := &q.venues[v]
		w.dirty = w.has // a symbol that was not watched may have changed unseen
		if !on {
			w.qty, w.value, w.prints = 0, market.Notional{}, 0
		}
	}
	if on {
		c.nudge()
	}
}

func (c *Conflator) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run flushes what changed, at most once a pace.
func (c *Conflator) run(ctx context.Context) {
	defer c.shard.done.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.ended:
			return
		case <-c.shard.journal.Failed(): // even while nobody writes, so that the kill path runs at once
			c.shard.fail(c.shard.journal.Err())
			return
		case <-c.wake:
		}
		c.shard.mu.Lock()
		if !c.shard.closed {
			_ = c.flush(func(q *quotes) bool { return q.watched }) // an error has failed the shard
		}
		c.shard.mu.Unlock()
		time.Sleep(c.pace)
	}
}

func (c *Conflator) close() { close(c.ended) }

// flushSymbol submits one symbol's market as it is; the shard's mu is held.
func (c *Conflator) flushSymbol(symbol market.Symbol) error {
	return c.flush(func(q *quotes) bool { return q.symbol == symbol })
}

// flush submits what changed of the symbols that want says; the shard's mu is held.
func (c *Conflator) flush(want func(*quotes) bool) error {
	for _, body := range c.changes(want) {
		if err := c.shard.enqueue(body); err != nil {
			return err
		}
	}
	return nil
}

// changes takes what changed, as events.
func (c *Conflator) changes(want func(*quotes) bool) (out []event.Body) {
	now := c.shard.cfg.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.list {
		if !want(q) {
			continue
		}
		for _, v := range q.seen {
			w := &q.venues[v]
			if w.dirty {
				w.dirty = false
				out = append(out, &event.BookChanged{Venue: v, Symbol: q.symbol,
					Bids: slices.Clone(w.book.Bids[:w.book.BidDepth]), Asks: slices.Clone(w.book.Asks[:w.book.AskDepth]),
					VenueTime: w.book.VenueTime, Halted: w.book.Halted, Poisoned: w.book.Poisoned, AgeNs: max(0, now.Sub(w.book.Received))})
			}
			if w.prints > 0 {
				out = append(out, &event.TradePrinted{Venue: v, Symbol: q.symbol, Qty: w.qty, Value: w.value, LastPx: w.last, Prints: w.prints})
				w.qty, w.value, w.prints = 0, market.Notional{}, 0
			}
		}
	}
	return out
}
