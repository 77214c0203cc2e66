package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Stage is where in the pecking order a decision was taken.
type Stage uint8

// The stages.
const (
	StageInternal Stage = iota + 1
	StageDark
	StageLit
	StageSweep
	StageHold // nothing was sent, and the record says why
)

var stageNames = [...]string{"none", "internal", "dark", "lit", "sweep", "hold"}

func (s Stage) String() string {
	if int(s) < len(stageNames) {
		return stageNames[s]
	}
	return "unknown stage"
}

// CostParts is an expected cost by its parts, in bps of the mid for each share wanted (learning text 1.1). Costs are positive; what
// is earned, by a rebate or by providing the spread, is negative. The parts add up to the whole to rounding.
type CostParts struct {
	Spread      float64 // distance of the price from the mid, of what is expected to fill
	Fee         float64 // of the same
	Impact      float64 // of the same, as the objective weighs it
	Toxicity    float64 // of the same
	Leakage     float64 // of everything sent, filled or not
	Opportunity float64 // of finishing later what is expected to stay unfilled
}

// Sum is the whole cost.
func (p *CostParts) Sum() float64 {
	return p.Spread + p.Fee + p.Impact + p.Toxicity + p.Leakage + p.Opportunity
}

// VenueView is what one decision saw and thought of one venue.
type VenueView struct {
	Venue     market.VenueID
	Excluded  string // empty = candidate; else the reason in words
	Static    float64
	FillProb  float64 // learned, for the style considered
	FillLo    float64 // 90 % interval
	FillHi    float64
	ToxBps    float64 // learned toxicity at the deciding horizon
	ToxSd     float64
	FeeBps    float64
	CostBps   float64 // expected cost of one share filled here: spread, fee, toxicity and impact
	ExpectQty float64 // expected liquidity within the wave, shares
	LatencyUs float64 // median round trip used
	Reject    float64 // probability
	Bid, Ask  market.Level
	AgeNs     int64 // of the book; −1 = no book
	Style     order.Style
	Features  []float64
	Size      market.Qty // the child that was considered; 0 = excluded, or recorded before there were parts
	Parts     CostParts  // of one share of it, filled or not
	ExpectBps float64    // expected cost of one share of it, filled or not: the sum of Parts
	FillBy    float64    // learned probability that it fills within its rest, by the time to fill; 0 where orders do not rest
	ExpectSd  float64    // standard error of ExpectBps: what is not known of fills and toxicity; all else is taken as known
}

// Share is a plan's quantity at one venue.
type Share struct {
	Venue  market.VenueID
	Style  order.Style
	Qty    market.Qty
	Limit  market.Price
	MinQty market.Qty
}

// PlanView is one candidate plan with its exact probability.
type PlanView struct {
	Name    string  // static, greedy, without-top, …
	CostBps float64 // expected cost of one share wanted
	Prob    float64
	Shares  []Share
	Parts   CostParts // of CostBps; all zero = recorded before there were parts
}

// RecordDecision is one decision with everything that made it (MOP-08, PLN-04).
type RecordDecision struct {
	Decision  uint64
	Parent    order.ParentID
	At        Time
	Stage     Stage
	Wave      uint32
	Why       string // what called for it: arrival, fill, silence, clock, venue down, …
	Symbol    market.Symbol
	Side      market.Side
	Unrouted  market.Qty // before it
	Want      market.Qty // what this wave may place
	Quote     market.Quote
	Objective order.Objective
	Urgency   order.Urgency
	Schema    string // feature schema hash
	Model     string
	Posterior uint64 // version of the learned state
	Seed      uint64
	M         float64 // share of flow that follows the learner
	Epsilon   float64
	Gamma     float64
	Draw      float64
	Chosen    int32 // index into Plans; −1 = none
	Static    int32 // index of the static plan; −1 = none
	Void      bool  // changed after sampling: trains heads, never evaluation (PLN-03)
	Vetoed    string
	Venues    []VenueView
	Plans     []PlanView
	OppBps    float64 // what it costs to finish one share later; 0 = nothing was considered

	ExploreBps float64 // what exploring was expected to cost here over the cheapest plan, bps of Want: M·Σ π_L(j)·(μ_j − μ_min)
	AllowedBps float64 // what the exploration budget had left for it, bps of Want; 0 = nothing, or no exploration anyway
	Thrifty    bool    // the budget raised Gamma or lowered Epsilon

	Limits string // version of the limits that its children passed (RISK-21)
	Regime string // version of the dated rules it was made under (RULE-01); empty = none
}

