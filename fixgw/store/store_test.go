package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quickfixgo/quickfix"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/journal"
)

const kind = 9

var session = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: "CLIENT"}

// memory is a Log in memory. A crash keeps a prefix that holds what was synced.
type memory struct {
	mu      sync.Mutex
	records [][]byte
	synced  int
	syncs   int
}

func (l *memory) Append(k uint16, version uint8, p []byte) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k != kind || version != Version {
		return 0, fmt.Errorf("type %d version %d", k, version)
	}
	l.records = append(l.records, bytes.Clone(p))
	return uint64(len(l.records)), nil
}

func (l *memory) At(seq uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq == 0 || seq > uint64(len(l.records)) || l.records[seq-1] == nil {
		return nil, fmt.Errorf("record %d: %w", seq, journal.ErrGone)
	}
	return l.records[seq-1], nil
}

func (l *memory) Sync(seq uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.synced = max(l.synced, int(seq))
	l.syncs++
	return nil
}

// recovered opens a factory on what the log holds.
func recovered(t testing.TB, l *memory, cfg Config) *Factory {
	t.Helper()
	cfg.Log, cfg.Kind = l, kind
	f := NewFactory(cfg)
	for i, r := range l.records {
		if err := f.Recover(uint64(i+1), Version, r); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func open(t testing.TB, f *Factory) *Store {
	t.Helper()
	s, err := f.Create(session)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Store)
}

func reports(quickfix.SessionID) bool { return true }

// report builds a frame with number num.
func report(num int) []byte {
	f := newFiller(session)
	f.tail = "\x0149=SLUICE\x0152=20260102-10:00:00\x0156=CLIENT\x0137=o\x01"
	return bytes.Replace(f.message(num), []byte("35=0"), []byte("35=8"), 1)
}

// valid gives report the right CheckSum.
func valid(num int) []byte {
	b := report(num)
	sum := byte(0)
	for _, c := range b[:len(b)-7] {
		sum += c
	}
	return append(b[:len(b)-4], '0'+sum/100, '0'+sum/10%10, '0'+sum%10, 1)
}

func send(t testing.TB, s *Store, num int, msg []byte) {
	t.Helper()
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(num, msg); err != nil {
		t.Fatal(err)
	}
}

func TestNumbersStartAtOneAndAdvance(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{}))
	if s.NextSenderMsgSeqNum() != 1 || s.NextTargetMsgSeqNum() != 1 || s.CreationTime().IsZero() {
		t.Fatalf("new store: %d, %d, %v", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
	}
	before := len(l.records)
	for num := 1; num <= 5; num++ {
		send(t, s, num, report(num))
		if err := s.IncrNextTargetMsgSeqNum(); err != nil {
			t.Fatal(err)
		}
	}
	if s.NextSenderMsgSeqNum() != 6 || s.NextTargetMsgSeqNum() != 6 {
		t.Errorf("got %d, %d, want 6, 6", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum())
	}
	if got := len(l.records) - before; got != 6 {
		t.Errorf("%d records, want 5 inbound numbers and 1 block (STO-04)", got)
	}
	again := open(t, recovered(t, l, Config{}))
	if again.NextTargetMsgSeqNum() != 6 || !again.CreationTime().Equal(s.CreationTime()) {
		t.Errorf("recovered: target %d, created %v", again.NextTargetMsgSeqNum(), again.CreationTime())
	}
}

// STO-04: after an unclean stop the session goes on at the block's end, after a
// clean one at the exact number; again and again.
func TestBlocks(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{Block: 100}))
	send(t, s, 1, nil)
	s = open(t, recovered(t, l, Config{Block: 100}))
	if got := s.NextSenderMsgSeqNum(); got != 101 {
		t.Fatalf("after a crash: next %d, want 101", got)
	}
	send(t, s, 101, nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f := recovered(t, l, Config{Block: 100})
	s = open(t, f)
	if got := s.NextSenderMsgSeqNum(); got != 102 {
		t.Fatalf("after a clean stop: next %d, want 102", got)
	}
	send(t, s, 102, nil)
	s = open(t, recovered(t, l, Config{Block: 100}))
	if got := s.NextSenderMsgSeqNum(); got != 202 {
		t.Errorf("after a clean stop, a send and a crash: next %d, want 202", got)
	}
}

