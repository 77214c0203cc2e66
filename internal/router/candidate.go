package router

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// candidate is one venue that a decision may use, with everything the plans need to know of it.
type candidate struct {
	venue  *venueState
	style  order.Style
	limit  market.Price // of the child
	cap    market.Qty   // largest child this wave
	shown  market.Qty   // displayed at limit, for takes
	fee    float64      // bps
	edge   float64      // κ·half, or the distance of the level from the mid, bps
	impact float64      // bps, as the objective weighs it
	tox    float64
	leak   float64 // λ, bps for each lot sent, filled or not: the venue's, from configuration (H6)
	cost   float64 // expected cost of a filled share, bps of the mid
	static float64
	view   prediction

	toxSE   float64 // standard error of tox
	stairs  bandit.Stairs
	expectN int     // the argument of the last expected
	expectQ float64 // and its value: a clip comes back in most plans
}

// stageStyle is the style a stage sends in.
func stageStyle(s event.Stage) order.Style {
	switch s {
	case event.StageInternal:
		return order.StyleInternal
	case event.StageDark:
		return order.StyleDark
	case event.StageLit:
		return order.StylePost
	}
	return order.StyleSweep
}

// serves reports whether a venue type belongs to a stage of the pecking order.
func serves(s event.Stage, t market.VenueType) bool {
	switch s {
	case event.StageInternal:
		return t == market.Internalizer
	case event.StageDark:
		return t == market.Dark
	}
	return t.Displayed()
}

// exclusion gives the reason why venue v may get nothing of parent p at this stage, empty if it may: the vetoes come
// before any probability (PLN-03).
func (e *Engine) exclusion(p *parentState, v *venueState, stage event.Stage) string {
	st := &p.standing[v.ID]
	style := stageStyle(stage)
	switch {
	case !serves(stage, v.Type):
		return "another stage serves it"
	case !p.Terms.Permits(v.ID):
		return "not permitted by the client"
	case p.directed >= 0 && int(v.ID) != p.directed:
		return "the order is directed elsewhere"
	case !v.up:
		return "session down"
	case e.gate.Halted(p.Client, p.Terms.Symbol, v.Name, p.Terms.Strategy):
		return "halted"
	case !v.Hours.IsOpen(e.now):
		return "venue closed"
	case v.rests > e.now && (p.directed < 0 || v.because != restSlow): // who names a venue waits for its answer
		return v.because
	case v.line.behind(e.now):
		e.plans.behind = true
		return v.line.reason()
	case st.shutUntil > e.now:
		return "refused or withdrew our last order"
	case st.disputes > 0:
		return "reports disagree"
	case p.Terms.MinQty > 0 && !v.Caps.Has(market.CapMinQty):
		return "no minimum quantity"
	case st.coolUntil > e.now && stage != event.StageSweep:
		return "cooling off after silence"
	case stage == event.StageSweep && e.missed(p, st, v):
		return "showed what it did not have, and its book has not changed"
	case style != order.StyleSweep && p.at(v.ID):
		return "already working there"
	}
	if v.Type.Displayed() && !p.symbol.cons.Usable(v.ID, e.now, v.QuoteMs*market.Millisecond) {
		return e.unusable(p.symbol, v)
	}
	return ""
}

// unusable says what is wrong with a displayed venue's book (MD-01, MD-03).
func (e *Engine) unusable(s *symbolState, v *venueState) string {
	b := &s.cons.Books[v.ID]
	switch {
	case !s.cons.Has[v.ID]:
		return "no book yet"
	case b.Halted:
		return "symbol halted there"
	case b.Poisoned:
		return "gap in its market data"
	case b.Crossed():
		return "its book is crossed"
	}
	return fmt.Sprintf("book is %d ms old", e.now.Sub(b.Received)/market.Millisecond)
}

// missed reports whether the last takes at v got nothing although its book showed something, and the book is still the
// one they were sent for.
func (e *Engine) missed(p *parentState, st *standing, v *venueState) bool {
	return st.misses > 0 && p.symbol.cons.Books[v.ID].Received <= st.missedAt &&
		e.now < st.missedAt.Add(market.Second<<min(st.misses, 4))
}

