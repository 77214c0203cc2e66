package shard

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// crashWorld is what outlives the router: its counterparties.
type crashWorld struct {
	venue  *exchangeTruth
	client *clientTruth
	orders int
	failed int   // orders that the venue had when the last shard had failed
	closed error // what closing it said
}

func newCrashWorld(orders int) *crashWorld {
	return &crashWorld{venue: newTruth(), client: newClientTruth(), orders: orders}
}

// terms gives order i: two at the market, the third rests for a moment.
func (w *crashWorld) terms(i int) order.Terms {
	t := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}
	if i%3 == 2 {
		t.Type, t.Limit, t.End = order.Limit, 50*market.Dollar, market.Time(time.Now().Add(60*time.Millisecond).UnixNano())
	}
	return t
}

// run is one process from start to its death or its orders' end; it reports whether all orders ended.
func (w *crashWorld) run(t *testing.T, d *disk) bool {
	t.Helper()
	wire := &wires{disk: d, truth: w.venue, desk: w.client}
	cfg := Config{Engine: engineConfig(), Sessions: wire, Snapshots: Snapshots{Events: 25}, Journal: journal.Config{Dir: "/j", SegmentBytes: 16 << 10, FS: d}}
	cfg.Engine.Tactics.AckTimeout, cfg.Engine.Tactics.SettleWait = 500*market.Millisecond, 500*market.Millisecond
	cfg.Engine.Tactics.UrgentBefore = market.Millisecond
	s, _, err := Open(cfg)
	if err == nil {
		if err = wire.open(s); err != nil {
			_ = s.Close() // its error is the disk's
		}
	}
	if err != nil {
		if d.last == 0 {
			t.Fatalf("a lawful disk: %v", err)
		}
		w.closed = err
		return false
	}
	holdReplay(t, s)
	s.Start(Outlets{Venues: wire, Clients: wire, Alert: func(a *event.Raise) {
		if a.Severity == event.Page {
			w.client.mu.Lock()
			w.client.wrong = append(w.client.wrong, a.Code+": "+a.Text)
			w.client.mu.Unlock()
		}
	}})
	stop := make(chan struct{})
	var fed sync.WaitGroup
	fed.Go(func() { w.venue.feed(s, wire.venue.NextTargetMsgSeqNum()-1, wire.venue.IncrNextTargetMsgSeqNum, stop) })
	w.send(s)
	finished := w.wait(t, s, d)
	if s.Err() != nil {
		<-s.Failed()
		w.failed = w.venue.count()
	}
	close(stop)
	w.closed = s.Close()
	fed.Wait()
	if finished && d.last == 0 {
		w.compare(t, s)
	}
	return finished
}

// send brings the market and the orders; a client sends again what it has no answer to (97=Y).
func (w *crashWorld) send(s *Shard) {
	quote(s)
	_ = s.Submit(&event.ClientUp{Client: "EMS"})
	for i := range w.orders {
		_ = s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("P", i), Resend: true, Terms: w.terms(i)})
	}
}

// quote brings the venue up with a quote.
func quote(s *Shard) {
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	_ = s.Submit(&event.VenueUp{})
}

func (w *crashWorld) wait(t *testing.T, s *Shard, d *disk) (finished bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !finished && s.Err() == nil; time.Sleep(200 * time.Microsecond) {
		finished = allEnded(s, w.orders)
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting for the orders of a lawful world: last %d, children %+v, wrong %q, orders %+v", d.last, s.engine.LiveChildren(), w.client.wrong, w.venue.list)
		}
	}
	return finished
}

func allEnded(s *Shard, orders int) bool {
	answer := make(chan bool, 1)
	select {
	case s.asks <- func(e *router.Engine) { parents, working, _ := e.Count(); answer <- parents >= orders && working == 0 }:
		return <-answer
	case <-s.ended:
		return false
	case <-s.broken:
		return false
	}
}

// compare holds the journal, the venue and the client against each other: no share lost, none doubled, no order at the
// venue that the journal does not hold.
func (w *crashWorld) compare(t *testing.T, s *Shard) {
	t.Helper()
	children, parents := w.booked(t, s)
	var filled, told, booked market.Qty
	for _, o := range w.venue.list {
		filled += o.cum
		c, known := children[o.send.ClOrdID]
		if !known || !o.done || c.Cum != o.cum || !c.State.Done() {
			t.Errorf("the venue has %+v, done %v with %d; the journal has it %v as %+v", o.send.Child, o.done, o.cum, known, c)
		}
	}
	for id, c := range children {
		if c.Cum > 0 && w.venue.orders[id] == nil {
			t.Errorf("the venue does not have %+v", c)
		}
	}
	for i := range w.orders {
		id := fmt.Sprint("P", i)
		p := parents[id]
		booked, told = booked+p.Cum, told+market.Qty(w.client.told[id])
		if p.Type == order.Market && p.Cum != 1000 || w.client.ends[id] != p.State.FIX() || market.Qty(w.client.told[id]) != p.Cum {
			t.Errorf("order %s: booked %d, %v; the client was told %d, 39=%c", id, p.Cum, p.State, w.client.told[id], w.client.ends[id])
		}
	}
	if filled != booked || filled != told {
		t.Errorf("the venue filled %d, %d are booked, the client was told %d", filled, booked, told)
	}
	if wrong := append(w.venue.wrong, w.client.wrong...); len(wrong) > 0 {
		t.Errorf("wrong: %q", wrong)
	}
	if p, working, open := s.engine.Count(); working != 0 || open != 0 || p != w.orders {
		t.Errorf("the engine has %d parents, %d working, %d shares open", p, working, open)
	}
}

