package router

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const (
	// trialFor bounds how long a decision's outcome is waited for, and how long a bust or correction finds it after.
	trialFor = 5 * market.Minute
	// mostTrials bounds what the trials weigh, some 3 MB: at more than thirteen decisions a second it is the shorter bound.
	mostTrials = 4096
	// mostPlans is more than propose makes.
	mostPlans = 12
)

// trial is one decision that chose among plans, with all that is needed to tell what it cost. Of one that was randomized
// between the learner and the static plan the ramp is told, too (learning text, section 6).
type trial struct {
	decision uint64
	at       market.Time
	ramp     bool          // the ramp waits for its outcome
	canary   bool          // another model than the one that serves decided: the day's loss waits for it alone
	stage    uint32        // of the ramp
	first    order.ChildID // its children have consecutive ids
	children int
	plans    int
	static   int
	chosen   int
	p        [mostPlans]float64
	learned  [mostPlans]float64
	costs    [mostPlans]float64 // expected, bps of want
	mid      market.Price
	side     market.Side
	share    float64 // m, of flow that followed the learner
	want     market.Qty
	opp      float64 // bps, of what stays unfilled
	state    trialState
	cost     float64 // realized, once told

	loss       float64 // m·d_t as the day's loss has it, bps
	lossPeriod uint32  // of the day's loss; 0 = it has not
	lossGot    market.Qty
}

type trialState uint8

const (
	trialOpen    trialState = iota
	trialTold               // its outcome is recorded
	trialDropped            // its outcome will not be used
)

// trials are the decisions remembered, by id. What is before first is free.
type trials struct {
	list   []trial
	first  int
	counts TrialCounts
}

// TrialCounts says what became of decisions that were randomized between learner and static plan while a ramp ran.
type TrialCounts struct {
	Told    uint64 // outcomes that the ramp took
	Overdue uint64 // dropped, because the outcome did not come in time
	Moved   uint64 // of those told: a child went on at another place than its decision's, and counts as ended where it left
	Void    uint64 // dropped, because a child never left (PLN-03), or the outcome was no figure
	Revised uint64 // told again after a bust, correction or late fill
	Unknown uint64 // revisions of decisions that are no longer remembered or of an earlier stage
}

// RampState is what the ramp says of the share of flow that follows the learner.
type RampState struct {
	On       bool
	Share    float64 // in force for the next decision
	Held     bool    // until a person releases it (SAF-04)
	Stage    uint32
	Outcomes int64 // of this stage
	Clipped  int64 // differences pulled back to 40 bps so far
	Stale    int64 // outcomes that came after their stage
	Trials   TrialCounts
}

// Ramp gives the state of the safety ramp.
func (e *Engine) Ramp() RampState {
	l := &e.learner
	s := RampState{On: l.ramp != nil, Share: l.shareNow(), Held: l.loss.held, Trials: l.trials.counts}
	if s.On {
		s.Stage = l.ramp.Stage()
		s.Outcomes, s.Clipped, s.Stale = l.ramp.Counts()
	}
	return s
}

// setShare takes a configuration's share. A ramp that runs goes on: a restart teaches it nothing.
func (l *learner) setShare(cfg *Config) {
	l.most = 1 - cfg.Learning.StaticMin
	l.share = min(cfg.Learning.Start, l.most)
	switch {
	case !cfg.Learning.Ramp:
		l.ramp = nil
		l.trials.disown()
	case l.ramp == nil:
		l.ramp = bandit.NewRampAt(cfg.Learning.Start)
		l.trials.disown()
	}
	if l.ramp != nil && l.loss.held { // no configuration ends a hold
		l.ramp.Hold()
	}
}

// shareNow is m for the next decision that explores.
func (l *learner) shareNow() float64 {
	if l.ramp == nil && l.loss.held {
		return min(heldShare, l.share)
	}
	if l.ramp == nil {
		return l.share
	}
	return min(l.ramp.Share(), l.most)
}

// disown leaves no trial to the ramp: the one that waited for them is gone. What they cost is recorded all the same.
func (t *trials) disown() {
	for i := range t.list[t.first:] {
		t.list[t.first+i].ramp = false
	}
}

