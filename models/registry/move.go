package registry

import (
	"context"
	"errors"
	"fmt"
)

// Who says who decides something and why.
type Who struct{ Actor, Reason string }

// Promote makes a version the champion. The champion before it becomes the target of a rollback; a trial of the version ends.
func (r *Registry) Promote(ctx context.Context, id string, by Who) (Line, error) {
	if err := r.mayServe(ctx, id); err != nil {
		return Line{}, err
	}
	return r.move(ctx, Line{What: Promote, Model: id}, by, func(a Aliases, l *Line) error {
		if a.Champion == id {
			return fmt.Errorf("%s is the champion already, by line %d", id, a.Seq)
		}
		l.Set = []Pointer{{Champion, id}, {RollbackTarget, a.Champion}}
		l.endTrials(a)
		return nil
	})
}

// Shadow lets a version predict beside the champion and decide nothing. It takes the place of any other trial.
func (r *Registry) Shadow(ctx context.Context, id string, by Who) (Line, error) {
	return r.try(ctx, Line{What: Shadow, Model: id}, ShadowAlias, by)
}

// Canary lets a version decide for a share of the parents, above 0 and below 1. It takes the place of any other trial.
func (r *Registry) Canary(ctx context.Context, id string, share float64, by Who) (Line, error) {
	if !(share > 0 && share < 1) {
		return Line{}, fmt.Errorf("a canary with %v of the parents: give more than 0 and less than 1", share)
	}
	return r.try(ctx, Line{What: Canary, Model: id, Share: share}, Challenger, by)
}

func (r *Registry) try(ctx context.Context, l Line, alias string, by Who) (Line, error) {
	if err := r.mayServe(ctx, l.Model); err != nil {
		return Line{}, err
	}
	return r.move(ctx, l, by, func(a Aliases, l *Line) error {
		if a.Champion == l.Model {
			return fmt.Errorf("%s is the champion: it decides already", l.Model)
		}
		l.endTrials(a)
		l.Set = append(l.Set, Pointer{alias, l.Model})
		return nil
	})
}

// Rollback makes the target of a rollback the champion again. The one that is left stays as a version; the next target is the
// built-in prior.
func (r *Registry) Rollback(ctx context.Context, by Who) (Line, error) {
	return r.move(ctx, Line{What: Rollback}, by, rollBack)
}

// Demote appends a router's line that its model was left, which moves the aliases as a rollback does; where it was on trial, the
// trial ends. Where the aliases stand for others by now, as when a person's rollback was followed, the line moves nothing.
func (r *Registry) Demote(ctx context.Context, l Line) (Line, error) {
	return r.append(ctx, func(a Aliases) (Line, error) {
		bad := l.Model
		switch bad {
		case a.Champion:
			if a.RollbackTarget != "" {
				if err := rollBack(a, &l); err != nil {
					return Line{}, err
				}
			}
		case a.Challenger, a.Shadow:
			l.endTrials(a)
		}
		l.Model = bad
		return l, nil
	})
}

func rollBack(a Aliases, l *Line) error {
	if a.RollbackTarget == "" {
		return fmt.Errorf("there is nothing to roll back to: the champion is %s", a.Champion)
	}
	l.Model = a.RollbackTarget
	next := Pointer{RollbackTarget, Builtin}
	if l.Model == Builtin {
		next.ID = ""
	}
	l.Set = []Pointer{{Champion, l.Model}, next}
	l.endTrials(a)
	return nil
}

// endTrials takes away the aliases of a trial that stand.
func (l *Line) endTrials(a Aliases) {
	if a.Challenger != "" {
		l.Set = append(l.Set, Pointer{Challenger, ""})
	}
	if a.Shadow != "" {
		l.Set = append(l.Set, Pointer{ShadowAlias, ""})
	}
}

// move appends a line of a person, who must give a name.
func (r *Registry) move(ctx context.Context, l Line, by Who, set func(Aliases, *Line) error) (Line, error) {
	if by.Actor == "" {
		return Line{}, errors.New("say who decides: the ledger keeps it")
	}
	l.Actor, l.Reason = by.Actor, by.Reason
	return r.append(ctx, func(a Aliases) (Line, error) {
		line := l
		err := set(a, &line)
		return line, err
	})
}

// mayServe reports whether a version is whole, signed and passes its checks.
func (r *Registry) mayServe(ctx context.Context, id string) error {
	if id == Builtin {
		return nil
	}
	_, _, err := r.Model(ctx, id)
	return err
}
