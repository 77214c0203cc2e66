package store

import (
	"context"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// ToldFilter selects decisions with what became of them. A field's zero value selects all.
type ToldFilter struct {
	Instance uint32
	From, To market.Time       // taken at or after From and before To
	Upto     map[uint32]uint64 // by instance: the last record that counts, as of a training cut (SWP-01); none: all count
}

// upto is the last record of an instance that counts.
func (f *ToldFilter) upto(instance uint32) int64 {
	if seq, cut := f.Upto[instance]; cut {
		return int64(seq)
	}
	return 1<<63 - 1
}

// Told is a decision with the children that it sent and all that was recorded of their outcomes. Children are as recorded
// last, whatever Upto is: only what never changes of them may be used before a cut.
type Told struct {
	Decision
	Children []Child   // by number
	Outcomes []Outcome // in the order of the journal, none beyond Upto
}

// toldPage is how many decisions are in memory at once, some 10 KB each with what came of them.
const toldPage = 1000

// EachTold gives fn every decision that matches, in the order of their times over all journals, all of one state of the
// store. Memory is that of a page a journal that was running at that time, however many decisions there are. An error of fn
// ends it and is returned.
func (s *Store) EachTold(ctx context.Context, f ToldFilter, fn func(*Told) error) error {
	return s.snapshot(ctx, func(q querier) error {
		waiting, err := s.toldCursors(ctx, q, &f)
		if err != nil {
			return err
		}
		var open []*toldCursor
		for {
			for len(waiting) > 0 && (len(open) == 0 || waiting[0].begins <= open[0].page[open[0].next].Body.At) {
				if err := waiting[0].fill(ctx, s, q, &f); err != nil {
					return err
				}
				if len(waiting[0].page) > 0 {
					open = insertCursor(open, waiting[0])
				}
				waiting = waiting[1:]
			}
			if len(open) == 0 {
				return nil
			}
			c := open[0]
			if err := fn(&c.page[c.next]); err != nil {
				return err
			}
			if c.next++; c.next == len(c.page) {
				if err := c.fill(ctx, s, q, &f); err != nil {
					return err
				}
			}
			if open = open[1:]; len(c.page) > 0 {
				open = insertCursor(open, c)
			}
		}
	})
}

// toldCursor is the place in one journal's decisions.
type toldCursor struct {
	instance int64
	begins   market.Time
	after    int64 // the last decision of the page
	day      int64 // of that decision: what follows is of no earlier partition
	page     []Told
	next     int
}

// toldCursors gives the journals that have decisions that match, by the time of the first.
func (s *Store) toldCursors(ctx context.Context, q querier, f *ToldFilter) (out []*toldCursor, err error) {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	span(c, "at_ns", f.From, f.To)
	err = s.each(ctx, q, "SELECT instance, MIN(at_ns), MIN(id) FROM decisions WHERE "+c.String()+" GROUP BY instance", c.args, func(scan func(...any) error) error {
		var instance, at, id int64
		if err := scan(&instance, &at, &id); err != nil {
			return err
		}
		out = append(out, &toldCursor{instance: instance, begins: market.Time(at), after: id - 1})
		return nil
	})
	slices.SortFunc(out, func(a, b *toldCursor) int {
		if a.begins != b.begins {
			return compareInt(int64(a.begins), int64(b.begins))
		}
		return compareInt(a.instance, b.instance)
	})
	return out, err
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// insertCursor puts a cursor in its place by the time of its next decision.
func insertCursor(open []*toldCursor, c *toldCursor) []*toldCursor {
	at, _ := slices.BinarySearchFunc(open, c, func(a, b *toldCursor) int {
		x, y := a.page[a.next].Body.At, b.page[b.next].Body.At
		if x != y {
			return compareInt(int64(x), int64(y))
		}
		return compareInt(a.instance, b.instance)
	})
	return slices.Insert(open, at, c)
}

// fill reads the next page; an empty one is the end.
func (t *toldCursor) fill(ctx context.Context, s *Store, q querier, f *ToldFilter) error {
	upto := f.upto(uint32(t.instance))
	c := &conditions{parts: []string{"instance = $1 AND id > $2 AND seq <= $3"}, args: []any{t.instance, t.after, upto}}
	c.add("day >= %", t.day)
	span(c, "at_ns", f.From, f.To)
	rows, err := bodies[*event.RecordDecision](ctx, s, q, "decisions", event.KindRecordDecision, c.String()+" ORDER BY id"+page(toldPage, 0), c.args...)
	t.page, t.next = t.page[:0], 0
	if err != nil || len(rows) == 0 {
		return err
	}
	first, last := int64(rows[0].Body.Decision), int64(rows[len(rows)-1].Body.Decision)
	t.after, t.day = last, dayOf(rows[len(rows)-1].Body.At)
	children, err := bodies[*event.RecordChild](ctx, s, q, "children", event.KindRecordChild,
		"instance = $1 AND decision >= $2 AND decision <= $3 ORDER BY decision, id", t.instance, first, last)
	if err != nil {
		return err
	}
	outcomes, err := bodies[*event.RecordOutcome](ctx, s, q, "outcomes", event.KindRecordOutcome,
		"instance = $1 AND decision >= $2 AND decision <= $3 AND seq <= $4 AND day >= $5 ORDER BY decision, seq", t.instance, first, last, upto, dayOf(rows[0].Body.At))
	if err != nil {
		return err
	}
	for i := range rows {
		told, id := Told{Decision: rows[i]}, rows[i].Body.Decision
		_, children = leading(children, func(c *Child) bool { return c.Body.Child.Decision < id })
		told.Children, children = leading(children, func(c *Child) bool { return c.Body.Child.Decision == id })
		_, outcomes = leading(outcomes, func(o *Outcome) bool { return o.Body.Decision < id })
		told.Outcomes, outcomes = leading(outcomes, func(o *Outcome) bool { return o.Body.Decision == id })
		t.page = append(t.page, told)
	}
	return nil
}

// leading splits off the elements at the front that match.
func leading[T any](all []T, matches func(*T) bool) (front, rest []T) {
	n := 0
	for n < len(all) && matches(&all[n]) {
		n++
	}
	return all[:n:n], all[n:]
}
