package session

import (
	"context"
	"errors"
	"sync"

	"github.com/quickfixgo/quickfix"
)

// ErrRewound ends a run of a Tail's feeder: the session wants the reports from
// another place.
var ErrRewound = errors.New("fix session: the reports begin anew")

// A Tail is a ReportSource of bounded length for whoever can make the reports
// again from any cursor: its feeder waits while it is full, and begins anew at
// the cursor that the session asks for.
type Tail struct {
	most int

	mu      sync.Mutex
	base    uint64 // every report behind it is waiting or still to come
	waiting []queuedReport
	room    chan struct{}
	rewind  context.CancelCauseFunc // of the feeder's run; nil when none runs
}

// NewTail returns an empty tail behind cursor that holds at most most reports.
func NewTail(cursor uint64, most int) *Tail {
	return &Tail{base: cursor, most: most, room: make(chan struct{}, 1)}
}

// Begin begins a run of the feeder: it pushes what comes behind the cursor until
// the run's context ends, with the cause ErrRewound when it must begin anew.
func (t *Tail) Begin(ctx context.Context) (run context.Context, cursor uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	run, t.rewind = context.WithCancelCause(ctx)
	t.waiting = nil
	return run, t.base
}

// Push adds a report and waits while the tail is full. Cursors must ascend
// within a run.
func (t *Tail) Push(run context.Context, cursor uint64, m *quickfix.Message) error {
	for {
		t.mu.Lock()
		if run.Err() != nil {
			t.mu.Unlock()
			return context.Cause(run)
		}
		if len(t.waiting) < t.most {
			t.waiting = append(t.waiting, queuedReport{cursor, m})
			t.mu.Unlock()
			return nil
		}
		t.mu.Unlock()
		select {
		case <-t.room:
		case <-run.Done():
		}
	}
}

// Empty reports whether the session has stored all that was pushed.
func (t *Tail) Empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) == 0
}

// Report implements ReportSource.
func (t *Tail) Report(cursor uint64) (*quickfix.Message, uint64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cursor < t.base {
		t.base, t.waiting = cursor, nil
		if t.rewind != nil {
			t.rewind(ErrRewound)
			t.rewind = nil
		}
		signal(t.room)
		return nil, 0, false
	}
	t.base = cursor
	for len(t.waiting) > 0 && t.waiting[0].cursor <= cursor {
		t.waiting[0] = queuedReport{}
		t.waiting = t.waiting[1:]
		signal(t.room)
	}
	if len(t.waiting) == 0 {
		return nil, 0, false
	}
	return t.waiting[0].message, t.waiting[0].cursor, true
}
