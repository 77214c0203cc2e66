package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// Source is one reader of one journal: every projection has its own watermark (PRJ-06), and Instance, the journal's
// birth as in event.Configured, tells journals that share a store apart.
type Source struct {
	Projection string
	Instance   uint32
}

// Record is one record of a journal.
type Record struct {
	Seq  uint64
	At   market.Time
	Body event.Body
}

// ErrNotFound says that the store has no such row.
var ErrNotFound = errors.New("not in the store")

// Store is an open store. Its methods may be called from several goroutines; Apply calls wait for each other.
type Store struct {
	db     backend
	schema *schema
	name   string // the URL without password, for errors
}

// backend is what the two databases do differently.
type backend interface {
	// apply runs fn in one transaction that no other apply overlaps for the same source.
	apply(ctx context.Context, fn func(batch) error) error
	// reader gives the handle of read-only queries and the options of a snapshot transaction.
	reader() (*sql.DB, *sql.TxOptions)
	// rebind rewrites the $1, $2, … of a query to what the database takes.
	rebind(query string) string
	// missed gives the days, once each, for which there were no partitions when rows of the present came.
	missed() []market.Date
	// change runs fn in one transaction of the owner, which no apply overlaps.
	change(ctx context.Context, fn func(changer) error) error
	close() error
}

// batch is a transaction that Apply fills.
type batch interface {
	watermark(ctx context.Context, src Source) (uint64, error) // and keeps others from moving it
	put(ctx context.Context, t *table, rows [][]any) error
	setWatermark(ctx context.Context, src Source, seq uint64) error
}

// Open opens the store at a URL and brings its schema up to date: "sqlite:PATH" or just a PATH is a SQLite file, made
// if it is not there; "postgres://…" is a PostgreSQL database. Errors name the file or the URL, never its password,
// and the remedy.
func Open(ctx context.Context, target string) (*Store, error) {
	scheme, rest, hasScheme := strings.Cut(target, ":")
	var db backend
	var err error
	name := target
	switch {
	case hasScheme && (scheme == "postgres" || scheme == "postgresql"):
		name = redact(target)
		db, err = openPostgres(ctx, target)
	case hasScheme && scheme == "sqlite":
		name = strings.TrimPrefix(rest, "//")
		db, err = openSQLite(ctx, name)
	case strings.Contains(target, "://"):
		return nil, fmt.Errorf("store: %q is neither a SQLite file nor PostgreSQL: use sqlite:PATH or postgres://USER@HOST/DATABASE", redact(target))
	default:
		db, err = openSQLite(ctx, target)
	}
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	return &Store{db: db, schema: newSchema(), name: name}, nil
}

// redact gives a URL without its password. What cannot be parsed is not shown past its scheme, because nobody knows
// where the password is in it.
func redact(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		scheme, _, _ := strings.Cut(target, ":")
		return scheme + "://…"
	}
	q := u.Query()
	for _, key := range []string{"password", "sslpassword"} {
		if q.Has(key) {
			q.Set(key, "xxxxx")
			u.RawQuery = q.Encode()
		}
	}
	return u.Redacted()
}

// Close ends the store. A running Apply fails and leaves nothing.
func (s *Store) Close() error {
	if err := s.db.close(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, err)
	}
	return nil
}

// Missed gives the days, once each, whose partitions were not made ahead when rows of them came: they were made then, and
// whoever looks after the database must see why they had not been (PRJ-03).
func (s *Store) Missed() []market.Date { return s.db.missed() }

// String gives the store's place without password.
func (s *Store) String() string { return s.name }
