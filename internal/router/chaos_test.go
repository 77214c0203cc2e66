package router

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "run only this world")
	worldsFlag = flag.Int("worlds", 250, "how many random worlds to run")
)

// TestRandomWorlds runs parents of every strategy against venues that fill in parts, repeat, reorder and delay their
// reports, fill after a cancel, refuse, fall silent, bust, correct, restate and go down, with clients who amend and cancel
// at any time, operators who halt, and restarts that lose what was not durable. After every event it holds the order
// invariants, against the engine's own state and against what the venues really have; in the end, when the venues are
// lawful again, every order comes to its end; and the events replay to the same bytes.
func TestRandomWorlds(t *testing.T) {
	if *seedFlag != 0 {
		newChaos(t, *seedFlag).live()
		return
	}
	n := *worldsFlag
	if testing.Short() {
		n /= 5
	}
	seen := map[string]int{}
	for seed := uint64(1); seed <= uint64(n); seed++ {
		w := newChaos(t, seed)
		w.live()
		for k, v := range w.seen {
			seen[k] += v
		}
	}
	for _, k := range []string{"partial fill", "duplicate", "late fill", "reject", "silence", "cancel reject", "bust", "correction",
		"restatement", "venue down", "restart", "restart with lost intents", "replace", "cancel", "halt", "client down", "denied", "reordered"} {
		if seen[k] == 0 {
			t.Errorf("no world had a %s: the generator does not go there", k)
		}
	}
	if testing.Verbose() {
		t.Log(seen)
	}
}

// chaos is one world. What venues really have is in orders; what is on its way lies in out (commands not yet durable or
// handed over) and wire (reports).
type chaos struct {
	t               *testing.T
	seed            uint64
	rng             *rand.Rand
	cfg             Config
	e               *Engine
	gate            *risk.LastGate
	seq             uint64
	now             market.Time
	timer           market.Time
	events          []event.Event
	log             []byte
	out             []event.Body
	wire            []event.Body
	down            [market.MaxVenues]bool
	orders          map[order.ChildID]*venueOrder
	ids             []order.ChildID
	clients         [2]clientBook
	execs           int
	lawful          bool
	mid             market.Price
	odd             map[order.ParentID]string // parents whose venues did what no lawful venue does, or were revised
	reports         map[order.ParentID]*toldOf
	lastID          uint64
	revisions, told int // of executions: by venues, to clients
	halted          bool
	seen            map[string]int
}

// venueOrder is an order as its venue has it.
type venueOrder struct {
	order.Child
	known, done bool
	full        bool // done because it was filled
	cum         market.Qty
	execs       []venueFill
}

type venueFill struct {
	id, last string // of the trade, and of its latest revision
	qty      market.Qty
	px       market.Price
	busted   bool
}

// clientBook is what one client knows it sent.
type clientBook struct {
	name   string
	next   int
	orders []string // the last ClOrdID of each chain
	terms  map[string]order.Terms
}

// toldOf is what a client was told of one parent.
type toldOf struct {
	status byte
	cum    market.Qty
	filled market.Qty // sum of F − H, with corrections
	fills  map[uint64]market.Qty
}

func newChaos(t *testing.T, seed uint64) *chaos {
	w := &chaos{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 7)), cfg: testConfig(), e: New(), now: market.Time(1_700_000_000 * market.Second),
		orders: map[order.ChildID]*venueOrder{}, odd: map[order.ParentID]string{}, reports: map[order.ParentID]*toldOf{}, seen: map[string]int{}, mid: 50 * market.Dollar}
	w.cfg.Seed = seed
	w.cfg.Limits.MaxRepeats = 0 // quiet books and many orders: the throttle has a test of its own
	if seed%5 == 0 {
		w.cfg.Learning.Off = true
	}
	if seed%3 == 0 { // a venue that answers no status requests
		w.cfg.Venues[venueDarkC].Caps &^= market.CapStatus
	}
	w.gate = risk.NewLastGate(w.cfg.Venues)
	for i := range w.clients {
		w.clients[i] = clientBook{name: fmt.Sprint("EMS", i), terms: map[string]order.Terms{}}
	}
	w.configure(1)
	for i := range w.cfg.Venues {
		w.apply(&event.VenueUp{Venue: market.VenueID(i)})
	}
	w.books()
	return w
}

