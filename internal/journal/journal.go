package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned by calls that need an open journal.
var ErrClosed = errors.New("the journal is closed")

// ErrFailed is in every error that follows a failed write or sync (JRN-05).
var ErrFailed = errors.New("the journal has failed; nothing more is written: cancel what works, stop, and start again")

// Journal is the log of one router. Its methods are safe for concurrent use.
type Journal struct {
	cfg   Config
	epoch uint32
	lock  io.Closer

	// mu guards the commit that producers fill. Its holder does no I/O.
	mu      sync.Mutex
	space   sync.Cond // on mu: the commit was taken, or the journal stopped
	open    batch
	stop    error // why Append refuses; nil while open
	stalls  uint64
	next    atomic.Uint64 // seq of the next record; written under mu
	start   uint64        // seq of the first record of this epoch
	wake    chan struct{} // has room for one: there is something to commit
	closing chan struct{}
	done    chan struct{} // the writer has returned

	// Owned by the writer goroutine.
	tail   *segment
	file   File
	spare  chan spareResult
	synced uint64 // highest seq that a sync covered

	// segMu guards the list of segments and their next, end and index.
	segMu sync.RWMutex
	segs  []*segment

	retiring sync.Mutex    // one Retire at a time
	oldest   atomic.Uint64 // for the next header: segments before it may be missing

	durable  atomic.Uint64
	progress progress

	failure atomic.Pointer[failure]
	failed  chan struct{}
	closed  sync.Once

	statMu sync.Mutex
	stats  Stats
}

type failure struct{ err error }

// spareResult is a segment that was made ahead of its use.
type spareResult struct {
	file File
	err  error
}

// Open locks the directory, checks the whole log, cuts a torn tail and starts a new epoch (JRN-06, JRN-11). It
// refuses damage (*DamageError), a type that Known does not know (*UnknownError), a held lock (*LockedError), a
// full volume (*SpaceError), a missing segment and another router's log; then the log is as it was. The time it
// takes grows with the log: 0.4 s for a gigabyte in the page cache (BenchmarkOpen), else what the disk needs to read it.
func Open(cfg Config) (*Journal, *Recovery, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if err := makeDir(cfg.FS, cfg.Dir); err != nil {
		return nil, nil, fmt.Errorf("journal: %w: give a directory that this user can make and write", err)
	}
	lock, err := cfg.FS.Lock(filepath.Join(cfg.Dir, lockName), holder(&cfg))
	if err != nil {
		var held *LockedError
		if !errors.As(err, &held) {
			err = fmt.Errorf("%w: let this user write in %s, or give another directory", err, cfg.Dir)
		}
		return nil, nil, fmt.Errorf("journal: %w", err)
	}
	j, rec, err := open(cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %w", errors.Join(err, lock.Close()))
	}
	j.lock = lock
	j.prepare()
	go j.write()
	return j, rec, nil
}

// makeDir makes dir and its name durable.
func makeDir(fs FS, dir string) error {
	if err := fs.MakeDir(dir); err != nil {
		return err
	}
	return fs.SyncDir(filepath.Dir(filepath.Clean(dir)))
}

// holder describes this process to whoever finds the directory locked.
func holder(cfg *Config) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	_, wall := cfg.Now()
	return fmt.Sprintf("router %s, process %d on %s, since %s", cfg.Router, os.Getpid(), host, time.Unix(0, wall).UTC().Format(time.RFC3339))
}