// A property over sends, clean stops, crashes at any synced prefix, resets and
// numbers set by hand: no number is given out twice unless it was asked for.
func TestNoNumberTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := new(memory)
		cfg := Config{Block: rapid.IntRange(1, 8).Draw(t, "block"), Reports: reports, Log: l, Kind: kind}
		used := map[int]bool{}
		restart := func() *Store {
			f := NewFactory(cfg)
			for i, r := range l.records {
				if err := f.Recover(uint64(i+1), Version, r); err != nil {
					t.Fatal(err)
				}
			}
			s, err := f.Create(session)
			if err != nil {
				t.Fatal(err)
			}
			return s.(*Store)
		}
		s := restart()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"send", "send", "send", "send", "crash", "close", "reset", "set"}).Draw(t, "step") {
			case "send":
				num := s.NextSenderMsgSeqNum()
				if used[num] {
					t.Fatalf("number %d given out twice", num)
				}
				used[num] = true
				if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(num, valid(num)); err != nil {
					t.Fatal(err)
				}
			case "crash":
				keep := rapid.IntRange(l.synced, len(l.records)).Draw(t, "keep")
				l.records = l.records[:keep]
				s = restart()
			case "close":
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				l.synced = len(l.records)
				s = restart()
			case "reset":
				if err := s.Reset(); err != nil {
					t.Fatal(err)
				}
				clear(used)
			case "set":
				next := s.NextSenderMsgSeqNum() + rapid.IntRange(0, 20).Draw(t, "jump")
				if err := s.SetNextSenderMsgSeqNum(next); err != nil {
					t.Fatal(err)
				}
				l.synced = len(l.records)
			}
		}
	})
}

// numbers lists what IterateMessages yields as "number type".
func numbers(t testing.TB, s *Store, begin, end int) (got []string) {
	t.Helper()
	err := s.IterateMessages(begin, end, func(b []byte) error {
		f, n, v := new(wire.Scanner).Scan(b)
		if v != nil || n != len(b) {
			t.Fatalf("yielded %q: %v", b, v)
		}
		got = append(got, fmt.Sprintf("%d %s", f.SeqNum, f.Type))
		m := quickfix.NewMessage()
		if err := quickfix.ParseMessage(m, bytes.NewBuffer(b)); err != nil {
			t.Fatalf("the stock parser refuses %q: %v", b, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// STO-03, QF-10: one message for every number asked, holes at the end included.
func TestIterateYieldsEveryNumber(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{Reports: reports}))
	send(t, s, 1, newFiller(session).message(1)) // a session message
	send(t, s, 2, valid(2))
	send(t, s, 3, newFiller(session).message(3))
	send(t, s, 4, valid(4))
	if err := s.SetNextSenderMsgSeqNum(8); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 0", "2 8", "3 0", "4 8", "5 0", "6 0", "7 0"}
	if diff := cmp.Diff(want, numbers(t, s, 1, 7)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[2:4], numbers(t, s, 3, 4)); diff != "" {
		t.Error(diff)
	}
	if got := numbers(t, s, 5, 4); got != nil {
		t.Errorf("an empty range yields %v", got)
	}
	again := open(t, recovered(t, l, Config{Reports: reports}))
	if diff := cmp.Diff(want, numbers(t, again, 1, 7)); diff != "" {
		t.Errorf("after recovery: %s", diff)
	}
	all, err := s.GetMessages(2, 2)
	if err != nil || len(all) != 1 || !bytes.Equal(all[0], valid(2)) {
		t.Errorf("GetMessages: %q, %v", all, err)
	}
}

// A session without reports stores no bodies: orders are never replayed.
func TestOrdersAreNotStored(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{}))
	send(t, s, 1, valid(1))
	if diff := cmp.Diff([]string{"1 0"}, numbers(t, s, 1, 1)); diff != "" {
		t.Error(diff)
	}
	for _, r := range l.records {
		if bytes.Contains(r, []byte("35=")) {
			t.Error("a body is in the log")
		}
	}
}

// Of a long hole only the ends are yielded; the peer sees the same gap fill.
func TestLongHoles(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{Reports: reports}))
	send(t, s, 1, valid(1))
	if err := s.SetNextSenderMsgSeqNum(5_000_000); err != nil {
		t.Fatal(err)
	}
	send(t, s, 5_000_000, valid(5_000_000))
	want := []string{"1 8", "2 0", "4999999 0", "5000000 8"}
	if diff := cmp.Diff(want, numbers(t, s, 1, 5_000_000)); diff != "" {
		t.Error(diff)
	}
}

