package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"github.com/sluice-sor/sluice/internal/market"
)

// busyTimeoutMs is how long a SQLite connection waits for another process's lock before it fails.
const busyTimeoutMs = 5000

// sqliteReaders bounds the connections that read beside the writer.
const sqliteReaders = 4

// sqlite is a SQLite file: one connection that writes, a few that only read.
type sqlite struct {
	write, read *sql.DB
}

func openSQLite(ctx context.Context, path string) (backend, error) {
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	// Immediate: a transaction takes the write lock at its start, where the busy timeout applies, never in its middle.
	write, err := sql.Open("sqlite", sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, goose.DialectSQLite3, write, "migrations/sqlite"); err != nil {
		if full := room(path); full != nil { // a volume that fills up midway shows as a table that is not there
			err = full
		}
		return nil, errors.Join(sqliteError(err), write.Close())
	}
	read, err := sql.Open("sqlite", sqliteDSN(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	return &sqlite{write, read}, nil
}

// makePrivate makes the file, readable by its owner only, because it holds orders of clients.
func makePrivate(path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return fmt.Errorf("%q is not a file: give the path of one", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("directory %s does not exist: make it, or give another path", filepath.Dir(path))
	case err != nil:
		return fmt.Errorf("%w: give a path that this user can read and write", err)
	}
	return f.Close()
}

// room reports a volume that has not even a few pages left beside the file.
func room(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), ".sluice-room-*")
	if err == nil {
		_, err = probe.Write(make([]byte, 64<<10))
		err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	}
	if errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return nil
}

func sqliteDSN(path, extra string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&%s",
		busyTimeoutMs, extra)
	return u.String()
}

// sqliteError adds the remedy to the errors a user can mend.
func sqliteError(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "not a database"):
		return fmt.Errorf("%w: the file is something else, or damaged; give another path, or move it away: the store is rebuilt from the journal", err)
	case strings.Contains(text, "malformed"):
		return fmt.Errorf("%w: the file is damaged; move it away, the store is rebuilt from the journal", err)
	case strings.Contains(text, "is full"), errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: free some space; the store goes on where it stopped", err)
	case strings.Contains(text, "readonly"):
		return fmt.Errorf("%w: let this user write the file and its directory", err)
	case strings.Contains(text, "locked"):
		return fmt.Errorf("%w: another program writes to it; stop that, or give another path", err)
	}
	return err
}

func (s *sqlite) reader() (*sql.DB, *sql.TxOptions) { return s.read, &sql.TxOptions{ReadOnly: true} }

func (s *sqlite) rebind(query string) string { return strings.ReplaceAll(query, "$", "?") }

func (s *sqlite) missed() []market.Date { return nil }

func (s *sqlite) close() error { return errors.Join(s.read.Close(), s.write.Close()) }

func (s *sqlite) apply(ctx context.Context, fn func(batch) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return sqliteError(err)
	}
	if err := fn(sqliteBatch{tx}); err != nil {
		if end := tx.Rollback(); end != nil && !errors.Is(end, sql.ErrTxDone) {
			err = errors.Join(err, end)
		}
		return sqliteError(err)
	}
	if err := tx.Commit(); err != nil {
		return sqliteError(err)
	}
	return nil
}

type sqliteBatch struct{ tx *sql.Tx }

func (b sqliteBatch) watermark(ctx context.Context, src Source) (uint64, error) {
	var seq int64
	err := b.tx.QueryRowContext(ctx, `SELECT seq FROM watermarks WHERE projection = ?1 AND instance = ?2`,
		escape(src.Projection), int64(src.Instance)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return uint64(seq), err
}

func (b sqliteBatch) setWatermark(ctx context.Context, src Source, seq uint64) error {
	_, err := b.tx.ExecContext(ctx, `INSERT INTO watermarks (projection, instance, seq) VALUES (?1, ?2, ?3)
		ON CONFLICT (projection, instance) DO UPDATE SET seq = excluded.seq`,
		escape(src.Projection), int64(src.Instance), int64(seq))
	return err
}

// put inserts row by row through one prepared statement, which costs SQLite no round trip.
func (b sqliteBatch) put(ctx context.Context, t *table, rows [][]any) (err error) {
	values := "VALUES (" + t.each(func(i int, _ column) string { return fmt.Sprintf("?%d", i) }) + ")"
	stmt, err := b.tx.PrepareContext(ctx, t.insert(values, t.key))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}
