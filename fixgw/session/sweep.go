package session

import "time"

// Behind a mass cancel the cancels of single orders wait: the venue withdraws all orders by one message, and a thousand more
// behind it only keep its reports away from us, and use up the messages that a venue's limit leaves us. They leave when it does not
// answer, when it refuses, and for each order of which it did not say in time that it is gone (KILL-01, DEF-15).
const (
	sweepAnswer = 200 * time.Millisecond // the venue's answer to the mass cancel
	sweepWork   = time.Second            // from the answer until it has said of each order that it is gone
)

// Swept takes the venue's answer to a mass cancel.
func (s *Session) Swept(accepted bool) {
	s.mu.Lock()
	switch {
	case s.sweep.IsZero():
	case accepted:
		s.sweep = time.Now().Add(sweepWork)
	default:
		s.sweep = time.Time{}
	}
	s.mu.Unlock()
	s.Wake()
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
