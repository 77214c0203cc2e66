package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ColumnKind is the type of a table's column.
type ColumnKind uint8

// The kinds of columns, with the Go type of their values in a row.
const (
	IntColumn  = ColumnKind(integer) // int64
	TextColumn = ColumnKind(text)    // string, escaped as the package's text says
	RealColumn = ColumnKind(real)    // float64, or nil where it is not finite or was not recorded
	FlagColumn = ColumnKind(flag)    // bool
	BlobColumn = ColumnKind(blob)    // []byte
)

// Column is one column of a table of the store.
type Column struct {
	Name string
	Kind ColumnKind
}

// DailyTables names the tables of which a day has rows, in the order in which they are written: a parent belongs to the day it
// was received, a child to that of its decision, and neither before it is done. The starts up to a day go with it, because they
// name the venues that its rows number, and stay.
func (s *Store) DailyTables() (names []string) {
	for _, t := range s.schema.all() {
		if s.dayOf(t) != "" {
			names = append(names, t.name)
		}
	}
	return names
}

// Columns gives a table's columns in the order of a row's values.
func (s *Store) Columns(table string) (out []Column) {
	for _, c := range s.schema.named(table).columns {
		out = append(out, Column{c.name, ColumnKind(c.kind)})
	}
	return out
}

func (s *schema) named(name string) *table {
	for _, t := range s.all() {
		if t.name == name {
			return t
		}
	}
	panic("store: there is no table " + name)
}

// dayOf gives the condition that a row of the table is of a day and may leave the store; $1 is the day, $2 and $3 its bounds in
// nanoseconds. It is empty for tables that are kept whole.
func (s *Store) dayOf(t *table) string {
	over := func(column string) string {
		states := make([]string, 0, 5)
		for state := order.Filled; state <= order.NeverSent; state++ {
			states = append(states, "'"+state.String()+"'")
		}
		return "$1 > 0 AND " + column + " >= $2 AND " + column + " < $3 AND state IN (" + strings.Join(states, ", ") + ")"
	}
	switch {
	case t == &s.schema.starts:
		return "$1 > 0 AND CAST($2 AS BIGINT) < CAST($3 AS BIGINT) AND at_ns < $3"
	case t == &s.schema.parents:
		return over("received_ns")
	case t == &s.schema.children:
		return over("decided_ns")
	case t == &s.schema.executions: // the days of its key, journal by journal
		return "CAST($2 AS BIGINT) < CAST($3 AS BIGINT) AND trade_date = $1 AND instance IN (SELECT instance FROM watermarks)"
	case t.daily != "":
		return "day = $1 AND at_ns >= $2 AND at_ns < $3"
	}
	return ""
}

// midnight is when a day begins, UTC.
func midnight(d market.Date) time.Time {
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, time.UTC)
}

// bounds gives the arguments of a condition of dayOf.
func bounds(day market.Date) []any {
	from := midnight(day)
	return []any{int64(day), from.UnixNano(), from.AddDate(0, 0, 1).UnixNano()}
}

