package router

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// mayWork reports whether the parent may get new children now (INV-10).
func (e *Engine) mayWork(p *parentState) bool {
	return !p.State.Done() && p.Hold == order.HoldNone && p.ask.kind == noRequest &&
		!e.client(p.Client).down && e.degraded < event.DegradedChildren && !e.gate.OrphansFull() &&
		!e.gate.Halted(p.Client, p.Terms.Symbol, "", p.Terms.Strategy)
}

// work is the router's loop for one parent: tidy what is out, then walk the pecking order while there is something to
// place. why is what called for it, and goes into the decision.
func (e *Engine) work(p *parentState, why string) {
	if p.State.Done() {
		return
	}
	p.workedAt, p.waitsBook = e.now, false
	if e.now >= p.endsAt && (p.ask.kind == noRequest || p.ask.kind == dayRequest) && p.Hold != order.HoldFrozen {
		e.ask(p, request{kind: expireRequest}, "the order's time is over")
		return
	}
	if e.overnight(p) {
		return
	}
	if e.now < p.Terms.Start {
		e.wake(p, min(p.Terms.Start, p.until(e.now)))
		return
	}
	if p.symbol.asOf != e.now { // books grow too old without an event (MD-01)
		e.requote(p.symbol)
	}
	e.tend(p)
	for range 8 {
		if !e.mayWork(p) || !e.step(p, why) {
			break
		}
	}
	e.rest(p)
}

// step takes one decision, and reports whether another may follow.
func (e *Engine) step(p *parentState, why string) bool {
	want := e.want(p)
	if want <= 0 {
		return false
	}
	stage := e.nextStage(p)
	if stage == 0 {
		return false
	}
	if !e.decide(p, stage, want, why) {
		e.block(p, stage)
	}
	return true
}

// tend withdraws what has waited long enough or no longer stands where it should.
func (e *Engine) tend(p *parentState) {
	if p.Hold != order.HoldNone && p.Hold != order.HoldFrozen {
		e.withdrawRest(p)
		return
	}
	e.tendWave(p)
	hurry := e.urgent(p) || e.behind(p)
	for _, c := range p.children {
		if c.canceling || c.leftToVenue() {
			continue
		}
		age := e.now.Sub(e.startOfRest(c))
		switch c.Style {
		case order.StyleInternal, order.StyleSweep, order.StyleTake:
			if age >= e.restOf(c) {
				e.cancelChild(c, "no answer in time")
			}
		case order.StyleDark:
			if p.darkEnd == 0 && age >= e.restOf(c) { // it was in doubt when its wave ended, and is known again
				e.cancelChild(c, "its dark wave is over")
			}
		case order.StylePost, order.StyleDLimit:
			e.tendPost(p, c, hurry)
		}
	}
}

// tendPost withdraws a post that should not stay, and moves one that is only priced wrong: by a replace where its venue
// can, which needs no new decision, else it is withdrawn too and placed anew.
func (e *Engine) tendPost(p *parentState, c *childState, hurry bool) {
	if why := e.misplaced(p, e.now.Sub(e.startOfRest(c)), hurry); why != "" {
		e.cancelChild(c, why)
		return
	}
	why := e.mispriced(p, c)
	if why == "" || c.PendingReplace {
		return
	}
	if px := e.postLimit(p, &p.Terms); px > 0 && px != c.Limit && !c.slid && e.replaceChild(c, c.Qty, px, why) {
		return
	}
	e.cancelChild(c, why)
}

// repricePause keeps a post from following a quote that flickers.
const repricePause = 100 * market.Millisecond

// mispriced says why a post should rest at another price, empty if it should not.
func (e *Engine) mispriced(p *parentState, c *childState) string {
	calm := e.now.Sub(max(c.DecidedAt, c.placedAt)) >= repricePause
	switch {
	case e.degraded >= event.DegradedChildren: // it could not be placed anew
	case calm && e.offMarket(p, c):
		return "the quote moved away"
	case p.Terms.Strategy == order.Immediate && p.Terms.Limit > 0 && c.Style == order.StylePost && !c.slid && (calm || c.AckedAt != 0) &&
		c.Limit != p.symbol.RoundInside(p.Terms.Side, p.Terms.Limit): // by the client, who expects it to be followed at once
		return "the client's limit is another"
	}
	return ""
}

