package shard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// holdReplay holds a shard that was just opened to what replaying all of its journal gives: the engine byte for byte
// (INV-09), the last gate, and the reports that no session took.
func holdReplay(t *testing.T, s *Shard) {
	t.Helper()
	end := s.journal.NextSeq() - 1
	if err := s.journal.Wait(context.Background(), end); err != nil {
		return // the disk is gone
	}
	r, gate := NewReplayer(), newLastGate(s.cfg.Engine.Venues)
	watch := newWatch()
	r.see = func(b event.Body) {
		gate.observe(b, true)
		watch.observe(b, r.Last)
	}
	in := s.journal.Read(0)
	defer in.Close()
	for at := uint64(0); at < end; {
		rec, err := in.Next(context.Background())
		if err != nil {
			return
		}
		at = rec.Seq
		if err := r.Feed(&rec); err != nil {
			t.Fatalf("the whole journal does not replay: %v", err)
		}
	}
	if !bytes.Equal(r.Engine.AppendSnapshot(nil), s.engine.AppendSnapshot(nil)) {
		t.Fatalf("INV-09: started at %d, the engine is not what the whole journal gives", s.snapshots.upto)
	}
	if !bytes.Equal(gate.gate.AppendSnapshot(nil), s.gate.gate.AppendSnapshot(nil)) {
		t.Fatal("the last gate is not what the whole journal gives")
	}
	if !bytes.Equal(watch.snapshot(), s.watch.snapshot()) {
		t.Fatal("the exposure monitor is not what the whole journal gives (RISK-15)")
	}
}

// snapConfig is a shard that takes a snapshot every few events.
func snapConfig(dir string, fs journal.FS, log *slog.Logger) Config {
	return Config{Engine: engineConfig(), Snapshots: Snapshots{Events: 20}, Log: log,
		Journal: journal.Config{Dir: dir, SegmentBytes: 1 << 20, Sync: journal.Fast, FS: fs}}
}

