package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRestarts appends over several starts: epochs and seqs go on, nothing is lost (JRN-11).
func TestRestarts(t *testing.T) {
	dir := t.TempDir()
	mono, wall := int64(0), int64(1_000_000)
	cfg := Config{Dir: filepath.Join(dir, "a", "b"), Router: "r1", SegmentBytes: minSegmentBytes, Now: func() (int64, int64) { mono++; return mono, wall + mono }}
	for start := 1; start <= 4; start++ {
		j, rec, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if j.Epoch() != uint32(start) || rec.Epoch != uint32(start) || !rec.Clean || j.NextSeq() != rec.Last+1 || j.Durable() != rec.Last {
			t.Fatalf("start %d: epoch %d, next %d, durable %d, %+v", start, j.Epoch(), j.NextSeq(), j.Durable(), *rec)
		}
		if start == 3 { // a start that appends nothing leaves nothing behind
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		last := appendText(t, j, texts(1, 100)...)
		waitFor(t, j, last)
		rec1, err := j.At(last)
		if err != nil || rec1.Type != 7 || rec1.Version != 1 || rec1.Wall != rec1.Mono+wall {
			t.Errorf("last record %+v, %v", rec1, err)
		}
		if err := errors.Join(j.Close(), j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	got, rec, err := readAll(osFS{}, cfg.Dir)
	if err != nil || len(got) != 300 || rec.Last != 300 || rec.Epoch != 4 || rec.Segments < 6 {
		t.Fatalf("%d records, %+v, %v", len(got), rec, err)
	}
	if names, _ := (osFS{}).List(cfg.Dir); slices.Contains(names, spareName) {
		t.Errorf("the spare stays after Close: %v", names)
	}
	for _, name := range []string{".", "lock", segmentName(1)} { // every order is in there (SEC-12)
		if info, err := os.Stat(filepath.Join(cfg.Dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v: others may read it", name, info.Mode(), err)
		}
	}
	if size := diskSize(t, cfg.Dir); size > rec.Bytes+int64(rec.Segments)*(segmentHeader+400) {
		t.Errorf("%d bytes on disk for %d bytes of records", size, rec.Bytes)
	}
}

func diskSize(t *testing.T, dir string) (sum int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// TestSecondOpenIsRefused opens one directory twice: the error names the holder (JRN-11).
func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	j, _, err := Open(Config{Dir: dir, Router: "first", SegmentBytes: minSegmentBytes})
	if err != nil {
		t.Fatal(err)
	}
	commitText(t, j, "one")
	_, _, err = Open(Config{Dir: dir, Router: "second", SegmentBytes: minSegmentBytes})
	var locked *LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), fmt.Sprintf("router first, process %d", os.Getpid())) {
		t.Errorf("second open: %v", err)
	}
	if got, _, err := readAll(osFS{}, dir); err != nil || len(got) != 1 {
		t.Errorf("a log in use, read only: %q, %v", got, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _, err = Open(Config{Dir: dir, Router: "first", SegmentBytes: minSegmentBytes})
	if err != nil {
		t.Fatalf("open after close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestConcurrentAppend has producers append at once: seqs are dense, each returned seq holds its payload, and what
// a producer appended later comes later.
func TestConcurrentAppend(t *testing.T) {
	const producers, each = 16, 300
	d := newSimDisk()
	j, _ := simOpen(t, d)
	seqs := make([][]uint64, producers)
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			for i := range each {
				seq, err := j.Append(7, 1, fmt.Appendf(nil, "%d %d", p, i))
				if err == nil && i%7 == p%7 {
					err = j.Wait(context.Background(), seq)
				}
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				seqs[p] = append(seqs[p], seq)
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got, _, err := readAll(d, "/j")
	if err != nil || len(got) != producers*each {
		t.Fatalf("%d records, %v", len(got), err)
	}
	for p, own := range seqs {
		for i, seq := range own {
			if want := fmt.Sprintf("%d %d", p, i); got[seq-1] != want || i > 0 && seq <= own[i-1] {
				t.Fatalf("producer %d record %d: seq %d holds %q", p, i, seq, got[seq-1])
			}
		}
	}
}

// TestTailingReader follows a log through several segments while it is written.
func TestTailingReader(t *testing.T) {
	const n = 1000
	d := newSimDisk()
	j, _ := simOpen(t, d)
	var wg sync.WaitGroup
	for _, from := range []uint64{0, 1, 500} {
		wg.Go(func() {
			r := j.Read(from)
			defer r.Close()
			for seq := max(from, 1); ; seq++ {
				rec, err := r.Next(context.Background())
				if errors.Is(err, ErrClosed) && seq == n+1 {
					return
				}
				if want := fmt.Sprintf("text %d", seq); err != nil || rec.Seq != seq || string(rec.Payload) != want {
					t.Errorf("from %d: record %d = %d %q, %v", from, seq, rec.Seq, rec.Payload, err)
					return
				}
				if seq > j.Durable() {
					t.Errorf("record %d was read before it was durable", seq)
				}
			}
		})
	}
	for i, text := range texts(1, n) {
		seq := appendText(t, j, text)
		if i%5 == 0 {
			waitFor(t, j, seq)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if s := j.Stats().Segments; s < 5 {
		t.Errorf("%d segments, the test wants rolls", s)
	}
}

// TestRandomAccess compares At and Read with what was appended, for random sizes and places.
func TestRandomAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j, _, err := Open(simConfig(newSimDisk(), func(c *Config) {
			c.SegmentBytes = int64(rapid.IntRange(minSegmentBytes, 200<<10).Draw(t, "segment"))
			c.MaxBatchBytes = rapid.IntRange(1, 64<<10).Draw(t, "batch")
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		sizes := rapid.SliceOfN(rapid.IntRange(0, 3900), 1, 100).Draw(t, "sizes")
		var last uint64
		for i, size := range sizes {
			payload := make([]byte, size)
			for k := range payload {
				payload[k] = byte(i + k)
			}
			if last, err = j.AppendAt(Type(i+1), uint8(i), int64(i)*10, payload); err != nil {
				t.Fatal(err)
			}
			clear(payload) // Append has copied it
		}
		if err := j.Wait(context.Background(), last); err != nil {
			t.Fatal(err)
		}
		check := func(rec Record, err error, seq uint64) {
			i := int(seq - 1)
			ok := err == nil && rec.Seq == seq && rec.Type == Type(i+1) && rec.Version == uint8(i) && rec.Wall == int64(i)*10 && len(rec.Payload) == sizes[i]
			for k := 0; ok && k < len(rec.Payload); k++ {
				ok = rec.Payload[k] == byte(i+k)
			}
			if !ok {
				t.Fatalf("record %d: %+v, %v", seq, rec, err)
			}
		}
		for range 10 {
			seq := rapid.Uint64Range(1, last).Draw(t, "at")
			rec, err := j.At(seq)
			check(rec, err, seq)
		}
		r := j.Read(rapid.Uint64Range(1, last).Draw(t, "from"))
		defer r.Close()
		for r.next <= last {
			seq := r.next
			rec, err := r.Next(context.Background())
			check(rec, err, seq)
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	j, _ := simOpen(t, newSimDisk(), func(c *Config) {
		c.Known = func(typ Type, version uint8) bool { return typ < 10 && version == 1 }
	})
	room := minSegmentBytes - segmentHeader - markSize - recordHeader
	tests := []struct {
		typ     Type
		version uint8
		size    int
		want    string
	}{
		{0, 1, 0, "type 0 version 1 cannot be appended"},
		{10, 1, 0, "type 10 version 1 cannot be appended"},
		{9, 2, 0, "type 9 version 2 cannot be appended"},
		{9, 1, room + 1, fmt.Sprintf("a payload of %d bytes (type 9)", room+1)},
		{9, 1, MaxPayload + 1, "larger than a record may be"},
	}
	for _, test := range tests {
		if _, err := j.Append(test.typ, test.version, make([]byte, test.size)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("append type %d version %d, %d bytes: %v, want %q", test.typ, test.version, test.size, err, test.want)
		}
	}
	if seq, err := j.Append(9, 1, make([]byte, room)); seq != 1 || err != nil {
		t.Errorf("the largest payload: %d, %v", seq, err)
	}
	waitFor(t, j, 1)
}

// TestLargestRecord writes records of the largest size through real segments.
func TestLargestRecord(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d, func(c *Config) { c.SegmentBytes = 3 * MaxRecord })
	for range 5 {
		if _, err := j.Append(7, 1, make([]byte, MaxPayload)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got, rec, err := readAll(d, "/j")
	if err != nil || len(got) != 5 || len(got[4]) != MaxPayload || rec.Segments != 3 {
		t.Errorf("%d records, %+v, %v", len(got), rec, err)
	}
}

func TestWaitEnds(t *testing.T) {
	j, _ := simOpen(t, newSimDisk())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := j.Wait(ctx, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("wait with an ended context: %v", err)
	}
	r := j.Read(1)
	defer r.Close()
	if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("read with an ended context: %v", err)
	}
	early := make(chan error)
	go func() { early <- j.Wait(context.Background(), 2) }()
	commitText(t, j, "one", "two")
	if err := <-early; err != nil {
		t.Errorf("wait for a record of the future: %v", err)
	}
	if _, err := j.At(3); err == nil {
		t.Error("At gave a record of the future")
	}
	late := make(chan error)
	go func() { late <- j.Wait(context.Background(), 3) }()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-late; !errors.Is(err, ErrClosed) {
		t.Errorf("wait for a record that never came: %v", err)
	}
	if _, err := j.Append(7, 1, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if rec, err := j.At(2); err != nil || string(rec.Payload) != "two" {
		t.Errorf("At after close: %v, %v", rec, err)
	}
	if n := len(j.progress.waiters); n != 0 {
		t.Errorf("%d waiters left", n)
	}
}

// TestWaitSeesProgress makes a record durable between the two looks of Wait.
func TestWaitSeesProgress(t *testing.T) {
	var p progress
	var durable atomic.Uint64
	durable.Store(5)
	if w, err := p.add(5, &durable); w != nil || err != nil {
		t.Errorf("waits for a durable record: %v, %v", w, err)
	}
}

// TestSubscribe follows Durable by tokens alone.
func TestSubscribe(t *testing.T) {
	j, _ := simOpen(t, newSimDisk())
	tokens, stop := j.Subscribe()
	go func() {
		for _, text := range texts(1, 200) {
			if _, err := j.Append(7, 1, []byte(text)); err != nil {
				t.Error(err)
			}
		}
	}()
	for j.Durable() < 200 {
		<-tokens
	}
	stop()
	if len(j.progress.subs) != 0 {
		t.Error("the subscription stays")
	}
}

func TestOpenReaderOfOneSegment(t *testing.T) {
	d, want := twoSegments(t, false)
	got, rec, err := readAll(d, "/j/"+segmentName(1))
	if err != nil || !slices.Equal(got, want[:4]) || rec.First != 1 || rec.Last != 4 || !rec.Clean {
		t.Errorf("first segment: %q, %+v, %v", got, rec, err)
	}
	got, rec, err = readAll(d, "/j/"+segmentName(5))
	if err != nil || !slices.Equal(got, want[4:]) || rec.First != 5 || rec.Last != 9 || rec.Clean {
		t.Errorf("second segment: %q, %+v, %v", got, rec, err)
	}
	if _, err := OpenReader(t.TempDir(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := OpenReader(filepath.Join(t.TempDir(), segmentName(1)), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

// TestGone reads before the first record of a log whose old segments were deleted; the header says that they may
// be missing (JRN-08).
func TestGone(t *testing.T) {
	d, _ := twoSegments(t, true)
	f := d.names["/j/"+segmentName(5)]
	h, _, err := decodeHeader(f.data)
	if err != nil {
		t.Fatal(err)
	}
	h.oldest, h.bytes = 5, minSegmentBytes
	f.data = h.encode() // no record
	delete(d.names, "/j/"+segmentName(1))
	j, rec := simOpen(t, d)
	if rec.First != 0 || j.NextSeq() != 5 {
		t.Fatalf("%+v, next %d", *rec, j.NextSeq())
	}
	commitText(t, j, "five")
	if _, err := j.At(4); !errors.Is(err, ErrGone) {
		t.Errorf("At(4): %v", err)
	}
	r := j.Read(0)
	defer r.Close()
	if got, err := r.Next(context.Background()); err != nil || got.Seq != 5 {
		t.Errorf("first record: %v, %v", got, err)
	}
}

func TestConfigErrors(t *testing.T) {
	_, _, err := Open(Config{SegmentBytes: 100, MaxBatchBytes: -1, MaxDelay: -time.Second, Sync: 9})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"dir is empty", "router is empty", "segment bytes 100", "max batch bytes -1", "max delay -1s", "sync mode 9"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestStats(t *testing.T) {
	j, _ := simOpen(t, newSimDisk())
	commitText(t, j, texts(1, 10)...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	s := j.Stats()
	if s.Appended != 10 || s.Durable != 10 || s.Commits != 10 || s.Syncs != 10 || s.Segments != 1 || s.Bytes != uint64(j.tail.end-segmentHeader) || s.Commit.Count != 10 {
		t.Errorf("%+v", s)
	}
	if free, total, err := (osFS{}).Space(t.TempDir()); err != nil || free <= 0 || total < free {
		t.Errorf("space %d of %d, %v", free, total, err)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if q := h.Quantile(0.5); q != 0 {
		t.Errorf("empty: %v", q)
	}
	for ns := int64(-5); ns < 1<<45; ns = ns + ns/16 + 1 {
		b := bucketOf(max(ns, 0))
		if d := time.Duration(ns); d >= h.Bound(b) || b > 0 && d < h.Bound(b-1) {
			t.Fatalf("%d ns in bucket %d: %v to %v", ns, b, h.Bound(b-1), h.Bound(b))
		}
	}
	for i := range 1000 {
		h.observe(int64(i) * 1000)
	}
	before := h
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond, 1: 999 * time.Microsecond} {
		if got := h.Quantile(q); got < want || got > want*5/4 {
			t.Errorf("quantile %v is %v, want %v or up to 25 %% more", q, got, want)
		}
	}
	h.observe(int64(time.Second))
	if d := h.Since(before); d.Count != 1 || d.Sum != time.Second {
		t.Errorf("since: %+v", d)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	j, _, err := Open(Config{Dir: t.TempDir(), Router: "r1", SegmentBytes: 16 << 20, Sync: Fast})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	payload := make([]byte, 256)
	waitFor(t, j, appendText(t, j, texts(1, 1000)...))
	if n := testing.AllocsPerRun(5000, func() {
		if _, err := j.Append(7, 1, payload); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for an append, want 0", n)
	}
}
