package store

import (
	"context"
	"database/sql"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/sluice-sor/sluice/internal/pgtest"
)

// firstSchema is the oldest schema version that was released; younger is what was added since.
const firstSchema = 2

var younger = []string{"own_bps", "early", "rest_ns", "life_ns", "day"}

// TestUpgrade: a store of the first schema becomes one of this build's when it is opened: its rows are there with what follows
// from them, and what comes after goes in beside them.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	migrateTo(t, goose.DialectSQLite3, db, "migrations/sqlite", firstSchema)
	old := &sqlite{write: db, read: db}
	fillOld(t, old, func(b batch, put *put) error { return b.put(t.Context(), old1(put.table), put.rows) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	upgraded(t, s)
	migrateTo(t, goose.DialectSQLite3, s.db.(*sqlite).write, "migrations/sqlite", firstSchema) // and down again
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// testUpgrade is the same in PostgreSQL.
func testUpgrade(t *testing.T, dsn string) {
	t.Helper()
	target := pgtest.Schema(t, dsn)
	pool, err := pgxpool.New(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDBFromPool(pool)
	migrateTo(t, goose.DialectPostgres, db, "migrations/postgres", firstSchema)
	old := &postgres{pool: pool, db: db}
	old.days.looked = time.Now() // the first schema had no days to make
	fillOld(t, old, func(b batch, put *put) error {
		whole := old1(put.table)
		whole.daily = ""
		return b.put(t.Context(), whole, put.rows)
	})
	if err := old.close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	upgraded(t, s)
	migrateTo(t, goose.DialectPostgres, s.db.(*postgres).db, "migrations/postgres", firstSchema)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// migrateTo brings a database to a version, up or down.
func migrateTo(t *testing.T, dialect goose.Dialect, db *sql.DB, dir string, version int64) {
	t.Helper()
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	have, _, err := p.GetVersions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if have > version {
		_, err = p.DownTo(t.Context(), version)
	} else {
		_, err = p.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// old1 is a table of the first schema.
func old1(t *table) *table {
	old := *t
	old.columns = slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return slices.Contains(younger, c.name) })
	return &old
}

// fillOld projects the sample into a store of the first schema.
func fillOld(t *testing.T, db backend, into func(batch, *put) error) {
	t.Helper()
	p := newProjection(src.Instance, newSchema())
	for _, r := range sample() {
		if err := p.add(&r); err != nil {
			t.Fatal(err)
		}
	}
	err := db.apply(t.Context(), func(b batch) error {
		for i := range p.puts {
			put := &p.puts[i]
			for r, row := range put.rows {
				kept := make([]any, 0, len(row))
				for c, v := range row {
					if !slices.Contains(younger, put.table.columns[c].name) {
						kept = append(kept, v)
					}
				}
				put.rows[r] = kept
			}
			if len(put.rows) == 0 {
				continue
			}
			if err := into(b, put); err != nil {
				return err
			}
		}
		if _, err := b.watermark(context.Background(), src); err != nil {
			return err
		}
		return b.setWatermark(context.Background(), src, 16)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// upgraded checks a store that was filled under the first schema.
func upgraded(t *testing.T, s *Store) {
	t.Helper()
	wantMark(t, s, src, 16)
	d := mustDossier(t, s)
	if len(d.Executions) != 3 || len(d.Decisions) != 1 || len(d.Outcomes) != 3 || len(d.Reports) != 1 || len(d.Children) != 2 {
		t.Errorf("after the upgrade: %d executions, %d decisions, %d outcomes, %d reports, %d children", len(d.Executions), len(d.Decisions), len(d.Outcomes), len(d.Reports), len(d.Children))
	}
	for _, table := range []string{"decisions", "reports"} {
		var day int64
		if err := s.queryRow(t.Context(), "SELECT day FROM "+table, nil, &day); err != nil || day != 20250615 {
			t.Errorf("%s are of %d, error %v; want 20250615", table, day, err)
		}
	}
	mustApply(t, s, Source{"again", src.Instance}, sample(), 16) // the same records again change nothing
	if d := mustDossier(t, s); len(d.Executions) != 3 || len(d.Decisions) != 1 || len(d.Outcomes) != 3 {
		t.Errorf("replayed: %d executions, %d decisions, %d outcomes", len(d.Executions), len(d.Decisions), len(d.Outcomes))
	}
	more := Source{"main", src.Instance + 1}
	mustApply(t, s, more, sample(), 16)
	var names []string
	if err := s.EachTold(t.Context(), ToldFilter{}, func(d *Told) error {
		names = append(names, d.Body.Why)
		return nil
	}); err != nil || strings.Join(names, " ") != "arrival arrival" {
		t.Errorf("decisions %v, error %v", names, err)
	}
}
