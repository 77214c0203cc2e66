package sim

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// BenchmarkSecond runs one second of the demo's market: nine venues, three symbols, subscribers attached.
func BenchmarkSecond(b *testing.B) {
	cfg, flow := Balanced(1, 0, 0)
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