// misplaced says why a post should not stay where it is, empty if it should.
func (e *Engine) misplaced(p *parentState, age int64, hurry bool) string {
	switch wait := e.cfg.Tactics.PostWait / 2; {
	case hurry && age >= wait:
		return "the clock demands it"
	case p.Terms.Strategy == order.Immediate && age >= wait && e.marketable(p):
		return "the market came within the limit"
	case p.Terms.MaxFloor > 0 && p.displayed() > p.Terms.MaxFloor: // a bust brought it back
		return "more is displayed than the client allows"
	}
	return ""
}

// offMarket reports whether a post is no longer at the best price although the client's limit would allow it to be.
func (e *Engine) offMarket(p *parentState, c *childState) bool {
	near := p.symbol.quote.Near(p.Terms.Side)
	if p.Terms.Strategy == order.Immediate || near <= 0 || !p.Terms.Side.Worse(near, c.Limit) {
		return false
	}
	return p.Terms.Limit == 0 || !p.Terms.Side.Worse(near, p.Terms.Limit)
}

// tendWave ends dark orders that had their time, and the dark wave by its clock, and counts waves that brought nothing. An order
// that joined a wave late, because a pool filled or the quote came, rests its whole time too, as its decision expected: what is
// left of it then begins the next wave. A block looks at all its pools at once, and goes on from what they brought together.
func (e *Engine) tendWave(p *parentState) {
	if p.darkEnd == 0 {
		return
	}
	hurry, over, block := e.urgent(p), e.now >= p.darkEnd, p.Terms.Strategy == order.Block
	for _, c := range p.children {
		if c.Style == order.StyleDark && !c.canceling && !c.leftToVenue() && (hurry || over && block || e.now.Sub(e.startOfRest(c)) >= e.restOf(c)) {
			e.cancelChild(c, "end of the dark wave")
		}
	}
	left, due := p.darkLeft(e)
	if p.busy(order.StyleDark) && !(over && left > 0) {
		return
	}
	if p.darkEnd = due; !p.thin() {
		p.emptyWaves = 0
	} else if p.emptyWaves++; p.emptyWaves >= e.cfg.Tactics.DarkTries {
		p.darkNext = e.now.Add(e.darkWave(p) << min(p.emptyWaves, 6))
	}
	p.darkSent, p.darkGot = left, 0
}

// darkLeft is what rests in the dark and is not being withdrawn, and when the last of it has had its time.
func (p *parentState) darkLeft(e *Engine) (q market.Qty, due market.Time) {
	for _, c := range p.children {
		if c.Style == order.StyleDark && !c.canceling && !c.leftToVenue() {
			q, due = q+c.Leaves, max(due, e.startOfRest(c).Add(e.restOf(c)))
		}
	}
	return q, due
}

// thin reports whether the dark wave brought too little to go on with dark waves alone: nothing; for a block, which shows
// nothing as long as they bring something, less than an eighth of what was sent.
func (p *parentState) thin() bool {
	if p.Terms.Strategy == order.Block {
		return 8*p.darkGot < p.darkSent
	}
	return p.darkGot == 0
}

// A block's dark waves rest for a part of its time, at most for the longest: who has hours lets the other side come, and
// fewer orders tell of it.
const (
	blockWaves  = 60
	longestWave = 2 * market.Minute
)

// darkWave is how long dark children of this order rest before they are judged.
func (e *Engine) darkWave(p *parentState) int64 {
	w := e.cfg.Tactics.DarkWave
	switch {
	case p.Terms.Strategy == order.Immediate && p.Terms.Urgency != order.Low:
		return w / 8
	case p.Terms.Strategy == order.Block && p.Terms.End != 0:
		return max(w, min(p.endsAt.Sub(startOf(p))/blockWaves, longestWave))
	}
	return w
}

