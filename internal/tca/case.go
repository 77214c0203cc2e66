package tca

import (
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Case is one decision of a journal with the children that it sent, as they are now.
type Case struct {
	Instance uint32 // the journal's birth
	Decision *event.RecordDecision
	Children []*order.Child       // by number
	Cost     *event.RecordOutcome // what it cost (event.OutcomeCost), nil while that is not known
	Venues   Names
}

// ChildLine is one child order for programs. The JSON names are stable and end in their unit.
type ChildLine struct {
	Child   order.ChildID  `json:"child"`
	ClOrdID string         `json:"clordid"` // 11 at the venue
	Parent  order.ParentID `json:"parent"`
	Venue   string         `json:"venue"`
	Style   string         `json:"style"`
	State   string         `json:"state"`
	Reason  string         `json:"reason,omitempty"`
	Qty     market.Qty     `json:"shares"`
	Limit   market.Price   `json:"limit_micros"` // micro-dollars, 0 = none
	MinQty  market.Qty     `json:"min_shares"`
	Filled  market.Qty     `json:"filled_shares"`
	AvgPx   market.Price   `json:"avg_px_micros"` // 0 = no fill
	Decided market.Time    `json:"decided_ns"`    // Unix
}

// ChildExplanation is one child order with the decision that sent it.
type ChildExplanation struct {
	ChildLine
	Decision *Explanation `json:"decision"`
}

// Explanation gives the case for programs.
func (c *Case) Explanation() *Explanation {
	x := explained(c.Decision, c.Venues)
	for _, o := range c.Children {
		x.Children = append(x.Children, c.line(o))
	}
	if o := c.Cost; o != nil {
		if x.Unmeasured = o.Refused; o.Refused == "" {
			x.Realized, x.Filled = known(o.Value), o.Got
		}
	}
	return x
}

// Text gives the case in words: the decision as Explain does, what became of its children, and what it cost.
func (c *Case) Text() string {
	var b strings.Builder
	b.WriteString(Explain(c.Decision, c.Venues))
	for _, o := range c.Children {
		b.WriteString("  sent " + c.words(o) + "\n")
	}
	if o := c.Cost; o != nil && o.Refused != "" {
		b.WriteString("  what it cost is no evidence: " + clean(o.Refused) + "\n")
	} else if i := place(c.Decision, c.Decision.Chosen); o != nil && i >= 0 {
		b.WriteString("  it cost " + num(o.Value, 3) + " bps of a share wanted, " + grouped(o.Got) + " of " + grouped(o.Sent) + " filled; " +
			num(c.Decision.Plans[i].CostBps, 3) + " bps were expected\n")
	}
	return b.String()
}

// Child gives one of its children for programs.
func (c *Case) Child(o *order.Child) *ChildExplanation {
	return &ChildExplanation{c.line(o), c.Explanation()}
}

// ChildText gives one of its children in words.
func (c *Case) ChildText(o *order.Child) string {
	return c.words(o) + "; parent " + itoa(int64(o.Parent)) + "\n\n" + c.Text()
}

func (c *Case) line(o *order.Child) ChildLine {
	return ChildLine{Child: o.ID, ClOrdID: event.ClOrdID(c.Instance, o.ID, 0), Parent: o.Parent, Venue: c.Venues.Of(o.Venue),
		Style: o.Style.String(), State: o.State.String(), Reason: o.Reason, Qty: o.Qty, Limit: o.Limit, MinQty: o.MinQty, Filled: o.Cum,
		AvgPx: average(o), Decided: o.DecidedAt}
}

// average is a child's average price, 0 if it has none that its notional could have.
func average(o *order.Child) market.Price {
	if hi, _ := o.Notional.Parts(); o.Cum <= 0 || hi >= uint64(o.Cum) {
		return 0
	}
	return o.AvgPx()
}

func (c *Case) words(o *order.Child) string {
	s := "child " + itoa(int64(o.ID)) + " (" + event.ClOrdID(c.Instance, o.ID, 0) + "): " +
		shares([]event.Share{{Venue: o.Venue, Style: o.Style, Qty: o.Qty, Limit: o.Limit, MinQty: o.MinQty}}, c.Venues) + "; " +
		o.State.String() + ", filled " + grouped(o.Cum)
	if o.Cum > 0 {
		s += " at " + average(o).String()
	}
	if o.Reason != "" {
		s += "; " + clean(o.Reason)
	}
	return s
}
