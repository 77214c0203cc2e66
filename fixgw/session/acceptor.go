package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"golang.org/x/time/rate"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// AcceptorConfig describes one listening port and the sessions of its clients.
type AcceptorConfig struct {
	Address   string         // host:port; port 0 takes a free one
	TLS       *tls.Config    // nil: plaintext, only on loopback or with Plaintext
	Plaintext bool           // waiver (GRD-10, SEC-02)
	Allow     []netip.Prefix // addresses that may connect; empty lets all (GRD-07)
	PerIP     int            // connections of an address before their Logon is answered; 3
	Total     int            // such connections in all; 20
	Limits    wire.Limits    // of the guard, for all sessions
	Sessions  []Config
}

// An Acceptor serves client sessions on one port.
type Acceptor struct {
	env       Env
	cfg       AcceptorConfig
	sessions  map[quickfix.SessionID]*Session
	listener  *wire.Listener
	qf        *quickfix.Acceptor
	dir       string // of the dictionaries
	locks     *lockout
	peers     peers
	strangers *rate.Limiter // lines of the log about connections without a session
	unlisted  atomic.Int64  // such connections that got none

	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
}

// NewAcceptor checks the configuration and opens the port. Start serves it,
// Close releases it, also without Start.
func NewAcceptor(cfg AcceptorConfig, env Env) (a *Acceptor, err error) {
	if env, err = env.check(); err != nil {
		return nil, err
	}
	if len(cfg.Sessions) == 0 {
		return nil, errors.New("fix acceptor: no sessions")
	}
	if cfg.TLS, err = tlsFloor(cfg.TLS); err != nil {
		return nil, err
	}
	cfg.Sessions = slices.Clone(cfg.Sessions)
	a = &Acceptor{env: env, cfg: cfg, sessions: make(map[quickfix.SessionID]*Session), locks: newLockout(),
		strangers: rate.NewLimiter(strangersPerSecond, strangersBurst)}
	var errs []error
	for i := range cfg.Sessions {
		c := &cfg.Sessions[i]
		c.Limits = cfg.Limits
		errs = append(errs, c.Check())
		if a.sessions[c.ID()] != nil {
			errs = append(errs, fmt.Errorf("fix acceptor: session %s is configured twice", c.ID()))
		}
		a.sessions[c.ID()] = newSession(*c, env)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := a.open(); err != nil {
		a.release()
		return nil, err
	}
	return a, nil
}

// open listens and builds quickfixgo's acceptor on the guarded listener.
func (a *Acceptor) open() error {
	inner, err := net.Listen("tcp", a.cfg.Address)
	if err != nil {
		return fmt.Errorf("fix acceptor: %w", err)
	}
	a.listener, err = wire.NewListener(inner, wire.ListenerConfig{
		TLS: a.cfg.TLS, Plaintext: a.cfg.Plaintext, Allow: a.cfg.Allow,
		PerIP: a.cfg.PerIP, Total: a.cfg.Total, Limits: a.cfg.Limits, Closed: a.closed,
	})
	if err != nil {
		_ = inner.Close()
		return err
	}
	if a.dir, err = TempDir("fix"); err != nil {
		return fmt.Errorf("fix acceptor: %w", err)
	}
	settings, err := a.settings()
	if err != nil {
		return err
	}
	application := &app{env: a.env, sessions: a.sessions, peers: a.peers.get}
	a.qf, err = quickfix.NewAcceptor(application, hookedStores{a.env.Store, a.sessions}, settings, qfLogs{a.env.Log})
	if err != nil {
		return fmt.Errorf("fix acceptor: %w", err)
	}
	a.qf.SetTLSConfig(a.cfg.TLS)
	a.qf.SetConnectionValidator(validator{a})
	a.qf.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) {
		return a.listener, nil // it has the tls.Config, and TLS runs inside the guard (GRD-01)
	})
	return nil
}

func (a *Acceptor) settings() (*quickfix.Settings, error) {
	settings := quickfix.NewSettings()
	port := a.listener.Addr().(*net.TCPAddr).Port
	settings.GlobalSettings().Set(config.SocketAcceptPort, strconv.Itoa(port))
	settings.GlobalSettings().Set(config.UseTCPProxy, "N")
	settings.GlobalSettings().Set(config.DynamicSessions, "N")
	for _, s := range a.sessions {
		one, err := s.cfg.settings(a.dir)
		if err != nil {
			return nil, err
		}
		if _, err := settings.AddSession(one); err != nil {
			return nil, fmt.Errorf("fix acceptor: %w", err)
		}
	}
	return settings, nil
}

// Start serves connections until Close.
func (a *Acceptor) Start() error {
	if err := a.qf.Start(); err != nil {
		a.Close()
		return fmt.Errorf("fix acceptor: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	for _, s := range a.sessions {
		a.wg.Go(func() { s.send(ctx) })
	}
	a.wg.Go(func() { a.supervise(ctx) })
	return nil
}

// Addr returns the address the acceptor listens on.
func (a *Acceptor) Addr() net.Addr { return a.listener.Addr() }

// Session returns a configured session, nil for another id.
func (a *Acceptor) Session(id quickfix.SessionID) *Session { return a.sessions[id] }

// Close logs all sessions out, closes the port and waits for every goroutine of
// ours. The stores stay open: they are the caller's.
func (a *Acceptor) Close() {
	a.once.Do(func() {
		started := a.cancel != nil
		if started {
			a.cancel()
			a.wg.Wait()
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				a.qf.Stop()
			}()
			if !waitOr(stopped, closeMax) {
				a.listener.CloseAll()
				<-stopped
			}
		}
		a.release()
	})
}

// release frees what open took.
func (a *Acceptor) release() {
	if a.listener != nil {
		a.listener.CloseAll()
	}
	if a.qf != nil {
		for id := range a.sessions {
			_ = quickfix.UnregisterSession(id) // Stop gives up at the first it does not find
		}
	}
	if a.dir != "" {
		_ = os.RemoveAll(a.dir)
	}
}

// Lines of the log about connections without a session: whoever reaches the port must not fill the disk, which is the journal's too.
const (
	strangersPerSecond = 5
	strangersBurst     = 100
)

// closed is told of each connection that ended. Those of a session are logged by
// it; the others here, one line each as long as they are few.
func (a *Acceptor) closed(c *wire.Conn, from netip.AddrPort, cause error) {
	if c != nil && a.peers.forget(c) {
		return
	}
	if !a.strangers.Allow() {
		a.unlisted.Add(1)
		return
	}
	if n := a.unlisted.Swap(0); n > 0 {
		a.env.Log.Warn("fix connections closed without a session that are not listed one by one", "count", n)
	}
	var v *wire.Violation
	if errors.As(cause, &v) {
		a.env.Log.Warn("fix guard closed a connection without a session", "peer", from.String(),
			"rule", string(v.Rule), "offset", v.Offset, "frame", v.Redacted)
		return
	}
	a.env.Log.Info("fix connection closed without a session", "peer", from.String(), "cause", cause.Error())
}
