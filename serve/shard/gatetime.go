package shard

import (
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// gateTimes is how long the pre-trade checks take (MET-11). The send point's are all timed. The engine has no clock, so the
// allocator's are asked again a few times a second, in the engine's state of the moment, and those are timed.
type gateTimes struct {
	mu              sync.Mutex
	allocator, send journal.Histogram
}

// GateTimes gives what was timed since the start: a child's checks in the allocator, a sample, and at the send point, all.
func (s *Shard) GateTimes() (allocator, send journal.Histogram) {
	s.gateTimes.mu.Lock()
	defer s.gateTimes.mu.Unlock()
	return s.gateTimes.allocator, s.gateTimes.send
}

// checked asks the last gate about a child and times it.
func (s *Shard) checked(c *event.SendChild) risk.Refusal {
	start := time.Now()
	refusal := s.gate.check(c)
	took := time.Since(start)
	s.gateTimes.mu.Lock()
	s.gateTimes.send.Observe(took)
	s.gateTimes.mu.Unlock()
	return refusal
}

// gateSamples is how many checks of the allocator's are timed at each look.
const gateSamples = 8

// sampleGate times the allocator's checks.
func (s *Shard) sampleGate() {
	s.between(func(e *router.Engine) {
		for n := range gateSamples {
			start := time.Now()
			ok := e.CheckAgain(n)
			took := time.Since(start)
			if ok {
				s.gateTimes.mu.Lock()
				s.gateTimes.allocator.Observe(took)
				s.gateTimes.mu.Unlock()
			}
		}
	})
}
