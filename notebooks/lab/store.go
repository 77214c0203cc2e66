// Package lab is what every notebook needs beside the product's own packages: the store, means with honest intervals, and
// charts and tables below a cell. A cell that cannot go on panics, which is how a notebook fails.
package lab

import (
	"context"
	"encoding/json"
	"os"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train"
)

// A Journal is what the notebooks read: the work of one router.
type Journal int

// The journals. With SLUICE_STORE, a file or a postgres:// URL, Learner is the one in it that was started last, and Control is
// empty: only simulated work can be done twice.
const (
	Learner Journal = iota // simulated, half of the flow follows the learner
	Control                // the same orders, simulated, in a router that never leaves the static plan
)

// open opens the store that a journal is in and gives its number there; without one the store is nil.
func (j Journal) open(ctx context.Context) (st *store.Store, instance uint32) {
	target := os.Getenv("SLUICE_STORE")
	switch {
	case target != "" && j == Control:
		return nil, 0
	case target == "" && j == Control:
		target = "../bin/notebooks/control.db"
	case target == "":
		target = "../bin/notebooks/learner.db"
	}
	st = Must(store.Open(ctx, target))
	starts := Must(st.Starts(ctx, 0))
	if len(starts) == 0 {
		panic("store " + st.String() + " has no journal: run a router with it, or sluice simulate")
	}
	return st, starts[0].Instance
}

// Read gives fn the store of a journal and the journal's number there; there is no call where there is no journal.
func (j Journal) Read(ctx context.Context, fn func(st *store.Store, instance uint32) error) {
	st, instance := j.open(ctx)
	if st == nil {
		return
	}
	defer st.Close()
	if err := fn(st, instance); err != nil {
		panic(err)
	}
}

// Rows gives fn every decision with the rows of its children, in the order of time.
func (j Journal) Rows(ctx context.Context, fn func(*train.DecisionRow, []train.Row)) {
	j.Read(ctx, func(st *store.Store, instance uint32) error {
		set, err := train.NewDataset(ctx, st, train.Options{Instance: instance})
		if err != nil {
			return err
		}
		_, err = set.Each(ctx, func(d *train.DecisionRow, rows []train.Row) error {
			fn(d, rows)
			return nil
		})
		return err
	})
}

// Parents gives the finished orders as the impact fit sees them.
func (j Journal) Parents(ctx context.Context) (out []train.ParentRow) {
	j.Read(ctx, func(st *store.Store, instance uint32) error {
		set, err := train.NewDataset(ctx, st, train.Options{Instance: instance})
		if err != nil {
			return err
		}
		_, err = set.Parents(ctx, func(p *train.ParentRow) error {
			out = append(out, *p)
			return nil
		})
		return err
	})
	return out
}

// Venues gives a journal's venues by their numbers, as its last start has them.
func Venues(ctx context.Context, st *store.Store, instance uint32) []market.Venue {
	var config struct{ Venues []market.Venue }
	if err := json.Unmarshal(Must(st.Start(ctx, instance)).Body.Config, &config); err != nil {
		panic(err)
	}
	return config.Venues
}

// Must gives x, or ends the cell with the error.
func Must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}
