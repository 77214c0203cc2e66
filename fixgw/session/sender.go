package session

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// an item is what the sender hands over next: an order or a report.
type item struct {
	Outgoing
	report bool
	resets int // of the session when the report was taken
}

// tick is how often the sender looks at its clocks when nothing happens.
const tick = time.Second

// send is the session's one sender: it alone calls quickfixgo (PACE-04). It ends
// with ctx.
func (s *Session) send(ctx context.Context) {
	for ctx.Err() == nil {
		it, wait := s.next(time.Now())
		if it.Message != nil {
			s.handOver(ctx, it)
			continue
		}
		s.sleep(ctx, wait)
	}
}

// sleep waits until something changed, or for wait.
func (s *Session) sleep(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-s.wake:
	case <-t.C:
	case <-ctx.Done():
	}
}

// next takes what may be sent now: cancels, replaces, new orders, reports. When
// there is nothing it returns how long to wait.
func (s *Session) next(now time.Time) (item, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.size == 0 { // what waited for its turn was taken back, or drained
		s.paced = time.Time{}
	}
	wait := tick
	s.urgent.Store(false)
	for c := range classes {
		if len(s.queue.waiting[c]) == 0 || !s.may(c) {
			continue
		}
		if w := s.sweeping(c, now); w > 0 {
			wait = min(wait, w)
			continue
		}
		if w := s.bucket.take(c, now); w > 0 {
			if s.paced.IsZero() {
				s.paced = now
			}
			wait = min(wait, w)
			break // what comes behind needs as many tokens
		}
		if !s.paced.IsZero() {
			s.stats.Paced.Observe(now.Sub(s.paced))
			s.paced = time.Time{}
		}
		o, _ := s.queue.take(c)
		s.urgent.Store(c == Cancel)
		return item{Outgoing: o}, 0
	}
	if s.cfg.Reports == nil || s.state != LoggedOn && s.state != Gap {
		return item{}, wait
	}
	if s.cfg.Held() {
		return item{}, min(wait, wire.HeldTick)
	}
	m, cursor, ok := s.cfg.Reports.Report(s.cursor)
	if !ok {
		return item{}, wait
	}
	return item{Outgoing: Outgoing{Token: cursor, Message: m}, report: true, resets: s.resets}, 0
}

// handOver gives one message to quickfixgo and follows it to the socket.
func (s *Session) handOver(ctx context.Context, it item) {
	if err := s.lastGate(&it); err != nil {
		if !it.report { // it used none of what the venue takes
			s.mu.Lock()
			s.bucket.giveBack()
			s.mu.Unlock()
		}
		s.outcome(it, Outcome{Result: NeverSent, Reason: err.Error()})
		return
	}
	s.mu.Lock()
	s.flight = flight{message: it.Message, out: it.Outgoing}
	if it.Whole { // the answer may come before we know that it left
		s.swept = time.Now()
		s.sweep = s.swept.Add(sweepAnswer)
	}
	s.mu.Unlock()
	err := quickfix.SendToTarget(it.Message, s.id)
	s.mu.Lock()
	s.flight.message = nil
	num := s.flight.num
	if err == nil {
		s.tokens.put(num, it.Token, !it.report)
		if it.report && (it.resets == s.resets || !s.cfg.ResetRestarts) {
			s.cursor = it.Token // it is in the store: a resend brings it
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.outcome(it, Outcome{Result: NeverSent, Reason: err.Error()})
		if it.report {
			s.log.Error("fix report could not be handed over; it is tried again", "cursor", it.Token, "error", err.Error())
			s.sleep(ctx, tick)
		}
		return
	}
	s.outcome(it, s.follow(ctx, num))
	letWriterBack()
}

// writerPause is how long the sender yields after a write report. quickfixgo's
// writer must be back at its unbuffered channel before the next message, or the
// session spins until it is (QF-07). 10 us measured best: 0 gave half the
// throughput of a burst of 256, 30 and 60 us no more.
const writerPause = 10 * time.Microsecond

func letWriterBack() {
	for start := time.Now(); ; {
		runtime.Gosched()
		if time.Since(start) >= writerPause {
			return
		}
	}
}

// lastGate is the exit: the caller's own last check, with its kill flag (PACE-05).
// Reports pass, they are history.
func (s *Session) lastGate(it *item) error {
	if it.report || s.cfg.Gate == nil {
		return nil
	}
	return s.cfg.Gate(&it.Outgoing)
}

// errDeadline closes a connection on which a message does not get out (PACE-07).
var errDeadline = fmt.Errorf("no write report within the deadline: %w", &wire.Violation{Rule: wire.RuleStalled})

// errClosing ends a connection whose session closes with a message in flight.
var errClosing = errors.New("session closes")

// follow waits for the guard's report of the message in flight. If the
// connection ends first the guard's own notes decide: a frame it never began to
// write has not left and will not, because quickfixgo drops its queue at the
// next Logon and the store fills the number (REC-06).
func (s *Session) follow(ctx context.Context, num int) Outcome {
	slow := time.NewTimer(s.cfg.SlowAfter)
	defer slow.Stop()
	deadline := time.NewTimer(s.cfg.SendDeadline)
	defer deadline.Stop()
	end := ctx.Done()
	for {
		if o, done := s.landed(num); done {
			return o
		}
		select {
		case <-s.moved:
		case <-slow.C:
			s.mu.Lock()
			s.stats.Slow++
			s.mu.Unlock()
		case <-deadline.C:
			s.drop(errDeadline)
		case <-end:
			s.drop(errClosing)
			end = nil // the guard's Closed brings the outcome
		}
	}
}

// landed returns the outcome of the message in flight once it has one.
func (s *Session) landed(num int) (o Outcome, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o = Outcome{Num: num}
	switch {
	case s.flight.written:
		o.Result, done = Sent, true
	case s.link.drop != nil && s.link.logonNum < num:
		return o, false
	case s.flight.began:
		o.Result, o.Reason, done = Unknown, "the connection ended while it was written", true
	default:
		o.Result, o.Reason, done = NeverSent, "the connection ended before it was written", true
	}
	s.flight = flight{}
	return o, done
}

// drop makes the guard close the current connection, if any.
func (s *Session) drop(cause error) {
	s.mu.Lock()
	drop := s.link.drop
	s.mu.Unlock()
	if drop != nil {
		drop(cause)
	}
}

// outcome counts and tells what became of a message.
func (s *Session) outcome(it item, o Outcome) {
	o.Token = it.Token
	s.mu.Lock()
	switch o.Result {
	case Sent:
		s.stats.Sent++
	case NeverSent:
		s.stats.NeverSent++
	case Unknown:
		s.stats.Unknown++
	case GapFilled: // counted where it is filled
	}
	s.mu.Unlock()
	s.env.Handler.Outcome(s.id, o)
}
