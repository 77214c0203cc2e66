package sim

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// BenchmarkSecond runs one second of the demo's market: nine venues, three symbols, subscribers attached.
func BenchmarkSecond(b *testing.B) {
	cfg, flow := Balanced(1, 0, 0)
	benchmarkSecond(b, cfg, flow)
}

func benchmarkSecond(b *testing.B, cfg Config, flow Flow) {
	var books, trades int
	cfg.OnBook = func(market.VenueID, market.Symbol, *market.Book) { books++ }
	cfg.OnTrade = func(*Trade) { trades++ }
	m, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		b.Fatal(err)
	}
	m.RunUntil(market.Time(5 * market.Second))
	before := m.Stats()
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		m.RunUntil(m.Now().Add(market.Second))
	}
	after := m.Stats()
	per := b.Elapsed().Seconds()
	b.ReportMetric(float64(after.Events-before.Events)/per, "events/s")
	b.ReportMetric(float64(after.Orders-before.Orders)/per, "orders/s")
	b.ReportMetric(float64(after.Trades-before.Trades)/float64(b.N), "trades/op")
	b.ReportMetric(float64(books)/float64(b.N), "books/op")
}

// twelve gives a market of twelve venues of all types in six symbols, with every agent on.
func twelve(seed uint64) (Config, Flow) {
	cfg, flow := Balanced(seed, 0, 0)
	for i, like := range []int{1, 4, 6} {
		v, f := cfg.Venues[like], flow.Venues[like]
		v.ID = market.VenueID(9 + i)
		v.Name = "MORE" + itoa(i)
		f.Venue = v.ID
		cfg.Venues, flow.Venues = append(cfg.Venues, v), append(flow.Venues, f)
	}
	cfg.Venues[11].Rules.HoldFor = 10 * market.Millisecond
	for _, s := range cfg.Symbols {
		s.Symbol += "2"
		cfg.Symbols = append(cfg.Symbols, s)
	}
	everybody(&flow)
	return cfg, flow
}

// BenchmarkTwelveVenues runs one second of twelve venues in six symbols with every agent on, subscribers attached.
func BenchmarkTwelveVenues(b *testing.B) {
	cfg, flow := twelve(1)
	benchmarkSecond(b, cfg, flow)
}

// BenchmarkBook measures one order into a book of a thousand levels: two in three rest and are canceled later, one takes.
func BenchmarkBook(b *testing.B) {
	m := oneVenue(b, market.Lit, nil)
	bk := m.venues[0].books[0].(*lob)
	rnd := newStream(1, "bench", 0, 0)
	none := &nobody{}
	ords := make([]ord, 4096)
	for i := range ords {
		ords[i] = ord{agent: none, typ: order.Limit}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		o := &ords[i%len(ords)]
		if o.resting {
			bk.remove(o)
		}
		buy := rnd.IntN(2) == 0
		p := market.Price(1000+rnd.IntN(1000)) * 10_000
		if !buy {
			p += 10_000 * 1000
		}
		if i%3 == 0 {
			p = market.Price(1900+rnd.IntN(200)) * 10_000
		}
		o.set(buy, 100, p)
		bk.enter(o)
		m.flush()
		i++
	}
}

type nobody struct{}

func (*nobody) filled(*ord, market.Qty, market.Price) {}
func (*nobody) done(*ord)                             {}
