package fixgw

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// clientPair is an EMS and the Clients that it talks to, logged on.
type clientPair struct {
	ems      *EMS
	clients  *Clients
	sink     *sink
	desk     *desk
	alarms   *alarms
	name     string
	seq      atomic.Uint64
	reported atomic.Uint64
}

func newClientPair(t *testing.T, version string, strict bool) *clientPair {
	t.Helper()
	p := &clientPair{sink: &sink{}, desk: &desk{}, alarms: &alarms{}}
	listens, dials := pair(version)
	listens.TolerateUserFields, listens.TolerateUnknownFields = !strict, !strict
	p.name = listens.TargetCompID
	var err error
	p.clients, err = NewClients(ClientsConfig{Common: side(t, true, p.alarms), Acceptor: acceptor(), Sink: p.sink,
		Clients:  []ClientConfig{{Session: listens, Dialect: Dialect{Instance: instance, Terms: TermsRules{Venues: testVenues()}}}},
		Reported: func(_ string, seq uint64) { p.reported.Store(seq) }})
	must(t, err)
	t.Cleanup(p.clients.Close)
	must(t, p.clients.Start())
	dials.Dial.Address = p.clients.Addr().String()
	p.ems, err = NewEMS(EMSConfig{Common: side(t, false, p.alarms), Session: dials, Venues: testVenues(), Handler: p.desk})
	must(t, err)
	t.Cleanup(p.ems.Close)
	must(t, p.ems.Start())
	eventually(t, "the EMS is up", p.desk.has(func(d *desk) bool { return d.up }))
	await(t, p.sink, "ClientUp", func(e *event.ClientUp) bool { return e.Client == p.name })
	return p
}

// report answers as the engine would.
func (p *clientPair) report(t *testing.T, r *event.ReportParent) {
	t.Helper()
	r.Client, r.Parent, r.At = p.name, 1, at
	n := p.seq.Add(1)
	r.ExecID = n
	must(t, p.clients.Report(n, r))
}

func TestClientsAndEMS(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		for _, strict := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s strict %v", version(v), strict), func(t *testing.T) {
				t.Parallel()
				p := newClientPair(t, v, strict)
				terms := with(func(o *order.Terms) {
					o.Strategy, o.MaxPctBps, o.Urgency, o.Venues, o.HideDark = order.POV, 1000, order.High, 1<<1|1<<5, true
				})
				id, err := p.ems.Send(terms)
				must(t, err)
				got := await(t, p.sink, "the order", func(e *event.ParentReceived) bool { return e.ClOrdID == id })
				if got.Terms != terms || got.Client != p.name {
					t.Errorf("got %+v\nwant %+v", got.Terms, terms)
				}
				p.report(t, &event.ReportParent{ClOrdID: id, ExecType: '0', OrdStatus: '0', Terms: terms, Leaves: 300})
				eventually(t, "New", p.desk.reported('0', id))

				p.checkReplace(t, id, terms)
				p.checkCancelReject(t, id)
				must(t, p.ems.Status(id))
				await(t, p.sink, "the status request", func(e *event.ParentStatusRequested) bool { return true })
				p.checkRefusals(t)
				eventually(t, "every report is told back", func() bool { return p.reported.Load() == p.seq.Load() })
				p.alarms.none(t)
			})
		}
	}
}

func (p *clientPair) checkReplace(t *testing.T, id string, terms order.Terms) {
	t.Helper()
	more := terms
	more.Qty = 500
	second, err := p.ems.Replace(id, more)
	must(t, err)
	got := await(t, p.sink, "the replace", func(e *event.ParentReplaceRequested) bool { return e.ClOrdID == second })
	if got.OrigClOrdID != id || got.Terms != more {
		t.Errorf("got %+v, want 41=%s and %+v", got, id, more)
	}
	p.report(t, &event.ReportParent{ClOrdID: second, OrigClOrdID: id, ExecType: '5', OrdStatus: '0', Terms: more, Leaves: 500})
	eventually(t, "Replaced", p.desk.reported('5', second))
}