// restOf is how long a child may rest before silence counts.
func (e *Engine) restOf(c *childState) int64 { return e.restIn(c.parent, c.Style) }

// restIn is how long an order of that style rests for the parent.
func (e *Engine) restIn(p *parentState, style order.Style) int64 {
	switch style {
	case order.StyleDark:
		return e.darkWave(p)
	case order.StylePost, order.StyleDLimit:
		return e.cfg.Tactics.PostWait
	}
	return e.cfg.Tactics.InternalWait
}

// nextStage walks the pecking order: internalizer, dark wave, lit; 0 means wait.
func (e *Engine) nextStage(p *parentState) event.Stage {
	hurry := e.urgent(p)
	if p.directed >= 0 {
		return e.directedStage(p)
	}
	if e.cfg.Tactics.TakeOnly {
		return e.litStage(p, hurry)
	}
	if e.now >= p.internalNext && !p.busy(order.StyleInternal) && e.anyServes(event.StageInternal) {
		return event.StageInternal
	}
	if p.busy(order.StyleInternal) && !hurry {
		return 0
	}
	if !hurry && e.anyServes(event.StageDark) && e.now >= p.darkNext {
		return event.StageDark
	}
	if !hurry && p.darkEnd > e.now && !e.behind(p) && !p.shown {
		return 0 // the wave is out; lit venues come after it
	}
	if !hurry && e.darkAlone(p) {
		return 0
	}
	return e.litStage(p, hurry)
}

// darkAlone reports whether a block shows nothing yet, because its dark waves bring something and leave it time enough. Once
// it has shown something there is nothing left to hide.
func (e *Engine) darkAlone(p *parentState) bool {
	return p.Terms.Strategy == order.Block && !p.shown && p.emptyWaves < e.cfg.Tactics.DarkTries && e.anyServes(event.StageDark) && !e.late(p)
}

// litStage chooses between taking and posting.
func (e *Engine) litStage(p *parentState, hurry bool) event.Stage {
	if e.now < p.litNext {
		return 0
	}
	if hurry || e.cfg.Tactics.TakeOnly || e.behind(p) || p.Terms.Strategy == order.Immediate && e.marketable(p) {
		return event.StageSweep
	}
	if p.Terms.TIF == order.IOC || p.Terms.Strategy == order.Immediate && p.Terms.Type == order.Market {
		return event.StageSweep
	}
	posts := 0
	for _, c := range p.children {
		if c.Style == order.StylePost {
			posts++
		}
	}
	if posts >= e.cfg.Tactics.PostVenues || (p.Terms.MaxFloor > 0 && p.displayed() >= p.Terms.MaxFloor) {
		return 0
	}
	return event.StageLit
}

// directedStage is the stage that fits the venue a client named (FIX-07).
func (e *Engine) directedStage(p *parentState) event.Stage {
	v := &e.venues[p.directed]
	switch {
	case p.at(v.ID):
		return 0
	case v.Type == market.Internalizer && e.now >= p.internalNext:
		return event.StageInternal
	case v.Type == market.Dark && e.now >= p.darkNext:
		return event.StageDark
	case v.Type.Displayed():
		return e.litStage(p, e.urgent(p))
	}
	return 0
}

func (e *Engine) anyServes(s event.Stage) bool {
	for i := range e.venues {
		if serves(s, e.venues[i].Type) {
			return true
		}
	}
	return false
}

// marketable reports whether the far side is within the client's limit.
func (e *Engine) marketable(p *parentState) bool {
	far := p.symbol.quote.Far(p.Terms.Side)
	return far > 0 && (p.Terms.Limit == 0 || !p.Terms.Side.Worse(far, p.Terms.Limit))
}

