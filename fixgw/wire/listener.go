package wire

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// ListenerConfig says who may connect. A zero number takes the default that its
// comment names.
type ListenerConfig struct {
	TLS       *tls.Config    // nil: plaintext, see Plaintext
	Plaintext bool           // waiver: plaintext beyond loopback (GRD-10)
	Allow     []netip.Prefix // addresses that may connect; empty lets all
	PerIP     int            // connections of one address before their Logon is answered; 3 (GRD-07)
	Total     int            // such connections in all; 20 (GRD-07)
	Limits    Limits
	// Closed, if set, is called once for each connection that ended, with the
	// reason, and for each that was turned away (conn is then nil).
	Closed func(conn *Conn, peer netip.AddrPort, cause error)
}

// ErrPlaintext is returned for a plaintext listener or venue beyond loopback
// without a waiver (GRD-10, SEC-02).
var ErrPlaintext = errors.New("fix: plaintext beyond loopback needs TLS or an explicit waiver for this session")

// A Listener yields guarded connections. Its Accept returns an error only when
// the listener is closed: quickfixgo stops listening at the first error.
type Listener struct {
	net.Listener
	cfg     ListenerConfig
	mu      sync.Mutex
	pending map[netip.Addr]int
	total   int
	waiting []*Conn // that hold a place before their Logon is answered, the oldest first
	conns   map[*Conn]struct{}
	closed  bool
}

// NewListener guards inner, whose address must be TCP.
func NewListener(inner net.Listener, cfg ListenerConfig) (*Listener, error) {
	addr, ok := inner.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("fix: the listener must be TCP, quickfixgo asks its port")
	}
	if cfg.TLS == nil && !cfg.Plaintext && !addr.IP.IsLoopback() {
		return nil, ErrPlaintext
	}
	if cfg.PerIP == 0 {
		cfg.PerIP = 3
	}
	if cfg.Total == 0 {
		cfg.Total = 20
	}
	if cfg.Closed == nil {
		cfg.Closed = func(*Conn, netip.AddrPort, error) {}
	}
	return &Listener{Listener: inner, cfg: cfg, pending: make(map[netip.Addr]int), conns: make(map[*Conn]struct{})}, nil
}

// Accept returns the next connection that the allow-list and the limits admit,
// as a *Conn. A transient error is waited out.
func (l *Listener) Accept() (net.Conn, error) {
	for pause := time.Millisecond; ; pause = min(2*pause, time.Second) {
		raw, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil {
			time.Sleep(pause)
			continue
		}
		pause = time.Millisecond
		if c := l.admit(raw); c != nil {
			return c, nil
		}
	}
}

// admit wraps raw, or closes it and returns nil.
func (l *Listener) admit(raw net.Conn) *Conn {
	peer := peerOf(raw)
	if !l.allowed(peer.Addr()) {
		return l.refuse(raw, peer, RuleAllowList)
	}
	silent, ok := l.enter(peer.Addr())
	if silent != nil {
		silent.CloseWith(&Violation{Rule: RuleTooMany})
	}
	if !ok {
		return l.refuse(raw, peer, RuleTooMany)
	}
	plain := raw
	if l.cfg.TLS != nil {
		plain = tls.Server(raw, l.cfg.TLS)
	}
	var c *Conn
	c = newConn(raw, plain, l.cfg.Limits,
		func(c *Conn, cause error) {
			l.forget(c)
			l.cfg.Closed(c, peer, cause)
		},
		func() { l.leave(c) })
	c.peer = peer.Addr()
	l.mu.Lock()
	gone := l.closed
	l.conns[c] = struct{}{}
	l.waiting = append(l.waiting, c)
	l.mu.Unlock()
	if gone {
		_ = c.Close()
		return nil
	}
	return c
}

func (l *Listener) refuse(raw net.Conn, peer netip.AddrPort, r Rule) *Conn {
	_ = raw.Close()
	l.cfg.Closed(nil, peer, &Violation{Rule: r})
	return nil
}

func (l *Listener) allowed(a netip.Addr) bool {
	if len(l.cfg.Allow) == 0 {
		return true
	}
	for _, p := range l.cfg.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// enter takes a pre-logon slot for an address, if one is free. Of a full house the one that is silent for longest leaves, of the
// address that has most there: who floods the port keeps nobody out who says who they are, and holds no more slots (GRD-07).
func (l *Listener) enter(a netip.Addr) (silent *Conn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending[a] >= l.cfg.PerIP {
		return nil, false
	}
	l.pending[a]++
	if l.total >= l.cfg.Total {
		if silent = l.silent(); silent == nil {
			l.pending[a]--
			l.tidy(a)
			return nil, false
		}
	}
	l.total++
	return silent, true
}

// silent takes the one that has to leave from those that wait, nil if all have said who they are.
func (l *Listener) silent() *Conn {
	found := -1
	for i, c := range l.waiting {
		if !c.spoke.Load() && (found < 0 || l.pending[c.peer] > l.pending[l.waiting[found].peer]) {
			found = i
		}
	}
	if found < 0 {
		return nil
	}
	c := l.waiting[found]
	l.waiting = slices.Delete(l.waiting, found, found+1)
	return c
}

func (l *Listener) leave(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	l.pending[c.peer]--
	l.tidy(c.peer)
	if i := slices.Index(l.waiting, c); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
}

func (l *Listener) tidy(a netip.Addr) {
	if l.pending[a] == 0 {
		delete(l.pending, a)
	}
}

func (l *Listener) forget(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// CloseAll stops listening and closes every connection that is still open.
func (l *Listener) CloseAll() {
	_ = l.Listener.Close()
	l.mu.Lock()
	l.closed = true
	open := make([]*Conn, 0, len(l.conns))
	for c := range l.conns {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// peerOf returns the remote address without an IPv4-in-IPv6 form.
func peerOf(c net.Conn) netip.AddrPort {
	t, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
