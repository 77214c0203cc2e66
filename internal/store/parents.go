package store

import (
	"context"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// DefaultLimit is how many rows a listing gives when its filter has no limit.
const DefaultLimit = 100

// ParentFilter selects parents. A field's zero value selects all.
type ParentFilter struct {
	Instance uint32
	Client   string
	ClOrdID  string // the last accepted one
	Symbol   market.Symbol
	State    order.State
	Open     bool        // only those that are not done
	From, To market.Time // received at or after From and before To
	Limit    int         // 0 = DefaultLimit, negative = all
	Offset   int
}

func (f *ParentFilter) where() *conditions {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	if f.Client != "" {
		c.add("client = %", escape(f.Client))
	}
	if f.ClOrdID != "" {
		c.add("clordid = %", escape(f.ClOrdID))
	}
	if f.Symbol != "" {
		c.add("symbol = %", escape(string(f.Symbol)))
	}
	if f.State != 0 {
		c.add("state = %", f.State.String())
	}
	if f.Open {
		for s := order.Filled; s <= order.NeverSent; s++ {
			c.add("state <> %", s.String())
		}
	}
	if f.From != 0 {
		c.add("received_ns >= %", int64(f.From))
	}
	if f.To != 0 {
		c.add("received_ns < %", int64(f.To))
	}
	return c
}

// Parents gives the parents that match, the last received first.
func (s *Store) Parents(ctx context.Context, f ParentFilter) ([]Parent, error) {
	c := f.where()
	tail := " ORDER BY received_ns DESC, instance DESC, id DESC" + page(f.Limit, f.Offset)
	db, _ := s.db.reader()
	return bodies[*event.RecordParent](ctx, s, db, "parents", event.KindRecordParent, c.String()+tail, c.args...)
}

// Parent gives one parent, or ErrNotFound.
func (s *Store) Parent(ctx context.Context, key ParentKey) (Parent, error) {
	db, _ := s.db.reader()
	return s.parent(ctx, db, key)
}

func (s *Store) parent(ctx context.Context, q querier, key ParentKey) (Parent, error) {
	rows, err := bodies[*event.RecordParent](ctx, s, q, "parents", event.KindRecordParent,
		"instance = $1 AND id = $2", int64(key.Instance), int64(key.ID))
	if err != nil {
		return Parent{}, err
	}
	if len(rows) == 0 {
		return Parent{}, fmt.Errorf("store %s: parent %s: %w", s.name, event.OrderID(key.Instance, key.ID), ErrNotFound)
	}
	return rows[0], nil
}

// Dossier is everything the store has of one parent.
type Dossier struct {
	Parent     Parent
	Children   []Child     // by number
	Executions []Execution // by client report; busted ones too
	Decisions  []Decision  // by number
	Outcomes   []Outcome   // by seq
	Reports    []Report    // by number
	Alerts     []Alert     // by seq
}

// Dossier reads one parent with all that belongs to it as of one moment, or ErrNotFound.
func (s *Store) Dossier(ctx context.Context, key ParentKey) (*Dossier, error) {
	d := new(Dossier)
	err := s.snapshot(ctx, func(q querier) (err error) {
		if d.Parent, err = s.parent(ctx, q, key); err != nil {
			return err
		}
		if d.Children, err = s.children(ctx, q, key); err != nil {
			return err
		}
		if d.Executions, err = s.executions(ctx, q, key); err != nil {
			return err
		}
		if d.Decisions, err = s.decisions(ctx, q, key); err != nil {
			return err
		}
		if d.Outcomes, err = s.outcomes(ctx, q, key); err != nil {
			return err
		}
		if d.Reports, err = s.reports(ctx, q, key); err != nil {
			return err
		}
		d.Alerts, err = bodies[*event.Raise](ctx, s, q, "alerts", event.KindRaise, ofParent+"seq", key.args()...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// ofParent selects what belongs to a parent. The plus keeps SQLite from reading a whole journal in the order of its key to spare
// itself the sorting of a few rows: it then takes the index by parent.
const ofParent = "instance = $1 AND parent = $2 ORDER BY +"

func (k ParentKey) args() []any { return []any{int64(k.Instance), int64(k.ID)} }

// Children gives a parent's children by number.
func (s *Store) Children(ctx context.Context, key ParentKey) ([]Child, error) {
	db, _ := s.db.reader()
	return s.children(ctx, db, key)
}

func (s *Store) children(ctx context.Context, q querier, key ParentKey) ([]Child, error) {
	return bodies[*event.RecordChild](ctx, s, q, "children", event.KindRecordChild, ofParent+"id", key.args()...)
}

// Child gives one child of a journal, or ErrNotFound.
func (s *Store) Child(ctx context.Context, instance uint32, id order.ChildID) (Child, error) {
	db, _ := s.db.reader()
	rows, err := bodies[*event.RecordChild](ctx, s, db, "children", event.KindRecordChild,
		"instance = $1 AND id = $2", int64(instance), int64(id))
	if err != nil {
		return Child{}, err
	}
	if len(rows) == 0 {
		return Child{}, fmt.Errorf("store %s: child %d of journal %d: %w", s.name, id, instance, ErrNotFound)
	}
	return rows[0], nil
}

// Executions gives a parent's executions in the order of their client reports; busted ones are among them, corrected
// ones have their last values.
func (s *Store) Executions(ctx context.Context, key ParentKey) ([]Execution, error) {
	db, _ := s.db.reader()
	return s.executions(ctx, db, key)
}

func (s *Store) executions(ctx context.Context, q querier, key ParentKey) ([]Execution, error) {
	return bodies[*event.RecordExecution](ctx, s, q, "executions", event.KindRecordExecution,
		ofParent+"report_id, seq", key.args()...)
}

// ExecutionsOn gives a journal's executions of one trade date in the order of their client reports; busted ones are among
// them, corrected ones have their last values.
func (s *Store) ExecutionsOn(ctx context.Context, instance uint32, date market.Date) ([]Execution, error) {
	db, _ := s.db.reader()
	return bodies[*event.RecordExecution](ctx, s, db, "executions", event.KindRecordExecution,
		"instance = $1 AND trade_date = $2 ORDER BY report_id, seq", int64(instance), int64(date))
}

// Decisions gives a parent's decisions by number.
func (s *Store) Decisions(ctx context.Context, key ParentKey) ([]Decision, error) {
	db, _ := s.db.reader()
	return s.decisions(ctx, db, key)
}

func (s *Store) decisions(ctx context.Context, q querier, key ParentKey) ([]Decision, error) {
	return bodies[*event.RecordDecision](ctx, s, q, "decisions", event.KindRecordDecision, ofParent+"id", key.args()...)
}

// Decision gives one decision of a journal, or ErrNotFound.
func (s *Store) Decision(ctx context.Context, instance uint32, id uint64) (Decision, error) {
	db, _ := s.db.reader()
	rows, err := bodies[*event.RecordDecision](ctx, s, db, "decisions", event.KindRecordDecision,
		"instance = $1 AND id = $2", int64(instance), int64(id))
	if err != nil {
		return Decision{}, err
	}
	if len(rows) == 0 {
		return Decision{}, fmt.Errorf("store %s: decision %d of journal %d: %w", s.name, id, instance, ErrNotFound)
	}
	return rows[0], nil
}

// Outcomes gives what a parent's decisions brought, in journal order.
func (s *Store) Outcomes(ctx context.Context, key ParentKey) ([]Outcome, error) {
	db, _ := s.db.reader()
	return s.outcomes(ctx, db, key)
}

func (s *Store) outcomes(ctx context.Context, q querier, key ParentKey) ([]Outcome, error) {
	return bodies[*event.RecordOutcome](ctx, s, q, "outcomes", event.KindRecordOutcome, ofParent+"seq", key.args()...)
}

// Reports gives what the client was told about a parent, in order.
func (s *Store) Reports(ctx context.Context, key ParentKey) ([]Report, error) {
	db, _ := s.db.reader()
	return s.reports(ctx, db, key)
}

func (s *Store) reports(ctx context.Context, q querier, key ParentKey) ([]Report, error) {
	return bodies[*event.ReportParent](ctx, s, q, "reports", event.KindReportParent, ofParent+"report_id", key.args()...)
}

func page(limit, offset int) string {
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 0 {
		limit = 1 << 62 // SQLite takes OFFSET only after a LIMIT
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", limit, max(offset, 0))
}