// block keeps a stage from being tried again at once after it could send nothing.
func (e *Engine) block(p *parentState, stage event.Stage) {
	if e.plans.behind {
		e.blockedByLine(p, stage)
		return
	}
	switch stage {
	case event.StageInternal:
		p.internalNext = e.now.Add(2 * market.Second)
	case event.StageDark:
		if p.Terms.Strategy == order.Block && p.darkEnd == 0 && !p.busy(order.StyleDark) { // a wave that no pool would take
			p.emptyWaves++
		}
		p.darkNext = max(p.darkNext, e.now.Add(max(min(e.darkWave(p), e.cfg.Tactics.DarkWave)/2, p.idlePause())))
		p.idle++
	default:
		p.litNext = e.now.Add(100 * market.Millisecond)
		p.waitsBook = true
		p.idle++
	}
}

// idlePause is how long a parent that waits for the market sleeps when no book wakes it: longer each time, so that an
// order without a market costs little.
func (p *parentState) idlePause() int64 { return 100 * market.Millisecond << min(p.idle, 6) }

// rest sets when the parent is looked at again.
func (e *Engine) rest(p *parentState) {
	if p.State.Done() {
		return
	}
	if p.Terms.TIF == order.IOC && len(p.children) == 0 && p.ask.kind == noRequest && p.Hold != order.HoldConfirm && !e.waitsForLine(p) {
		e.ask(p, request{kind: expireRequest}, "immediate or cancel") // FIX-05
		return
	}
	if !e.mayWork(p) { // what lifts that is an event; only the order's end is not
		e.wake(p, p.until(e.now))
		return
	}
	next := e.now.Add(e.cfg.Tactics.PostWait)
	switch {
	case p.waitsBook:
		next = e.now.Add(p.idlePause())
	case p.Terms.TIF == order.IOC:
		next = e.now.Add(50 * market.Millisecond)
	case p.Terms.Strategy == order.Immediate && e.unrouted(p) > 0:
		next = e.now.Add(250 * market.Millisecond)
	}
	for _, c := range p.children {
		if !c.canceling {
			if due := e.startOfRest(c).Add(e.restOf(c)); due > e.now {
				next = min(next, due)
			}
		}
	}
	for _, t := range [...]market.Time{p.darkEnd, p.internalNext, p.darkNext, p.litNext} {
		if t > e.now && !(p.waitsBook && t == p.litNext) {
			next = min(next, t)
		}
	}
	if p.Terms.End != 0 {
		if sweep := p.endsAt.Add(-e.cfg.Tactics.UrgentBefore); sweep > e.now {
			next = min(next, sweep)
		}
	}
	e.wake(p, min(next, p.until(e.now)))
}

// decide takes one decision and sends its children; false if nothing was sent.
func (e *Engine) decide(p *parentState, stage event.Stage, want market.Qty, why string) bool {
	e.plans.lot = p.symbol.lot()
	if stage == event.StageLit && p.Terms.MaxFloor > 0 { // the sum over all venues (FIX-08)
		want = min(want, p.Terms.MaxFloor-p.displayed())
	}
	if lot := e.plans.lot; stage == event.StageDark && p.shown && want > lot { // so that posts are replenished while it rests
		want -= want / 2 / lot * lot
	}
	e.lastDecision++
	d := e.cmds.addDecision()
	d.Decision, d.Parent, d.At, d.Stage, d.Why = e.lastDecision, p.ID, e.now, stage, why
	d.Symbol, d.Side, d.Unrouted, d.Want = p.Terms.Symbol, p.Terms.Side, e.unrouted(p), want
	d.Quote, d.Objective, d.Urgency = p.symbol.quote, p.Terms.Objective, p.Terms.Urgency
	d.Schema = e.learner.hash
	d.Wave, d.Limits, d.Regime = p.wave+1, e.gate.Version(), e.rulesToday().Version
	cands := e.gather(p, stage, want, d)
	if !figures(cands) && e.distrust("what it says is no figure") {
		d.Venues = d.Venues[:0]
		cands = e.gather(p, stage, want, d)
	}
	if e.plans.blind = false; !figures(cands) {
		e.blind(p, d)
	}
	d.Model, d.Posterior = e.plans.slot.name, e.plans.slot.version
	if stage == event.StageDark {
		want = min(want, room(cands))
		d.Want = want
	}
	if len(cands) == 0 && e.plans.behind {
		return e.holdForLine(p, d)
	}
	if len(cands) == 0 || want <= 0 {
		return e.hold(p, d, "no venue may be used")
	}
	if e.divider != nil {
		e.divided(p, stage, want, d)
	} else {
		e.propose(p, stage, want, d)
	}
	plan := e.choose(p, d)
	if plan == nil || len(plan.Shares) == 0 {
		return e.hold(p, d, "the chosen plan sends nothing")
	}
	p.decisions++
	p.wave++
	sent := e.sendPlan(p, plan, d)
	if sent == 0 {
		return e.hold(p, d, "every child was refused by the gate")
	}
	e.spend(p, d)
	e.try(p, plan, d)
	e.afterDecision(p, stage)
	return true
}