// begin gives the memory of a new trial.
func (t *trials) begin(now market.Time) *trial {
	for t.first < len(t.list) && (len(t.list)-t.first >= mostTrials || now.Sub(t.list[t.first].at) > trialFor) {
		t.drop(&t.list[t.first], &t.counts.Overdue)
		t.first++
	}
	if t.first > 0 && 2*t.first >= len(t.list) { // each is moved once at most for one that went
		n := copy(t.list, t.list[t.first:])
		t.list, t.first = t.list[:n], 0
	}
	if len(t.list) < cap(t.list) {
		t.list = t.list[:len(t.list)+1]
	} else {
		t.list = append(t.list, trial{})
	}
	return &t.list[len(t.list)-1]
}

// drop ends a trial whose outcome is not used, and counts it if the ramp waits for it; false if it had ended.
func (t *trials) drop(x *trial, why *uint64) bool {
	if x.state != trialOpen {
		return false
	}
	x.state = trialDropped
	if x.ramp {
		*why++
	}
	return true
}

// find gives the trial of a decision, nil if it is forgotten.
func (t *trials) find(decision uint64) *trial {
	kept := t.list[t.first:]
	if i, ok := slices.BinarySearchFunc(kept, decision, func(x trial, id uint64) int { return cmp.Compare(x.decision, id) }); ok {
		return &kept[i]
	}
	return nil
}

// try remembers a decision that had a choice and whose children all went out.
func (e *Engine) try(p *parentState, plan *event.PlanView, d *event.RecordDecision) {
	l, mid := &e.learner, d.Quote.Mid()
	n := len(d.Plans)
	if d.Void || n < 2 || n > mostPlans || mid <= 0 {
		return
	}
	t := l.trials.begin(e.now)
	t.decision, t.at, t.stage, t.state, t.cost = d.Decision, e.now, 0, trialOpen, 0
	t.share, t.loss, t.lossPeriod, t.lossGot = d.M, 0, 0, 0
	t.ramp, t.canary = l.ramp != nil && d.M > 0 && p.directed < 0 && !p.Terms.NoExplore, false
	if t.ramp && e.plans.slot != l.slot {
		t.ramp, t.canary = false, true
	}
	if t.ramp {
		t.stage = l.ramp.Stage()
	}
	t.plans, t.static, t.chosen = n, int(d.Static), int(d.Chosen)
	copy(t.p[:], e.plans.dist.P)
	copy(t.learned[:], e.plans.dist.Learned)
	for j := range d.Plans {
		t.costs[j] = d.Plans[j].CostBps
	}
	t.mid, t.side, t.want, t.opp = mid, p.Terms.Side, d.Want, d.OppBps
	t.children = len(plan.Shares)
	t.first = e.lastChild - order.ChildID(t.children) + 1
	for i := range t.children {
		e.children[t.first+order.ChildID(i)].tried = true
	}
}

// weigh records what a child's decision cost, once all of it is known, and again when that changes, and tells the ramp. It
// is called whenever something about the child may have become known.
func (e *Engine) weigh(c *childState) {
	if !c.tried {
		return
	}
	l := &e.learner
	t := l.trials.find(c.Decision)
	if t == nil || t.state == trialDropped {
		return
	}
	switch {
	case c.State == order.NeverSent:
		e.dropTrial(t, c, &l.trials.counts.Void, event.NeverLeft)
	case e.now.Sub(t.at) > trialFor:
		e.dropTrial(t, c, &l.trials.counts.Overdue, "the outcome came too late")
	}
	if t.state == trialDropped {
		return
	}
	if o, known := e.realized(t); known && (t.state == trialOpen || o.Value != t.cost) {
		e.recordCost(t, c, o)
		e.tell(t, &o)
	}
}

// dropTrial ends a trial whose plan was not what the decision drew, or whose outcome is not known in time, and records that
// nothing may be made of it (PLN-03).
func (e *Engine) dropTrial(t *trial, c *childState, why *uint64, words string) {
	if e.learner.trials.drop(t, why) {
		e.recordCost(t, c, event.RecordOutcome{Sent: t.want, Refused: words})
	}
}

// recordCost records what a decision cost.
func (e *Engine) recordCost(t *trial, c *childState, o event.RecordOutcome) {
	o.What, o.Decision, o.Parent, o.At = event.OutcomeCost, t.decision, c.Parent, e.now
	*add(&e.cmds, &e.cmds.outcomes) = o
}

// reweigh is weigh after a bust, a correction or a late fill: one that nobody remembers is counted.
func (e *Engine) reweigh(c *childState) {
	if l := &e.learner; c.tried && l.ramp != nil && l.trials.find(c.Decision) == nil {
		l.trials.counts.Unknown++
		return
	}
	e.weigh(c)
}

