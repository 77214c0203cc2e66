package fixgw

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// A Sink is where events go. Submit gives the event its place in the journal's order before it returns (CB-02); an
// error makes the peer send the message again. It is called from several goroutines.
type Sink interface {
	Submit(b event.Body) error
}

// Common is what every adapter takes.
type Common struct {
	Store quickfix.MessageStoreFactory // numbers of the sessions (STO-01)
	Log   *slog.Logger                 // nil discards
	Alarm func(session.Alarm)          // what a person must look at; nil ignores
}

// The alarms that the mapping raises beside those of the session package.
const (
	AlarmUnreadable session.AlarmKind = "unreadable" // a report that is put aside (VEN-02)
	AlarmRefused    session.AlarmKind = "refused"    // a 3 or j that names no child, or answers a status request
	AlarmNoStatus   session.AlarmKind = "no-status"  // a child in doubt at a venue that answers no H (REC-04)
	AlarmNews       session.AlarmKind = "news"       // the venue announces something about trading (35=h, f, B)
	AlarmLost       session.AlarmKind = "lost"       // an event could not be submitted
)

func (c *Common) env(h callbacks) session.Env {
	return session.Env{Handler: h, Store: c.Store, Log: c.Log, Alarm: c.Alarm}
}

// callbacks is an adapter's session.Handler, kept off its exported methods.
type callbacks struct {
	message func(quickfix.SessionID, *quickfix.Message) quickfix.MessageRejectError
	reject  func(quickfix.SessionID, session.Reject)
	outcome func(quickfix.SessionID, session.Outcome)
	state   func(quickfix.SessionID, session.State, string)
}

// Message implements session.Handler.
func (c callbacks) Message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	return c.message(id, m)
}

// Reject implements session.Handler.
func (c callbacks) Reject(id quickfix.SessionID, r session.Reject) { c.reject(id, r) }

// Outcome implements session.Handler.
func (c callbacks) Outcome(id quickfix.SessionID, o session.Outcome) { c.outcome(id, o) }

// State implements session.Handler.
func (c callbacks) State(id quickfix.SessionID, s session.State, reason string) {
	c.state(id, s, reason)
}

func (c *Common) alarm(id quickfix.SessionID, kind session.AlarmKind, text string) {
	if c.Alarm != nil {
		c.Alarm(session.Alarm{Session: id, Kind: kind, Text: text})
	}
}

// readable gives a message for an alarm, secrets masked.
func readable(m *quickfix.Message) string { return wire.Redact(m.Bytes()) }

// dictionaries is the directory that holds the adapters' dictionaries while their sessions run.
type dictionaries struct{ dir string }

// give sets a session's dictionary unless it names its own.
func (d *dictionaries) give(cfg *session.Config, tolerant bool) (err error) {
	if cfg.Dictionary != "" {
		return nil
	}
	if d.dir == "" {
		if d.dir, err = session.TempDir("dict"); err != nil {
			return err
		}
	}
	cfg.Dictionary, err = writeDictionary(d.dir, cfg.BeginString, tolerant)
	return err
}

func (d *dictionaries) remove() {
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
}

// A mailbox carries events that arise inside a call of the engine's side to the Sink: from there Submit could wait for
// the very goroutine that calls. It grows with what is in flight, which the sessions' queues bound.
type mailbox struct {
	mu      sync.Mutex
	waiting []event.Body
	wake    chan struct{}
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (b *mailbox) put(e event.Body) {
	b.mu.Lock()
	b.waiting = append(b.waiting, e)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *mailbox) take() []event.Body {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.waiting
	b.waiting = nil
	return all
}

// run gives the events to submit, in order, until ctx ends and the mailbox is empty.
func (b *mailbox) run(ctx context.Context, submit func(event.Body)) {
	for {
		for _, e := range b.take() {
			submit(e)
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			for _, e := range b.take() {
				submit(e)
			}
			return
		}
	}
}

func wallClock() market.Time { return market.Time(time.Now().UnixNano()) }
