package router

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// planner holds the buffers of one decision; they keep their memory between decisions.
type planner struct {
	slot   *slot // that the parent is served by
	cands  []candidate
	rows   []ScoreInput
	scores []float64
	order  []int
	slots  []bandit.Slot
	counts []int
	moved  []int
	alloc  bandit.Allocator
	plans  []bandit.Plan
	keys   [][]uint64
	dist   bandit.Distribution
	lot    market.Qty
	level  [market.MaxVenues]int
	wave   Wave

	behind  bool          // a venue got nothing because its session is behind
	opposed []*childState // open orders of ours on the other side, at the decision
	blind   bool          // no model says figures: the static scorer alone decides
}

// propose fills the decision's plans: the static one first, then the learner's candidates (learning text, section 4).
func (e *Engine) propose(p *parentState, stage event.Stage, want market.Qty, d *event.RecordDecision) {
	pl := &e.plans
	if len(pl.cands) == 0 {
		return
	}
	opp := d.OppBps
	if stage == event.StageSweep {
		e.takePlan(p, d, "static", want, func(a, b *candidate) int { return cmp.Compare(b.static, a.static) })
		if !pl.blind {
			e.takePlan(p, d, "greedy", want, func(a, b *candidate) int { return cmp.Compare(b.net(opp), a.net(opp)) })
			e.takePlan(p, d, "fastest", want, func(a, b *candidate) int { return cmp.Compare(a.venue.median, b.venue.median) })
		}
	} else {
		e.staticPlan(p, stage, want, d)
		if !pl.blind {
			e.greedyPlans(p, stage, want, opp, d)
		}
	}
	e.finishPlans(p, want, opp, d)
}

// finishPlans takes out what a minimum quantity forbids, and costs the plans.
func (e *Engine) finishPlans(p *parentState, want market.Qty, opp float64, d *event.RecordDecision) {
	for i := range d.Plans {
		if m := p.minQty(); m > 0 {
			d.Plans[i].Shares = slices.DeleteFunc(d.Plans[i].Shares, func(s event.Share) bool { return s.Qty < m })
		}
		if d.Stage == event.StageSweep && e.rules.TradeThrough {
			d.Plans[i].Shares = e.withinRule(p.symbol, p.Terms.Side, d.Plans[i].Shares)
		}
		d.Plans[i].CostBps = e.planCost(&d.Plans[i], want, opp)
	}
}

// net is what a share sent here saves against finishing later.
func (c *candidate) net(opp float64) float64 {
	return float64(c.view.curve.First*(opp-c.cost)) - c.leak
}

// staticPlan gives the best-scored venues their clips, without learning: the baseline of every comparison.
func (e *Engine) staticPlan(p *parentState, stage event.Stage, want market.Qty, d *event.RecordDecision) {
	pl := &e.plans
	pl.orderBy(func(a, b int) int { return cmp.Compare(pl.cands[b].static, pl.cands[a].static) })
	most := e.venuesAt(p, stage)
	plan := nextPlanView(d)
	plan.Name = "static"
	for i, left := 0, want; i < len(pl.order) && len(plan.Shares) < most && left > 0; i++ {
		c := &pl.cands[pl.order[i]]
		q := min(c.cap, left)
		plan.Shares = append(plan.Shares, c.share(p, q))
		left -= q
	}
}

// orderBy puts the candidates' indexes in the order of less.
func (pl *planner) orderBy(compare func(a, b int) int) {
	pl.order = pl.order[:0]
	for i := range pl.cands {
		pl.order = append(pl.order, i)
	}
	slices.SortStableFunc(pl.order, compare)
}

// venuesAt is how many venues one wave of the stage may use.
func (e *Engine) venuesAt(p *parentState, stage event.Stage) int {
	working := 0
	switch stage {
	case event.StageInternal:
		return 1
	case event.StageDark:
		for _, c := range p.children {
			if c.Style == order.StyleDark {
				working++
			}
		}
		return max(1, e.cfg.Tactics.DarkVenues-working)
	}
	for _, c := range p.children {
		if c.Style == order.StylePost {
			working++
		}
	}
	return max(1, e.cfg.Tactics.PostVenues-working)
}