// gather fills the planner's candidates and the decision's views of every venue. want is what the wave may place.
func (e *Engine) gather(p *parentState, stage event.Stage, want market.Qty, d *event.RecordDecision) []candidate {
	pl := &e.plans
	pl.cands, pl.slot, pl.behind = pl.cands[:0], e.learner.slotOf(p), false
	pl.opposed = e.opposing(p, pl.opposed[:0])
	for i := range e.venues {
		v := &e.venues[i]
		view := nextVenueView(d)
		view.Venue, view.Style, view.LatencyUs, view.AgeNs = v.ID, stageStyle(stage), v.median, -1
		if e.fillBook(p.symbol, v, view); view.AgeNs >= 0 && !v.Type.Displayed() {
			view.AgeNs = -1
		}
		if view.Excluded = e.exclusion(p, v, stage); view.Excluded != "" {
			continue
		}
		c := pl.next()
		c.venue, c.style = v, stageStyle(stage)
		if view.Excluded = e.place(p, v, want, c); view.Excluded == "" && e.meetsOwn(p, c) {
			view.Excluded = "an open opposite order of ours is there"
		}
		if view.Excluded != "" {
			pl.cands = pl.cands[:len(pl.cands)-1]
			continue
		}
		c.toxSE = e.predict(pl.slot, &c.view, p, v, c.style, min(c.cap, want))
		e.value(p, c)
	}
	e.scoreStatic(p)
	d.OppBps = e.opportunity(p)
	e.fillViews(d)
	return pl.cands
}

// next extends the candidates by a zeroed one; its prediction keeps what it had: predict fills what decides, predictMarkouts the rest.
func (pl *planner) next() *candidate {
	if len(pl.cands) == cap(pl.cands) {
		pl.cands = append(pl.cands, candidate{})
	} else {
		pl.cands = pl.cands[:len(pl.cands)+1]
	}
	c := &pl.cands[len(pl.cands)-1]
	c.venue, c.style, c.limit, c.cap, c.shown = nil, 0, 0, 0, 0
	c.fee, c.edge, c.impact, c.tox, c.leak, c.cost, c.static = 0, 0, 0, 0, 0, 0, 0
	c.toxSE, c.stairs, c.expectN, c.expectQ = 0, bandit.Stairs{}, 0, 0
	return c
}

func (e *Engine) fillBook(s *symbolState, v *venueState, view *event.VenueView) {
	if !s.cons.Has[v.ID] {
		return
	}
	b := &s.cons.Books[v.ID]
	view.Bid, view.Ask, view.AgeNs = b.BestBid(), b.BestAsk(), e.now.Sub(b.Received)
}

// place sets the child's limit and largest size, or says why there is none.
func (e *Engine) place(p *parentState, v *venueState, want market.Qty, c *candidate) string {
	s, side, limit := p.symbol, p.Terms.Side, p.Terms.Limit
	c.cap = want
	switch c.style {
	case order.StyleInternal, order.StyleDark:
		mid := s.quote.Mid()
		if mid <= 0 {
			return "no midpoint"
		}
		if limit > 0 && side.Worse(mid, limit) {
			return "the midpoint is beyond the limit"
		}
		c.limit = limit
		if !v.Caps.Has(market.CapMidpoint) { // a venue that knows no pegs must not have the client's limit to trade at
			if c.limit = s.RoundInside(side, mid); c.limit <= 0 {
				return "no midpoint on the tick"
			}
		}
		if c.style == order.StyleDark {
			c.cap = min(c.cap, e.clip(p, v))
		}
	case order.StylePost:
		if c.limit = e.postLimit(p, &p.Terms); c.limit <= 0 {
			return "a post there would lock or cross the market"
		}
		c.cap = min(c.cap, max(s.lot(), e.cfg.Tactics.PostClip))
		if p.Terms.MaxFloor > 0 {
			c.cap = min(c.cap, p.Terms.MaxFloor-p.displayed())
		}
	default:
		c.shown = s.cons.Books[v.ID].Takeable(side, limit)
		if c.shown <= 0 {
			return "nothing displayed within the limit"
		}
		c.cap = min(c.cap, c.shown)
	}
	if v.MaxQty > 0 {
		c.cap = min(c.cap, v.MaxQty)
	}
	if most := e.gate.MostChild(s.Symbol); most > 0 {
		c.cap = min(c.cap, most)
	}
	if lot := s.lot(); c.cap > lot {
		c.cap -= c.cap % lot
	}
	if c.cap <= 0 {
		return "no room under the size limits"
	}
	if p.minQty() > c.cap {
		return "smaller than the minimum quantity"
	}
	return ""
}

