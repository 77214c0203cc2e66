package session

import (
	"fmt"
	"time"
)

// openGap notes that inbound numbers up to end are missing. A gap that is open
// already grows; it is filled when all that had arrived is processed.
func (s *Session) openGap(end int) {
	s.mu.Lock()
	if s.gap.end == 0 && !s.gap.hold {
		s.gap.since, s.gap.told = time.Now(), false
	}
	s.gap.end = max(s.gap.end, end, s.link.seen)
	s.mu.Unlock()
	s.settle("inbound messages are missing")
}

// holdGap notes that the peer skipped numbers without a gap fill (CB-03). It reports whether that is news: until ClearGap one more
// makes nothing worse, and calls nobody.
func (s *Session) holdGap() (news bool) {
	s.mu.Lock()
	if s.gap.end == 0 && !s.gap.hold {
		s.gap.since, s.gap.told = time.Now(), false
	}
	news, s.gap.hold = !s.gap.hold, true
	s.mu.Unlock()
	s.settle("the peer reset its numbers")
	return news
}

// advanced is called when the inbound number moved; it closes a gap that is
// filled.
func (s *Session) advanced() {
	s.mu.Lock()
	open, store := s.gap.end, s.store
	s.mu.Unlock()
	if open == 0 || store == nil || store.NextTargetMsgSeqNum() <= open {
		return
	}
	s.mu.Lock()
	s.gap.end = 0
	s.mu.Unlock()
	s.settle("the gap is filled")
}

// watch raises the alarms that only time brings, and looks whether the peer reads.
func (s *Session) watch(now time.Time) {
	s.watchPeer(now)
	s.mu.Lock()
	late := (s.gap.end > 0 || s.gap.hold) && s.up && !s.gap.told && now.Sub(s.gap.since) > s.cfg.GapAfter
	if late {
		s.gap.told = true
	}
	end := s.gap.end
	s.mu.Unlock()
	if late {
		s.alarm(AlarmGap, fmt.Sprintf("inbound numbers up to %d are missing for %s", end, s.cfg.GapAfter))
	}
}

// stuck reports whether quickfixgo still believes to be logged on long after the
// connection closed (SUP-01).
func (s *Session) stuck(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.qfUp && s.link.drop == nil && now.Sub(s.link.closedAt) > s.cfg.StuckAfter
}
