package compare

import (
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Step is one line of the story of one parent: a decision with what it sent, or what came of it.
type Step struct {
	At     int64        `json:"at_ns"` // after the parent's arrival
	Kind   string       `json:"kind"`
	Stage  string       `json:"stage,omitempty"` // of a decision; the style of a fill
	Why    string       `json:"why,omitempty"`
	Venue  string       `json:"venue,omitempty"`
	Type   string       `json:"venue_type,omitempty"`
	Qty    market.Qty   `json:"qty,omitempty"`
	Px     market.Price `json:"price,omitempty"`
	Mid    market.Price `json:"mid"`
	Done   market.Qty   `json:"done"` // of the parent so far
	Of     market.Qty   `json:"of"`
	Shares []StepShare  `json:"sent,omitempty"`
}

// StepShare is what a decision sent to one venue.
type StepShare struct {
	Venue string     `json:"venue"`
	Qty   market.Qty `json:"qty"`
}

// The kinds of step.
const (
	StepDecision = "decision"
	StepFill     = "fill"
	StepEnd      = "end"
)

// String gives the step as a line.
func (s *Step) String() string {
	at := fmt.Sprintf("%9.3f s", float64(s.At)/float64(market.Second))
	switch s.Kind {
	case StepDecision:
		var to []string
		for _, x := range s.Shares {
			to = append(to, fmt.Sprintf("%s %d", x.Venue, x.Qty))
		}
		return fmt.Sprintf("%s  %-8s %s  (%s)", at, s.Stage, strings.Join(to, ", "), s.Why)
	case StepFill:
		return fmt.Sprintf("%s  fill     %s %d @ %s  done %d of %d", at, s.Venue, s.Qty, s.Px, s.Done, s.Of)
	}
	return fmt.Sprintf("%s  end      %s, done %d of %d", at, s.Why, s.Done, s.Of)
}

// follow tells the story of the first parent from the engine's own records.
func follow(d *desk, s *scenario.Scenario, tell func(*Step)) {
	const first order.ParentID = 1
	var arrived market.Time
	var done, of market.Qty
	since := func() int64 {
		if arrived == 0 {
			arrived = d.market.Now()
		}
		return d.market.Now().Sub(arrived)
	}
	d.onPlan = joined(d.onPlan, func(x *event.RecordDecision) {
		if x.Parent != first || x.Stage == event.StageHold || x.Chosen < 0 {
			return
		}
		step := Step{At: since(), Kind: StepDecision, Stage: x.Stage.String(), Why: x.Why, Mid: x.Quote.Mid(), Done: done, Of: of}
		for _, share := range x.Plans[x.Chosen].Shares {
			step.Shares = append(step.Shares, StepShare{s.Venues[share.Venue].Name, share.Qty})
		}
		tell(&step)
	})
	d.onExec = joined(d.onExec, func(x *event.RecordExecution) {
		if x.Exec.Parent != first || x.Exec.Busted {
			return
		}
		v := &s.Venues[x.Exec.Key.Venue]
		done += x.Exec.Qty
		tell(&Step{At: since(), Kind: StepFill, Stage: x.Style.String(), Venue: v.Name, Type: v.Type.String(), Qty: x.Exec.Qty, Px: x.Exec.Px, Mid: x.Mid, Done: done, Of: of})
	})
	d.onEnd = joined(d.onEnd, func(p *event.RecordParent) {
		if p.Parent.ID == first {
			tell(&Step{At: since(), Kind: StepEnd, Why: p.Parent.State.String(), Mid: p.EndMid, Done: done, Of: p.Parent.Terms.Qty})
		}
	})
	account := d.onNew
	d.onNew = func(id order.ParentID, t *order.Terms) {
		account(id, t)
		if id == first {
			of = t.Qty
		}
	}
}
