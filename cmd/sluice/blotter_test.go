//go:build linux

package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/config"
)

// blotter is the desk's EMS: it lives in the test's process and outlives every router.
type blotter struct {
	t    *testing.T
	ems  *fixgw.EMS
	desk *desk

	mu      sync.Mutex
	logged  bool
	logons  int
	sent    map[string]order.Terms           // by ClOrdID
	refused map[string]string                // did not leave, or was answered by 3 or j
	first   map[string]string                // ClOrdID of a request -> the order's
	live    map[string]bool                  // orders whose end the client was not told
	last    map[string]fixgw.ExecutionReport // by the order's ClOrdID
	told    map[string]executed              // by the order's ClOrdID
	execs   map[string]execution             // by ExecID
	asked   map[string]bool                  // orders whose status was asked for
	doubled []string                         // the same ExecID with other content
	left    map[string]time.Time             // when an order left
	on      map[string]int                   // the logon that an order left on
	answers []answer                         // the first report of each
	reports int                              // all that came
	again   int                              // possible resends (97=Y)
}

// answer is how long an order waited for its first report.
type answer struct {
	left time.Time
	took time.Duration
}

// executed is what the client was told of an order's executions, each ExecID once.
type executed struct {
	qty   market.Qty
	money market.Notional
}

// execution is what an ExecID may not come with twice.
type execution struct {
	kind     byte
	qty, cum market.Qty
	px       market.Price
	clOrdID  string
}

// connect starts an EMS of the desk's first client.
func (d *desk) connect() *blotter {
	d.t.Helper()
	file, err := config.Load(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	b := &blotter{t: d.t, desk: d, sent: map[string]order.Terms{}, refused: map[string]string{}, first: map[string]string{},
		live: map[string]bool{}, last: map[string]fixgw.ExecutionReport{}, told: map[string]executed{}, asked: map[string]bool{}, execs: map[string]execution{},
		left: map[string]time.Time{}, on: map[string]int{}}
	c := &file.Clients[0]
	b.ems, err = fixgw.NewEMS(fixgw.EMSConfig{
		Common: fixgw.Common{Store: quickfix.NewMemoryStoreFactory()},
		Session: session.Config{BeginString: c.Version.BeginString(), SenderCompID: c.CompID, TargetCompID: c.OurCompID,
			HeartBtInt: 5 * time.Second, Reconnect: 50 * time.Millisecond,
			Dial: wire.Dial{Address: d.clients, BackoffMin: 20 * time.Millisecond, BackoffMax: 100 * time.Millisecond}},
		Venues: file.MarketVenues(), Handler: b,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(b.ems.Close)
	if err := b.ems.Start(); err != nil {
		d.t.Fatal(err)
	}
	eventually(d.t, "the EMS is logged on", b.up)
	return b
}

// unknownThere is why an order is off the blotter that the router, when asked, did not know.
const unknownThere = "the router does not know it"

// Report implements fixgw.EMSHandler.
func (b *blotter) Report(r fixgw.ExecutionReport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports++
	if r.Resend {
		b.again++
	}
	x := execution{r.ExecType, r.LastQty, r.Cum, r.LastPx, r.ClOrdID}
	if old, known := b.execs[r.ExecID]; known {
		if old != x {
			b.doubled = append(b.doubled, fmt.Sprintf("%s: %+v and %+v", r.ExecID, old, r))
		}
		return
	}
	b.execs[r.ExecID] = x
	id := b.order(&r)
	if at, first := b.left[id]; first {
		b.answers = append(b.answers, answer{at, time.Since(at)})
		delete(b.left, id)
	}
	if r.ExecType == 'I' && r.OrdStatus == '8' {
		if _, heard := b.last[id]; !heard { // else it is how a rejected order stands
			b.refuse(id, unknownThere)
		}
		return
	}
	if b.refused[id] == unknownThere { // the question overtook the order, as cancels and questions do (PACE-05)
		delete(b.refused, id)
		b.live[id] = true
	}
	if r.ExecType == 'F' {
		t := b.told[id]
		b.told[id] = executed{t.qty + r.LastQty, t.money.Add(market.NotionalOf(r.LastPx, r.LastQty))}
	}
	if terminal(r.OrdStatus) {
		delete(b.live, id)
	}
	if old, known := b.last[id]; !known || !terminal(old.OrdStatus) || terminal(r.OrdStatus) {
		b.last[id] = r
	}
}

// order gives the ClOrdID that the order was sent with.
func (b *blotter) order(r *fixgw.ExecutionReport) string {
	for _, id := range [...]string{r.OrigClOrdID, r.ClOrdID} {
		if o, ok := b.first[id]; ok {
			return o
		}
		if _, ok := b.sent[id]; ok {
			return id
		}
	}
	return r.ClOrdID
}

func terminal(ordStatus byte) bool {
	switch ordStatus {
	case '2', '4', '8', 'C':
		return true
	}
	return false
}

// Rejected implements fixgw.EMSHandler: a cancel that came too late needs nothing.
func (b *blotter) Rejected(fixgw.CancelReject) {}

// Refused implements fixgw.EMSHandler.
func (b *blotter) Refused(clOrdID, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse(clOrdID, text)
}

func (b *blotter) refuse(id, text string) {
	b.refused[id] = text
	delete(b.live, id)
}

// State implements fixgw.EMSHandler.
func (b *blotter) State(up bool, _ string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if up && !b.logged {
		b.logons++
	}
	b.logged = up
}

func (b *blotter) up() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logged
}

// send sends an order now, or waits for the session where nothing can leave.
func (b *blotter) send(t order.Terms) (id string) {
	b.t.Helper()
	eventually(b.t, "the EMS may send", func() bool {
		var err error
		id, err = b.try(t)
		return err == nil
	})
	return id
}

// try sends an order now or says why it cannot leave.
func (b *blotter) try(t order.Terms) (id string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := time.Now()
	if id, err = b.ems.Send(t); err == nil {
		b.sent[id], b.live[id], b.left[id], b.on[id] = t, true, at, b.logons
	}
	return id, err
}

func (b *blotter) cancel(id string) {
	b.t.Helper()
	eventually(b.t, "the EMS may cancel", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		request, err := b.ems.Cancel(id)
		if err != nil {
			return false
		}
		b.first[request] = id
		return true
	})
}

// open gives the orders whose end the client was not told.
func (b *blotter) open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.live))
}

