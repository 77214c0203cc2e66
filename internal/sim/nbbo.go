package sim

import "github.com/sluice-sor/sluice/internal/market"

// memory is how many changes of a symbol's consolidated quote are remembered for late views: a power of two. A view
// later than that sees the oldest.
const memory = 1 << 12

// top is one venue's best displayed quote.
type top struct {
	bid, ask         market.Price
	bidSize, askSize market.Qty
}

// moment is one state of a symbol's consolidated quote: prices, and how many venues stand at each.
type moment struct {
	at         market.Time
	bid, ask   market.Price
	atBid      uint8
	atAsk      uint8
	bidQ, askQ market.Qty // sizes when a price or a count changed
}

func (t *moment) quote() market.Quote {
	return market.Quote{Bid: t.bid, Ask: t.ask, BidSize: t.bidQ, AskSize: t.askQ}
}

// national is a symbol's consolidated quote over the displayed venues, with its past.
type national struct {
	tops []top // by venue index
	ring []moment
	n    uint64 // moments ever; the last is at n−1
}

func newNational(venues int) *national {
	return &national{tops: make([]top, venues), ring: make([]moment, memory), n: 1}
}

func (t *national) last() *moment        { return &t.ring[(t.n-1)%memory] }
func (t *national) get(i uint64) *moment { return &t.ring[i%memory] }
func (t *national) now() market.Quote {
	m := t.compute(0)
	return m.quote()
}

// set takes a venue's new best quote and reports whether the consolidated prices or counts changed.
func (t *national) set(at market.Time, venue int, tp top) bool {
	if t.tops[venue] == tp {
		return false
	}
	t.tops[venue] = tp
	m, last := t.compute(at), t.last()
	if m.bid == last.bid && m.ask == last.ask && m.atBid == last.atBid && m.atAsk == last.atAsk {
		return false
	}
	t.ring[t.n%memory] = m
	t.n++
	return true
}

func (t *national) compute(at market.Time) moment {
	m := moment{at: at}
	for i := range t.tops {
		tp := &t.tops[i]
		if tp.bid > 0 {
			if tp.bid > m.bid {
				m.bid, m.bidQ, m.atBid = tp.bid, 0, 0
			}
			if tp.bid == m.bid {
				m.bidQ += tp.bidSize
				m.atBid++
			}
		}
		if tp.ask > 0 {
			if m.ask == 0 || tp.ask < m.ask {
				m.ask, m.askQ, m.atAsk = tp.ask, 0, 0
			}
			if tp.ask == m.ask {
				m.askQ += tp.askSize
				m.atAsk++
			}
		}
	}
	return m
}

// lookout is a venue's late view of a symbol's consolidated quote.
type lookout struct {
	i     uint64 // the moment seen
	armed bool
}

// see moves the view to what was public delay ns before now and reports whether it moved.
func (l *lookout) see(t *national, now market.Time, delay int64) bool {
	i := max(l.i, t.n-min(t.n, memory))
	for i+1 < t.n && t.get(i+1).at.Add(delay) <= now {
		i++
	}
	moved := i != l.i
	l.i = i
	return moved
}

// crumbling reports whether the quote on side buy is about to go: at least half of the venues that stood at its price
// within the window before the moment seen have left it. It is the simplest of the signals of this family (compare case
// D: the venues' own use fitted weights over the same counts).
func (l *lookout) crumbling(t *national, buy bool, window int64) bool {
	seen := t.get(l.i)
	most, now := uint8(0), seen.atAsk
	if buy {
		now = seen.atBid
	}
	for i := l.i; i > 0 && l.i-i < memory-1; i-- {
		m := t.get(i - 1)
		if buy && m.bid != seen.bid || !buy && m.ask != seen.ask {
			break
		}
		if buy {
			most = max(most, m.atBid)
		} else {
			most = max(most, m.atAsk)
		}
		if m.at.Add(window) < seen.at {
			break // it stood until the next moment, so it counts, and nothing before does
		}
	}
	return now > 0 && most >= 2 && 2*now <= most
}
