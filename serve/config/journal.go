package config

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/table"
	"github.com/sluice-sor/sluice/serve/shard"
)

// Journal is how the journal is kept small and what a full or slow disk means (JRN-07 to JRN-10).
type Journal struct {
	SnapshotEvery  int64  // nanoseconds
	SnapshotEvents uint64 // whichever comes first
	KeepDays       int    // segments stay at least so long
	ArchiveDir     string // segments are copied there before they are deleted; empty = nowhere
	WarnFree       float64
	ParentsFree    float64 // percent of the volume: below it no new parents,
	ChildrenFree   float64 // and below it no new children
	CommitP99      int64   // nanoseconds; 0 = no limit
}

// Pressure gives what a full or slow disk means to a shard.
func (j *Journal) Pressure() shard.Pressure {
	p := shard.Pressure{Warn: below(j.WarnFree), Parents: below(j.ParentsFree), Children: below(j.ChildrenFree), Commit: time.Duration(j.CommitP99)}
	if j.CommitP99 == 0 {
		p.Commit = -1
	}
	return p
}

// below gives a threshold that no volume is below for 0, which a shard would take as its default.
func below(percent float64) float64 {
	if percent == 0 {
		return -100
	}
	return percent
}

func (f *File) decodeJournal(s *section) {
	j := &f.Journal
	s.Duration("snapshot_every", &j.SnapshotEvery, time.Second, maxTime)
	table.Whole(s.Section, "snapshot_events", &j.SnapshotEvents, 1000, 1e12)
	table.Whole(s.Section, "keep_days", &j.KeepDays, 1, 3650)
	s.Text("archive_dir", &j.ArchiveDir)
	j.ArchiveDir = s.in.resolve(j.ArchiveDir)
	s.Real("warn_free_percent", &j.WarnFree, 0, 90)
	s.Real("parents_free_percent", &j.ParentsFree, 0, 90)
	s.Real("children_free_percent", &j.ChildrenFree, 0, 90)
	if j.ChildrenFree > j.ParentsFree || j.ParentsFree > j.WarnFree {
		s.Problem("children_free_percent", fmt.Sprintf("is %v, parents_free_percent %v and warn_free_percent %v", j.ChildrenFree, j.ParentsFree, j.WarnFree),
			"the first says stop at the latest: want it no larger than the second, and that no larger than the third")
	}
	s.Duration("commit_p99", &j.CommitP99, 0, time.Minute)
	if j.ArchiveDir != "" && j.ArchiveDir == f.Router.JournalDir {
		s.Problem("archive_dir", "is router.journal_dir", "name another directory, on another volume")
	}
	s.Done()
}
