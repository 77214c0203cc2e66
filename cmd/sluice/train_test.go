package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train"
)

// Everything that is wrong with the flags is told at once.
func TestTrainFlags(t *testing.T) {
	_, _, err := ran(t, "train", "-c", "x.toml", "--family", "oracle", "--nightly", "25:99", "--waive", "luck", "--days", "-1", "--from", "yesterday")
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"oracle", "25:99", `"luck"`, "--reason", "--days", "yesterday"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestExampleTimer(t *testing.T) {
	out, _, err := ran(t, "train", "--example-timer", "-c", "/etc/sluice/desk.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[Timer]", "OnCalendar=", "train -c /etc/sluice/desk.toml", "30 22 * * 1-5"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// The night's time is the next at which a clock shows it, also over the change to summer time and on the minute itself.
func TestNextAt(t *testing.T) {
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now  time.Time
		want time.Time
	}{
		{time.Date(2026, 3, 7, 22, 30, 0, 0, york), time.Date(2026, 3, 8, 22, 30, 0, 0, york)},
		{time.Date(2026, 3, 7, 22, 29, 59, 0, york), time.Date(2026, 3, 7, 22, 30, 0, 0, york)},
		{time.Date(2026, 3, 8, 0, 0, 0, 0, york), time.Date(2026, 3, 8, 22, 30, 0, 0, york)}, // a day of 23 hours
	} {
		if got := nextAt(c.now, 22, 30); !got.Equal(c.want) {
			t.Errorf("after %v: %v, want %v", c.now, got, c.want)
		}
	}
}

// cutStore is a bench's store with a start and two training cuts.
func cutStore(t *testing.T, b *bench) *store.Store {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(strings.TrimPrefix(b.file.Router.StoreURL, "sqlite:")), 0o750); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), b.file.Router.StoreTarget())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	records := []store.Record{
		{Seq: 1, At: 10, Body: &event.Configured{Instance: 7, Epoch: 1, Config: []byte(`{"Venues":[{"Name":"LITA"}]}`)}},
		{Seq: 5, At: 20, Body: &event.RecordModel{At: 20, Model: "builtin", What: event.ModelCut, Epoch: 1, Serving: "builtin"}},
		{Seq: 9, At: 30, Body: &event.RecordModel{At: 30, Model: "builtin", What: event.ModelCut, Epoch: 2, Serving: "builtin"}},
	}
	if err := st.Apply(t.Context(), mainSource(7), records, 12); err != nil {
		t.Fatal(err)
	}
	return st
}

// SWP-01: without a router the last cut of the store counts, with --all everything, and an interrupted training keeps its set.
func TestTrainSet(t *testing.T) {
	b := newBench(t)
	st := cutStore(t, b)
	dir := t.TempDir()
	run := training{}
	s, err := run.set(t.Context(), b.file, st, dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Instance != 7 || s.Epoch != 2 || s.Seq != 9 || s.Upto[7] != 9 {
		t.Errorf("the last cut is %+v, want record 9 of journal 7, epoch 2", s)
	}
	again, err := run.set(t.Context(), b.file, st, dir)
	if err != nil || again.key(b.file) != s.key(b.file) || !again.Asked.Equal(s.Asked) {
		t.Errorf("an interrupted training takes %+v, %v; want %+v", again, err, s)
	}
	run.fresh = true
	if fresh, err := run.set(t.Context(), b.file, st, dir); err != nil || fresh.Asked.Equal(s.Asked) {
		t.Errorf("--fresh takes %+v, %v", fresh, err)
	}
	all := training{all: true, days: 3}
	s, err = all.set(t.Context(), b.file, st, dir)
	if err != nil || s.Epoch != 0 || s.Seq != 12 || s.Upto[7] != 12 || s.From == 0 || s.From > market.Time(time.Now().UnixNano()) {
		t.Errorf("--all --days 3 takes %+v, %v; want everything up to record 12 without an epoch", s, err)
	}
	if err := s.forget(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, pendingName(s.Flags))); err == nil {
		t.Error("a finished training can be gone on with")
	}
}

// A training that was interrupted, or runs, keeps its set whatever else is trained meanwhile.
func TestTrainKeepsAnothersSet(t *testing.T) {
	b := newBench(t)
	st := cutStore(t, b)
	dir := trainingDir(b.file)
	first := training{}
	s, err := first.set(t.Context(), b.file, st, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ran(t, "train", "-c", b.path, "--all"); err == nil || !strings.Contains(err.Error(), "nothing to train on") {
		t.Errorf("another training: %v", err)
	}
	held, err := train.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ran(t, "train", "-c", b.path); err == nil || !strings.Contains(err.Error(), "another training runs") {
		t.Errorf("the same beside one that runs: %v", err)
	}
	held.Release()
	if again := first.pending(dir, s.Flags); again == nil || !again.Asked.Equal(s.Asked) {
		t.Errorf("the interrupted training takes %+v, want %+v", again, s)
	}
}

// An empty store says what to do.
func TestTrainNothing(t *testing.T) {
	b := newBench(t)
	cutStore(t, b)
	_, _, err := ran(t, "train", "-c", b.path)
	if err == nil || !strings.Contains(err.Error(), "nothing to train on") || !strings.Contains(err.Error(), "--from") {
		t.Errorf("training on nothing: %v", err)
	}
	if _, _, err = ran(t, "train", "-c", b.path, "--family", train.NeuralLinear, "--dry-run"); err == nil {
		t.Error("a dry run on nothing succeeds")
	}
}

// FIT-09, MOP-03: from a store to a signed version in the registry; the same data and seed give the same version, and a model
// that fails a gate is none.
func TestTrainPublishes(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates a desk and trains on it")
	}
	t.Parallel()
	b := newBench(t)
	path := strings.TrimPrefix(b.file.Router.StoreURL, "sqlite:")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ran(t, "simulate", "--scenario", "../../scenarios/balanced.toml", "--store", path, "--parents", "150"); err != nil {
		t.Fatal(err)
	}
	args := []string{"train", "-c", b.path, "--all", "--trees", "-1", "--family", "hierarchical", "--json"}
	_, _, err := ran(t, args...)
	if err == nil || !strings.Contains(err.Error(), "nothing is published: ") {
		t.Errorf("150 orders passed every gate: %v", err)
	}
	args = append(args, "--waive", strings.Join(train.GateNames(), ","), "--reason", "a test", "--actor", "ann")
	var got [2]trained
	for i := range got {
		out, _, err := ran(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &got[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !got[0].Published || got[0].Model == "" || got[1].Model != got[0].Model || got[0].Epoch != 0 || len(got[0].Gates) != len(train.GateNames()) {
		t.Errorf("published %+v, then %+v", got[0], got[1])
	}
	if _, _, err := ran(t, "models", "verify", got[0].Model, "-c", b.path); err != nil {
		t.Error(err)
	}
	card, err := os.ReadFile(got[0].Card)
	if err != nil || !strings.Contains(string(card), "waived by ann: a test") {
		t.Errorf("the card %s: %v", got[0].Card, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(got[0].Card), "calibration.svg")); err != nil {
		t.Error(err)
	}
}
