package fixgw

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/market"
)

// VenueHandler is a simulated market behind FIX. Its methods are called from the sessions' goroutines; they enqueue,
// and do not call the VenueServer.
type VenueHandler interface {
	// Request is an order, cancel, replace, status request, mass request or DK.
	Request(venue string, o *VenueOrder)
	// Watch says that somebody wants a symbol's quotes, or that nobody does any more.
	Watch(venue string, symbol market.Symbol, on bool)
	// Connected says that the venue's order session came or went.
	Connected(venue string, up bool)
}

// ServedVenue is one simulated venue: its order session, and one for market data where that is not the same.
type ServedVenue struct {
	Name   string
	Orders session.Config
	Quotes session.Config // no SenderCompID: quotes come over Orders
}

// VenueServerConfig describes the acceptor side of simulated venues; one port serves many, by CompIDs.
type VenueServerConfig struct {
	Common
	Acceptor session.AcceptorConfig // Sessions is filled from Venues
	Venues   []ServedVenue
	Handler  VenueHandler
}

// VenueServer puts simulated venues behind FIX.
type VenueServer struct {
	cfg      VenueServerConfig
	acceptor *session.Acceptor
	byName   map[string]*served
	byID     map[quickfix.SessionID]*served
	files    dictionaries
	pusher   pusher
}

// served is one venue with its sessions.
type served struct {
	name    string
	orders  quickfix.SessionID
	quotes  quickfix.SessionID
	version string // of orders
	session *session.Session
	reports session.ReportQueue

	mu     sync.Mutex
	up     bool
	cursor uint64
	board  board
}

// NewVenueServer checks the configuration and opens the port.
func NewVenueServer(cfg VenueServerConfig) (*VenueServer, error) {
	s := &VenueServer{cfg: cfg, byName: map[string]*served{}, byID: map[quickfix.SessionID]*served{}, pusher: newPusher()}
	cfg.Acceptor.Sessions = nil
	var errs []error
	for _, v := range cfg.Venues {
		errs = append(errs, s.add(v, &cfg.Acceptor))
	}
	err := errors.Join(errs...)
	if err == nil {
		s.acceptor, err = session.NewAcceptor(cfg.Acceptor, cfg.env(callbacks{s.message, s.refused, s.outcome, s.state}))
	}
	if err != nil {
		s.files.remove()
		return nil, err
	}
	for _, v := range s.byName {
		v.session = s.acceptor.Session(v.orders)
		v.board.session = s.acceptor.Session(v.quotes)
	}
	return s, nil
}

func (s *VenueServer) add(v ServedVenue, a *session.AcceptorConfig) error {
	if v.Name == "" || s.byName[v.Name] != nil {
		return fmt.Errorf("fix venue server: venue %q has no name or is configured twice", v.Name)
	}
	one := &served{name: v.Name, orders: v.Orders.ID(), quotes: v.Orders.ID(), version: v.Orders.BeginString, board: newBoard()}
	v.Orders.Reports = &one.reports
	configs := []session.Config{v.Orders}
	if v.Quotes.SenderCompID != "" {
		one.quotes = v.Quotes.ID()
		configs = append(configs, v.Quotes)
	}
	for i := range configs {
		configs[i].TolerateUserFields, configs[i].TolerateUnknownFields = true, true
		if err := s.files.give(&configs[i], false); err != nil {
			return err
		}
		s.byID[configs[i].ID()] = one
	}
	s.byName[v.Name] = one
	a.Sessions = append(a.Sessions, configs...)
	return nil
}

// Start serves the venues until Close.
func (s *VenueServer) Start() error {
	s.pusher.start(s.byName)
	return s.acceptor.Start()
}

// Addr gives the address that the port listens on.
func (s *VenueServer) Addr() net.Addr { return s.acceptor.Addr() }

// Close logs everybody out.
func (s *VenueServer) Close() {
	s.pusher.stop()
	s.acceptor.Close()
	s.files.remove()
}

