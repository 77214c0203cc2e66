package session

import (
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/journal"
)

// Errors of Send. The message was refused and nothing follows.
var (
	ErrNotConnected = errors.New("fix session: not connected") // not LoggedOn, or Gap (PACE-01)
	ErrQueueFull    = errors.New("fix session: queue is full") // PACE-02
)

// A Session is our side of one FIX session. Its methods are safe for concurrent
// use, but not from inside a Handler's method.
type Session struct {
	cfg    Config
	id     quickfix.SessionID
	env    Env
	log    *slog.Logger
	wake   chan struct{} // the sender looks again
	moved  chan struct{} // the message in flight may have an outcome
	notify sync.Mutex    // orders the calls of Handler.State
	urgent atomic.Bool   // see Urgent

	mu      sync.Mutex
	state   State
	quiet   time.Duration // see Config.Quiet; 0 of an acceptor
	up      bool          // logged on, on the connection that there is now, and the quiet is over
	qfUp    bool          // quickfixgo says logged on; it notices a closed connection late
	stopped bool
	queue   queue
	bucket  *bucket
	in      *bucket   // of what the peer sends
	sweep   time.Time // until when cancels of single orders wait for a mass cancel
	swept   time.Time // when that left
	paced   time.Time // since when the first message waits for a token; zero: none does
	cursor  uint64
	resets  int // of the numbers, while the process runs
	tokens  *tokens
	link    link
	flight  flight
	gap     gap
	poison  poison
	store   quickfix.MessageStore
	stats   Stats
	logout  string // why the peer said it logs out
}

// link is the guarded connection that the session runs on, if any.
type link struct {
	drop     func(error) // closes it; nil when there is none
	logonNum int         // number of our Logon on it
	seen     int         // highest inbound number on it
	gapCount int         // messages taken on it while a gap was open
	closedAt time.Time   // when the last one closed
	backlog  func() (wire.Backlog, bool)
	unread   unread
}

// flight is the one message inside quickfixgo (PACE-03).
type flight struct {
	message *quickfix.Message // identifies it in ToApp; nil when none
	out     Outgoing          // what the gate is asked of
	num     int
	began   bool
	since   time.Time // when it began
	written bool
}

// gap is a hole in the inbound numbers.
type gap struct {
	end   int  // filled when the next inbound number is beyond it; 0 none
	hold  bool // after a SequenceReset: only ClearGap ends it
	since time.Time
	told  bool // the alarm was raised
}

// poison counts how often one frame, or the message with one inbound number,
// failed (SUP-02).
type poison struct {
	armed bool // the next advance of the inbound number must fail
	num   int
	frame string // see frameOf; empty for the message with that number
	count int
}

// Stats counts since the start, where it does not say now.
type Stats struct {
	Sent        uint64               // application messages that reached the socket
	Slow        uint64               // write reports later than SlowAfter (PACE-07)
	Refused     uint64               // by Send
	NeverSent   uint64               // outcomes
	Unknown     uint64               // outcomes
	Queued      int                  // now: messages and reports that wait
	Paced       journal.Histogram    // how long the messages that had to waited for their token (MET-06)
	Unread      time.Duration        // now: for how long the peer has not read on (MET-05)
	Stale       uint64               // orders that a peer asked to have again and did not get (CB-01)
	Connections uint64               // guarded connections
	Violations  map[wire.Rule]uint64 // connections closed by a rule of the guard
}

func newSession(cfg Config, env Env) *Session {
	cfg = cfg.withDefaults()
	s := &Session{
		cfg: cfg, id: cfg.ID(), env: env,
		log:    env.Log.With("session", cfg.ID().String()),
		wake:   make(chan struct{}, 1),
		moved:  make(chan struct{}, 1),
		bucket: newBucket(cfg.Throttle, time.Now()),
		in:     newBucket(Throttle{Rate: cfg.InRate}, time.Now()),
		cursor: cfg.Cursor,
		tokens: newTokens(cfg.Rejectable),
	}
	s.stats.Violations = make(map[wire.Rule]uint64)
	return s
}

