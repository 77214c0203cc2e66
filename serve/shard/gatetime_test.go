package shard

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestGateIsTimed (MET-11): every child is timed at the send point, and those that work are asked about again.
func TestGateIsTimed(t *testing.T) {
	s, _ := open(t, t.TempDir())
	x := newTruth()
	s.Start(Outlets{Venues: x, Clients: x})
	submit(t, s, &event.VenueUp{})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	const orders = 5
	for i := range orders {
		submit(t, s, &event.ParentReceived{Client: "EMS", ClOrdID: string(rune('A' + i)),
			Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar}})
	}
	await(t, "all at the send point", func() bool { _, send := s.GateTimes(); return send.Count == orders })
	s.sampleGate()
	if allocator, send := s.GateTimes(); allocator.Count == 0 || allocator.Sum <= 0 || send.Sum <= 0 {
		t.Errorf("the allocator was timed %d times, %v in all, the send point %v", allocator.Count, allocator.Sum, send.Sum)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