// Days gives the days before one that have rows which may leave the store, ascending.
func (s *Store) Days(ctx context.Context, before market.Date) ([]market.Date, error) {
	seen := map[market.Date]bool{}
	db, _ := s.db.reader()
	to := midnight(before).UnixNano()
	for _, t := range s.schema.all() {
		var query string
		args := []any{int64(before)}
		switch {
		case t.daily != "":
			query = "SELECT DISTINCT " + t.daily + " FROM " + t.name + " WHERE " + t.daily + " < $1"
		case t == &s.schema.parents || t == &s.schema.children:
			column := map[string]string{"parents": "received_ns", "children": "decided_ns"}[t.name]
			query = "SELECT DISTINCT " + column + " / 86400000000000 FROM " + t.name + " WHERE " + column + " < $1"
			args[0] = to
		default:
			continue
		}
		err := s.each(ctx, db, query, args, func(scan func(...any) error) error {
			var n int64
			if err := scan(&n); err != nil {
				return err
			}
			if t.daily == "" {
				n = dayOf(market.Time(n * 86_400_000_000_000))
			}
			if n > 0 {
				seen[market.Date(n)] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]market.Date, 0, len(seen))
	for d := range seen {
		out = append(out, d)
	}
	slices.Sort(out)
	return out, nil
}

// Sum says what rows of a table there were, so that it is seen when they are not the same any more: a row that is added or
// replaced changes it.
type Sum struct {
	Rows int64 `json:"rows"`
	Seqs int64 `json:"seqs"` // the sum of their records' numbers
}

// ReadDay gives fn every row of a day that may leave the store, table by table and all of one state of the store, and says what
// they were by table. A row is valid until the next. Memory is that of a row.
func (s *Store) ReadDay(ctx context.Context, day market.Date, fn func(table string, row []any) error) (map[string]Sum, error) {
	sums := map[string]Sum{}
	err := s.snapshot(ctx, func(q querier) error {
		for _, t := range s.schema.all() {
			where := s.dayOf(t)
			if where == "" {
				continue
			}
			names := t.each(func(_ int, c column) string { return c.name })
			query := "SELECT " + names + " FROM " + t.name + " WHERE " + where + " ORDER BY " + strings.Join(t.key, ", ")
			seq := t.index("seq")
			scanned := newScanRow(t)
			sum := Sum{}
			err := s.each(ctx, q, query, bounds(day), func(scan func(...any) error) error {
				row, err := scanned.scan(scan)
				if err != nil {
					return err
				}
				sum.Rows++
				sum.Seqs += row[seq].(int64)
				return fn(t.name, row)
			})
			if err != nil {
				return fmt.Errorf("table %s, day %v: %w", t.name, day, err)
			}
			sums[t.name] = sum
		}
		return nil
	})
	return sums, err
}

// scanRow reads rows of a table into the types of its columns.
type scanRow struct {
	table *table
	into  []any
	row   []any
}

func newScanRow(t *table) *scanRow {
	r := &scanRow{table: t, row: make([]any, len(t.columns))}
	for _, c := range t.columns {
		switch c.kind {
		case integer:
			r.into = append(r.into, new(int64))
		case text:
			r.into = append(r.into, new(string))
		case real:
			r.into = append(r.into, new(*float64))
		case flag:
			r.into = append(r.into, new(bool))
		case blob:
			r.into = append(r.into, new([]byte))
		}
	}
	return r
}

func (r *scanRow) scan(scan func(...any) error) ([]any, error) {
	if err := scan(r.into...); err != nil {
		return nil, err
	}
	for i, p := range r.into {
		switch p := p.(type) {
		case *int64:
			r.row[i] = *p
		case *string:
			r.row[i] = *p
		case **float64:
			r.row[i] = nil
			if *p != nil {
				r.row[i] = **p
			}
		case *bool:
			r.row[i] = *p
		case *[]byte:
			r.row[i] = append([]byte{}, *p...)
		}
	}
	return r.row, nil
}

// ErrDayChanged says that a day is not what it was when it was read.
var ErrDayChanged = errors.New("its rows have changed since they were read")

// DropDay takes a day's rows out of the store, all tables in one transaction, if they are still what ReadDay found; if not, the
// error is ErrDayChanged and nothing has changed. In PostgreSQL the day's partitions are detached and dropped, which needs the
// owner and waits some seconds at most for those who read.
func (s *Store) DropDay(ctx context.Context, day market.Date, sums map[string]Sum) error {
	err := s.db.change(ctx, func(c changer) error {
		for _, t := range s.schema.all() {
			where := s.dayOf(t)
			if where == "" || t == &s.schema.starts {
				continue
			}
			if err := c.dropDay(ctx, t, where, day, sums[t.name]); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %s: day %v: %w", s.name, day, err)
	}
	return nil
}

// PutRows puts rows of a table that left the store, as if they were projected anew: one that is there already is kept, or
// replaced if it is of an earlier record.
func (s *Store) PutRows(ctx context.Context, table string, rows [][]any) error {
	t := s.schema.named(table)
	err := s.db.apply(ctx, func(b batch) error { return b.put(ctx, t, rows) })
	if err != nil {
		return fmt.Errorf("store %s: put back rows of %s: %w", s.name, table, err)
	}
	return nil
}

// changer is a transaction of the owner.
type changer interface {
	dropDay(ctx context.Context, t *table, where string, day market.Date, is Sum) error
}

// sumQuery counts a day's rows.
func sumQuery(t *table, where string) string {
	return "SELECT COUNT(*), COALESCE(CAST(SUM(seq) AS BIGINT), 0) FROM " + t.name + " WHERE " + where
}

// change implements backend.
func (s *sqlite) change(ctx context.Context, fn func(changer) error) error {
	return s.apply(ctx, func(b batch) error { return fn(b.(sqliteBatch)) })
}

func (b sqliteBatch) dropDay(ctx context.Context, t *table, where string, day market.Date, is Sum) error {
	var found Sum
	question := strings.ReplaceAll(where, "$", "?")
	if err := b.tx.QueryRowContext(ctx, sumQuery(t, question), bounds(day)...).Scan(&found.Rows, &found.Seqs); err != nil {
		return err
	}
	if found != is {
		return ErrDayChanged
	}
	_, err := b.tx.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE "+question, bounds(day)...) //nolint:gosec // names and condition are our own words, values are arguments
	return err
}

// lockWait is how long an owner's transaction waits for readers: a writer waits behind it meanwhile.
const lockWait = "3s"

// change implements backend.
func (p *postgres) change(ctx context.Context, fn func(changer) error) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '"+lockWait+"'"); err != nil {
			return err
		}
		return fn(postgresBatch{tx: tx, pg: p})
	})
}

func (b postgresBatch) dropDay(ctx context.Context, t *table, where string, day market.Date, is Sum) error {
	partition := pgx.Identifier{fmt.Sprintf("%s_%d", t.name, day)}.Sanitize()
	if t.daily != "" {
		var there bool
		if err := b.tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", partition).Scan(&there); err != nil || !there {
			return err
		}
		if _, err := b.tx.Exec(ctx, "ALTER TABLE "+t.name+" DETACH PARTITION "+partition); err != nil { // with a lock against whoever writes
			return fmt.Errorf("%w: somebody reads for long; try again when they are done", err)
		}
		t = &table{name: partition, key: t.key, columns: t.columns}
	} else if _, err := b.tx.Exec(ctx, "LOCK TABLE "+t.name+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return err
	}
	var found Sum
	if err := b.tx.QueryRow(ctx, sumQuery(t, where), bounds(day)...).Scan(&found.Rows, &found.Seqs); err != nil {
		return err
	}
	if found != is {
		return ErrDayChanged
	}
	if t.name == partition {
		var all int64
		if err := b.tx.QueryRow(ctx, "SELECT COUNT(*) FROM "+partition).Scan(&all); err != nil {
			return err
		}
		if all != is.Rows {
			return fmt.Errorf("%s has %d rows, of which %d were read: %w", partition, all, is.Rows, ErrDayChanged)
		}
		_, err := b.tx.Exec(ctx, "DROP TABLE "+partition)
		return err
	}
	_, err := b.tx.Exec(ctx, "DELETE FROM "+t.name+" WHERE "+where, bounds(day)...)
	return err
}