// parentBooked is a parent as the journal has it at its end.
type parentBooked struct {
	order.Parent
	Type order.Type
}

// booked reads the journal: children by ClOrdID, parents by the client's.
func (w *crashWorld) booked(t *testing.T, s *Shard) (map[string]order.Child, map[string]parentBooked) {
	t.Helper()
	in := s.journal.Read(0)
	defer in.Close()
	children, parents := map[string]order.Child{}, map[string]parentBooked{}
	for {
		rec, err := in.Next(t.Context())
		if errors.Is(err, journal.ErrClosed) {
			return children, parents
		}
		if err != nil {
			t.Fatal(err)
		}
		switch event.Kind(rec.Type) {
		case event.KindSendChild, event.KindRecordChild, event.KindRecordParent:
		default:
			continue
		}
		body, err := event.Decode(event.Kind(rec.Type), rec.Payload)
		if err != nil {
			t.Fatal(err)
		}
		switch b := body.(type) {
		case *event.SendChild:
			children[b.ClOrdID] = b.Child
		case *event.RecordChild:
			children[event.ClOrdID(s.instance, b.Child.ID, 0)] = b.Child
		case *event.RecordParent:
			parents[b.Parent.ClOrdID] = parentBooked{b.Parent, b.Parent.Terms.Type}
		}
	}
}

// TestKillAtEveryOperation kills the router at every write, sync, truncation, rename and removal of its journal: before it,
// with it torn at some byte, and after it but before anybody learned of it; then the second process soon too, and starts
// it again on what is left. Every order ends, no share is lost or doubled, no order leaves twice or stays at the venue
// unknown, no number of a FIX session names two messages, and the client is told everything once (TEST-20, CRASH-01 to
// CRASH-08). SLUICE_CRASHES=n crashes n times; three times the operations takes each in all three ways.
//
// What the points leave: a report that was read and is not durable comes again, because its number is not (CRASH-01), and
// one that is durable without its number is booked once (CRASH-02); a client's report that had not left comes with its id
// (CRASH-03, TEST-44); a child without a durable intent never was (CRASH-04), one with it whose order was handed over to a
// dead process is asked about (CRASH-05, CRASH-06); the next start begins a new block of numbers (CRASH-07, STO-04); half
// a segment and half a snapshot are no segment and no snapshot (CRASH-08).
func TestKillAtEveryOperation(t *testing.T) {
	killEverywhere(t, func(d *disk, last int, _ *rand.Rand) *disk { return d.again(last) })
}

// TestPowerLossAtEveryOperation is TestKillAtEveryOperation where what was not synced is lost in part, sector by sector:
// what left the process was durable, so nothing that a counterparty saw is forgotten (TEST-22, JRN-03).
func TestPowerLossAtEveryOperation(t *testing.T) {
	killEverywhere(t, func(d *disk, last int, r *rand.Rand) *disk { return d.powerLost(last, r) })
}

func killEverywhere(t *testing.T, after func(d *disk, last int, r *rand.Rand) *disk) {
	t.Parallel()
	const orders = 3
	whole := newDisk()
	if !newCrashWorld(orders).run(t, whole) {
		t.Fatal("a run without faults does not end")
	}
	if whole.ops < 10 {
		t.Fatalf("a whole run has %d disk operations: the disk does not see the journal", whole.ops)
	}
	crashes, points := crashes(t), 3*whole.ops
	for i := range crashes {
		p := i % points
		if crashes < points {
			p = i * points / crashes // spread over the run
		}
		r := rand.New(rand.NewPCG(uint64(i), 0x20))
		w, d := newCrashWorld(orders), newDisk()
		d.last = 1 + p/3
		d.torn = [...]func(int) int{func(int) int { return 0 }, r.IntN, func(n int) int { return n }}[p%3]
		if w.run(t, d) {
			d = d.again(0) // it was done before
		} else if d = after(d, 1+r.IntN(17), r); !w.run(t, d) {
			d = after(d, 0, r)
		} else {
			d = d.again(0)
		}
		if !w.run(t, d) || t.Failed() {
			t.Fatalf("crash %d: killed at operation %d of %d, way %d", i, 1+p/3, whole.ops, p%3)
		}
	}
	t.Logf("%d crashes at %d operations, three ways each", crashes, whole.ops)
}

// crashes gives how often each crash test crashes: SLUICE_CRASHES, by default a slice of the operations.
func crashes(t *testing.T) int { return fromEnv(t, "SLUICE_CRASHES", 36) }

