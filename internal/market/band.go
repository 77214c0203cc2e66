package market

import "slices"

// BandRule is a limit-up limit-down rule: no order may trade outside a band around the reference price of its symbol.
// What a document says are its figures; how the reference price moves is the plan's: the mean of the trades of five
// minutes, taken over when it is a percent away and the last one stood for half a minute (Plan to Address Extraordinary
// Market Volatility, sections V and VI, 34-67091 as amended; believed, verify before relying on it).
type BandRule struct {
	Tier1     []Symbol // every other symbol is of tier 2
	Exempt    []Symbol // rights, warrants: no band
	Tier1Bps  int64    // of the reference, prior close above 3 dollars
	Tier2Bps  int64
	LowBps    int64 // prior close of 0.75 to 3 dollars
	PennyBps  int64 // prior close below 0.75 dollars, or Penny where that is less
	Penny     Price
	DoubleFor int64 // nanoseconds before the close in which bands are twice as wide, but for tier 2 above 3 dollars; 0 = never
}

// Prior closes at which the figures change, and the rounding of bands.
const (
	bandHigh = 3 * Dollar
	bandLow  = Dollar * 3 / 4
	cent     = Dollar / 100
)

// Around gives the band around a reference price, rounded to the cent; none without one.
func (b *BandRule) Around(s Symbol, priorClose, ref Price, untilClose int64) (low, high Price) {
	if ref <= 0 || slices.Contains(b.Exempt, s) {
		return 0, 0
	}
	if priorClose <= 0 {
		priorClose = ref
	}
	tier1 := slices.Contains(b.Tier1, s)
	width := func(bps int64) Price { return NotionalOf(ref, Qty(bps)).Avg(10_000) }
	var w Price
	switch {
	case priorClose > bandHigh && tier1:
		w = width(b.Tier1Bps)
	case priorClose > bandHigh:
		w = width(b.Tier2Bps)
	case priorClose >= bandLow:
		w = width(b.LowBps)
	default:
		w = min(width(b.PennyBps), b.Penny)
	}
	if b.DoubleFor > 0 && untilClose <= b.DoubleFor && (tier1 || priorClose <= bandHigh) {
		w *= 2
	}
	round := func(p Price) Price { return (p + cent/2) / cent * cent }
	return max(round(ref-w), cent), round(ref + w)
}

// Times of the reference price.
const (
	bandMean  = 5 * Minute
	bandPart  = 10 * Second
	bandStays = 30 * Second
	bandParts = int(bandMean / bandPart)
)

// BandReference is the reference price of one symbol on one day, from its trades. The zero value has none.
type BandReference struct {
	Day   Date
	Price Price
	At    Time
	Parts [bandParts]BandPart // of ten seconds each, in turn
}

// BandPart is the trades of ten seconds.
type BandPart struct {
	Number int64 // of the ten seconds, since 1970
	Trades int64
	Sum    Notional // of their prices
}

// Traded takes trades at their mean price. The first of a day is its reference until others are.
func (r *BandReference) Traded(d Date, now Time, px Price, trades int64) {
	if px <= 0 || trades <= 0 {
		return
	}
	if d != r.Day {
		*r = BandReference{Day: d, Price: px, At: now}
	}
	n := int64(now) / bandPart
	p := &r.Parts[uint64(n)%uint64(bandParts)]
	if p.Number != n {
		*p = BandPart{Number: n}
	}
	p.Trades += trades
	p.Sum = p.Sum.Add(NotionalOf(px, Qty(trades)))
	r.follow(now)
}

// Of gives the reference price of a day, 0 if it has none yet.
func (r *BandReference) Of(d Date, now Time) Price {
	if d != r.Day {
		return 0
	}
	r.follow(now)
	return r.Price
}

// follow takes the mean over where it is far enough away for long enough.
func (r *BandReference) follow(now Time) {
	if now.Sub(r.At) < bandStays {
		return
	}
	sum, trades := Notional{}, int64(0)
	for i := range r.Parts {
		if p := &r.Parts[i]; p.Number > int64(now)/bandPart-int64(bandParts) && p.Number <= int64(now)/bandPart {
			sum, trades = sum.Add(p.Sum), trades+p.Trades
		}
	}
	if trades == 0 {
		return
	}
	mean := sum.Avg(Qty(trades))
	if away := max(mean-r.Price, r.Price-mean); away >= r.Price/100 {
		r.Price, r.At = mean, now
	}
}
