package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim"
)

// feedPace is how long books and prints are gathered before the engine sees them, as the live process does.
const feedPace = market.Millisecond

// client is the name under which the desk trades at the venues and sends parents to the engine.
const client = "DESK"

// instance is the journal's birth that the desk's ClOrdIDs carry: any number, always the same, but for models that know it (see
// [Config.instance]).
const instance = 1

// A desk joins one engine to one market on the virtual clock: what the live process does with journal, sessions and
// sockets between them, without those. One goroutine owns it. It panics where the live process would stop.
type desk struct {
	market *sim.Market
	engine *router.Engine
	config router.Config
	birth  uint32 // of the journal
	seq    uint64
	timer  market.Time // when the engine wants to be called, 0 = never
	due    []event.Body
	feed   feed
	epoch  uint32
	onExec func(*event.RecordExecution)
	onEnd  func(*event.RecordParent)
	onPlan func(*event.RecordDecision)
	onFact func(*event.RecordOutcome)
	onSend func(*order.Child)
	onNew  func(order.ParentID, *order.Terms)
	onBody func(event.Body) // every event before the engine sees it, and every command
	sent   order.ParentID   // the engine numbers parents from 1
	alerts map[string]int   // by code
}

// feed holds what the engine has not seen yet.
type feed struct {
	symbols map[market.Symbol]int
	watched []bool                   // by symbol
	books   [][market.MaxVenues]seen // by symbol
	venues  int
	flushAt market.Time // 0 = nothing to flush
	book    event.BookChanged
	trade   event.TradePrinted
}

type seen struct {
	book   market.Book
	has    bool
	dirty  bool
	qty    market.Qty
	value  market.Notional
	last   market.Price
	prints uint32
}

// newDesk makes the market and starts the engine on it, with a session to every venue that is not closed (nil: none is).
// The callbacks of cfg are the desk's.
func newDesk(cfg sim.Config, rc router.Config, birth uint32, closed func(market.VenueType) bool) (*desk, error) {
	d := &desk{engine: router.New(), config: rc, birth: birth, alerts: map[string]int{}}
	d.feed.symbols, d.feed.venues = map[market.Symbol]int{}, len(cfg.Venues)
	for i := range cfg.Symbols {
		d.feed.symbols[cfg.Symbols[i].Symbol] = i
	}
	d.feed.watched = make([]bool, len(cfg.Symbols))
	d.feed.books = make([][market.MaxVenues]seen, len(cfg.Symbols))
	cfg.OnReport, cfg.OnBook, cfg.OnTrade = d.reported, d.quoted, d.printed
	m, err := sim.New(cfg)
	if err != nil {
		return nil, err
	}
	d.market = m
	d.configure(rc)
	for i := range rc.Venues {
		if closed == nil || !closed(rc.Venues[i].Type) {
			d.apply(&event.VenueUp{Venue: market.VenueID(i)})
		}
	}
	return d, nil
}

// configure starts the engine, or starts it again with a changed configuration.
func (d *desk) configure(rc router.Config) {
	b, err := json.Marshal(rc)
	if err != nil {
		panic("compare: " + err.Error()) // plain numbers and names
	}
	d.config = rc
	d.epoch++
	d.apply(&event.Configured{Config: b, Instance: d.birth, Epoch: d.epoch})
}

// run goes on until t: market, engine timer and feed in the order of their times.
func (d *desk) run(t market.Time) {
	for {
		next := t
		if d.timer > 0 {
			next = min(next, d.timer)
		}
		if d.feed.flushAt > 0 {
			next = min(next, d.feed.flushAt)
		}
		if at, ok := d.market.Next(); ok && at <= next {
			d.market.Step()
			continue
		}
		d.market.RunUntil(next)
		switch {
		case d.feed.flushAt > 0 && d.feed.flushAt <= next:
			d.flush()
		case d.timer > 0 && d.timer <= next:
			d.timer = 0
			d.apply(&event.TimerFired{Timer: 1})
		default:
			return
		}
	}
}

// parent sends a parent to the engine, which sees the newest market before it.
func (d *desk) parent(t *order.Terms) {
	d.sent++
	if d.onNew != nil {
		d.onNew(d.sent, t)
	}
	d.flushSymbol(d.feed.symbols[t.Symbol])
	d.apply(&event.ParentReceived{Client: client, ClOrdID: "P" + strconv.FormatUint(uint64(d.sent), 10), Terms: *t})
}

// apply gives the engine one event and does what it asks for; what that causes at once follows.
func (d *desk) apply(body event.Body) {
	d.one(body)
	for len(d.due) > 0 {
		next := d.due[0]
		d.due = d.due[1:]
		d.one(next)
	}
	d.due = d.due[:0]
}

// ask gives the engine what a person decides, and says why it refuses.
func (d *desk) ask(body event.Body) error {
	var err error
	heard := d.onBody
	d.onBody = joined(heard, func(b event.Body) {
		if a, ok := b.(*event.AnswerPerson); ok && a.Refused {
			err = errors.New(a.Text)
		}
	})
	d.apply(body)
	d.onBody = heard
	return err
}

func (d *desk) one(body event.Body) {
	d.seq++
	tell(d.onBody, body)
	for _, cmd := range d.engine.Apply(event.Event{Seq: d.seq, At: d.market.Now(), Body: body}) {
		d.command(cmd)
	}
}

