package shard

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/internal/journal"
)

// Retention says how long the journal's segments stay (JRN-08).
type Retention struct {
	Keep    time.Duration // at least so long; 0 means 5 days, negative for ever
	Archive string        // a directory that each segment is copied to before it is deleted; empty = none
}

// DefaultKeep is how long segments stay if nothing else is said (JRN-10).
const DefaultKeep = 5 * 24 * time.Hour

// A Watermark is how far a reader of the journal has come: no segment that it still needs is deleted.
type Watermark struct {
	name string
	seq  atomic.Uint64
}

// Confirm says that everything up to seq is taken and kept.
func (w *Watermark) Confirm(seq uint64) { w.seq.Store(seq) }

// retention deletes segments that nobody needs.
type retention struct {
	shard *Shard
	cfg   Retention

	mu    sync.Mutex
	marks []*Watermark
	good  []journal.Snapshot // verified by this process, oldest first
	told  string             // the last failure that was logged
}

func newRetention(s *Shard) *retention {
	r := &retention{shard: s, cfg: s.cfg.Retention}
	if r.cfg.Keep == 0 {
		r.cfg.Keep = DefaultKeep
	}
	return r
}

// Watermark registers a reader of the journal under a name: every projection that must have seen a segment before it
// may go. Until it confirms anything, nothing goes.
func (s *Shard) Watermark(name string) *Watermark {
	w := &Watermark{name: name}
	s.retention.mu.Lock()
	defer s.retention.mu.Unlock()
	s.retention.marks = append(s.retention.marks, w)
	return w
}

// verified notes a snapshot that was read back.
func (r *retention) verified(at journal.Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.good = append(r.good, at)
	if n := len(r.good); n > 2 {
		r.good = slices.Delete(r.good, 0, n-2)
	}
}

// needed gives the first record that anybody still needs. Two snapshots are verified before a segment goes, and the
// older of them is still continued, so that one that rots on the disk loses nothing.
func (r *retention) needed() (seq uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.good) < 2 {
		return 0, false
	}
	seq = r.good[0].From
	for _, w := range r.marks {
		seq = min(seq, w.seq.Load()+1)
	}
	return seq, true
}

// retire deletes what may go by now.
func (r *retention) retire() {
	if r.cfg.Keep < 0 {
		return
	}
	seq, ok := r.needed()
	if !ok {
		return
	}
	gone, err := r.shard.journal.Retire(seq, int64(r.shard.cfg.Now())-int64(r.cfg.Keep), r.cfg.Archive)
	if len(gone) > 0 {
		r.shard.cfg.Log.Info("old segments are deleted", "segments", len(gone), "first", gone[0], "last", gone[len(gone)-1], "archive", r.cfg.Archive)
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != r.told && text != "" {
		r.shard.cfg.Log.Error("an old segment could not be archived or deleted: it stays", "error", err)
	}
	r.told = text
}