// Outcome is what kind of thing an outcome says.
type Outcome uint8

// The outcomes.
const (
	OutcomeFill         Outcome = iota + 1 // a wave's child ended: Sent, Got, Censored
	OutcomeMarkout                         // signed mid move a horizon after a fill, bps, positive in our favor
	OutcomeShadow                          // the same after an unfilled send (LRN-04)
	OutcomeLatency                         // Value is the round trip in microseconds
	OutcomeReject                          // Value is 1 for a reject, 0 for an ack
	OutcomeRevised                         // a bust or correction changed a former outcome (DRF-07): Value is what is left of the execution, 0 = bust
	OutcomeParticipated                    // at the end of a parent: Value is our share of market volume
	OutcomeImpact                          // at the end of a parent: Value is its cost beyond spread and fees in σ_D·√(Q/V); the last one counts
	OutcomeCost                            // what a decision cost: Value in bps of Sent shares wanted, Got of them filled; the last one counts
)

// RefusedRejected is why nothing is learned of liquidity from a child that its venue rejected.
const RefusedRejected = "rejected by the venue: says nothing about liquidity"

// RefusedControl is why nothing is learned of the orders of an experiment's static control, by the router or by a training (ABT-02).
const RefusedControl = "it is of the control of an experiment, which trains nobody"

// RefusedBusted is why an order says nothing of the impact any more.
const RefusedBusted = "nothing is left of what it filled"

// NeverLeft is the Refused of a decision of which a child never left: it was withdrawn while it waited in the queue to its venue, or
// the last gate refused it. What its place would have brought is not known.
const NeverLeft = "a child never left"

// RecordOutcome is what one decision brought, as the learner saw it.
type RecordOutcome struct {
	Decision  uint64
	Child     order.ChildID
	Parent    order.ParentID
	Venue     market.VenueID
	Style     order.Style
	What      Outcome
	HorizonNs int64      // markouts: after the fill; impact: how long the parent traded
	ExecID    uint64     // markouts: which execution
	Sent, Got market.Qty // of a markout, Got is the fill's
	Censored  bool       // the liquidity was at least Got
	Value     float64
	At        Time
	Refused   string // why the learner did not take it; empty = learned
	FillProb  float64
	ToxBps    float64 // the venue's standing after it
	OwnBps    float64 // markouts: the part of Value that our own trading made, which the learner leaves out (FIT-05)

	// What else the learner was told of a child, so that training is told the same.
	Early  bool  // fills: it was cut short, and liquidity is at least Got whatever Sent was
	Taken  int64 // fills: lots that the child before it had filled whole, behind which the look at liquidity began (DRK-04)
	RestNs int64 // fills and revisions of a child that rested: how long it was to rest; 0 = H2 was told nothing
	LifeNs int64 // of those: from the decision to the first fill, or to when it left its place; of markouts: from the fill to their measurement; of answers: the round trip
	Lived  bool  // of those: it left its place without a fill
}

// SetTimer asks for TimerFired at a time. The same timer may be set again; only the last time counts; At 0 clears it.
type SetTimer struct {
	Timer uint64
	At    Time
}

// WatchSymbol asks for a symbol's books and trades, or lets them go.
type WatchSymbol struct {
	Symbol market.Symbol
	On     bool
}

// Severity grades an alert.
type Severity uint8

// The severities.
const (
	Info Severity = iota + 1
	Warn
	Page
)

// Raise is an alert to people.
type Raise struct {
	Severity Severity
	Code     string // rule id or short name, stable
	Parent   order.ParentID
	Child    order.ChildID
	Text     string
}

// Kind implements Body.
func (*RecordDecision) Kind() Kind { return KindRecordDecision }
func (*RecordOutcome) Kind() Kind  { return KindRecordOutcome }
func (*SetTimer) Kind() Kind       { return KindSetTimer }
func (*WatchSymbol) Kind() Kind    { return KindWatchSymbol }
func (*Raise) Kind() Kind          { return KindRaise }

