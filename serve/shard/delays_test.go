package shard

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestDelays: an order's first child is timed once at each of its two marks; what no order or report brought is not (LOAD-07).
func TestDelays(t *testing.T) {
	s, _ := open(t, t.TempDir())
	x := newExchange(t, s)
	s.Start(Outlets{Venues: x, Clients: x})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	_ = s.Submit(&event.VenueUp{})
	const orders = 3
	for i := range orders {
		if err := s.Submit(&event.ParentReceived{Client: "C", ClOrdID: string(rune('A' + i)), Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}}); err != nil {
			t.Fatal(err)
		}
		await(t, "filled", func() bool { return x.finals() == i+1 })
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
	d := s.Delays(ParentCause)
	if d.Decided.Count != orders || d.Handed.Count != orders || d.Handed.Max < d.Decided.Max {
		t.Errorf("got %d decided in at most %v, %d handed in at most %v; want %d of both, the second no sooner",
			d.Decided.Count, d.Decided.Max, d.Handed.Count, d.Handed.Max, orders)
	}
	if o := s.Delays(OtherCause); o.Decided.Count != 0 || o.Handed.Count != 0 {
		t.Errorf("children of nothing that is timed: got %d and %d", o.Decided.Count, o.Handed.Count)
	}
}
