package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// Recovery is what a start found in the directory.
type Recovery struct {
	Epoch    uint32 // of this start; of the newest segment when the log was only opened for reading
	First    uint64 // seq of the first record; 0 if there is none
	Last     uint64 // seq of the last record; 0 if there is none
	Segments int
	Bytes    int64 // of all records, padding included
	Clean    bool  // the last run closed the log, or there was none

	// A torn tail is what a crash left of a commit that nobody was told to be durable; it is cut (JRN-06).
	TornBytes  int64
	TornFile   string // empty if there was no torn tail
	TornOffset int64

	LastMono int64 // stamps of the last record, 0 if there is none
	LastWall int64
}

// loaded is a checked log.
type loaded struct {
	segs []*segment
	end  ending // of the last segment
}

// load checks the segments and the chain that they form. It changes nothing.
func load(fs FS, paths []string, known func(Type, uint8) bool, router string) (loaded, Recovery, error) {
	var l loaded
	rec := Recovery{Segments: len(paths), Clean: true}
	sc := scanner{known: known}
	for i, path := range paths {
		s, end, err := loadSegment(fs, &sc, path, i == len(paths)-1)
		if err != nil {
			return l, rec, err
		}
		if router != "" && s.router != routerHash(router) {
			return l, rec, fmt.Errorf("%s belongs to another router than %q: correct the router's name or the journal directory", path, router)
		}
		if err := checkLink(l.segs, s); err != nil {
			return l, rec, err
		}
		if s.next > s.first {
			rec.LastMono, rec.LastWall = end.lastMono, end.lastWall
		}
		rec.Bytes += s.end - segmentHeader
		l.segs, l.end = append(l.segs, s), end
	}
	if len(l.segs) == 0 {
		return l, rec, nil
	}
	return l, rec, l.conclude(&rec)
}

func loadSegment(fs FS, sc *scanner, path string, last bool) (*segment, ending, error) {
	f, err := fs.Open(path, false)
	if err != nil {
		return nil, ending{}, err
	}
	defer f.Close()
	b, err := (&window{file: f, chunk: segmentHeader}).at(0, segmentHeader)
	if err != nil {
		return nil, ending{}, fmt.Errorf("read %s: %w", path, err)
	}
	h, salt, err := decodeHeader(b)
	if err != nil {
		return nil, ending{}, &DamageError{path, 0, 0, err.Error()}
	}
	s := &segment{header: h, path: path, salt: salt}
	if name := segmentName(h.first); filepath.Base(path) != name {
		return nil, ending{}, fmt.Errorf("%s holds what belongs into %s: give the file its name back", path, name)
	}
	end, err := sc.scan(f, s, last)
	return s, end, err
}

// checkLink checks that s follows on the segments before it.
func checkLink(segs []*segment, s *segment) error {
	if len(segs) == 0 {
		return nil // whether one is missing before it, the newest header says
	}
	prev := segs[len(segs)-1]
	switch {
	case s.first > prev.next:
		return missing(s.path, prev.next, s.first)
	case s.first < prev.next:
		return &DamageError{s.path, 0, prev.next, fmt.Sprintf("the segment starts with record %d, which %s holds too", s.first, prev.path)}
	case s.epoch < prev.epoch:
		return &DamageError{s.path, 0, prev.next, fmt.Sprintf("the segment has epoch %d, the one before it %d", s.epoch, prev.epoch)}
	}
	return nil
}

func missing(path string, from, to uint64) error {
	return fmt.Errorf("records %d to %d are missing before %s: restore their segment from the archive", from, to-1, path)
}

// conclude checks what only the whole chain shows and completes rec.
func (l *loaded) conclude(rec *Recovery) error {
	head, tail := l.segs[0], l.segs[len(l.segs)-1]
	if head.first > tail.oldest {
		return missing(head.path, tail.oldest, head.first)
	}
	if l.end.mark == markContinued {
		return fmt.Errorf("%s was continued at record %d, but no segment with it is there: restore it from the archive", tail.path, tail.next)
	}
	rec.Epoch = tail.epoch
	if tail.next > head.first {
		rec.First, rec.Last = head.first, tail.next-1
	}
	rec.Clean = l.end.mark == markClosed
	if l.end.torn > 0 {
		rec.TornBytes, rec.TornFile, rec.TornOffset = l.end.torn, tail.path, tail.end
	}
	return nil
}

// removeSpare removes the spare and the unfinished snapshot that a crash left (CRASH-08).
func removeSpare(fs FS, dir string) error {
	names, err := fs.List(dir)
	for _, name := range []string{spareName, snapshotTemp} {
		if err == nil && slices.Contains(names, name) {
			err = fs.Remove(filepath.Join(dir, name))
		}
	}
	return err
}

// cut truncates the last segment after its last record, or after its end mark, and gives the unused rest back.
func (l *loaded) cut(fs FS) error {
	if len(l.segs) == 0 {
		return nil
	}
	s := l.segs[len(l.segs)-1]
	end := s.end
	if l.end.mark != 0 {
		end += markSize
	}
	f, err := fs.Open(s.path, true)
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err == nil && size > end {
		err = errors.Join(f.Truncate(end), f.Sync())
	}
	return errors.Join(err, f.Close())
}

// begin starts the new epoch with a segment of its own and links the old last one to it.
func (l *loaded) begin(cfg *Config) (File, error) {
	h := header{epoch: 1, first: 1, oldest: 1, router: routerHash(cfg.Router), bytes: cfg.SegmentBytes}
	mono, wall := cfg.Now()
	h.wall = wall
	var prev *segment
	if n := len(l.segs); n > 0 {
		prev = l.segs[n-1]
		h.epoch, h.first, h.oldest = prev.epoch+1, prev.next, l.segs[0].first
	}
	f, err := prepareSpare(cfg.FS, cfg.Dir, cfg.SegmentBytes)
	if err != nil {
		return nil, err
	}
	s, err := publish(cfg.FS, cfg.Dir, f, h)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if prev != nil && prev.next == prev.first {
		l.segs = l.segs[:len(l.segs)-1] // the new segment replaced the empty one
		prev = nil
	}
	l.segs = append(l.segs, s)
	if prev == nil {
		return f, nil
	}
	if err := markPrevious(cfg.FS, prev, mono, wall); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func markPrevious(fs FS, prev *segment, mono, wall int64) error {
	f, err := fs.Open(prev.path, true)
	if err != nil {
		return err
	}
	return errors.Join(writeMark(f, prev, markContinued, mono, wall), f.Sync(), f.Close())
}
