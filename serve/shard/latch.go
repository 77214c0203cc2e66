package shard

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// Bounds of the latch (OPS-04, KILL-05).
const (
	stopsMost    = 3           // parents that invariants stop,
	stopsWithin  = time.Minute // within so long
	clockMost    = time.Second // the system's clock off the engine's
	monitorQuiet = 3 * time.Second
	monitorGone  = 30 * time.Second
)

// latch is what the router takes less on for until a person lifts it: whatever the machine cannot judge to be over. A full
// or slow disk is not among it, that ends by itself (JRN-10).
type latch struct {
	mu    sync.Mutex
	level uint8
	why   string // beginning with event.Latched
	stops map[order.ParentID]time.Time
	off   time.Duration // of the clock, when a person last lifted: that much is known
	beat  time.Time     // the risk monitor's last sign; zero: none is waited for
	gone  bool          // cancel-all was asked for this silence
}

func newLatch() *latch { return &latch{stops: map[order.ParentID]time.Time{}} }

// resume goes on with what an earlier run was stopped by.
func (l *latch) resume(level uint8, why string) {
	if !strings.HasPrefix(why, event.Latched) {
		return
	}
	why, _, outranked := strings.Cut(strings.TrimPrefix(why, event.Latched), andDisk)
	if outranked {
		level = event.DegradedParents // what is more than that was the disk's, which ends by itself
	}
	l.set(level, why)
}

// andDisk stands between what is latched and a disk that stops more, so that a restart meanwhile keeps what is latched.
const andDisk = "; no new orders until then, and no new children because of the disk: "

// set latches; a level that is in force already is not lowered, and keeps its reason.
func (l *latch) set(level uint8, why string) {
	if level > l.level {
		l.level, l.why = level, event.Latched+why
	}
}

// brake is a person's decision to take no new orders.
func (l *latch) brake(actor, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(event.DegradedParents, fmt.Sprintf("%s: %s", actor, reason))
}

// lift is a person's decision that what latched is over.
func (l *latch) lift(off time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.level == event.DegradedNone {
		return errors.New("nothing waits for a person: a full or slow disk ends by itself, a difference from the fleet's manifest once it is mended, a halt by `sluice resume`")
	}
	l.level, l.why, l.off = event.DegradedNone, "", off
	clear(l.stops)
	return nil
}

// raised looks at an alert: a third parent that an invariant stops within a minute is no matter of single orders (OPS-08).
func (l *latch) raised(b *event.Raise, now time.Time) {
	if b.Parent == 0 || b.Severity != event.Page || !strings.HasPrefix(b.Code, "INV-") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, at := range l.stops {
		if now.Sub(at) > stopsWithin {
			delete(l.stops, p)
		}
	}
	if l.stops[b.Parent] = now; len(l.stops) >= stopsMost {
		l.set(event.DegradedChildren, fmt.Sprintf("invariants stopped %d orders within %v, the last %d (%s)", len(l.stops), stopsWithin, b.Parent, b.Code))
	}
}

// clock looks at how far the system's clock is off the engine's.
func (l *latch) clock(off time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if (off - l.off).Abs() > clockMost {
		l.set(event.DegradedParents, fmt.Sprintf("the system's clock has stepped by %v", off.Round(time.Millisecond)))
	}
}

// watch begins to wait for the risk monitor.
func (l *latch) watch(now time.Time) { l.beat = now }

// alive is the risk monitor's sign of life; one that nobody waits for is an error of its configuration.
func (l *latch) alive(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.beat.IsZero() {
		return errors.New("nobody waits for a risk monitor here: set router.risk_monitor = true")
	}
	l.beat, l.gone = now, false
	return nil
}

// silent looks whether the risk monitor is: after a while nothing new is sent, after a longer one everything is to be
// withdrawn, once (KILL-05).
func (l *latch) silent(now time.Time) (withdraw bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.beat.IsZero() {
		return false
	}
	quiet := now.Sub(l.beat)
	if quiet > monitorQuiet {
		l.set(event.DegradedChildren, fmt.Sprintf("the risk monitor has been silent for more than %v", monitorQuiet))
	}
	if quiet > monitorGone && !l.gone {
		l.gone = true
		return true
	}
	return false
}

// in gives what is latched.
func (l *latch) in() (uint8, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.level, l.why
}

// Brake lets a person take no new orders until somebody lifts it: before a stop, or when something is odd. It takes effect at
// the upkeep's next look, within a second.
func (s *Shard) Brake(actor, reason string) { s.latch.brake(actor, reason) }

// Lift lets a person end what machines only begin (OPS-04).
func (s *Shard) Lift(actor, reason string) error {
	if err := s.latch.lift(s.clockOffset()); err != nil {
		return err
	}
	s.cfg.Log.Warn("lifted", "actor", actor, "reason", reason)
	s.lifted.Store(&liftedBy{actor, reason})
	return nil
}

// liftedBy is who lifted last; the event of the new level names them.
type liftedBy struct{ actor, reason string }

// Beat is the risk monitor's sign of life, expected every second where router.risk_monitor is set.
func (s *Shard) Beat() error { return s.latch.alive(time.Now()) }

func (s *Shard) clockOffset() time.Duration {
	if s.cfg.ClockOffset == nil {
		return 0
	}
	return s.cfg.ClockOffset()
}

// Working gives the parents that are not done, asked between two events.
func (s *Shard) Working() (out []order.ParentID) {
	s.between(func(e *router.Engine) { out = e.Working() })
	return out
}
