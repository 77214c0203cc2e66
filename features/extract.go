package features

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Input is everything a vector is made of, as known when the decision is taken (FTR-02).
type Input struct {
	Side       market.Side
	Style      order.Style
	Urgency    order.Urgency
	Size       market.Qty // shares considered for the venue
	Instrument *market.Instrument
	Quote      market.Quote
	Book       *market.Book // the venue's own, nil if it displays none
	Now        market.Time
	Day        market.Day
	VolRatio   float64     // one-minute volatility over its usual value; 0 = unknown
	Move1      float64     // mid's move over the last second, bps
	Move10     float64     // over the last ten seconds
	LastFill   market.Time // our last fill at the venue in this symbol; 0 = none
	Taken      market.Qty  // shares this parent took at the venue in the last minute
	Rest       int64       // nanoseconds that it may wait at the venue; 0 = unknown
}

// Extract fills dst with the standardized vector of in. An unknown raw value gives 0, the null policy of every column.
func (s *Schema) Extract(dst *[Dim]float64, in *Input) {
	raw, known := rawVector(in)
	for i := range dst {
		dst[i] = 0
		if known>>i&1 == 1 {
			c := &s.Columns[i]
			dst[i] = min(Clip, max(-Clip, (raw[i]-c.Centre)/c.Scale))
		}
	}
}

// rawVector gives the raw values and the bit set of those that are known.
func rawVector(in *Input) (v [Dim]float64, known uint32) {
	set := func(i int, x float64) {
		if x-x == 0 { // neither NaN nor infinite
			v[i], known = x, known|1<<i
		}
	}
	sign := float64(in.Side.Sign())
	set(One, 1)
	mid, spread := in.Quote.Mid(), in.Quote.Spread()
	if mid > 0 && spread > 0 {
		set(Spread, Log2(market.Bps(mid+spread, mid)))
		near, far := sizes(in)
		if total := near + far; total > 0 {
			set(Imbalance, (near-far)/total)
		}
		set(Microprice, microprice(in, mid, spread))
	}
	if in.VolRatio > 0 {
		set(Volatility, Log2(in.VolRatio))
	}
	if shown := shownSize(in); shown > 0 && in.Size > 0 {
		set(SizeToShown, Log2(float64(in.Size)/float64(shown)))
	}
	if in.Instrument != nil && in.Instrument.ADV > 0 && in.Size > 0 {
		const minutes = 390
		set(SizeToMinute, Log2(float64(in.Size)*minutes/float64(in.Instrument.ADV)))
	}
	if length := in.Day.Close.Sub(in.Day.Open); length > 0 {
		x := min(1, max(0, float64(in.Now.Sub(in.Day.Open))/float64(length))) - .5
		set(DayLinear, x)
		set(DaySquare, float64(x*x))
	}
	set(Momentum1, float64(sign*in.Move1))
	set(Momentum10, float64(sign*in.Move10))
	if in.LastFill > 0 {
		set(SinceFill, Log2(1+float64(max(0, in.Now.Sub(in.LastFill)))/float64(market.Second)))
	}
	set(AtBest, atBest(in))
	if in.Rest > 0 {
		set(Rest, Log2(float64(in.Rest)/float64(market.Second)))
	}
	set(Taken, Log2(1+float64(in.Taken)/100))
	set(Urgency, in.Urgency.Level())
	return v, known
}

// microprice is how far the venue's own bid and ask, weighted by each other's size, lie beyond the mid in the order's direction:
// where a venue leans tells of its next trade there, and a venue that is not at the best price on one side leans too. NaN where
// it does not show both sides.
func microprice(in *Input, mid, spread market.Price) float64 {
	if in.Book == nil {
		return math.NaN()
	}
	bid, ask := in.Book.BestBid(), in.Book.BestAsk()
	total := float64(bid.Size + ask.Size)
	if bid.Price <= 0 || ask.Price <= 0 || total <= 0 {
		return math.NaN()
	}
	own := (float64(float64(bid.Size)*float64(ask.Price)) + float64(float64(ask.Size)*float64(bid.Price))) / total
	return float64(in.Side.Sign()) * (own - float64(mid)) / (float64(spread) / 2)
}

func sizes(in *Input) (near, far float64) {
	near, far = float64(in.Quote.BidSize), float64(in.Quote.AskSize)
	if !in.Side.IsBuy() {
		near, far = far, near
	}
	return near, far
}

// shownSize is what the order would meet: the venue's far side, or its near side for a post, or the consolidated far
// size where the venue shows nothing.
func shownSize(in *Input) market.Qty {
	if in.Book != nil {
		side := in.Book.Far(in.Side)
		if in.Style.Displayed() {
			side = in.Book.Near(in.Side)
		}
		if len(side) > 0 {
			return side[0].Size
		}
		return 0
	}
	if in.Side.IsBuy() {
		return in.Quote.AskSize
	}
	return in.Quote.BidSize
}

func atBest(in *Input) float64 {
	if in.Book == nil {
		return .5 // a midpoint venue is neither at nor away from the best
	}
	best, side := in.Quote.Far(in.Side), in.Book.Far(in.Side)
	if in.Style.Displayed() {
		best, side = in.Quote.Near(in.Side), in.Book.Near(in.Side)
	}
	if len(side) > 0 && best > 0 && side[0].Price == best {
		return 1
	}
	return 0
}

// Log2 is a portable logarithm for features: exact at powers of two and linear between them, so it is continuous and
// monotone, at most 0.0861 below the true value. NaN for x ≤ 0.
func Log2(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	frac, exp := math.Frexp(x) // frac in [½, 1)
	return float64(exp-1) + (float64(2*frac) - 1)
}
