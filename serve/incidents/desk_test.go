package incidents

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// start is a Tuesday afternoon, UTC.
const start = market.Time(1_700_000_000 * market.Second)

// desk is an engine with its last gate, one lit venue and one symbol. What passes the last gate is on the wire.
type desk struct {
	t         *testing.T
	cfg       router.Config
	engine    *router.Engine
	gate      *risk.LastGate
	seq       uint64
	now       market.Time
	timer     market.Time
	wire      []order.Child
	alerts    []event.Raise
	reports   []event.ReportParent
	decisions []event.RecordDecision
	answer    event.AnswerPerson
	overfills bool // the code under suspicion sends every child twice, as another child
	next      order.ChildID
}

func newDesk(t *testing.T, change func(*router.Config)) *desk {
	t.Helper()
	cfg := router.DefaultConfig()
	cfg.Venues = []market.Venue{{Name: "LX", MIC: "XLXX", Type: market.Lit, QuoteMs: 1_000, Caps: market.CapStatus, Fees: []market.FeeSchedule{{From: 20200101}}}}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 100_000_000, DayVolBps: 100, PriorClose: 100 * market.Dollar}}
	if change != nil {
		change(&cfg)
	}
	d := &desk{t: t, cfg: cfg, engine: router.New(), gate: risk.NewLastGate(cfg.Venues), now: start, next: 1 << 40}
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(&event.Configured{Config: text, Instance: 1, Epoch: 1})
	d.apply(&event.VenueUp{})
	d.quote(100 * market.Dollar)
	return d
}

func (d *desk) quote(bid market.Price) {
	d.apply(&event.BookChanged{Symbol: "ABC", Bids: []market.Level{{Price: bid, Size: 1_000}}, Asks: []market.Level{{Price: bid + 10_000, Size: 1_000}}})
}

func (d *desk) apply(body event.Body) {
	d.seq++
	d.now++
	d.gate.Observe(body)
	var denied []event.Body
	for _, cmd := range d.engine.Apply(event.Event{Seq: d.seq, At: d.now, Body: body}) {
		switch c := cmd.(type) {
		case *event.SendChild:
			denied = append(denied, d.send(c)...)
			continue
		case *event.ReportParent:
			d.reports = append(d.reports, *c)
		case *event.Raise:
			d.alerts = append(d.alerts, *c)
		case *event.RecordDecision:
			e, err := event.Decode(c.Kind(), event.Append(nil, c))
			if err != nil {
				d.t.Fatal(err)
			}
			d.decisions = append(d.decisions, *e.(*event.RecordDecision))
		case *event.AnswerPerson:
			d.answer = *c
		case *event.SetTimer:
			d.timer = c.At
		}
		d.gate.Observe(cmd)
	}
	for _, b := range denied {
		d.apply(b)
	}
}

// send is the send point: only what the last gate lets pass is on the wire.
func (d *desk) send(c *event.SendChild) (then []event.Body) {
	judge := func(c *event.SendChild) event.Body {
		if r := d.gate.Check(c); !r.Passed() {
			return &event.ChildDenied{Child: c.Child.ID, Reason: router.LastGateRefused + r.String()}
		}
		d.wire = append(d.wire, c.Child)
		return &event.ChildSent{Child: c.Child.ID}
	}
	if !d.overfills {
		return []event.Body{judge(c)}
	}
	d.next++
	again := *c
	again.Child.ID = d.next
	then = append(then, judge(c))
	if b, refused := judge(&again).(*event.ChildDenied); refused {
		b.Child = c.Child.ID // the engine learns it of the child that it knows
		then = append(then, b)
	}
	return then
}

// run lets time pass; timers fire when they are due.
func (d *desk) run(ns int64) {
	for end := d.now.Add(ns); d.now < end; {
		if d.timer == 0 || d.timer > end {
			d.now = end
			return
		}
		d.now, d.timer = max(d.now, d.timer), 0
		d.apply(&event.TimerFired{Timer: 1})
	}
}

// buy sends an order to buy at a limit.
func (d *desk) buy(id string, qty market.Qty, limit market.Price) event.ReportParent {
	d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: id, Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: qty, Type: order.Limit, Limit: limit}})
	return d.reports[len(d.reports)-1]
}

func (d *desk) alerted(code, words string) (n int) {
	for _, a := range d.alerts {
		if a.Code == code && strings.Contains(a.Text, words) {
			n++
		}
	}
	return n
}

// onWire is the shares that reached the wire.
func (d *desk) onWire() (q market.Qty) {
	for i := range d.wire {
		q += d.wire[i].Qty
	}
	return q
}
