package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/decisionlog"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/report"
)

// span is the part of a store's decisions that a command is about.
type span struct{ from, to string }

func (s *span) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.from, "from", "", "only decisions from this UTC day or time on: 2026-03-02, or 2026-03-02T14:30:00Z")
	c.Flags().StringVar(&s.to, "to", "", "only decisions before this UTC day or time")
}

// filter gives the store's form.
func (s *span) filter() (f store.DecisionFilter, err error) {
	var errs [2]error
	f.From, errs[0] = moment("--from", s.from)
	f.To, errs[1] = moment("--to", s.to)
	if err := errors.Join(errs[:]...); err != nil {
		return f, usageError{err}
	}
	if f.To != 0 && f.To <= f.From {
		return f, usageError{fmt.Errorf("--to %s is not after --from %s", s.to, s.from)}
	}
	return f, nil
}

func moment(flag, text string) (market.Time, error) {
	if text == "" {
		return 0, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return market.Time(t.UnixNano()), nil
		}
	}
	return 0, fmt.Errorf("%s is %q: give a day such as 2026-03-02, or a time such as 2026-03-02T14:30:00Z", flag, text)
}

// existingStore opens a store that is there.
func existingStore(ctx context.Context, target string) (*store.Store, error) {
	if err := storeThere(target); err != nil {
		return nil, err
	}
	return store.Open(ctx, target)
}

// eachRecord gives fn every decision of a store with its cost, and the names of its journal's venues.
func eachRecord(ctx context.Context, st *store.Store, f store.DecisionFilter, fn func(*decisionlog.Record) error) error {
	return st.EachDecision(ctx, f, func(d *store.PricedDecision) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := fn(&decisionlog.Record{Instance: d.Instance, Decision: d.Body, Cost: d.Cost}); err != nil {
			return fmt.Errorf("store %v: %w", st, err)
		}
		return nil
	})
}

// venueNames reads the venues' names of all journals of a store.
func venueNames(ctx context.Context, st *store.Store) (decisionlog.Names, error) {
	starts, err := st.Starts(ctx, 0)
	if err != nil {
		return nil, err
	}
	of := map[uint32][]string{}
	for i := range starts {
		instance := starts[i].Instance
		if _, known := of[instance]; known {
			continue
		}
		names, err := report.Names(ctx, st, instance)
		if err != nil {
			return nil, err
		}
		of[instance] = names
	}
	return func(instance uint32) []string { return of[instance] }, nil
}
