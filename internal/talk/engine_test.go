package talk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// The journal of every engine stage.
const (
	instance  = 77
	began     = market.Time(1_700_000_000 * market.Second)
	soleTimer = 1
)

// engineStage is the engine between the mapping of both sides, on a clock of its own: what the shard, the sessions and
// the journal do around it, in one goroutine.
type engineStage struct {
	t        testing.TB
	place    place
	dialects [len(clientNames)]fixgw.Dialect
	profiles [len(venueNames)]fixgw.Profile
	down     map[string]bool
	engine   *router.Engine
	gate     *risk.LastGate
	now      market.Time
	timer    market.Time
	config   []byte
	epoch    uint32
	log      []logged
	inbox    []heard
	held     []heard      // for clients that are away
	todo     []event.Body // what our own sessions say of what was sent
	sent     map[order.ChildID]*event.SendChild
	book     map[order.ChildID]order.Child // as last recorded
	ids      map[string]order.ChildID      // by our 11
	theirs   [len(venueNames)]map[string]order.ChildID
	parents  map[string]order.ParentID // by client and 11
	execs    []*event.RecordExecution
	outcomes []*event.RecordOutcome
	records  []*event.RecordParent
}

// logged is an event with the bytes of what it caused.
type logged struct {
	event.Event
	commands []byte
}

