package store

import (
	"sort"
	"time"
)

// state is what the records say about one session.
type state struct {
	sender  int  // next outbound number
	target  int  // next inbound number
	limit   int  // outbound numbers below it are reserved
	exact   bool // sender is exact: a clean stop, or set by hand
	created time.Time
	reports []entry // of stored reports, by ascending number
}

// entry says where a sent report lies. 16 bytes each: 10 million reports a day
// are 160 MB.
type entry struct {
	num int
	seq uint64
}

func newState(created time.Time) *state {
	return &state{sender: 1, target: 1, limit: 1, exact: true, created: created}
}

// apply books one record that lies at seq.
func (s *state) apply(seq uint64, r *record) {
	switch r.op {
	case opTarget:
		s.target = int(r.value)
	case opReserve:
		s.limit = int(r.value)
		s.exact = false
	case opSender, opClosed:
		s.sender, s.limit, s.exact = int(r.value), int(r.value), true
	case opReport:
		s.note(int(r.value), seq)
	case opReset:
		*s = *newState(time.Unix(0, r.created).UTC())
	case opCreated:
		s.created = time.Unix(0, r.created).UTC()
	case opIndex: // of a snapshot, which is read as a whole
	}
}

// note indexes a report. Numbers ascend, but for a sender number set back by
// hand, after which the newer message counts.
func (s *state) note(num int, seq uint64) {
	if num >= s.sender {
		s.sender = num + 1
	}
	n := len(s.reports)
	if n > 0 && s.reports[n-1] == (entry{num, seq}) {
		return // booked by the snapshot already
	}
	if n == 0 || s.reports[n-1].num < num {
		s.reports = append(s.reports, entry{num, seq})
		return
	}
	i := s.find(num)
	s.reports = append(s.reports[:i], entry{num, seq})
}

// find returns the index of the first report with this number or a higher one.
func (s *state) find(num int) int {
	return sort.Search(len(s.reports), func(i int) bool { return s.reports[i].num >= num })
}

// seal ends recovery: without a clean stop any number of the reserved block may
// be on the wire, so the session goes on behind it (STO-04).
func (s *state) seal() {
	if !s.exact {
		s.sender = max(s.sender, s.limit)
	}
	s.limit = max(s.limit, s.sender)
}
