package train

import (
	"context"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// stored is a store's dataset as a Source.
type stored struct {
	store   *store.Store
	options Options
	blind   int64 // of the last whole pass
}

// FromStore is a store as a source of training. The caller closes the store after the training.
func FromStore(st *store.Store, o Options) Source { return &stored{store: st, options: o} }

func (s *stored) Each(ctx context.Context, from int64, fn func(*DecisionRow, []Row) error) error {
	o := s.options
	o.From = max(o.From, market.Time(from))
	d, err := NewDataset(ctx, s.store, o)
	if err != nil {
		return err
	}
	counts, err := d.Each(ctx, fn)
	if from == 0 {
		s.blind = int64(counts.Blind)
	}
	return err
}

func (s *stored) Parents(ctx context.Context, fn func(*ParentRow) error) error {
	d, err := NewDataset(ctx, s.store, s.options)
	if err != nil {
		return err
	}
	_, err = d.Parents(ctx, fn)
	return err
}

func (s *stored) Taught(ctx context.Context) (told, blind int64, err error) {
	told, err = s.store.CountTaught(ctx, store.ToldFilter{Instance: s.options.Instance, From: s.options.From, To: s.options.To, Upto: s.options.Cut})
	return told, s.blind, err
}
