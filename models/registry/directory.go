package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sluice-sor/sluice/models"
)

// What is in a registry's directory: a directory for each version, named by its id, and these.
const (
	artifactFile = "artifact"
	manifestFile = "manifest"
	ledgerFile   = "ledger.jsonl"
	lockFile     = "lock"
	asidePrefix  = ".new-" // a version that is being written, or was when its writer crashed

	maxManifest = 64 << 10
	maxLedger   = 1 << 30
)

// directory is a registry in a directory. The caller serializes more and append.
type directory struct {
	path string
	disk disk
	end  int64  // of the lines that were given
	last uint64 // their number
}

// lockWait bounds how long a writer waits for another: the largest artifact is on a slow disk in less.
const lockWait = 20 * time.Second

// lock keeps other processes from writing until it is closed. The system drops it with the process.
func (d *directory) lock(ctx context.Context) (io.Closer, error) {
	if err := d.disk.makeDir(d.path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(d.path, lockFile), os.O_RDWR|os.O_CREATE, 0o640) //nolint:gosec // empty
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, fmt.Errorf("another process has been writing for %v", lockWait))
	defer cancel()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
			err = d.sleep(ctx, 2*time.Millisecond)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
		}
	}
}

// put writes the version aside, makes it durable, and gives it its name (MOP-03).
func (d *directory) put(ctx context.Context, id string, manifest, artifact []byte) error {
	held, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := d.clear(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(d.path, id)); err == nil { // another process has put it there meanwhile
		return d.disk.sync(d.path)
	}
	aside := filepath.Join(d.path, asidePrefix+id)
	if err := d.disk.makeDir(aside); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{artifactFile, artifact}, {manifestFile, manifest}} {
		path := filepath.Join(aside, f.name)
		if err := d.disk.write(path, f.data); err != nil {
			return err
		}
		if err := d.disk.sync(path); err != nil {
			return err
		}
	}
	if err := d.disk.sync(aside); err != nil {
		return err
	}
	if err := d.disk.rename(aside, filepath.Join(d.path, id)); err != nil {
		return err
	}
	return d.disk.sync(d.path)
}

// clear removes what crashed writers left. The caller holds the lock, so nobody is writing.
func (d *directory) clear() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), asidePrefix) {
			err = errors.Join(err, d.disk.remove(filepath.Join(d.path, e.Name())))
		}
	}
	return err
}

func (d *directory) ids(context.Context) ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && isID(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}

func (d *directory) manifest(_ context.Context, id string) ([]byte, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	if _, err := os.Stat(filepath.Join(d.path, id)); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return readBounded(filepath.Join(d.path, id, manifestFile), maxManifest)
}

func (d *directory) artifact(_ context.Context, id string) ([]byte, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	return readBounded(filepath.Join(d.path, id, artifactFile), models.MaxBytes)
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnfitError{fmt.Errorf("its file %s is gone", filepath.Base(path))} // not ErrNotFound: the version is there
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, &UnfitError{fmt.Errorf("%s has %d bytes: the limit is %d", path, info.Size(), limit)}
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(f, b)
	return b, err
}

// more reads the whole lines behind those that were given.
func (d *directory) more(_ context.Context, n uint64) ([]string, error) {
	lines, end, err := d.read(n)
	if err == nil {
		d.end, d.last = end, n+uint64(len(lines))
	}
	return lines, err
}

func (d *directory) read(n uint64) (lines []string, end int64, err error) {
	switch n {
	case d.last:
	case 0: // what was given was not taken: from the start again
		d.end, d.last = 0, 0
	default:
		panic("registry: lines were given and not taken")
	}
	path := filepath.Join(d.path, ledgerFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && d.end == 0 {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	switch size := info.Size(); {
	case size < d.end:
		return nil, 0, fmt.Errorf("%s has %d bytes and had %d: it was cut or replaced; restore it", path, size, d.end)
	case size > maxLedger:
		return nil, 0, fmt.Errorf("%s has %d bytes: the limit is %d", path, size, maxLedger)
	case size == d.end:
		return nil, d.end, nil
	}
	b := make([]byte, info.Size()-d.end)
	if _, err := f.ReadAt(b, d.end); err != nil {
		return nil, 0, err
	}
	b = b[:bytes.LastIndexByte(b, '\n')+1] // what a crash cut is no line
	for line := range strings.Lines(string(b)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines, d.end + int64(len(b)), nil
}

func (d *directory) append(ctx context.Context, n uint64, next func(more []string) (string, error)) error {
	held, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	more, err := d.more(ctx, n)
	if err != nil {
		return err
	}
	line, err := next(more)
	if err != nil {
		return err
	}
	path, first := filepath.Join(d.path, ledgerFile), d.last == 0
	if err := d.disk.append(path, d.end, []byte(line+"\n")); err != nil {
		return err
	}
	if err := d.disk.sync(path); err != nil {
		return err
	}
	if first {
		if err := d.disk.sync(d.path); err != nil {
			return err
		}
	}
	d.end, d.last = d.end+int64(len(line))+1, d.last+1
	return nil
}

func (d *directory) sleep(ctx context.Context, most time.Duration) error {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (d *directory) close() error { return nil }