func fromEnv(t *testing.T, key string, otherwise int) int {
	t.Helper()
	s := os.Getenv(key)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s is no count", key, s)
	}
	return n
}

// TestOneFailedOperation lets one operation of the journal's disk fail, once, and every later one succeed: a write or a
// sync is never tried again, nothing leaves after it but cancels, closing says so, and the next start finds what had
// left (TEST-23, JRN-05).
func TestOneFailedOperation(t *testing.T) {
	t.Parallel()
	const orders = 3
	whole := newDisk()
	newCrashWorld(orders).run(t, whole)
	for i := range crashes(t) {
		w, d := newCrashWorld(orders), newDisk()
		d.last, d.once = 1+i*whole.ops/crashes(t), [...]error{syscall.EIO, syscall.ENOSPC}[i%2]
		d.torn = func(n int) int { return n * (i % 3) / 2 }
		finished := w.run(t, d)
		if w.closed == nil && (!finished || d.hit == "write" || d.hit == "sync") || w.closed != nil && !errors.Is(w.closed, d.once) {
			t.Errorf("operation %d, %s: the orders ended: %v, closing said %v", d.last+1, d.hit, finished, w.closed)
		}
		if n := w.venue.count(); w.failed > 0 && n != w.failed {
			t.Errorf("operation %d, %s: %d orders left after the failure", d.last+1, d.hit, n-w.failed)
		}
		if !w.run(t, d.again(0)) || t.Failed() {
			t.Fatalf("operation %d of %d, %s, failed once: %v", d.last+1, whole.ops, d.hit, w.closed)
		}
	}
}

// TestJournalFailureWithdrawsWhatWorks is the kill path: no new order, a cancel for all that works, at once and not only
// when somebody closes the shard (JRN-05).
func TestJournalFailureWithdrawsWhatWorks(t *testing.T) {
	d := newDisk()
	s, _, err := Open(Config{Engine: engineConfig(), Journal: journal.Config{Dir: "/j", SegmentBytes: 1 << 20, FS: d}})
	if err != nil {
		t.Fatal(err)
	}
	x := &silent{truth: newTruth()}
	s.Start(Outlets{Venues: x, Clients: x.truth})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	_ = s.Submit(&event.VenueUp{})
	_ = s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: "P", Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar}})
	await(t, "a resting order", func() bool { x.truth.mu.Lock(); defer x.truth.mu.Unlock(); return x.sent > 0 })
	d.mu.Lock()
	d.last = d.ops
	d.mu.Unlock()
	_ = s.Submit(&event.ClientUp{Client: "EMS"}) // its record cannot be written
	select {
	case <-s.Failed():
	case <-time.After(20 * time.Second):
		t.Fatal("the failure was not noticed")
	}
	if x.truth.kills != 1 {
		t.Errorf("%d cancels by the kill path; want 1", x.truth.kills)
	}
	if err := s.Submit(&event.ClientUp{Client: "EMS"}); err == nil {
		t.Error("an event was taken after the journal failed")
	}
	if err := s.Close(); err == nil {
		t.Error("Close does not say that the journal failed")
	}
}

// silent is a venue that takes orders and says nothing.
type silent struct {
	truth *exchangeTruth
	sent  int
}

func (x *silent) Send(*event.SendChild) {
	x.truth.mu.Lock()
	defer x.truth.mu.Unlock()
	x.sent++
}
func (x *silent) Cancel(c *event.CancelChild) { x.truth.Cancel(c) }
func (x *silent) Replace(*event.ReplaceChild) {}
func (x *silent) Query(*event.QueryChild)     {}

// TestLastGateStopsAnOverfill shows the last gate a child that the engine knows nothing of: the engine's own child would
// then overfill, is refused at the send point, and the parent stops (RISK-01).
func TestLastGateStopsAnOverfill(t *testing.T) {
	s, _ := open(t, t.TempDir())
	x := newTruth()
	var mu sync.Mutex
	var pages []event.Raise
	s.Start(Outlets{Venues: x, Clients: x, Alert: func(a *event.Raise) {
		mu.Lock()
		defer mu.Unlock()
		if a.Severity == event.Page {
			pages = append(pages, *a)
		}
	}})
	_ = s.Submit(&event.VenueUp{})
	_ = s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: "P", Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}})
	await(t, "the parent at the gate", func() bool {
		s.gate.mu.Lock()
		defer s.gate.mu.Unlock()
		_, asked := s.gate.gate.Taken(1)
		return asked == 1000
	})
	s.gate.observe(&event.SendChild{Child: order.Child{ID: 1 << 30, Parent: 1, Symbol: "ABC", Side: market.Buy, Qty: 900}}, true)
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	await(t, "a page", func() bool { mu.Lock(); defer mu.Unlock(); return len(pages) > 0 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(x.list) != 0 || pages[0].Code != "RISK-01" || pages[0].Parent != 1 {
		t.Errorf("%d orders left, page %+v; want none, and RISK-01 for parent 1", len(x.list), pages[0])
	}
}
