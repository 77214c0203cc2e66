package audit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// noon is a clock that goes on by a second a look.
func noon() func() time.Time {
	at := time.Date(2026, 3, 2, 12, 0, 0, 123_456_789, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

// write makes a log with a few entries of every kind of content and gives its bytes and its head.
func write(t *testing.T, path string) ([]byte, Head) {
	t.Helper()
	l, err := Open(path, noon())
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range []Entry{
		{What: "login", Actor: "ann", Roles: []string{"trader", "risk"}, Via: "page", From: "10.0.0.1", Outcome: Done},
		{What: "halt", Actor: "ann", Of: "venue LITX", Reason: "rejects <everything> & \"more\"", Outcome: Begun, Request: "0123456789abcdef"},
		{What: "halt", Actor: "ann", Of: "venue LITX", Before: "0 halts", After: "1 halt", Outcome: Done, Text: "halted\n\x00\xff line\u2028"},
		{What: "resume", Actor: "ann", Second: "bob", Outcome: Refused},
	} {
		seq, err := l.Append(e)
		if err != nil || seq != uint64(i+1) {
			t.Fatalf("entry %d got number %d, %v", i+1, seq, err)
		}
	}
	head := l.Head()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, head
}

// TestEveryByte flips every byte of a log in every bit, takes each away, and puts one in at every place: all of it is
// found (SEC-05).
func TestEveryByte(t *testing.T) {
	b, head := write(t, filepath.Join(t.TempDir(), FileName))
	if got, err := Verify(bytes.NewReader(b), head.Hash, nil); err != nil || got != head {
		t.Fatalf("as it is: %+v, %v; want %+v", got, err, head)
	}
	for i := range b {
		for bit := range 8 {
			x := bytes.Clone(b)
			x[i] ^= 1 << bit
			if _, err := Verify(bytes.NewReader(x), "", nil); err == nil {
				t.Fatalf("byte %d (%q) as %q is not found", i, b[i], x[i])
			}
		}
		if _, err := Verify(bytes.NewReader(append(bytes.Clone(b[:i]), b[i+1:]...)), "", nil); err == nil {
			t.Fatalf("byte %d (%q) may be missing", i, b[i])
		}
		for _, more := range []byte(" 0\n") {
			if _, err := Verify(bytes.NewReader(append(append(bytes.Clone(b[:i]), more), b[i:]...)), "", nil); err == nil {
				t.Fatalf("%q may be put in at %d", more, i)
			}
		}
	}
}

// TestLines: lines that are lost in the middle, swapped or doubled are found by themselves; lines cut off the end, and a
// whole log made anew, by a head that somebody else kept.
func TestLines(t *testing.T) {
	b, head := write(t, filepath.Join(t.TempDir(), FileName))
	lines := bytes.SplitAfter(b, []byte("\n"))
	lines = lines[:len(lines)-1]
	join := func(pick ...int) []byte {
		var out []byte
		for _, i := range pick {
			out = append(out, lines[i]...)
		}
		return out
	}
	for name, log := range map[string][]byte{"lost": join(0, 2, 3), "first lost": join(1, 2, 3), "swapped": join(0, 2, 1, 3), "doubled": join(0, 1, 1, 2, 3)} {
		if _, err := Verify(bytes.NewReader(log), "", nil); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	cut := join(0, 1, 2)
	if _, err := Verify(bytes.NewReader(cut), "", nil); err != nil {
		t.Errorf("what is left of a cut log is sound: %v", err)
	}
	if _, err := Verify(bytes.NewReader(cut), head.Hash, nil); err == nil {
		t.Error("a cut is not found against the head")
	}
	other, _ := write(t, filepath.Join(t.TempDir(), FileName)) // the same entries at the same times are the same log
	if !bytes.Equal(other, b) {
		t.Error("a log is not a function of its entries and times")
	}
	path := filepath.Join(t.TempDir(), FileName)
	l, err := Open(path, noon())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(Entry{What: "login", Outcome: Done}); err != nil {
		t.Fatal(err)
	}
	forged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(bytes.NewReader(forged), head.Hash, nil); err == nil {
		t.Error("a log made anew is not found against the head")
	}
}

// TestOpen: a log goes on where it was, after a crash too, and one that was changed is kept aside.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	b, head := write(t, path)
	l, err := Open(path, noon())
	if err != nil || l.Head() != head {
		t.Fatalf("opened at %+v, %v; want %+v", l.Head(), err, head)
	}
	if _, err := Open(path, noon()); err == nil {
		t.Error("two writers")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(Entry{What: "late"}); err == nil {
		t.Error("a closed log takes an entry")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	torn := `{"seq":5,"at":"2026-03-`
	if err := os.WriteFile(path, append(bytes.Clone(b), torn...), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err = Open(path, noon()); err != nil || l.Head().Seq != 5 {
		t.Fatalf("after a crash in a line: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	mended, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(mended, b) || !bytes.Contains(mended, []byte(`2026-03-"`)) {
		t.Errorf("after a crash the log is %q, %v; want what it was, and what was torn off", mended, err)
	}
	if _, err := Verify(bytes.NewReader(mended), head.Hash, nil); err != nil {
		t.Error(err)
	}

	changed := bytes.Replace(b, []byte("LITX"), []byte("LITY"), 1)
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err = Open(path, noon())
	var damaged *Damaged
	if !errors.As(err, &damaged) || l == nil || l.Head().Seq != 1 {
		t.Fatalf("a changed log: %v, %v", l, err)
	}
	defer l.Close()
	if kept, err := os.ReadFile(damaged.Path); err != nil || !bytes.Equal(kept, changed) {
		t.Errorf("the changed log is not kept: %v", err)
	}
}

// TestClip: no text is too long or too strange for an entry.
func TestClip(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	l, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(Entry{What: "x", Reason: strings.Repeat("é", textMax), Text: "\xff\xfe", Actor: strings.Repeat("\x01", 2*textMax)}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Verify(f, l.Head().Hash, func(e *Entry) {
		if len(e.Reason) != textMax || e.Text != "\uFFFD" && e.Text != "\uFFFD\uFFFD" {
			t.Errorf("kept %d bytes and %q", len(e.Reason), e.Text)
		}
	}); err != nil {
		t.Error(err)
	}
}

// FuzzVerify: whatever the bytes, reading ends, and what is sound is exactly what a log writes.
func FuzzVerify(f *testing.F) {
	path := filepath.Join(f.TempDir(), FileName)
	l, err := Open(path, noon())
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range []Entry{{What: "login", Actor: "ann", Outcome: Done}, {What: "halt", Reason: "é\u2028", Outcome: Begun}} {
		if _, err := l.Append(e); err != nil {
			f.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err := errors.Join(err, l.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		_, err := Verify(bytes.NewReader(b), "", func(e *Entry) { again = append(again, e.line()...) })
		if err == nil && !bytes.Equal(again, b) {
			t.Errorf("sound, but written as %q: %q", again, b)
		}
	})
}

// fullDisk writes half of what it is given while it is full.
type fullDisk struct {
	disk
	full bool
	sync error
}

func (f *fullDisk) WriteAt(b []byte, at int64) (int, error) {
	if !f.full {
		return f.disk.WriteAt(b, at)
	}
	n, _ := f.disk.WriteAt(b[:len(b)/2], at)
	return n, &os.PathError{Op: "write", Path: "audit.log", Err: unix.ENOSPC}
}

func (f *fullDisk) Sync() error { return errors.Join(f.sync, f.disk.Sync()) }

// TestNoRoom: a log on a full disk takes nothing and says so, goes on once there is room, says how many entries are missing, and is
// sound (SEC-05).
func TestNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	l, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &fullDisk{disk: l.f}
	l.f = d
	add := func(what string) error {
		_, err := l.Append(Entry{What: what, Outcome: Done})
		return err
	}
	if err := add("login"); err != nil {
		t.Fatal(err)
	}
	d.full = true
	for range 2 {
		if err := add("halt"); err == nil || !strings.HasSuffix(err.Error(), "no space left on device: make room") {
			t.Errorf("on a full disk: %v", err)
		}
	}
	d.full = false
	if err := add("resume"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	var got []string
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, _, err := read(f, func(e *Entry) { got = append(got, e.What+" "+e.Text) }); err != nil {
		t.Error(err)
	}
	if len(got) != 3 || !strings.HasPrefix(got[1], "audit 2 entries are missing here, the first because at ") || !strings.Contains(got[1], "no space left") {
		t.Errorf("the log has %q", got)
	}
	d.sync = errors.New("input/output error")
	for range 2 {
		if err := add("halt"); err == nil || !strings.Contains(err.Error(), "restart the router") {
			t.Errorf("on a broken disk: %v", err)
		}
		d.sync = nil
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
