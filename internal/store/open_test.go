package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database, just notes\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		target string
		want   []string
	}{
		{"", []string{"is not a file"}},
		{"sqlite::memory:", []string{"is not a file", "give the path"}},
		{filepath.Join(dir, "no/such/x.db"), []string{"x.db", "directory " + filepath.Join(dir, "no/such") + " does not exist", "make it"}},
		{dir, []string{dir, "give a path"}},
		{"sqlite:" + text, []string{text, "not a database", "give another path"}},
		{"mysql://bob:secret@host/db", []string{"mysql://bob:xxxxx@host/db", "postgres://"}},
		{"postgres://bob:secret@127.0.0.1:1/db?connect_timeout=1", []string{"bob:xxxxx@127.0.0.1", "check host, port"}},
		{"postgres://bob@127.0.0.1:1/db?connect_timeout=1&password=secret", []string{"check host, port"}},
		{"postgres://bob:se cret%zz@host/db", []string{"postgres://…", "write postgres://USER:PASSWORD@HOST"}},
		{"postgres://bob:secret@host:port/db", []string{"cannot be read"}},
		{"postgres://bob:secret@host/db?sslmode=perhaps", []string{"cannot be read"}},
	}
	for _, test := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		s, err := Open(ctx, test.target)
		cancel()
		if err == nil {
			t.Errorf("Open(%q) opened %v", test.target, s)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("Open(%q) = %v; want it to say %q", test.target, err, want)
			}
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "cret%zz") {
			t.Errorf("Open(%q) = %v tells the password", test.target, err)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "50%41.db", "a?b#c.db", "ünï.db", "c:d.db"} {
		path := filepath.Join(t.TempDir(), name)
		for i, target := range []string{path, "sqlite:" + path, "sqlite://" + path} {
			s, err := Open(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				mustApply(t, s, src, sample(), 16)
			}
			wantMark(t, s, src, 16)
			if d := mustDossier(t, s); len(d.Executions) != 3 {
				t.Errorf("%s: %d executions after opening again, want 3", target, len(d.Executions))
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600: it holds clients' orders", name, got)
		}
	}
}

func TestOpenNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "newer.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.db.(*sqlite).write.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err = Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("Open of a newer build's store = %v, want its version and the remedy", err)
	}
}

func TestPragmas(t *testing.T) {
	s := openTemp(t, "p.db")
	for _, test := range []struct{ pragma, want string }{
		{"journal_mode", "wal"}, {"synchronous", "1"}, {"busy_timeout", "5000"}, {"query_only", "1"},
	} {
		var got string
		if err := s.queryRow(t.Context(), "PRAGMA "+test.pragma, nil, &got); err != nil || got != test.want {
			t.Errorf("%s of a reader = %s, %v; want %s (PRJ-05)", test.pragma, got, err, test.want)
		}
	}
	db := s.db.(*sqlite).write
	for _, test := range []struct{ pragma, want string }{{"synchronous", "1"}, {"busy_timeout", "5000"}, {"query_only", "0"}} {
		var got string
		if err := db.QueryRowContext(t.Context(), "PRAGMA "+test.pragma).Scan(&got); err != nil || got != test.want {
			t.Errorf("%s of the writer = %s, %v; want %s (PRJ-05)", test.pragma, got, err, test.want)
		}
	}
}

// TestDiskFull holds that a full disk costs nothing but time (PRJ-04): the error says the remedy, nothing is left of
// the batch, and the same batch goes in once there is room.
func TestDiskFull(t *testing.T) {
	s := openTemp(t, "full.db")
	db := s.db.(*sqlite).write // one connection, so the limit holds for Apply
	var pages int
	if err := db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 20)
	err := s.Apply(t.Context(), src, many(10_000), 10_000)
	if err == nil || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("Apply on a full disk = %v, want the remedy", err)
	}
	wantMark(t, s, src, 0)
	limit(1 << 30)
	mustApply(t, s, src, many(10_000), 10_000)
	wantMark(t, s, src, 10_000)
}