func (w *chaos) fail(format string, args ...any) {

	w.t.Fatalf("%s\nafter event %d (%T)\ngo test ./internal/router -run TestRandomWorlds -seed %d", fmt.Sprintf(format, args...), w.seq,
		w.events[len(w.events)-1].Body, w.seed)
}

func (w *chaos) configure(epoch uint32) {
	b, err := json.Marshal(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.apply(&event.Configured{Config: b, Instance: 77, Epoch: epoch})
}

func (w *chaos) chance(percent float64) bool { return w.rng.Float64()*100 < percent }

// live is a world's whole life.
func (w *chaos) live() {
	if os.Getenv("SLUICE_TRACE") != "" {
		defer func() { w.t.Log(w.seen) }()
	}
	for range 150 + w.rng.IntN(250) {
		w.turn()
	}
	w.calm()
	w.replayed()
	w.forgotten()
}

// turn is one thing that happens.
func (w *chaos) turn() {
	switch w.rng.IntN(22) {
	case 0, 1, 2, 3, 4:
		w.hand(1 + w.rng.IntN(4))
	case 5, 6, 7, 8, 9:
		w.deliver(1 + w.rng.IntN(8))
	case 10, 11, 12:
		w.pass(int64(w.rng.IntN(400)) * market.Millisecond)
	case 13:
		w.pass(int64(w.rng.IntN(8)) * market.Second)
	case 14, 15:
		w.mid += market.Price(w.rng.IntN(5)-2) * 10_000
		w.books()
	case 16:
		qty := market.Qty(100 * (1 + w.rng.IntN(50)))
		w.apply(&event.TradePrinted{Venue: venueLitX, Symbol: "ABC", Qty: qty, Value: market.NotionalOf(w.mid, qty), LastPx: w.mid, Prints: 1})
	case 17, 18:
		w.trade()
	case 19:
		w.client()
	case 20:
		w.operate()
	case 21:
		w.mischief()
	}
}

// books gives every displayed venue a book around the mid; some are empty, halted or poisoned.
func (w *chaos) books() {
	for i := range w.cfg.Venues {
		v := &w.cfg.Venues[i]
		if !v.Type.Displayed() || !w.lawful && w.chance(30) {
			continue
		}
		b := event.BookChanged{Venue: v.ID, Symbol: "ABC"}
		wide := market.Price(w.rng.IntN(2)) * 10_000
		for l := range market.Price(3) {
			if !w.lawful && w.chance(10) {
				continue
			}
			size := market.Qty(100 * (1 + w.rng.IntN(20)))
			b.Bids = append(b.Bids, market.Level{Price: w.mid - 10_000 - wide - l*10_000, Size: size})
			b.Asks = append(b.Asks, market.Level{Price: w.mid + 10_000 + wide + l*10_000, Size: size})
		}
		b.Halted, b.Poisoned = !w.lawful && w.chance(3), !w.lawful && w.chance(3)
		w.apply(&b)
	}
}

// pass lets time pass, with the engine's timers in their order.
func (w *chaos) pass(d int64) {
	end := w.now.Add(d)
	for n := 0; w.timer != 0 && w.timer <= end; n++ {
		if n > 5000 {
			w.fail("the engine's timer fired 5000 times within %v s", float64(d)/1e9)
		}
		w.now = max(w.now, w.timer)
		w.timer = 0
		w.apply(&event.TimerFired{Timer: engineTimer})
		if w.lawful {
			w.hand(1 << 30)
			w.deliver(1 << 30)
		}
	}
	w.now = max(w.now, end)
}

// apply gives an event its place, and everything it causes to the world and to the last gate.
func (w *chaos) apply(body event.Body) {

	w.seq++
	w.now++
	enc := event.Append(nil, body) // the engine may keep nothing of it, and a journal gives it back decoded
	again, err := event.Decode(body.Kind(), enc)
	if err != nil {
		w.t.Fatal(err)
	}
	ev := event.Event{Seq: w.seq, At: w.now, Body: again}
	w.events = append(w.events, ev)
	w.gate.Observe(body)
	for _, cmd := range w.e.Apply(ev) {
		w.log = append(w.log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
		at := len(w.log)
		w.log = event.Append(w.log, cmd)
		copied, err := event.Decode(cmd.Kind(), w.log[at:])
		if err != nil {
			w.t.Fatal(err)
		}
		w.take(copied)
	}
	w.check()
}

func (w *chaos) take(cmd event.Body) {

	if _, ok := cmd.(*event.SendChild); !ok {
		w.gate.Observe(cmd)
	}
	switch c := cmd.(type) {
	case *event.SendChild:
		if w.orders[c.Child.ID] != nil {
			w.fail("child %d sent twice", c.Child.ID)
		}
		if r := w.reports[c.Child.Parent]; r == nil || strings.ContainsRune("2468EC", rune(r.status)) {
			w.fail("INV-10: child %d of parent %d, of which the client was last told %+v", c.Child.ID, c.Child.Parent, r)
		}
		if w.halted {
			w.fail("INV-10: child %d sent while everything is halted", c.Child.ID)
		}
		w.orders[c.Child.ID] = &venueOrder{Child: c.Child}
		w.ids = append(w.ids, c.Child.ID)
		w.out = append(w.out, c)
	case *event.CancelChild, *event.QueryChild:
		w.out = append(w.out, cmd)
	case *event.SetTimer:
		w.timer = c.At
	case *event.ReportParent:
		w.reported(c)
	case *event.RejectRequest:
		w.seen["request reject"]++
		if c.Parent != 0 && c.OrigClOrdID != w.e.parents[c.Parent].ClOrdID && !w.e.parents[c.Parent].State.Done() && c.OrdStatus != '2' {
			w.fail("ER-04: 9 names 41=%s, the last accepted is %s", c.OrigClOrdID, w.e.parents[c.Parent].ClOrdID)
		}
	}
}

// reported holds ER-01, ER-23 and INV-02 over what clients are told.
func (w *chaos) reported(r *event.ReportParent) {
	if r.ExecID <= w.lastID {
		w.fail("ER-23: report %d after %d", r.ExecID, w.lastID)
	}
	w.lastID = r.ExecID
	if r.Parent == 0 || r.ExecType == 'I' {
		return
	}
	k := w.reports[r.Parent]
	if k == nil {
		k = &toldOf{fills: map[uint64]market.Qty{}}
		w.reports[r.Parent] = k
	}
	switch r.ExecType {
	case 'F':
		k.fills[r.ExecID] = r.LastQty
		k.filled += r.LastQty
	case 'H':
		w.told++
		k.filled -= k.fills[r.RefExecID]
		delete(k.fills, r.RefExecID)
	case 'G':
		w.told++
		k.filled += r.LastQty - k.fills[r.RefExecID]
		k.fills[r.RefExecID] = r.LastQty
	}
	k.status, k.cum = r.OrdStatus, r.Cum
	if k.cum != k.filled {
		w.fail("INV-02: parent %d reports cum %d, its reports sum to %d", r.Parent, k.cum, k.filled)
	}
	switch done := strings.ContainsRune("48C", rune(r.OrdStatus)); {
	case done && r.Leaves != 0:
		w.fail("ER-01: 39=%c with %d left", r.OrdStatus, r.Leaves)
	case !done && r.OrdStatus != '2' && r.Leaves != 0 && r.Terms.Qty != r.Cum+r.Leaves:
		w.fail("ER-01: 39=%c, %d ordered, %d filled, %d left", r.OrdStatus, r.Terms.Qty, r.Cum, r.Leaves)
	}
}

// check holds the invariants over the engine's state and over what the venues really have.
func (w *chaos) check() {

	truth := map[order.ParentID]market.Qty{}
	for _, id := range w.ids {
		o := w.orders[id]
		if o.done {
			truth[o.Parent] += o.cum
		} else {
			truth[o.Parent] += max(o.Qty, o.cum)
		}
	}
	for id, p := range w.e.parents {
		if p.State == order.Rejected {
			continue
		}
		var sum market.Qty
		for _, c := range p.ids {
			sum += w.e.children[c].Cum
		}
		if k := w.reports[id]; sum != p.Cum || k.cum != p.Cum {
			w.fail("INV-02: parent %d has %d filled, its children %d, the client was told %d", id, p.Cum, sum, k.cum)
		}
		if w.odd[id] == "" {
			if p.Cum+p.exposure() > p.Terms.Qty {
				w.fail("INV-01: parent %d has %d filled and %d working of %d", id, p.Cum, p.exposure(), p.Terms.Qty)
			}
			if truth[id] > p.Terms.Qty {
				w.fail("INV-01: venues may fill %d of parent %d, which is for %d", truth[id], id, p.Terms.Qty)
			}
			if w.gate.Stopped(id) {
				w.fail("RISK-01: the last gate stopped parent %d", id)
			}
		}
		w.checkParent(id, p)
	}
}

func (w *chaos) checkParent(id order.ParentID, p *parentState) {

	if p.State.Done() && p.ask.kind != noRequest {
		w.fail("parent %d is %v with a request pending", id, p.State)
	}
	if live := slices.Contains(w.e.live, p); live != (!p.State.Done() || len(p.children) > 0) {
		w.fail("parent %d is %v with %d children, among the live: %v", id, p.State, len(p.children), live)
	}
	if !p.State.Done() && p.ask.kind == noRequest && p.Hold != order.HoldFrozen && p.wakeAt == 0 && p.endsAt != forever {
		w.fail("parent %d sleeps for ever: %v, hold %v", id, p.State, p.Hold)
	}
	if p.Terms.MaxFloor > 0 && p.displayed() > p.Terms.MaxFloor && w.odd[id] == "" {
		w.fail("FIX-08: parent %d displays %d, at most %d", id, p.displayed(), p.Terms.MaxFloor)
	}
	if p.Terms.Strategy == order.POV && w.odd[id] == "" && p.Cum+p.exposure() > p.participation() {
		w.fail("parent %d has %d filled and %d working, more than its share %d of the market", id, p.Cum, p.exposure(), p.participation())
	}
	for _, c := range p.children {
		switch {
		case c.Cum+c.Leaves > c.Qty && w.odd[id] == "" || c.State.Done() || c.Leaves <= 0:
			w.fail("INV-03: live child %d: %d + %d of %d, %v", c.ID, c.Cum, c.Leaves, c.Qty, c.State)
		case c.Side != p.Terms.Side || c.Symbol != p.Terms.Symbol:
			w.fail("INV-07: child %d %v under %v", c.ID, c.Side, p.Terms.Side)
		case p.Terms.Limit > 0 && (c.Limit == 0 || p.Terms.Side.Worse(c.Limit, p.Terms.Limit)) && w.odd[id] == "":
			w.fail("INV-07: child %d at %v, parent at %v", c.ID, c.Limit, p.Terms.Limit)
		}
	}
}

// replayed feeds the events to a fresh engine: same bytes.
func (w *chaos) replayed() {
	e := New()
	var log []byte
	for _, ev := range w.events {
		for _, cmd := range e.Apply(ev) {
			log = append(log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
			log = event.Append(log, cmd)
		}
	}
	if !bytes.Equal(log, w.log) {
		w.fail("replay of %d events gives other commands", len(w.events))
	}
	w.e = e
}

// forgotten lets a day and more pass: nothing may remain but what every engine has.
func (w *chaos) forgotten() {
	w.pass(25 * market.Hour)
	w.apply(&event.ClientUp{Client: "nobody"})
	if len(w.e.parents)+len(w.e.children)+len(w.e.names)+len(w.e.live)+len(w.e.done) > 0 {
		w.fail("a day later the engine still has %d parents, %d children, %d names, %d live, %d done", len(w.e.parents), len(w.e.children), len(w.e.names), len(w.e.live), len(w.e.done))
	}
	if n := len(w.e.timers.heap); n > 0 {
		w.fail("a day later %d timers are left: %+v", n, w.e.timers.heap[0])
	}
}
