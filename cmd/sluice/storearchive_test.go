package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/store/archive"
)

// PRJ-07: a day that cannot be archived keeps no other from it, and is named at the end.
func TestArchiveGoesOn(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "store.db"), t.TempDir()
	st, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var records []store.Record
	for day := range 3 {
		at := market.Time(1_772_463_600_000_000_000).Add(int64(day) * 24 * market.Hour)
		records = append(records, store.Record{Seq: uint64(day + 1), At: at, Body: &event.RecordDecision{Decision: uint64(day + 1), At: at}})
	}
	if err := st.Apply(t.Context(), mainSource(1), records, 3); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(to, "2026-03-02", "decisions.parquet"), 0o750); err != nil {
		t.Fatal(err)
	}
	out, _, err := ran(t, "store", "archive", "--before", "2026-03-05", "--to", to, path)
	if err == nil || !strings.Contains(err.Error(), "2026-03-02 stays in the store") || strings.Contains(err.Error(), "2026-03-03") {
		t.Errorf("a stuck day: %v", err)
	}
	if strings.Count(out, "archived") != 2 {
		t.Errorf("it said:\n%s", out)
	}
	if days, err := archive.Days(to); err != nil || len(days) != 2 {
		t.Errorf("archived are %v, %v, want the two days after the stuck one", days, err)
	}
}
