package shard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/sluice-sor/sluice/internal/journal"
)

var errDisk = errors.New("the disk is gone")

// disk is a journal's disk in memory. After the operation numbered last nothing is written any more: the next one, if it
// is a write, is torn in the middle, and it and all later ones fail. What is there then is what a kill leaves.
type disk struct {
	mu    sync.Mutex
	files map[string]*memFile
	ops   int
	last  int // 0 = never fails
}

func newDisk() *disk { return &disk{files: map[string]*memFile{}} }

// again is the disk as the next process finds it.
func (d *disk) again(last int) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := newDisk()
	n.last = last
	for name, f := range d.files {
		n.files[name] = &memFile{n, append([]byte(nil), f.b...)}
	}
	return n
}

// op counts an operation that changes the disk; mu is held.
func (d *disk) op() error {
	d.ops++
	if d.last > 0 && d.ops > d.last {
		return errDisk
	}
	return nil
}

func (d *disk) change(f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.op(); err != nil {
		return err
	}
	f()
	return nil
}

func (d *disk) MakeDir(string) error { return nil }
func (d *disk) List(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name := range d.files {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	sort.Strings(names)
	return names, nil
}

func (d *disk) Create(path string) (journal.File, error) {
	f := &memFile{d: d}
	return f, d.change(func() { d.files[path] = f })
}

func (d *disk) Open(path string, _ bool) (journal.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[path]
	if f == nil {
		return nil, fmt.Errorf("open %s: %w", path, os.ErrNotExist)
	}
	return f, nil
}

func (d *disk) Rename(from, to string) error {
	return d.change(func() { d.files[to] = d.files[from]; delete(d.files, from) })
}
func (d *disk) Remove(path string) error                    { return d.change(func() { delete(d.files, path) }) }
func (d *disk) SyncDir(string) error                        { return d.change(func() {}) }
func (d *disk) Lock(string, string) (io.Closer, error)      { return io.NopCloser(nil), nil }
func (d *disk) Space(string) (free, total int64, err error) { return 1 << 40, 1 << 40, nil }

// memFile is a file and every handle to it: a rename does not disturb those who have it open.
type memFile struct {
	d *disk
	b []byte
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	b := f.b
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	err := f.d.op()
	if err != nil {
		if f.d.ops > f.d.last+1 {
			return 0, err
		}
		p = p[:len(p)/2] // torn
	}
	b := f.b
	if need := int(off) + len(p); need > len(b) {
		b = append(b, make([]byte, need-len(b))...)
	}
	copy(b[off:], p)
	f.b = b
	return len(p), err
}

func (f *memFile) Close() error { return nil }
func (f *memFile) Size() (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return int64(len(f.b)), nil
}

func (f *memFile) Truncate(size int64) error { return f.resize(size) }
func (f *memFile) Allocate(size int64) error { return f.resize(size) }
func (f *memFile) resize(size int64) error {
	return f.d.change(func() {
		b := f.b
		if int64(len(b)) < size {
			b = append(b, make([]byte, size-int64(len(b)))...)
		}
		f.b = b[:size]
	})
}
func (f *memFile) Sync() error { return f.d.change(func() {}) }
