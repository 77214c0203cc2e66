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

// decisions are those of a store that a command is about.
type decisions struct {
	*store.Store
	names  decisionlog.Names
	filter store.DecisionFilter
}

// openDecisions opens the store of decisions; the caller closes it.
func openDecisions(ctx context.Context, target string, when *span) (*decisions, error) {
	filter, err := when.filter()
	if err != nil {
		return nil, err
	}
	st, err := existingStore(ctx, target)
	if err != nil {
		return nil, err
	}
	names, err := venueNames(ctx, st)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &decisions{st, names, filter}, nil
}

// each gives fn every decision with its cost.
func (d *decisions) each(ctx context.Context, fn func(*decisionlog.Record) error) error {
	return d.EachDecision(ctx, d.filter, func(row *store.PricedDecision) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := fn(&decisionlog.Record{Instance: row.Instance, Decision: row.Body, Cost: row.Cost}); err != nil {
			return fmt.Errorf("store %v: %w", d, err)
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
