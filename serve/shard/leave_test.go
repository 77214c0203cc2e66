package shard

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// TestMayLeave: the exit of a session's queue knows a halt as soon as the engine has it: a new child stays in, one of another
// venue leaves (KILL-01, PACE-05).
func TestMayLeave(t *testing.T) {
	cfg := router.DefaultConfig()
	for _, name := range []string{"LITX", "LITY"} {
		cfg.Venues = append(cfg.Venues, market.Venue{Name: name, MIC: "X" + name[1:], Type: market.Lit, Fees: []market.FeeSchedule{{From: 20200101}},
			History: market.History{LatencyUs: 100, FillRatePct: 90, Impact: 5}})
	}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 100_000_000, DayVolBps: 100, PriorClose: 50 * market.Dollar}}
	s, _, err := Open(Config{Engine: cfg, Journal: journal.Config{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &floor{shard: s}
	s.Start(Outlets{Venues: f, Clients: f})
	for v := range cfg.Venues {
		if err := s.Submit(&event.VenueUp{Venue: market.VenueID(v)}); err != nil {
			t.Fatal(err)
		}
		book := market.Book{BidDepth: 1, AskDepth: 1}
		book.Bids[0], book.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 1000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 1000}
		s.Market().Book(market.VenueID(v), "ABC", &book)
		if err := s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: cfg.Venues[v].Name, Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Limit,
			Limit: 49 * market.Dollar, Directed: cfg.Venues[v].Name}}); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if n, _, _ := f.count(); n == 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the children never went out")
		}
	}
	if err := s.MayLeave(1, 0, 0); err != nil {
		t.Errorf("without a halt it stays in: %v", err)
	}
	if err := s.Kill(&event.Halted{Venue: "LITX", Actor: "ann", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ask(t.Context(), &event.Resumed{Venue: "nowhere"}); err != nil { // the halt is applied
		t.Fatal(err)
	}
	if err := s.MayLeave(1, 0, 0); err == nil || !strings.HasPrefix(err.Error(), router.LastGateRefused+"KILL-01") {
		t.Errorf("halted, it leaves: %v", err)
	}
	if err := s.MayLeave(2, 0, 1); err != nil {
		t.Errorf("another venue's stays in: %v", err)
	}
}
