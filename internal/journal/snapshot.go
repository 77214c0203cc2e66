package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A snapshot lies beside the segments, in a file named for the last seq that its state knows. Integers are little-endian:
//
//	offset  bytes  content
//	     0      8  magic "SLUICESN"
//	     8      2  format, 1
//	    10      2  size of the header, 80
//	    12      4  epoch of the start that wrote it
//	    16      8  seq: everything its state knows lies at or before it
//	    24      8  from: its state has taken everything before this seq; who restores it reads on from here
//	    32      8  FNV-1a hash of the router's name
//	    40      8  length of the state
//	    48     32  SHA-256 of the 48 bytes before and the state
//	    80         the state
const (
	snapshotMagic  = "SLUICESN"
	snapshotFormat = 1
	snapshotHeader = 80
	snapshotSuffix = ".snap"
	snapshotTemp   = "snapshot.tmp"

	// keepSnapshots is how many are kept (JRN-07).
	keepSnapshots = 3

	// maxSnapshot bounds what is read of a file that says it is one.
	maxSnapshot = 1 << 36

	snapshotChunk = 1 << 20
)

// Snapshot is one snapshot file.
type Snapshot struct {
	Path string
	Seq  uint64 // everything its state knows lies at or before it
	From uint64 // who restores it reads the log from here
}

// SnapshotError says that a snapshot is not usable. The log is not touched by it: an older one and a longer tail give the
// same state (CRASH-08).
type SnapshotError struct {
	Path   string
	Reason string
}

func (e *SnapshotError) Error() string { return fmt.Sprintf("snapshot %s: %s", e.Path, e.Reason) }

func snapshotName(seq uint64) string { return fmt.Sprintf("%020d%s", seq, snapshotSuffix) }

// encodeSnapshot gives the header of a snapshot.
func encodeSnapshot(epoch uint32, router, seq, from uint64, state []byte) []byte {
	b := make([]byte, snapshotHeader)
	copy(b, snapshotMagic)
	binary.LittleEndian.PutUint16(b[8:], snapshotFormat)
	binary.LittleEndian.PutUint16(b[10:], snapshotHeader)
	binary.LittleEndian.PutUint32(b[12:], epoch)
	binary.LittleEndian.PutUint64(b[16:], seq)
	binary.LittleEndian.PutUint64(b[24:], from)
	binary.LittleEndian.PutUint64(b[32:], router)
	binary.LittleEndian.PutUint64(b[40:], uint64(len(state)))
	sum := snapshotSum(b[:48], state)
	copy(b[48:], sum[:])
	return b
}

func snapshotSum(header, state []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write(header)
	h.Write(state)
	h.Sum(sum[:0])
	return sum
}

// SaveSnapshot keeps a state that knows the log up to seq and has taken everything before from. It waits until seq is
// durable, writes aside, syncs, reads the file back, and only then gives it its name; then it removes all but the newest
// three. What a crash leaves at any of these steps is a temporary file or a whole snapshot (JRN-07, CRASH-08).
func (j *Journal) SaveSnapshot(ctx context.Context, seq, from uint64, state []byte) (Snapshot, error) {
	if err := j.Wait(ctx, seq); err != nil {
		return Snapshot{}, err
	}
	fs, dir := j.cfg.FS, j.cfg.Dir
	s := Snapshot{filepath.Join(dir, snapshotName(seq)), seq, from}
	temp := filepath.Join(dir, snapshotTemp)
	header := encodeSnapshot(j.epoch, routerHash(j.cfg.Router), seq, from, state)
	if err := writeFile(fs, temp, header, state); err != nil {
		return s, fmt.Errorf("snapshot %s: %w", s.Path, errors.Join(err, removeIfThere(fs, temp)))
	}
	if _, _, err := readSnapshot(fs, temp, routerHash(j.cfg.Router)); err != nil {
		return s, fmt.Errorf("snapshot %s does not read back: %w", s.Path, errors.Join(err, removeIfThere(fs, temp)))
	}
	if err := fs.Rename(temp, s.Path); err != nil {
		return s, fmt.Errorf("snapshot %s: %w", s.Path, err)
	}
	if err := fs.SyncDir(dir); err != nil {
		return s, fmt.Errorf("snapshot %s: %w", s.Path, err)
	}
	return s, j.dropSnapshots()
}

