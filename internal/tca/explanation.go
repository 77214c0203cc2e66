package tca

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Explanation is one decision for programs: what every venue and every plan was expected to cost by part, and how the plan was
// drawn. The JSON names are stable and end in their unit; bps are of the mid at the decision, costs are positive. A figure
// that was not recorded is null.
type Explanation struct {
	Decision  uint64         `json:"decision"`
	Parent    order.ParentID `json:"parent"`
	At        market.Time    `json:"at_ns"` // Unix
	Stage     string         `json:"stage"`
	Wave      uint32         `json:"wave"`
	Why       string         `json:"why"` // what called for it
	Symbol    market.Symbol  `json:"symbol"`
	Side      string         `json:"side"`
	Unrouted  market.Qty     `json:"unrouted_shares"` // before it
	Want      market.Qty     `json:"want_shares"`     // what this wave may place
	Bid       market.Price   `json:"bid_micros"`      // micro-dollars, 0 = none
	Ask       market.Price   `json:"ask_micros"`
	Objective string         `json:"objective"`
	Urgency   string         `json:"urgency"`
	Model     string         `json:"model"`
	Posterior uint64         `json:"posterior"` // version of what was learned

	OppBps       Ratio       `json:"unfilled_share_bps"` // what it costs to finish one share later
	Venues       []VenueCost `json:"venues"`
	Plans        []PlanCost  `json:"plans"`       // in the order of the draw
	Chosen       int         `json:"chosen_plan"` // index into plans, −1 = none
	Static       int         `json:"static_plan"` // index into plans, −1 = none
	Difference   *Costs      `json:"chosen_minus_static"`
	Draw         Ratio       `json:"draw"` // uniform on [0, 1)
	Seed         uint64      `json:"seed"`
	LearnerShare Ratio       `json:"learner_share"` // of flow, 0 to 1
	Epsilon      Ratio       `json:"epsilon"`
	Gamma        Ratio       `json:"gamma_per_bps"`
	Vetoed       string      `json:"vetoed,omitempty"`
	Void         bool        `json:"void"` // changed after the draw: no evidence for evaluation (PLN-03)
	Verdict      string      `json:"verdict"`
	Children     []ChildLine `json:"children"` // that it sent, as they are now

	ExploreBps Ratio      `json:"explore_bps"`         // what exploring was expected to cost over the cheapest plan, a share wanted
	AllowedBps Ratio      `json:"explore_allowed_bps"` // what the exploration budget had left for it, a share wanted
	Thrifty    bool       `json:"explore_limited"`     // the budget made it explore less
	Realized   Ratio      `json:"realized_bps"`        // what it cost a share wanted: price against mid, fees, toxicity, finishing the rest later
	Filled     market.Qty `json:"realized_fill_shares"`
	Unmeasured string     `json:"realized_refused,omitempty"` // why nothing can be said of it
}

// Costs is an expected cost by part (event.CostParts). The parts sum to the total.
type Costs struct {
	Spread      Ratio `json:"spread_bps"`
	Fee         Ratio `json:"fee_bps"`
	Impact      Ratio `json:"impact_bps"` // as the objective weighs it
	Toxicity    Ratio `json:"toxicity_bps"`
	Leakage     Ratio `json:"leakage_bps"`
	Opportunity Ratio `json:"opportunity_bps"`
	Total       Ratio `json:"total_bps"`
}

// VenueCost is what a decision expected of one venue.
type VenueCost struct {
	Venue    string     `json:"venue"`
	Style    string     `json:"style"`
	Excluded string     `json:"excluded,omitempty"` // why nothing may go there; all figures are null then
	Size     market.Qty `json:"considered_shares"`  // the child that the figures are of
	Sent     market.Qty `json:"plan_shares"`        // what the chosen plan sends there

	Expected Costs `json:"expected"`        // of one share sent, filled or not
	Lo       Ratio `json:"expected_lo_bps"` // 90 % interval of its total: what is not known of fills and toxicity
	Hi       Ratio `json:"expected_hi_bps"`

	FillProb  Ratio `json:"fill_probability"` // of any fill
	FillLo    Ratio `json:"fill_probability_lo"`
	FillHi    Ratio `json:"fill_probability_hi"`
	ExpectQty Ratio `json:"expected_fill_shares"`
	CostBps   Ratio `json:"filled_share_cost_bps"` // spread, fee, impact and toxicity of one share that fills
	FeeBps    Ratio `json:"filled_share_fee_bps"`
	ToxBps    Ratio `json:"filled_share_toxicity_bps"`
	ToxSd     Ratio `json:"filled_share_toxicity_sd_bps"`
	Static    Ratio `json:"static_score"` // 0 to 10
	LatencyUs Ratio `json:"latency_us"`   // median round trip
	Reject    Ratio `json:"reject_probability"`
}

// PlanCost is one candidate plan. It is drawn when From ≤ draw < To.
type PlanCost struct {
	Name     string      `json:"name"`
	Prob     Ratio       `json:"probability"`
	From     Ratio       `json:"draw_from"`
	To       Ratio       `json:"draw_to"`
	Expected Costs       `json:"expected"` // of one share wanted
	Sends    []PlanShare `json:"sends"`
}

// PlanShare is what a plan sends to one venue.
type PlanShare struct {
	Venue  string       `json:"venue"`
	Style  string       `json:"style"`
	Qty    market.Qty   `json:"shares"`
	Limit  market.Price `json:"limit_micros"` // 0 = none
	MinQty market.Qty   `json:"min_shares"`
}