// Session gives a venue's order session, nil for an unknown venue.
func (s *VenueServer) Session(venue string) *session.Session {
	if v := s.byName[venue]; v != nil {
		return v.session
	}
	return nil
}

// Report queues an ExecutionReport; it is never lost: what is not sent now is sent at the next logon.
func (s *VenueServer) Report(venue string, r *ExecutionReport) error {
	return s.push(venue, func(v *served) *quickfix.Message { return r.Message(v.version) })
}

// Reject queues an OrderCancelReject.
func (s *VenueServer) Reject(venue string, r *CancelReject) error {
	return s.push(venue, func(v *served) *quickfix.Message { return r.Message(v.version) })
}

// MassReport queues an OrderMassCancelReport.
func (s *VenueServer) MassReport(venue string, r *MassCancelReport) error {
	return s.push(venue, func(v *served) *quickfix.Message { return r.Message(v.version) })
}

func (s *VenueServer) push(venue string, make func(*served) *quickfix.Message) error {
	v := s.byName[venue]
	if v == nil {
		return fmt.Errorf("fix venue server: venue %q is not served", venue)
	}
	v.push(make(v))
	return nil
}

func (v *served) push(m *quickfix.Message) {
	v.mu.Lock()
	v.cursor++
	v.reports.Push(v.cursor, m)
	v.mu.Unlock()
	v.session.Wake()
}

// Publish gives a venue's book of a symbol to whoever subscribed: what changed since the last one, or all of it. The
// first ten levels a side are published.
func (s *VenueServer) Publish(venue string, symbol market.Symbol, b *market.Book) {
	if v := s.byName[venue]; v != nil {
		v.board.publish(symbol, b)
	}
}

// PublishTrade gives a print to whoever subscribed.
func (s *VenueServer) PublishTrade(venue string, symbol market.Symbol, px market.Price, qty market.Qty, at market.Time) {
	if v := s.byName[venue]; v != nil {
		v.board.trade(symbol, px, qty, at)
	}
}

// message takes what a router sends.
func (s *VenueServer) message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	v := s.byID[id]
	if msgType, _ := m.MsgType(); msgType == msgSubscribe {
		return s.subscribe(v, id, m)
	}
	if id != v.orders {
		return unsupported(m, "this is a market-data session")
	}
	o, reply, reject := ReadVenueOrder(v.version, m)
	switch {
	case reject != nil:
		return reject
	case reply != nil:
		v.push(reply)
	default:
		s.cfg.Handler.Request(v.name, o)
	}
	return nil
}

func (s *VenueServer) subscribe(v *served, id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	if id != v.quotes {
		return unsupported(m, "market data has its own session")
	}
	r, err := readQuoteRequest(m)
	if err != nil {
		return quickfix.NewBusinessMessageRejectErrorWithRefID(err.Error(), businessMissing, r.id, nil)
	}
	for _, symbol := range r.symbols {
		if v.board.subscribe(symbol, r.id, !r.off) {
			s.cfg.Handler.Watch(v.name, symbol, !r.off)
		}
	}
	s.pusher.poke()
	return nil
}

// refused is told of a 3 or j: the router does not understand our report.
func (s *VenueServer) refused(id quickfix.SessionID, r session.Reject) {
	s.cfg.alarm(id, AlarmRefused, fmt.Sprintf("message %d was refused: %s", r.RefNum, readable(r.Message)))
}

func (s *VenueServer) outcome(quickfix.SessionID, session.Outcome) {}

// state ends the subscriptions of a session that goes, and tells of the order session.
func (s *VenueServer) state(id quickfix.SessionID, state session.State, _ string) {
	v := s.byID[id]
	up := state == session.LoggedOn || state == session.Gap
	if id == v.quotes && !up {
		for _, symbol := range v.board.clear() {
			s.cfg.Handler.Watch(v.name, symbol, false)
		}
	}
	s.pusher.poke()
	if id != v.orders {
		return
	}
	v.mu.Lock()
	changed := up != v.up
	v.up = up
	v.mu.Unlock()
	if changed {
		s.cfg.Handler.Connected(v.name, up)
	}
}
