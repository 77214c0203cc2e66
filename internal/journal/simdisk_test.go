package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

var errPowerOff = errors.New("simulated disk: the power is off")

// simDisk is a disk in memory. It knows which sectors and names were synced, so it can lose the others; it can fail
// any call, stop at any call, and be full.
type simDisk struct {
	mu       sync.Mutex
	names    map[string]*simFile
	synced   map[string]*simFile // names after the last sync of the directory
	pending  []func(names map[string]*simFile)
	locked   map[string]string
	calls    []string // "sync 00…1.seg": what was asked, in order
	off      bool
	offAfter int                                   // the power goes off at this call; 0 is never
	fault    func(op, name string) error           // nil, or the error of the call
	before   atomic.Pointer[func(op, name string)] // called without the lock
	tear     func(b []byte) (written int)          // how much of a failing write reaches the file
	free     int64                                 // bytes
	fallback bool                                  // no Allocate
}

type simFile struct {
	disk   *simDisk
	name   string
	data   []byte
	stable []byte // contents that were synced
}

func newSimDisk() *simDisk {
	return &simDisk{names: map[string]*simFile{}, synced: map[string]*simFile{}, locked: map[string]string{}, free: 1 << 40}
}

// intercept calls f before each call from now on.
func (d *simDisk) intercept(f func(op, name string)) { d.before.Store(&f) }

// enter counts a call, and says whether it happens. It leaves the lock held.
func (d *simDisk) enter(op, path string) error {
	if f := d.before.Load(); f != nil {
		(*f)(op, filepath.Base(path))
	}
	d.mu.Lock()
	if d.off {
		return errPowerOff
	}
	d.calls = append(d.calls, op+" "+filepath.Base(path))
	if d.fault != nil {
		if err := d.fault(op, filepath.Base(path)); err != nil {
			return err
		}
	}
	if d.offAfter > 0 && len(d.calls) >= d.offAfter {
		d.off = true
		return errPowerOff
	}
	return nil
}

func (d *simDisk) MakeDir(string) error { return nil }

func (d *simDisk) List(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for path := range d.names {
		if filepath.Dir(path) == filepath.Clean(dir) {
			names = append(names, filepath.Base(path))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (d *simDisk) change(f func(names map[string]*simFile)) {
	f(d.names)
	d.pending = append(d.pending, f)
}

func (d *simDisk) Create(path string) (File, error) {
	defer d.mu.Unlock()
	if err := d.enter("create", path); err != nil {
		return nil, err
	}
	f := &simFile{disk: d, name: path}
	d.change(func(names map[string]*simFile) { names[path] = f })
	return f, nil
}

func (d *simDisk) Open(path string, _ bool) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f, ok := d.names[path]; ok {
		return f, nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

func (d *simDisk) Rename(from, to string) error {
	defer d.mu.Unlock()
	if err := d.enter("rename", to); err != nil {
		return err
	}
	f, ok := d.names[from]
	if !ok {
		return fs.ErrNotExist
	}
	f.name = to
	d.change(func(names map[string]*simFile) { delete(names, from); names[to] = f })
	return nil
}

func (d *simDisk) Remove(path string) error {
	defer d.mu.Unlock()
	if err := d.enter("remove", path); err != nil {
		return err
	}
	if f, ok := d.names[path]; ok {
		d.free += int64(len(f.data))
	}
	d.change(func(names map[string]*simFile) { delete(names, path) })
	return nil
}

func (d *simDisk) SyncDir(dir string) error {
	defer d.mu.Unlock()
	if err := d.enter("syncdir", dir); err != nil {
		return err
	}
	d.synced, d.pending = maps.Clone(d.names), nil
	return nil
}

type simLock struct {
	disk *simDisk
	path string
}

func (l simLock) Close() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	delete(l.disk.locked, l.path)
	return nil
}

func (d *simDisk) Lock(path, holder string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h, ok := d.locked[path]; ok {
		return nil, &LockedError{Path: path, Holder: h}
	}
	d.locked[path] = holder
	return simLock{d, path}, nil
}

func (d *simDisk) Space(string) (free, total int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.free, 1 << 40, nil
}

func (f *simFile) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.data)), nil
}

