package features

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// The vector of a stated situation, column by column: raw values by hand, standardized by the schema (FTR-01, FTR-02).
func TestExtract(t *testing.T) {
	book := &market.Book{BidDepth: 1, AskDepth: 1}
	book.Bids[0] = market.Level{Price: 99_990_000, Size: 300}
	book.Asks[0] = market.Level{Price: 100_010_000, Size: 100}
	in := Input{
		Side: market.Buy, Style: order.StylePost, Urgency: order.High, Size: 600,
		Instrument: &market.Instrument{ADV: 390_000},
		Quote:      market.Quote{Bid: 99_990_000, Ask: 100_010_000, BidSize: 600, AskSize: 200},
		Book:       book, VolRatio: 2, Move1: 1, Move10: -2, Taken: 300, Rest: 8 * market.Second,
		Now: 50, Day: market.Day{Open: 0, Close: 100},
	}
	want := map[int]float64{
		One: 1, Spread: 1, Volatility: 1,
		Imbalance:    .5,               // 600 of 800 stand at the near side
		Microprice:   .5,               // (300·100.01 + 100·99.99)/400 lies .005 above the mid, a half spread is .01
		SizeToShown:  1,                // 600 behind 300
		SizeToMinute: Log2(600. / 1e3), // 1,000 trade a minute
		DayLinear:    0, DaySquare: 0,
		Momentum1: 1, Momentum10: -2,
		AtBest: 1, Taken: 2, Urgency: 1, Rest: 3,
	}
	s := Default()
	check := func(name string, want map[int]float64) {
		t.Helper()
		var got [Dim]float64
		s.Extract(&got, &in)
		for i, c := range s.Columns {
			x := 0.0 // unknown
			if raw, ok := want[i]; ok {
				x = min(Clip, max(-Clip, (raw-c.Centre)/c.Scale))
			}
			if math.Abs(got[i]-x) > 1e-9 {
				t.Errorf("%s: %s is %v, want %v", name, c.Name, got[i], x)
			}
		}
	}
	check("a post to buy", want)

	in.Side = market.Sell // everything with a direction turns around
	want[Imbalance], want[Microprice] = -.5, -.5
	want[Momentum1], want[Momentum10] = -1, 2
	want[SizeToShown] = Log2(6)
	check("a post to sell", want)

	in.Book, in.Style, in.Rest = nil, order.StyleDark, 0 // nothing is displayed there, and nobody said how long
	delete(want, Microprice)
	delete(want, Rest)
	want[AtBest], want[SizeToShown] = .5, 0
	check("a dark order", want)
}