func newEngineStage(t testing.TB, s *script, client, venue string) *engineStage {
	t.Helper()
	e := &engineStage{t: t, place: place{run: "E", client: client, venue: venue, clients: clientNames[:], venues: venueNames[:],
		ports: []string{"9", "9", "9"}},
		down: map[string]bool{}, engine: router.New(), now: began, sent: map[order.ChildID]*event.SendChild{},
		book: map[order.ChildID]order.Child{}, ids: map[string]order.ChildID{}, parents: map[string]order.ParentID{}}
	file := e.place.configure(t, s)
	cfg, err := file.Engine()
	if err != nil {
		t.Fatal(err)
	}
	if e.config, err = json.Marshal(cfg); err != nil {
		t.Fatal(err)
	}
	for i := range e.dialects {
		e.dialects[i] = fixgw.Dialect{Version: client, Instance: instance, Terms: fixgw.TermsRules{Venues: file.MarketVenues()}}
	}
	for i := range e.profiles {
		v := &file.Venues[i].Orders.Profile
		e.profiles[i] = fixgw.Profile{Version: venue, Venue: market.VenueID(i), Instance: instance, NoStatus: !v.StatusRequests, PostOnly: v.PostOnlyInst}
		e.theirs[i] = map[string]order.ChildID{}
	}
	e.gate = risk.NewLastGate(cfg.Venues)
	e.start()
	for i, v := range venueNames {
		e.apply(&event.VenueUp{Venue: market.VenueID(i)})
		if err := e.quote(v, "50", "50.01", "2000"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clientNames {
		e.apply(&event.ClientUp{Client: c})
	}
	e.inbox = nil
	return e
}

func (e *engineStage) start() {
	e.epoch++
	e.apply(&event.Configured{Config: e.config, Instance: instance, Epoch: e.epoch})
}

// apply gives one event to gate and engine and takes the commands, then those events that the commands caused.
func (e *engineStage) apply(body event.Body) {
	e.t.Helper()
	e.todo = append(e.todo, body)
	for len(e.todo) > 0 {
		next := e.todo[0]
		e.todo = e.todo[1:]
		e.now++
		ev := event.Event{Seq: uint64(len(e.log) + 1), At: e.now, Body: e.reread(next)}
		e.gate.Observe(ev.Body)
		var bytes []byte
		for _, cmd := range e.engine.Apply(ev) {
			bytes = append(append(bytes, byte(cmd.Kind()), byte(cmd.Kind()>>8)), event.Append(nil, cmd)...)
			e.take(e.reread(cmd))
		}
		e.log = append(e.log, logged{ev, bytes})
	}
}

// reread sends a body through its bytes in the journal.
func (e *engineStage) reread(body event.Body) event.Body {
	out, err := event.Decode(body.Kind(), event.Append(nil, body))
	if err != nil {
		e.t.Fatalf("%T does not come back from the journal: %v", body, err)
	}
	return out
}

func (e *engineStage) take(cmd event.Body) {
	switch cmd.(type) {
	case *event.SendChild, *event.ReplaceChild: // counted where they leave
	default:
		e.gate.Observe(cmd)
	}
	switch c := cmd.(type) {
	case *event.SendChild:
		e.send(c)
	case *event.CancelChild:
		e.ask(c.Venue, c.Child, c.Request, e.profiles[c.Venue].Cancel(c, e.now))
	case *event.ReplaceChild:
		if refusal := e.gate.CheckReplace(c); !refusal.Passed() {
			e.todo = append(e.todo, &event.ChildDenied{Child: c.Child, Request: c.Request, Reason: router.LastGateRefused + refusal.String()})
			return
		}
		e.ask(c.Venue, c.Child, c.Request, e.profiles[c.Venue].Replace(c, e.sent[c.Child], e.now))
	case *event.QueryChild:
		if m, err := e.profiles[c.Venue].Query(c); err == nil && !e.down[venueNames[c.Venue]] {
			e.tell(venueNames[c.Venue], m)
		}
	case *event.ReportParent:
		if i := slices.Index(clientNames[:], c.Client); i >= 0 {
			e.tell(c.Client, e.dialects[i].Report(c))
		}
		if c.ExecType == '0' || c.ExecType == '5' {
			e.parents[c.Client+" "+c.ClOrdID] = c.Parent
		}
	case *event.RejectRequest:
		if i := slices.Index(clientNames[:], c.Client); i >= 0 {
			e.tell(c.Client, e.dialects[i].Reject(c))
		}
	case *event.ReportMassCancel:
		if i := slices.Index(clientNames[:], c.Client); i >= 0 {
			e.tell(c.Client, e.dialects[i].MassCanceled(c))
		}
	case *event.Raise:
		if c.Severity != event.Info {
			e.inbox = append(e.inbox, heard{"alert", message{kind: c.Code}})
		}
	case *event.SetTimer:
		e.timer = c.At
	default:
		e.record(cmd)
	}
}

func (e *engineStage) record(cmd event.Body) {
	switch c := cmd.(type) {
	case *event.RecordChild:
		e.book[c.Child.ID] = c.Child
	case *event.RecordExecution:
		e.execs = append(e.execs, c)
	case *event.RecordOutcome:
		e.outcomes = append(e.outcomes, c)
	case *event.RecordParent:
		e.records = append(e.records, c)
	}
}

func (e *engineStage) send(c *event.SendChild) {
	if refusal := e.gate.Check(c); !refusal.Passed() {
		e.todo = append(e.todo, &event.ChildDenied{Child: c.Child.ID, Reason: router.LastGateRefused + refusal.String()})
		return
	}
	e.sent[c.Child.ID] = c
	e.ask(c.Child.Venue, c.Child.ID, 0, e.profiles[c.Child.Venue].Send(c, e.now))
	e.ids[c.ClOrdID] = c.Child.ID
}

// ask sends a venue an order or a request: it reaches the socket, or is refused without a byte where the link is down.
func (e *engineStage) ask(v market.VenueID, child order.ChildID, request uint32, m *quickfix.Message) {
	name := venueNames[v]
	if e.down[name] {
		e.todo = append(e.todo, &event.ChildDenied{Child: child, Request: request, Reason: "not connected"})
		return
	}
	e.todo = append(e.todo, &event.ChildSent{Child: child, Request: request})
	e.tell(name, m)
}

func (e *engineStage) tell(peer string, m *quickfix.Message) {
	got, err := unpack(e.version(peer), m)
	if err != nil {
		e.t.Errorf("%s was sent %v: %v", peer, got, err)
	}
	if e.down[peer] { // a client hears it when it is back (PACE-06)
		e.held = append(e.held, heard{peer, got})
		return
	}
	e.inbox = append(e.inbox, heard{peer, got})
}

func (e *engineStage) version(peer string) string {
	if isVenue(peer) {
		return e.place.venue
	}
	return e.place.client
}

func (e *engineStage) say(peer string, m message) error {
	packed, err := m.toWire(e.version(peer)).packed(e.version(peer))
	if err != nil {
		return err
	}
	if i := slices.Index(clientNames[:], peer); i >= 0 {
		body, reply, reject := e.dialects[i].Decode(peer, packed)
		switch {
		case reject != nil:
			e.inbox = append(e.inbox, heard{peer, message{kind: "3", fields: []field{{58, reject.Error()}}}})
		case reply != nil:
			e.tell(peer, reply)
		default:
			e.apply(body)
		}
		return nil
	}
	v := slices.Index(venueNames[:], peer)
	body, err := e.profiles[v].Decode(packed, func(id string) (order.ChildID, bool) { c, ok := e.theirs[v][id]; return c, ok })
	switch {
	case err != nil:
		e.apply(&event.SessionAlarmed{Venue: int32(v), Alarm: string(fixgw.AlarmUnreadable), Text: err.Error()})
	case body != nil:
		if child, ok := e.ids[m.get(11)]; ok && m.get(37) != "NONE" {
			e.theirs[v][m.get(37)] = child
		}
		e.apply(body)
	}
	return nil
}

func (e *engineStage) next(peer, kind string) (message, error) {
	for i, h := range e.inbox {
		if h.peer == peer && (peer != "alert" || h.msg.kind == kind) {
			e.inbox = slices.Delete(e.inbox, i, i+1)
			return h.msg, nil
		}
	}
	return message{}, fmt.Errorf("%s heard nothing; others: %v", peer, e.inbox)
}

func (e *engineStage) rest() []heard {
	out := e.inbox
	e.inbox = nil
	return out
}

// child gives the book of a child in terms of FIX: 38 44 39 14 151, and the pending request as 434.
func (e *engineStage) child(clOrdID string) (message, error) {
	id, ok := e.ids[clOrdID]
	if !ok {
		return message{}, fmt.Errorf("no child %q", clOrdID)
	}
	c := e.book[id]
	for _, live := range e.engine.LiveChildren() {
		if live.Child.ID == id {
			c = live.Child
		}
	}
	m := message{kind: "child", fields: []field{{39, string(rune(c.State.FIX()))}, {38, fmt.Sprint(c.Qty)}, {14, fmt.Sprint(c.Cum)}, {151, fmt.Sprint(c.Leaves)}, {44, c.Limit.String()}}}
	if c.InDoubt {
		m.set(58, "in doubt")
	}
	switch { // 434: what is asked for and not answered
	case c.PendingCancel:
		m.set(434, "1")
	case c.PendingReplace:
		m.set(434, "2")
	}
	return m, nil
}

func (e *engineStage) link(peer string, up bool) error {
	e.down[peer] = !up
	for _, h := range e.held {
		if h.peer == peer && up {
			e.inbox = append(e.inbox, h)
		}
	}
	e.held = slices.DeleteFunc(e.held, func(h heard) bool { return h.peer == peer && up })
	v := slices.Index(venueNames[:], peer)
	switch {
	case v < 0 && up:
		e.apply(&event.ClientUp{Client: peer})
	case v < 0:
		e.apply(&event.ClientDown{Client: peer})
	case up:
		e.apply(&event.VenueUp{Venue: market.VenueID(v)})
	default:
		e.apply(&event.VenueDown{Venue: market.VenueID(v), Reason: "the script"})
	}
	return nil
}

func (e *engineStage) wait(d time.Duration) error {
	end := e.now.Add(int64(d))
	for e.timer != 0 && e.timer <= end {
		e.now = max(e.now, e.timer)
		e.timer = 0
		e.apply(&event.TimerFired{Timer: soleTimer})
	}
	e.now = end
	return nil
}

func (e *engineStage) quote(venue, bid, ask, size string) error {
	b, err1 := market.ParseMoney(bid)
	a, err2 := market.ParseMoney(ask)
	q, err3 := market.ParseMoney(size)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("%v %v %v", err1, err2, err3)
	}
	qty := market.Qty(q / market.Dollar)
	e.apply(&event.BookChanged{Venue: market.VenueID(slices.Index(venueNames[:], venue)), Symbol: symbol,
		Bids: []market.Level{{Price: market.Price(b), Size: qty}}, Asks: []market.Level{{Price: market.Price(a), Size: qty}}})
	return nil
}

// steers are the controls of a person, by the scripts' words.
var steers = map[string]event.Steer{"pause": event.SteerPause, "resume": event.SteerResume, "cancel": event.SteerCancel}

func (e *engineStage) desk(what, client, clOrdID string) error {
	steer, ok := steers[what]
	parent := e.parents[client+" "+clOrdID]
	if !ok || parent == 0 {
		return fmt.Errorf("the desk cannot %s order %q", what, clOrdID)
	}
	e.apply(&event.ParentSteered{Parent: parent, Steer: steer, Actor: "desk", Approver: "risk", Reason: "both looked at what is at the venues"})
	return nil
}

// restart rebuilds the engine from what the journal has, which must say the same again (INV-09), and starts it anew.
func (e *engineStage) restart() error {
	if err := e.replay(); err != nil {
		return err
	}
	e.start()
	for _, name := range append(slices.Clone(venueNames[:]), clientNames[:]...) {
		e.down[name] = true
	}
	e.apply(&event.Recovered{})
	return nil
}

// replay makes a second engine of the same events: its commands must be the same, byte for byte.
func (e *engineStage) replay() error {
	again := router.New()
	for _, l := range e.log {
		var b []byte
		for _, cmd := range again.Apply(l.Event) {
			b = append(append(b, byte(cmd.Kind()), byte(cmd.Kind()>>8)), event.Append(nil, cmd)...)
		}
		if !bytes.Equal(b, l.commands) {
			return fmt.Errorf("INV-09: event %d, %T, caused other commands when it was replayed", l.Seq, l.Body)
		}
	}
	e.engine = again
	return nil
}

func (e *engineStage) end() error { return e.replay() }