// dropSnapshots removes all but the newest, the oldest first.
func (j *Journal) dropSnapshots() error {
	all, err := j.Snapshots()
	if err != nil || len(all) <= keepSnapshots {
		return err
	}
	for _, old := range slices.Backward(all[keepSnapshots:]) {
		if err := j.cfg.FS.Remove(old.Path); err != nil {
			return fmt.Errorf("snapshot %s: %w", old.Path, err)
		}
	}
	return j.cfg.FS.SyncDir(j.cfg.Dir)
}

// writeFile writes and syncs a file.
func writeFile(fs FS, path string, parts ...[]byte) error {
	f, err := fs.Create(path)
	if err != nil {
		return err
	}
	off := int64(0)
	for _, b := range parts {
		for len(b) > 0 {
			n := min(len(b), snapshotChunk)
			if _, err := f.WriteAt(b[:n], off); err != nil {
				return errors.Join(err, f.Close())
			}
			b, off = b[n:], off+int64(n)
		}
	}
	return errors.Join(f.Sync(), f.Close())
}

func removeIfThere(fs FS, path string) error {
	if err := fs.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Snapshots lists the snapshots of the log, the newest first. They are not read: LoadSnapshot does.
func (j *Journal) Snapshots() ([]Snapshot, error) { return listSnapshots(j.cfg.FS, j.cfg.Dir) }

// LoadSnapshot reads and checks a snapshot; its From comes from the file. A *SnapshotError says that it is damaged, of
// another format or of another router.
func (j *Journal) LoadSnapshot(s Snapshot) (Snapshot, []byte, error) {
	return readSnapshot(j.cfg.FS, s.Path, routerHash(j.cfg.Router))
}

// Snapshots lists the snapshots in a journal's directory, the newest first, for tools.
func Snapshots(dir string) ([]Snapshot, error) { return listSnapshots(osFS{}, dir) }

// LoadSnapshot reads and checks a snapshot of any router, for tools.
func LoadSnapshot(path string) (Snapshot, []byte, error) { return readSnapshot(osFS{}, path, 0) }

func listSnapshots(fs FS, dir string) ([]Snapshot, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	var out []Snapshot
	for _, name := range names {
		seq, err := strconv.ParseUint(strings.TrimSuffix(name, snapshotSuffix), 10, 64)
		if strings.HasSuffix(name, snapshotSuffix) && err == nil && name == snapshotName(seq) {
			out = append(out, Snapshot{Path: filepath.Join(dir, name), Seq: seq})
		}
	}
	slices.SortFunc(out, func(a, b Snapshot) int {
		if a.Seq > b.Seq {
			return -1
		}
		return 1
	})
	return out, nil
}

// readSnapshot reads a whole snapshot and checks it. Router 0 is any.
func readSnapshot(fs FS, path string, router uint64) (Snapshot, []byte, error) {
	s := Snapshot{Path: path}
	f, err := fs.Open(path, false)
	if err != nil {
		return s, nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return s, nil, err
	}
	refuse := func(format string, args ...any) (Snapshot, []byte, error) {
		return s, nil, &SnapshotError{path, fmt.Sprintf(format, args...)}
	}
	if size < snapshotHeader || size > maxSnapshot {
		return refuse("it has %d bytes", size)
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); int64(n) < size {
		if err == nil || errors.Is(err, io.EOF) {
			return refuse("it ends after %d of %d bytes", n, size)
		}
		return s, nil, err
	}
	state := b[snapshotHeader:]
	sum := snapshotSum(b[:48], state)
	switch {
	case string(b[:8]) != snapshotMagic:
		return refuse("it starts with %q, a snapshot starts with %q", b[:8], snapshotMagic)
	case binary.LittleEndian.Uint16(b[8:]) != snapshotFormat:
		return refuse("it has format %d, this build reads %d", binary.LittleEndian.Uint16(b[8:]), snapshotFormat)
	case binary.LittleEndian.Uint64(b[40:]) != uint64(len(state)):
		return refuse("its state has %d bytes of %d", len(state), binary.LittleEndian.Uint64(b[40:]))
	case !bytes.Equal(sum[:], b[48:snapshotHeader]):
		return refuse("it is damaged: its SHA-256 is another")
	case router != 0 && binary.LittleEndian.Uint64(b[32:]) != router:
		return refuse("it belongs to another router")
	}
	s.Seq, s.From = binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
	if name := filepath.Base(path); name != snapshotTemp && name != snapshotName(s.Seq) {
		return refuse("it holds what belongs into %s: give the file its name back", snapshotName(s.Seq))
	}
	return s, state, nil
}
