package shard

import (
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// TestSpaceLevels is JRN-10: each threshold one step below and above, and the way back, which needs more room.
func TestSpaceLevels(t *testing.T) {
	const total = 1000 << 20
	for _, tt := range []struct {
		name  string
		free  []int64 // tenths of a percent, one after the other
		spare bool
		want  uint8
		warn  bool
	}{
		{"plenty", []int64{500}, true, 0, false},
		{"at the warning", []int64{200}, true, 0, false},
		{"below the warning", []int64{199}, true, 0, true},
		{"back a little", []int64{199, 210}, true, 0, true},
		{"back", []int64{199, 221}, true, 0, false},
		{"at the parents", []int64{100}, true, 0, true},
		{"below the parents", []int64{99}, true, event.DegradedParents, true},
		{"parents, back a little", []int64{99, 110}, true, event.DegradedParents, true},
		{"parents, back", []int64{99, 121}, true, 0, true},
		{"at the children", []int64{50}, true, event.DegradedParents, true},
		{"below the children", []int64{49}, true, event.DegradedChildren, true},
		{"children, back a little", []int64{49, 60}, true, event.DegradedChildren, true},
		{"children, back", []int64{49, 71}, true, event.DegradedParents, true},
		{"nothing", []int64{0}, true, event.DegradedChildren, true},
		{"room, but the spare failed once", []int64{900}, false, 0, false},
		{"room, but the spare failed again", []int64{900, 900}, false, event.DegradedChildren, false},
	} {
		g := gauge{cfg: Pressure{}.withDefaults()}
		for _, f := range tt.free {
			g.space(total*f/1000, total, tt.spare)
		}
		if level, why := g.level(); level != tt.want || g.warned != tt.warn {
			t.Errorf("%s: level %d, warned %v (%s); want %d, %v", tt.name, level, g.warned, why, tt.want, tt.warn)
		}
	}
	g := gauge{cfg: Pressure{}.withDefaults()}
	if g.space(20<<30, 1000<<30, true); g.disk != 0 || g.warned {
		t.Errorf("20 GiB of a large volume: level %d, warned %v; want room enough", g.disk, g.warned)
	}
}

// TestCommitLevels is JRN-09: a slow window stops new orders, further ones new children, calm ones lift both in steps; a
// few slow commits say nothing.
func TestCommitLevels(t *testing.T) {
	const limit = 10 * time.Millisecond
	g := gauge{cfg: Pressure{Commit: limit}.withDefaults()}
	var h journal.Histogram
	window := func(n int, took time.Duration) {
		for range n {
			h.Observe(took)
		}
		g.commits(h)
	}
	for i, tt := range []struct {
		n    int
		took time.Duration
		want uint8
	}{
		{1000, time.Millisecond, 0},
		{10, time.Second, 0}, // too few to judge
		{1000, 20 * time.Millisecond, event.DegradedParents},
		{1000, 20 * time.Millisecond, event.DegradedParents},
		{1000, 20 * time.Millisecond, event.DegradedParents},
		{1000, 20 * time.Millisecond, event.DegradedParents},
		{1000, 20 * time.Millisecond, event.DegradedChildren},
		{1000, 20 * time.Millisecond, event.DegradedChildren},
		{1000, 7 * time.Millisecond, event.DegradedChildren}, // neither slow nor calm
		{1000, time.Millisecond, event.DegradedChildren},
		{1000, time.Millisecond, event.DegradedParents},
		{0, 0, event.DegradedParents}, // nothing to commit is calm
		{0, 0, 0},
	} {
		window(tt.n, tt.took)
		if level, why := g.level(); level != tt.want {
			t.Fatalf("window %d: level %d (%s); want %d", i, level, why, tt.want)
		}
	}
	off := gauge{cfg: Pressure{Commit: -1}.withDefaults()}
	if off.commits(h); off.commit != 0 {
		t.Error("a limit that is off counts")
	}
}