// ID returns the session's identity.
func (s *Session) ID() quickfix.SessionID { return s.id }

// State returns the current state.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Stats returns a copy of the counters, and how it stands.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Violations = maps.Clone(st.Violations)
	st.Queued, st.Unread = s.queue.size, s.unreadFor(time.Now())
	if r, ok := s.cfg.Reports.(interface{ Len() int }); ok {
		st.Queued += r.Len()
	}
	return st
}

// Cursor returns the cursor of the last report handed over.
func (s *Session) Cursor() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor
}

// Send queues a message, or refuses it with an error (PACE-01, PACE-02). Of the
// same Order a Cancel removes a New that is still queued, a Replace an earlier
// Replace; what is removed, and a Cancel that has nothing left to cancel, comes
// back as NeverSent.
func (s *Session) Send(o Outgoing) error {
	s.mu.Lock()
	if err := s.admit(&o); err != nil {
		s.stats.Refused++
		s.mu.Unlock()
		return err
	}
	dropped := s.queue.put(o)
	s.stats.NeverSent += uint64(len(dropped))
	s.mu.Unlock()
	for _, d := range dropped {
		s.env.Handler.Outcome(s.id, Outcome{Token: d.Token, Result: NeverSent, Reason: "withdrawn while queued"})
	}
	s.Wake()
	return nil
}

// admit says whether a message may be queued now.
func (s *Session) admit(o *Outgoing) error {
	switch c := o.Class; {
	case !s.may(c):
		return ErrNotConnected
	case !o.Sweep && s.queue.full(c, s.cfg.Queue):
		return ErrQueueFull
	}
	return nil
}

// may reports whether the state lets a message of this class out.
func (s *Session) may(c Class) bool {
	return s.state == LoggedOn || s.state == Gap && c == Cancel && s.cfg.CancelsInGap
}

// Wake makes the sender look for reports again.
func (s *Session) Wake() { signal(s.wake) }

// ClearGap ends a Gap that a SequenceReset left: the caller has found out what
// was skipped (REC-03..07).
func (s *Session) ClearGap() {
	s.mu.Lock()
	s.gap.hold = false
	s.mu.Unlock()
	s.settle("reconciled after a SequenceReset")
}

// Stop closes the session's connection and lets no other begin until Resume.
func (s *Session) Stop(reason string) {
	s.mu.Lock()
	s.stopped = true
	drop := s.link.drop
	s.mu.Unlock()
	s.settle(reason)
	if drop != nil {
		drop(errors.New("session stopped: " + reason))
	}
}

// Resume lets a stopped session connect again.
func (s *Session) Resume() {
	s.mu.Lock()
	s.stopped = false
	s.poison = poison{}
	s.mu.Unlock()
	s.settle("resumed")
}

// settle derives the state from what is known and tells a change. What is queued
// and may not go out in the new state comes back (PACE-01).
func (s *Session) settle(reason string) {
	s.notify.Lock()
	defer s.notify.Unlock()
	s.mu.Lock()
	state := s.derive()
	changed := state != s.state
	s.state = state
	var dropped []Outgoing
	for c := range classes {
		if !s.may(c) {
			dropped = append(dropped, s.queue.drain(c)...)
		}
	}
	s.stats.NeverSent += uint64(len(dropped))
	s.mu.Unlock()
	if changed {
		s.log.Info("fix session state", "state", state.String(), "reason", reason)
		s.env.Handler.State(s.id, state, reason)
	}
	for _, d := range dropped {
		s.env.Handler.Outcome(s.id, Outcome{Token: d.Token, Result: NeverSent, Reason: "not connected: " + reason})
	}
	signal(s.moved)
	s.Wake()
}

func (s *Session) derive() State {
	switch {
	case s.stopped:
		return Stopped
	case !s.up || s.link.drop == nil:
		return Down
	case s.gap.hold || s.gap.end > 0:
		return Gap
	}
	return LoggedOn
}

func (s *Session) alarm(kind AlarmKind, text string) {
	s.log.Error("fix session alarm", "kind", string(kind), "text", text)
	s.env.Alarm(Alarm{Session: s.id, Kind: kind, Text: text})
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
