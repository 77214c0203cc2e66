package fixgw

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
	"golang.org/x/time/rate"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// ClientConfig is one client's session.
type ClientConfig struct {
	Name    string // Client of its events; empty is its CompID
	Session session.Config
	Dialect Dialect // Version is taken from Session
}

// ClientsConfig describes the acceptor of all clients.
type ClientsConfig struct {
	Common
	Acceptor session.AcceptorConfig // Sessions is filled from Clients
	Clients  []ClientConfig
	Copies   []CopyConfig // drop copies, on the same port (DC-01)
	Sink     Sink
	// Reported, if set, is told of each report that took its place in the client's message store, by the seq that it was
	// given with: from there on the session brings it, over reconnects too. It must not block.
	Reported func(client string, seq uint64)
}

// Clients is the acceptor for clients: D, F, G, H, q, AF and Q go to the Sink, reports and rejects go out in the order in which
// they are given, and none is dropped (PACE-06).
type Clients struct {
	cfg      ClientsConfig
	acceptor *session.Acceptor
	byName   map[string]*client
	byID     map[quickfix.SessionID]*client
	copies   map[string]*Copy
	copyIDs  map[quickfix.SessionID]*Copy
	files    dictionaries
}

// A client is one of them with what waits for it.
type client struct {
	name    string
	dialect Dialect
	session *session.Session
	queue   session.ReportQueue

	calls  *rate.Limiter // how often it may call people
	untold atomic.Int64  // refusals that did not
	asked  questions     // its mass status requests that are not answered yet

	mu      sync.Mutex
	up      bool
	cursor  uint64            // of the last message in queue
	pending map[uint64]uint64 // cursor -> the caller's seq
}

// What one client may ask of us (SEC-13): inRate messages a second, five times the peak of LOAD-05; hardly more than one a second while
// waitingMost reports wait for it; and one mass status request of an order at a time, for its answer is a report of each that works: all
// that wait for one together never get more. One that is not answered within massWithin is forgotten.
const (
	inRate      = 5000
	waitingMost = 20_000
	massWithin  = 30 * time.Second
	massMost    = 500 // one for each symbol of a desk
)

// NewClients checks the configuration and opens the port.
func NewClients(cfg ClientsConfig) (*Clients, error) {
	c := &Clients{cfg: cfg, byName: map[string]*client{}, byID: map[quickfix.SessionID]*client{},
		copies: map[string]*Copy{}, copyIDs: map[quickfix.SessionID]*Copy{}}
	cfg.Acceptor.Sessions = nil
	for _, one := range cfg.Clients {
		if err := c.add(one, &cfg.Acceptor); err != nil {
			c.files.remove()
			return nil, err
		}
	}
	for _, one := range cfg.Copies {
		if err := c.addCopy(one, &cfg.Acceptor); err != nil {
			c.files.remove()
			return nil, err
		}
	}
	a, err := session.NewAcceptor(cfg.Acceptor, cfg.env(callbacks{c.message, c.refused, c.outcome, c.state}))
	if err != nil {
		c.files.remove()
		return nil, err
	}
	c.acceptor = a
	for id, one := range c.byID {
		one.session = a.Session(id)
	}
	for id, one := range c.copyIDs {
		one.session = a.Session(id)
	}
	return c, nil
}

func (c *Clients) add(one ClientConfig, a *session.AcceptorConfig) error {
	name := one.Name
	if name == "" {
		name = one.Session.TargetCompID
	}
	if c.byName[name] != nil {
		return fmt.Errorf("fix clients: client %q is configured twice", name)
	}
	cl := &client{name: name, dialect: one.Dialect, pending: map[uint64]uint64{}, calls: rate.NewLimiter(callsPerSecond, callsMost)}
	cl.dialect.Version = one.Session.BeginString
	one.Session.Reports = &cl.queue
	one.Session.InRate = inRate
	one.Session.Behind = func() bool { return cl.queue.Len() > waitingMost }
	if err := c.files.give(&one.Session, false); err != nil {
		return err
	}
	c.byName[name], c.byID[one.Session.ID()] = cl, cl
	a.Sessions = append(a.Sessions, one.Session)
	return nil
}

// Start serves the clients until Close.
func (c *Clients) Start() error { return c.acceptor.Start() }

// Addr gives the address that the port listens on.
func (c *Clients) Addr() net.Addr { return c.acceptor.Addr() }

// Close logs the clients out. The Sink must take events until it returns.
func (c *Clients) Close() {
	c.acceptor.Close()
	c.files.remove()
}

// Session gives a client's session, nil for an unknown name.
func (c *Clients) Session(name string) *session.Session {
	if cl := c.byName[name]; cl != nil {
		return cl.session
	}
	return nil
}

// Report queues the ExecutionReport of r; seq is its place in the journal, told back by Reported.
func (c *Clients) Report(seq uint64, r *event.ReportParent) error {
	cl, err := c.find(r.Client)
	if err != nil {
		return err
	}
	cl.push(seq, cl.dialect.Report(r))
	if r.MassReqID != "" && r.Last {
		cl.asked.answered(r.MassReqID)
	}
	return nil
}

// Reject queues the OrderCancelReject of r.
func (c *Clients) Reject(seq uint64, r *event.RejectRequest) error {
	cl, err := c.find(r.Client)
	if err != nil {
		return err
	}
	cl.push(seq, cl.dialect.Reject(r))
	return nil
}

