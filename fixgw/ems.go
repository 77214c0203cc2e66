package fixgw

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// EMSHandler is told what comes back. Its methods are called from the session's goroutines and do not call the EMS.
type EMSHandler interface {
	Report(r ExecutionReport)
	Rejected(r CancelReject)
	// Refused says that an order, cancel or replace was answered by 3 or j, or did not leave. A handler that has
	// Unanswered(clOrdID, text string) is told the same of a question about an order, which says nothing about the order.
	Refused(clOrdID, text string)
	State(up bool, reason string)
}

// EMSConfig describes a client's side of one session.
type EMSConfig struct {
	Common
	Session session.Config
	Venues  []market.Venue // names the bits of Terms.Venues
	Handler EMSHandler
	Now     func() market.Time // TransactTime and the ClOrdIDs' first part; nil is the wall clock
}

// EMS is a client's side in Go: it sends parents and keeps their ClOrdID chains.
type EMS struct {
	cfg       EMSConfig
	id        quickfix.SessionID
	initiator *session.Initiator
	files     dictionaries
	prefix    string

	mu     sync.Mutex
	sent   uint64
	orders map[string]*emsOrder // by every ClOrdID of the chain
	names  map[uint64]named     // by token
}

// An emsOrder is one order's chain: the ids that were not rejected, oldest first, and the terms of the last.
type emsOrder struct {
	chain []string
	terms order.Terms
}

// NewEMS checks the configuration and opens the relay.
func NewEMS(cfg EMSConfig) (*EMS, error) {
	if cfg.Now == nil {
		cfg.Now = wallClock
	}
	e := &EMS{cfg: cfg, id: cfg.Session.ID(), orders: map[string]*emsOrder{}, names: map[uint64]named{}}
	e.prefix = strings.ToUpper(strconv.FormatInt(int64(cfg.Now())/market.Millisecond, 36))
	if err := e.files.give(&cfg.Session, false); err != nil {
		return nil, err
	}
	var err error
	e.initiator, err = session.NewInitiator(cfg.Session, cfg.env(callbacks{e.message, e.refused, e.outcome, e.state}))
	if err != nil {
		e.files.remove()
		return nil, err
	}
	return e, nil
}

// Start connects and stays connected until Close.
func (e *EMS) Start() error { return e.initiator.Start() }

// Close logs out.
func (e *EMS) Close() {
	e.initiator.Close()
	e.files.remove()
}

// Session gives the session.
func (e *EMS) Session() *session.Session { return e.initiator.Session() }

// Send sends a parent and gives its ClOrdID. An error says that nothing was sent.
func (e *EMS) Send(t order.Terms) (clOrdID string, err error) {
	return e.order(&t, func(id string) *quickfix.Message {
		return orderMessage(e.id.BeginString, id, &t, e.cfg.Venues, e.cfg.Now())
	})
}

// SendOf sends a parent of a basket of so many orders: none of them is worked before the last has come (RISK-20).
func (e *EMS) SendOf(basket string, of int, t order.Terms) (clOrdID string, err error) {
	return e.order(&t, func(id string) *quickfix.Message {
		return basketMessage(e.id.BeginString, id, &t, basket, of, e.cfg.Venues, e.cfg.Now())
	})
}

func (e *EMS) order(t *order.Terms, make func(id string) *quickfix.Message) (clOrdID string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := e.next()
	m := make(id)
	if err := e.send(session.New, id, m); err != nil {
		return "", err
	}
	e.orders[id] = &emsOrder{chain: []string{id}, terms: *t}
	return id, nil
}

// Cancel asks to cancel the order that any ClOrdID of its chain names.
func (e *EMS) Cancel(clOrdID string) (newID string, err error) {
	return e.request(clOrdID, session.Cancel, func(o *emsOrder, id, orig string) *quickfix.Message {
		return cancelMessage(e.id.BeginString, id, orig, &o.terms, e.cfg.Now())
	})
}

// Replace asks to change the order to all of t; Qty is the new total.
func (e *EMS) Replace(clOrdID string, t order.Terms) (newID string, err error) {
	return e.request(clOrdID, session.Replace, func(o *emsOrder, id, orig string) *quickfix.Message {
		o.terms = t
		return replaceMessage(e.id.BeginString, id, orig, &t, e.cfg.Venues, e.cfg.Now())
	})
}

// Status asks how the order stands; the answer is a Report with ExecType I.
func (e *EMS) Status(clOrdID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := e.orders[clOrdID]
	if o == nil {
		return fmt.Errorf("fix ems: ClOrdID %q was not sent here", clOrdID)
	}
	return e.ask(clOrdID, statusMessage(o.last(), o.terms.Symbol, o.terms.Side))
}

// CancelAll asks to cancel all orders, or those of a symbol if it is given; the answer goes to a handler that has
// MassCanceled(MassCancelReport), and each order's own reports say what became of it.
func (e *EMS) CancelAll(symbol market.Symbol) (id string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id = e.next()
	m := message(msgCancelAll)
	put(m, tagClOrdID, id)
	putChar(m, tagMassCancelType, scopeOf(symbol))
	put(m, tagSymbol, string(symbol))
	putTime(m, e.id.BeginString, tagTransactTime, e.cfg.Now())
	return id, e.send(session.Cancel, id, m)
}

