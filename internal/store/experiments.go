package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
)

// ExperimentFilter selects records of experiments. A field's zero value selects all.
type ExperimentFilter struct {
	Instance uint32
	Name     string
	What     event.ExperimentChange
	Limit    int // 0 = DefaultLimit, negative = all
	Offset   int
}

// Experiments gives what became of experiments, and the assignments of parents, in the order of the journal.
func (s *Store) Experiments(ctx context.Context, f ExperimentFilter) ([]Experiment, error) {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	if f.Name != "" {
		c.add("name = %", escape(f.Name))
	}
	if f.What != 0 {
		c.add("what = %", f.What.String())
	}
	db, _ := s.db.reader()
	return bodies[*event.RecordExperiment](ctx, s, db, "experiments", event.KindRecordExperiment,
		c.String()+" ORDER BY instance, seq"+page(f.Limit, f.Offset), c.args...)
}
