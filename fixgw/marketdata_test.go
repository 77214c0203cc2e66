package fixgw

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
)

// screen is a BookSink that keeps the last book of each symbol.
type screen struct {
	mu     sync.Mutex
	books  map[market.Symbol]market.Book
	trades []string
	lost   int
}

func (s *screen) Book(_ market.VenueID, symbol market.Symbol, b *market.Book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.books == nil {
		s.books = map[market.Symbol]market.Book{}
	}
	s.books[symbol] = *b
}

func (s *screen) Trade(v market.VenueID, symbol market.Symbol, px market.Price, qty market.Qty, at market.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trades = append(s.trades, fmt.Sprint(v, symbol, px, qty, at))
}

func (s *screen) Lost(market.VenueID, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost++
}

func (s *screen) shows(symbol market.Symbol, want *market.Book) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		b, ok := s.books[symbol]
		return ok && !b.Poisoned && b.Halted == want.Halted && slices.Equal(b.Near(market.Buy), want.Near(market.Buy)) &&
			slices.Equal(b.Far(market.Buy), want.Far(market.Buy))
	}
}

func book(bids, asks []market.Level) *market.Book {
	b := &market.Book{VenueTime: at}
	b.SetSide(market.Buy, bids)
	b.SetSide(market.Sell, asks)
	return b
}

func level(cents int64, size market.Qty) market.Level {
	return market.Level{Price: market.Price(cents * 10_000), Size: size}
}

// Books and trades over two sockets, with a session of their own and over the order session.
func TestMarketDataAndVenueServer(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		for _, own := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s own session %v", version(v), own), func(t *testing.T) {
				t.Parallel()
				listens, dials := pair(v)
				orders, _ := pair(v)
				al, fl, sc := &alarms{}, &floor{}, &screen{}
				one := ServedVenue{Name: "SIM", Orders: listens}
				if own {
					one = ServedVenue{Name: "SIM", Orders: orders, Quotes: listens}
				}
				server, err := NewVenueServer(VenueServerConfig{Common: side(t, false, al), Acceptor: acceptor(), Handler: fl, Venues: []ServedVenue{one}})
				must(t, err)
				defer server.Close()
				must(t, server.Start())
				dials.Dial.Address = server.Addr().String()
				data, err := NewMarketData(MarketDataConfig{Common: side(t, false, al), Sink: sc, Feeds: []FeedConfig{{Venue: 5, Session: dials}}})
				must(t, err)
				defer data.Close()
				must(t, data.Start())
				checkFeed(t, data, server, fl, sc)
				al.none(t)
			})
		}
	}
}

func checkFeed(t *testing.T, data *MarketData, server *VenueServer, fl *floor, sc *screen) {
	t.Helper()
	watched := func(on bool) func() bool {
		return func() bool { fl.mu.Lock(); defer fl.mu.Unlock(); got, ok := fl.watched["AMZN"]; return ok && got == on }
	}
	first := book([]market.Level{level(1000, 300), level(999, 100)}, []market.Level{level(1001, 200)})
	server.Publish("SIM", "AMZN", first)
	data.Watch(5, "AMZN")
	eventually(t, "the subscription", watched(true))
	eventually(t, "the full book", sc.shows("AMZN", first))

	second := book([]market.Level{level(1000, 250)}, []market.Level{level(1001, 200), level(1003, 50)})
	server.Publish("SIM", "AMZN", second)
	server.PublishTrade("SIM", "AMZN", 10_005_000, 50, at)
	eventually(t, "the changed book", sc.shows("AMZN", second))
	want := fmt.Sprint(market.VenueID(5), market.Symbol("AMZN"), market.Price(10_005_000), market.Qty(50), at)
	eventually(t, "the trade", func() bool { sc.mu.Lock(); defer sc.mu.Unlock(); return slices.Equal(sc.trades, []string{want}) })

	halted := *second
	halted.Halted = true
	server.Publish("SIM", "AMZN", &halted)
	eventually(t, "the halt", sc.shows("AMZN", &halted))

	// A lost session poisons the books until the next W, which comes without being asked for again by hand.
	data.Session(5).Stop("test")
	eventually(t, "the loss", func() bool { sc.mu.Lock(); defer sc.mu.Unlock(); return sc.lost == 1 })
	third := book(nil, []market.Level{level(1002, 75)})
	server.Publish("SIM", "AMZN", third)
	data.Session(5).Resume()
	eventually(t, "the book after the loss", sc.shows("AMZN", third))

	data.Unwatch(5, "AMZN")
	eventually(t, "the end of the subscription", watched(false))
}

