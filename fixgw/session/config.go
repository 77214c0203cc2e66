package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// Env is what all sessions of a process share. Handler and Store must be set.
type Env struct {
	Handler Handler
	Store   quickfix.MessageStoreFactory
	Log     *slog.Logger // nil discards
	Alarm   func(Alarm)  // nil ignores
}

func (e Env) check() (Env, error) {
	if e.Handler == nil || e.Store == nil {
		return e, errors.New("fix session: Handler and Store must be set")
	}
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	if e.Alarm == nil {
		e.Alarm = func(Alarm) {}
	}
	return e, nil
}

// Config describes one session. A zero number takes the default that its comment
// names; the zero value of the rest is the safe one.
type Config struct {
	BeginString  string // FIX.4.2, FIX.4.4, or FIXT.1.1 with FIX 5.0 SP2 (1137=9)
	SenderCompID string // ours
	TargetCompID string // the peer's

	HeartBtInt    time.Duration // of an initiator, whole seconds; 30 s
	MaxHeartBtInt time.Duration // largest that an acceptor takes; 5 min

	Dictionary            string // file of another dictionary of application messages; "" takes the embedded one
	TolerateUserFields    bool   // tags from 5000 on need not be in the dictionary
	TolerateUnknownFields bool   // nor known tags in their message

	ResetOnLogon      bool
	ResetOnLogout     bool
	ResetOnDisconnect bool
	AllowReset        bool // take the peer's ResetSeqNumFlag(141)=Y; else the Logon is refused (CB-03)

	Schedule     Schedule
	MaxLatency   time.Duration // SendingTime(52) off our clock, whole seconds; 2 min
	ResendChunk  int           // numbers of one ResendRequest; 1,000 (SUP-03)
	InChan       int           // frames between socket and session; 1,024 (SUP-03)
	GapMax       int           // messages taken while a gap is open; 100,000 (GRD-08)
	GapAfter     time.Duration // a gap open for longer raises an alarm; 30 s (REC-03)
	Limits       wire.Limits   // of the guard
	LogonTimeout time.Duration // of an initiator; 10 s

	Queue        int                   // messages waiting, and as many cancels; 1,024 (PACE-02)
	Throttle     Throttle              // zero: none
	Gate         func(*Outgoing) error // last gate before the hand-over, may be nil (PACE-05)
	CancelsInGap bool                  // let cancels out in state Gap; PACE-01 alone would refuse them
	SlowAfter    time.Duration         // a write report later than this is counted; 50 ms (PACE-07)
	SendDeadline time.Duration         // and later than this closes the connection; write deadline + 1 s
	Rejectable   int                   // sent numbers whose token is kept for a 3 or j; 16,384

	Reports ReportSource // of a client session, may be nil
	Cursor  uint64       // reports up to here were sent before the start
	// ResetRestarts says that a reset of the numbers begins the reports anew, from cursor 0.
	ResetRestarts bool

	Username string        // 553 of an initiator's Logon; "" none
	Password func() string // 554, asked at each Logon; nil none

	// Of an acceptor's session (SEC-01).
	Certificates []string // a name the peer's certificate must carry; empty lets all that TLS admits
	// Authenticate checks a Logon; nil admits all that the guard and TLS let
	// through. It runs in the session's goroutine.
	Authenticate func(l Logon) error

	// What comes faster than InRate messages a second, or while Behind says that much waits to be told to the peer, is read later: a
	// client that floods waits in its own socket, and fills neither memory nor journal for others (SEC-13). 0, nil: no limit.
	InRate float64
	Behind func() bool

	// Held, if set, is asked before a frame of the venue's is read and before a report is sent: while it says so they wait, so
	// that cancels leave first on a machine with few processors. It says so for a second at most.
	Held func() bool

	// Of an initiator's session.
	//
	// Quiet is how long nothing is sent after a Logon that was not the first. A peer that misses messages of ours asks for them
	// right behind its Logon; what went out before we read that would be in the range, and our gap fill would swallow it, for
	// orders and requests are not sent again (CB-01). 200 ms.
	Quiet         time.Duration
	Dial          wire.Dial     // the venue
	Reconnect     time.Duration // quickfixgo's pause before it dials the relay again; 1 s
	LogoutTimeout time.Duration // wait for the peer's Logout; 2 s

	StuckAfter time.Duration // quickfixgo must notice a closed connection within; 30 s (SUP-01)
}