// hold turns the decision into a record of why nothing was sent; a repeat of the last one is not recorded again.
func (e *Engine) hold(p *parentState, d *event.RecordDecision, reason string) bool {
	if d.ExploreBps = 0; d.Vetoed == "" { // nothing was spent
		d.Vetoed = reason
	}
	if p.lastHold == d.Stage && e.now.Sub(p.heldAt) < 10*market.Second {
		if e.takeBack(d) {
			return false
		}
	}
	p.lastHold, p.heldAt = d.Stage, e.now
	d.Stage = event.StageHold
	return false
}

// takeBack takes a decision that says nothing new off the record, if it is the last command.
func (e *Engine) takeBack(d *event.RecordDecision) bool {
	last := len(e.cmds.list) - 1
	if last < 0 || e.cmds.list[last] != event.Body(d) {
		return false
	}
	e.cmds.list = e.cmds.list[:last]
	e.cmds.decisions.used--
	e.lastDecision--
	return true
}

// room is what the candidates can take together.
func room(cands []candidate) (q market.Qty) {
	for i := range cands {
		q += cands[i].cap
	}
	return q
}

// afterDecision notes what the stage's children mean for the parent's next steps.
func (e *Engine) afterDecision(p *parentState, stage event.Stage) {
	p.lastHold, p.idle = 0, 0
	switch stage {
	case event.StageInternal:
		p.internalNext = e.now.Add(5 * market.Second)
	case event.StageDark:
		if p.darkEnd == 0 {
			p.darkEnd, p.darkSent, p.darkGot = e.now.Add(e.darkWave(p)), 0, 0
		}
		for _, c := range p.children {
			if c.Decision == e.lastDecision {
				p.darkSent += c.Qty
			}
		}
		p.darkNext = e.now.Add(50 * market.Millisecond)
	case event.StageLit:
		p.shown = p.Terms.Strategy == order.Block
		p.litNext = e.now.Add(e.slice(p, 200*market.Millisecond))
	case event.StageSweep:
		p.litNext = e.now.Add(e.slice(p, 20*market.Millisecond))
	}
}

// slice is the shortest time between two lit waves of an order: scheduled ones have a pace of their own.
func (e *Engine) slice(p *parentState, least int64) int64 {
	if n := e.cfg.Tactics.Slices; n > 0 && (p.Terms.Strategy == order.VWAP || p.Terms.Strategy == order.POV) && !e.urgent(p) {
		return max(least, market.Minute/int64(n))
	}
	return least
}

