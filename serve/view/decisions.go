package view

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// DecisionLine is one decision in a list.
type DecisionLine struct {
	ID       uint64         `json:"id"`
	At       Stamp          `json:"at"`
	Parent   order.ParentID `json:"parent"`
	Symbol   string         `json:"symbol"`
	Side     string         `json:"side"`
	Stage    string         `json:"stage"`
	Wave     uint32         `json:"wave"`
	Why      string         `json:"why"`
	Plan     string         `json:"plan"` // name of the chosen plan; empty = none
	Prob     Real           `json:"prob"`
	Explored bool           `json:"explored"`
	Shares   []PlanShare    `json:"shares"`
	Vetoed   string         `json:"vetoed,omitempty"`
}

// Decision is one decision with everything that made it (MOP-08).
type Decision struct {
	DecisionLine
	Unrouted  int64           `json:"unrouted"`
	Want      int64           `json:"want"`
	Bid       Px              `json:"bid_usd"`
	Ask       Px              `json:"ask_usd"`
	Mid       Px              `json:"mid_usd"`
	Objective string          `json:"objective"`
	Urgency   string          `json:"urgency"`
	Schema    string          `json:"schema"`
	Model     string          `json:"model"`
	Posterior uint64          `json:"posterior"`
	Seed      uint64          `json:"seed"`
	M         Real            `json:"learner_share"`
	Epsilon   Real            `json:"epsilon"`
	Gamma     Real            `json:"gamma"`
	Draw      Real            `json:"draw"`
	Void      bool            `json:"void"`        // changed after sampling
	Explore   Real            `json:"explore_bps"` // what exploring was expected to cost, bps of want
	Allowed   Real            `json:"explore_allowed_bps"`
	Thrifty   bool            `json:"explore_cut"` // by its budget
	Venues    []DecisionVenue `json:"venues"`
	Plans     []Plan          `json:"plans"`

	record []byte               // its journal record, for Explain
	cost   *event.RecordOutcome // what it cost, nil while that is not known
}

// DecisionVenue is what a decision saw and thought of one venue.
type DecisionVenue struct {
	Venue     string   `json:"venue"`
	Excluded  string   `json:"excluded,omitempty"`
	Chosen    int64    `json:"chosen"` // shares that the chosen plan sends here
	Style     string   `json:"style"`
	Static    Real     `json:"static"`
	FillProb  Estimate `json:"fill_prob"`
	Toxicity  Estimate `json:"toxicity_bps"`
	FeeBps    Real     `json:"fee_bps"`
	CostBps   Real     `json:"cost_bps"`
	ExpectQty Real     `json:"expect_shares"`
	LatencyUs Real     `json:"latency_us"`
	Reject    Real     `json:"reject_prob"`
	Bid       Px       `json:"bid_usd"`
	BidSize   int64    `json:"bid_size"`
	Ask       Px       `json:"ask_usd"`
	AskSize   int64    `json:"ask_size"`
	AgeMs     *Real    `json:"book_age_ms"` // null: no book
	Features  []Real   `json:"features"`
}

// Plan is one candidate plan with its exact probability.
type Plan struct {
	Name    string      `json:"name"`
	CostBps Real        `json:"cost_bps"`
	Prob    Real        `json:"prob"`
	Chosen  bool        `json:"chosen"`
	Static  bool        `json:"static"`
	Shares  []PlanShare `json:"shares"`
}

// PlanShare is a plan's quantity at one venue.
type PlanShare struct {
	Venue string `json:"venue"`
	Style string `json:"style"`
	Qty   int64  `json:"qty"`
	Limit Px     `json:"limit_usd"`
}

func (v *View) decided(b *event.RecordDecision) {
	e := &v.engine
	e.Decisions++
	e.LearnerShare, e.Posterior, e.Objective = Real(b.M), b.Posterior, b.Objective.String()
	if b.Model != "" && b.Model != e.Beside {
		e.Model = b.Model
	}
	if m := v.modelSums(b.Model); m != nil {
		m.decisions++
	}
	for i := range b.Venues {
		v.seen(b, &b.Venues[i])
	}
	d := v.decision(b)
	d.record = event.Append(nil, b)
	if d.Explored {
		e.Explored++
	}
	v.planned(b, d.Explored)
	if out, pushed := v.decisions.add(d); pushed && v.byID[out.ID] == out {
		delete(v.byID, out.ID)
	}
	v.byID[d.ID] = d
	p := v.parents[b.Parent]
	if p == nil {
		return
	}
	p.lines = append(p.lines, d.ID)
	if len(p.lines) > v.opts.Lines {
		p.lines = p.lines[1:]
	}
	p.decisionCount = max(p.decisionCount, uint64(len(p.lines)))
}

