package registry

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sluice-sor/sluice/models"
)

// postgresSchema makes the two tables and forbids changing what is in them.
//
//go:embed postgres.sql
var postgresSchema string

// channel is told of every line; it is only a hint to look (polling is behind it), so any payload will do.
const channel = "sluice_models"

// postgres is a registry in a database.
type postgres struct {
	pool *pgxpool.Pool

	mu   sync.Mutex
	ears *pgx.Conn // listens; nil before, or when the connection was lost
}

func openPostgres(ctx context.Context, target string) (*postgres, error) {
	config, err := pgxpool.ParseConfig(target)
	if err != nil {
		// The parser's own words may repeat the URL, and with it the password.
		return nil, errors.New("the URL cannot be read: write postgres://USER@HOST:PORT/DATABASE")
	}
	config.MaxConns = min(config.MaxConns, 4) // few ask, and seldom
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := makeTables(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: check host, port, database, user and password, that the server runs, and that the user may create tables", err)
	}
	return &postgres{pool: pool}, nil
}

// makeTables makes what is not there: a user who may only read and insert opens a registry that somebody else made.
func makeTables(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool
	err := pool.QueryRow(ctx, `SELECT count(*) = 2 FROM pg_trigger WHERE tgrelid IN (to_regclass('model_versions'), to_regclass('model_ledger'))`).Scan(&there)
	if err == nil && !there {
		_, err = pool.Exec(ctx, postgresSchema)
	}
	return err
}

func (p *postgres) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deafen()
	p.pool.Close()
	return nil
}

func (p *postgres) put(ctx context.Context, id string, manifest, artifact []byte) error {
	_, err := p.pool.Exec(ctx, `INSERT INTO model_versions (id, manifest, artifact) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, manifest, artifact)
	return err
}

func (p *postgres) ids(ctx context.Context) ([]string, error) {
	rows, err := p.pool.Query(ctx, `SELECT id FROM model_versions ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (p *postgres) manifest(ctx context.Context, id string) ([]byte, error) {
	return p.bytes(ctx, `SELECT CASE WHEN length(manifest) <= $2 THEN manifest END FROM model_versions WHERE id = $1`, id, maxManifest)
}

func (p *postgres) artifact(ctx context.Context, id string) ([]byte, error) {
	return p.bytes(ctx, `SELECT CASE WHEN length(artifact) <= $2 THEN artifact END FROM model_versions WHERE id = $1`, id, models.MaxBytes)
}

// bytes reads one column that the database gives only if it is not too large.
func (p *postgres) bytes(ctx context.Context, query, id string, limit int) ([]byte, error) {
	var b *[]byte
	err := p.pool.QueryRow(ctx, query, id, limit).Scan(&b)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, ErrNotFound
	case err == nil && b == nil:
		return nil, &UnfitError{fmt.Errorf("it has more than %d bytes", limit)}
	case err != nil:
		return nil, err
	}
	return *b, nil
}

func (p *postgres) more(ctx context.Context, n uint64) ([]string, error) {
	return moreLines(ctx, p.pool, n)
}

func moreLines(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, n uint64,
) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT line FROM model_ledger WHERE seq > $1 ORDER BY seq`, int64(n))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (p *postgres) append(ctx context.Context, n uint64, next func(more []string) (string, error)) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		// Not a lock of the table: whoever may only insert may not take one that keeps others from inserting.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock('model_ledger'::regclass::oid::int, 0)`); err != nil {
			return err
		}
		more, err := moreLines(ctx, tx, n)
		if err != nil {
			return err
		}
		line, err := next(more)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO model_ledger (seq, line) VALUES ($1, $2)`, int64(n)+int64(len(more))+1, line)
		if err == nil {
			_, err = tx.Exec(ctx, `SELECT pg_notify('`+channel+`', '')`)
		}
		return err
	})
}

// sleep listens. A database that cannot be listened to is polled: the next look says whether it is there at all.
func (p *postgres) sleep(ctx context.Context, most time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := p.listen(within); err == nil {
		if _, err = p.ears.WaitForNotification(within); err == nil {
			return nil
		}
		if within.Err() == nil {
			p.deafen()
		}
	}
	<-within.Done()
	return ctx.Err()
}

func (p *postgres) listen(ctx context.Context) error {
	if p.ears != nil && !p.ears.IsClosed() {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	p.ears = conn
	if _, err = conn.Exec(ctx, "LISTEN "+channel); err != nil {
		p.deafen()
	}
	return err
}

// deafen drops the connection that listens.
func (p *postgres) deafen() {
	if p.ears == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.ears.Close(ctx) // it is lost, or not needed
	p.ears = nil
}
