package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
)

const (
	segmentMagic  = "SLUICEJL"
	segmentFormat = 1
	segmentHeader = 64
	segmentSuffix = ".seg"
	spareName     = "spare.tmp"
	lockName      = "lock"

	// markType is the type of the journal's own records, which end a segment and have no place in the order.
	markType      Type  = 0
	markClosed    uint8 = 1 // as version: the journal was closed here, everything before it is durable
	markContinued uint8 = 2 // as version: the next segment exists
	markSize            = recordHeader

	// indexEvery is the distance in bytes of two points of the index. A random read parses half of it on average
	// (about 10 us), and a day of 7 GB (JRN-10) keeps 3.5 MB of index in memory.
	indexEvery = 16 << 10
)

// header is the first block of a segment. It is synced before the segment gets its name, so a bad one is damage.
type header struct {
	epoch  uint32
	first  uint64 // seq of the first record
	oldest uint64 // the log starts no later than here: a missing segment from oldest on is an error (JRN-08)
	router uint64 // hash of the router's name
	bytes  int64  // the size to which the segment was preallocated
	wall   int64  // when it was made, Unix nanoseconds
}

func routerHash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

func (h header) encode() []byte {
	b := make([]byte, segmentHeader)
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint16(b[8:], segmentFormat)
	binary.LittleEndian.PutUint16(b[10:], segmentHeader)
	binary.LittleEndian.PutUint32(b[12:], h.epoch)
	binary.LittleEndian.PutUint64(b[16:], h.first)
	binary.LittleEndian.PutUint64(b[24:], h.oldest)
	binary.LittleEndian.PutUint64(b[32:], h.router)
	binary.LittleEndian.PutUint64(b[40:], uint64(h.bytes))
	binary.LittleEndian.PutUint64(b[48:], uint64(h.wall))
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli()))
	return b
}

// decodeHeader reads a header and the salt that its segment's records are bound to.
func decodeHeader(b []byte) (h header, salt uint32, err error) {
	switch {
	case len(b) < segmentHeader:
		return h, 0, fmt.Errorf("the header has %d of %d bytes", len(b), segmentHeader)
	case string(b[:8]) != segmentMagic:
		return h, 0, fmt.Errorf("the file starts with %q, a segment starts with %q", b[:8], segmentMagic)
	}
	salt = binary.LittleEndian.Uint32(b[60:])
	if crc32.Checksum(b[:60], castagnoli()) != salt {
		return h, 0, errors.New("the header's checksum is wrong")
	}
	if f := binary.LittleEndian.Uint16(b[8:]); f != segmentFormat || binary.LittleEndian.Uint16(b[10:]) != segmentHeader {
		return h, 0, fmt.Errorf("the segment has format %d, this build reads %d: start the build that wrote it", f, segmentFormat)
	}
	return header{
		epoch:  binary.LittleEndian.Uint32(b[12:]),
		first:  binary.LittleEndian.Uint64(b[16:]),
		oldest: binary.LittleEndian.Uint64(b[24:]),
		router: binary.LittleEndian.Uint64(b[32:]),
		bytes:  int64(binary.LittleEndian.Uint64(b[40:])),
		wall:   int64(binary.LittleEndian.Uint64(b[48:])),
	}, salt, nil
}

// point is one entry of the sparse index: the record first+delta starts at offset.
type point struct{ delta, offset uint32 }

// segment is what memory keeps of a file.
type segment struct {
	header
	path  string
	salt  uint32
	next  uint64 // seq after the last record
	end   int64  // offset after the last record
	index []point
}

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, segmentSuffix) }

// note adds an index point for the record at offset when the last one is far enough behind.
func (s *segment) note(seq uint64, offset int64) {
	if n := len(s.index); n == 0 || offset-int64(s.index[n-1].offset) >= indexEvery {
		s.index = append(s.index, point{uint32(seq - s.first), uint32(offset)})
	}
}

// nearest gives the last indexed place at or before seq.
func (s *segment) nearest(seq uint64) (at uint64, offset int64) {
	i := sort.Search(len(s.index), func(i int) bool { return s.first+uint64(s.index[i].delta) > seq })
	if i == 0 {
		return s.first, segmentHeader
	}
	return s.first + uint64(s.index[i-1].delta), int64(s.index[i-1].offset)
}

