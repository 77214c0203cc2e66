package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// DecisionFilter selects decisions. A field's zero value selects all.
type DecisionFilter struct {
	Instance uint32
	From, To market.Time // taken at or after From and before To
}

// PricedDecision is a decision with what it cost, as recorded last; Cost is nil where that is not known.
type PricedDecision struct {
	Decision
	Cost *event.RecordOutcome
}

// decisionPage is how many decisions are in memory at once, some 5 KB each.
const decisionPage = 256

// EachDecision gives fn every decision that matches, by instance and number, all of one state of the store. Memory is that of
// one page, however many there are. An error of fn ends it and is returned.
func (s *Store) EachDecision(ctx context.Context, f DecisionFilter, fn func(*PricedDecision) error) error {
	return s.snapshot(ctx, func(q querier) error {
		instance, id := int64(f.Instance), int64(-1)
		for {
			rows, err := s.decisionsAfter(ctx, q, f, instance, id)
			if err != nil || len(rows) == 0 {
				return err
			}
			for len(rows) > 0 {
				n := sameInstance(rows)
				if err := s.price(ctx, q, rows[:n], fn); err != nil {
					return err
				}
				last := rows[n-1]
				instance, id, rows = int64(last.Instance), int64(last.Body.Decision), rows[n:]
			}
		}
	})
}

// decisionsAfter gives the next page.
func (s *Store) decisionsAfter(ctx context.Context, q querier, f DecisionFilter, instance, id int64) ([]Decision, error) {
	c := &conditions{parts: []string{"(instance, id) > ($1, $2)"}, args: []any{instance, id}}
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	span(c, "at_ns", f.From, f.To)
	return bodies[*event.RecordDecision](ctx, s, q, "decisions", event.KindRecordDecision, c.String()+" ORDER BY instance, id"+page(decisionPage, 0), c.args...)
}

// sameInstance is how many rows from the first on are of its instance.
func sameInstance(rows []Decision) int {
	n := 1
	for n < len(rows) && rows[n].Instance == rows[0].Instance {
		n++
	}
	return n
}

// price gives fn decisions of one instance, in ascending order, with their costs.
func (s *Store) price(ctx context.Context, q querier, rows []Decision, fn func(*PricedDecision) error) error {
	costs, err := bodies[*event.RecordOutcome](ctx, s, q, "outcomes", event.KindRecordOutcome,
		"what = 'cost' AND instance = $1 AND decision >= $2 AND decision <= $3 ORDER BY seq",
		int64(rows[0].Instance), int64(rows[0].Body.Decision), int64(rows[len(rows)-1].Body.Decision))
	if err != nil {
		return err
	}
	last := make(map[uint64]*event.RecordOutcome, len(costs))
	for i := range costs {
		last[costs[i].Body.Decision] = costs[i].Body
	}
	for _, d := range rows {
		if err := fn(&PricedDecision{d, last[d.Body.Decision]}); err != nil {
			return err
		}
	}
	return nil
}