func (f *simFile) ReadAt(b []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *simFile) WriteAt(b []byte, off int64) (int, error) {
	d := f.disk
	defer d.mu.Unlock()
	if err := d.enter("write", f.name); err != nil {
		n := 0
		if errors.Is(err, errPowerOff) && len(d.calls) == d.offAfter {
			n = len(d.calls) * 7919 % (len(b) + 1) // it was under way
		} else if d.tear != nil {
			n = d.tear(b)
		}
		f.put(b[:n], off)
		return n, err
	}
	if grow := off + int64(len(b)) - int64(len(f.data)); grow > 0 {
		if grow > d.free {
			return 0, syscall.ENOSPC
		}
		d.free -= grow
	}
	f.put(b, off)
	return len(b), nil
}

func (f *simFile) put(b []byte, off int64) {
	if len(b) == 0 {
		return
	}
	if end := off + int64(len(b)); end > int64(len(f.data)) {
		f.data = append(f.data, make([]byte, end-int64(len(f.data)))...)
	}
	copy(f.data[off:], b)
}

func (f *simFile) Close() error { return nil }

func (f *simFile) Truncate(size int64) error {
	d := f.disk
	defer d.mu.Unlock()
	if err := d.enter("truncate", f.name); err != nil {
		return err
	}
	d.free += int64(len(f.data)) - size
	f.data = slices.Clone(f.data[:size])
	return nil
}

func (f *simFile) Allocate(size int64) error {
	d := f.disk
	defer d.mu.Unlock()
	if err := d.enter("allocate", f.name); err != nil {
		return err
	}
	if d.fallback {
		return fmt.Errorf("simulated disk: %w", errors.ErrUnsupported)
	}
	if size > d.free {
		return syscall.ENOSPC
	}
	d.free -= size
	f.data = append(f.data, make([]byte, size-int64(len(f.data)))...)
	return nil
}

func (f *simFile) Sync() error {
	d := f.disk
	defer d.mu.Unlock()
	if err := d.enter("sync", f.name); err != nil {
		return err
	}
	f.stable = slices.Clone(f.data)
	return nil
}

// killed gives the disk as a new process finds it after kill -9: everything that was written, no lock.
func (d *simDisk) killed() *simDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := newSimDisk()
	for path, f := range d.names {
		c := &simFile{disk: n, name: path, data: slices.Clone(f.data), stable: slices.Clone(f.data)}
		n.names[path], n.synced[path] = c, c
	}
	return n
}

// powerLost gives the disk after loss of power: what was synced is there; of the rest, any names up to some point,
// any sectors and either size may be (TEST-22).
func (d *simDisk) powerLost(rng *rand.Rand) *simDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := maps.Clone(d.synced)
	for _, change := range d.pending[:rng.IntN(len(d.pending)+1)] {
		change(names)
	}
	n := newSimDisk()
	for path, f := range names {
		data := f.afterLoss(rng)
		c := &simFile{disk: n, name: path, data: data, stable: slices.Clone(data)}
		n.names[path], n.synced[path] = c, c
	}
	return n
}

func (f *simFile) afterLoss(rng *rand.Rand) []byte {
	size := len(f.stable)
	if rng.IntN(2) == 0 {
		size = len(f.data)
	}
	out := make([]byte, size)
	copy(out, f.stable)
	keep := rng.Float64() // few, many or nearly all sectors arrive
	for s := 0; s < size; s += sectorBytes {
		end := min(s+sectorBytes, size)
		if s < len(f.data) && rng.Float64() < keep {
			copy(out[s:end], f.data[s:min(end, len(f.data))])
		}
	}
	return out
}

// simOpen opens a small journal on d, and closes it with the test.
func simOpen(t testing.TB, d FS, change ...func(*Config)) (*Journal, *Recovery) {
	t.Helper()
	j, rec, err := Open(simConfig(d, change...))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, rec
}

func simConfig(d FS, change ...func(*Config)) Config {
	cfg := Config{Dir: "/j", Router: "r1", SegmentBytes: minSegmentBytes, MaxBatchBytes: 2 << 10, FS: d}
	for _, f := range change {
		f(&cfg)
	}
	return cfg
}