// Schedule is when a session is open, as quickfixgo takes it. The zero value is
// always open. Times are HH:MM:SS in TimeZone, which must be set with them
// (SUP-04).
type Schedule struct {
	StartTime, EndTime string
	StartDay, EndDay   string // weekday names for a weekly session
	Weekdays           string // or the days of a daily one, comma separated
	TimeZone           string // IANA name
}

// A Logon is what an acceptor knows of a peer that logs on.
type Logon struct {
	ID                 quickfix.SessionID
	Peer               netip.AddrPort
	TLS                *tls.ConnectionState // nil for plaintext
	Username, Password string               // 553, 554; do not log
	Message            *quickfix.Message
}

// ID returns the session's identity.
func (c *Config) ID() quickfix.SessionID {
	return quickfix.SessionID{BeginString: c.BeginString, SenderCompID: c.SenderCompID, TargetCompID: c.TargetCompID}
}

// Check returns every problem of the configuration, joined.
func (c *Config) Check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("fix session %s: "+format, append([]any{c.ID()}, args...)...))
	}
	if c.SenderCompID == "" || c.TargetCompID == "" {
		bad("SenderCompID and TargetCompID must be set")
	}
	switch c.BeginString {
	case quickfix.BeginStringFIX42, quickfix.BeginStringFIX44, quickfix.BeginStringFIXT11:
	default:
		bad("BeginString %q is not supported; use FIX.4.2, FIX.4.4 or FIXT.1.1", c.BeginString)
	}
	if c.HeartBtInt%time.Second != 0 || c.HeartBtInt < 0 {
		bad("HeartBtInt %s is not whole seconds", c.HeartBtInt)
	}
	s := c.Schedule
	if (s != Schedule{}) && (s.StartTime == "" || s.EndTime == "" || s.TimeZone == "") {
		bad("a schedule needs StartTime, EndTime and an explicit TimeZone (SUP-04)")
	}
	if t := c.Throttle; t.Rate < 0 || t.Burst < 0 || t.CancelShare < 0 || t.CancelShare >= 1 {
		bad("throttle: rate and burst must not be negative, the cancels' share is 0 to below 1")
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	def(&c.HeartBtInt, 30*time.Second)
	def(&c.MaxHeartBtInt, 5*time.Minute)
	def(&c.MaxLatency, 2*time.Minute)
	def(&c.ResendChunk, 1000)
	def(&c.InChan, 1024)
	def(&c.GapMax, 100_000)
	def(&c.GapAfter, 30*time.Second)
	def(&c.LogonTimeout, 10*time.Second)
	def(&c.Queue, 1024)
	def(&c.SlowAfter, 50*time.Millisecond)
	def(&c.Limits.Write, 5*time.Second)
	def(&c.SendDeadline, c.Limits.Write+time.Second)
	def(&c.Rejectable, 16_384)
	def(&c.Reconnect, time.Second)
	def(&c.LogoutTimeout, 2*time.Second)
	def(&c.StuckAfter, 30*time.Second)
	def(&c.Quiet, 200*time.Millisecond)
	if c.Held == nil {
		c.Held = func() bool { return false }
	}
	return c
}

func def[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// tlsFloor returns cfg with TLS 1.3 where nothing is set; below 1.2 is refused
// (SEC-01).
func tlsFloor(cfg *tls.Config) (*tls.Config, error) {
	if cfg == nil {
		return nil, nil
	}
	cfg = cfg.Clone()
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS13
	}
	if cfg.MinVersion < tls.VersionTLS12 {
		return nil, errors.New("fix session: TLS below 1.2 is not allowed (SEC-01)")
	}
	return cfg, nil
}

// waitOr waits for done until d has passed and reports whether it came.
func waitOr(done <-chan struct{}, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
