package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// closeMax bounds a clean stop of quickfixgo; then its connection is cut.
const closeMax = 10 * time.Second

// An Initiator runs one session to a venue.
type Initiator struct {
	env     Env
	session *Session
	relay   *wire.Relay
	dir     string

	building sync.Mutex // one build at a time

	mu     sync.Mutex
	qf     *quickfix.Initiator // nil while it is down
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
}

// NewInitiator checks the configuration and opens the relay's loopback port.
// Start connects, Close releases, also without Start.
func NewInitiator(cfg Config, env Env) (i *Initiator, err error) {
	if env, err = env.check(); err != nil {
		return nil, err
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Dial.TLS, err = tlsFloor(cfg.Dial.TLS); err != nil {
		return nil, err
	}
	i = &Initiator{env: env, session: newSession(cfg, env)}
	s := i.session
	s.quiet = s.cfg.Quiet
	dial := s.cfg.Dial
	dial.Failed = func(err error, pause time.Duration) {
		s.log.Warn("fix venue not reached", "venue", dial.Address, "cause", err.Error(), "pause", pause.String())
		if cfg.Dial.Failed != nil {
			cfg.Dial.Failed(err, pause)
		}
	}
	i.relay, err = wire.NewRelay(wire.RelayConfig{
		Dial: dial, Sender: cfg.SenderCompID, Target: cfg.TargetCompID,
		Limits: s.cfg.Limits, Observer: s, Held: s.held, Connected: i.connected,
		Refused: func(cause error) { s.log.Warn("fix relay refused a local connection", "cause", cause.Error()) },
	})
	if err != nil {
		return nil, err
	}
	if i.dir, err = TempDir("fix"); err != nil {
		i.relay.Close()
		return nil, fmt.Errorf("fix initiator: %w", err)
	}
	return i, nil
}

// connected takes the relay's new connection. A session that is stopped gets it
// closed at once.
func (i *Initiator) connected(remote net.Addr) {
	if err := i.session.attach(i.relay.Drop, i.relay.Backlog); err != nil {
		i.relay.Drop(err)
		return
	}
	i.session.log.Info("fix venue connected", "remote", remote.String())
}

// Start connects and stays connected until Close.
func (i *Initiator) Start() error {
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.wg.Go(func() { i.relay.Run(i.ctx) })
	if err := i.build(); err != nil {
		i.Close()
		return err
	}
	i.wg.Go(func() { i.session.send(i.ctx) })
	i.wg.Go(func() { i.supervise(i.ctx) })
	return nil
}

// build makes and starts quickfixgo's initiator.
func (i *Initiator) build() error {
	i.building.Lock()
	defer i.building.Unlock()
	if i.ctx.Err() != nil || i.running() {
		return i.ctx.Err()
	}
	port, user, secret := i.relay.Proxy()
	one, err := i.session.cfg.initiatorSettings(i.dir, port, user, secret)
	if err != nil {
		return err
	}
	settings := quickfix.NewSettings()
	id, err := settings.AddSession(one)
	if err != nil {
		return fmt.Errorf("fix initiator: %w", err)
	}
	sessions := map[quickfix.SessionID]*Session{id: i.session}
	qf, err := quickfix.NewInitiator(&app{env: i.env, sessions: sessions},
		hookedStores{i.env.Store, sessions}, settings, qfLogs{i.env.Log})
	if err != nil {
		return fmt.Errorf("fix initiator: %w", err)
	}
	if err := qf.Start(); err != nil {
		return fmt.Errorf("fix initiator: %w", err)
	}
	i.mu.Lock()
	i.qf = qf
	i.mu.Unlock()
	return nil
}

func (i *Initiator) running() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.qf != nil
}

// Session returns the session.
func (i *Initiator) Session() *Session { return i.session }

// Restart stops quickfixgo's side of this session and makes it anew; the process
// and all other sessions go on (SUP-01).
func (i *Initiator) Restart() error {
	i.halt()
	return i.build()
}

// halt stops quickfixgo: a clean logout, after closeMax a cut connection.
func (i *Initiator) halt() {
	i.mu.Lock()
	qf := i.qf
	i.qf = nil
	i.mu.Unlock()
	if qf == nil {
		return
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		qf.Stop()
	}()
	if !waitOr(stopped, closeMax) {
		i.relay.Drop(errors.New("quickfixgo does not stop"))
		if !waitOr(stopped, closeMax) {
			i.session.alarm(AlarmStuck, "quickfixgo's session does not stop; it is abandoned")
		}
	}
	_ = quickfix.UnregisterSession(i.session.id)
	i.session.lost()
}

// Close logs out, closes the connection and waits for every goroutine of ours.
// The store stays open: it is the caller's.
func (i *Initiator) Close() {
	i.once.Do(func() {
		if i.cancel != nil {
			i.session.drainCancels()
		}
		i.halt()
		if i.cancel != nil {
			i.cancel()
			i.wg.Wait()
			i.halt() // what the watchdog built meanwhile
		}
		i.relay.Close()
		_ = os.RemoveAll(i.dir)
	})
}
