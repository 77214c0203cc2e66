package store

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/journal"
)

// A Store is one session's quickfix.MessageStore on the log. Its methods are
// safe for concurrent use.
type Store struct {
	cfg     *Config
	id      quickfix.SessionID
	key     string
	reports bool
	waits   bool // a report is on disk before it is sent
	filler  filler

	mu       sync.Mutex
	state    *state
	reserved uint64 // where the newest reservation lies in the log
	durable  int    // outbound numbers below it are reserved on disk
	buf      []byte
	closed   bool
}

// numberMax is the largest message number: quickfixgo keeps them in int, FIX
// counterparts often in 32 bits.
const numberMax = math.MaxInt32 - 1

// add appends a record and books it. The caller holds mu.
func (s *Store) add(r record) (seq uint64, err error) {
	r.session = s.key
	s.buf = appendRecord(s.buf[:0], &r)
	seq, err = s.cfg.Log.Append(s.cfg.Kind, Version, s.buf)
	if err != nil {
		return 0, fmt.Errorf("fix store %s: %w", s.key, err)
	}
	s.state.apply(seq, &r)
	return seq, nil
}

// NextSenderMsgSeqNum returns the number of the next outbound message.
func (s *Store) NextSenderMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.sender
}

// NextTargetMsgSeqNum returns the number expected of the next inbound message.
func (s *Store) NextTargetMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.target
}

// IncrNextSenderMsgSeqNum books that the next outbound number was used.
func (s *Store) IncrNextSenderMsgSeqNum() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.advance(s.state.sender)
}

// advance uses the outbound number num. A number is used only when its
// reservation is durable, so that no crash gives it out again. The next block is
// reserved half a block ahead: the wait for the disk is over before it matters.
func (s *Store) advance(num int) error {
	if num >= numberMax {
		return fmt.Errorf("fix store %s: outbound number %d is the last; reset the session", s.key, num)
	}
	if num >= s.state.limit-s.cfg.Block/2 {
		seq, err := s.add(record{op: opReserve, value: uint64(min(max(num, s.state.limit)+s.cfg.Block, numberMax))})
		switch {
		case err == nil:
			s.reserved = seq
		case num >= s.durable || !errors.Is(err, journal.ErrFailed): // the rest of the block is for the kill path (JRN-05)
			return err
		}
	}
	if num >= s.durable {
		if err := s.cfg.Log.Sync(s.reserved); err != nil {
			return fmt.Errorf("fix store %s: %w", s.key, err)
		}
		s.durable = s.state.limit
	}
	s.state.sender = num + 1
	s.closed = false
	return nil
}

// IncrNextTargetMsgSeqNum appends that the inbound message was taken. It stands
// behind the event that the message carried (STO-02).
func (s *Store) IncrNextTargetMsgSeqNum() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expect(s.state.target + 1)
}

// expect appends which inbound number comes next. Of a log that has failed the
// number advances in memory alone: quickfixgo would drop the connection, and the
// cancels of the kill path need it (JRN-05). Nothing is lost by it: the next
// start asks the peer again from the number that the log holds. The caller holds
// mu.
func (s *Store) expect(next int) error {
	r := record{op: opTarget, value: uint64(next)}
	_, err := s.add(r)
	if errors.Is(err, journal.ErrFailed) {
		s.state.apply(0, &r)
		return nil
	}
	return err
}

// SetNextSenderMsgSeqNum sets the next outbound number, by hand or by protocol.
func (s *Store) SetNextSenderMsgSeqNum(next int) error {
	if err := s.checkNumber(next); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.add(record{op: opSender, value: uint64(next)})
	s.durable = s.state.limit
	return err
}

// SetNextTargetMsgSeqNum sets the number expected of the next inbound message.
func (s *Store) SetNextTargetMsgSeqNum(next int) error {
	if err := s.checkNumber(next); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expect(next)
}

func (s *Store) checkNumber(n int) error {
	if n < 1 || n > numberMax {
		return fmt.Errorf("fix store %s: message number %d is outside 1 to %d", s.key, n, numberMax)
	}
	return nil
}

// CreationTime returns when the numbers last started at 1.
func (s *Store) CreationTime() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.created
}

// SetCreationTime is SetCreated without its error, for the interface.
// quickfixgo itself never calls it.
func (s *Store) SetCreationTime(t time.Time) { _ = s.SetCreated(t) }

// SetCreated records when the numbers started at 1.
func (s *Store) SetCreated(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.add(record{op: opCreated, created: t.UnixNano()})
	return err
}

// SaveMessage stores an outbound report's body; other messages are not stored.
func (s *Store) SaveMessage(num int, msg []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save(num, msg)
}

func (s *Store) save(num int, msg []byte) error {
	if err := s.checkNumber(num); err != nil {
		return err
	}
	if !s.reports || isAdmin(msg) {
		return nil
	}
	seq, err := s.add(record{op: opReport, value: uint64(num), body: msg})
	if err == nil && s.waits {
		err = s.cfg.Log.Sync(seq)
	}
	return err
}

// SaveMessageAndIncrNextSenderMsgSeqNum uses the number and stores the body. The
// number is reserved first: a body in the log always has a reserved number.
func (s *Store) SaveMessageAndIncrNextSenderMsgSeqNum(num int, msg []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.advance(num); err != nil {
		return err
	}
	return s.save(num, msg)
}

// Refresh does nothing: the log has one writer, this process.
func (s *Store) Refresh() error { return nil }

// Reset starts both numbers at 1 and forgets stored reports. It is durable when
// it returns: what the peer is told next must survive a crash.
func (s *Store) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, err := s.add(record{op: opReset, created: s.cfg.Now().UnixNano()})
	if err != nil {
		return err
	}
	s.durable = s.state.limit
	return s.cfg.Log.Sync(seq)
}

// Close records the exact outbound number. The store may be used on: the next
// send reserves a block again.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if _, err := s.add(record{op: opClosed, value: uint64(s.state.sender)}); err != nil {
		return err
	}
	s.durable = s.state.limit
	s.closed = true
	return nil
}