// open recovers the log under the lock.
func open(cfg Config) (*Journal, *Recovery, error) {
	paths, err := listSegments(cfg.FS, cfg.Dir)
	if err != nil {
		return nil, nil, err
	}
	log, rec, err := load(cfg.FS, paths, cfg.Known, cfg.Router)
	if err != nil {
		return nil, nil, err
	}
	if err := removeSpare(cfg.FS, cfg.Dir); err != nil {
		return nil, nil, err
	}
	if err := log.cut(cfg.FS); err != nil {
		return nil, nil, err
	}
	file, err := log.begin(&cfg)
	if err != nil {
		return nil, nil, err
	}
	tail := log.segs[len(log.segs)-1]
	rec.Epoch = tail.epoch
	j := &Journal{
		cfg: cfg, epoch: tail.epoch,
		open: batch{buf: make([]byte, 0, cfg.MaxBatchBytes)},
		wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
		start: tail.first, tail: tail, file: file, spare: make(chan spareResult, 1), synced: tail.first - 1,
		segs: log.segs, failed: make(chan struct{}),
	}
	j.space.L = &j.mu
	j.next.Store(tail.first)
	j.durable.Store(tail.first - 1)
	return j, &rec, nil
}

// Epoch gives the number of this start, 1 for the first. Ids made of router, epoch and seq never repeat (ER-23).
func (j *Journal) Epoch() uint32 { return j.epoch }

// NextSeq gives the seq that the next Append will take.
func (j *Journal) NextSeq() uint64 { return j.next.Load() }

// First gives the seq of the oldest record that is still here, or that will be.
func (j *Journal) First() uint64 {
	j.segMu.RLock()
	defer j.segMu.RUnlock()
	return j.segs[0].first
}

// Durable gives the highest seq that is durable, with everything before it; 0 if nothing is.
func (j *Journal) Durable() uint64 { return j.durable.Load() }

// Err gives the failure that stopped the journal, or nil. A failure is final: after a failed sync the page may be
// lost and yet look clean, so trying again would report success for data that is gone (JRN-05).
func (j *Journal) Err() error {
	if f := j.failure.Load(); f != nil {
		return f.err
	}
	return nil
}

// Failed gives a channel that is closed when the journal fails.
func (j *Journal) Failed() <-chan struct{} { return j.failed }

// fail latches the first failure and tells everybody who waits. Only the writer calls it.
func (j *Journal) fail(err error) {
	err = fmt.Errorf("journal: %w: %w", ErrFailed, err)
	j.failure.Store(&failure{err})
	close(j.failed)
	j.mu.Lock()
	j.stop = err
	j.mu.Unlock()
	j.space.Broadcast()
	j.progress.end(err)
}

// Close commits what was appended, marks the log as closed, gives the unused rest of the segment back and releases
// the directory. After a failure it only releases, and returns the failure. Further calls return the same.
func (j *Journal) Close() error {
	j.closed.Do(func() {
		j.mu.Lock()
		if j.stop == nil {
			j.stop = fmt.Errorf("journal: %w", ErrClosed)
		}
		j.mu.Unlock()
		j.space.Broadcast()
		close(j.closing)
	})
	<-j.done
	return j.Err()
}

// finish is the writer's part of Close.
func (j *Journal) finish() {
	if j.Err() == nil {
		if err := j.end(); err != nil {
			j.fail(fmt.Errorf("close %s: %w", j.tail.path, err))
		}
	}
	if s := <-j.spare; s.err == nil {
		// Nothing depends on the spare: the next start removes one that stays.
		_ = s.file.Close()
		_ = j.cfg.FS.Remove(filepath.Join(j.cfg.Dir, spareName))
	}
	if err := errors.Join(j.file.Close(), j.lock.Close()); err != nil && j.Err() == nil {
		j.fail(fmt.Errorf("close: %w", err))
	}
	j.progress.end(fmt.Errorf("journal: %w", ErrClosed))
}

// end writes the end mark and cuts the preallocated rest. The mark proves that all before it is on disk, so what Fast
// mode has not synced yet is synced first.
func (j *Journal) end() error {
	if j.synced != j.tail.next-1 {
		if err := j.sync(j.tail.next); err != nil {
			return err
		}
	}
	mono, wall := j.cfg.Now()
	if err := writeMark(j.file, j.tail, markClosed, mono, wall); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	if err := j.file.Truncate(j.tail.end + markSize); err != nil {
		return err
	}
	return j.file.Sync()
}
