package shard

import (
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
)

// Cause is what a new child answers to.
type Cause uint8

// The causes whose children are timed; children of timers, quotes and people are not.
const (
	OtherCause  Cause = iota
	ParentCause       // a client's order came in
	ReportCause       // a venue's report came in
	causes
)

func (c Cause) String() string { return [causes]string{"other", "parent", "report"}[c] }

// causeOf says whether an event's first child is timed.
func causeOf(body event.Body) Cause {
	switch body.Kind() {
	case event.KindParentReceived:
		return ParentCause
	case event.KindChildAccepted, event.KindChildExecuted, event.KindChildDone, event.KindChildRejected, event.KindChildReplaced,
		event.KindCancelRejected, event.KindChildStatus:
		return ReportCause
	}
	return OtherCause
}

// Delays is how long the first child after an event took, from the event's place in the queue (LOAD-07).
type Delays struct {
	Decided journal.Histogram // until the engine had decided it and it was in the journal's queue
	Handed  journal.Histogram // until it was durable, through the last gate, and handed to its venue's session
}

// delays are counted by the engine's goroutine and by the releaser, and read by whoever asks.
type delays struct {
	mu sync.Mutex
	by [causes]Delays
}

func (d *delays) decided(c Cause, took time.Duration) {
	d.mu.Lock()
	d.by[c].Decided.Observe(took)
	d.mu.Unlock()
}

func (d *delays) handed(c Cause, took time.Duration) {
	d.mu.Lock()
	d.by[c].Handed.Observe(took)
	d.mu.Unlock()
}

// Delays gives what was counted since the start.
func (s *Shard) Delays(c Cause) Delays {
	s.delays.mu.Lock()
	defer s.delays.mu.Unlock()
	return s.delays.by[c]
}

// timed is the mark of an event's first child on its way out; the zero value marks nothing.
type timed struct {
	cause Cause
	since market.Time
}