func (d *desk) command(cmd event.Body) {
	tell(d.onBody, cmd)
	switch c := cmd.(type) {
	case *event.SendChild:
		d.send(c)
	case *event.CancelChild:
		d.market.Cancel(c.Venue, sim.CancelRequest{Client: client, ClOrdID: c.ClOrdID, OrigClOrdID: c.OrigClOrdID})
	case *event.ReplaceChild:
		d.market.Replace(c.Venue, sim.ReplaceRequest{Client: client, ClOrdID: c.ClOrdID, OrigClOrdID: c.OrigClOrdID, Qty: c.Qty, Limit: c.Limit})
	case *event.QueryChild:
		d.market.Status(c.Venue, sim.StatusRequest{Client: client, ClOrdID: c.ClOrdID})
	case *event.SetTimer:
		d.timer = c.At
	case *event.WatchSymbol:
		d.watch(d.feed.symbols[c.Symbol], c.On)
	case *event.RecordExecution:
		tell(d.onExec, c)
	case *event.RecordParent:
		if c.Parent.State.Done() {
			tell(d.onEnd, c)
		}
	case *event.RecordDecision:
		tell(d.onPlan, c)
	case *event.RecordOutcome:
		tell(d.onFact, c)
	case *event.Raise:
		d.alerts[c.Code]++
	}
}

// tell calls whoever listens.
func tell[T any](listens func(T), x T) {
	if listens != nil {
		listens(x)
	}
}

// send puts a child on its way to its venue.
func (d *desk) send(c *event.SendChild) {
	o := sim.Order{Client: client, ClOrdID: c.ClOrdID, Symbol: c.Child.Symbol, Side: c.Child.Side, Type: c.Child.Type, TIF: c.Child.TIF,
		Qty: c.Child.Qty, Limit: c.Child.Limit, MinQty: c.Child.MinQty, Display: c.Child.Display}
	d.market.Submit(c.Child.Venue, o)
	d.due = append(d.due, &event.ChildSent{Child: c.Child.ID})
	if d.onSend != nil {
		d.onSend(&c.Child)
	}
}

// reported turns a venue's report into the event that a session would have made of it.
func (d *desk) reported(r *sim.Report) {
	id, request := r.ClOrdID, uint32(0)
	if r.OrigClOrdID != "" {
		id = r.OrigClOrdID
	}
	_, child, _, err := event.ParseClOrdID(id)
	if err == nil {
		_, _, request, err = event.ParseClOrdID(r.ClOrdID)
	}
	if err != nil {
		panic("compare: a venue answers for an order that is not ours: " + err.Error())
	}
	if body := eventOf(r, child, request); body != nil {
		d.apply(body)
	}
}

// eventOf gives the event of a report about a child; request is the number of the message it answers.
func eventOf(r *sim.Report, child order.ChildID, request uint32) event.Body {
	switch r.Kind {
	case sim.Accepted:
		return &event.ChildAccepted{Child: child, VenueOrderID: r.OrderID, At: r.At}
	case sim.Rejected:
		return &event.ChildRejected{Child: child, Text: r.Reason.String(), At: r.At}
	case sim.Filled:
		return &event.ChildExecuted{Child: child, ExecID: r.ExecID, VenueOrderID: r.OrderID, Qty: r.LastQty, Px: r.LastPx, Cum: r.Cum,
			Leaves: r.Leaves, Liquidity: r.Liquidity, At: r.At, Status: r.State.FIX()}
	case sim.Canceled, sim.Expired:
		what := order.WasCanceled
		if r.Kind == sim.Expired {
			what = order.WasExpired
		}
		if r.OrigClOrdID == "" {
			request = 0
		}
		return &event.ChildDone{Child: child, What: what, Request: request, Cum: r.Cum, Leaves: r.Leaves, Text: r.Reason.String(), At: r.At}
	case sim.Replaced, sim.Restated:
		if r.Kind == sim.Restated {
			request = 0
		}
		return &event.ChildReplaced{Child: child, Request: request, Qty: r.Qty, Limit: r.Limit, Cum: r.Cum, Leaves: r.Leaves, At: r.At, VenueOrderID: r.OrderID}
	case sim.CancelRejected, sim.ReplaceRejected:
		reason := uint16(0)
		if r.Reason == sim.ReasonUnknownOrder {
			reason = 1
		}
		return &event.CancelRejected{Child: child, Request: request, Reason: reason, Unknown: r.Reason == sim.ReasonUnknownOrder, Status: r.State.FIX(), At: r.At}
	case sim.Busted:
		return &event.ExecutionBusted{Child: child, ExecID: r.ExecID, RefExecID: r.ExecRefID, At: r.At}
	case sim.Status:
		return &event.ChildStatus{Child: child, Unknown: r.Reason == sim.ReasonUnknownOrder, Status: r.State.FIX(), Cum: r.Cum, Leaves: r.Leaves,
			AvgPx: r.AvgPx, VenueOrderID: r.OrderID, Qty: r.Qty, Limit: r.Limit, Request: request, At: r.At}
	}
	panic(fmt.Sprintf("compare: a report of kind %v", r.Kind))
}
