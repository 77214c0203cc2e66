package shard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exchange is a venue in memory: it fills every IOC it is sent, at its limit, through Submit as an adapter would.
type exchange struct {
	t      *testing.T
	shard  *Shard
	events chan event.Body
	done   sync.WaitGroup
	mu     sync.Mutex
	filled market.Qty
	sent   map[string]int
	report []event.ReportParent
}

func newExchange(t *testing.T, s *Shard) *exchange {
	x := &exchange{t: t, shard: s, events: make(chan event.Body, 1024), sent: map[string]int{}}
	x.done.Add(1)
	go func() {
		defer x.done.Done()
		for b := range x.events {
			if err := s.Submit(b); err != nil {
				return
			}
		}
	}()
	return x
}

func (x *exchange) close() { close(x.events); x.done.Wait() }

func (x *exchange) Send(c *event.SendChild) {
	x.mu.Lock()
	x.sent[c.ClOrdID]++
	x.filled += c.Child.Qty
	x.mu.Unlock()
	id := c.Child.ID
	x.events <- &event.ChildSent{Child: id}
	x.events <- &event.ChildAccepted{Child: id, VenueOrderID: c.ClOrdID}
	x.events <- &event.ChildExecuted{Child: id, ExecID: "X" + c.ClOrdID, VenueOrderID: c.ClOrdID, Qty: c.Child.Qty,
		Px: max(c.Child.Limit, market.Dollar), Cum: c.Child.Qty}
}
func (x *exchange) Cancel(*event.CancelChild)                    {}
func (x *exchange) Replace(*event.ReplaceChild)                  {}
func (x *exchange) Query(*event.QueryChild)                      {}
func (x *exchange) Reject(_ uint64, r *event.RejectRequest)      {}
func (x *exchange) MassCanceled(uint64, *event.ReportMassCancel) {}
func (x *exchange) Report(_ uint64, r *event.ReportParent) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.report = append(x.report, *r)
}

func (x *exchange) finals() (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, r := range x.report {
		if r.OrdStatus == '2' {
			n++
		}
	}
	return n
}

func engineConfig() router.Config {
	cfg := router.DefaultConfig()
	f := market.FeeSchedule{From: 20200101}
	cfg.Venues = []market.Venue{{Name: "LX", MIC: "XLXX", Type: market.Lit, Fees: []market.FeeSchedule{f},
		History: market.History{LatencyUs: 100, FillRatePct: 90, Impact: 5}, Caps: market.CapStatus}}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 1_000_000, DayVolBps: 100, PriorClose: 50 * market.Dollar}}
	return cfg
}

func open(t *testing.T, dir string) (*Shard, *Found) {
	t.Helper()
	s, found, err := Open(Config{Engine: engineConfig(), Journal: journal.Config{Dir: dir, SegmentBytes: 1 << 20, Sync: journal.Fast}})
	if err != nil {
		t.Fatal(err)
	}
	return s, found
}

func run(t *testing.T, s *Shard, from, n int) *exchange {
	t.Helper()
	x := newExchange(t, s)
	s.Start(Outlets{Venues: x, Clients: x})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	if err := s.Submit(&event.VenueUp{Venue: 0}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}
		if err := s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("P", from+i), Terms: terms}); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("gave up waiting for " + what)
		}
	}
}

func TestParentsAreFilledAndTheJournalReplays(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	x := run(t, s, 0, 20)
	await(t, "20 filled parents", func() bool { return x.finals() == 20 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
	for id, n := range x.sent {
		if n != 1 {
			t.Errorf("child %s left %d times", id, n)
		}
	}
	if x.filled != 20_000 {
		t.Errorf("venue filled %d; want 20000", x.filled)
	}
	in, err := journal.OpenReader(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := NewReplayer()
	for {
		rec, err := in.Next(context.Background())
		if err != nil {
			break
		}
		if err := r.Feed(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if r.Decisions == 0 || r.Missing() != 0 {
		t.Errorf("replay saw %d decisions and misses %d commands", r.Decisions, r.Missing())
	}
}

// A restart from a copy of the journal taken at any moment goes on without losing or doubling a share: the copy is what
// a kill -9 leaves, cut at any byte (CRASH-03, CRASH-04, CRASH-05).
func TestRestartFromAnyPrefix(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	x := run(t, s, 0, 3)
	await(t, "3 filled parents", func() bool { return x.finals() == 3 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
	segments, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	var file string
	var whole []byte
	for _, f := range segments {
		if b, err := os.ReadFile(f); err == nil && len(b) > len(whole) {
			file, whole = f, b
		}
	}
	step := max(1, len(whole)/40)
	for cut := step; cut < len(whole); cut += step {
		again := t.TempDir()
		if err := os.WriteFile(filepath.Join(again, filepath.Base(file)), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s, found, err := Open(Config{Engine: engineConfig(), Journal: journal.Config{Dir: again, SegmentBytes: 1 << 20, Sync: journal.Fast}})
		if err != nil {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
		if found.Journal.Last > s.journal.NextSeq() {
			t.Errorf("cut at %d: found %d records, next is %d", cut, found.Journal.Last, s.journal.NextSeq())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, _ = open(t, again) // and once more: what the restart wrote replays too
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChangedVenueTableIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := engineConfig()
	cfg.Venues[0].Name = "OTHER"
	_, _, err := Open(Config{Engine: cfg, Journal: journal.Config{Dir: dir, SegmentBytes: 1 << 20}})
	if err == nil {
		t.Fatal("a renamed venue was accepted")
	}
	t.Log(err)
}
