package shard

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// recorded makes a journal of so many parents, each filled by one child, and gives how many events it holds.
func recorded(b *testing.B, dir string, parents int) uint64 {
	b.Helper()
	s, _, err := Open(Config{Engine: engineConfig(), Snapshots: Snapshots{Every: -1}, Pressure: Pressure{Commit: -1},
		Journal: journal.Config{Dir: dir, Sync: journal.Fast}})
	if err != nil {
		b.Fatal(err)
	}
	x := newExchange(nil, s)
	s.Start(Outlets{Venues: x, Clients: x})
	book := market.Book{BidDepth: 1, AskDepth: 1}
	book.Bids[0], book.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &book)
	_ = s.Submit(&event.VenueUp{Venue: 0})
	for i := range parents {
		if err := s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("P", i), Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Market}}); err != nil {
			b.Fatal(err)
		}
	}
	for deadline := time.Now().Add(5 * time.Minute); !allEnded(s, parents); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("gave up waiting for the orders")
		}
	}
	events := s.engine.Applied()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	x.close()
	return events
}

// BenchmarkRecover is a start that replays all of a journal, every command compared: the target is a million events within
// 5 seconds.
func BenchmarkRecover(b *testing.B) {
	dir := b.TempDir()
	events := recorded(b, dir, 10_000)
	b.ResetTimer()
	for range b.N {
		if _, err := Summarise(context.Background(), dir, true); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(events)*1e6, "s/million")
}

// BenchmarkSnapshot is how long the engine's goroutine is held by a snapshot, and by a state hash, with 10,000 orders of
// the day in memory.
func BenchmarkSnapshot(b *testing.B) {
	dir := b.TempDir()
	recorded(b, dir, 10_000)
	s, _, err := Open(Config{Engine: engineConfig(), Snapshots: Snapshots{Every: -1}, Journal: journal.Config{Dir: dir, Sync: journal.Fast}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Run("capture", func(b *testing.B) {
		size := 0
		for b.Loop() {
			size = len(s.capture().engine)
		}
		b.ReportMetric(float64(size), "bytes")
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			s.engine.AppendWorking(nil)
		}
	})
	b.Run("restore", func(b *testing.B) {
		bytes := s.capture().bytes()
		b.ResetTimer()
		for b.Loop() {
			if _, _, err := replayerOf(bytes); err != nil {
				b.Fatal(err)
			}
		}
	})
}
