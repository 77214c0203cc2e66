package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

const everAfter = 1 << 62 // every segment is old enough

func stateAt(seq uint64) []byte { return bytes.Repeat([]byte(fmt.Sprint("state ", seq, "; ")), 60) }

// keeper is one life of a journal that is snapshot and retired as it grows; it gives the last snapshot it was told is kept.
func keeper(d *simDisk, rounds int) (kept uint64) {
	j, _, err := Open(simConfig(d))
	if err != nil {
		return 0
	}
	defer j.Close()
	for range rounds {
		var seq uint64
		for range 20 {
			if seq, err = j.Append(7, 1, bytes.Repeat([]byte("r"), 100)); err != nil {
				return kept
			}
		}
		if _, err := j.SaveSnapshot(context.Background(), seq, seq-3, stateAt(seq)); err != nil {
			return kept
		}
		kept = seq
		if _, err := j.Retire(seq-3, everAfter, "/archive"); err != nil {
			return kept
		}
	}
	return kept
}

// checkKept opens what a crash left: the log is whole, a snapshot that was told to be kept is there or a newer one is, none
// is a wrong one, what is left continues it, and every segment that is gone is in the archive (CRASH-08, JRN-07, JRN-08).
func checkKept(t *testing.T, what string, d *simDisk, kept uint64) {
	t.Helper()
	j, rec, err := Open(simConfig(d))
	if err != nil {
		t.Fatalf("%s: open: %v", what, err)
	}
	defer j.Close()
	all, err := j.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	best := Snapshot{}
	for _, s := range all {
		got, state, err := j.LoadSnapshot(s)
		if err != nil || !bytes.Equal(state, stateAt(got.Seq)) {
			t.Fatalf("%s: snapshot %d: %v, or another state", what, s.Seq, err)
		}
		if best.Seq == 0 {
			best = got
		}
	}
	if best.Seq < kept || best.Seq > rec.Last {
		t.Fatalf("%s: the newest snapshot knows %d, %d was kept, the log ends at %d", what, best.Seq, kept, rec.Last)
	}
	if rec.First > 1 && best.From < rec.First {
		t.Fatalf("%s: the newest snapshot goes on from %d, the log begins at %d", what, best.From, rec.First)
	}
	for at := uint64(1); at < rec.First; {
		d.mu.Lock() // the journal preallocates beside us
		f := d.names[filepath.Join("/archive", segmentName(at))]
		d.mu.Unlock()
		if f == nil {
			t.Fatalf("%s: the log begins at %d, and the archive has no segment of record %d", what, rec.First, at)
		}
		sc := scanner{known: func(Type, uint8) bool { return true }}
		h, salt, err := decodeHeader(f.data)
		if err != nil {
			t.Fatal(err)
		}
		s := &segment{header: h, salt: salt, path: f.name}
		if _, err := sc.scan(f, s, true); err != nil || s.next == at {
			t.Fatalf("%s: the archived segment of record %d: %v", what, at, err)
		}
		at = s.next
	}
}

// TestEveryCrashPointOfSnapshotsAndRetirement stops the disk at each of its calls, by kill -9 and by loss of power, also
// when the start after it dies (TEST-20, TEST-22).
func TestEveryCrashPointOfSnapshotsAndRetirement(t *testing.T) {
	for at := 1; ; at++ {
		d := newSimDisk()
		d.offAfter = at
		kept := keeper(d, 6)
		what := fmt.Sprintf("killed at call %d", at)
		checkKept(t, what, d.killed(), kept)
		for seed := range uint64(3) {
			lost := d.powerLost(rand.New(rand.NewPCG(seed, uint64(at))))
			checkKept(t, what+", power lost", lost, kept)
			checkKept(t, what+", power lost, and again", lost.killed(), kept)
		}
		if !d.off {
			if all, _ := d.List("/archive"); len(all) < 2 {
				t.Fatalf("a whole run archives %d segments", len(all))
			}
			return
		}
	}
}

// TestRetireKeepsWhatIsNeeded: nothing goes that a watermark, the retention or the proof of a newer header does not
// allow.
func TestRetireKeepsWhatIsNeeded(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	write := func() {
		for range 60 {
			commitText(t, j, string(bytes.Repeat([]byte("r"), 200)))
		}
	}
	write()
	retire := func(keep uint64, before int64) int {
		t.Helper()
		gone, err := j.Retire(keep, before, "")
		if err != nil {
			t.Fatal(err)
		}
		return len(gone)
	}
	segments := j.Stats().Segments
	if n := retire(j.NextSeq(), everAfter); n != 0 {
		t.Errorf("%d segments went before a newer header says that they may be missing", n)
	}
	write()
	if n := retire(1, everAfter); n != 0 {
		t.Errorf("%d segments went that a watermark needs", n)
	}
	if n := retire(j.NextSeq(), 0); n != 0 {
		t.Errorf("%d segments went before their time", n)
	}
	if n := retire(j.NextSeq(), everAfter); n != segments-1 {
		t.Errorf("%d segments went; want the %d that are proven", n, segments-1)
	}
	if _, err := j.At(1); !errors.Is(err, ErrGone) {
		t.Errorf("record 1: %v; want ErrGone", err)
	}
}

