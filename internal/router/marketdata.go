package router

import (
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// bookChanged takes one venue's new book and gives the parents that wait for the market a chance.
func (e *Engine) bookChanged(b *event.BookChanged) {
	s := e.symbols[b.Symbol]
	if s == nil || int(b.Venue) >= len(e.venues) {
		e.raise(event.Warn, "MD", nil, nil, "a book for a symbol or venue that is not configured: "+string(b.Symbol))
		return
	}
	book := &s.cons.Books[b.Venue]
	s.cons.Has[b.Venue] = true
	book.SetSide(market.Buy, b.Bids)
	book.SetSide(market.Sell, b.Asks)
	book.VenueTime, book.Received = b.VenueTime, e.now.Add(-max(0, b.AgeNs))
	book.Halted, book.Poisoned = b.Halted, b.Poisoned || impossible(b.Bids) || impossible(b.Asks)
	e.requote(s)
	for _, p := range e.everyLiveIn(s) {
		if p.waitsBook && e.now.Sub(p.workedAt) >= bookPause {
			e.work(p, "book")
		}
	}
}

// impossible reports whether a side has a level that no market has: such a book is a feed's error, and nothing is priced
// by any of it (MD-01).
func impossible(side []market.Level) bool {
	return slices.ContainsFunc(side, func(l market.Level) bool { return l.Price <= 0 || l.Size <= 0 })
}

// bookPause keeps a fast market from working one parent at every tick.
const bookPause = 20 * market.Millisecond

// requote recomputes the consolidated quote and samples the mid.
func (e *Engine) requote(s *symbolState) {
	s.quote, s.asOf = s.cons.NBBO(e.cfg.Venues, e.now), e.now
	e.rebound(s)
	mid := s.quote.Mid()
	if mid <= 0 {
		return
	}
	if s.count > 0 && e.now.Sub(s.mids[(s.head+len(s.mids)-1)%len(s.mids)].at) < 100*market.Millisecond {
		return
	}
	s.mids[s.head] = midPoint{e.now, mid}
	s.head = (s.head + 1) % len(s.mids)
	s.count = min(s.count+1, len(s.mids))
	s.vol.sample(e.now, mid)
}

// moved gives the mid's move over the last d nanoseconds in bps, 0 where the past is not known.
func (s *symbolState) moved(now market.Time, d int64) float64 {
	mid := s.quote.Mid()
	if mid <= 0 {
		return 0
	}
	for i := 1; i <= s.count; i++ {
		m := &s.mids[(s.head+len(s.mids)-i)%len(s.mids)]
		if now.Sub(m.at) >= d {
			return market.Bps(mid, m.mid)
		}
	}
	return 0
}

// volatility is an exponentially weighted variance of the mid's return per second, half-life about a minute.
type volatility struct {
	at  market.Time
	mid market.Price
	sq  float64 // bps² per second
	n   int
}

func (v *volatility) sample(now market.Time, mid market.Price) {
	if v.mid == 0 {
		v.at, v.mid = now, mid
		return
	}
	dt := now.Sub(v.at)
	if dt < market.Second {
		return
	}
	r := market.Bps(mid, v.mid)
	const keep = .988
	v.sq = float64(keep*v.sq) + float64(float64((1-keep)*(r*r))*(float64(market.Second)/float64(dt)))
	v.at, v.mid, v.n = now, mid, v.n+1
}

// ratio is the last minute's volatility over the instrument's usual one, 0 while unknown. Sqrt is exact everywhere.
func (v *volatility) ratio(in *market.Instrument) float64 {
	if v.n < 30 || in.DayVolBps <= 0 {
		return 0
	}
	const minutes = 390
	return math.Sqrt(v.sq*60) / (in.DayVolBps / math.Sqrt(minutes))
}

// tradePrinted counts the market's volume for the parents that follow it.
func (e *Engine) tradePrinted(t *event.TradePrinted) {
	s := e.symbols[t.Symbol]
	if s == nil {
		return
	}
	e.gate.Traded(t.Symbol, t.LastPx)
	if e.rulesToday().Band != nil && t.Prints > 0 && e.cfg.Hours.IsOpen(e.now) {
		s.band.Traded(e.learner.dayDate(), e.now, t.Value.Avg(t.Qty), int64(t.Prints))
		e.rebound(s)
	}
	for _, side := range s.sides {
		for _, p := range side {
			if p.State.Done() || e.now < p.Terms.Start {
				continue
			}
			p.marketVolume += t.Qty
			p.marketValue = p.marketValue.Add(t.Value)
		}
	}
}
