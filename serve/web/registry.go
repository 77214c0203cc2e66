package web

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/view"
)

// A Registry is a Reader that also knows the models' registry.
type Registry interface {
	// Models gives the registry as it is followed.
	Models(ctx context.Context) (*swap.Listing, error)
}

// shelf keeps the registry's listing for a moment: it is read from a disk or a database.
type shelf struct {
	mu   sync.Mutex
	made time.Time
	last *swap.Listing
	err  error
}

const (
	shelfEvery = time.Second
	shelfWait  = 500 * time.Millisecond
)

// list gives the listing, at most a second old; nil without an error where there is no registry.
func (s *shelf) list(v Reader, now time.Time) (*swap.Listing, error) {
	r, ok := registryOf(v)
	if !ok {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.made) < shelfEvery {
		return s.last, s.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	s.last, s.err = r.Models(ctx)
	s.made = now
	return s.last, s.err
}

// modelLine is one version with what it is here, and what its decisions cost.
type modelLine struct {
	registry.Entry
	Serving, Beside bool
	Cost            *view.ModelCost // nil: it decided nothing yet
}

// modelBoard is the registry beside what the journal says of its models.
type modelBoard struct {
	Away   string // why there is no list
	None   bool   // no registry is followed
	Lines  []modelLine
	Ledger []registry.Line // newest first
	Axis   float64         // half width of the axis of costs, bps
}

// shownLines bounds the ledger's lines on the page.
const shownLines = 30

func newModelBoard(l *swap.Listing, err error, e *view.Engine, costs []view.ModelCost) *modelBoard {
	b := &modelBoard{Axis: 1, None: l == nil && err == nil}
	if err != nil {
		b.Away = err.Error()
	}
	if l != nil {
		for _, v := range l.Versions {
			b.Lines = append(b.Lines, modelLine{Entry: v})
		}
		b.Ledger = slices.Clone(l.Ledger[max(0, len(l.Ledger)-shownLines):])
		slices.Reverse(b.Ledger)
	}
	for i := range costs {
		c := &costs[i]
		k := slices.IndexFunc(b.Lines, func(m modelLine) bool { return m.ID == c.Model })
		if k < 0 { // the built-in one, or a version that the registry does not have
			b.Lines = append(b.Lines, modelLine{Entry: registry.Entry{ID: c.Model}})
			k = len(b.Lines) - 1
		}
		b.Lines[k].Cost = c
		if c.CostBps != nil {
			b.Axis = min(50, max(b.Axis, 1.2*max(float64(c.CostBps.Hi), -float64(c.CostBps.Lo))))
		}
	}
	for i := range b.Lines {
		m := &b.Lines[i]
		m.Serving, m.Beside = m.ID == e.Model, e.Beside != "" && m.ID == e.Beside
	}
	slices.SortStableFunc(b.Lines, func(x, y modelLine) int { return place(&x) - place(&y) })
	return b
}

// place puts what serves first, then what is beside it.
func place(m *modelLine) int {
	switch {
	case m.Serving:
		return 0
	case m.Beside:
		return 1
	}
	return 2
}