// realized is what a decision cost in bps of what it was to place: each fill by its distance from the decision's mid, its
// fee and its toxicity at the deciding horizon, the rest at the decision's price of finishing later (learning text 1.1).
// It is known once no child works any more at the decision's place and every fill's markout there is in, or given up.
//
// A post that moved ended where it left: with what it had filled there, and the rest at the price of finishing later. Posts
// move because the quote went away from them, so to leave such decisions out, as if they were not there, would select on the
// outcome: only posts that the market came to would count, and whichever policy posts more would look better than it is.
// Nor may the fills after the move count. The router made them by looking again, at prices and with information that the
// decision did not have; a decision whose post was withdrawn and placed anew, where the venue knows no replace, has a new
// decision for them, and the same thing must not cost another figure for the way it was done. The rest is priced like
// that of any post that ends unfilled, at the decision's own figure, not at the quote it moved to: both arms and the
// predictions that d_t subtracts (q̂) use that figure, so that what the quote did after it cancels out or is in neither.
func (e *Engine) realized(t *trial) (o event.RecordOutcome, known bool) {
	sum := 0.0
	for i := range t.children {
		c := e.children[t.first+order.ChildID(i)]
		if c == nil || !c.State.Done() && !c.moved {
			return o, false
		}
		o.Censored = o.Censored || c.moved
		for _, x := range c.execs {
			if x.Busted || x.Qty == 0 || x.later {
				continue
			}
			if !x.judged {
				return o, false
			}
			o.Got += x.Qty
			edge := float64(float64(t.side.Sign()) * market.Bps(x.Px, t.mid))
			sum += float64(float64(x.Qty) * (edge + x.tox))
			sum += float64(float64(x.Fee) / float64(t.mid) * 1e4)
		}
	}
	o.Sent = t.want
	rest := float64(max(0, t.want-o.Got))
	o.Value = (sum + float64(rest*t.opp)) / float64(t.want)
	return o, true
}

// outcome is the trial in the ramp's form; it shares the trial's memory.
func (t *trial) outcome() bandit.RampOutcome {
	n := t.plans
	return bandit.RampOutcome{Stage: t.stage, P: t.p[:n], Learned: t.learned[:n], Costs: t.costs[:n], Static: t.static, Chosen: t.chosen, Cost: t.cost}
}

// tell gives the ramp an outcome, for the first time or changed (DRF-07), if it waits for it.
func (e *Engine) tell(t *trial, o *event.RecordOutcome) {
	l := &e.learner
	n := &l.trials.counts
	switch {
	case !t.ramp:
		t.cost, t.state = o.Value, trialTold
		if t.canary {
			e.lose(t, o.Got)
		}
		return
	case t.state == trialTold:
		if ok, err := l.ramp.Revise(t.outcome(), o.Value); err != nil || !ok {
			n.Unknown++
		} else {
			n.Revised++
		}
		t.cost = o.Value
		e.lose(t, o.Got)
		return
	}
	t.cost = o.Value
	step, err := l.ramp.Observe(t.outcome())
	if err != nil {
		l.trials.drop(t, &n.Void)
		return
	}
	t.state = trialTold
	n.Told++
	if o.Censored {
		n.Moved++
	}
	e.stepped(step)
	e.lose(t, o.Got)
}

// stepped answers a move of the ramp. A learner that cost more than the static plan forgets most of what it knows, its
// priors too, and explores again; one that is frozen only loses flow.
func (e *Engine) stepped(step bandit.RampStep) {
	l := &e.learner
	switch step {
	case bandit.RampLowered:
		if l.beside != nil && l.watched() == 0 && !l.beside.barred { // the newer model serves: its predecessor does better, or falls too
			e.demote("it cost more than the static plan, by the ramp")
		} else if !e.cfg.Learning.Frozen {
			l.bandit.Temper()
			l.explore.Tempered()
		}
		e.raise(event.Warn, "SAF-02", nil, nil, fmt.Sprintf("the learner cost more than the static plan: its share of flow falls to %.3g", l.shareNow()))
	case bandit.RampRaised:
		e.raise(event.Info, "SAF-02", nil, nil, fmt.Sprintf("the learner did not cost more than the static plan: its share of flow rises to %.3g", l.shareNow()))
	case bandit.RampSteady, bandit.RampRenewed: // nothing moved
	}
}
