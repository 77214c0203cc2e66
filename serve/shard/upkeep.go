package shard

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
)

// Times of the upkeep.
const (
	defaultUpkeep = time.Second
	retireEvery   = time.Minute
)

// upkeep looks after the journal's disk: how full and how slow it is, and what may go.
type upkeep struct {
	shard  *Shard
	gauge  gauge
	level  uint8  // that the engine was last told,
	latch  string // what of it waits for a person,
	odd    string // and how the node differs from its fleet
	warned bool
	blind  bool // the volume could not be asked

	every           time.Duration
	window, retired time.Time
}

// newUpkeep is made before the engine's goroutine runs.
func newUpkeep(s *Shard) *upkeep {
	every := s.cfg.Upkeep
	if every <= 0 {
		every = defaultUpkeep
	}
	now := time.Now()
	level, _ := s.engine.Degraded()
	_, latch := s.latch.in()
	return &upkeep{shard: s, gauge: gauge{cfg: s.cfg.Pressure.withDefaults(), before: s.journal.Stats().Commit}, level: level, latch: latch, every: every, window: now, retired: now}
}

// run looks until ctx ends or the shard fails.
func (u *upkeep) run(ctx context.Context) {
	defer u.shard.done.Done()
	tick := time.NewTicker(u.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-u.shard.broken:
			return
		case <-tick.C:
			u.look(time.Now())
			u.shard.sampleGate()
		}
	}
}

// look looks once.
func (u *upkeep) look(now time.Time) {
	s := u.shard
	stats := s.journal.Stats()
	if stats.NoSpare {
		s.journal.Replenish()
	}
	free, total, err := s.journal.Space()
	if err == nil {
		u.gauge.space(free, total, !stats.NoSpare)
	} else if !u.blind {
		s.cfg.Log.Error("the journal's volume does not say how full it is", "error", err)
	}
	u.blind = err != nil
	if now.Sub(u.window) >= commitWindow {
		u.window = now
		u.gauge.commits(stats.Commit)
	}
	s.latch.clock(s.clockOffset())
	if s.latch.silent(now) {
		_ = s.Submit(&event.Halted{Actor: "dead man's switch", Reason: fmt.Sprintf("the risk monitor has been silent for more than %v", monitorGone)}) // refused only when the shard stops
	}
	u.tell()
	if now.Sub(u.retired) >= min(retireEvery, 60*u.every) {
		u.retired = now
		s.retention.retire()
	}
}

// tell brings a change to the engine, and a warning to people.
func (u *upkeep) tell() {
	level, why := u.gauge.level()
	odd := u.shard.odd()
	if odd != "" && level <= event.DegradedParents {
		level, why = event.DegradedParents, event.Unattested+odd
	}
	held, latch := u.shard.latch.in()
	switch {
	case held > 0 && held >= level:
		level, why = held, latch
	case held > 0:
		why = latch + andDisk + why
	}
	if level == u.level && latch == u.latch && odd == u.odd {
		u.warn()
		return
	}
	if by := u.shard.lifted.Swap(nil); by != nil && held == 0 {
		why = fmt.Sprintf("lifted by %s: %s; %s", by.actor, by.reason, why)
	}
	if u.shard.Submit(&event.Degraded{Level: level, Reason: why}) == nil {
		u.level, u.latch, u.odd = level, latch, odd
	}
	u.warn()
}

// warn tells people that the volume fills up.
func (u *upkeep) warn() {
	if u.gauge.warned && !u.warned {
		u.shard.cfg.Log.Warn("the journal's volume fills up: make room, or give the journal a larger one (JRN-10)", "free", u.gauge.diskWhy)
	}
	u.warned = u.gauge.warned
}
