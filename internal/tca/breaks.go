package tca

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// breaks says everything that does not reconcile to the share (INV-02, INV-03, INV-07). A parent at work is recorded
// only when its state changes, so its own count is compared once it is done.
func (w *work) breaks() []string {
	out := []string{}
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	p := &w.in.Parent.Parent
	r := &w.report
	if p.State.Done() && p.Cum != r.Filled {
		say("the parent says %d filled, its executions %d", p.Cum, r.Filled)
	}
	if p.State.Done() && p.Cum == r.Filled && !w.overflow && p.Notional != market.NotionalFromParts(0, uint64(r.Value)) {
		say("the parent says %v as average price, its executions %v", w.average(p.Notional, p.Cum), r.AvgPx)
	}
	if r.Filled > p.Terms.Qty {
		say("%d filled of %d ordered", r.Filled, p.Terms.Qty)
	}
	perChild := make(map[order.ChildID]market.Qty, len(w.in.Children))
	for i := range w.fills {
		x := &w.fills[i]
		if x.Symbol != p.Terms.Symbol || x.Side != p.Terms.Side {
			say("execution %q is a %v of %s, the parent a %v of %s", x.Exec.Key.ExecID, x.Side, x.Symbol, p.Terms.Side, p.Terms.Symbol)
		}
		if !x.Exec.Busted {
			perChild[x.Exec.Child] += x.Exec.Qty
		}
	}
	if w.in.Children != nil {
		w.childBreaks(perChild, say)
	}
	return out
}

func (w *work) childBreaks(filled map[order.ChildID]market.Qty, say func(string, ...any)) {
	known := make(map[order.ChildID]bool, len(w.in.Children))
	for _, record := range w.in.Children {
		c := &record.Child
		known[c.ID] = true
		if got := filled[c.ID]; c.State.Done() && c.Cum != got {
			say("child %d at %s says %d filled, its executions %d", c.ID, w.in.Venues.Of(c.Venue), c.Cum, got)
		} else if got > c.Qty {
			say("child %d at %s has %d filled of %d sent", c.ID, w.in.Venues.Of(c.Venue), got, c.Qty)
		}
		if c.Live() && w.in.Parent.Parent.State.Done() {
			say("child %d at %s is %v although the parent is done", c.ID, w.in.Venues.Of(c.Venue), c.State)
		}
	}
	for i := range w.fills {
		if x := &w.fills[i].Exec; !known[x.Child] {
			say("execution %q belongs to child %d, of which there is no record", x.Key.ExecID, x.Child)
		}
	}
}