// postLimit is where an order with terms t is posted: at the near side, or at the client's limit where that is all there is
// to do; 0 where it would lock or cross the market (RULE-03).
func (e *Engine) postLimit(p *parentState, t *order.Terms) market.Price {
	s, px := p.symbol, p.symbol.quote.Near(t.Side)
	if t.Limit > 0 && (t.Strategy == order.Immediate || t.Side.Worse(px, t.Limit)) {
		px = t.Limit
	}
	if far := s.quote.Far(t.Side); px <= 0 || far > 0 && !t.Side.Worse(far, px) {
		return 0
	}
	return s.RoundInside(t.Side, px)
}

// clip is the largest dark child now: it starts small, because a dark order leaks by its size, and grows with what it
// finds there.
func (e *Engine) clip(p *parentState, v *venueState) market.Qty {
	st := &p.standing[v.ID]
	if st.clip == 0 {
		lot := p.symbol.lot()
		first := market.Qty(int64(p.symbol.ADV) * e.cfg.Tactics.DarkClipPer1e5 / 100_000)
		st.clip = max(lot, first-first%lot)
	}
	return st.clip
}

// rank raises or lowers a venue's standing for this order by what a dark child brought: a large part filled says that
// there may be more (the clip grows by up to its double), silence of its whole time says that there is not (it halves, and
// rests).
func (e *Engine) rank(p *parentState, c *childState) {
	st := &p.standing[c.Venue]
	if c.Style.Takes() {
		st.misses++
		if c.Cum > 0 {
			st.misses = 0
		}
		st.missedAt = c.DecidedAt
	}
	if c.Style != order.StyleDark && c.Style != order.StyleInternal {
		return
	}
	lot := p.symbol.lot()
	st.full = 0
	switch {
	case c.Cum == 0 && c.canceling && e.now.Sub(e.startOfRest(c)) < e.restOf(c)*9/10:
		return // it had not its time: no silence
	case c.Cum == 0:
		st.empties++
		st.clip = max(lot, (st.clip/2)-(st.clip/2)%lot)
		pause := e.cfg.Tactics.DarkWave // an internalizer answers at once, however patient the order is
		if c.Style == order.StyleDark {
			pause = e.darkWave(p)
		}
		st.coolUntil = max(st.coolUntil, e.now.Add(pause<<min(st.empties, 5)))
		return
	case 4*c.Cum >= 3*c.Qty:
		st.clip *= 2
	case 4*c.Cum >= c.Qty:
		st.clip += st.clip / 2
	}
	st.empties = 0
	if c.Cum >= c.Qty {
		st.full = lots(c.Cum, lot)
	}
	if most := e.gate.MostChild(p.symbol.Symbol); most > 0 {
		st.clip = min(st.clip, most)
	}
	st.clip -= st.clip % lot
}

// value gives what a filled share costs at the candidate: its distance from the mid, the fee, the toxicity, the impact
// (learning text 1.1). Objectives weigh the parts that are trade-offs, never the money.
func (e *Engine) value(p *parentState, c *candidate) {
	s, side := p.symbol, p.Terms.Side
	mid := s.quote.Mid()
	px := mid
	switch c.style {
	case order.StylePost, order.StyleDLimit:
		px = c.limit
	case order.StyleSweep, order.StyleTake:
		px = c.venue.bestTake(s, side)
	}
	if mid > 0 && px > 0 {
		c.edge = float64(side.Sign()) * market.Bps(px, mid)
	}
	c.fee = e.venues[c.venue.ID].FeeBps(e.learner.dayDate(), liquidityOf(c.style), px)
	h := c.view.decide
	c.tox = c.view.tox[h].Mean
	if c.style == order.StyleSweep || c.style == order.StylePost {
		c.impact = float64(impactWeight[p.Terms.Objective] * e.plans.slot.impactBps(s, min(c.cap, 10*s.lot()), c.style))
	}
	c.leak = e.plans.slot.leak(armOf(c.venue.ID, c.style), c.venue)
	c.cost = c.edge + c.fee + c.tox + c.impact
}

