package fixgw

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/market"
)

// BookSink is told of the market. Its methods are called in the order of what happened at a venue, while the venue's
// feed is locked: they must not block, not call back, and not keep the book, which is used again.
type BookSink interface {
	// Book is one venue's book of one symbol after a W or an X; Poisoned after something that did not fit (MD-03).
	Book(venue market.VenueID, symbol market.Symbol, b *market.Book)
	Trade(venue market.VenueID, symbol market.Symbol, px market.Price, qty market.Qty, at market.Time)
	// Lost says that no book of the venue can be trusted until its next Book.
	Lost(venue market.VenueID, reason string)
}

// FeedConfig is one venue's market-data session.
type FeedConfig struct {
	Venue   market.VenueID
	Session session.Config
}

// MarketDataConfig describes the market-data sessions.
type MarketDataConfig struct {
	Common
	Feeds []FeedConfig
	Sink  BookSink
	Now   func() market.Time // Received of the books; nil is the wall clock
}

// MarketData is the initiators to the venues' market data: full books, changes and trades of the symbols that are
// watched, asked for anew after every reconnect, gap and misfit.
type MarketData struct {
	cfg    MarketDataConfig
	byID   map[quickfix.SessionID]*feed
	feeds  [market.MaxVenues]*feed
	files  dictionaries
	wake   chan struct{}
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// A feed is one venue's session and what is watched there.
type feed struct {
	venue     market.VenueID
	id        quickfix.SessionID
	initiator *session.Initiator

	mu      sync.Mutex
	up      bool
	asked   uint64 // requests so far: they number the MDReqIDs
	watched map[market.Symbol]*watch
}

// A watch is one symbol's book and its subscription.
type watch struct {
	ladder  ladder
	request string // MDReqID (262), empty: to be asked for
	token   uint64 // of the request
	refused bool   // the venue does not give it; asked for again after a reconnect
	off     bool   // to be unsubscribed
}

// NewMarketData checks the configuration and opens the relays.
func NewMarketData(cfg MarketDataConfig) (*MarketData, error) {
	d := &MarketData{cfg: cfg, byID: map[quickfix.SessionID]*feed{}, wake: make(chan struct{}, 1)}
	if d.cfg.Now == nil {
		d.cfg.Now = wallClock
	}
	var errs []error
	for _, one := range cfg.Feeds {
		errs = append(errs, d.add(one))
	}
	if err := errors.Join(errs...); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *MarketData) add(one FeedConfig) (err error) {
	if one.Venue >= market.MaxVenues || d.feeds[one.Venue] != nil {
		return fmt.Errorf("fix market data: venue %d is configured twice or too large", one.Venue)
	}
	if err := d.files.give(&one.Session, true); err != nil {
		return err
	}
	one.Session.TolerateUserFields, one.Session.TolerateUnknownFields = true, true
	f := &feed{venue: one.Venue, id: one.Session.ID(), watched: map[market.Symbol]*watch{}}
	f.initiator, err = session.NewInitiator(one.Session, d.cfg.env(callbacks{d.message, d.refused, d.outcome, d.state}))
	if err != nil {
		return err
	}
	d.feeds[f.venue], d.byID[f.id] = f, f
	return nil
}

// Start connects to all feeds and stays connected until Close.
func (d *MarketData) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.wg.Go(func() { d.ask(ctx) })
	for _, f := range d.byID {
		if err := f.initiator.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Close logs out everywhere.
func (d *MarketData) Close() {
	if d.cancel != nil {
		d.cancel()
	}
	d.wg.Wait()
	var closing sync.WaitGroup
	for _, f := range d.byID {
		closing.Go(f.initiator.Close)
	}
	closing.Wait()
	d.files.remove()
}

// Session gives a feed's session, nil for a venue that has none.
func (d *MarketData) Session(id market.VenueID) *session.Session {
	if id < market.MaxVenues && d.feeds[id] != nil {
		return d.feeds[id].initiator.Session()
	}
	return nil
}

// Watch asks for a symbol's book and trades at a venue, once and after every reconnect.
func (d *MarketData) Watch(venue market.VenueID, symbol market.Symbol) {
	d.change(venue, func(f *feed) {
		if w := f.watched[symbol]; w != nil {
			w.off = false
			return
		}
		f.watched[symbol] = &watch{}
	})
}

// Unwatch ends a subscription; the symbol's books stop.
func (d *MarketData) Unwatch(venue market.VenueID, symbol market.Symbol) {
	d.change(venue, func(f *feed) {
		if w := f.watched[symbol]; w != nil {
			w.off = true
		}
	})
}

func (d *MarketData) change(venue market.VenueID, do func(*feed)) {
	if venue >= market.MaxVenues || d.feeds[venue] == nil {
		return
	}
	f := d.feeds[venue]
	f.mu.Lock()
	do(f)
	f.mu.Unlock()
	d.poke()
}

func (d *MarketData) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// askPause is the pause before a book is asked for again.
const askPause = 250 * time.Millisecond

// ask is the goroutine that sends the requests: the sessions' callbacks must not send (CB-04).
func (d *MarketData) ask(ctx context.Context) {
	retry := time.NewTicker(askPause)
	defer retry.Stop()
	for {
		for _, f := range d.byID {
			f.mu.Lock()
			requests := f.due()
			f.mu.Unlock()
			for i := range requests {
				r := &requests[i]
				if f.initiator.Session().Send(session.Outgoing{Token: r.token, Class: session.New, Message: r.message()}) != nil {
					f.askAgain(r.token)
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-retry.C:
		}
	}
}

// due gives the requests to send now. Each symbol has its own, so that one can be asked for again alone.
func (f *feed) due() (requests []quoteRequest) {
	if !f.up {
		return nil
	}
	for symbol, w := range f.watched {
		switch {
		case w.off:
			if w.request != "" {
				requests = append(requests, quoteRequest{id: w.request, off: true, symbols: []market.Symbol{symbol}})
			}
			delete(f.watched, symbol)
		case w.request == "" && !w.refused:
			f.asked++
			w.request, w.token = fmt.Sprintf("%s-%d", symbol, f.asked), f.asked
			requests = append(requests, quoteRequest{id: w.request, token: w.token, symbols: []market.Symbol{symbol}})
		}
	}
	return requests
}

// message takes a W, X, Y or f.
func (d *MarketData) message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	f := d.byID[id]
	f.mu.Lock()
	defer f.mu.Unlock()
	switch msgType, _ := m.MsgType(); msgType {
	case msgSnapshot, msgIncremental:
		d.quotes(f, m)
	case msgNoData:
		d.noData(f, m)
	case msgTrading:
		if symbol, halted, known := readTrading(m); known && f.watched[symbol] != nil {
			f.watched[symbol].ladder.halted = halted
			d.publish(f, symbol, d.cfg.Now())
		}
	default:
		return unsupported(m, "use W, X, Y or f")
	}
	return nil
}

// quotes applies a W or X. One that cannot be read poisons every book of the feed: what it would have changed is not
// known.
func (d *MarketData) quotes(f *feed, m *quickfix.Message) {
	symbol, full, entries, err := readQuotes(m)
	if err != nil {
		d.cfg.alarm(f.id, AlarmUnreadable, err.Error()+": "+readable(m))
		d.lose(f, err.Error())
		return
	}
	if full {
		d.full(f, symbol, entries)
		return
	}
	var touched []market.Symbol
	at := market.Time(0)
	for i := range entries {
		e := &entries[i]
		w := f.watched[e.symbol]
		if w == nil {
			continue
		}
		at = e.at
		if !e.isLevel() {
			d.trade(f, e)
			continue
		}
		if w.ladder.known {
			w.ladder.change(e)
		}
		if n := len(touched); n == 0 || touched[n-1] != e.symbol {
			touched = append(touched, e.symbol)
		}
	}
	for _, s := range touched {
		d.publish(f, s, at)
	}
}

func (d *MarketData) full(f *feed, symbol market.Symbol, entries []quoteEntry) {
	w := f.watched[symbol]
	if w == nil {
		return
	}
	var levels []quoteEntry
	at := d.cfg.Now()
	for i := range entries {
		at = entries[i].at
		if entries[i].isLevel() {
			levels = append(levels, entries[i])
		} // a W's trade is the last one before it, not news
	}
	w.ladder.full(levels)
	d.publish(f, symbol, at)
}

func (d *MarketData) trade(f *feed, e *quoteEntry) {
	if e.kind == entryTrade && e.action == actionNew && e.px > 0 && e.size > 0 {
		d.cfg.Sink.Trade(f.venue, e.symbol, e.px, e.size, e.at)
	}
}

// publish gives the book to the sink, and asks for a new one if it is poisoned.
func (d *MarketData) publish(f *feed, symbol market.Symbol, at market.Time) {
	w := f.watched[symbol]
	b := w.ladder.book(at, d.cfg.Now())
	d.cfg.Sink.Book(f.venue, symbol, &b)
	if w.ladder.poisoned && w.ladder.known {
		w.ladder.known, w.request = false, "" // asked for at the next tick, so that a feed that never fits is no storm
	}
}

// noData takes a MarketDataRequestReject (Y).
func (d *MarketData) noData(f *feed, m *quickfix.Message) {
	request := bodyOf(m).text(tagMDReqID)
	for _, w := range f.watched {
		if w.request == request && request != "" {
			w.refused = true
		}
	}
	d.cfg.alarm(f.id, AlarmRefused, "market data request was refused: "+readable(m))
}

// refused is told of a 3 or j: the venue does not take our requests at all.
func (d *MarketData) refused(id quickfix.SessionID, r session.Reject) {
	d.cfg.alarm(id, AlarmRefused, "market data request was refused: "+readable(r.Message))
}

// outcome is told what became of a request. One of which the venue got a gap fill is asked again like one that did not
// leave: a second subscription only brings a second W.
func (d *MarketData) outcome(id quickfix.SessionID, o session.Outcome) {
	if o.Result != session.Sent {
		d.byID[id].askAgain(o.Token)
	}
}

func (f *feed) askAgain(token uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.watched {
		if w.token == token && token != 0 {
			w.request, w.token = "", 0
		}
	}
}

// state loses all books whenever messages may have been missed.
func (d *MarketData) state(id quickfix.SessionID, s session.State, reason string) {
	f := d.byID[id]
	f.mu.Lock()
	was := f.up
	f.up = s == session.LoggedOn
	if was && !f.up {
		d.lose(f, reason)
	}
	f.mu.Unlock()
	d.poke()
}

// lose poisons every book of the feed until its next W. The caller locks.
func (d *MarketData) lose(f *feed, reason string) {
	for _, w := range f.watched {
		w.ladder.known, w.ladder.halted, w.request, w.refused = false, false, "", false
	}
	d.cfg.Sink.Lost(f.venue, reason)
}