// A rejected cancel leaves the chain: the next request names the id before it (DEF-03, ER-04).
func (p *clientPair) checkCancelReject(t *testing.T, id string) {
	t.Helper()
	third, err := p.ems.Cancel(id)
	must(t, err)
	got := await(t, p.sink, "the cancel", func(e *event.ParentCancelRequested) bool { return e.ClOrdID == third })
	must(t, p.clients.Reject(p.seq.Add(1), &event.RejectRequest{Parent: 1, Client: p.name, ClOrdID: third, OrigClOrdID: got.OrigClOrdID, OrdStatus: '0', Reason: 3}))
	eventually(t, "the cancel reject", p.desk.has(func(d *desk) bool { return len(d.rejected) == 1 && d.rejected[0].ClOrdID == third }))
	fourth, err := p.ems.Cancel(third)
	must(t, err)
	again := await(t, p.sink, "the second cancel", func(e *event.ParentCancelRequested) bool { return e.ClOrdID == fourth })
	if again.OrigClOrdID != got.OrigClOrdID {
		t.Errorf("41=%s after a 9, want %s", again.OrigClOrdID, got.OrigClOrdID)
	}
}

// What cannot be decoded is answered at once: by an 8 that names the tag, or by a j.
func (p *clientPair) checkRefusals(t *testing.T) {
	t.Helper()
	bad := plainTerms()
	bad.MinQty = 400
	id, err := p.ems.Send(bad)
	must(t, err)
	eventually(t, "the refusal", p.desk.reported('8', id))
	m := message("E")
	for tag, v := range map[int]string{66: "L1", 394: "3", 68: "1"} {
		put(m, quickfix.Tag(tag), v)
	}
	must(t, p.ems.Session().Send(session.Outgoing{Token: 1, Class: session.New, Message: m}))
	eventually(t, "the answer to a list order", p.desk.has(func(d *desk) bool { return len(d.refusals) == 1 }))
}

// PACE-06: reports that are given while the client is away arrive in their order, none lost, none twice.
func TestReportsKeepTheirOrderOverReconnects(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			p := newClientPair(t, v, true)
			const total = 300
			for n := range total {
				p.report(t, &event.ReportParent{ClOrdID: "x", ExecType: 'I', OrdStatus: '0', Terms: plainTerms(), Leaves: 300})
				if n == 100 || n == 200 {
					p.clients.Session(p.name).Stop("test")
					p.clients.Session(p.name).Resume()
				}
			}
			eventually(t, "all reports", p.desk.has(func(d *desk) bool { return len(d.reports) >= total }))
			p.desk.mu.Lock()
			defer p.desk.mu.Unlock()
			for i, r := range p.desk.reports {
				if want := event.ExecID(instance, uint64(i+1)); r.ExecID != want {
					t.Fatalf("report %d of %d is %s, want %s", i, len(p.desk.reports), r.ExecID, want)
				}
			}
		})
	}
}

// An event that the journal does not take is sent again by the client (CB-02).
func TestASinkThatFailsGetsTheOrderAgain(t *testing.T) {
	t.Parallel()
	p := newClientPair(t, FIX44, true)
	var calls atomic.Int32
	p.sink.mu.Lock()
	p.sink.answer = func(b event.Body) error {
		if _, is := b.(*event.ParentReceived); is && calls.Add(1) == 1 {
			return fmt.Errorf("journal is full")
		}
		return nil
	}
	p.sink.mu.Unlock()
	id, err := p.ems.Send(plainTerms())
	must(t, err)
	await(t, p.sink, "ClientDown", func(*event.ClientDown) bool { return true })
	// The EMS does not replay an order (CB-01): it asks. A question that meets the dying connection is lost with it.
	eventually(t, "the status request", func() bool {
		_ = p.ems.Status(id)
		_, have := first(p.sink, func(e *event.ParentStatusRequested) bool { return e.ClOrdID == id })
		return have
	})
}

func TestClientsConfiguration(t *testing.T) {
	listens, _ := pair(FIX44)
	one := ClientConfig{Session: listens}
	_, err := NewClients(ClientsConfig{Common: side(t, true, &alarms{}), Acceptor: acceptor(), Sink: &sink{}, Clients: []ClientConfig{one, one}})
	if err == nil || !strings.Contains(err.Error(), "configured twice") {
		t.Errorf("got %v", err)
	}
}

