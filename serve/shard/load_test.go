package shard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// slow is a disk whose every sync takes a while.
type slow struct{ *disk }

func (d slow) Create(path string) (journal.File, error) {
	f, err := d.disk.Create(path)
	return slowFile{f}, err
}

type slowFile struct{ journal.File }

func (f slowFile) Sync() error {
	time.Sleep(3 * time.Millisecond)
	return f.File.Sync()
}

// TestBackPressure floods a shard whose queue is short and whose disk is slow: producers wait, nobody deadlocks although
// venue reports come out of the same releaser, nothing is lost, and Close in the middle of it returns.
func TestBackPressure(t *testing.T) {
	s, _, err := Open(Config{Engine: engineConfig(), Queue: 2, Journal: journal.Config{Dir: "/j", SegmentBytes: 1 << 20, MaxBatchBytes: 4096, FS: slow{newDisk()}}})
	if err != nil {
		t.Fatal(err)
	}
	x := newExchange(t, s)
	s.Start(Outlets{Venues: x, Clients: x})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	_ = s.Submit(&event.VenueUp{})
	const clients, each = 4, 10
	var producers sync.WaitGroup
	for c := range clients {
		producers.Add(1)
		go func() {
			defer producers.Done()
			for i := range each {
				terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}
				if err := s.Submit(&event.ParentReceived{Client: fmt.Sprint("C", c), ClOrdID: fmt.Sprint("P", i), Terms: terms}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	producers.Wait()
	await(t, "all filled", func() bool { return x.finals() == clients*each })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
}

// TestCloseDuringLoad closes a shard while clients, quotes, people and timers use it: everybody gets ErrClosed, nobody
// hangs, and what was accepted replays.
func TestCloseDuringLoad(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	x := newTruth()
	s.Start(Outlets{Venues: x, Clients: x})
	stop := make(chan struct{})
	var users sync.WaitGroup
	var n atomic.Int64
	user := func(f func(i int) error) {
		users.Add(1)
		go func() {
			defer users.Done()
			for i := 0; ; i++ {
				if err := f(i); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
				n.Add(1)
			}
		}()
	}
	users.Add(1)
	go func() { defer users.Done(); x.feed(s, 0, nil, stop) }()
	_ = s.Submit(&event.VenueUp{})
	user(func(i int) error {
		return s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("P", i), Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}})
	})
	user(func(i int) error {
		b := market.Book{BidDepth: 1, AskDepth: 1}
		b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + market.Price(1+i%3)*10_000, Size: 100_000}
		s.Market().Book(0, "ABC", &b)
		s.Market().Trade(0, "ABC", 50*market.Dollar, 100, 0)
		if i%50 == 0 {
			s.Market().Lost(0, "test")
		}
		return s.Submit(&event.ClientUp{Client: "EMS"})
	})
	user(func(int) error {
		if s.Learned() == nil {
			return ErrClosed
		}
		return nil
	})
	await(t, "some load", func() bool { return n.Load() > 300 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	close(stop)
	users.Wait()
	sum, err := Summarise(context.Background(), dir, true)
	if err != nil || sum.Events == 0 || sum.Snapshots != 1 {
		t.Errorf("the replay gives %+v, %v; want the events, and the snapshot of the stop verified", sum, err)
	}
	again, found := open(t, dir)
	if found.Snapshot.Seq == 0 || found.Replayed.Events != 0 {
		t.Errorf("found %+v: a clean stop's snapshot leaves nothing to replay", found)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestConflatorKeepsTheNewest: a symbol that nobody watched comes with its newest book when an order for it arrives, and with the
// book's age (MD-01); one that is let go is silent, and a venue whose feed broke is marked (MD-03).
func TestConflatorKeepsTheNewest(t *testing.T) {
	now := market.Time(0)
	s := &Shard{cfg: Config{Now: func() market.Time { return now }}}
	c := newConflator(s)
	book := func(px market.Price) *market.Book {
		b := market.Book{BidDepth: 1}
		b.Bids[0] = market.Level{Price: px, Size: 100}
		return &b
	}
	all := func(*quotes) bool { return true }
	watched := func(q *quotes) bool { return q.watched }
	c.Book(1, "ABC", book(10))
	c.Book(1, "ABC", book(11))
	c.Trade(1, "ABC", 11, 500, 0)
	if got := c.changes(watched); len(got) != 0 {
		t.Fatalf("a symbol nobody watches gave %d events", len(got))
	}
	now = now.Add(5 * market.Second)
	got := c.changes(all)
	if len(got) != 1 || got[0].(*event.BookChanged).Bids[0].Price != 11 || got[0].(*event.BookChanged).AgeNs != 5*market.Second {
		t.Fatalf("an order's symbol gave %+v; want the newest book alone, five seconds old", got)
	}
	c.watch("ABC", true)
	c.Trade(1, "ABC", 11, 500, 0)
	c.Trade(1, "ABC", 12, 100, 0)
	got = c.changes(watched)
	if len(got) != 2 || got[1].(*event.TradePrinted).Qty != 600 || got[1].(*event.TradePrinted).Prints != 2 {
		t.Fatalf("a watched symbol gave %+v; want its book and one print of 600", got)
	}
	c.Lost(1, "gap")
	got = c.changes(watched)
	if len(got) != 1 || !got[0].(*event.BookChanged).Poisoned {
		t.Fatalf("a lost feed gave %+v; want a poisoned book", got)
	}
	c.watch("ABC", false)
	c.Book(1, "ABC", book(13))
	if got := c.changes(watched); len(got) != 0 {
		t.Fatalf("a symbol that was let go gave %d events", len(got))
	}
	c.watch("ABC", true)
	if got = c.changes(watched); len(got) != 1 || got[0].(*event.BookChanged).Bids[0].Price != 13 {
		t.Fatalf("watched again, it gave %+v; want the book of 13", got)
	}
}
