package journal

import (
	"errors"
	"fmt"
	"time"
)

// SyncMode says what Durable means.
type SyncMode uint8

const (
	// Durable syncs every commit: what Durable() covers survives power loss. The default.
	Durable SyncMode = iota
	// Fast leaves the sync to the operating system: what Durable() covers survives a crash of the process, not
	// power loss. Segments are synced when they are full and at Close.
	Fast
)

// String gives the word that the configuration file uses.
func (m SyncMode) String() string {
	if m == Fast {
		return "fast"
	}
	return "durable"
}

// Defaults of a Config (JRN-01, JRN-02).
const (
	DefaultSegmentBytes = 64 << 20
	DefaultBatchBytes   = 256 << 10
	DefaultMaxDelay     = time.Millisecond

	minSegmentBytes = 4 << 10
	maxSegmentBytes = 1 << 30 // offsets in the index have 32 bits
)

// Config says where and how a journal is kept.
type Config struct {
	// Dir is the directory, made if missing. One journal, one directory (JRN-11).
	Dir string
	// SegmentBytes is the size to which a segment is preallocated; 0 is 64 MiB. It bounds the largest record.
	// A changed value holds from the next segment on.
	SegmentBytes int64
	// Router is the name of the router that owns the log. A directory of another router is refused.
	Router string
	// MaxBatchBytes bounds a commit and what may wait for the next one; 0 is 256 KiB. More means fewer syncs under
	// load and more memory and delay when the disk is slow.
	MaxBatchBytes int
	// MaxDelay bounds how long a commit may gather while producers keep adding; 0 is 1 ms. A commit starts as soon
	// as nobody adds, so this is a limit and no delay.
	MaxDelay time.Duration
	// Sync is Durable unless said otherwise.
	Sync SyncMode
	// Known reports whether this build can read a type and version. A log that holds another is refused, and so is
	// appending one (JRN-01). Nil knows every type but 0, for tools.
	Known func(t Type, version uint8) bool
	// Now gives monotonic nanoseconds and Unix nanoseconds. It is called for every Append with a lock held, so it
	// must be fast and must not call the journal. Nil is the system's clocks.
	Now func() (mono, wall int64)
	// FS is the disk; nil is the operating system.
	FS FS
}

// withDefaults fills zero values and reports all problems at once.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("journal: dir is empty: name a directory on a durable volume"))
	}
	if c.Router == "" {
		errs = append(errs, errors.New("journal: router is empty: name the router that owns the log"))
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = DefaultSegmentBytes
	}
	if c.SegmentBytes < minSegmentBytes || c.SegmentBytes > maxSegmentBytes {
		errs = append(errs, fmt.Errorf("journal: segment bytes %d: give %d to %d", c.SegmentBytes, minSegmentBytes, maxSegmentBytes))
	}
	c.SegmentBytes &^= recordAlign - 1
	if c.MaxBatchBytes == 0 {
		c.MaxBatchBytes = DefaultBatchBytes
	}
	if c.MaxBatchBytes < 0 || c.MaxBatchBytes > maxSegmentBytes {
		errs = append(errs, fmt.Errorf("journal: max batch bytes %d: give 1 to %d", c.MaxBatchBytes, maxSegmentBytes))
	}
	if c.MaxDelay == 0 {
		c.MaxDelay = DefaultMaxDelay
	}
	if c.MaxDelay < 0 {
		errs = append(errs, fmt.Errorf("journal: max delay %v is negative", c.MaxDelay))
	}
	if c.Sync > Fast {
		errs = append(errs, fmt.Errorf("journal: sync mode %d: give Durable or Fast", c.Sync))
	}
	if c.Known == nil {
		c.Known = func(Type, uint8) bool { return true }
	}
	if c.Now == nil {
		c.Now = systemClock(time.Now())
	}
	if c.FS == nil {
		c.FS = osFS{}
	}
	return c, errors.Join(errs...)
}

// systemClock gives nanoseconds since base, which no clock step moves, and the wall clock.
func systemClock(base time.Time) func() (mono, wall int64) {
	return func() (mono, wall int64) {
		now := time.Now()
		return int64(now.Sub(base)), now.UnixNano()
	}
}
