package store

import (
	"context"
	"fmt"
)

// Watermark gives the seq up to which src is applied, 0 if nothing is. One beyond the journal's end says that the
// journal is not the one that was applied: the caller stops.
func (s *Store) Watermark(ctx context.Context, src Source) (uint64, error) {
	var seq int64
	err := s.queryRow(ctx, `SELECT COALESCE(MAX(seq), 0) FROM watermarks WHERE projection = $1 AND instance = $2`,
		[]any{escape(src.Projection), int64(src.Instance)}, &seq)
	return uint64(seq), err
}

// Apply projects records of the journal src.Instance, in ascending order of Seq, and moves the watermark to upto, the
// last record the caller has looked at; all of it in one transaction (PRJ-01, CRASH-09). Records at or below the
// watermark change nothing; an upto at or below it changes nothing at all. An error leaves the store as it was.
func (s *Store) Apply(ctx context.Context, src Source, records []Record, upto uint64) error {
	if err := checkOrder(records, upto); err != nil {
		return fmt.Errorf("store %s: %w", s.name, err)
	}
	err := s.db.apply(ctx, func(b batch) error {
		mark, err := b.watermark(ctx, src)
		if err != nil || upto <= mark {
			return err
		}
		p := newProjection(src.Instance, s.schema)
		for i := range records {
			if records[i].Seq <= mark {
				continue
			}
			if err := p.add(&records[i]); err != nil {
				return err
			}
		}
		for i := range p.puts {
			if put := &p.puts[i]; len(put.rows) > 0 {
				if err := b.put(ctx, put.table, put.rows); err != nil {
					return fmt.Errorf("table %s: %w", put.table.name, err)
				}
			}
		}
		return b.setWatermark(ctx, src, upto)
	})
	if err != nil {
		return fmt.Errorf("store %s: apply up to %d: %w", s.name, upto, err)
	}
	return nil
}

func checkOrder(records []Record, upto uint64) error {
	last := uint64(0)
	for i := range records {
		if r := &records[i]; r.Seq <= last {
			return fmt.Errorf("record %d follows record %d: hand records over in the journal's order", r.Seq, last)
		} else if r.Body == nil {
			return fmt.Errorf("record %d has no body", r.Seq)
		}
		last = records[i].Seq
	}
	if last > upto {
		return fmt.Errorf("record %d lies beyond upto %d", last, upto)
	}
	return nil
}
