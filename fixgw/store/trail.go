package store

import (
	"fmt"
	"maps"
	"slices"
)

// A Trail follows the store's records in a log that is only read, for tools: where each session stands, and what of its way
// there its peer would not follow.
type Trail struct {
	whole    bool
	sessions map[string]*Numbers
}

// Numbers is where a session stands by its records.
type Numbers struct {
	Session string
	Sender  int   // the next outbound number, 0 for unknown; behind the reserved ones where the stop was not clean
	Target  int   // the next inbound number, 0 for unknown
	Clean   bool  // the last stop was
	Last    int64 // Unix nanoseconds of the last record
	Skipped int   // inbound numbers that the peer filled or somebody passed over, since the numbers began at 1
	Resets  []Reset
	Lowered []Lowered

	used int // the next outbound number is at least this
}

// Reset is numbers that began at 1 again.
type Reset struct {
	At, Before     int64 // Unix nanoseconds of it, and of the session's record before it
	Sender, Target int   // the numbers that were given up
}

// Lowered is a number that was set back to one that was used before.
type Lowered struct {
	Inbound  bool
	At       int64 // Unix nanoseconds
	From, To int
}

// NewTrail gives a trail without sessions. Whole says that the log has its first record: then numbers begin at 1.
func NewTrail(whole bool) *Trail { return &Trail{whole: whole, sessions: map[string]*Numbers{}} }

// Take follows one record of the store's kind, with its time in Unix nanoseconds. Records come in the order of the log.
func (t *Trail) Take(seq uint64, wall int64, version uint8, payload []byte) error {
	if version != Version {
		return fmt.Errorf("fix store: record %d has version %d, this program reads %d", seq, version, Version)
	}
	r, err := decodeRecord(payload)
	if err != nil {
		return fmt.Errorf("record %d: %w", seq, err)
	}
	n := t.sessions[r.session]
	if n == nil {
		n = &Numbers{Session: r.session}
		if t.whole {
			n.begin()
		}
		t.sessions[r.session] = n
	}
	n.take(&r, wall)
	n.Last = wall
	return nil
}

func (n *Numbers) begin() { n.Sender, n.used, n.Target, n.Skipped, n.Clean = 1, 1, 1, 0, true }

func (n *Numbers) take(r *record, wall int64) {
	v := int(r.value) // at most MaxInt32, by check
	switch r.op {
	case opTarget:
		switch {
		case v < n.Target:
			n.Lowered = append(n.Lowered, Lowered{true, wall, n.Target, v})
		case n.Target > 0:
			n.Skipped += max(v-n.Target-1, 0)
		}
		n.Target = v
	case opReserve:
		n.Sender, n.Clean = v, false
	case opSender, opClosed:
		if v < n.used {
			n.Lowered = append(n.Lowered, Lowered{false, wall, n.used, v})
		}
		n.Sender, n.used, n.Clean = v, v, r.op == opClosed
	case opReport:
		n.used = max(n.used, v+1)
		n.Sender = max(n.Sender, n.used)
	case opReset:
		if n.used > 1 || n.Target > 1 {
			n.Resets = append(n.Resets, Reset{wall, n.Last, n.used, n.Target})
		}
		n.begin()
	case opCreated, opIndex:
	}
}

// Sessions gives the sessions in the order of their ids.
func (t *Trail) Sessions() (out []*Numbers) {
	for _, key := range slices.Sorted(maps.Keys(t.sessions)) {
		out = append(out, t.sessions[key])
	}
	return out
}
