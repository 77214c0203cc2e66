//go:build unix && !linux

package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errHeld is what flock gives when another open file has the lock.
const errHeld = unix.EWOULDBLOCK

func flock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// Sync is the strongest sync of the standard library (F_FULLFSYNC on macOS).
func (f osFile) Sync() error { return f.File.Sync() }

// Allocate is left to the zero fill.
func (f osFile) Allocate(int64) error { return errors.ErrUnsupported }

func (osFS) Space(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
