package router

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Standing is what is learned of one venue, at the average context (every feature at its centre): for people and
// reports, never for decisions, which use the context of the moment.
type Standing struct {
	Venue                market.VenueID
	Name                 string
	Take                 bool    // of orders that cross the spread; else of posted and midpoint orders
	Fill, FillLo, FillHi float64 // probability of any fill, 90 % interval
	ToxBps, ToxLo, ToxHi float64 // toxicity at the deciding horizon, 90 % interval
	LatencyUs            float64 // median of the last round trips
	Reject               float64 // probability
	ExpectLots           float64 // lots expected of 50 sent, where the size of hidden liquidity is learned; else 0
}

// Standings gives what is learned of every venue: posted and midpoint orders, and taking where the venue displays.
func (e *Engine) Standings() (out []Standing) {
	for i := range e.venues {
		out = append(out, e.standing(&e.venues[i], 0))
		if e.venues[i].Type.Displayed() {
			out = append(out, e.standing(&e.venues[i], 1))
		}
	}
	return out
}

func (e *Engine) standing(v *venueState, take int) Standing {
	var phi [features.Dim]float64
	phi[features.One] = 1
	b, arm := e.learner.bandit, int(v.ID)*armsPerVenue+take
	fill := b.Fill(arm).Predict(phi[:])
	tox := b.Toxicity(arm, usualHorizon(v.Type))
	s := Standing{Venue: v.ID, Name: v.Name, Take: take == 1, Fill: fill.Mean, LatencyUs: v.median}
	const z = 1.645
	s.FillLo, s.FillHi = fill.Interval(z)
	s.ToxBps = tox.Predict(phi[:]).Mean
	se := tox.MeanSE(phi[:])
	s.ToxLo, s.ToxHi = s.ToxBps-float64(z*se), s.ToxBps+float64(z*se)
	s.Reject, _ = b.Service(arm).Reject()
	if size := b.Size(arm); size != nil {
		curve := size.Curve(fill.Mean)
		s.ExpectLots = curve.Expected(50)
	}
	return s
}

// Cost is the expected cost in bps of one share sent to a venue at standing s: p·(edge + fee + toxicity) + (1−p)·later
// (learning text 1.1). edge is what crossing costs, half a spread for a take, 0 at the midpoint, minus half for a post.
func (s *Standing) Cost(edge, fee, later float64) float64 {
	return float64(s.Fill*(edge+fee+s.ToxBps)) + float64((1-s.Fill)*later)
}

// PriorStanding gives the standing of a venue of which only the desk's history is known.
func PriorStanding(v market.Venue) Standing {
	cfg := DefaultConfig()
	v.ID = 0
	cfg.Venues = []market.Venue{v}
	state := newVenueState(&cfg.Venues[0])
	e := Engine{cfg: cfg, learner: newLearner(&cfg), venues: []venueState{state}}
	take := 0
	if v.Type.Displayed() {
		take = 1
	}
	return e.standing(&e.venues[0], take)
}

// Degraded gives the level of the last Degraded, and why.
func (e *Engine) Degraded() (level uint8, why string) { return e.degraded, e.degradedBy }

// Working gives the parents that are not done, oldest first.
func (e *Engine) Working() (out []order.ParentID) {
	for _, p := range e.live {
		out = append(out, p.ID)
	}
	slices.Sort(out)
	return out
}

// Count gives how many parents there ever were, how many work, and the shares at venues or in doubt.
func (e *Engine) Count() (parents, working int, open int64) {
	for _, p := range e.live {
		open += int64(p.exposure())
	}
	return int(e.lastParent), len(e.live), open
}

// LiveChildren gives the orders that are not done, as they were sent, oldest first: a restarted process gives them to
// its venue sessions, so that late reports find their child.
func (e *Engine) LiveChildren() (out []event.SendChild) {
	for _, p := range e.live {
		for _, c := range p.children {
			out = append(out, e.asSent(c))
		}
	}
	slices.SortFunc(out, func(a, b event.SendChild) int { return cmp.Compare(a.Child.ID, b.Child.ID) })
	return out
}

// EndedChildren gives the orders that are done among the last so many there were, oldest first: a late fill or a bust that
// names only the venue's id must find its child after a restart too (RACE-02, ER-20), and a bust may bring it back to life.
func (e *Engine) EndedChildren(last int) (out []event.SendChild) {
	first := order.ChildID(1)
	if n := order.ChildID(max(last, 0)); e.lastChild > n {
		first = e.lastChild - n + 1
	}
	for id := first; id <= e.lastChild; id++ {
		if c := e.children[id]; c != nil && c.State.Done() {
			out = append(out, e.asSent(c))
		}
	}
	return out
}

// asSent is the command that sent a child, with what became of it.
func (e *Engine) asSent(c *childState) event.SendChild {
	t := &c.parent.Terms
	return event.SendChild{Child: c.Child, ClOrdID: event.ClOrdID(e.instance, c.ID, 0), Account: t.Account, Capacity: t.Capacity, LocateID: t.LocateID}
}
