package session

import (
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// unread follows whether the peer reads what is written to it (MET-05). A peer that stops reading is seen while its own
// buffers are full and ours are not: seconds or megabytes before the first write blocks and the guard closes the
// connection (GRD-06).
type unread struct {
	since time.Time // what waits was first seen; zero: nothing waits, or the peer has read on since
	acked uint64
}

// look takes how far the peer is behind at a look.
func (u *unread) look(b wire.Backlog, now time.Time) {
	switch {
	case !b.Waiting:
		*u = unread{acked: b.Acked}
	case u.since.IsZero() || b.Acked != u.acked:
		*u = unread{now, b.Acked}
	}
}

// watchPeer looks how far the peer is behind.
func (s *Session) watchPeer(now time.Time) {
	s.mu.Lock()
	ask := s.link.backlog
	s.mu.Unlock()
	if ask == nil {
		return
	}
	b, ok := ask() // outside the lock: it may wait for the relay's
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok && s.link.backlog != nil {
		s.link.unread.look(b, now)
	}
}

// unreadFor is for how long the peer has not read on, by the last look, or for how long a write to it blocks. The caller
// holds mu.
func (s *Session) unreadFor(now time.Time) time.Duration {
	since := s.link.unread.since
	if f := &s.flight; f.began && !f.written && (since.IsZero() || f.since.Before(since)) {
		since = f.since
	}
	if since.IsZero() || s.link.drop == nil {
		return 0
	}
	return now.Sub(since)
}
