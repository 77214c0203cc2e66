package router

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// duel is an engine and the model under the same events, lawful or not: any report about any child at any time.
type duel struct {
	*rapid.T
	e     *Engine
	m     *model
	seq   uint64
	now   market.Time
	sent  []order.ChildID
	asks  []string // every ClOrdID so far
	execs int
}

func newDuel(t *rapid.T) *duel {
	d := &duel{T: t, e: New(), m: newModel(), now: market.Time(1_700_000_000 * market.Second)}
	cfg := testConfig()
	cfg.Limits.MaxRepeats, cfg.Learning.Off = 0, true
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(&event.Configured{Config: b, Instance: 7, Epoch: 1})
	for v := range market.VenueID(len(cfg.Venues)) {
		d.apply(&event.VenueUp{Venue: v})
		if cfg.Venues[v].Type.Displayed() {
			d.apply(&event.BookChanged{Venue: v, Symbol: "ABC", Bids: []market.Level{{Price: 50 * market.Dollar, Size: 2000}},
				Asks: []market.Level{{Price: 50*market.Dollar + 10_000, Size: 2000}}})
		}
	}
	return d
}

func (d *duel) apply(body event.Body) {
	d.seq++
	d.now++
	d.m.event(d.now, body)
	for _, cmd := range d.e.Apply(event.Event{Seq: d.seq, At: d.now, Body: body}) {
		if c, ok := cmd.(*event.SendChild); ok {
			d.sent = append(d.sent, c.Child.ID)
		}
		d.holds(body, d.m.command(cmd))
	}
	d.holds(body, d.m.end())
	for _, id := range d.sent {
		d.holds(body, d.m.sameChild(d.e.children[id]))
	}
	for _, p := range d.e.parents {
		d.holds(body, d.m.sameParent(p))
	}
}

func (d *duel) holds(body event.Body, text string) {
	if text != "" {
		d.Fatalf("after %T%+v:\n%s", body, body, text)
	}
}

func (d *duel) number(label string, from, to int) int {
	return rapid.IntRange(from, to).Draw(d.T, label)
}

// child is one of those sent; a step without any is passed over.
func (d *duel) child() *childState {
	if len(d.sent) == 0 {
		d.Skip("no child was sent")
	}
	return d.e.children[d.sent[d.number("child", max(0, len(d.sent)-12), len(d.sent)-1)]]
}

// count is what a venue says it has filled: what we have, or anything.
func (d *duel) count(c *childState) market.Qty {
	if d.number("lies", 0, 3) > 0 {
		return c.Cum
	}
	return market.Qty(d.number("cum", 0, int(c.Qty)))
}

func (d *duel) ask() string {
	d.asks = append(d.asks, fmt.Sprint("C", len(d.asks)))
	return d.asks[len(d.asks)-1]
}

func (d *duel) orig() string {
	if len(d.asks) == 0 {
		d.Skip("no order was sent")
	}
	return d.asks[d.number("orig", 0, len(d.asks)-1)]
}

func (d *duel) terms() order.Terms {
	return order.Terms{Symbol: "ABC", Side: market.Buy, Type: order.Market, Qty: market.Qty(100 * d.number("qty", 1, 60)), Strategy: order.Block * order.Strategy(d.number("block", 0, 1))}
}

