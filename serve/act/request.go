package act

import (
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/serve/control"
)

// request is the action as the engine's socket knows it.
func (a *Action) request(r *rule, actor, second string) (*control.Request, error) {
	q := &control.Request{Do: r.control, Parent: a.Parent, Basket: a.Basket, Client: a.Client, Symbol: a.Symbol, Venue: a.Venue, Algorithm: a.Algorithm,
		Urgency: a.Urgency, LimitUSD: a.Limit, MaxPct: a.MaxPct, Actor: actor, Second: second, Reason: a.Reason}
	if r.control != control.DoStartExperiment {
		return q, nil
	}
	x := experiment.Default(a.Name)
	if a.Kind != "" {
		x.Unit = experiment.Unit(a.Kind)
	}
	if a.Control != "" {
		x.Control = a.Control
	}
	if a.Treatment != "" {
		x.Treatment = a.Treatment
	}
	if a.Share != 0 {
		x.Share = a.Share
	}
	x.Most = a.Most
	q.Design = &x
	return q, x.Validate()
}

// actionOf is a request of the local socket as an action, for the audit log and for what waits.
func actionOf(q *control.Request) Action {
	a := Action{Do: q.Do, Parent: q.Parent, Basket: q.Basket, Client: q.Client, Symbol: q.Symbol, Venue: q.Venue, Algorithm: q.Algorithm, Urgency: q.Urgency, Limit: q.LimitUSD, MaxPct: q.MaxPct,
		Reason: q.Reason}
	if r := ruleFor(q); r != nil {
		a.Do = r.do
	}
	if q.Design != nil {
		a.Name, a.Kind, a.Control, a.Treatment = q.Design.Name, string(q.Design.Unit), q.Design.Control, q.Design.Treatment
		a.Share, a.Most = q.Design.Share, q.Design.Most
	}
	return a
}
