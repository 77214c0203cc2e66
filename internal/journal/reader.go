package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrGone is returned for a seq older than the log's first record.
var ErrGone = errors.New("the log starts later: the record was archived and deleted")

// Reader reads durable records in order. It is for one goroutine. Close it.
type Reader struct {
	fs   FS
	src  source
	next uint64 // seq that Next gives
	stop func() // ends the subscription
	news <-chan struct{}

	seg  place
	file File
	win  window
	seq  uint64 // of the record at off
	off  int64
	rec  Recovery
}

// source is where a reader's segments are: a journal in use, or files.
type source interface {
	place(seq uint64) (place, error)
	Durable() uint64
	// reason gives why nothing follows after Durable, or nil.
	reason() error
}

// place says where to find a record: at a place of a segment at or before it.
type place struct {
	path   string
	salt   uint32
	seq    uint64
	offset int64
	end    int64 // where the segment's durable records end
}

func placeIn(segs []*segment, seq uint64) (place, error) {
	s := find(segs, seq)
	if s == nil {
		return place{}, fmt.Errorf("journal: record %d: %w", seq, ErrGone)
	}
	at, off := s.nearest(seq)
	return place{s.path, s.salt, at, off, s.end}, nil
}

func (j *Journal) place(seq uint64) (place, error) {
	j.segMu.RLock()
	defer j.segMu.RUnlock()
	return placeIn(j.segs, seq)
}

func (j *Journal) reason() error { return j.progress.reason() }

// Read gives a reader that starts at seq from; 0 is the first record there is. It may run while records are
// appended, from any number of goroutines with a reader each, and slows nobody.
func (j *Journal) Read(from uint64) *Reader {
	if from == 0 {
		j.segMu.RLock()
		from = j.segs[0].first
		j.segMu.RUnlock()
	}
	r := &Reader{fs: j.cfg.FS, src: j, next: from}
	r.news, r.stop = j.Subscribe()
	return r
}

// Next gives the next record, and waits until there is one. Its payload is valid until the following call. After the
// last record of a closed journal it returns ErrClosed, of a failed one the failure, and of files io.EOF. Any other
// error but the context's is final.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	for r.next > r.src.Durable() {
		if err := r.src.reason(); err != nil {
			if r.next <= r.src.Durable() {
				break
			}
			return Record{}, err
		}
		select {
		case <-r.news:
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
	}
	return r.read()
}

// read gives record r.next, which is durable.
func (r *Reader) read() (Record, error) {
	for fresh := false; ; {
		if r.file != nil {
			f, v, err := r.win.parseAt(r.off, r.seg.salt)
			switch {
			case err != nil:
				return Record{}, fmt.Errorf("journal: read %s: %w", r.seg.path, err)
			case v == valid && f.Seq == r.seq && f.Type != markType:
				r.seq, r.off = r.seq+1, r.off+int64(f.size)
				if f.Seq == r.next {
					r.next++
					return f.Record, nil
				}
				continue
			case fresh:
				return Record{}, fmt.Errorf("journal: %w", &DamageError{r.seg.path, r.off, r.seq, "no valid record, though one was written"})
			}
		}
		// The segment ended, or what was read from it is older than the record.
		if err := r.seek(); err != nil {
			return Record{}, err
		}
		fresh = true
	}
}

// seek goes to where record r.next is, or to a place before it.
func (r *Reader) seek() error {
	p, err := r.src.place(r.next)
	if err != nil {
		return err
	}
	same := r.file != nil && p.path == r.seg.path
	r.seg = p
	if same && r.seq == r.next {
		r.win.forget()
		r.win.limit = p.end
		return nil
	}
	if !same {
		f, err := r.fs.Open(p.path, false)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if r.file != nil {
			_ = r.file.Close() // it was only read
		}
		r.file = f
	}
	r.win.open(r.file)
	r.win.limit = p.end
	r.seq, r.off = p.seq, p.offset
	return nil
}

// Close ends the reader. It must not run together with Next.
func (r *Reader) Close() error {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// At reads one durable record; the payload is the caller's. It is for the resends of a FIX session: it costs a
// search in memory and one read of about 16 KiB, from any number of goroutines.
func (j *Journal) At(seq uint64) (Record, error) {
	if d := j.Durable(); seq > d {
		return Record{}, fmt.Errorf("journal: record %d is not durable, the last one that is has %d", seq, d)
	}
	r := Reader{fs: j.cfg.FS, src: j, next: seq}
	r.win.chunk = indexEvery + recordHeader
	rec, err := r.read()
	return rec, errors.Join(err, r.Close())
}

// Skip makes seq the next record that Next gives. It is for a reader that has given none yet.
func (r *Reader) Skip(seq uint64) { r.next = max(r.next, seq) }

// Found describes the log that OpenReader opened.
func (r *Reader) Found() Recovery { return r.rec }

// files is a log that is only read.
type files []*segment

func (s files) place(seq uint64) (place, error) { return placeIn(s, seq) }

func (s files) Durable() uint64 { return s[len(s)-1].next - 1 }

func (s files) reason() error { return io.EOF }

// OpenReader opens a log for reading only: a journal's directory, or one segment file. It takes no lock and changes
// nothing, so the journal may be in use; what is appended later is not read. It checks all of it first, as Open does,
// and refuses what Open refuses; a torn tail is left out and counted in Found. Known nil knows every type.
func OpenReader(path string, known func(t Type, version uint8) bool) (*Reader, error) {
	return openReader(osFS{}, path, known)
}

func openReader(fs FS, path string, known func(Type, uint8) bool) (*Reader, error) {
	if known == nil {
		known = func(Type, uint8) bool { return true }
	}
	paths := []string{path}
	single := filepath.Ext(path) == segmentSuffix
	if !single {
		var err error
		if paths, err = listSegments(fs, path); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("journal: %s holds no segment (*%s): %w: name the journal_dir of a router that has run", path, segmentSuffix, os.ErrNotExist)
	}
	l, rec, err := loadFiles(fs, paths, known, single)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return &Reader{fs: fs, src: files(l.segs), next: l.segs[0].first, rec: rec}, nil
}

// loadFiles checks a whole log, or one segment without its neighbors.
func loadFiles(fs FS, paths []string, known func(Type, uint8) bool, single bool) (loaded, Recovery, error) {
	if !single {
		return load(fs, paths, known, "")
	}
	s, end, err := loadSegment(fs, &scanner{known: known}, paths[0], true)
	if err != nil {
		return loaded{}, Recovery{}, err
	}
	s.oldest = s.first
	l := loaded{segs: []*segment{s}, end: end}
	rec := Recovery{Segments: 1, Bytes: s.end - segmentHeader, LastMono: end.lastMono, LastWall: end.lastWall}
	if l.end.mark == markContinued {
		l.end.mark = markClosed // its successor was not asked for
	}
	return l, rec, l.conclude(&rec)
}