func (e *RecordDecision) visit(c *coder) {
	uvar(c, 1, &e.Decision)
	uvar(c, 2, &e.Parent)
	sint(c, 3, &e.At)
	uvar(c, 4, &e.Stage)
	uvar(c, 5, &e.Wave)
	text(c, 6, &e.Why)
	text(c, 7, &e.Symbol)
	uvar(c, 8, &e.Side)
	sint(c, 9, &e.Unrouted)
	sint(c, 10, &e.Want)
	message(c, 11, &e.Quote, visitQuote)
	uvar(c, 12, &e.Objective)
	uvar(c, 13, &e.Urgency)
	text(c, 14, &e.Schema)
	text(c, 15, &e.Model)
	uvar(c, 16, &e.Posterior)
	uvar(c, 17, &e.Seed)
	real(c, 18, &e.M)
	real(c, 19, &e.Epsilon)
	real(c, 20, &e.Gamma)
	real(c, 21, &e.Draw)
	sint(c, 22, &e.Chosen)
	sint(c, 23, &e.Static)
	flag(c, 24, &e.Void)
	text(c, 25, &e.Vetoed)
	list(c, 26, &e.Venues, visitVenueView)
	list(c, 27, &e.Plans, visitPlanView)
	real(c, 28, &e.OppBps)
	real(c, 29, &e.ExploreBps)
	real(c, 30, &e.AllowedBps)
	flag(c, 31, &e.Thrifty)
	text(c, 32, &e.Limits)
	text(c, 33, &e.Regime)
}

func visitCostParts(p *CostParts, c *coder) {
	real(c, 1, &p.Spread)
	real(c, 2, &p.Fee)
	real(c, 3, &p.Impact)
	real(c, 4, &p.Toxicity)
	real(c, 5, &p.Leakage)
	real(c, 6, &p.Opportunity)
}

func visitVenueView(v *VenueView, c *coder) {
	uvar(c, 1, &v.Venue)
	text(c, 2, &v.Excluded)
	real(c, 3, &v.Static)
	real(c, 4, &v.FillProb)
	real(c, 5, &v.FillLo)
	real(c, 6, &v.FillHi)
	real(c, 7, &v.ToxBps)
	real(c, 8, &v.ToxSd)
	real(c, 9, &v.FeeBps)
	real(c, 10, &v.CostBps)
	real(c, 11, &v.ExpectQty)
	real(c, 12, &v.LatencyUs)
	real(c, 13, &v.Reject)
	message(c, 14, &v.Bid, visitLevel)
	message(c, 15, &v.Ask, visitLevel)
	sint(c, 16, &v.AgeNs)
	uvar(c, 17, &v.Style)
	reals(c, 18, &v.Features)
	sint(c, 19, &v.Size)
	message(c, 20, &v.Parts, visitCostParts)
	real(c, 21, &v.ExpectBps)
	real(c, 22, &v.ExpectSd)
	real(c, 23, &v.FillBy)
}

func visitPlanView(p *PlanView, c *coder) {
	text(c, 1, &p.Name)
	real(c, 2, &p.CostBps)
	real(c, 3, &p.Prob)
	list(c, 4, &p.Shares, visitShare)
	message(c, 5, &p.Parts, visitCostParts)
}

func visitShare(s *Share, c *coder) {
	uvar(c, 1, &s.Venue)
	uvar(c, 2, &s.Style)
	sint(c, 3, &s.Qty)
	sint(c, 4, &s.Limit)
	sint(c, 5, &s.MinQty)
}

func (e *RecordOutcome) visit(c *coder) {
	uvar(c, 1, &e.Decision)
	uvar(c, 2, &e.Child)
	uvar(c, 3, &e.Parent)
	uvar(c, 4, &e.Venue)
	uvar(c, 5, &e.Style)
	uvar(c, 6, &e.What)
	sint(c, 7, &e.HorizonNs)
	uvar(c, 8, &e.ExecID)
	sint(c, 9, &e.Sent)
	sint(c, 10, &e.Got)
	flag(c, 11, &e.Censored)
	real(c, 12, &e.Value)
	sint(c, 13, &e.At)
	text(c, 14, &e.Refused)
	real(c, 15, &e.FillProb)
	real(c, 16, &e.ToxBps)
	real(c, 17, &e.OwnBps)
	flag(c, 18, &e.Early)
	sint(c, 19, &e.Taken)
	sint(c, 20, &e.RestNs)
	sint(c, 21, &e.LifeNs)
	flag(c, 22, &e.Lived)
}

func (e *SetTimer) visit(c *coder) {
	uvar(c, 1, &e.Timer)
	sint(c, 2, &e.At)
}

func (e *WatchSymbol) visit(c *coder) {
	text(c, 1, &e.Symbol)
	flag(c, 2, &e.On)
}

func (e *Raise) visit(c *coder) {
	uvar(c, 1, &e.Severity)
	text(c, 2, &e.Code)
	uvar(c, 3, &e.Parent)
	uvar(c, 4, &e.Child)
	text(c, 5, &e.Text)
}
