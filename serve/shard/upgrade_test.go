package shard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/router"
)

// otherBuild makes every snapshot of a directory one whose engine has another version, whole in all else: what a build
// before or after this one leaves at its clean stop.
func otherBuild(t *testing.T, dir string) {
	t.Helper()
	for _, at := range snapshotFiles(t, dir) {
		_, state, err := journal.LoadSnapshot(at.Path)
		if err != nil {
			t.Fatal(err)
		}
		st, err := readState(state)
		if err != nil {
			t.Fatal(err)
		}
		st.engine[0]++
		file, err := os.ReadFile(at.Path)
		if err != nil {
			t.Fatal(err)
		}
		header := file[:len(file)-len(state)]
		body := append(bytes.Clone(header[:48]), st.bytes()...)
		sum := sha256.Sum256(body)
		if err := os.WriteFile(at.Path, append(append(bytes.Clone(header[:48]), sum[:]...), body[48:]...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, b, err := journal.LoadSnapshot(at.Path); err != nil || !errors.Is(readable(b), router.ErrSnapshotVersion) {
			t.Fatalf("the snapshot that was made is %v, %v; want a whole one of another version", err, readable(b))
		}
	}
}

func readable(b []byte) error {
	_, _, err := replayerOf(b)
	return err
}

// TestUpgradeReplaysTheJournal: a build that does not read the snapshots of the one before, but decides as it did, replays the
// journal from its beginning and leaves snapshots of its own; `sluice replay --verify` of the journal holds too.
func TestUpgradeReplaysTheJournal(t *testing.T) {
	dir := t.TempDir()
	filled(t, snapConfig(dir, nil, nil), 0, 20)
	otherBuild(t, dir)
	if sum, err := Summarise(context.Background(), dir, true); err != nil || !sum.Identical || sum.Snapshots != 0 {
		t.Errorf("replay --verify with the new build: %+v, %v", sum, err)
	}
	found := filled(t, snapConfig(dir, nil, nil), 100, 5)
	if found.Refused == 0 || !errors.Is(found.refused, router.ErrSnapshotVersion) || found.Snapshot.Seq != 0 || found.Replayed.Events == 0 {
		t.Errorf("the first start found %+v; want every snapshot refused and all of the journal replayed", found)
	}
	if found = filled(t, snapConfig(dir, nil, nil), 200, 5); found.Refused != 0 || found.Snapshot.Seq == 0 || found.Replayed.Events != 0 {
		t.Errorf("the second start found %+v; want its own snapshot", found)
	}
}

// TestUpgradeThatDecidesOtherwise: a build that decides otherwise starts from the snapshot of a clean stop where it reads it.
// Where it does not, it refuses to start, writes nothing, and says what helps: no clean stop does. The build that wrote the
// journal goes on.
func TestUpgradeThatDecidesOtherwise(t *testing.T) {
	dir := decidedOtherwise(t)
	if found := started(t, copied(t, dir)); found.Snapshot.Seq == 0 {
		t.Errorf("with the snapshot of the clean stop the start found %+v", found)
	}
	last := lastRecord(t, dir)
	unread := copied(t, dir)
	otherBuild(t, unread)
	none := copied(t, dir)
	for _, at := range snapshotFiles(t, none) {
		if err := os.Remove(at.Path); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ dir, want, not string }{
		{unread, "no clean stop helps", "stop it cleanly"},
		{none, "stop it cleanly: if its snapshots have the version of this build's", "no clean stop helps"},
	} {
		_, _, err := Open(snapConfig(c.dir, nil, nil))
		if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.not) || !strings.Contains(err.Error(), "new journal_dir") {
			t.Errorf("got %v; want a refusal with %q", err, c.want)
		}
		if got := lastRecord(t, c.dir); got != last {
			t.Errorf("the refused start wrote records: the last is %d, it was %d", got, last)
		}
	}
	for _, at := range snapshotFiles(t, dir) { // the build that wrote them reads its own
		b, err := os.ReadFile(at.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(unread, filepath.Base(at.Path)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := started(t, unread); found.Snapshot.Seq == 0 {
		t.Errorf("after the refused start the build that wrote the journal found %+v", found)
	}
}

// decidedOtherwise is the journal of a run of which the first order to a venue has another size than this build gives it, with
// the snapshots of its clean stop.
func decidedOtherwise(t *testing.T) (dir string) {
	t.Helper()
	from := t.TempDir()
	filled(t, snapConfig(from, nil, nil), 0, 20)
	dir = t.TempDir()
	in, err := journal.OpenReader(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cfg := snapConfig(dir, nil, nil).Journal
	cfg.Router = engineConfig().Router
	var mono, wall atomic.Int64 // of the record that is written; the journal's own goroutine reads them too
	cfg.Now = func() (int64, int64) { return mono.Load(), wall.Load() }
	out, _, err := journal.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	for {
		rec, err := in.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		mono.Store(rec.Mono)
		wall.Store(rec.Wall)
		payload := rec.Payload
		if event.Kind(rec.Type) == event.KindSendChild && !changed {
			body, err := event.Decode(event.KindSendChild, payload)
			if err != nil {
				t.Fatal(err)
			}
			body.(*event.SendChild).Child.Qty += 100
			payload, changed = event.Append(nil, body), true
		}
		if _, err := out.Append(rec.Type, rec.Version, payload); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil || !changed {
		t.Fatal(err, changed)
	}
	for _, at := range snapshotFiles(t, from) {
		b, err := os.ReadFile(at.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(at.Path)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// started is a start and a stop.
func started(t *testing.T, dir string) *Found {
	t.Helper()
	s, found, err := Open(snapConfig(dir, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

func copied(t *testing.T, dir string) (to string) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "journal")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func lastRecord(t *testing.T, dir string) uint64 {
	t.Helper()
	in, err := journal.OpenReader(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	return in.Found().Last
}

// TestStateHashesOfOtherBuilds is INV-09 over an upgrade: a state hash is compared where this build writes a state's bytes as
// the one that journaled it did; one of other bytes says nothing.
func TestStateHashesOfOtherBuilds(t *testing.T) {
	var memory []byte
	own := stateHash(router.New(), &memory) // of no event, which is a multiple of any
	other, wrong := bytes.Clone(own), bytes.Clone(own)
	other[sha256.Size]++
	wrong[0]++
	for _, c := range []struct {
		name    string
		payload []byte
		want    error
		foreign uint64
	}{
		{"its own", own, nil, 0}, {"a wrong one", wrong, ErrDiverged, 0},
		{"of other bytes", other, nil, 1}, {"of a build that named no version", own[:sha256.Size], nil, 1},
	} {
		r := NewReplayer()
		r.waiting = []encoded{{event.KindStateHash, own, 1}}
		err := r.Feed(&journal.Record{Seq: 2, Type: journal.Type(event.KindStateHash), Version: event.Version, Payload: c.payload})
		if !errors.Is(err, c.want) || r.foreign != c.foreign || err == nil && r.Missing() != 0 {
			t.Errorf("%s: got %v, %d not compared, %d waiting", c.name, err, r.foreign, r.Missing())
		}
	}
}
