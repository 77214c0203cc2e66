package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// sectorBytes is what a disk writes as a whole. A sector that was never written still holds the zeros of the
// preallocation, which tells a commit that power loss tore from a record that rotted.
const sectorBytes = 512

// DamageError says that the log is damaged where it cannot be a torn tail (JRN-06). Nothing was changed.
type DamageError struct {
	File   string
	Offset int64
	Seq    uint64 // the record that should be there
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("damage in %s at offset %d, where record %d should be: %s; nothing was changed: restore the file from the archive or a copy, and do not delete or edit it",
		e.File, e.Offset, e.Seq, e.Reason)
}

// UnknownError says that the log holds a record which this build cannot read (JRN-01).
type UnknownError struct {
	File    string
	Offset  int64
	Seq     uint64
	Type    Type
	Version uint8
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s at offset %d: record %d has type %d version %d, which this build does not know: start the build that wrote it, or a newer one",
		e.File, e.Offset, e.Seq, e.Type, e.Version)
}

// ending is how the records of a segment end.
type ending struct {
	mark     uint8 // markClosed, markContinued or 0
	torn     int64 // bytes after the last record that are no record, trailing zeros not counted
	lastMono int64
	lastWall int64
}

// scanner checks segments, one after the other.
type scanner struct {
	known func(Type, uint8) bool
	win   window
}

// scan reads all records of s from f, fills s.next, s.end and s.index, and tells torn tail from damage. A tail can
// only be torn in the last segment: the next one is made when everything before it is synced.
func (sc *scanner) scan(f File, s *segment, last bool) (ending, error) {
	var e ending
	s.next, s.end = s.first, segmentHeader
	size, err := f.Size()
	if err != nil {
		return e, err
	}
	sc.win.open(f)
	sc.win.limit = size
	for {
		fr, v, err := sc.win.parseAt(s.end, s.salt)
		if err != nil {
			return e, fmt.Errorf("read %s: %w", s.path, err)
		}
		if v == valid && fr.Seq == s.next && fr.Type != markType {
			if !sc.known(fr.Type, fr.Version) {
				return e, &UnknownError{s.path, s.end, fr.Seq, fr.Type, fr.Version}
			}
			e.lastMono, e.lastWall = fr.Mono, fr.Wall
			s.note(fr.Seq, s.end)
			s.next++
			s.end += int64(fr.size)
			continue
		}
		again, err := sc.finish(f, s, &e, last)
		if err != nil || !again {
			return e, err
		}
	}
}

// finish judges what follows the last record that scan could read. Again is true when the record is readable after
// all, because a journal in use was just writing it.
func (sc *scanner) finish(f File, s *segment, e *ending, last bool) (again bool, err error) {
	rest, err := readRest(f, s.end)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", s.path, err)
	}
	if leadingZeros(rest) == len(rest) {
		return false, nil
	}
	fr, v := parse(rest, s.salt)
	if v == valid && fr.Seq == s.next {
		if fr.Type != markType {
			sc.win.forget()
			return true, nil
		}
		e.mark = fr.Version
		rest = rest[fr.size:]
		if n := leadingZeros(rest); n != len(rest) {
			return false, &DamageError{s.path, s.end + int64(fr.size+n), s.next, "bytes follow the end mark"}
		}
		return false, nil
	}
	if v == valid {
		return false, &DamageError{s.path, s.end, s.next, fmt.Sprintf("record %d is there", fr.Seq)}
	}
	if !last {
		return false, sc.afterLast(s, rest)
	}
	if reason := judge(rest, s.end, s.next, s.salt); reason != "" {
		// Of a journal in use, the bad record may have been half written when it was read, and whole by now.
		if fresh, err := readRest(f, s.end); err == nil {
			if fr, v := parse(fresh, s.salt); v == valid && fr.Seq == s.next {
				sc.win.forget()
				return true, nil
			}
		}
		return false, &DamageError{s.path, s.end, s.next, reason}
	}
	e.torn = int64(len(bytes.TrimRight(rest, "\x00")))
	return false, nil
}

// afterLast checks the bytes behind the last record of a segment that has a successor. Only the end mark may be
// there, and a crash may have torn that one; the caller checks that the successor starts with the next seq.
func (sc *scanner) afterLast(s *segment, rest []byte) error {
	if n := min(len(rest), markSize); !allZero(rest[n:]) {
		return &DamageError{s.path, s.end, s.next, "no valid record, and a later segment proves that this one was complete"}
	}
	return nil
}

// judge decides what bytes that start with no valid record are (JRN-06). It returns "" for a torn tail and the
// reason otherwise. Rest starts at offset base, where the record with seq next should be.
//
// A commit is written only when the one before it is synced, and every record says how many before it were not
// synced then. So a later valid record that counts next among the synced ones proves damage. If the later ones only
// belong to the same commit, nobody was told that it is durable, provided that it was torn: then a whole sector of
// it is missing. If no sector is, a bit rotted in a commit that was complete.
func judge(rest []byte, base int64, next uint64, salt uint32) string {
	same := 0
	for p := recordAlign; p+recordHeader <= len(rest); p += recordAlign {
		p += leadingZeros(rest[p:]) &^ (recordAlign - 1)
		if p+recordHeader > len(rest) {
			break
		}
		// The place bounds the number, which spares most checksums over what is no record.
		seq := binary.LittleEndian.Uint64(rest[p+offSeq:])
		if seq < next || seq-next > uint64(p)/recordHeader {
			continue
		}
		fr, v := parse(rest[p:], salt)
		if v != valid {
			continue
		}
		if fr.Seq == next || fr.certain() > next {
			return fmt.Sprintf("no valid record, but record %d follows at offset %d and was written when this one was durable", fr.Seq, base+int64(p))
		}
		if same == 0 {
			same = p
		}
	}
	if same != 0 && !lostSector(rest[:same], base) {
		return fmt.Sprintf("no valid record, but one of the same commit follows at offset %d, and no sector is missing between", base+int64(same))
	}
	return ""
}

// lostSector reports whether gap, which starts at offset base and ends where a valid record starts, has a sector
// without a byte in it. The sector in which the gap ends was written, or the record there would not be valid.
func lostSector(gap []byte, base int64) bool {
	end := base + int64(len(gap))
	for s := base &^ (sectorBytes - 1); s+sectorBytes <= end; s += sectorBytes {
		from := max(s, base)
		if allZero(gap[from-base : s+sectorBytes-base]) {
			return true
		}
	}
	return false
}

// readRest reads f from off to its end. A segment's size bounds it.
func readRest(f File, off int64) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size <= off {
		return nil, nil
	}
	b := make([]byte, size-off)
	n, err := f.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}
