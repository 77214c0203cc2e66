package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Retire deletes the oldest segments, each only if it holds no record from seq keep on, and its successor was made
// before the given time (Unix nanoseconds), which is after its last record was written (JRN-08). With an archive
// directory a segment is first copied there, synced, and read back. It gives the paths that were deleted.
//
// The headers of segments prove which segments may be missing, so one is deleted only once a newer header says so: the
// call for a seq notes it for the next segment, and a call after that segment was made deletes. Each deletion is
// durable before the next, so that no crash leaves a hole.
func (j *Journal) Retire(keep uint64, before int64, archive string) (gone []string, err error) {
	j.retiring.Lock()
	defer j.retiring.Unlock()
	j.segMu.RLock()
	segs := j.segs
	j.segMu.RUnlock()
	n := 0
	for n < len(segs)-1 && segs[n+1].first <= keep && segs[n+1].wall < before {
		n++
	}
	if first := segs[n].first; first > j.oldest.Load() {
		j.oldest.Store(first)
	}
	proven := segs[len(segs)-1].oldest
	for _, s := range segs[:n] {
		if s.first >= proven {
			break
		}
		if err := j.retire(s, archive); err != nil {
			return gone, fmt.Errorf("journal: retire %s: %w", s.path, err)
		}
		gone = append(gone, s.path)
	}
	return gone, nil
}

// retire archives and deletes the first segment.
func (j *Journal) retire(s *segment, archive string) error {
	if archive != "" {
		if err := archiveFile(j.cfg.FS, s.path, archive); err != nil {
			return fmt.Errorf("archive: %w: make room in %s, or correct archive_dir; the segment is kept", err, archive)
		}
	}
	j.segMu.Lock()
	j.segs = j.segs[1:]
	j.segMu.Unlock()
	if err := j.cfg.FS.Remove(s.path); err != nil {
		return err
	}
	return j.cfg.FS.SyncDir(j.cfg.Dir)
}

const archiveTemp = "archive.tmp"

// archiveFile copies a file into dir under its own name. A copy that is there already is only checked.
func archiveFile(fs FS, path, dir string) error {
	if err := makeDir(fs, dir); err != nil {
		return err
	}
	to := filepath.Join(dir, filepath.Base(path))
	if err := sameFile(fs, path, to); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	temp := filepath.Join(dir, archiveTemp)
	if err := copyFile(fs, path, temp); err != nil {
		return errors.Join(err, removeIfThere(fs, temp))
	}
	if err := sameFile(fs, path, temp); err != nil {
		return errors.Join(err, removeIfThere(fs, temp))
	}
	if err := fs.Rename(temp, to); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

func copyFile(fs FS, from, to string) error {
	in, err := fs.Open(from, false)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := fs.Create(to)
	if err != nil {
		return err
	}
	buf := make([]byte, snapshotChunk)
	for off := int64(0); ; {
		n, err := in.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(err, out.Close())
		}
		if n == 0 {
			return errors.Join(out.Sync(), out.Close())
		}
		if _, err := out.WriteAt(buf[:n], off); err != nil {
			return errors.Join(err, out.Close())
		}
		off += int64(n)
	}
}

// sameFile compares two files byte for byte.
func sameFile(fs FS, a, b string) error {
	x, err := fs.Open(b, false)
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := fs.Open(a, false)
	if err != nil {
		return err
	}
	defer y.Close()
	one, two := make([]byte, snapshotChunk), make([]byte, snapshotChunk)
	for off := int64(0); ; {
		n, err := x.ReadAt(one, off)
		m, err2 := y.ReadAt(two, off)
		for _, e := range []error{err, err2} {
			if e != nil && !errors.Is(e, io.EOF) {
				return e
			}
		}
		if !bytes.Equal(one[:n], two[:m]) {
			return fmt.Errorf("%s differs from %s: move it away", b, a)
		}
		if n == 0 {
			return nil
		}
		off += int64(n)
	}
}

// Replenish makes the spare segment again if the last try failed, because a full volume may have room by now (JRN-10).
func (j *Journal) Replenish() {
	select {
	case s := <-j.spare:
		if s.err == nil {
			j.spare <- s
			return
		}
		j.prepare()
	default: // one is in the making, or the writer is taking it
	}
}