// unheard gives the orders that brought no report at all: in flight when a router died, they may never have arrived.
func (b *blotter) unheard() (ids []string) {
	for _, id := range b.open() {
		b.mu.Lock()
		if _, heard := b.last[id]; !heard {
			ids = append(ids, id)
		}
		b.mu.Unlock()
	}
	return ids
}

// finish waits until the client was told the end of every order. Orders without any report are asked about
// (35=H), as a desk does after its broker came back.
func (b *blotter) finish(most time.Duration) {
	b.t.Helper()
	for end := time.Now().Add(most); len(b.open()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			for _, id := range b.open() {
				b.mu.Lock()
				b.t.Errorf("order %s %+v is not finished: %+v", id, b.sent[id], b.last[id])
				b.mu.Unlock()
			}
			b.desk.explain(b.open())
			b.t.Fatalf("%d orders are not finished after %v", len(b.open()), most)
		}
		for _, id := range b.unheard() {
			b.ask(id)
		}
	}
}

// ask asks how an order stands, once, unless the question did not reach the router. On the session that an order left on nothing
// is asked: what left is answered there, and a question that overtakes its order would end it for us while the router works it.
func (b *blotter) ask(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.logged && b.logons > b.on[id] && !b.asked[id] && b.ems.Status(id) == nil {
		b.asked[id] = true
	}
}

// Unanswered is told of a question that did not reach the router.
func (b *blotter) Unanswered(id, _ string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.asked, id)
}

// filled gives what the client was told of an order's executions.
func (b *blotter) filled(id string) (qty market.Qty, money market.Notional) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[id].qty, b.told[id].money
}
