package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// JudgedParent is a parent with what it said of the impact of orders, as recorded last; Impact is nil where it said nothing.
type JudgedParent struct {
	Parent
	Impact *Outcome
}

// parentPage is how many parents are in memory at once.
const parentPage = 1000

// EachParent gives fn every parent that was received within the filter's time, in that order, with its impact up to the
// filter's last record, all of one state of the store. Memory is that of a page. An error of fn ends it and is returned.
func (s *Store) EachParent(ctx context.Context, f ToldFilter, fn func(*JudgedParent) error) error {
	return s.snapshot(ctx, func(q querier) error {
		at, instance, id := int64(-1<<63), int64(0), int64(0)
		for {
			c := &conditions{parts: []string{"received_ns >= $1 AND (received_ns, instance, id) > ($1, $2, $3)"}, args: []any{at, instance, id}}
			if f.Instance != 0 {
				c.add("instance = %", int64(f.Instance))
			}
			span(c, "received_ns", f.From, f.To)
			rows, err := bodies[*event.RecordParent](ctx, s, q, "parents", event.KindRecordParent,
				c.String()+" ORDER BY received_ns, instance, id"+page(parentPage, 0), c.args...)
			if err != nil || len(rows) == 0 {
				return err
			}
			said, err := s.impacts(ctx, q, &f, rows)
			if err != nil {
				return err
			}
			for i := range rows {
				if err := fn(&JudgedParent{rows[i], said[KeyOf(rows[i])]}); err != nil {
					return err
				}
			}
			last := &rows[len(rows)-1]
			at, instance, id = int64(last.Body.Parent.Received), int64(last.Instance), int64(last.Body.Parent.ID)
		}
	})
}

// impactsOf is in the order of the index outcomes_impact: ordered by seq alone, SQLite walks all of a journal's outcomes instead, for
// every page of parents.
const impactsOf = "what = 'impact' AND instance = $1 AND parent >= $2 AND parent <= $3 AND seq <= $4 ORDER BY parent, seq"

// impacts gives the last record of each parent's impact.
func (s *Store) impacts(ctx context.Context, q querier, f *ToldFilter, rows []Parent) (map[ParentKey]*Outcome, error) {
	type bounds struct{ least, most order.ParentID }
	within := map[uint32]*bounds{}
	for i := range rows {
		id := rows[i].Body.Parent.ID
		if b := within[rows[i].Instance]; b != nil {
			b.least, b.most = min(b.least, id), max(b.most, id)
		} else {
			within[rows[i].Instance] = &bounds{id, id}
		}
	}
	out := map[ParentKey]*Outcome{}
	for instance, b := range within {
		said, err := bodies[*event.RecordOutcome](ctx, s, q, "outcomes", event.KindRecordOutcome, impactsOf,
			int64(instance), int64(b.least), int64(b.most), f.upto(instance))
		if err != nil {
			return nil, err
		}
		for i := range said {
			out[ParentKey{instance, said[i].Body.Parent}] = &said[i]
		}
	}
	return out, nil
}
