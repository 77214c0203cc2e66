package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// FS is the disk as the journal needs it. Nil in a Config is the operating system; tests put a simulated disk here
// that loses what was not synced and fails when told. It has more methods than an interface of ours usually has,
// because each is one system call whose failure a test must be able to cause.
type FS interface {
	MakeDir(dir string) error                      // with its parents; no error if it exists
	List(dir string) ([]string, error)             // names of the files in dir
	Create(path string) (File, error)              // for reading and writing; an old file is emptied
	Open(path string, write bool) (File, error)    // an existing file
	Rename(from, to string) error                  // atomic, replaces to
	Remove(path string) error                      //
	SyncDir(dir string) error                      // makes creates, renames and removes in dir durable
	Lock(path, holder string) (io.Closer, error)   // exclusive; *LockedError if another has it
	Space(dir string) (free, total int64, _ error) // bytes of the volume, as an ordinary user may use them
}

// File is an open segment.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Allocate reserves size bytes of zeros, or returns an error that is errors.ErrUnsupported.
	Allocate(size int64) error
	// Sync makes contents and size durable (fdatasync).
	Sync() error
}

// LockedError says that another journal holds the directory (JRN-11).
type LockedError struct {
	Path   string // the lock file
	Holder string // what the holder wrote there; empty if unreadable
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("%s is locked by %s: stop it, or give this router its own journal directory", e.Path, holder)
}

// osFS is the operating system's file system. What differs between systems is in fs_linux.go and fs_unix.go.
type osFS struct{}

type osFile struct{ *os.File }

// MakeDir makes a directory for its owner alone: every order is in it (SEC-12).
func (osFS) MakeDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o750); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o700)
}

func (osFS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func (osFS) Create(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Open(path string, write bool) (File, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Rename(from, to string) error { return os.Rename(from, to) }

func (osFS) Remove(path string) error { return os.Remove(path) }

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Lock takes an advisory lock that the system drops with the process, however it ends.
func (osFS) Lock(path, holder string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		text, _ := io.ReadAll(io.LimitReader(f, 512))
		f.Close()
		if errors.Is(err, errHeld) {
			return nil, &LockedError{Path: path, Holder: strings.TrimSpace(string(text))}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.WriteAt([]byte(holder+"\n"), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
