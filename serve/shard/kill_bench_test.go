package shard

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// floor is venues without limits of their own that accept everything and note when the last cancel came.
type floor struct {
	mu       sync.Mutex
	shard    *Shard
	accepted int
	canceled int
	last     time.Time
}

func (f *floor) Send(c *event.SendChild) {
	f.mu.Lock()
	f.accepted++
	f.mu.Unlock()
	id := c.Child.ID
	go func() { // an adapter that reports on its own goroutine
		_ = f.shard.Submit(&event.ChildSent{Child: id})
		_ = f.shard.Submit(&event.ChildAccepted{Child: id, VenueOrderID: c.ClOrdID})
	}()
}

func (f *floor) Cancel(*event.CancelChild) {
	f.mu.Lock()
	f.canceled++
	f.last = time.Now()
	f.mu.Unlock()
}

func (f *floor) Replace(*event.ReplaceChild)                  {}
func (f *floor) Query(*event.QueryChild)                      {}
func (f *floor) Report(uint64, *event.ReportParent)           {}
func (f *floor) Reject(uint64, *event.RejectRequest)          {}
func (f *floor) MassCanceled(uint64, *event.ReportMassCancel) {}

func (f *floor) count() (accepted, canceled int, last time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accepted, f.canceled, f.last
}

// BenchmarkKill is KILL-01: from the decision to the last of 10,000 cancels handed to 10 venues without limits, over a durable
// journal. Its p99 is to be at most 250 ms.
func BenchmarkKill(b *testing.B) {
	const venues, children = 10, 10_000
	var took []time.Duration
	for b.Loop() {
		took = append(took, killOnce(b, venues, children))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "ms-p50")
	b.ReportMetric(float64(took[(len(took)*99-1)/100].Microseconds())/1e3, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

func killOnce(b *testing.B, venues, children int) time.Duration {
	cfg := router.DefaultConfig()
	for i := range venues {
		cfg.Venues = append(cfg.Venues, market.Venue{Name: fmt.Sprint("V", i), MIC: fmt.Sprint("XV", 10+i), Type: market.Lit, Fees: []market.FeeSchedule{{From: 20200101}},
			History: market.History{LatencyUs: 100, FillRatePct: 90, Impact: 5}})
	}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 100_000_000, DayVolBps: 100, PriorClose: 50 * market.Dollar}}
	cfg.Limits.ClientRate, cfg.Limits.SymbolRate, cfg.Limits.FirmRate = 0, 0, 0
	cfg.Tactics.AckTimeout, cfg.Tactics.PostWait = market.Hour, market.Hour
	s, _, err := Open(Config{Engine: cfg, Journal: journal.Config{Dir: b.TempDir(), SegmentBytes: 64 << 20}})
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{shard: s}
	s.Start(Outlets{Venues: f, Clients: f})
	submit := func(body event.Body) {
		if err := s.Submit(body); err != nil {
			b.Fatal(err)
		}
	}
	book := market.Book{BidDepth: 1, AskDepth: 1}
	book.Bids[0], book.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	for v := range venues {
		submit(&event.VenueUp{Venue: market.VenueID(v)})
		s.Market().Book(market.VenueID(v), "ABC", &book)
	}
	for i := range children {
		submit(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("P", i), Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Limit,
			Limit: 49 * market.Dollar, Directed: cfg.Venues[i%venues].Name}})
	}
	settle(b, func() bool { n, _, _ := f.count(); return n >= children })
	if _, err := s.Ask(b.Context(), &event.Resumed{Venue: "nowhere"}); err != nil { // everything before it is applied
		b.Fatal(err)
	}
	began := time.Now()
	if err := s.Kill(&event.Halted{Actor: "drill", Reason: "benchmark"}); err != nil {
		b.Fatal(err)
	}
	settle(b, func() bool { _, n, _ := f.count(); return n >= children })
	_, _, last := f.count()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return last.Sub(began)
}

func settle(b *testing.B, done func() bool) {
	b.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.Fatal("it does not come to an end")
		}
	}
}
