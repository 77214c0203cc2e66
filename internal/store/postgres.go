package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// insufficientPrivilege is the SQLSTATE of a permission that is missing.
const insufficientPrivilege = "42501"

// postgres is a PostgreSQL database: the pool writes, and db is the same pool for reads and migrations.
type postgres struct {
	pool *pgxpool.Pool
	db   *sql.DB
	days days
}

func openPostgres(ctx context.Context, target string) (backend, error) {
	config, err := pgxpool.ParseConfig(target)
	if err != nil {
		// The parser's own words may repeat the URL, and with it the password.
		return nil, errors.New("the URL cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, " +
			"with %XX for special characters in the password")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: check host, port, database, user and password, and that the server runs", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	locker, err := lock.NewPostgresSessionLocker() // two processes that start at once migrate one after the other
	if err == nil {
		err = migrate(ctx, goose.DialectPostgres, db, "migrations/postgres", goose.WithSessionLocker(locker))
	}
	if err != nil {
		if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == insufficientPrivilege {
			err = fmt.Errorf("%w: let this user create tables in the schema: GRANT CREATE, USAGE ON SCHEMA … TO …", err)
		}
		err = errors.Join(err, db.Close())
		pool.Close()
		return nil, err
	}
	p := &postgres{pool: pool, db: db}
	p.makeAhead(ctx)
	return p, nil
}

func (p *postgres) reader() (*sql.DB, *sql.TxOptions) {
	return p.db, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

func (p *postgres) rebind(query string) string { return query }

func (p *postgres) close() error {
	err := p.db.Close()
	p.pool.Close()
	return err
}

// apply tries twice where a partition that was there has been archived meanwhile: the second try makes it anew.
func (p *postgres) apply(ctx context.Context, fn func(batch) error) error {
	p.makeAhead(ctx)
	try := func() error {
		b := postgresBatch{pg: p, made: map[int64]bool{}}
		err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
			b.tx = tx
			return fn(b)
		})
		return p.days.settle(b.made, err)
	}
	err := try()
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == noPartition {
		err = try()
	}
	return err
}

// postgresBatch is one transaction; made are the days whose partitions it made or found.
type postgresBatch struct {
	tx   pgx.Tx
	pg   *postgres
	made map[int64]bool
}

// watermark makes the row if it is missing, so that there is one to lock.
func (b postgresBatch) watermark(ctx context.Context, src Source) (uint64, error) {
	key := []any{escape(src.Projection), int64(src.Instance)}
	if _, err := b.tx.Exec(ctx, `INSERT INTO watermarks (projection, instance, seq) VALUES ($1, $2, 0)
		ON CONFLICT DO NOTHING`, key...); err != nil {
		return 0, err
	}
	var seq int64
	err := b.tx.QueryRow(ctx, `SELECT seq FROM watermarks WHERE projection = $1 AND instance = $2 FOR UPDATE`,
		key...).Scan(&seq)
	return uint64(seq), err
}

func (b postgresBatch) setWatermark(ctx context.Context, src Source, seq uint64) error {
	_, err := b.tx.Exec(ctx, `UPDATE watermarks SET seq = $3 WHERE projection = $1 AND instance = $2`,
		escape(src.Projection), int64(src.Instance), int64(seq))
	return err
}

// put inserts all rows with one statement over arrays, one for each column (PRJ-01).
func (b postgresBatch) put(ctx context.Context, t *table, rows [][]any) error {
	if t.daily != "" {
		if err := b.makeDays(ctx, t, rows); err != nil {
			return err
		}
	}
	arrays := t.each(func(i int, c column) string { return "$" + strconv.Itoa(i) + "::" + postgresType(c.kind) + "[]" })
	args := make([]any, len(t.columns))
	for i, c := range t.columns {
		args[i] = gather(c.kind, rows, i)
	}
	statement := "SELECT sluice_put_" + t.name + "(" + arrays + ")" // what was traded is changed by nothing else (SEC-07)
	if !t.latest || t.daily == "" {
		key := t.key
		if t.daily != "" {
			key = append(slices.Clone(key), t.daily) // a unique index of partitions has the column that they are made by
		}
		statement = t.insert("SELECT * FROM unnest("+arrays+")", key)
	}
	_, err := b.tx.Exec(ctx, statement, args...)
	return err
}

func postgresType(k kind) string {
	switch k {
	case integer:
		return "bigint"
	case text:
		return "text"
	case real:
		return "double precision"
	case flag:
		return "boolean"
	case blob:
		return "bytea"
	}
	panic("store: a column without a kind")
}

// gather gives column i of the rows as one array.
func gather(k kind, rows [][]any, i int) any {
	switch k {
	case integer:
		return arrayOf[int64](rows, i)
	case text:
		return arrayOf[string](rows, i)
	case flag:
		return arrayOf[bool](rows, i)
	case blob:
		return arrayOf[[]byte](rows, i)
	case real:
		out := make([]*float64, len(rows))
		for r, row := range rows {
			if x, ok := row[i].(float64); ok {
				out[r] = &x
			}
		}
		return out
	}
	panic("store: a column without a kind")
}

func arrayOf[T any](rows [][]any, i int) []T {
	out := make([]T, len(rows))
	for r, row := range rows {
		out[r] = row[i].(T)
	}
	return out
}