// steps are all that can happen, by name.
func (d *duel) steps() map[string]func(*rapid.T) {
	step := func(do func()) func(*rapid.T) { return func(*rapid.T) { do() } }
	return map[string]func(*rapid.T){
		"order": step(func() { t := d.terms(); d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: d.ask(), Terms: t}) }),
		"again": step(func() {
			d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: d.orig(), Resend: true, Terms: d.terms()})
		}),
		"cancel": step(func() {
			o := d.orig()
			d.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: d.ask(), OrigClOrdID: o})
		}),
		"replace": step(func() {
			o, t := d.orig(), d.terms()
			d.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: d.ask(), OrigClOrdID: o, Terms: t})
		}),
		"accept": step(func() { d.apply(&event.ChildAccepted{Child: d.child().ID, Pending: d.number("pending", 0, 5) == 0}) }),
		"deny": step(func() {
			d.apply(&event.ChildDenied{Child: d.child().ID, Reason: "NOT_CONNECTED", Request: uint32(d.number("request", 0, 1))})
		}),
		"reject": step(func() { d.apply(&event.ChildRejected{Child: d.child().ID, Text: "no"}) }),
		"fill":   step(d.fill),
		"bust": step(func() {
			d.execs++
			d.apply(&event.ExecutionBusted{Child: d.child().ID, ExecID: fmt.Sprint("X", d.execs), RefExecID: d.exec()})
		}),
		"correct": step(func() {
			d.execs++
			d.apply(&event.ExecutionCorrected{Child: d.child().ID, ExecID: fmt.Sprint("X", d.execs), RefExecID: d.exec(), Qty: market.Qty(d.number("qty", 0, 900)), Px: 51 * market.Dollar})
		}),
		"end": step(func() {
			c := d.child()
			what := [...]order.Happening{order.WasCanceled, order.WasExpired, order.WasStopped, order.WasSuspended, order.WasDoneForDay}[d.number("what", 0, 4)]
			d.apply(&event.ChildDone{Child: c.ID, What: what, Cum: d.count(c)})
		}),
		"restate": step(func() {
			c := d.child()
			d.apply(&event.ChildReplaced{Child: c.ID, Qty: market.Qty(d.number("qty", 1, int(c.Qty))), Cum: c.Cum})
		}),
		"status": step(func() {
			c := d.child()
			d.apply(&event.ChildStatus{Child: c.ID, Status: "01234789C6E"[d.number("status", 0, 10)], Unknown: d.number("unknown", 0, 4) == 0, Cum: d.count(c)})
		}),
		"9":    step(func() { d.apply(&event.CancelRejected{Child: d.child().ID, Unknown: d.number("unknown", 0, 3) == 0}) }),
		"down": step(func() { d.apply(&event.VenueDown{Venue: market.VenueID(d.number("venue", 0, 6)), Reason: "test"}) }),
		"up":   step(func() { d.apply(&event.VenueUp{Venue: market.VenueID(d.number("venue", 0, 6))}) }),
		"time": step(func() {
			d.now = d.now.Add(int64(d.number("ms", 1, 4000)) * market.Millisecond)
			d.apply(&event.TimerFired{Timer: engineTimer})
		}),
		"steer": step(func() {
			d.apply(&event.ParentSteered{Parent: order.ParentID(d.number("parent", 1, 5)), Steer: event.Steer(d.number("steer", 1, 4)), Actor: "test"})
		}),
	}
}

// exec is the id of a trade or of a revision, perhaps one to come.
func (d *duel) exec() string { return fmt.Sprint("X", d.number("exec", max(0, d.execs-8), d.execs+1)) }

func (d *duel) fill() {
	c := d.child()
	d.execs++
	q := market.Qty(d.number("qty", 1, int(c.Qty)))
	if d.number("whole", 0, 2) == 0 {
		q = max(1, c.Leaves)
	}
	id := fmt.Sprint("X", d.execs)
	if d.number("repeat", 0, 6) == 0 {
		id = d.exec()
	}
	cum := c.Cum + q
	if d.number("counted", 0, 3) == 0 {
		cum = d.count(c)
	}
	d.apply(&event.ChildExecuted{Child: c.ID, ExecID: id, Qty: q, Px: 50*market.Dollar + market.Price(d.number("px", 0, 3))*10_000, Cum: cum})
}

// TestModelDuel holds the engine against the model under any sequence of events (TEST-05).
func TestModelDuel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { t.Repeat(newDuel(t).steps()) })
}

// TestSoakModelDuel is the same for long: ten steps for each session asked for, 10^7 by default.
func TestSoakModelDuel(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("SLUICE_SOAK"))
	if n == 0 {
		t.Skip("a soak: run make soak SESSIONS=n")
	}
	steps := uint64(0)
	for seed := 1; steps < 10*uint64(n); seed++ {
		rapid.Check(t, func(t *rapid.T) {
			d := newDuel(t)
			t.Repeat(d.steps())
			steps += d.seq
		})
	}
	if !t.Failed() {
		fmt.Printf("model: %d steps, engine and model equal after each\n", steps)
	}
}