// z90 is the standard normal's 95th percentile, which bounds a two-sided 90 % interval.
const z90 = 1.645

// explained gives a decision without its children.
func explained(d *event.RecordDecision, names Names) *Explanation {
	x := &Explanation{
		Decision: d.Decision, Parent: d.Parent, At: d.At, Stage: d.Stage.String(), Wave: d.Wave, Why: d.Why, Symbol: d.Symbol,
		Side: d.Side.String(), Unrouted: d.Unrouted, Want: d.Want, Bid: d.Quote.Bid, Ask: d.Quote.Ask, Objective: d.Objective.String(),
		Urgency: d.Urgency.String(), Model: d.Model, Posterior: d.Posterior, Venues: []VenueCost{}, Plans: []PlanCost{},
		Chosen: place(d, d.Chosen), Static: place(d, d.Static), Draw: known(d.Draw), Seed: d.Seed, LearnerShare: known(d.M),
		Epsilon: known(d.Epsilon), Gamma: known(d.Gamma), Vetoed: d.Vetoed, Void: d.Void, Verdict: verdict(d), Children: []ChildLine{},
		ExploreBps: known(d.ExploreBps), AllowedBps: known(d.AllowedBps), Thrifty: d.Thrifty,
	}
	recorded := hasParts(d)
	if recorded {
		x.OppBps = known(d.OppBps)
	}
	for i := range d.Venues {
		x.Venues = append(x.Venues, venueCost(d, &d.Venues[i], names))
	}
	from := 0.0
	for i := range d.Plans {
		p := &d.Plans[i]
		c := PlanCost{Name: p.Name, Prob: known(p.Prob), From: known(from), To: known(from + p.Prob), Sends: []PlanShare{}}
		if from += p.Prob; i == len(d.Plans)-1 {
			c.To = known(1) // the last one takes the remainder (PLN-05)
		}
		c.Expected.Total = known(p.CostBps)
		if recorded {
			c.Expected = costs(&p.Parts, p.CostBps)
		}
		for _, s := range p.Shares {
			c.Sends = append(c.Sends, PlanShare{names.Of(s.Venue), s.Style.String(), s.Qty, s.Limit, s.MinQty})
		}
		x.Plans = append(x.Plans, c)
	}
	if parts, total, ok := againstStatic(d); ok {
		c := costs(&parts, total)
		x.Difference = &c
	}
	return x
}

func venueCost(d *event.RecordDecision, v *event.VenueView, names Names) VenueCost {
	c := VenueCost{Venue: names.Of(v.Venue), Style: v.Style.String(), Excluded: v.Excluded, Size: v.Size, Sent: sentTo(d, v.Venue)}
	if v.Excluded != "" {
		return c
	}
	if v.Size > 0 {
		c.Expected = costs(&v.Parts, v.ExpectBps)
		c.Lo, c.Hi = known(v.ExpectBps-z90*v.ExpectSd), known(v.ExpectBps+z90*v.ExpectSd)
	}
	c.FillProb, c.FillLo, c.FillHi, c.ExpectQty = known(v.FillProb), known(v.FillLo), known(v.FillHi), known(v.ExpectQty)
	c.CostBps, c.FeeBps, c.ToxBps, c.ToxSd = known(v.CostBps), known(v.FeeBps), known(v.ToxBps), known(v.ToxSd)
	c.Static, c.LatencyUs, c.Reject = known(v.Static), known(v.LatencyUs), known(v.Reject)
	return c
}

// costs gives the parts of a total.
func costs(p *event.CostParts, total float64) Costs {
	return Costs{known(p.Spread), known(p.Fee), known(p.Impact), known(p.Toxicity), known(p.Leakage), known(p.Opportunity), known(total)}
}

// hasParts reports whether a decision was recorded with cost parts.
func hasParts(d *event.RecordDecision) bool {
	for i := range d.Venues {
		if d.Venues[i].Size > 0 {
			return true
		}
	}
	return false
}

// place gives a plan's index, −1 if there is none.
func place(d *event.RecordDecision, i int32) int {
	if i < 0 || int(i) >= len(d.Plans) {
		return -1
	}
	return int(i)
}

// sentTo is what the chosen plan sends to a venue.
func sentTo(d *event.RecordDecision, venue market.VenueID) (q market.Qty) {
	if i := place(d, d.Chosen); i >= 0 {
		for _, s := range d.Plans[i].Shares {
			if s.Venue == venue {
				q += s.Qty
			}
		}
	}
	return q
}

// againstStatic gives what the chosen plan was expected to cost beyond the static scorer's, by part; ok is false where
// they are one, or one of them is not there.
func againstStatic(d *event.RecordDecision) (parts event.CostParts, total float64, ok bool) {
	i, j := place(d, d.Chosen), place(d, d.Static)
	if i < 0 || j < 0 || i == j || !hasParts(d) {
		return parts, 0, false
	}
	a, b := &d.Plans[i].Parts, &d.Plans[j].Parts
	parts = event.CostParts{Spread: a.Spread - b.Spread, Fee: a.Fee - b.Fee, Impact: a.Impact - b.Impact, Toxicity: a.Toxicity - b.Toxicity,
		Leakage: a.Leakage - b.Leakage, Opportunity: a.Opportunity - b.Opportunity}
	return parts, d.Plans[i].CostBps - d.Plans[j].CostBps, true
}

// known is a figure that was recorded.
func known(x float64) Ratio { return Ratio{x, true} }