// QF-10: a stored report that cannot be read back is gap-filled and told.
func TestDamagedBodyIsFilled(t *testing.T) {
	l := new(memory)
	var lost []int
	cfg := Config{Reports: reports, Lost: func(_ quickfix.SessionID, num int, _ error) { lost = append(lost, num) }}
	s := open(t, recovered(t, l, cfg))
	send(t, s, 1, valid(1))
	send(t, s, 2, valid(2))
	send(t, s, 3, report(3)) // its CheckSum is wrong
	for i, r := range l.records {
		if bytes.Contains(r, valid(1)) {
			l.records[i] = nil // its segment was archived
		}
	}
	if diff := cmp.Diff([]string{"1 0", "2 8", "3 0"}, numbers(t, s, 1, 3)); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(lost, []int{1, 3}) {
		t.Errorf("lost %v, want [1 3]", lost)
	}
}

func TestResetForgets(t *testing.T) {
	l := new(memory)
	now := time.Unix(1000, 0)
	cfg := Config{Reports: reports, Now: func() time.Time { now = now.Add(time.Hour); return now }}
	s := open(t, recovered(t, l, cfg))
	created := s.CreationTime()
	send(t, s, 1, valid(1))
	if err := s.SetNextTargetMsgSeqNum(50); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Store{"live": s, "recovered": open(t, recovered(t, l, cfg))} {
		if s.NextSenderMsgSeqNum() != 1 || s.NextTargetMsgSeqNum() != 1 || !s.CreationTime().After(created) {
			t.Errorf("%s: %d, %d, %v", name, s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
		}
		if diff := cmp.Diff([]string{"1 0"}, numbers(t, s, 1, 1)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if l.synced != len(l.records) && l.synced < len(l.records)-1 {
		t.Errorf("the reset is not durable: %d of %d", l.synced, len(l.records))
	}
}

func TestNumbersOutOfRange(t *testing.T) {
	s := open(t, recovered(t, new(memory), Config{}))
	for _, n := range []int{0, -1, numberMax + 1} {
		if s.SetNextSenderMsgSeqNum(n) == nil || s.SetNextTargetMsgSeqNum(n) == nil {
			t.Errorf("number %d was taken", n)
		}
	}
	if err := s.SetNextSenderMsgSeqNum(numberMax); err != nil {
		t.Fatal(err)
	}
	if s.IncrNextSenderMsgSeqNum() == nil {
		t.Error("the last number was passed")
	}
}

func TestRecoverRefuses(t *testing.T) {
	f := NewFactory(Config{Log: new(memory), Kind: kind})
	good := appendRecord(nil, &record{session: "s", op: opTarget, value: 2})
	for name, r := range map[string][]byte{
		"empty":    {},
		"cut":      good[:len(good)-1],
		"op":       appendRecord(nil, &record{session: "s", op: 99, value: 2}),
		"number":   appendRecord(nil, &record{session: "s", op: opTarget}),
		"huge":     appendRecord(nil, &record{session: "s", op: opSender, value: 1 << 40}),
		"no name":  appendRecord(nil, &record{op: opTarget, value: 2}),
		"newer":    append(bytes.Clone(good), 0x38, 1),
		"bad type": {0x0d, 0, 0, 0, 0},
	} {
		if err := f.Recover(1, Version, r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := f.Recover(1, Version+1, good); err == nil {
		t.Error("a newer version was taken")
	}
	f.Seal()
	if err := f.Recover(1, Version, good); !errors.Is(err, errSealed) {
		t.Errorf("after Seal: %v", err)
	}
}

// The store on a real journal, unclean stop included (TEST-44).
func TestOnJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	start := func() (*journal.Journal, *Store) {
		j, _, err := journal.Open(journal.Config{Dir: dir, Router: "test", SegmentBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		f := NewFactory(Config{Log: OnJournal(j), Kind: kind, Reports: reports})
		r, err := journal.OpenReader(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for {
			rec, err := r.Next(t.Context())
			if err != nil {
				break
			}
			if err := f.Recover(rec.Seq, rec.Version, rec.Payload); err != nil {
				t.Fatal(err)
			}
		}
		return j, open(t, f)
	}
	j, s := start()
	for num := 1; num <= 3; num++ {
		send(t, s, num, valid(num))
	}
	if diff := cmp.Diff([]string{"1 8", "2 8", "3 8"}, numbers(t, s, 1, 3)); diff != "" {
		t.Error(diff)
	}
	if err := j.Close(); err != nil { // the store was not closed
		t.Fatal(err)
	}
	j, s = start()
	defer j.Close()
	if got := s.NextSenderMsgSeqNum(); got != 1001 {
		t.Errorf("next %d, want 1001", got)
	}
	if diff := cmp.Diff([]string{"2 8", "3 8", "4 0"}, numbers(t, s, 2, 4)); diff != "" {
		t.Error(diff)
	}
}

// failedLog is a log whose disk has failed.
type failedLog struct{ *memory }

func (failedLog) Append(uint16, uint8, []byte) (uint64, error) { return 0, journal.ErrFailed }
func (failedLog) Sync(uint64) error                            { return journal.ErrFailed }

// JRN-05: on a log that has failed the inbound number goes on in memory, so that the connection stays for cancels; the
// outbound number goes to the end of what is reserved and no further, and the next start asks from the durable number.
func TestNumbersOnAFailedLog(t *testing.T) {
	l := new(memory)
	s := open(t, recovered(t, l, Config{Block: 10}))
	send(t, s, 1, nil)
	if err := s.IncrNextTargetMsgSeqNum(); err != nil {
		t.Fatal(err)
	}
	s.cfg.Log = failedLog{l}
	for range 3 {
		if err := s.IncrNextTargetMsgSeqNum(); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.NextTargetMsgSeqNum(); got != 5 {
		t.Errorf("next inbound number %d, want 5", got)
	}
	last := 1
	for num := 2; num < 100 && s.SaveMessageAndIncrNextSenderMsgSeqNum(num, nil) == nil; num++ {
		last = num
	}
	again := open(t, recovered(t, l, Config{Block: 10}))
	if next := again.NextSenderMsgSeqNum(); again.NextTargetMsgSeqNum() != 2 || last != next-1 {
		t.Errorf("the last number sent was %d; after a start the next are %d out, %d in", last, next, again.NextTargetMsgSeqNum())
	}
}

// FuzzRecord: whatever decodes encodes to the same record, and nothing panics.
func FuzzRecord(f *testing.F) {
	for _, r := range []record{
		{session: "FIX.4.4:A->B", op: opTarget, value: 5}, {session: "s", op: opReport, value: 7, body: []byte("8=FIX")},
		{session: "s", op: opReset, created: -5}, {session: "s", op: opReserve, value: 1001},
	} {
		f.Add(appendRecord(nil, &r))
	}
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			return
		}
		again, err := decodeRecord(appendRecord(nil, &r))
		if err != nil {
			t.Fatalf("%+v does not decode again: %v", r, err)
		}
		if diff := cmp.Diff(r, again, cmp.AllowUnexported(record{})); diff != "" && len(r.body) > 0 {
			t.Fatal(diff)
		}
		newState(time.Time{}).apply(1, &r)
	})
}

func BenchmarkSave(b *testing.B) {
	s := open(b, recovered(b, new(memory), Config{Reports: reports}))
	msg := valid(1)
	b.ReportAllocs()
	num := 1
	for b.Loop() {
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(num, msg); err != nil {
			b.Fatal(err)
		}
		num++
	}
}

// JRN-14: 10 of a million messages, read back.
func BenchmarkResendTen(b *testing.B) {
	s := open(b, recovered(b, new(memory), Config{Reports: reports}))
	for num := 1; num <= 1_000_000; num++ {
		send(b, s, num, valid(num))
	}
	b.ResetTimer()
	for b.Loop() {
		if err := s.IterateMessages(999_990, 999_999, func([]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLastReport: where a session's reports end, over a crash; one whose record is archived is none (JRN-08).
func TestLastReport(t *testing.T) {
	l := &memory{}
	s := open(t, recovered(t, l, Config{Reports: reports}))
	sent := string(valid(1))
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(1, []byte(sent)); err != nil {
		t.Fatal(err)
	}
	again := recovered(t, l, Config{Reports: reports})
	if got, err := again.LastReport(session); err != nil || string(got) != sent {
		t.Fatalf("the last report is %q, %v; want %q", got, err, sent)
	}
	for i := range l.records {
		l.records[i] = nil
	}
	if got, err := again.LastReport(session); err != nil || got != nil {
		t.Errorf("of an archived report %q, %v; want none", got, err)
	}
}
