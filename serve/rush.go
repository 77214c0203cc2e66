package serve

import (
	"sync/atomic"
	"time"
)

// A rush is the moment after a halt in which its cancels leave before anything else takes a processor: venues' reports and quotes
// are read, reports to clients are sent and projections go on behind them. Nothing is lost by it: what waits is in the sockets and
// in the journal. On two processors it is what makes the last of ten thousand cancels leave early (KILL-01).
type rush struct {
	began  atomic.Pointer[time.Time] // the last halt, by the monotonic clock; nil: there was none
	urgent func() bool               // cancels leave now
}

const (
	rushDecided = 100 * time.Millisecond // from the halt until its cancels are in the queues of the sessions
	rushMost    = time.Second            // it may last, whatever happens
	rushTick    = 5 * time.Millisecond
)

// begin is told of every halt of everything. One that follows at once begins no other rush: halts in a row hold nobody for longer.
func (r *rush) begin() {
	now, last := time.Now(), r.began.Load()
	if last == nil || now.Sub(*last) > 2*rushMost {
		r.began.CompareAndSwap(last, &now)
	}
}

// on reports whether what is not urgent waits. It is cheap where nothing was halted.
func (r *rush) on() bool {
	last := r.began.Load()
	if last == nil {
		return false
	}
	since := time.Since(*last)
	return since < rushDecided || since < rushMost && r.urgent != nil && r.urgent()
}

// wait holds what is not urgent.
func (r *rush) wait() {
	for r.on() {
		time.Sleep(rushTick)
	}
}