// TestArchiveThatFails: a segment whose copy cannot be made, or differs, stays.
func TestArchiveThatFails(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	for range 2 {
		for range 60 {
			commitText(t, j, string(bytes.Repeat([]byte("r"), 200)))
		}
		_, _ = j.Retire(j.NextSeq(), 0, "") // only notes
		j.oldest.Store(j.segs[len(j.segs)-1].first)
	}
	segments := j.Stats().Segments
	d.mu.Lock()
	d.fault = func(op, name string) error {
		if name == archiveTemp && op == "sync" {
			return errors.New("the archive is broken")
		}
		return nil
	}
	d.mu.Unlock()
	if _, err := j.Retire(j.NextSeq(), everAfter, "/archive"); err == nil || j.Stats().Segments != segments {
		t.Errorf("a broken archive: %v, %d segments of %d left", err, j.Stats().Segments, segments)
	}
	d.mu.Lock()
	d.fault = nil
	other := &simFile{disk: d, name: "x", data: []byte("another file")}
	d.names["/archive/"+segmentName(1)] = other
	d.mu.Unlock()
	if _, err := j.Retire(j.NextSeq(), everAfter, "/archive"); err == nil || j.Stats().Segments != segments {
		t.Errorf("another file in the archive: %v, %d segments of %d left", err, j.Stats().Segments, segments)
	}
}

// TestSnapshotThatFails: a snapshot that cannot be written, synced, read back or named leaves the log as it was, and the
// one before it.
func TestSnapshotThatFails(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	commitText(t, j, "one")
	if _, err := j.SaveSnapshot(context.Background(), 1, 1, stateAt(1)); err != nil {
		t.Fatal(err)
	}
	commitText(t, j, "two")
	for _, op := range []string{"create", "write", "sync", "rename"} {
		d.mu.Lock()
		d.fault = func(o, name string) error {
			if o == op && (name == snapshotTemp || name == snapshotName(2)) {
				return errors.New("the disk says no")
			}
			return nil
		}
		d.mu.Unlock()
		if _, err := j.SaveSnapshot(context.Background(), 2, 2, stateAt(2)); err == nil {
			t.Errorf("%s failed and the snapshot is kept", op)
		}
		if j.Err() != nil {
			t.Fatalf("%s of a snapshot failed the journal: %v", op, j.Err())
		}
		all, err := j.Snapshots()
		if err != nil || len(all) != 1 || all[0].Seq != 1 {
			t.Errorf("after a failed %s there are %v, %v; want the old one", op, all, err)
		}
	}
	d.mu.Lock()
	d.fault = nil
	d.mu.Unlock()
	for seq := uint64(2); seq < 7; seq++ {
		commitText(t, j, "more")
		if _, err := j.SaveSnapshot(context.Background(), seq, seq, stateAt(seq)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := j.Snapshots()
	if err != nil || len(all) != keepSnapshots || all[0].Seq != 6 {
		t.Errorf("%v, %v; want the newest three", all, err)
	}
}

// TestDamagedSnapshotFile flips every byte and cuts everywhere (TEST-25).
func TestDamagedSnapshotFile(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	commitText(t, j, "one")
	s, err := j.SaveSnapshot(context.Background(), 1, 1, stateAt(1))
	if err != nil {
		t.Fatal(err)
	}
	f := d.names[s.Path]
	whole := bytes.Clone(f.data)
	put := func(b []byte) {
		d.mu.Lock()
		f.data = b
		d.mu.Unlock()
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 1 << (i % 8)
		for _, b := range [][]byte{bad, whole[:i], append(bytes.Clone(whole), whole[:i+1]...)} {
			put(b)
			var damage *SnapshotError
			if _, _, err := j.LoadSnapshot(s); !errors.As(err, &damage) {
				t.Fatalf("byte %d of %d: %v; want a SnapshotError", i, len(whole), err)
			}
		}
	}
	put(whole)
	if _, state, err := j.LoadSnapshot(s); err != nil || !bytes.Equal(state, stateAt(1)) {
		t.Errorf("the whole file: %v", err)
	}
	other, _ := simOpen(t, d.killed(), func(c *Config) { c.Router = "r1" })
	if _, _, err := readSnapshot(other.cfg.FS, s.Path, routerHash("another")); err == nil {
		t.Error("another router's snapshot is taken")
	}
}

// TestReplenish: a spare that could not be made for want of room is made when there is room (JRN-10).
func TestReplenish(t *testing.T) {
	d := newSimDisk()
	d.free = minSegmentBytes + 100
	j, _ := simOpen(t, d)
	await := func(want bool) {
		t.Helper()
		s := <-j.spare // the try has ended
		j.spare <- s
		if j.Stats().Spare != want {
			t.Fatalf("a spare: %v, want %v (%v)", j.Stats().Spare, want, s.err)
		}
	}
	await(false)
	j.Replenish()
	await(false)
	d.mu.Lock()
	d.free = 1 << 20
	d.mu.Unlock()
	j.Replenish()
	await(true)
	j.Replenish() // changes nothing
	await(true)
}
