package shard

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/sluice-sor/sluice/internal/journal"
)

var errDisk = errors.New("the disk is gone")

// disk is a journal's disk in memory. After the operation numbered last nothing is written any more: the next one, if it
// is a write, is torn, and it and all later ones fail. What is there then is what a kill leaves. It knows what was synced,
// so that it can lose the rest as a power loss does.
type disk struct {
	mu    sync.Mutex
	files map[string]*memFile
	ops   int
	last  int             // 0 = never fails
	torn  func(n int) int // how much of the failing write of n bytes is there; nil is half of it
	once  error           // if set, the operation after last fails with it, and every later one is done (TEST-23)
	hit   string          // the operation that failed so
}

func newDisk() *disk { return &disk{files: map[string]*memFile{}} }

// again is the disk as the next process finds it after a kill.
func (d *disk) again(last int) *disk { return d.after(last, func(f *memFile) []byte { return f.b }) }

// powerLost is the disk as the next process finds it after a loss of power: of every sector that was not synced either
// the old or the new contents are there (TEST-22).
func (d *disk) powerLost(last int, r *rand.Rand) *disk {
	return d.after(last, func(f *memFile) []byte {
		out := append([]byte(nil), f.b...)
		for at := 0; at < len(out); at += 512 {
			end := min(at+512, len(out))
			if r.IntN(2) == 0 {
				clear(out[at:end])
				if at < len(f.stable) {
					copy(out[at:end], f.stable[at:])
				}
			}
		}
		return out
	})
}

func (d *disk) after(last int, content func(*memFile) []byte) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := newDisk()
	n.last, n.torn = last, d.torn
	for name, f := range d.files {
		b := content(f)
		n.files[name] = &memFile{n, append([]byte(nil), b...), append([]byte(nil), b...)}
	}
	return n
}

// dead reports whether the process would be gone by now.
func (d *disk) dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last > 0 && d.ops > d.last && d.once == nil
}

// op counts an operation that changes the disk; mu is held.
func (d *disk) op(what string) error {
	d.ops++
	switch {
	case d.last == 0 || d.ops <= d.last:
		return nil
	case d.once == nil:
		return errDisk
	case d.ops == d.last+1:
		d.hit = what
		return d.once
	}
	return nil
}

// where says that a file is only the next segment in the making, of which a failure costs nothing; mu is held.
func (f *memFile) where() string {
	for name, other := range f.d.files {
		if other == f && filepath.Ext(name) == ".tmp" {
			return " a spare"
		}
	}
	return ""
}

func (d *disk) change(what string, f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.op(what); err != nil {
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
	return f, d.change("create", func() { d.files[path] = f })
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
	return d.change("rename", func() { d.files[to] = d.files[from]; delete(d.files, from) })
}
func (d *disk) Remove(path string) error {
	return d.change("remove", func() { delete(d.files, path) })
}
func (d *disk) SyncDir(string) error                        { return d.change("sync the directory", func() {}) }
func (d *disk) Lock(string, string) (io.Closer, error)      { return io.NopCloser(nil), nil }
func (d *disk) Space(string) (free, total int64, err error) { return 1 << 40, 1 << 40, nil }

// memFile is a file and every handle to it: a rename does not disturb those who have it open.
type memFile struct {
	d      *disk
	b      []byte
	stable []byte // as of the last sync
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
	err := f.d.op("write" + f.where())
	if err != nil {
		if f.d.ops > f.d.last+1 {
			return 0, err
		}
		torn := f.d.tear()
		p = p[:torn(len(p))]
	}
	b := f.b
	if need := int(off) + len(p); need > len(b) {
		b = append(b, make([]byte, need-len(b))...)
	}
	copy(b[off:], p)
	f.b = b
	return len(p), err
}

// tear gives how much of the failing write is there.
func (d *disk) tear() func(int) int {
	if d.torn == nil {
		return func(n int) int { return n / 2 }
	}
	return d.torn
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
	return f.d.change("resize", func() {
		b := f.b
		if int64(len(b)) < size {
			b = append(b, make([]byte, size-int64(len(b)))...)
		}
		f.b = b[:size]
	})
}
func (f *memFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.op("sync" + f.where()); err != nil {
		return err
	}
	f.stable = append(f.stable[:0], f.b...)
	return nil
}
