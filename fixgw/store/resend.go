package store

import (
	"errors"
	"strconv"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// holeMax is how many numbers of one hole are yielded singly. Of a longer hole
// only the ends are: quickfixgo sends one gap fill for it either way, and a peer
// that asks for a whole day must not hold the session for seconds.
const holeMax = 1000

// IterateMessages calls cb for the numbers from begin to end in order: a stored
// report as it was sent, everything else as a Heartbeat with that number, which
// becomes part of a gap fill (STO-03). cb must not keep the slice.
func (s *Store) IterateMessages(begin, end int, cb func([]byte) error) error {
	begin = max(begin, 1)
	for num := begin; num <= end; {
		entry, ok := s.report(num, end)
		hole := end
		if ok {
			hole = entry.num - 1
		}
		if err := s.fill(num, hole, cb); err != nil {
			return err
		}
		if !ok {
			return nil
		}
		body, err := s.body(entry)
		if err != nil {
			s.cfg.Lost(s.id, entry.num, err)
			body = s.filler.message(entry.num)
		}
		if err := cb(body); err != nil {
			return err
		}
		num = entry.num + 1
	}
	return nil
}

// GetMessages is IterateMessages into a slice of copies.
func (s *Store) GetMessages(begin, end int) ([][]byte, error) {
	var out [][]byte
	err := s.IterateMessages(begin, end, func(b []byte) error {
		out = append(out, append([]byte(nil), b...))
		return nil
	})
	return out, err
}

// report returns the first stored report from num to end.
func (s *Store) report(num, end int) (entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.state.find(num)
	if i == len(s.state.reports) || s.state.reports[i].num > end {
		return entry{}, false
	}
	return s.state.reports[i], true
}

// fill yields Heartbeats for the numbers of a hole.
func (s *Store) fill(from, to int, cb func([]byte) error) error {
	for num := from; num <= to; num++ {
		if err := cb(s.filler.message(num)); err != nil {
			return err
		}
		if num == from && to-from >= holeMax {
			num = to - 1
		}
	}
	return nil
}

var errBody = errors.New("fix store: the stored message is damaged or another's")

// body reads a report back and checks that it is a whole frame with its number.
func (s *Store) body(e entry) ([]byte, error) {
	payload, err := s.cfg.Log.At(e.seq)
	if err != nil {
		return nil, err
	}
	r, err := decodeRecord(payload)
	if err != nil {
		return nil, err
	}
	scan := wire.Scanner{AllowXML: true}
	f, n, v := scan.Scan(r.body)
	if r.session != s.key || v != nil || n != len(r.body) || f.SeqNum != e.num {
		return nil, errBody
	}
	return r.body, nil
}

// isAdmin reports whether a message built by quickfixgo is a session message;
// its third field is MsgType.
func isAdmin(msg []byte) bool {
	scan := wire.Scanner{AllowXML: true}
	f, n, _ := scan.Scan(msg)
	return n > 0 && f.Admin()
}

// A filler makes the Heartbeats that stand for numbers without a report.
type filler struct {
	head, tail string
}

// newFiller prepares what all fillers of a session share. They never reach the
// peer; the time is a constant that parses.
func newFiller(id quickfix.SessionID) filler {
	return filler{
		head: "8=" + id.BeginString + "\x019=",
		tail: "\x0149=" + id.SenderCompID + "\x0152=20000101-00:00:00\x0156=" + id.TargetCompID + "\x01",
	}
}

// message returns a Heartbeat with the number num.
func (f filler) message(num int) []byte {
	body := strconv.AppendInt(append(make([]byte, 0, 64), "35=0\x0134="...), int64(num), 10)
	body = append(body, f.tail...)
	msg := append(make([]byte, 0, len(f.head)+len(body)+16), f.head...)
	msg = strconv.AppendInt(msg, int64(len(body)), 10)
	msg = append(append(msg, soh), body...)
	var sum byte
	for _, c := range msg {
		sum += c
	}
	return append(msg, '1', '0', '=', '0'+sum/100, '0'+sum/10%10, '0'+sum%10, soh)
}

// soh ends a FIX field.
const soh = 0x01