// chosen gives the plan that was drawn, nil if none was.
func chosen(b *event.RecordDecision) *event.PlanView {
	if b.Chosen < 0 || int(b.Chosen) >= len(b.Plans) {
		return nil
	}
	return &b.Plans[b.Chosen]
}

// explores reports whether the draw fell on neither the static plan nor the one that was thought cheapest.
func explores(b *event.RecordDecision) bool {
	c := chosen(b)
	if c == nil || b.Chosen == b.Static {
		return false
	}
	for i := range b.Plans {
		if b.Plans[i].CostBps < c.CostBps {
			return true
		}
	}
	return false
}

// planned counts the shares that a decision placed, for the share of flow that explores.
func (v *View) planned(b *event.RecordDecision, explored bool) {
	c := chosen(b)
	if c == nil {
		return
	}
	for _, s := range c.Shares {
		row := v.venue(s.Venue)
		row.planned += int64(s.Qty)
		row.places++
		if explored {
			row.tries++
			row.explored += int64(s.Qty)
		}
	}
}

// decision copies b, with names for numbers.
func (v *View) decision(b *event.RecordDecision) *Decision {
	d := &Decision{
		DecisionLine: DecisionLine{ID: b.Decision, At: Stamp(b.At), Parent: b.Parent, Symbol: string(b.Symbol), Side: b.Side.String(),
			Stage: b.Stage.String(), Wave: b.Wave, Why: b.Why, Vetoed: b.Vetoed, Explored: explores(b), Shares: []PlanShare{}},
		Unrouted: int64(b.Unrouted), Want: int64(b.Want), Bid: Px(b.Quote.Bid), Ask: Px(b.Quote.Ask), Mid: Px(b.Quote.Mid()),
		Objective: b.Objective.String(), Urgency: b.Urgency.String(), Schema: b.Schema, Model: b.Model, Posterior: b.Posterior,
		Seed: b.Seed, M: Real(b.M), Epsilon: Real(b.Epsilon), Gamma: Real(b.Gamma), Draw: Real(b.Draw), Void: b.Void,
		Explore: Real(b.ExploreBps), Allowed: Real(b.AllowedBps), Thrifty: b.Thrifty,
		Venues: make([]DecisionVenue, 0, len(b.Venues)), Plans: make([]Plan, 0, len(b.Plans)),
	}
	for i := range b.Plans {
		p := &b.Plans[i]
		d.Plans = append(d.Plans, Plan{Name: p.Name, CostBps: Real(p.CostBps), Prob: Real(p.Prob),
			Chosen: int32(i) == b.Chosen, Static: int32(i) == b.Static, Shares: v.shares(p.Shares)})
	}
	c := chosen(b)
	if c != nil {
		d.Plan, d.Prob, d.Shares = c.Name, Real(c.Prob), d.Plans[b.Chosen].Shares
	}
	for i := range b.Venues {
		d.Venues = append(d.Venues, v.decisionVenue(&b.Venues[i], c))
	}
	return d
}

func (v *View) shares(list []event.Share) []PlanShare {
	out := make([]PlanShare, 0, len(list))
	for _, s := range list {
		out = append(out, PlanShare{v.venueName(s.Venue), styleName(s.Style), int64(s.Qty), Px(s.Limit)})
	}
	return out
}

func (v *View) decisionVenue(w *event.VenueView, c *event.PlanView) DecisionVenue {
	out := DecisionVenue{
		Venue: v.venueName(w.Venue), Excluded: w.Excluded, Style: styleName(w.Style), Static: Real(w.Static),
		FillProb: Estimate{Real(w.FillProb), Real(w.FillLo), Real(w.FillHi)},
		Toxicity: Estimate{Real(w.ToxBps), Real(w.ToxBps - z90*w.ToxSd), Real(w.ToxBps + z90*w.ToxSd)},
		FeeBps:   Real(w.FeeBps), CostBps: Real(w.CostBps), ExpectQty: Real(w.ExpectQty), LatencyUs: Real(w.LatencyUs), Reject: Real(w.Reject),
		Bid: Px(w.Bid.Price), BidSize: int64(w.Bid.Size), Ask: Px(w.Ask.Price), AskSize: int64(w.Ask.Size),
		Features: make([]Real, len(w.Features)),
	}
	for i, f := range w.Features {
		out.Features[i] = Real(f)
	}
	if w.AgeNs >= 0 {
		age := Real(float64(w.AgeNs) / 1e6)
		out.AgeMs = &age
	}
	if c != nil {
		for _, s := range c.Shares {
			if s.Venue == w.Venue {
				out.Chosen += int64(s.Qty)
			}
		}
	}
	return out
}
