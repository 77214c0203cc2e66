package shard

import (
	"context"
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
	level  uint8 // that the engine was last told
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
	return &upkeep{shard: s, gauge: gauge{cfg: s.cfg.Pressure.withDefaults(), before: s.journal.Stats().Commit}, level: s.engine.Degraded(), every: every, window: now, retired: now}
}

// run looks until ctx ends or the shard fails.
func (u *upkeep) run(ctx context.Context) {
	defer u.shard.done.Done()
	tick := time.NewTicker(u.every)
	defer tick.Stop()
	for {
		u.look(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-u.shard.broken:
			return
		case <-tick.C:
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
	u.tell()
	if now.Sub(u.retired) >= min(retireEvery, 60*u.every) {
		u.retired = now
		s.retention.retire()
	}
}

// tell brings a change to the engine, and a warning to people.
func (u *upkeep) tell() {
	level, why := u.gauge.level()
	if level != u.level && u.shard.Submit(&event.Degraded{Level: level, Reason: why}) == nil {
		u.level = level
	}
	if u.gauge.warned && !u.warned {
		u.shard.cfg.Log.Warn("the journal's volume fills up: make room, or give the journal a larger one (JRN-10)", "free", u.gauge.diskWhy)
	}
	u.warned = u.gauge.warned
}
