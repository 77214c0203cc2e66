package wire

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// RelayConfig describes the relay of one initiator session.
type RelayConfig struct {
	Dial     Dial
	Sender   string // the session's SenderCompID(49), which its Logon must carry
	Target   string // its TargetCompID(56)
	Limits   Limits
	Observer Observer
	// Held, if set, is asked before a frame from the venue is read, which waits while it says so.
	Held func() bool
	// Connected, if set, is told of each connection to the venue.
	Connected func(remote net.Addr)
	// Refused, if set, is told of each local connection turned away.
	Refused func(cause error)
}

// A Relay is the guard of an initiator session: quickfixgo dials it on
// loopback, it dials the venue (GRD-01, GRD-09). One session connection at a
// time is served.
type Relay struct {
	cfg      RelayConfig
	listener net.Listener
	secret   string
	slot     chan struct{} // holds a token while a connection is served
	failures int           // links in a row on which the venue never answered; owned by the slot's holder

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of the connection being served
	socket net.Conn                // of it; nil when there is none
}

// handshakesMax bounds the local connections that have not shown the secret.
const handshakesMax = 8

// socksDeadline bounds their dialogue: both ends are this process.
const socksDeadline = 5 * time.Second

// NewRelay opens the loopback port and draws the secret. Run serves it.
func NewRelay(cfg RelayConfig) (*Relay, error) {
	cfg.Dial = cfg.Dial.withDefaults()
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Held == nil {
		cfg.Held = func() bool { return false }
	}
	if cfg.Connected == nil {
		cfg.Connected = func(net.Addr) {}
	}
	if cfg.Refused == nil {
		cfg.Refused = func(error) {}
	}
	if cfg.Observer == nil {
		return nil, errors.New("fix relay: no observer")
	}
	if _, _, err := net.SplitHostPort(cfg.Dial.Address); err != nil {
		return nil, fmt.Errorf("fix relay: venue address: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fix relay: %w", err)
	}
	var b [32]byte
	rand.Read(b[:])
	return &Relay{cfg: cfg, listener: l, secret: hex.EncodeToString(b[:]), slot: make(chan struct{}, 1)}, nil
}

// Proxy returns what quickfixgo needs to dial through the relay as a SOCKS5
// proxy: the loopback port, the user name and the secret.
func (r *Relay) Proxy() (port int, user, secret string) {
	return r.listener.Addr().(*net.TCPAddr).Port, socksUser, r.secret
}

// Drop closes the connection that is being served, if any, for the given cause.
func (r *Relay) Drop(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		r.cancel(cause)
	}
}

// Run serves until ctx ends, then closes everything and waits for it.
func (r *Relay) Run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	unhook := context.AfterFunc(ctx, func() { _ = r.listener.Close() })
	defer unhook()
	var wg sync.WaitGroup
	defer wg.Wait()
	handshakes := make(chan struct{}, handshakesMax)
	for {
		c, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			_ = sleep(ctx, 10*time.Millisecond)
			continue
		}
		select {
		case handshakes <- struct{}{}:
		default:
			_ = c.Close()
			r.cfg.Refused(&Violation{Rule: RuleTooMany})
			continue
		}
		wg.Go(func() {
			defer c.Close()
			if r.admit(ctx, c, handshakes) {
				defer func() { <-r.slot }()
				r.serve(ctx, c)
			}
		})
	}
}

// admit checks the secret and takes the slot.
func (r *Relay) admit(ctx context.Context, c net.Conn, handshakes chan struct{}) bool {
	defer func() { <-handshakes }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	_ = c.SetDeadline(time.Now().Add(socksDeadline))
	if err := socksAdmit(c, r.secret); err != nil {
		r.cfg.Refused(err)
		return false
	}
	_ = c.SetDeadline(time.Time{})
	select {
	case r.slot <- struct{}{}: // the session's former connection has ended
		return true
	case <-time.After(socksDeadline):
		r.cfg.Refused(errors.New("fix relay: the session's former connection is still being served"))
	case <-ctx.Done():
	}
	return false
}

// serve connects the venue and pumps frames both ways until one side ends.
func (r *Relay) serve(parent context.Context, session net.Conn) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	r.setServed(cancel, nil)
	defer r.setServed(nil, nil)

	plain, socket, err := r.dial(ctx, cancel, session)
	if err != nil {
		return
	}
	defer socket.Close()
	r.setServed(cancel, socket)
	r.cfg.Connected(socket.RemoteAddr())
	l := &link{relay: r, session: session, venue: plain}
	stop := context.AfterFunc(ctx, func() {
		_ = socket.Close()
		_ = session.Close()
	})
	defer stop()
	if err := socksReady(session); err != nil {
		cancel(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { cancel(l.outbound()) })
	wg.Go(func() { cancel(l.inbound(ctx)) })
	wg.Wait()
	if r.failures++; l.answered.Load() {
		r.failures = 0
	}
	r.cfg.Observer.Closed(closeCause(ctx, parent))
}

// closeCause returns why a link ended; our own stop reads as net.ErrClosed.
func closeCause(ctx, parent context.Context) error {
	cause := context.Cause(ctx)
	if parent.Err() != nil || cause == nil {
		return net.ErrClosed
	}
	return cause
}

func (r *Relay) setServed(c context.CancelCauseFunc, socket net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cancel, r.socket = c, socket
}

// dial reaches the venue while watching that the session still waits for it: a
// session that gives up closes its end, and then no venue is dialed.
func (r *Relay) dial(ctx context.Context, cancel context.CancelCauseFunc, session net.Conn) (plain, socket net.Conn, err error) {
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		var b [1]byte
		if _, err := session.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel(errSocks) // closed, or speaks before it was answered
		}
	}()
	plain, socket, err = r.cfg.Dial.until(ctx, r.failures)
	_ = session.SetReadDeadline(time.Now())
	<-watched
	_ = session.SetReadDeadline(time.Time{})
	if err == nil && ctx.Err() != nil {
		_ = socket.Close()
		err = ctx.Err()
	}
	return plain, socket, err
}

// Close closes the loopback port. Run ends by its context.
func (r *Relay) Close() { _ = r.listener.Close() }