// greedyPlans are the learner's: the greedy split by marginal net value, the split without its top venue, the top
// venue's share halved in favor of each of the next three, the two best single venues, and one size probe.
func (e *Engine) greedyPlans(p *parentState, stage event.Stage, want market.Qty, opp float64, d *event.RecordDecision) {
	pl := &e.plans
	n := lots(want, pl.lot)
	pl.slots = pl.slots[:0]
	for i := range pl.cands {
		c := &pl.cands[i]
		slot := bandit.Slot{Curve: c.curveForAllocation(), Cost: c.cost, Leak: c.leak, Max: lots(c.cap, pl.lot)}
		if m := p.minQty(); m > 0 {
			slot.MinQty = lots(m+pl.lot-1, pl.lot)
		}
		pl.slots = append(pl.slots, slot)
	}
	pl.counts = pl.alloc.Allocate(pl.counts, pl.slots, n, opp)
	e.trimVenues(p, stage, opp)
	top := e.addCounts(p, d, "greedy", pl.counts, want)
	if top < 0 {
		return
	}
	best := append(pl.moved[:0], pl.counts...)
	pl.moved = best
	e.singles(p, want, opp, d)
	saved := pl.slots[top].Max
	pl.slots[top].Max = 0
	pl.counts = pl.alloc.Allocate(pl.counts, pl.slots, n, opp)
	e.trimVenues(p, stage, opp)
	e.addCounts(p, d, "without the top venue", pl.counts, want)
	pl.slots[top].Max = saved
	e.shifted(p, want, top, opp, d)
	if arm, ok := bandit.ProbeArm(bandit.NewKey(e.cfg.Seed, d.Decision, purposeProbe), probeShare, pl.moved); ok {
		pl.counts = pl.alloc.Probe(pl.counts, pl.slots, pl.moved, arm, n, opp)
		e.addCounts(p, d, "size probe", pl.counts, want)
	}
}

// probeShare is the share of waves that look at a size beyond the optimum (DRK-05).
const probeShare = .01

// Purposes separate the random draws of one decision (PLN-06).
const (
	purposePlan   = 1
	purposeProbe  = 2
	purposeCanary = 3
)

// trimVenues keeps the venues of a split to the number one wave may use, dropping those of least value.
func (e *Engine) trimVenues(p *parentState, stage event.Stage, opp float64) {
	pl := &e.plans
	for most := e.venuesAt(p, stage); ; {
		used, worst := 0, -1
		for i, n := range pl.counts {
			if n == 0 {
				continue
			}
			used++
			if worst < 0 || pl.cands[i].net(opp) < pl.cands[worst].net(opp) {
				worst = i
			}
		}
		if used <= most {
			return
		}
		pl.counts[worst] = 0
	}
}

// addCounts turns lots into a plan and gives the index of its largest share, −1 if it sends nothing.
func (e *Engine) addCounts(p *parentState, d *event.RecordDecision, name string, counts []int, want market.Qty) int {
	pl := &e.plans
	top := -1
	for i, n := range counts {
		if n > 0 && (top < 0 || n > counts[top]) {
			top = i
		}
	}
	if top < 0 {
		return -1
	}
	plan := nextPlanView(d)
	plan.Name = name
	left := want
	for i, n := range counts {
		if q := min(market.Qty(n)*pl.lot, pl.cands[i].cap, left); q > 0 {
			plan.Shares = append(plan.Shares, pl.cands[i].share(p, q))
			left -= q
		}
	}
	return top
}

// singles are the two best single-venue plans.
func (e *Engine) singles(p *parentState, want market.Qty, opp float64, d *event.RecordDecision) {
	pl := &e.plans
	pl.orderBy(func(a, b int) int { return cmp.Compare(pl.cands[b].net(opp), pl.cands[a].net(opp)) })
	for i := 0; i < min(2, len(pl.order)); i++ {
		c := &pl.cands[pl.order[i]]
		plan := nextPlanView(d)
		plan.Name = c.venue.only
		plan.Shares = append(plan.Shares, c.share(p, min(c.cap, want)))
	}
}

// shifted halves the top venue's share and moves it to each of the next three venues.
func (e *Engine) shifted(p *parentState, want market.Qty, top int, opp float64, d *event.RecordDecision) {
	pl := &e.plans
	half := pl.moved[top] / 2
	if half == 0 {
		return
	}
	for k, tried := 0, 0; k < len(pl.order) && tried < 3; k++ {
		to := pl.order[k]
		room := pl.slots[to].Max - pl.moved[to]
		if to == top || room <= 0 || pl.cands[to].net(opp) <= 0 {
			continue
		}
		tried++
		pl.counts = append(pl.counts[:0], pl.moved...)
		move := min(half, room)
		pl.counts[top] -= move
		pl.counts[to] += move
		e.addCounts(p, d, pl.cands[to].venue.half, pl.counts, want)
	}
}

// takePlan takes displayed liquidity best price first over all venues, so that no better price is traded through
// (RULE-02); prefer only decides between venues at the same price.
func (e *Engine) takePlan(p *parentState, d *event.RecordDecision, name string, want market.Qty, prefer func(a, b *candidate) int) {
	pl, s, side, limit := &e.plans, p.symbol, p.Terms.Side, p.Terms.Limit
	pl.order = pl.order[:0]
	for i := range pl.cands {
		pl.order = append(pl.order, i)
		pl.level[i] = 0
	}
	slices.SortStableFunc(pl.order, func(a, b int) int { return prefer(&pl.cands[a], &pl.cands[b]) })
	pl.counts = append(pl.counts[:0], make([]int, len(pl.cands))...)
	plan := nextPlanView(d)
	plan.Name = name
	for left := want; left > 0; {
		best := -1
		var price market.Price
		for _, i := range pl.order {
			levels := s.cons.Books[pl.cands[i].venue.ID].Far(side)
			if pl.level[i] >= len(levels) || (limit > 0 && side.Worse(levels[pl.level[i]].Price, limit)) {
				continue
			}
			if px := levels[pl.level[i]].Price; best < 0 || side.Worse(price, px) {
				best, price = i, px
			}
		}
		if best < 0 {
			break
		}
		c := &pl.cands[best]
		l := s.cons.Books[c.venue.ID].Far(side)[pl.level[best]]
		pl.level[best]++
		q := min(l.Size, left, c.cap-market.Qty(pl.counts[best]))
		if q <= 0 {
			continue
		}
		pl.counts[best] += int(q)
		left -= q
		addTake(plan, c, p, q, price)
	}
}

