package session

import (
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// Behind a mass cancel the cancels of single orders wait: the venue withdraws all orders by one message, and a thousand more
// behind it only keep its reports away from us, and use up the messages that a venue's limit leaves us. They leave when it does not
// answer, when it refuses, and for each order of which it did not say in time that it is gone (KILL-01, DEF-15).
const (
	sweepAnswer = 200 * time.Millisecond // the venue's answer to the mass cancel
	sweepWork   = time.Second            // from then on until it has said of each order that it is gone
)

// closeCancels is how long a session that closes lets cancels out.
const closeCancels = time.Second

// Swept takes the venue's answer to a mass cancel. It may be called from a Handler's methods.
func (s *Session) Swept(accepted bool) {
	s.mu.Lock()
	switch {
	case !time.Now().Before(s.sweep): // it answers none of ours, or came late: the cancels leave already
	case accepted:
		s.sweep = s.swept.Add(sweepAnswer + sweepWork)
	default:
		s.sweep = time.Time{}
	}
	s.mu.Unlock()
	s.Wake()
}

// Sweeping reports whether cancels wait for what a mass cancel does.
func (s *Session) Sweeping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.sweep)
}

// SweptWithin reports whether a mass cancel of everything left so lately.
func (s *Session) SweptWithin(d time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.swept.IsZero() && time.Since(s.swept) < d
}

// held reports whether the venue is not read for now. Whatever holds it, the answer to a mass cancel is read in time.
func (s *Session) held() bool {
	if !s.cfg.Held() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	return !now.Before(s.sweep) || now.Sub(s.swept) < sweepAnswer/2
}

// drainCancels lets the cancels out that wait, for closeCancels at most.
func (s *Session) drainCancels() {
	s.Swept(false)
	for end := time.Now().Add(closeCancels); time.Now().Before(end); time.Sleep(wire.HeldTick) {
		s.mu.Lock()
		left := s.may(Cancel) && len(s.queue.waiting[Cancel]) > 0
		s.mu.Unlock()
		if !left {
			return
		}
	}
}

// sweeping gives how long the first message of a class still waits for a mass cancel, under mu.
func (s *Session) sweeping(c Class, now time.Time) time.Duration {
	if c != Cancel || s.queue.waiting[Cancel][0].Order == 0 || !now.Before(s.sweep) {
		return 0
	}
	return s.sweep.Sub(now)
}

// Urgent reports whether cancels leave now, one behind the other. It is cheap.
func (s *Session) Urgent() bool { return s.urgent.Load() }
