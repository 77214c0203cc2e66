package shard

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// Times of the exposure monitor and of the dead man that watches it.
const (
	watchEvery = 20 * time.Millisecond // RISK-15: a breach halts within 100 ms
	quietAfter = 3 * time.Second       // KILL-05: without a heartbeat of the monitor nothing new is sent,
	killAfter  = 30 * time.Second      // and then everything is withdrawn
)

// watch is the exposure monitor: it sees every event and command as the last gate does, and halts what passed a limit
// (RISK-15). Its heartbeat is what the dead man waits for (KILL-05).
type watch struct {
	mu      sync.Mutex
	monitor *risk.Monitor
	halted  map[string]bool // clients, and "" for the firm, of which a breach has halted them; the watcher's

	started time.Time
	beat    atomic.Int64 // of the last look, since started by the monotonic clock
	silent  atomic.Bool  // the last gate lets nothing new pass
}

func newWatch() *watch {
	return &watch{monitor: risk.NewMonitor(), halted: map[string]bool{}, started: time.Now()}
}

// ticks is a monotonic clock: a wall clock that is set must neither kill nor hide a silence.
func (w *watch) ticks() int64 { return int64(time.Since(w.started)) }

func (w *watch) observe(body event.Body, at market.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.monitor.Observe(body, at)
}

// snapshot gives what the monitor knows.
func (w *watch) snapshot() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.monitor.AppendSnapshot(nil)
}

// look halts what is newly in breach and beats.
func (w *watch) look(submit func(event.Body) error) {
	w.mu.Lock()
	breaches := w.monitor.Breaches()
	w.mu.Unlock()
	now := map[string]bool{}
	for _, b := range breaches {
		now[b.Client] = true
		if !w.halted[b.Client] {
			_ = submit(&event.Halted{Client: b.Client, Actor: "exposure monitor", Reason: "RISK-15: " + b.Text}) // refused only when the shard stops
		}
	}
	w.halted = now
	w.beat.Store(w.ticks())
}

// runWatch looks until ctx ends.
func (s *Shard) runWatch(ctx context.Context) {
	defer s.done.Done()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.broken:
			return
		case <-tick.C:
			s.watch.look(s.Submit)
		}
	}
}

// A deadMan judges how long the monitor has been silent.
type deadMan struct {
	watch  *watch
	log    *slog.Logger
	submit func(event.Body) error
	killed bool // in this silence
}

// look takes the time since the last heartbeat: first nothing new is sent, then everything is withdrawn, once. What was
// killed stays so until people arm it again; what was only quiet goes on with the next heartbeat.
func (d *deadMan) look(since time.Duration) {
	if quiet := since >= quietAfter; quiet != d.watch.silent.Load() {
		d.watch.silent.Store(quiet)
		if quiet {
			d.log.Error("the exposure monitor is silent: nothing new is sent (KILL-05)", "for", since)
		} else {
			d.log.Warn("the exposure monitor is back", "killed", d.killed)
		}
		d.killed = d.killed && quiet
	}
	if since >= killAfter && !d.killed {
		d.killed = d.submit(&event.Halted{Actor: "dead man", Reason: "KILL-05: the exposure monitor has been silent for " + since.Truncate(time.Second).String()}) == nil
	}
}

// runDeadMan watches the monitor until ctx ends.
func (s *Shard) runDeadMan(ctx context.Context) {
	defer s.done.Done()
	d := &deadMan{watch: s.watch, log: s.cfg.Log, submit: s.Submit}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.broken:
			return
		case <-tick.C:
			d.look(time.Duration(s.watch.ticks() - s.watch.beat.Load()))
		}
	}
}

// MayLeave is the last word on a new child, or with a request on its replace, as it leaves a session's queue: what was halted
// while it waited there does not leave, however long its cancel takes to become durable (KILL-01, KILL-05, PACE-05). It may
// be called from any goroutine.
func (s *Shard) MayLeave(child order.ChildID, request uint32, venue market.VenueID) error {
	r := s.gate.leaves(child, request, venue)
	if r.Passed() && request == 0 && s.watch.silent.Load() {
		r = risk.Refusal{Rule: "KILL-05", Text: "the exposure monitor is silent"}
	}
	if r.Passed() {
		return nil
	}
	return errors.New(router.LastGateRefused + r.String())
}

// Kill halts a scope without waiting for an answer: it works while the store, the page and the models are dead (KILL-02).
func (s *Shard) Kill(h *event.Halted) error { return s.Submit(h) }

// Degraded gives what the engine takes on less, asked between two events; the zero value once the shard stops.
func (s *Shard) Degraded() (out event.Degraded) {
	s.between(func(e *router.Engine) { out.Level, out.Reason = e.Degraded() })
	return out
}

// Halts gives how far every halt in force has come, asked between two events; nil once the shard stops (KILL-04).
func (s *Shard) Halts() (out []router.HaltProgress) {
	s.between(func(e *router.Engine) { out = e.Halts() })
	return out
}