// A ladder that is told every difference shows what was published, whatever the books are (MD-03).
func TestDifferencesRebuildTheBook(t *testing.T) {
	levels := func(rt *rapid.T, name string, from int64, sign int64) []market.Level {
		var out []market.Level
		px := from
		for range rapid.IntRange(0, market.MaxDepth).Draw(rt, name) {
			px += sign * rapid.Int64Range(1, 3).Draw(rt, "step")
			out = append(out, level(px, market.Qty(rapid.Int64Range(1, 500).Draw(rt, "size"))))
		}
		return out
	}
	rapid.Check(t, func(rt *rapid.T) {
		var l ladder
		old := &market.Book{}
		l.full(nil)
		for range rapid.IntRange(1, 6).Draw(rt, "books") {
			now := book(levels(rt, "bids", 1000, -1), levels(rt, "asks", 1000, 1))
			m := incrementalMessage("r", differences("AMZN", old, now, at))
			_, _, entries, err := readQuotes(onWire(t, FIX44, m))
			if err != nil {
				rt.Fatal(err)
			}
			for i := range entries {
				l.change(&entries[i])
			}
			got := l.book(at, at)
			want := *now
			want.VenueTime, want.Received, want.Seq = got.VenueTime, got.Received, got.Seq
			want.Bids, want.Asks = clean(&want, market.Buy), clean(&want, market.Sell)
			got.Bids, got.Asks = clean(&got, market.Buy), clean(&got, market.Sell)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("want -, got +:\n%s", diff)
			}
			old = now
		}
	})
}

func clean(b *market.Book, s market.Side) (out [market.MaxDepth]market.Level) {
	copy(out[:], b.Near(s))
	return out
}

// What does not fit poisons the book until the next W (MD-03).
func TestLaddersArePoisonedByWhatTheyMissed(t *testing.T) {
	w := []quoteEntry{{kind: entryBid, id: "a", px: 10, size: 5}, {kind: entryBid, id: "b", px: 10, size: 7}, {kind: entryOffer, px: 12, size: 1}}
	for _, c := range []struct {
		name     string
		e        quoteEntry
		poisoned bool
		bid      market.Qty
	}{
		{"new order at a level", quoteEntry{action: actionNew, kind: entryBid, id: "c", px: 10, size: 1}, false, 13},
		{"new again under its id", quoteEntry{action: actionNew, kind: entryBid, id: "a", px: 10, size: 1}, false, 8},
		{"changed", quoteEntry{action: actionChange, kind: entryBid, id: "b", px: 10, size: 2}, false, 7},
		{"changed by reference", quoteEntry{action: actionChange, kind: entryBid, id: "d", ref: "b", px: 10, size: 3}, false, 8},
		{"deleted", quoteEntry{action: actionDelete, kind: entryBid, id: "a"}, false, 7},
		{"deleted without being there", quoteEntry{action: actionDelete, kind: entryBid, id: "x"}, true, 12},
		{"changed without being there", quoteEntry{action: actionChange, kind: entryOffer, px: 13, size: 1}, true, 12},
		{"without a price", quoteEntry{action: actionNew, kind: entryBid, id: "y", size: 1}, true, 12},
	} {
		var l ladder
		if b := l.book(0, 0); !b.Poisoned {
			t.Errorf("%s: a book before its first W is not poisoned", c.name)
		}
		l.full(w)
		l.change(&c.e)
		if b := l.book(0, 0); b.Poisoned != c.poisoned || b.BestBid().Size != c.bid {
			t.Errorf("%s: poisoned %v, bid %d; want %v, %d", c.name, b.Poisoned, b.BestBid().Size, c.poisoned, c.bid)
		}
		if l.full(w); l.book(0, 0).Poisoned {
			t.Errorf("%s: still poisoned after a W", c.name)
		}
	}
}

func TestQuotesThatCannotBeRead(t *testing.T) {
	for _, fix := range []string{
		"35=X|268=2|279=0|269=0|55=A|270=1|271=1", "35=X|268=1|279=9|269=0|55=A|270=1", "35=X|268=1|279=0|269=0|55=A|270=x",
		"35=X|268=1|279=0|269=0|55=A|270=1|271=1.5", "35=W|268=0", "35=X|268=nine",
	} {
		if _, _, entries, err := readQuotes(parse(t, FIX44, fix)); err == nil {
			t.Errorf("%s: read as %+v", fix, entries)
		}
	}
	for _, fix := range []string{"35=V|263=1|146=1|55=A", "35=V|262=1|263=9|146=1|55=A", "35=V|262=1|263=1|146=2|55=A", "35=V|262=1|263=1"} {
		if r, err := readQuoteRequest(parse(t, FIX44, fix)); err == nil {
			t.Errorf("%s: read as %+v", fix, r)
		}
	}
}
