package session

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// poisonMax is how often a frame may fail before its session stops (SUP-02).
const poisonMax = 3

// failed notes that a frame failed, empty for the message with the inbound number
// that is expected now, and reports whether it is the last time that is borne.
// Frames that differ are not one frame that fails: each closes its connection,
// and the session goes on.
func (s *Session) failed(frame string) bool {
	s.mu.Lock()
	store := s.store
	s.mu.Unlock()
	if store == nil {
		return false
	}
	num := store.NextTargetMsgSeqNum()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poison.frame != frame || frame == "" && s.poison.num != num {
		s.poison.num, s.poison.frame, s.poison.count = num, frame, 0
	}
	s.poison.count++
	return s.poison.count >= poisonMax
}

// frameOf names a frame that broke a rule. A peer that sends it again gives it
// another number, time and sum, so those do not count.
func frameOf(v *wire.Violation) string {
	kept := []string{string(v.Rule)}
	for f := range strings.SplitSeq(v.Redacted, "|") {
		switch tag, _, _ := strings.Cut(f, "="); tag {
		case "9", "10", "34", "43", "52", "97", "122":
		default:
			kept = append(kept, f)
		}
	}
	return strings.Join(kept, "|")
}

// stopPoisoned stops the session and calls a person.
func (s *Session) stopPoisoned(what string) {
	s.mu.Lock()
	num := s.poison.num
	already := s.stopped
	s.stopped = true
	s.mu.Unlock()
	if already {
		return
	}
	s.settle("stopped: " + what)
	s.alarm(AlarmPoison, fmt.Sprintf("%s, at inbound number %d, %d times; the session is stopped", what, num, poisonMax))
}

// errRetry makes quickfixgo drop the connection without advancing the number.
var errRetry = errors.New("fix session: the message was not taken, the number does not advance")

// hooked is the session's view of its message store: it sees the inbound number
// advance, and can refuse it.
type hooked struct {
	quickfix.MessageStore
	s *Session
}

// IncrNextTargetMsgSeqNum fails once after a message that could not be taken:
// quickfixgo then disconnects with the number unchanged, and the peer resends.
func (h hooked) IncrNextTargetMsgSeqNum() error {
	h.s.mu.Lock()
	armed := h.s.poison.armed
	h.s.poison.armed = false
	h.s.mu.Unlock()
	if armed {
		if h.s.failed("") {
			h.s.stopPoisoned("a message could not be taken")
		}
		return errRetry
	}
	if err := h.MessageStore.IncrNextTargetMsgSeqNum(); err != nil {
		return err
	}
	h.s.advanced()
	return nil
}

func (h hooked) SetNextTargetMsgSeqNum(next int) error {
	if err := h.MessageStore.SetNextTargetMsgSeqNum(next); err != nil {
		return err
	}
	h.s.advanced()
	return nil
}

// Reset forgets what the old numbers meant.
func (h hooked) Reset() error {
	if err := h.MessageStore.Reset(); err != nil {
		return err
	}
	h.s.mu.Lock()
	h.s.tokens.clear()
	h.s.gap.end = 0
	h.s.resets++
	if h.s.cfg.ResetRestarts {
		h.s.cursor = 0
	}
	h.s.mu.Unlock()
	return nil
}

// hookedStores wraps the stores that quickfixgo asks for.
type hookedStores struct {
	inner    quickfix.MessageStoreFactory
	sessions map[quickfix.SessionID]*Session
}

func (f hookedStores) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	store, err := f.inner.Create(id)
	if err != nil {
		return nil, err
	}
	s := f.sessions[id]
	if s == nil {
		return nil, fmt.Errorf("fix session: a store for %s, which is not configured", id)
	}
	s.mu.Lock()
	s.store = store
	s.mu.Unlock()
	return hooked{store, s}, nil
}