// MassCanceled queues the OrderMassCancelReport of r.
func (c *Clients) MassCanceled(seq uint64, r *event.ReportMassCancel) error {
	cl, err := c.find(r.Client)
	if err != nil {
		return err
	}
	cl.push(seq, cl.dialect.MassCanceled(r))
	return nil
}

func (c *Clients) find(name string) (*client, error) {
	if cl := c.byName[name]; cl != nil {
		return cl, nil
	}
	return nil, fmt.Errorf("fix clients: client %q has no session; add it to the configuration, its reports wait in the journal", name)
}

// Calls of one client to people, so many at once and one a second in the long run: a screen full of its alerts would hide the
// others' (SEC-13).
const (
	callsMost      = 20
	callsPerSecond = 1
)

// push queues a message. seq 0 is a refusal that no event caused.
func (cl *client) push(seq uint64, m *quickfix.Message) {
	cl.mu.Lock()
	cl.cursor++
	if seq != 0 {
		cl.pending[cl.cursor] = seq
	}
	cl.queue.Push(cl.cursor, m)
	cl.mu.Unlock()
	cl.session.Wake()
}

// message gives a client's message to the Sink, or answers what cannot be decoded.
func (c *Clients) message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	cl := c.byID[id]
	if cl == nil {
		return unsupported(m, "a drop copy only reads")
	}
	body, reply, reject := cl.dialect.Decode(cl.name, m)
	mass, _ := body.(*event.ParentMassStatusRequested)
	if mass != nil && (cl.queue.Len() > waitingMost || !cl.asked.may(mass, time.Now())) {
		text := "a mass status request of these orders is not answered yet, or many reports wait: read them, up to the one with LastRptRequested (912)=Y"
		return quickfix.NewBusinessMessageRejectErrorWithRefID(text, businessBusy, bodyOf(m).text(tagMassStatusReqID), nil)
	}
	if _, question := body.(*event.TradeQuestioned); question && !cl.calls.Allow() {
		return quickfix.NewBusinessMessageRejectErrorWithRefID("too many questions (35=Q): people read them, one a second", businessBusy, bodyOf(m).text(tagExecID), nil)
	}
	switch {
	case reject != nil:
		return reject
	case reply != nil:
		cl.push(0, reply)
		return nil
	}
	if err := c.cfg.Sink.Submit(body); err != nil {
		if mass != nil { // it comes again
			cl.asked.answered(mass.ReqID)
		}
		return session.Retry{}
	}
	return nil
}

// questions are the mass status requests of one client that are not answered yet. Its zero value is ready.
type questions struct {
	mu   sync.Mutex
	open map[string]question // by MassStatusReqID
}

type question struct {
	symbol market.Symbol // empty: of all
	at     time.Time
}

// may takes a mass status request, unless one that is not answered yet asks for some of the same orders.
func (q *questions) may(r *event.ParentMassStatusRequested, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, o := range q.open {
		switch {
		case now.Sub(o.at) >= massWithin:
			delete(q.open, id)
		case id == r.ReqID || o.symbol == r.Symbol || o.symbol == "" || r.Symbol == "":
			return false
		}
	}
	if len(q.open) >= massMost {
		return false
	}
	if q.open == nil {
		q.open = map[string]question{}
	}
	q.open[r.ReqID] = question{r.Symbol, now}
	return true
}

func (q *questions) answered(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.open, id)
}

// refused is told of a 3 or j: a client that refuses our report has not booked it.
func (c *Clients) refused(id quickfix.SessionID, r session.Reject) {
	text := fmt.Sprintf("message %d was refused: %s: %s", r.RefNum, cut(r.Text, 2*handedMax), cut(readable(r.Message), 8*handedMax))
	cl := c.byID[id]
	if cl == nil { // a drop copy: nobody's order hangs on it
		c.cfg.alarm(id, AlarmRefused, text)
		return
	}
	if !cl.calls.Allow() {
		cl.untold.Add(1) // what it refused before calls people already
		return
	}
	if n := cl.untold.Swap(0); n > 0 {
		text += fmt.Sprintf(" (before it, %d refusals were not told)", n)
	}
	e := &event.SessionAlarmed{Venue: -1, Client: cl.name, Alarm: string(AlarmRefused), Text: text}
	if err := c.cfg.Sink.Submit(e); err != nil {
		c.cfg.alarm(id, AlarmRefused, text)
	}
}

// outcome is told what became of a report.
func (c *Clients) outcome(id quickfix.SessionID, o session.Outcome) {
	if o.Num == 0 {
		return // it took no number and is tried again
	}
	cl := c.byID[id]
	if cl == nil {
		return // a drop copy's place is in its store
	}
	cl.mu.Lock()
	seq := cl.pending[o.Token]
	delete(cl.pending, o.Token)
	cl.mu.Unlock()
	if seq != 0 && c.cfg.Reported != nil {
		c.cfg.Reported(cl.name, seq)
	}
}

// state tells the Sink of a client that comes or goes; with a gap it is up too.
func (c *Clients) state(id quickfix.SessionID, s session.State, _ string) {
	cl := c.byID[id]
	if cl == nil {
		return
	}
	up := s == session.LoggedOn || s == session.Gap
	cl.mu.Lock()
	changed := up != cl.up
	cl.up = up
	cl.mu.Unlock()
	if !changed {
		return
	}
	var e event.Body = &event.ClientDown{Client: cl.name}
	if up {
		e = &event.ClientUp{Client: cl.name}
	}
	if err := c.cfg.Sink.Submit(e); err != nil {
		c.cfg.alarm(id, AlarmLost, fmt.Sprintf("%T of %s: %v", e, cl.name, err))
	}
}
