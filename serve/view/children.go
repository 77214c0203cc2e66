package view

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// childRow is a child with its steps. Its state follows the reports by the same table as the engine's
// ([order.Next]); RecordChild, at its end and at every later change, sets it anew.
type childRow struct {
	order.Child
	steps []Step
}

func (v *View) step(c *childRow, s Step) {
	c.steps = append(c.steps, s)
	if len(c.steps) > v.opts.Steps { // the first step says how it began; drop the one after it
		c.steps = append(c.steps[:1], c.steps[2:]...)
	}
	v.track(c)
}

// track keeps the set of working children, so that a snapshot need not look at those that are done.
func (v *View) track(c *childRow) {
	if c.Live() && v.children[c.ID] == c {
		v.live[c.ID] = c
		return
	}
	delete(v.live, c.ID)
}

func (c *childRow) next(h order.Happening) {
	c.State, _ = order.Next(c.State, h, int64(c.Cum), int64(c.Leaves))
	if c.State.Done() {
		c.Leaves, c.PendingCancel, c.PendingReplace, c.InDoubt = 0, false, false, false
	}
}

func (v *View) sendChild(at market.Time, b *event.SendChild) {
	if v.children[b.Child.ID] != nil {
		return
	}
	c := &childRow{Child: b.Child}
	if c.State == 0 {
		c.State = order.PendingNew
	}
	if c.Leaves == 0 && c.Cum == 0 {
		c.Leaves = c.Qty
	}
	v.step(c, Step{At: Stamp(at), What: "decided", Qty: int64(c.Qty), Px: Px(c.Limit), Text: styleName(c.Style)})
	row := v.venue(c.Venue)
	row.Sent++
	row.SentShares += int64(c.Qty)
	p := v.parents[c.Parent]
	if p == nil {
		return // dropped or never seen: nobody could look at its children
	}
	v.children[c.ID] = c
	v.track(c)
	p.children = append(p.children, c.ID)
	p.childCount = max(p.childCount, uint64(len(p.children)))
	v.trimChildren(p)
}

// trimChildren drops the oldest done child of a parent with too many.
func (v *View) trimChildren(p *parentRow) {
	if len(p.children) <= v.opts.Children {
		return
	}
	for i, id := range p.children {
		if c := v.children[id]; c == nil || !c.Live() {
			delete(v.children, id)
			delete(v.live, id)
			p.children = append(p.children[:i], p.children[i+1:]...)
			p.lost++
			return
		}
	}
}

func (v *View) childSent(at market.Time, b *event.ChildSent) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	what := "request sent"
	if b.Request == 0 {
		what, c.WireAt = "sent", at
	}
	v.step(c, Step{At: Stamp(at), What: what})
}

func (v *View) childDenied(at market.Time, b *event.ChildDenied) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	if b.Request == 0 {
		c.next(order.WasDenied)
		c.DoneAt, c.Reason = at, b.Reason
	} else {
		c.answered(b.Request)
	}
	v.step(c, Step{At: Stamp(at), What: "denied", Text: b.Reason})
}

func (v *View) childAccepted(at market.Time, b *event.ChildAccepted) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	if b.Pending {
		v.step(c, Step{At: Stamp(at), What: "received by the venue"})
		return
	}
	c.InDoubt = false
	c.next(order.WasAccepted)
	if c.AckedAt == 0 {
		c.AckedAt = at
	}
	v.step(c, Step{At: Stamp(at), What: "accepted"})
}

// childFill takes an execution, or the difference that a bust or correction made.
func (v *View) childFill(b *event.RecordExecution, now, before booking, known bool) {
	c := v.children[b.Exec.Child]
	if c == nil {
		return
	}
	c.InDoubt = false
	c.Cum += market.Qty(now.qty - before.qty)
	c.Notional = minus(c.Notional.Add(now.notional), before.notional)
	if !c.State.Done() || c.State == order.Filled { // a bust makes a filled child active again (ER-20)
		c.Leaves = max(0, c.Qty-c.Cum)
	}
	s := Step{At: Stamp(b.Exec.At), What: "fill", Qty: int64(b.Exec.Qty), Px: Px(b.Exec.Px), Text: b.Exec.Liquidity.String()}
	switch {
	case b.Exec.Busted:
		s.What, s.Text = "bust", ""
		c.next(order.WasBusted)
	case known:
		s.What, s.Text = "correction", ""
	default:
		c.next(order.WasFilled)
		if c.State.Done() && c.DoneAt == 0 {
			c.DoneAt = b.Exec.At
		}
	}
	if b.Late {
		s.Text += ", after the child's end"
	}
	v.step(c, s)
}