// StatusAll asks how all orders stand, or those of a symbol if it is given; the answers are Reports with MassReqID id.
func (e *EMS) StatusAll(symbol market.Symbol) (id string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id = e.next()
	m := message(msgMassStatus)
	put(m, tagMassStatusReqID, id)
	putChar(m, tagMassStatusReqType, scopeOf(symbol))
	put(m, tagSymbol, string(symbol))
	return id, e.send(session.Cancel, id, m)
}

func scopeOf(symbol market.Symbol) byte {
	if symbol == "" {
		return event.CancelAll
	}
	return event.CancelSymbol
}

// DontKnow questions an execution that a Report told; reason is DKReason (127).
func (e *EMS) DontKnow(r *ExecutionReport, reason byte, text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := event.QuestionTrade{VenueOrderID: r.OrderID, ExecID: r.ExecID, Reason: reason, Symbol: r.Symbol, Side: r.Side, Qty: r.LastQty, Px: r.LastPx, Text: text}
	return e.ask(r.ClOrdID, (&Profile{}).Question(&q))
}

func (o *emsOrder) last() string { return o.chain[len(o.chain)-1] }

// request sends an F or G with 41 = the last id that was not rejected; it may be pending (ER-04).
func (e *EMS) request(clOrdID string, class session.Class, make func(o *emsOrder, id, orig string) *quickfix.Message) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := e.orders[clOrdID]
	if o == nil {
		return "", fmt.Errorf("fix ems: ClOrdID %q was not sent here", clOrdID)
	}
	id, before := e.next(), o.terms
	if err := e.send(class, id, make(o, id, o.last())); err != nil {
		o.terms = before
		return "", err
	}
	o.chain = append(o.chain, id)
	e.orders[id] = o
	return id, nil
}

func (e *EMS) next() string {
	e.sent++
	return e.prefix + "-" + strconv.FormatUint(e.sent, 10)
}

func (e *EMS) send(class session.Class, id string, m *quickfix.Message) error {
	return e.sendNamed(class, named{id: id}, m)
}

// ask sends a question about the order that id names.
func (e *EMS) ask(id string, m *quickfix.Message) error {
	return e.sendNamed(session.Cancel, named{id: id, question: true}, m)
}

// named is what a message was about: an order or a request by its own ClOrdID, or a question about an order.
type named struct {
	id       string
	question bool
}

func (e *EMS) sendNamed(class session.Class, n named, m *quickfix.Message) error {
	token := uint64(len(e.names) + 1)
	e.names[token] = n
	return e.initiator.Session().Send(session.Outgoing{Token: token, Class: class, Message: m})
}

// message takes an 8 or a 9.
func (e *EMS) message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	switch msgType, _ := m.MsgType(); msgType {
	case msgReport:
		r, err := ReadExecutionReport(id.BeginString, m)
		if err != nil {
			e.cfg.alarm(id, AlarmUnreadable, err.Error()+": "+readable(m))
			return nil
		}
		e.cfg.Handler.Report(r)
	case msgCancelReject:
		r, err := ReadCancelReject(m)
		if err != nil {
			e.cfg.alarm(id, AlarmUnreadable, err.Error()+": "+readable(m))
			return nil
		}
		e.drop(r.ClOrdID)
		e.cfg.Handler.Rejected(r)
	case msgMassReport:
		if h, takes := e.cfg.Handler.(interface{ MassCanceled(MassCancelReport) }); takes {
			h.MassCanceled(readMassCancelReport(m))
		}
	default:
		return unsupported(m, "use 8, 9 or r")
	}
	return nil
}

// drop takes a rejected request out of its chain, but never the order itself.
func (e *EMS) drop(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if o := e.orders[id]; o != nil {
		if i := slices.Index(o.chain, id); i > 0 {
			o.chain = slices.Delete(o.chain, i, i+1)
		}
	}
}

// refused is told of a 3 or j.
func (e *EMS) refused(_ quickfix.SessionID, r session.Reject) {
	e.mu.Lock()
	n, known := e.names[r.Token]
	e.mu.Unlock()
	if !known {
		n.id = r.RefID
	}
	e.tellRefused(n, fmt.Sprintf("%s (tag %d)", r.Text, r.RefTag))
}

// tellRefused tells the handler what came to nothing. A question that did says nothing about its order.
func (e *EMS) tellRefused(n named, text string) {
	if n.question {
		if h, takes := e.cfg.Handler.(interface{ Unanswered(clOrdID, text string) }); takes {
			h.Unanswered(n.id, text)
		}
		return
	}
	e.drop(n.id)
	e.cfg.Handler.Refused(n.id, text)
}

// outcome is told of a message that did not leave.
func (e *EMS) outcome(_ quickfix.SessionID, o session.Outcome) {
	if o.Result != session.NeverSent {
		return
	}
	e.mu.Lock()
	n := e.names[o.Token]
	e.mu.Unlock()
	e.tellRefused(n, "not sent: "+o.Reason)
}

func (e *EMS) state(_ quickfix.SessionID, s session.State, reason string) {
	e.cfg.Handler.State(s == session.LoggedOn, reason)
}
