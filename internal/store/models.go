package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// ModelFilter selects what became of models. A field's zero value selects all.
type ModelFilter struct {
	Instance uint32
	Model    string
	What     event.ModelChange
	From, To market.Time // at or after From and before To
	Limit    int         // 0 = DefaultLimit, negative = all
	Offset   int
}

// Models gives the changes of the models in force that match, the last first (MOP-02).
func (s *Store) Models(ctx context.Context, f ModelFilter) ([]Model, error) {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	if f.Model != "" {
		c.add("model = %", escape(f.Model))
	}
	if f.What != 0 {
		c.add("what = %", f.What.String())
	}
	span(c, "at_ns", f.From, f.To)
	db, _ := s.db.reader()
	return bodies[*event.RecordModel](ctx, s, db, "models", event.KindRecordModel,
		c.String()+" ORDER BY at_ns DESC, instance DESC, seq DESC"+page(f.Limit, f.Offset), c.args...)
}
