package session

import (
	"errors"
	"net"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// The Session is the wire.Observer of its own connections. There is one at a
// time: an acceptor refuses a second, a relay serves one after the other.

var errOtherLink = errors.New("the session is connected already")

// attach takes a new guarded connection, which drop closes and of which backlog tells how far its peer is behind.
func (s *Session) attach(drop func(error), backlog func() (wire.Backlog, bool)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("the session is stopped")
	}
	if s.link.drop != nil || s.qfUp {
		return errOtherLink
	}
	s.link = link{drop: drop, backlog: backlog}
	s.stats.Connections++
	return nil
}

// Received counts what arrives, and lets a peer wait that sends too much; it implements wire.Observer.
func (s *Session) Received(f *wire.Frame) error {
	if err := s.count(f); err != nil {
		return err
	}
	s.slow()
	return nil
}

// Waits of one message: slowTick is how often they are looked at, slowMost how long they may take in all, less than a heartbeat: a peer
// that is behind is to stay up, and its cancels come through.
const (
	slowTick = 5 * time.Millisecond
	slowMost = time.Second
)

// slow waits, on the goroutine that reads the connection, until the peer's next message may come (SEC-13).
func (s *Session) slow() {
	for end := time.Now().Add(slowMost); ; {
		now := time.Now()
		s.mu.Lock()
		wait, gone := s.in.take(New, now), s.link.drop == nil
		s.mu.Unlock()
		switch {
		case gone || now.After(end):
			return
		case wait > 0:
			time.Sleep(min(wait, slowTick))
			continue
		case s.cfg.Behind == nil || !s.cfg.Behind():
			return
		}
		s.mu.Lock()
		s.in.giveBack()
		s.mu.Unlock()
		time.Sleep(slowTick)
	}
}

func (s *Session) count(f *wire.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.PossDup {
		s.link.seen = max(s.link.seen, f.SeqNum)
	}
	if s.gap.end == 0 {
		s.link.gapCount = 0
		return nil
	}
	if s.link.gapCount++; s.link.gapCount > s.cfg.GapMax {
		return &wire.Violation{Rule: wire.RuleGap}
	}
	return nil
}

// Writing notes that bytes of a frame may leave from now on.
func (s *Session) Writing(f *wire.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Is("A") {
		s.link.logonNum = f.SeqNum
		signal(s.moved) // a message with a lower number will not leave any more
	}
	if s.flies(f) {
		s.flight.began, s.flight.since = true, time.Now()
	}
}

// Wrote notes that a whole frame reached the socket.
func (s *Session) Wrote(f *wire.Frame) {
	s.mu.Lock()
	ours := s.flies(f)
	if ours {
		s.flight.written = true
	}
	s.mu.Unlock()
	if ours {
		signal(s.moved)
	}
}

// flies reports whether f is the message in flight. A resend of the number is
// not: it follows the original.
func (s *Session) flies(f *wire.Frame) bool {
	return s.flight.num != 0 && f.SeqNum == s.flight.num && !f.PossDup && !f.Admin()
}

// Closed ends the connection: from here on no byte of it is written.
func (s *Session) Closed(cause error) {
	s.mu.Lock()
	s.link = link{closedAt: time.Now()}
	s.up, s.sweep = false, time.Time{} // the answer went with it
	s.mu.Unlock()
	s.logClosed(cause)
	s.settle("connection closed: " + cause.Error())
}

// logClosed writes the one line of a closed connection, counts a violation and
// stops the session when the same frame broke the rules three times (GRD-11,
// SUP-02).
func (s *Session) logClosed(cause error) {
	var v *wire.Violation
	if !errors.As(cause, &v) {
		if !errors.Is(cause, net.ErrClosed) {
			s.log.Info("fix connection closed", "cause", cause.Error())
		}
		return
	}
	s.log.Warn("fix guard closed the connection", "rule", string(v.Rule), "offset", v.Offset, "frame", v.Redacted)
	s.mu.Lock()
	s.stats.Violations[v.Rule]++
	s.mu.Unlock()
	if v.Redacted != "" && s.failed(frameOf(v)) {
		s.stopPoisoned("the peer sends the same frame that breaks " + string(v.Rule))
	}
}
