package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// FileName is the log's name in the journal's directory.
const FileName = "audit.log"

// A Head is the end of a log: as many lines as Seq says, the last of which has this hash.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// A Log is an open file. Its methods may be called from several goroutines.
type Log struct {
	now func() time.Time

	mu     sync.Mutex
	f      disk
	head   Head
	size   int64
	missed int    // entries since the last that could be written
	why    string // the first of them could not, and when
	err    error  // of a write: the file's end is not known any more
}

// disk is what a log needs of its file.
type disk interface {
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// Open opens a log, or makes one of mode 0600, and checks every line of it. now is the clock; nil is the system's.
//
// A last line without its newline was never answered for: the process ended while it was written. It is cut off, and the
// next entry has what it was. A
// log that was changed is set aside under another name, and the new one begins with an entry that says so; the error then
// is a [*Damaged] beside a log that works.
func Open(path string, now func() time.Time) (*Log, error) {
	if now == nil {
		now = time.Now
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	head, good, err := read(f, nil)
	var torn *tornError
	switch {
	case errors.As(err, &torn):
		return open(f, now, head, good, &Entry{What: "audit", Outcome: Done, Before: string(torn.tail),
			Text: fmt.Sprintf("a last line of %d bytes without an end is cut off", len(torn.tail))})
	case err != nil:
		return setAside(f, path, now, err)
	}
	return open(f, now, head, good, nil)
}

// openFile opens the file and takes its lock, so that there is one writer.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w: name a file of the router's user as router.audit_file", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("audit log %s is another process's: %w", path, err), f.Close())
	}
	return f, nil
}

// open goes on behind the good bytes of a file, with a first entry if there is something to say.
func open(f *os.File, now func() time.Time, head Head, good int64, first *Entry) (*Log, error) {
	l := &Log{now: now, f: f, head: head, size: good}
	err := errors.Join(f.Truncate(good), f.Sync(), syncDir(f.Name()))
	if err == nil && first != nil {
		_, err = l.Append(*first)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %w", err), f.Close())
	}
	return l, nil
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Damaged says that a log was changed and where it is now.
type Damaged struct {
	Path string // of the log that was set aside
	Err  error
}

func (d *Damaged) Error() string {
	return fmt.Sprintf("the audit log was changed: %v; it is kept as %s, and a new one has begun", d.Err, d.Path)
}

// aside is what the name of a log that was put aside has behind the log's.
const aside = ".damaged-"

// PutAside gives the logs beside the one at path that a start found changed and put aside, the oldest first.
func PutAside(path string) []string {
	found, _ := filepath.Glob(filepath.Clean(path) + aside + "*") // only a name with brackets can be wrong
	return found
}

// Torn reports whether all that is wrong with a log is a last line without an end: it is being written, or a crash cut it.
func Torn(err error) bool {
	var torn *tornError
	return errors.As(err, &torn)
}

// Unwrap gives what is wrong with the log.
func (d *Damaged) Unwrap() error { return d.Err }

func setAside(f *os.File, path string, now func() time.Time, why error) (*Log, error) {
	kept := path + aside + now().UTC().Format("20060102T150405.000000000Z")
	if err := errors.Join(os.Rename(path, kept), f.Close()); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	d := &Damaged{Path: kept, Err: why}
	l, err := open(f, now, Head{}, 0, &Entry{What: "audit", Outcome: Failed, Text: d.Error()})
	if err != nil {
		return nil, err
	}
	return l, d
}

// Append writes an entry with its number, which it gives, its time and hashes. It is on the disk when Append returns without an error.
// For want of room an entry is not written and cannot be later; the next that can follows one that says how many are missing. After
// another error nothing can be appended any more: nobody knows how much of the line is there.
func (l *Log) Append(e Entry) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	if l.missed > 0 {
		gap := Entry{What: "audit", Outcome: Failed, Text: fmt.Sprintf("%d entries are missing here, the first because %s", l.missed, l.why)}
		if err := l.write(gap); err != nil {
			l.missed++
			return 0, err
		}
		l.missed = 0
	}
	if err := l.write(e); err != nil {
		l.missed, l.why = 1, fmt.Sprintf("at %s: %v", l.now().UTC().Format(time.RFC3339), err)
		return 0, err
	}
	return l.head.Seq, nil
}

// write writes one entry behind the last.
func (l *Log) write(e Entry) error {
	e.Seq, e.Prev, e.At = l.head.Seq+1, l.head.Hash, l.now().UTC()
	e.clip()
	line := e.line()
	_, err := l.f.WriteAt(line, l.size)
	if errors.Is(err, unix.ENOSPC) && l.f.Truncate(l.size) == nil {
		return fmt.Errorf("audit log: %w: make room", err)
	}
	if err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		l.err = fmt.Errorf("audit log: %w: mend what it says and restart the router", err)
		return l.err
	}
	l.head, l.size = Head{e.Seq, e.Hash}, l.size+int64(len(line))
	return nil
}

// Head gives the end of the log, for somebody else to keep.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close closes the file; nothing can be appended any more.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = errors.New("audit log: it is closed")
	}
	return l.f.Close()
}

// tornError says that the last line has no newline.
type tornError struct{ tail []byte }

func (e *tornError) Error() string {
	return fmt.Sprintf("the last %d bytes are no whole line: the log was cut, or is being written", len(e.tail))
}

// read checks every line, gives each to f where there is one, and says where it ends; good is how many bytes are sound.
func read(r io.Reader, f func(*Entry)) (head Head, good int64, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return head, good, nil
		case errors.Is(err, io.EOF):
			return head, good, &tornError{line}
		case err != nil:
			return head, good, fmt.Errorf("line %d: %w", head.Seq+1, err)
		}
		e, err := parse(line, head)
		if err != nil {
			return head, good, fmt.Errorf("line %d: %w", head.Seq+1, err)
		}
		head, good = Head{e.Seq, e.Hash}, good+int64(len(line))
		if f != nil {
			f(e)
		}
	}
}

// readLine reads up to and with the next newline; what is longer than a line can be is an error.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > lineMax:
			return nil, fmt.Errorf("it has more than %d bytes", lineMax)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		default:
			return line, err
		}
	}
}