// sendPlan turns the plan's shares into children that pass the gate, and gives how many were sent.
func (e *Engine) sendPlan(p *parentState, plan *event.PlanView, d *event.RecordDecision) int {
	if d.Stage == event.StageSweep && e.rules.TradeThrough {
		return e.sendSweep(p, plan, d)
	}
	sent, strayed := 0, false
	for i := range plan.Shares {
		s := &plan.Shares[i]
		c := e.newChild(p, s, d)
		if r := e.gate.Child(&p.Parent, p.exposure()+e.held(p), len(p.children), &c.Child, p.symbol.quote); r.Rule != "" {
			e.vetoed(p, c, d, r.Rule+": "+r.Text)
			continue
		}
		if why := e.beyondRate(p, s, &c.Child); why != "" {
			e.vetoed(p, c, d, why)
			continue
		}
		if !e.distinct(p, s, &strayed) {
			e.vetoed(p, c, d, "RISK-07: the same child was sent too often without a fill")
			e.stop(p, nil, "RISK-07", "the same child was sent too often without a fill or a change: a person must look")
			return sent
		}
		e.send(p, c)
		sent++
	}
	return sent
}

// distinct counts identical sends in a row (RISK-07); a fill or a change of the market starts anew, and so does a child that was not
// sent before. One that is new only because more different ones were sent since the last change than are remembered counts as
// a repeat, once a decision: so an order that goes round many venues is stopped too, and one wide wave is not. strayed is that
// decision's memory of it.
func (e *Engine) distinct(p *parentState, s *event.Share, strayed *bool) bool {
	most := e.cfg.Limits.MaxRepeats
	if most <= 0 {
		return true
	}
	now := sent{s.Venue, s.Qty, s.Limit, s.Style, p.Cum, p.symbol.quote}
	if slices.Contains(p.sends[:], now) {
		p.repeats++
		return p.repeats < most
	}
	same := func(o sent) bool { return o.cum == now.cum && o.quote == now.quote }
	switch stray := !slices.ContainsFunc(p.sends[:], func(o sent) bool { return !same(o) }); {
	case !stray:
		p.repeats = 0
	case !*strayed:
		*strayed = true
		p.repeats++
	}
	p.sends[p.sendsAt%len(p.sends)] = now
	p.sendsAt++
	return p.repeats < most
}

// newChild builds the child of a share; its number is spent even if the gate refuses it, so that no id is used twice.
func (e *Engine) newChild(p *parentState, s *event.Share, d *event.RecordDecision) *childState {
	e.lastChild++
	c := &childState{parent: p}
	c.Child = order.Child{ID: e.lastChild, Parent: p.ID, Decision: d.Decision, Venue: s.Venue, Symbol: p.Terms.Symbol,
		Side: p.Terms.Side, Qty: s.Qty, Leaves: s.Qty, Limit: s.Limit, MinQty: s.MinQty, Style: s.Style,
		State: order.PendingNew, DecidedAt: e.now}
	switch s.Style {
	case order.StyleInternal:
		c.Type, c.TIF = order.Midpoint, order.IOC
	case order.StyleDark:
		c.Type, c.TIF = order.Midpoint, order.Day
	case order.StylePost:
		c.Type, c.TIF = order.Limit, order.Day
	case order.StyleDLimit:
		c.Type, c.TIF = order.DLimit, order.Day
	default:
		c.Type, c.TIF = order.Limit, order.IOC
	}
	if c.Type == order.Midpoint && !e.venues[s.Venue].Caps.Has(market.CapMidpoint) {
		c.Type = order.Limit // at the midpoint of the decision, see place
	}
	return c
}

// send books the intent and asks for the order to go out; nothing leaves before it is durable (INV-05, JRN-03).
func (e *Engine) send(p *parentState, c *childState) {
	e.children[c.ID] = c
	p.children, p.ids = append(p.children, c), append(p.ids, c.ID)
	c.view = e.learner.lend(&e.plans.find(c.Venue).view)
	e.predictMarkouts(e.plans.slot, c)
	p.childCount++
	e.joinLine(c)
	cmd := add(&e.cmds, &e.cmds.sends)
	*cmd = event.SendChild{Child: c.Child, ClOrdID: e.current(c), Account: p.Terms.Account, Capacity: p.Terms.Capacity, LocateID: p.Terms.LocateID}
	e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.AckTimeout), kind: timerAck, child: c})
}
