package compare

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Step is one moment of the story of one parent: a decision with what it sent, or a fill, or the end. Waves gathers them.
type Step struct {
	At       int64        `json:"at_ns"` // after the parent's arrival
	Kind     string       `json:"kind"`
	Decision uint64       `json:"decision,omitempty"` // its number; of a fill, the decision that sent the child
	Stage    string       `json:"stage,omitempty"`    // of a decision; the style of a fill
	Why      string       `json:"why,omitempty"`
	Venue    string       `json:"venue,omitempty"`
	Type     string       `json:"venue_type,omitempty"`
	Qty      market.Qty   `json:"qty,omitempty"`
	Px       market.Price `json:"price,omitempty"`
	Mid      market.Price `json:"mid"`
	Moved    float64      `json:"moved_bps"`                     // the mid since the parent's arrival, up is positive
	Own      *float64     `json:"moved_by_itself_bps,omitempty"` // the fundamental since then; none in a recorded market
	Done     market.Qty   `json:"done"`                          // of the parent so far
	Of       market.Qty   `json:"of"`
	Shares   []StepShare  `json:"sent,omitempty"`
}

// StepShare is what a decision sent to one venue.
type StepShare struct {
	Venue string     `json:"venue"`
	Type  string     `json:"venue_type"`
	Qty   market.Qty `json:"qty"`
}

// The kinds of step.
const (
	StepDecision = "decision"
	StepFill     = "fill"
	StepEnd      = "end"
)

// Told is the parent that a timeline is about.
type Told struct {
	Symbol    market.Symbol `json:"symbol"`
	Side      string        `json:"side"`
	Qty       market.Qty    `json:"qty"`
	Strategy  string        `json:"strategy"`
	Objective string        `json:"objective"`
	Arrival   market.Price  `json:"arrival_mid"`
	Horizon   int64         `json:"horizon_ns,omitempty"` // 0 = it has none
}

// teller tells the story of the first parent from the engine's own records.
type teller struct {
	desk    *desk
	venues  []VenueName
	about   *Told
	arrived market.Time
	fair    float64
	known   bool // the market has a fundamental
	done    market.Qty
	tell    func(*Step)
}

// firstParent is the one that is told of.
const firstParent order.ParentID = 1

// follow gives every step of the first parent to tell, and fills about once it has arrived.
func follow(d *desk, s *scenario.Scenario, about *Told, tell func(*Step)) {
	t := &teller{desk: d, about: about, tell: tell, venues: venueNames(s)}
	account := d.onNew
	d.onNew = func(id order.ParentID, x *order.Terms) {
		account(id, x)
		t.arrives(id, x)
	}
	d.onPlan = joined(d.onPlan, t.decided)
	d.onExec = joined(d.onExec, t.filled)
	d.onEnd = joined(d.onEnd, t.ended)
}

func (t *teller) arrives(id order.ParentID, x *order.Terms) {
	if id != firstParent {
		return
	}
	t.arrived = t.desk.market.Now()
	t.fair, t.known = t.desk.market.Fair(x.Symbol)
	*t.about = Told{Symbol: x.Symbol, Side: x.Side.String(), Qty: x.Qty, Strategy: x.Strategy.String(), Objective: x.Objective.String(),
		Arrival: t.desk.market.NBBO(x.Symbol).Mid()}
	if x.End != 0 {
		t.about.Horizon = x.End.Sub(t.arrived)
	}
}

// step begins a step that happens now at a mid.
func (t *teller) step(kind string, mid market.Price) *Step {
	s := &Step{At: t.desk.market.Now().Sub(t.arrived), Kind: kind, Mid: mid, Done: t.done, Of: t.about.Qty}
	if mid > 0 && t.about.Arrival > 0 {
		s.Moved = market.Bps(mid, t.about.Arrival)
	}
	if fair, ok := t.desk.market.Fair(t.about.Symbol); ok && t.known {
		own := (fair - t.fair) / t.fair * 1e4
		s.Own = &own
	}
	return s
}

func (t *teller) decided(x *event.RecordDecision) {
	if x.Parent != firstParent || x.Stage == event.StageHold || x.Chosen < 0 {
		return
	}
	s := t.step(StepDecision, x.Quote.Mid())
	s.Decision, s.Stage, s.Why = x.Decision, x.Stage.String(), x.Why
	for _, share := range x.Plans[x.Chosen].Shares {
		v := &t.venues[share.Venue]
		s.Shares = append(s.Shares, StepShare{v.Name, v.Type, share.Qty})
	}
	t.tell(s)
}

func (t *teller) filled(x *event.RecordExecution) {
	if x.Exec.Parent != firstParent || x.Exec.Busted {
		return
	}
	v := &t.venues[x.Exec.Key.Venue]
	t.done += x.Exec.Qty
	s := t.step(StepFill, x.Mid)
	s.Decision, s.Stage, s.Venue, s.Type, s.Qty, s.Px = x.Decision, x.Style.String(), v.Name, v.Type, x.Exec.Qty, x.Exec.Px
	t.tell(s)
}

func (t *teller) ended(x *event.RecordParent) {
	if x.Parent.ID == firstParent {
		s := t.step(StepEnd, x.EndMid)
		s.Why = x.Parent.State.String()
		t.tell(s)
	}
}

func venueNames(s *scenario.Scenario) (out []VenueName) {
	for i := range s.Venues {
		v := &s.Venues[i]
		out = append(out, VenueName{v.Name, v.Type.String()})
	}
	return out
}