// addTake adds to the venue's share of a take plan and moves its limit out to the level.
func addTake(plan *event.PlanView, c *candidate, p *parentState, q market.Qty, price market.Price) {
	for i := range plan.Shares {
		if s := &plan.Shares[i]; s.Venue == c.venue.ID {
			s.Qty, s.Limit = s.Qty+q, price
			return
		}
	}
	share := c.share(p, q)
	share.Limit = price
	plan.Shares = append(plan.Shares, share)
}

// share is q shares at the candidate.
func (c *candidate) share(p *parentState, q market.Qty) event.Share {
	return event.Share{Venue: c.venue.ID, Style: c.style, Qty: q, Limit: c.limit, MinQty: min(p.Terms.MinQty, q)}
}

// planCost is J, the expected cost in bps per wanted share (learning text 1.1), and fills the plan's parts of it.
func (e *Engine) planCost(plan *event.PlanView, want market.Qty, opp float64) float64 {
	pl := &e.plans
	var b bill
	for i := range plan.Shares {
		b.add(pl.find(plan.Shares[i].Venue), plan.Shares[i].Qty, pl.lot)
	}
	return b.per(&plan.Parts, float64(want)/float64(pl.lot), opp)
}

func (pl *planner) find(v market.VenueID) *candidate {
	for i := range pl.cands {
		if pl.cands[i].venue.ID == v {
			return &pl.cands[i]
		}
	}
	panic("router: a plan uses a venue that is no candidate")
}

// choose merges equal plans, gives each its exact probability, and samples one (PLN-03 to PLN-06).
func (e *Engine) choose(p *parentState, d *event.RecordDecision) *event.PlanView {
	pl := &e.plans
	if len(d.Plans) == 0 {
		return nil
	}
	pl.plans = pl.plans[:0]
	for len(pl.keys) < len(d.Plans) {
		pl.keys = append(pl.keys, nil)
	}
	for i := range d.Plans {
		pl.keys[i] = planKey(pl.keys[i][:0], &d.Plans[i])
		pl.plans = append(pl.plans, bandit.Plan{Key: pl.keys[i], Cost: d.Plans[i].CostBps, Static: i == 0, Tag: i})
	}
	plans, err := bandit.Canonical(pl.plans)
	if err != nil {
		panic("router: " + err.Error())
	}
	mix := e.mix(p, plans, d)
	if err := pl.dist.Compute(plans, mix); err != nil {
		panic("router: " + err.Error())
	}
	d.ExploreBps = pl.dist.Extra(plans)
	d.M, d.Epsilon, d.Gamma, d.Seed = mix.Share, mix.Floor, mix.Gamma, e.cfg.Seed
	d.Draw = bandit.NewKey(e.cfg.Seed, d.Decision, purposePlan).Uniform(0)
	j := bandit.Sample(pl.dist.P, d.Draw)
	if mix.Share > 0 {
		e.learner.explore.Decided()
	}
	e.keepPlans(d, plans, j)
	return &d.Plans[d.Chosen]
}

// keepPlans puts the merged plans, in canonical order, in place of the proposals.
func (e *Engine) keepPlans(d *event.RecordDecision, plans []bandit.Plan, chosen int) {
	pl := &e.plans
	var kept [bandit.MaxPlans]event.PlanView
	for j := range plans {
		kept[j] = d.Plans[plans[j].Tag]
		kept[j].Prob = pl.dist.P[j]
	}
	var rest [bandit.MaxPlans]event.PlanView
	n := 0
	for i := range d.Plans { // the merged ones keep their memory at the end
		if !slices.ContainsFunc(plans, func(b bandit.Plan) bool { return b.Tag == i }) {
			rest[n] = d.Plans[i]
			n++
		}
	}
	copy(d.Plans, kept[:len(plans)])
	copy(d.Plans[len(plans):], rest[:n])
	d.Plans = d.Plans[:len(plans)]
	d.Chosen, d.Static = int32(chosen), int32(pl.dist.Static)
}

// planKey is a plan's canonical form: its shares by venue.
func planKey(key []uint64, p *event.PlanView) []uint64 {
	slices.SortFunc(p.Shares, func(a, b event.Share) int { return cmp.Compare(a.Venue, b.Venue) })
	for _, s := range p.Shares {
		key = append(key, uint64(s.Venue)<<8|uint64(s.Style), uint64(s.Qty), uint64(s.Limit))
	}
	return key
}
