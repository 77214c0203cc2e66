package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Row is one journaled body as the store keeps it.
type Row[T any] struct {
	Instance uint32
	Seq      uint64 // of the record that made the row
	At       market.Time
	Body     T
}

// Parent is a parent's row; its body is the last RecordParent.
type Parent = Row[*event.RecordParent]

// Child is a child's row; its body is a RecordChild also where only its SendChild is known.
type Child = Row[*event.RecordChild]

// Execution is a fill's row, as booked last.
type Execution = Row[*event.RecordExecution]

// Decision is a decision's row.
type Decision = Row[*event.RecordDecision]

// Outcome is an outcome's row.
type Outcome = Row[*event.RecordOutcome]

// Report is the row of an ExecutionReport to a client.
type Report = Row[*event.ReportParent]

// Model is a row of what became of a model.
type Model = Row[*event.RecordModel]

// Experiment is a row of an experiment's beginning, end, or assignment.
type Experiment = Row[*event.RecordExperiment]

// Alert is an alert's row.
type Alert = Row[*event.Raise]

// Start is the row of a router's start.
type Start = Row[*event.Configured]

// ParentKey names one parent: parent numbers are unique only within a journal.
type ParentKey struct {
	Instance uint32
	ID       order.ParentID
}

// KeyOf gives the key of a parent's row.
func KeyOf(p Parent) ParentKey { return ParentKey{p.Instance, p.Body.Parent.ID} }

// querier is a handle or a snapshot transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// bodies runs a query for rows of a kind; where is what follows WHERE.
func bodies[T event.Body](ctx context.Context, s *Store, q querier, table string, kind event.Kind, where string, args ...any) ([]Row[T], error) {
	text := "SELECT instance, seq, at_ns, body FROM " + table + " WHERE " + where
	rows, err := q.QueryContext(ctx, s.db.rebind(text), args...)
	if err != nil {
		return nil, fmt.Errorf("store %s: read %s: %w", s.name, table, err)
	}
	defer func() { _ = rows.Close() }() // what went wrong while reading, rows.Err says
	var out []Row[T]
	for rows.Next() {
		var instance, seq, at int64
		var raw []byte
		if err := rows.Scan(&instance, &seq, &at, &raw); err != nil {
			return nil, fmt.Errorf("store %s: read %s: %w", s.name, table, err)
		}
		b, err := event.Decode(kind, raw)
		if err != nil {
			return nil, fmt.Errorf("store %s: %s, record %d: %w: rebuild the store from the journal", s.name, table, seq, err)
		}
		out = append(out, Row[T]{uint32(instance), uint64(seq), market.Time(at), b.(T)})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store %s: read %s: %w", s.name, table, err)
	}
	return out, nil
}

// queryRow reads one row that is always there, such as a sum.
func (s *Store) queryRow(ctx context.Context, query string, args []any, into ...any) error {
	db, _ := s.db.reader()
	if err := db.QueryRowContext(ctx, s.db.rebind(query), args...).Scan(into...); err != nil {
		return fmt.Errorf("store %s: read: %w", s.name, err)
	}
	return nil
}

// snapshot runs fn on one consistent state of the store, however many Apply calls come meanwhile.
func (s *Store) snapshot(ctx context.Context, fn func(q querier) error) error {
	db, opts := s.db.reader()
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("store %s: read: %w", s.name, err)
	}
	err = fn(tx)
	if end := tx.Rollback(); end != nil && err == nil && !errors.Is(end, sql.ErrTxDone) {
		err = fmt.Errorf("store %s: read: %w", s.name, end)
	}
	return err
}

// conditions collects the parts of a WHERE clause.
type conditions struct {
	parts []string
	args  []any
}

// add appends a condition whose one % is the value's placeholder.
func (c *conditions) add(condition string, value any) {
	c.args = append(c.args, value)
	c.parts = append(c.parts, strings.Replace(condition, "%", fmt.Sprintf("$%d", len(c.args)), 1))
}

func (c *conditions) String() string {
	if len(c.parts) == 0 {
		return "TRUE"
	}
	return strings.Join(c.parts, " AND ")
}
