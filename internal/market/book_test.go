package market

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawLevels(t *rapid.T, s Side, label string) []Level {
	prices := rapid.SliceOfNDistinct(rapid.Int64Range(90, 110), 0, MaxDepth+3, rapid.ID[int64]).Draw(t, label)
	slices.Sort(prices)
	if s.IsBuy() {
		slices.Reverse(prices)
	}
	levels := make([]Level, len(prices))
	for i, p := range prices {
		levels[i] = Level{Price(p), Qty(rapid.Int64Range(1, 1_000).Draw(t, "size"))}
	}
	return levels
}

// TestBook holds a book against the slices it was made of.
func TestBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b, fresh Book
		b.SetSide(Buy, drawLevels(t, Buy, "old bids"))
		b.SetSide(SellShort, drawLevels(t, Sell, "old asks"))
		bids, asks := drawLevels(t, Buy, "bids"), drawLevels(t, Sell, "asks")
		b.SetSide(Buy, bids)
		b.SetSide(Sell, asks)
		fresh.SetSide(Buy, bids)
		fresh.SetSide(Sell, asks)
		if b != fresh {
			t.Fatal("a book remembers what it held before")
		}
		bids, asks = bids[:min(len(bids), MaxDepth)], asks[:min(len(asks), MaxDepth)]
		if !slices.Equal(b.Near(Buy), bids) || !slices.Equal(b.Far(Sell), bids) || !slices.Equal(b.Near(SellShort), asks) || !slices.Equal(b.Far(Buy), asks) {
			t.Fatalf("book %v %v, want %v %v", b.Near(Buy), b.Far(Buy), bids, asks)
		}
		if best := append(slices.Clone(bids), Level{}); b.BestBid() != best[0] {
			t.Fatalf("BestBid = %v, want %v", b.BestBid(), best[0])
		}
		if best := append(slices.Clone(asks), Level{}); b.BestAsk() != best[0] {
			t.Fatalf("BestAsk = %v, want %v", b.BestAsk(), best[0])
		}
		limit := Price(rapid.Int64Range(0, 111).Draw(t, "limit"))
		var buy, sell Qty
		for _, l := range asks {
			if limit == 0 || l.Price <= limit {
				buy += l.Size
			}
		}
		for _, l := range bids {
			if l.Price >= limit {
				sell += l.Size
			}
		}
		if b.Takeable(Buy, limit) != buy || b.Takeable(Sell, limit) != sell {
			t.Fatalf("Takeable at %d = %d, %d, want %d, %d", limit, b.Takeable(Buy, limit), b.Takeable(Sell, limit), buy, sell)
		}
		if want := len(bids) > 0 && len(asks) > 0 && bids[0].Price >= asks[0].Price; b.Crossed() != want {
			t.Fatalf("Crossed = %v, want %v", b.Crossed(), want)
		}
	})
}

// TestNBBO holds the consolidated quote against its definition: the best over the books that count, the sizes at it summed,
// whatever the order of the venues.
func TestNBBO(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const now = Time(1_000) * Time(Second)
		var c Consolidated
		var venues []Venue
		var want Quote
		for i := range rapid.IntRange(0, 6).Draw(t, "venues") {
			v := Venue{ID: VenueID(i), Type: VenueType(rapid.IntRange(int(Lit), int(Internalizer)).Draw(t, "type")), QuoteMs: 500}
			venues = append(venues, v)
			b := &c.Books[i]
			c.Has[i] = rapid.IntRange(0, 9).Draw(t, "has") > 0
			b.SetSide(Buy, drawLevels(t, Buy, "bids"))
			b.SetSide(Sell, drawLevels(t, Sell, "asks"))
			age := rapid.SampledFrom([]int64{0, 500 * Millisecond, 500*Millisecond + 1}).Draw(t, "age")
			b.Received = now.Add(-age)
			b.Halted = rapid.IntRange(0, 9).Draw(t, "halted") == 0
			b.Poisoned = rapid.IntRange(0, 9).Draw(t, "poisoned") == 0
			usable := c.Has[i] && !b.Halted && !b.Poisoned && !b.Crossed() && age <= 500*Millisecond
			if got := c.Usable(v.ID, now, v.QuoteMs*Millisecond); got != usable {
				t.Fatalf("Usable = %v, want %v (MD-01, MD-03)", got, usable)
			}
			if usable && v.Type != Dark && v.Type != Internalizer {
				want = join(want, b)
			}
		}
		if got := c.NBBO(venues, now); got != want {
			t.Fatalf("NBBO = %+v, want %+v", got, want)
		}
		slices.Reverse(venues)
		if got := c.NBBO(venues, now); got != want {
			t.Fatalf("NBBO over the venues in reverse = %+v, want %+v", got, want)
		}
	})
}

func join(q Quote, b *Book) Quote {
	bid, ask := b.BestBid(), b.BestAsk()
	switch {
	case bid.Price > q.Bid:
		q.Bid, q.BidSize = bid.Price, bid.Size
	case bid.Price == q.Bid:
		q.BidSize += bid.Size
	}
	switch {
	case ask.Price == 0:
	case q.Ask == 0 || ask.Price < q.Ask:
		q.Ask, q.AskSize = ask.Price, ask.Size
	case ask.Price == q.Ask:
		q.AskSize += ask.Size
	}
	return q
}

func TestQuote(t *testing.T) {
	q := Quote{Bid: 100, Ask: 104}
	if q.Mid() != 102 || q.Spread() != 4 || q.Far(Buy) != 104 || q.Near(Buy) != 100 || q.Far(SellShort) != 100 || q.Near(Sell) != 104 {
		t.Errorf("quote %+v: mid %v, spread %v", q, q.Mid(), q.Spread())
	}
	if q := (Quote{Ask: 104}); q.Mid() != 0 || q.Spread() != 0 {
		t.Errorf("a one-sided quote has mid %v, spread %v, want 0, 0", q.Mid(), q.Spread())
	}
}

func TestSideAndRounding(t *testing.T) {
	in := Instrument{Tick: 10_000}
	for _, tc := range []struct {
		side Side
		p    Price
		want Price
	}{{Buy, 10_005_000, 10_000_000}, {Sell, 10_005_000, 10_010_000}, {SellShort, 10_005_000, 10_010_000}, {Buy, 10_010_000, 10_010_000}, {Sell, 10_010_000, 10_010_000}} {
		got := in.RoundInside(tc.side, tc.p)
		if got != tc.want || tc.side.Worse(got, tc.p) {
			t.Errorf("RoundInside(%v, %v) = %v, want %v and never worse", tc.side, tc.p, got, tc.want)
		}
	}
	if in := (Instrument{}); in.RoundUp(7) != 7 || in.RoundDown(7) != 7 {
		t.Error("an instrument without a tick rounds")
	}
	for _, s := range []Side{Buy, Sell, SellShort, SellShortExempt} {
		if !s.Valid() || s.IsBuy() != (s.Sign() == 1) || s.Opposite().IsBuy() == s.IsBuy() || s.String() == "unknown side" {
			t.Errorf("side %d: valid %v, sign %d, opposite %v", s, s.Valid(), s.Sign(), s.Opposite())
		}
	}
	if Side(0).Valid() || Side(3).Valid() {
		t.Error("sides 0 and 3 are valid")
	}
	for vt := Lit; vt <= Internalizer; vt++ {
		if got, err := ParseVenueType(vt.String()); err != nil || got != vt {
			t.Errorf("ParseVenueType(%q) = %v, %v", vt.String(), got, err)
		}
	}
	if _, err := ParseVenueType(""); err == nil {
		t.Error("an empty venue type parses")
	}
}