// A mass status request is answered by a report of each order that works: one of an order at a time, or a frame of requests becomes a
// memory full of reports (SEC-13). Who is back and asks of each symbol in turn asks of no order twice, and is answered.
func TestOneMassStatusAtATime(t *testing.T) {
	p := newClientPair(t, FIX44, true)
	var id quickfix.SessionID
	for id = range p.clients.byID {
	}
	ask := func() quickfix.MessageRejectError {
		return p.clients.message(id, parse(t, FIX44, "35=AF|584=m|585=7"))
	}
	if reject := ask(); reject != nil {
		t.Fatalf("the first: %v", reject)
	}
	if reject := ask(); reject == nil || reject.RejectReason() != businessBusy || !reject.IsBusinessReject() || reject.BusinessRejectRefID() != "m" {
		t.Errorf("a second before the answer to the first: %v", reject)
	}
	answer := func(last bool) {
		p.report(t, &event.ReportParent{ExecType: 'I', OrdStatus: '0', ClOrdID: "a1", Terms: plainTerms(), MassReqID: "m", Total: 2, Last: last})
	}
	if answer(false); ask() == nil {
		t.Error("a second within the answer to the first is taken")
	}
	if answer(true); ask() != nil {
		t.Error("one after the answer is refused")
	}
	q := &p.clients.byName[p.name].asked
	if q.answered("m"); len(q.open) > 0 {
		t.Errorf("%v are not answered", q.open)
	}
	now := time.Now()
	request := func(id, symbol string, at time.Duration) bool {
		return q.may(&event.ParentMassStatusRequested{ReqID: id, Symbol: market.Symbol(symbol)}, now.Add(at))
	}
	for i := range massMost {
		if id := strconv.Itoa(i); !request(id, "S"+id, 0) {
			t.Fatalf("symbol %d in turn is refused", i)
		}
	}
	if request("more", "MORE", 0) || request("all", "", 0) || request("again", "S7", 0) || request("7", "S7", 0) {
		t.Error("some orders are told twice, or too many requests wait")
	}
	q.answered("7")
	if request("0", "NEW", 0) || !request("again", "S7", 0) {
		t.Error("one takes an id that is not answered, or not the place of one that was")
	}
	if !request("all", "", massWithin) || len(q.open) != 1 {
		t.Error("one that is never answered keeps all others out")
	}
}

// What a client asks of people, and what it refuses, calls them: some of it at once, and no more than they can read (SEC-13).
func TestClientCallsPeopleABit(t *testing.T) {
	p := newClientPair(t, FIX44, true)
	var id quickfix.SessionID
	for id = range p.clients.byID {
	}
	asked, refused, began := 0, 0, time.Now()
	later := func() int { return int(time.Since(began).Seconds() * callsPerSecond) } // calls of a machine that is slow
	for range 10 * callsMost {
		if reject := p.clients.message(id, parse(t, FIX44, "35=Q|37=x|17=y|127=A|55=AMZN|54=1")); reject == nil {
			asked++
		} else if reject.RejectReason() != businessBusy {
			t.Fatal(reject)
		}
	}
	if asked < callsMost || asked > callsMost+later() {
		t.Errorf("%d questions at once", asked)
	}
	count := func() int {
		p.sink.mu.Lock()
		defer p.sink.mu.Unlock()
		return len(p.sink.events)
	}
	before := count()
	for range 100 {
		p.clients.refused(id, session.Reject{RefNum: 1, Message: parse(t, FIX44, "35=3|45=1")})
	}
	if refused = count() - before; asked+refused > callsMost+later() {
		t.Errorf("%d alarms behind them", refused)
	}
	if n := p.clients.byName[p.name].untold.Load(); refused == 0 && n != 100 {
		t.Errorf("%d refusals are counted", n)
	}
	if c := p.clients.byName[p.name].calls; !c.AllowN(time.Now().Add(2*time.Second), 1) {
		t.Error("it may never call again")
	}
}