// find gives the segment of segs that holds seq, or the last one for a seq that is still to come; nil if seq is
// before the first.
func find(segs []*segment, seq uint64) *segment {
	i := sort.Search(len(segs), func(i int) bool { return segs[i].first > seq })
	if i == 0 {
		return nil
	}
	return segs[i-1]
}

// listSegments gives the paths of dir's segments in order of their first seq. A name that ends like a segment's
// and is none is refused: it may be one that somebody renamed.
func listSegments(fs FS, dir string) ([]string, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, name := range names {
		if !strings.HasSuffix(name, segmentSuffix) {
			continue
		}
		first, err := strconv.ParseUint(strings.TrimSuffix(name, segmentSuffix), 10, 64)
		if err != nil || name != segmentName(first) {
			return nil, fmt.Errorf("%s is no segment's name (20 digits and %s): restore its name or move it away", filepath.Join(dir, name), segmentSuffix)
		}
		paths = append(paths, filepath.Join(dir, name))
	}
	sort.Strings(paths)
	return paths, nil
}

// SpaceError says that the volume has no room for a segment (JRN-10). It wraps the system's error.
type SpaceError struct {
	Dir   string
	Bytes int64 // what was wanted
	Free  int64 // what the volume said it has; -1 if it did not say
	Err   error
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("no room for a segment of %d bytes in %s (%d free): free space on the volume, archive old segments or give the journal a larger volume: %v",
		e.Bytes, e.Dir, e.Free, e.Err)
}

func (e *SpaceError) Unwrap() error { return e.Err }

// prepareSpare makes a preallocated, synced file that is no segment yet. Until it gets its name no start reads it,
// so a failure here loses nothing and may be tried again.
func prepareSpare(fs FS, dir string, size int64) (File, error) {
	path := filepath.Join(dir, spareName)
	f, err := fs.Create(path)
	if err != nil {
		return nil, spaceError(fs, dir, size, err)
	}
	if err := allocate(f, size); err != nil {
		return nil, errors.Join(spaceError(fs, dir, size, err), f.Close(), fs.Remove(path))
	}
	return f, nil
}

func spaceError(fs FS, dir string, size int64, err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("preallocate a segment in %s: %w", dir, err)
	}
	free, _, spaceErr := fs.Space(dir)
	if spaceErr != nil {
		free = -1
	}
	return &SpaceError{Dir: dir, Bytes: size, Free: free, Err: err}
}

// allocate reserves size bytes, by writing zeros where the file system cannot reserve.
func allocate(f File, size int64) error {
	err := f.Allocate(size)
	if errors.Is(err, errors.ErrUnsupported) {
		err = zeroFill(f, size)
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

func zeroFill(f File, size int64) error {
	zeros := make([]byte, 1<<20)
	for off := int64(0); off < size; {
		n, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-off)], off)
		if err != nil {
			return err
		}
		off += int64(n)
	}
	return nil
}

// publish turns a spare into the segment that h describes: header, sync, rename, sync of the directory (JRN-02). A
// file of the same name holds no record and is replaced.
func publish(fs FS, dir string, spare File, h header) (*segment, error) {
	block := h.encode()
	if _, err := spare.WriteAt(block, 0); err != nil {
		return nil, err
	}
	if err := spare.Sync(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, segmentName(h.first))
	if err := fs.Rename(filepath.Join(dir, spareName), path); err != nil {
		return nil, err
	}
	if err := fs.SyncDir(dir); err != nil {
		return nil, err
	}
	_, salt, err := decodeHeader(block)
	if err != nil {
		return nil, err
	}
	return &segment{header: h, path: path, salt: salt, next: h.first, end: segmentHeader}, nil
}

// writeMark ends a segment after its last record.
func writeMark(f File, s *segment, kind uint8, mono, wall int64) error {
	b := appendRecord(nil, &Record{Seq: s.next, Type: markType, Version: kind, Mono: mono, Wall: wall})
	sealRecord(b, s.salt, 0)
	_, err := f.WriteAt(b, s.end)
	return err
}
