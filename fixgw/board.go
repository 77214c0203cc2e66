package fixgw

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/market"
)

// A board is what a simulated venue shows: the last book of each symbol, and who subscribed to it.
type board struct {
	session *session.Session

	mu     sync.Mutex
	shown  map[market.Symbol]*shown
	quotes []market.Symbol // subscribed, in the order of their requests
}

// shown is one symbol on the board.
type shown struct {
	book    market.Book
	known   bool // a book was published
	request string
	on      bool
	full    bool // the next message must be a W
	halted  bool // as told last
}

func newBoard() board { return board{shown: map[market.Symbol]*shown{}} }

func (b *board) of(symbol market.Symbol) *shown {
	s := b.shown[symbol]
	if s == nil {
		s = &shown{}
		b.shown[symbol] = s
	}
	return s
}

// subscribe reports whether it changed anything for the venue: a second request only asks for a new W.
func (b *board) subscribe(symbol market.Symbol, request string, on bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.of(symbol)
	was := s.on
	s.on, s.request, s.full = on, request, on
	switch {
	case on && !was:
		b.quotes = append(b.quotes, symbol)
	case !on && was:
		b.quotes = slices.DeleteFunc(b.quotes, func(q market.Symbol) bool { return q == symbol })
	}
	return on != was
}

// clear ends all subscriptions and gives them.
func (b *board) clear() []market.Symbol {
	b.mu.Lock()
	defer b.mu.Unlock()
	gone := b.quotes
	b.quotes = nil
	for _, symbol := range gone {
		b.shown[symbol].on, b.shown[symbol].halted = false, false
	}
	return gone
}

func (b *board) publish(symbol market.Symbol, book *market.Book) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.of(symbol)
	old := s.book
	s.book, s.known = *book, true
	if s.on {
		b.send(symbol, s, &old)
	}
}

// push sends the W's that are due.
func (b *board) push() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, symbol := range b.quotes {
		if s := b.shown[symbol]; s.full && s.known {
			b.send(symbol, s, &s.book)
		}
	}
}

// send brings a subscriber from the book old to the one that is shown now. What the session refuses makes the next
// message a W: a subscriber never misses a change without knowing.
func (b *board) send(symbol market.Symbol, s *shown, old *market.Book) {
	if b.session == nil || b.session.State() != session.LoggedOn {
		s.full = true
		return
	}
	at := s.book.VenueTime
	tell := s.book.Halted != s.halted || s.full && s.book.Halted // a new subscriber assumes that it trades
	var err error
	if s.full {
		err = b.session.Send(session.Outgoing{Class: session.New, Message: snapshotMessage(s.request, symbol, bookEntries(&s.book, at))})
	} else if entries := differences(symbol, old, &s.book, at); len(entries) > 0 {
		err = b.session.Send(session.Outgoing{Class: session.New, Message: incrementalMessage(s.request, entries)})
	}
	if s.full = err != nil; s.full {
		return
	}
	if s.halted = s.book.Halted; tell {
		s.full = b.session.Send(session.Outgoing{Class: session.New, Message: tradingMessage(symbol, s.halted)}) != nil
	}
}

// trade sends a print. One that the session refuses is lost: prints are news, not state.
func (b *board) trade(symbol market.Symbol, px market.Price, qty market.Qty, at market.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shown[symbol]
	if s == nil || !s.on || s.full || b.session == nil {
		return
	}
	e := quoteEntry{action: actionNew, kind: entryTrade, symbol: symbol, px: px, size: qty, at: at}
	_ = b.session.Send(session.Outgoing{Class: session.New, Message: incrementalMessage(s.request, []quoteEntry{e})})
}

// A pusher is the goroutine that answers requests: the sessions' callbacks must not send (CB-04).
type pusher struct {
	wake   chan struct{}
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newPusher() pusher { return pusher{wake: make(chan struct{}, 1)} }

func (p *pusher) start(venues map[string]*served) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.wg.Go(func() {
		retry := time.NewTicker(time.Second)
		defer retry.Stop()
		for {
			for _, v := range venues {
				v.board.push()
			}
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
			case <-retry.C:
			}
		}
	})
}

func (p *pusher) stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.wg.Wait()
}

func (p *pusher) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