func (v *View) childDone(at market.Time, b *event.ChildDone) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	c.InDoubt = false
	c.next(b.What)
	if c.State.Done() {
		c.DoneAt, c.Reason = at, b.Text
	}
	text := b.Text
	if b.Request == 0 {
		text = joined("unsolicited", text)
	}
	v.step(c, Step{At: Stamp(at), What: b.What.String(), Text: text})
}

func (v *View) childRejected(at market.Time, b *event.ChildRejected) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	v.venue(c.Venue).Rejects++
	c.next(order.WasRejected)
	if c.State.Done() {
		c.DoneAt, c.Reason = at, b.Text
	}
	v.step(c, Step{At: Stamp(at), What: "rejected", Text: joined(fmt.Sprintf("reason %d", b.Reason), b.Text)})
}

// answered ends the request that was refused, or never left: the replace, else the cancel.
func (c *childRow) answered(request uint32) {
	if request == c.ReplaceReq && c.PendingReplace {
		c.PendingReplace = false
	} else {
		c.PendingCancel = false
	}
}

func (v *View) childReplaced(at market.Time, b *event.ChildReplaced) {
	c := v.children[b.Child]
	if c == nil || c.State.Done() || b.Request != 0 && b.Request <= c.AcceptedReq { // one that comes again says nothing new (DEF-08)
		return
	}
	c.PendingReplace, c.InDoubt = c.PendingReplace && b.Request != c.ReplaceReq, false
	if c.AcceptedReq = max(c.AcceptedReq, b.Request); b.Qty > 0 {
		c.Qty = max(b.Qty, c.Cum)
		c.Leaves = c.Qty - c.Cum
	}
	if b.Limit > 0 {
		c.Limit = b.Limit
	}
	c.next(order.WasReplaced)
	what := "replaced"
	if b.Request == 0 {
		what = "restated by the venue"
	}
	v.step(c, Step{At: Stamp(at), What: what, Qty: int64(b.Qty), Px: Px(b.Limit)})
}

func (v *View) cancelRejected(at market.Time, b *event.CancelRejected) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	c.answered(b.Request)
	v.step(c, Step{At: Stamp(at), What: "request refused", Text: joined(fmt.Sprintf("reason %d", b.Reason), b.Text)})
}

func (v *View) childStatus(at market.Time, b *event.ChildStatus) {
	c := v.children[b.Child]
	if c == nil {
		return
	}
	text := b.Text
	if b.Unknown {
		text = joined("the venue does not know it", text)
	} else {
		c.InDoubt = false
	}
	v.step(c, Step{At: Stamp(at), What: "status", Qty: int64(b.Cum), Text: text})
}

func (v *View) cancelChild(at market.Time, b *event.CancelChild) {
	if c := v.children[b.Child]; c != nil {
		c.PendingCancel = c.Live()
		v.step(c, Step{At: Stamp(at), What: "cancel asked", Text: b.Why})
	}
}

func (v *View) replaceChild(at market.Time, b *event.ReplaceChild) {
	if c := v.children[b.Child]; c != nil {
		c.PendingReplace, c.ReplaceQty, c.ReplaceLimit, c.ReplaceReq = c.Live(), b.Qty, b.Limit, b.Request
		v.step(c, Step{At: Stamp(at), What: "replace asked", Qty: int64(b.Qty), Px: Px(b.Limit), Text: b.Why})
	}
}

func (v *View) recordChild(b *event.RecordChild) {
	if c := v.children[b.Child.ID]; c != nil {
		c.Child = b.Child
		v.track(c)
	}
}

func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + ": " + b
}

// detail gives the child for display.
func (c *childRow) detail(venue string) Child {
	out := Child{
		ID: c.ID, Venue: venue, Style: styleName(c.Style), Decision: c.Decision, Qty: int64(c.Qty), MinQty: int64(c.MinQty),
		Limit: Px(c.Limit), Status: c.State.String(), Done: c.State.Done(), InDoubt: c.InDoubt,
		Cum: int64(c.Cum), Leaves: int64(c.Leaves), AvgPx: Px(average(c.Notional, c.Cum)), Decided: Stamp(c.DecidedAt), DoneAt: Stamp(c.DoneAt),
		Reason: c.Reason, Steps: append([]Step(nil), c.steps...),
	}
	switch {
	case c.PendingCancel:
		out.Pending = "cancel"
	case c.PendingReplace:
		out.Pending = "replace"
	}
	return out
}
