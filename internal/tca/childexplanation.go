package tca

import (
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ChildExplanation is one child order for programs, with the decision that sent it. The JSON names are stable and end in their unit.
type ChildExplanation struct {
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

	Decision *Explanation `json:"decision"`
}

// ExplainedChild gives a child of a journal and the decision that sent it for programs.
func ExplainedChild(instance uint32, c *order.Child, d *event.RecordDecision, names Names) *ChildExplanation {
	return &ChildExplanation{Child: c.ID, ClOrdID: event.ClOrdID(instance, c.ID, 0), Parent: c.Parent, Venue: names.Of(c.Venue),
		Style: c.Style.String(), State: c.State.String(), Reason: c.Reason, Qty: c.Qty, Limit: c.Limit, MinQty: c.MinQty, Filled: c.Cum,
		AvgPx: c.AvgPx(), Decided: c.DecidedAt, Decision: Explained(d, names)}
}

// ExplainChild gives a child in words: what was sent where, what became of it, and the decision behind it.
func ExplainChild(instance uint32, c *order.Child, d *event.RecordDecision, names Names) string {
	var b strings.Builder
	b.WriteString("child " + itoa(int64(c.ID)) + " (" + event.ClOrdID(instance, c.ID, 0) + ") of parent " + itoa(int64(c.Parent)) + ": " +
		shares([]event.Share{{Venue: c.Venue, Style: c.Style, Qty: c.Qty, Limit: c.Limit, MinQty: c.MinQty}}, names) + "; " + c.State.String() +
		", filled " + grouped(c.Cum))
	if c.Cum > 0 {
		b.WriteString(" at " + c.AvgPx().String())
	}
	if c.Reason != "" {
		b.WriteString("; " + clean(c.Reason))
	}
	return b.String() + "\n\n" + Explain(d, names)
}
