package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A Lock holds a directory for one training at a time, also against other processes; it ends with the process.
type Lock struct{ f *os.File }

// LockDir makes the directory and takes its lock: whoever keeps anything there beside what Run keeps takes it first, and gives it to
// Run. The error names who holds it.
func LockDir(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640) //nolint:gosec // others may read who trains
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path)
		_ = f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("train: locking %s: %w", path, err)
		}
		return nil, fmt.Errorf("train: another training runs (process %s) and holds %s: wait for it, or end it", strings.TrimSpace(string(holder)), path)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintln(os.Getpid()))); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("train: %s: %w", path, err)
	}
	return &Lock{f}, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// Release ends the lock.
func (l *Lock) Release() { _ = l.f.Close() } // which unlocks
