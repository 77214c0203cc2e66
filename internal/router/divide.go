package router

import (
	"cmp"
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A Divider divides waves over venues in place of the router's own plans: so a published policy does the same work as the
// learner, with the same vetoes before it, the same pecking order around it and the same gate behind it. It is called in
// the order of decisions and may keep state; it must not keep the wave.
type Divider interface {
	Name() string
	Divide(w *Wave)
}

// Wave is what one decision may place. The divider ranks its offers, or gives them quantities.
type Wave struct {
	Decision uint64
	Seed     uint64
	Stage    event.Stage
	Want     market.Qty // what the wave may place
	Lot      market.Qty
	Most     int     // venues it may use; takes use as many as it needs
	Opp      float64 // what finishing later costs a share, bps
	Offers   []Offer
}

// Offer is one venue of a wave. Its first part is what is known; Rank and Qty are the divider's answer.
type Offer struct {
	Venue    market.VenueID
	Style    order.Style
	Cap      market.Qty // largest child
	Static   float64    // the static scorer's figure, 0 to 10
	EdgeBps  float64    // distance of the price from the mid, a cost
	FeeBps   float64
	Features []float64

	Rank float64    // lower is used first, each up to its cap; in takes it decides between equal prices
	Qty  market.Qty // if any offer has one, quantities count and ranks do not; cut to Cap, lots and Want
}

// Use makes d divide all further waves, nil the router's own plans again. A journal does not know of it: it is for
// comparisons on the virtual clock, never for live routing.
func (e *Engine) Use(d Divider) { e.divider = d }

// Posterior appends what the engine has learned to b.
func (e *Engine) Posterior(b []byte) []byte { return e.learner.bandit.AppendSnapshot(b) }

// Believe makes the engine predict by a posterior that another engine with as many venues learned, and learn on from it: that
// engine's data are final, because its numbers of children and fills come again here. Like Use, it is for comparisons: a
// journal does not know of it.
func (e *Engine) Believe(posterior []byte) error {
	l, err := bandit.RestoreLearner(posterior)
	if err != nil {
		return err
	}
	if l.Arms() != e.learner.bandit.Arms() {
		return fmt.Errorf("router: a posterior of %d arms for %d", l.Arms(), e.learner.bandit.Arms())
	}
	l.Settle()
	e.learner.bandit = l
	return nil
}

// divided asks the divider for the one plan of this decision.
func (e *Engine) divided(p *parentState, stage event.Stage, want market.Qty, d *event.RecordDecision) {
	pl, w := &e.plans, &e.plans.wave
	*w = Wave{Decision: d.Decision, Seed: e.cfg.Seed, Stage: stage, Want: want, Lot: pl.lot, Most: e.venuesAt(p, stage),
		Opp: d.OppBps, Offers: w.Offers[:0]}
	for i := range pl.cands {
		c := &pl.cands[i]
		w.Offers = append(w.Offers, Offer{Venue: c.venue.ID, Style: c.style, Cap: c.cap, Static: c.static, EdgeBps: c.edge,
			FeeBps: c.fee, Features: c.view.phi[:]})
	}
	e.divider.Divide(w)
	if stage == event.StageSweep {
		e.takePlan(p, d, e.divider.Name(), want, func(a, b *candidate) int { return cmp.Compare(pl.rank(a), pl.rank(b)) })
	} else {
		e.dividedPlan(p, want, d)
	}
	e.finishPlans(p, want, w.Opp, d)
}

// rank is the divider's figure of a candidate.
func (pl *planner) rank(c *candidate) float64 {
	for i := range pl.wave.Offers {
		if o := &pl.wave.Offers[i]; o.Venue == c.venue.ID {
			return o.Rank
		}
	}
	return 0
}

// dividedPlan turns the divider's answer into a plan that keeps to caps, lots and the number of venues.
func (e *Engine) dividedPlan(p *parentState, want market.Qty, d *event.RecordDecision) {
	pl, w := &e.plans, &e.plans.wave
	sized := false
	for i := range w.Offers {
		sized = sized || w.Offers[i].Qty > 0
	}
	pl.orderBy(func(a, b int) int {
		if sized {
			return cmp.Compare(w.Offers[b].Qty, w.Offers[a].Qty)
		}
		return cmp.Compare(w.Offers[a].Rank, w.Offers[b].Rank)
	})
	plan := nextPlanView(d)
	plan.Name = e.divider.Name()
	for i, left := 0, want; i < len(pl.order) && len(plan.Shares) < w.Most && left > 0; i++ {
		o, c := &w.Offers[pl.order[i]], &pl.cands[pl.order[i]]
		q := min(c.cap, left)
		if sized {
			q = min(q, o.Qty)
		}
		if q > pl.lot {
			q -= q % pl.lot
		}
		if q > 0 {
			plan.Shares = append(plan.Shares, c.share(p, q))
			left -= q
		}
	}
}
