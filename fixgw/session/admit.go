package session

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// validator is quickfixgo's hook between the first frame and its session: who is
// it, may it, and is the session free (SEC-01).
type validator struct{ a *Acceptor }

// Validate binds a guarded connection to its session, or refuses it. quickfixgo keeps the reason to itself: the connection is
// closed with it, so that the log's line on its end says why.
func (v validator) Validate(c net.Conn, id quickfix.SessionID) error {
	conn, ok := c.(*wire.Conn)
	if !ok {
		return errors.New("fix acceptor: a connection without the guard")
	}
	s, p, err := v.known(conn, id)
	if err != nil {
		conn.CloseWith(err)
		return err
	}
	if err := s.attach(conn.CloseWith, conn.Backlog); err != nil {
		return fmt.Errorf("fix acceptor: session %s: %w", id, err)
	}
	v.a.peers.put(id, p)
	if !conn.Bind(s) {
		v.a.peers.forget(conn)
		s.Closed(net.ErrClosed)
		return net.ErrClosed
	}
	return nil
}

// known gives the session of a connection and who its peer is, if it may have it.
func (v validator) known(conn *wire.Conn, id quickfix.SessionID) (*Session, peer, error) {
	p := peer{conn: conn, addr: addrOf(conn), locks: v.a.locks, known: new(atomic.Bool)}
	s := v.a.sessions[id]
	if s == nil {
		return nil, p, fmt.Errorf("fix acceptor: session %.100s is not configured", id) // a stranger writes it
	}
	if v.a.locks.locked(id, p.addr.Addr(), time.Now()) {
		return nil, p, fmt.Errorf("fix acceptor: %s is locked out at session %s", p.addr.Addr(), id)
	}
	if err := certificateFits(conn, s.cfg.Certificates); err != nil {
		return nil, p, fmt.Errorf("fix acceptor: session %s: %w", id, err)
	}
	if err := p.identify(s); err != nil {
		return nil, p, fmt.Errorf("fix acceptor: session %s: %w", id, err)
	}
	return s, p, nil
}

// certificateFits checks that the peer's certificate carries one of the names
// agreed for its CompID: a DNS, URI or mail name, or the common name (SEC-01).
func certificateFits(c *wire.Conn, names []string) error {
	if len(names) == 0 {
		return nil
	}
	state := c.TLS()
	if state == nil || len(state.VerifiedChains) == 0 {
		return errors.New("no verified client certificate")
	}
	its := certificateNames(state.PeerCertificates[0])
	if slices.ContainsFunc(its, func(n string) bool { return slices.Contains(names, n) }) {
		return nil
	}
	return fmt.Errorf("the client certificate is not the one agreed for this CompID: it names %q, and the client's certificates are %q", its, names)
}

func certificateNames(cert *x509.Certificate) []string {
	names := append([]string{cert.Subject.CommonName}, cert.DNSNames...)
	names = append(names, cert.EmailAddresses...)
	for _, u := range cert.URIs {
		names = append(names, u.String())
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

func addrOf(c net.Conn) netip.AddrPort {
	t, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

// A peer is the connection that a session runs on.
type peer struct {
	conn  *wire.Conn
	addr  netip.AddrPort
	locks *lockout
	known *atomic.Bool // the first Logon is authenticated
}

// identify authenticates the Logon that a connection began with, ahead of quickfixgo: a Logon that its callback refuses uses up a
// number on either side, so that a stranger could put a session's numbers out of step with its owner's (TEST-42).
func (p peer) identify(s *Session) error {
	if s.cfg.Authenticate == nil {
		return nil
	}
	m := quickfix.NewMessage()
	if err := quickfix.ParseMessage(m, bytes.NewBuffer(p.conn.First())); err != nil {
		return fmt.Errorf("logon: %w", err)
	}
	if err := p.authenticate(s, m); err != nil {
		return err
	}
	p.known.Store(true)
	return nil
}

// authenticate runs the session's own check of a Logon and counts failures.
func (p peer) authenticate(s *Session, m *quickfix.Message) error {
	if s.cfg.Authenticate == nil || p.known != nil && p.known.CompareAndSwap(true, false) { // a Logon within the session is another
		return nil
	}
	l := Logon{ID: s.id, Peer: p.addr, Message: m}
	if p.conn != nil {
		l.TLS = p.conn.TLS()
	}
	l.Username, _ = m.Body.GetString(tagUsername)
	l.Password, _ = m.Body.GetString(tagPassword)
	err := s.cfg.Authenticate(l)
	if err != nil {
		s.log.Warn("fix logon refused", "peer", p.addr.String(), "cause", err.Error())
		if p.locks != nil {
			p.locks.fail(s.id, p.addr.Addr(), time.Now())
		}
	}
	return err
}

// peers knows the connection of each session. Its zero value is empty.
type peers struct {
	mu sync.Mutex
	by map[quickfix.SessionID]peer
}

func (p *peers) put(id quickfix.SessionID, one peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = make(map[quickfix.SessionID]peer)
	}
	p.by[id] = one
}

func (p *peers) get(id quickfix.SessionID) (peer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok := p.by[id]
	return one, ok
}

// forget removes a connection and reports whether a session had it.
func (p *peers) forget(c *wire.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, one := range p.by {
		if one.conn == c {
			delete(p.by, id)
			return true
		}
	}
	return false
}

// Lock-out: five failed Logons of one session from one address within 15 minutes
// close both for 15 minutes (SEC-01).
const (
	lockoutFailures = 5
	lockoutWindow   = 15 * time.Minute
	lockoutKept     = 4096 // pairs remembered; beyond it the oldest go
)

type lockout struct {
	mu sync.Mutex
	by map[lockKey][]time.Time
}

type lockKey struct {
	id   quickfix.SessionID
	addr netip.Addr
}

func newLockout() *lockout { return &lockout{by: make(map[lockKey][]time.Time)} }

// locked reports whether the pair has used up its failures.
func (l *lockout) locked(id quickfix.SessionID, a netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.recent(lockKey{id, a}, now)) >= lockoutFailures
}

func (l *lockout) fail(id quickfix.SessionID, a netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := lockKey{id, a}
	if len(l.by) >= lockoutKept {
		for other := range l.by {
			if len(l.recent(other, now)) == 0 {
				delete(l.by, other)
			}
		}
	}
	l.by[k] = append(l.recent(k, now), now)
}

// recent drops the failures outside the window.
func (l *lockout) recent(k lockKey, now time.Time) []time.Time {
	kept := slices.DeleteFunc(l.by[k], func(t time.Time) bool { return now.Sub(t) >= lockoutWindow })
	if _, known := l.by[k]; known {
		l.by[k] = kept
	}
	return kept
}
