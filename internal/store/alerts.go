package store

import (
	"context"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// AlertFilter selects alerts. A field's zero value selects all.
type AlertFilter struct {
	Instance uint32
	AtLeast  event.Severity
	Code     string
	From, To market.Time // raised at or after From and before To
	Limit    int         // 0 = DefaultLimit, negative = all
	Offset   int
}

// Alerts gives the alerts that match, the last first.
func (s *Store) Alerts(ctx context.Context, f AlertFilter) ([]Alert, error) {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	if f.AtLeast != 0 {
		c.add("severity >= %", int64(f.AtLeast))
	}
	if f.Code != "" {
		c.add("code = %", escape(f.Code))
	}
	span(c, "at_ns", f.From, f.To)
	db, _ := s.db.reader()
	return bodies[*event.Raise](ctx, s, db, "alerts", event.KindRaise,
		c.String()+" ORDER BY at_ns DESC, instance DESC, seq DESC"+page(f.Limit, f.Offset), c.args...)
}

// Starts gives the starts of a journal's engine, the last first; instance 0 gives those of all journals. The
// configuration in them names the venues that rows number.
func (s *Store) Starts(ctx context.Context, instance uint32) ([]Start, error) {
	c := new(conditions)
	if instance != 0 {
		c.add("instance = %", int64(instance))
	}
	db, _ := s.db.reader()
	return bodies[*event.Configured](ctx, s, db, "starts", event.KindConfigured,
		c.String()+" ORDER BY at_ns DESC, instance DESC, seq DESC", c.args...)
}

// Start gives the last start of a journal's engine, or ErrNotFound.
func (s *Store) Start(ctx context.Context, instance uint32) (Start, error) {
	starts, err := s.Starts(ctx, instance)
	if err != nil {
		return Start{}, err
	}
	if len(starts) == 0 {
		return Start{}, fmt.Errorf("store %s: starts of journal %d: %w", s.name, instance, ErrNotFound)
	}
	return starts[0], nil
}

func span(c *conditions, column string, from, to market.Time) {
	if from != 0 {
		c.add(column+" >= %", int64(from))
	}
	if to != 0 {
		c.add(column+" < %", int64(to))
	}
}
