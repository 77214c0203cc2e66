package registry

import (
	"context"
	"fmt"
)

// A Decision is a move of an alias that a person asks for.
type Decision struct {
	What  string  // Promote, Shadow, Canary or Rollback
	Model string  // id; of a rollback, empty
	Share float64 // of the parents, of a canary
}

// Then is what a router's line says once it has followed.
func (d *Decision) Then() string {
	switch d.What {
	case Promote:
		return Serving
	case Shadow:
		return Shadowing
	case Canary:
		return Canarying
	case Rollback:
		return RolledBack
	}
	return ""
}

// Decide moves an alias as a person asks.
func (r *Registry) Decide(ctx context.Context, d Decision, by Who) (Line, error) {
	switch d.What {
	case Promote:
		return r.Promote(ctx, d.Model, by)
	case Shadow:
		return r.Shadow(ctx, d.Model, by)
	case Canary:
		return r.Canary(ctx, d.Model, d.Share, by)
	case Rollback:
		return r.Rollback(ctx, by)
	}
	return Line{}, fmt.Errorf("%q is no decision about a model: want %s, %s, %s or %s", d.What, Promote, Shadow, Canary, Rollback)
}

// Followed waits for a router's line about a decision, which line is of: it followed, or refused.
func (r *Registry) Followed(ctx context.Context, d Decision, line *Line, router string) (*Line, error) {
	then := d.Then()
	for seen := line.Seq; ; {
		if err := r.Wait(ctx, seen); err != nil {
			return nil, err
		}
		lines, err := r.Ledger(ctx)
		if err != nil {
			return nil, err
		}
		for i := range lines[seen:] {
			l := &lines[seen:][i]
			if l.Router != router {
				continue
			}
			follows := l.What == then && (l.Model == line.Model || l.Serving == line.Model)
			already := l.What == Serving && l.Serving == line.Model && then == RolledBack
			if follows || already || l.What == Refused && l.Model == line.Model {
				return l, nil
			}
		}
		seen = uint64(len(lines))
	}
}

// Word says in words what a router's line makes of a decision.
func (l *Line) Word(model string) string {
	what := l.What
	if what == RolledBack {
		what += " to"
	}
	return what + " " + model
}
