package shard

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// Pressure says when the router takes less on (JRN-09, JRN-10). Shares are percent of the journal's volume; each share
// counts only while it is less than its number of bytes, because a tenth of a large volume is room for days. A zero field
// takes the default.
type Pressure struct {
	Warn     float64 // below this much free somebody should look; 20 %
	Parents  float64 // below this, no new parents; 10 %
	Children float64 // below this, no new children: cancels only, in what is preallocated; 5 %
	// Commit is the time within which 99 of 100 commits must be durable: above it no new parents, and if that does not
	// help no new children. 0 means 100 ms; negative never. The measured p99 of a noisy disk is 8 to 18 ms, and a desk must
	// not close for that.
	Commit time.Duration
}

// Defaults of Pressure, and the bytes beyond which free space is enough.
const (
	DefaultWarnFree     = 20.
	DefaultParentsFree  = 10.
	DefaultChildrenFree = 5.
	DefaultCommit       = 100 * time.Millisecond

	enoughWarn     = 16 << 30 // two days of 5 million children (JRN-10)
	enoughParents  = 8 << 30
	enoughChildren = 2 << 30

	// The way back needs a little more than the way there, so that the router does not go to and fro.
	roomBack = 2. // percent points

	commitWindow = 10 * time.Second
	fewCommits   = 100 // of a window; of fewer, one slow commit is the 99th percentile
	slowWindows  = 3   // further ones until no children are sent either
	calmWindows  = 2   // with half the limit, until a step is taken back
)

func (p Pressure) withDefaults() Pressure {
	if p.Warn == 0 {
		p.Warn = DefaultWarnFree
	}
	if p.Parents == 0 {
		p.Parents = DefaultParentsFree
	}
	if p.Children == 0 {
		p.Children = DefaultChildrenFree
	}
	if p.Commit == 0 {
		p.Commit = DefaultCommit
	}
	return p
}

// Level is what one look at a volume says: how far the router would be degraded, whether somebody should look, and why.
func (p Pressure) Level(free, total int64) (level uint8, warn bool, why string) {
	g := gauge{cfg: p.withDefaults()}
	g.space(free, total, true)
	return g.disk, g.warned, g.diskWhy
}

// gauge judges the journal's disk. Its zero levels are those of a healthy one.
type gauge struct {
	cfg        Pressure
	warned     bool
	spareless  int // looks in a row without a preallocated segment
	disk       uint8
	diskWhy    string
	commit     uint8
	commitWhy  string
	slow, calm int
	before     journal.Histogram
}

// space takes how much is free. When the segment behind the present one could not be preallocated, and not at the second
// try either, only cancels may use the rest of this one, whatever is free.
func (g *gauge) space(free, total int64, spare bool) {
	if total <= 0 {
		return
	}
	percent := 100 * float64(free) / float64(total)
	below := func(share float64, enough int64, in bool) bool {
		if in {
			share, enough = share+roomBack, enough+enough/10
		}
		return percent < share && free < enough
	}
	level := event.DegradedNone
	if below(g.cfg.Parents, enoughParents, g.disk >= event.DegradedParents) {
		level = event.DegradedParents
	}
	if below(g.cfg.Children, enoughChildren, g.disk >= event.DegradedChildren) {
		level = event.DegradedChildren
	}
	g.diskWhy = fmt.Sprintf("%.1f %% (%d MiB) of the journal's volume is free", percent, free>>20)
	if g.spareless++; spare {
		g.spareless = 0
	}
	if g.spareless > 1 {
		level = event.DegradedChildren
		g.diskWhy += ", and no segment is preallocated: make room"
	}
	g.disk, g.warned = level, below(g.cfg.Warn, enoughWarn, g.warned)
}

// commits takes the journal's histogram at the end of a window.
func (g *gauge) commits(now journal.Histogram) {
	window := now.Since(g.before)
	g.before = now
	p99 := window.Quantile(.99)
	switch {
	case g.cfg.Commit < 0:
		return
	case window.Count >= fewCommits && p99 > g.cfg.Commit:
		g.calm, g.slow = 0, g.slow+1
		if g.commit == event.DegradedNone || g.slow > slowWindows {
			g.commit, g.slow = min(g.commit+1, event.DegradedChildren), 0
		}
	case window.Count < fewCommits || p99 <= g.cfg.Commit/2:
		if g.calm++; g.calm >= calmWindows {
			g.commit, g.calm, g.slow = max(g.commit, 1)-1, 0, 0
		}
	}
	g.commitWhy = fmt.Sprintf("1 of 100 commits takes longer than %v", p99.Round(time.Microsecond))
}

// level is the worse of both, and why.
func (g *gauge) level() (uint8, string) {
	if g.commit > g.disk {
		return g.commit, g.commitWhy
	}
	return g.disk, g.diskWhy
}