// impactWeight and hurryWeight turn an objective into the trade-off between moving the market and waiting.
var (
	impactWeight = [4]float64{order.Balanced: 1, order.Speed: .5, order.MinImpact: 2, order.MinCost: 1}
	hurryWeight  = [4]float64{order.Balanced: 1, order.Speed: 3, order.MinImpact: .5, order.MinCost: .7}
)

func liquidityOf(s order.Style) market.Liquidity {
	switch s {
	case order.StyleInternal:
		return market.RemovedMid
	case order.StyleDark:
		return market.AddedMid
	case order.StylePost, order.StyleDLimit:
		return market.Added
	}
	return market.Removed
}

// opportunity is what finishing later costs a share: crossing the spread with the dearest ordinary fee after a wait
// of one wave (learning text 1.1).
func (e *Engine) opportunity(p *parentState) float64 {
	s := p.symbol
	mid := s.quote.Mid()
	if mid <= 0 {
		return 0
	}
	half := float64(market.Bps(mid+s.quote.Spread()/2, mid)) // rounded here: Bps is inlined, and ends in a product
	const takeFee = 3000                                     // micro-dollars a share, the access-fee cap of Rule 610(c)
	fee := float64(takeFee / float64(mid) * 1e4)
	wait := math.Sqrt(float64(e.darkWave(p)) / float64(6*market.Hour+30*market.Minute))
	hurry := hurryWeight[p.Terms.Objective]
	switch p.Terms.Urgency {
	case order.High:
		hurry *= 2
	case order.Low:
		hurry *= .5
	}
	return half + fee + float64(hurry*s.DayVolBps*wait)
}

// scoreStatic gives every candidate the static scorer's figure.
func (e *Engine) scoreStatic(p *parentState) {
	pl := &e.plans
	pl.rows = pl.rows[:0]
	for i := range pl.cands {
		c := &pl.cands[i]
		pl.rows = append(pl.rows, ScoreInput{LatencyUs: c.venue.median, FillRatePct: c.venue.History.FillRatePct,
			FeeBps: c.fee, Impact: c.venue.History.Impact})
	}
	pl.scores = Score(pl.scores, pl.rows, e.cfg.Objectives[p.Terms.Objective])
	for i := range pl.cands {
		pl.cands[i].static = pl.scores[i]
	}
}

// fillViews copies what was thought of the candidates into the decision's views.
func (e *Engine) fillViews(d *event.RecordDecision) {
	sl := e.plans.slot
	for i := range e.plans.cands {
		c := &e.plans.cands[i]
		v := &d.Venues[c.venue.ID]
		v.Static, v.FeeBps, v.CostBps = c.static, c.fee, c.cost
		v.FillProb = c.view.fill.Mean
		if rests(c.style) {
			v.FillBy = c.view.by
		}
		v.FillLo, v.FillHi = c.view.fill.Interval(1.645)
		h := c.view.decide
		v.ToxBps = c.view.tox[h].Mean
		v.ToxSd = c.toxSE
		e.expectations(c, d.OppBps, v)
		lot := float64(e.plans.lot)
		v.ExpectQty = lot * c.expected(int(float64(c.cap)/lot))
		v.Reject, _ = sl.bandit.Service(armOf(c.venue.ID, c.style)).Reject()
		v.Features = append(v.Features[:0], c.view.phi[:]...)
	}
}

// expected is Σ_{u≤n} T(u) in lots.
func (c *candidate) expected(n int) float64 {
	if n <= 0 {
		n = 1
	}
	if c.style == order.StyleDark || c.style == order.StyleInternal {
		if n != c.expectN {
			c.expectN, c.expectQ = n, c.stairs.Expected(&c.view.curve, n)
		}
		return c.expectQ
	}
	return c.view.curve.First * float64(n)
}

// curve is the survival function in the allocator's form.
func (c *candidate) curveForAllocation() bandit.Curve {
	if c.style == order.StyleDark || c.style == order.StyleInternal {
		return c.view.curve
	}
	return bandit.Curve{First: c.view.curve.First}
}

// bestTake is the price an order on side would take at here.
func (v *venueState) bestTake(s *symbolState, side market.Side) market.Price {
	if far := s.cons.Books[v.ID].Far(side); len(far) > 0 {
		return far[0].Price
	}
	return 0
}

func (l *learner) dayDate() market.Date { return l.day.Date }
