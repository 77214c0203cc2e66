package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
)

// CountTaught is how many children of the matching decisions the learner was told the fill of, by the database's own count:
// whoever trains must have read as many (FIT-02). What a venue rejected says nothing and is not counted, nor is the
// control of an experiment.
func (s *Store) CountTaught(ctx context.Context, f ToldFilter) (n int64, err error) {
	err = s.snapshot(ctx, func(q querier) error {
		cursors, err := s.toldCursors(ctx, q, &f)
		if err != nil {
			return err
		}
		for _, t := range cursors {
			c := new(conditions)
			c.add("o.instance = %", t.instance)
			c.add("o.seq <= %", f.upto(uint32(t.instance)))
			c.add("o.what = %", outcomeName(event.OutcomeFill))
			c.add("o.sent > %", int64(0))
			c.add("o.refused <> %", event.RefusedRejected)
			c.add("o.refused <> %", event.RefusedControl)
			span(c, "d.at_ns", f.From, f.To)
			query := "SELECT COUNT(DISTINCT o.child) FROM outcomes o JOIN decisions d ON d.instance = o.instance AND d.id = o.decision WHERE " + c.String()
			if err := s.each(ctx, q, query, c.args, func(scan func(...any) error) error {
				var rows int64
				err := scan(&rows)
				n += rows
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