// filled runs n orders to their end and stops cleanly.
func filled(t *testing.T, cfg Config, from, n int) *Found {
	t.Helper()
	s, found, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	holdReplay(t, s)
	before, _, _ := s.engine.Count()
	x := run(t, s, from, n)
	await(t, "the orders", func() bool { return allEnded(s, before+n) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
	return found
}

func snapshotFiles(t *testing.T, dir string) []journal.Snapshot {
	t.Helper()
	all, err := journal.Snapshots(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSnapshotsAreTakenAndKept is JRN-07: snapshots come with the events and at the stop, the newest three stay, a start
// reads only what lies behind the newest, and the replay verifies them.
func TestSnapshotsAreTakenAndKept(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		found := filled(t, snapConfig(dir, nil, nil), 100*round, 20)
		if round > 0 && (found.Snapshot.Seq == 0 || found.Replayed.Events != 0 || found.Refused != 0) {
			t.Errorf("round %d found %+v; want a start from the snapshot of the stop", round, found)
		}
	}
	if all := snapshotFiles(t, dir); len(all) != 3 {
		t.Errorf("%d snapshots are kept; want 3", len(all))
	}
	sum, err := Summarise(context.Background(), dir, true)
	if err != nil || sum.Snapshots != 3 || !sum.Identical || sum.Parents != 80 {
		t.Errorf("replay --verify: %+v, %v; want 80 parents and 3 snapshots verified", sum, err)
	}
}

// TestDamagedSnapshot is TEST-25 and CRASH-08: a snapshot with any byte flipped, or cut anywhere, is never used; it is
// told, and the one before it with a longer tail, or all of the journal, gives the same state.
func TestDamagedSnapshot(t *testing.T) {
	dir := t.TempDir()
	filled(t, snapConfig(dir, nil, nil), 0, 5)
	filled(t, snapConfig(dir, nil, nil), 100, 5)
	all := snapshotFiles(t, dir)
	whole, err := os.ReadFile(all[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 1 + i/80 {
		for _, b := range [][]byte{whole[:i], flipped(whole, i)} {
			bad := filepath.Join(t.TempDir(), filepath.Base(all[0].Path))
			if err := os.WriteFile(bad, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var damage *journal.SnapshotError
			if _, _, err := journal.LoadSnapshot(bad); !errors.As(err, &damage) {
				t.Fatalf("byte %d: %v; want damage", i, err)
			}
		}
	}
	var log bytes.Buffer
	for i, at := range all {
		if err := os.WriteFile(at.Path, flipped(whole, 90+i), 0o600); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		found := filled(t, snapConfig(dir, nil, slog.New(slog.NewTextHandler(&log, nil))), 1000+100*i, 1)
		if found.Refused != 0 && !strings.Contains(log.String(), "a snapshot is not used") {
			t.Errorf("%d snapshots were passed over and nobody was told: %s", found.Refused, log.String())
		}
		for _, fresh := range snapshotFiles(t, dir) { // the stop left a good one
			if !slices.ContainsFunc(all, func(old journal.Snapshot) bool { return old.Path == fresh.Path }) {
				if err := os.Remove(fresh.Path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if found := filled(t, snapConfig(dir, nil, nil), 5000, 1); found.Refused == 0 || found.Snapshot.Seq != 0 || found.Replayed.Starts < 3 {
		t.Errorf("with every snapshot damaged the start found %+v; want all of the journal", found)
	}
}

func flipped(b []byte, i int) []byte {
	c := bytes.Clone(b)
	c[i] ^= 1 << (i % 8)
	return c
}

// TestUnknownSnapshotVersion: a snapshot of another build is refused by its version, not misread.
func TestUnknownSnapshotVersion(t *testing.T) {
	dir := t.TempDir()
	filled(t, snapConfig(dir, nil, nil), 0, 3)
	_, b, err := journal.LoadSnapshot(snapshotFiles(t, dir)[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	b[0]++
	if _, err := readState(b); !errors.Is(err, errStateVersion) {
		t.Errorf("version %d: %v", b[0], err)
	}
}

// TestStateComesBack: a snapshot's pending reports and intents come back as they were.
func TestStateComesBack(t *testing.T) {
	st := &state{configured: []byte("c"), starts: 2, last: 3, event: 4, command: 5, engine: []byte("e"), gate: []byte("g"), monitor: []byte("m"),
		intents: []encoded{{kind: event.KindSendChild, bytes: []byte("i")}}, reports: 9, sessions: 7, fix: []byte("f"),
		pending: []pendingReport{{"EMS", 8, ReportKey{"8", "E1"}, &event.ReportParent{Client: "EMS", ExecID: 1, Resend: true}},
			{"EMS", 9, ReportKey{"9", "C1"}, &event.RejectRequest{Client: "EMS", ClOrdID: "C1"}}}}
	b := st.bytes()
	again, err := readState(b)
	if err != nil || fmt.Sprintf("%+v", again.pending[0].body) != fmt.Sprintf("%+v", st.pending[0].body) || !bytes.Equal(again.bytes(), b) {
		t.Errorf("%+v comes back as %+v, %v", st, again, err)
	}
	if st.known() != 9 || st.from() != 5 {
		t.Errorf("it knows %d and goes on from %d; want 9 and 5", st.known(), st.from())
	}
	for cut := range b {
		if _, err := readState(b[:cut]); err == nil {
			t.Errorf("%d of %d bytes are taken for all", cut, len(b))
		}
	}
}

// TestSnapshotsWithoutRecords: a directory that lost its segments is no new one.
func TestSnapshotsWithoutRecords(t *testing.T) {
	dir := t.TempDir()
	filled(t, snapConfig(dir, nil, nil), 0, 3)
	segments, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("%v, %v", segments, err)
	}
	for _, path := range segments {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Open(snapConfig(dir, nil, nil)); err == nil || !strings.Contains(err.Error(), "restore its segments") {
		t.Errorf("%v; want a refusal with its remedy", err)
	}
}

// TestIntentsOnTheirWay: what waits to leave, and what is leaving, is in a snapshot as it is on record, also while the
// releaser changes which request a replace follows.
func TestIntentsOnTheirWay(t *testing.T) {
	q := newReleaseQueue()
	replace := &event.ReplaceChild{CancelChild: event.CancelChild{Child: 1, Request: 2, OrigClOrdID: "A"}}
	q.push(released{seq: 1, body: replace})
	q.push(released{seq: 2, body: &event.SendChild{ClOrdID: "B"}})
	q.push(released{seq: 3, body: &event.Raise{Code: "X"}})
	if _, ok := q.pop(); !ok {
		t.Fatal("nothing to pop")
	}
	replace.OrigClOrdID = "changed"
	got := q.intents()
	if len(got) != 2 || got[0].kind != event.KindReplaceChild || got[1].kind != event.KindSendChild {
		t.Fatalf("%d intents: %+v; want the replace and the order", len(got), got)
	}
	body, err := event.Decode(got[0].kind, got[0].bytes)
	if r, ok := body.(*event.ReplaceChild); !ok || r.OrigClOrdID != "A" {
		t.Errorf("%+v, %v; want the replace as it is on record", body, err)
	}
}

// damage flips a bit in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, flipped(b, len(b)/2), 0o600); err != nil {
		t.Fatal(err)
	}
}
