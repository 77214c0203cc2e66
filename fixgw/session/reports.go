package session

import (
	"sync"

	"github.com/quickfixgo/quickfix"
)

// A ReportSource yields a client's reports in order (PACE-06). Session.Wake
// tells the session that there are new ones.
type ReportSource interface {
	// Report returns the first report behind cursor and its own cursor, or false
	// when there is none yet. The session owns the message.
	Report(cursor uint64) (m *quickfix.Message, next uint64, ok bool)
}

// A ReportQueue is a ReportSource in memory. Reports wait in it without limit
// while their client is away: whoever fills it can make them again from the
// journal, and decides how much of a day it holds. Its zero value is empty.
type ReportQueue struct {
	mu      sync.Mutex
	waiting []queuedReport
}

type queuedReport struct {
	cursor  uint64
	message *quickfix.Message
}

// Push adds a report. Cursors must ascend.
func (q *ReportQueue) Push(cursor uint64, m *quickfix.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.waiting); n > 0 && q.waiting[n-1].cursor >= cursor {
		panic("fix session: report cursors must ascend")
	}
	q.waiting = append(q.waiting, queuedReport{cursor, m})
}

// Report forgets the reports up to cursor and returns the next one.
func (q *ReportQueue) Report(cursor uint64) (*quickfix.Message, uint64, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 && q.waiting[0].cursor <= cursor {
		q.waiting[0] = queuedReport{}
		q.waiting = q.waiting[1:]
	}
	if len(q.waiting) == 0 {
		q.waiting = nil
		return nil, 0, false
	}
	return q.waiting[0].message, q.waiting[0].cursor, true
}

// Len returns how many reports wait.
func (q *ReportQueue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}
