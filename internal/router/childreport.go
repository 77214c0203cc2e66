package router

import (
	"cmp"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// childSent notes the wire mark: from here on the venue may have the order.
func (e *Engine) childSent(b *event.ChildSent) {
	c := e.children[b.Child]
	if c == nil { // forgotten: it ended long ago
		return
	}
	if b.Request == 0 && c.WireAt == 0 {
		c.WireAt = e.now
		e.leaveLine(c, true)
	}
}

// LastGateRefused begins the reason of a ChildDenied that the last gate caused; the gate's rule follows.
const LastGateRefused = "last gate: "

// childDenied ends a child, or a request, of which no byte left. A refusal by the last gate means that the engine was
// wrong: the parent stops and people are told (RISK-01), unless it only met a halt or an end that overtook it.
func (e *Engine) childDenied(b *event.ChildDenied) {
	c := e.children[b.Child]
	if c == nil {
		return
	}
	if b.Request > 0 {
		e.requestDenied(c, b)
		return
	}
	p := c.parent
	if !e.endChild(c, order.WasDenied, b.Reason) {
		return
	}
	if !c.canceling { // else we took it back before it left
		p.standing[c.Venue].shut(e.now)
	}
	if Overfills(b.Reason) {
		e.stop(p, c, "RISK-01", b.Reason)
	}
	e.afterChild(p, "denied: "+b.Reason)
}

// childAccepted is the venue's acknowledgement.
func (e *Engine) childAccepted(b *event.ChildAccepted) {
	c := e.find(b.Child, event.ReportOrphaned{VenueOrderID: b.VenueOrderID, ExecType: '0', Status: '0', Text: "an acceptance of an order that is not kept"})
	if c == nil {
		return
	}
	if b.VenueOrderID != "" && c.AckedAt == 0 { // one that is sent again restores no old binding (DEF-08)
		c.VenueOrderID = b.VenueOrderID
	}
	e.heard(c, false)
	if c.State == order.NeverSent && c.Cum < c.Qty {
		e.risen(c, "acknowledges")
	}
	if c.State == order.PendingNew && e.venues[c.Venue].up {
		e.sure(c) // it was only slow
		c.unknowns = 0
		c.settled()
	}
	if b.Pending {
		return
	}
	if next, ok := order.Next(c.State, order.WasAccepted, int64(c.Cum), int64(c.Leaves)); ok {
		c.State = next
	}
	if c.AckedAt == 0 {
		c.AckedAt = e.now
	}
	e.heldCancel(c)
}

// heard takes the first answer to an order: its round trip and whether it was refused.
func (e *Engine) heard(c *childState, rejected bool) {
	if c.latency {
		return
	}
	c.latency = true
	v := &e.venues[c.Venue]
	if v.answered(e.now, rejected) {
		e.raise(event.Warn, "SAF-04", nil, nil, v.Name+" "+v.because+": nothing goes there for a minute")
	}
	if c.WireAt == 0 || c.InDoubt {
		return
	}
	trip := e.now.Sub(c.WireAt)
	if v.slow(e.now, c.WireAt, trip, e.cfg.Tactics.SlowVenue) {
		e.raise(event.Warn, "SAF-04", nil, nil, fmt.Sprintf("%s %s (usually %.4g ms): nothing goes there for a minute", v.Name, v.because, v.median/1e3))
	}
	v.measured(trip)
	e.learnService(c, trip, rejected)
}

// presumed reports whether a child counts as ended, or as never sent, although no report of its venue's ended it: its venue
// twice knew no such order, our session or a person said that no byte left. What a person, or a report, said to be canceled is
// not among it: late reports tell how it was before that.
func (c *childState) presumed() bool {
	return c.State == order.NeverSent || c.State == order.Canceled && c.unknowns > 0
}

// risen takes back that an order counted as ended, see presumed: now its venue says that it works. Its quantity may be
// somewhere else by now, so it is withdrawn, and a person decides (REC-04, INV-01).
func (e *Engine) risen(c *childState, says string) {
	p, counted := c.parent, c.State
	c.Leaves, c.resolved, c.unknowns = c.Qty-c.Cum, false, 0
	if c.State = order.PendingNew; c.Cum > 0 {
		c.State = order.PartiallyFilled
	}
	e.revive(c)
	e.recordChild(c)
	e.stop(p, c, "REC-04", fmt.Sprintf("%s %s an order that counted as %v: it is withdrawn", e.venues[c.Venue].Name, says, counted))
	e.cancelChild(c, fmt.Sprintf("it counted as %v", counted))
}

// childExecuted books a fill exactly once (ER-12 to ER-15).
func (e *Engine) childExecuted(b *event.ChildExecuted) {
	c := e.find(b.Child, event.ReportOrphaned{VenueOrderID: b.VenueOrderID, ExecID: b.ExecID, ExecType: 'F', Status: b.Status, Qty: b.Qty, Px: b.Px,
		Cum: b.Cum, Leaves: b.Leaves, Text: "a fill of an order that is not kept"})
	if c == nil {
		return
	}
	e.heard(c, false)
	if b.VenueOrderID != "" {
		c.VenueOrderID = b.VenueOrderID
	}
	if old := c.exec(b.ExecID); old != nil {
		e.repeatedFill(c, old, b)
		return
	}
	if b.Qty <= 0 || b.Px <= 0 || b.ExecID == "" || b.ExecID == "0" {
		e.freeze(c.parent, c, "ER-13", fmt.Sprintf("execution %q of %d at %v is no trade", b.ExecID, b.Qty, b.Px))
		return
	}
	if e.claimed(c, b) {
		return
	}
	if b.Leaves > 0 && c.presumed() && c.Cum+b.Qty < c.Qty {
		e.risen(c, "fills")
	}
	x := e.book(c, b)
	e.fillEffects(c, x, b)
	e.unresolved(c, b.Qty)
	e.unpark(c)
	e.heldCancel(c)
}

// repeatedFill suppresses the booking of a fill we have, still reads its status, and freezes the parent when the same
// execution says something else (ER-13, DEF-10). One that was revised since repeats its old content lawfully.
func (e *Engine) repeatedFill(c *childState, old *execution, b *event.ChildExecuted) {
	if old.Qty != b.Qty || old.Px != b.Px {
		if len(old.ids) == 0 && !old.Busted {
			e.freeze(c.parent, c, "ER-13", fmt.Sprintf("execution %q came again with other content: %d at %v, was %d at %v", b.ExecID, b.Qty, b.Px, old.Qty, old.Px))
		}
		return
	}
	e.compare(c, b.Cum, b.Leaves)
	if e.endedBy(c, b) {
		e.afterChild(c.parent, "ended "+c.State.String())
	}
}

// endedBy takes the end that a trade's report tells beside the trade: 39 says canceled or expired, nothing is left, and
// the venue's count is ours (DEF-10).
func (e *Engine) endedBy(c *childState, b *event.ChildExecuted) bool {
	if c.State.Done() || b.Leaves != 0 || b.Cum != c.Cum {
		return false
	}
	switch b.Status {
	case order.Canceled.FIX():
		return e.endChild(c, order.WasCanceled, "")
	case order.Expired.FIX():
		return e.endChild(c, order.WasExpired, "")
	}
	return false
}

// fillEffects reports, learns and goes on after a booking.
func (e *Engine) fillEffects(c *childState, x *execution, b *event.ChildExecuted) {
	p := c.parent
	wasDone := p.State.Done()
	leaves := max(0, p.Terms.Qty-p.Cum)
	p.State, _ = order.Next(p.State, order.WasFilled, int64(p.Cum), int64(leaves))
	r := e.report(p, 'F')
	r.LastQty, r.LastPx, r.LastMkt, r.Liquidity, r.Fee = x.Qty, x.Px, e.lastMkt(p, c, x), x.Liquidity, x.Fee+x.Reg
	x.report = r.ExecID
	e.recordExecution(c, x)
	e.watchMarkouts(c, x)
	if c.Style == order.StyleDark || c.Style == order.StyleInternal {
		p.darkGot += x.Qty
	}
	e.checkExecution(c, x)
	switch {
	case x.late:
		e.learnRevised(c, x)
		e.recordChild(c)
	case c.State.Done():
		e.dropDone(c)
	case c.end != 0 && c.Cum >= c.endCum: // its end came before this fill
		e.endChild(c, c.end, cmp.Or(c.Reason, "its last fill came after its end"))
	default:
		e.endedBy(c, b)
	}
	e.compare(c, b.Cum, b.Leaves)
	e.checkParent(p, c, x.late)
	switch {
	case wasDone:
		e.recordParent(p)
	case p.State == order.Filled:
		e.filled(p)
	default:
		e.afterChild(p, "fill")
	}
}

// checkExecution stops the parent of a child that its venue filled beyond its quantity or its limit, at once or by a
// correction. It stands as booked: only the venue can bust it.
func (e *Engine) checkExecution(c *childState, x *execution) {
	if c.Cum > c.Qty {
		e.stop(c.parent, c, "INV-03", fmt.Sprintf("venue filled %d of a child of %d", c.Cum, c.Qty))
	}
	if c.Limit > 0 && c.Side.Worse(x.Px, c.Limit) {
		e.stop(c.parent, c, "INV-07", fmt.Sprintf("venue filled %d at %v, beyond the child's limit of %v", x.Qty, x.Px, c.Limit))
	}
}

// filled ends a parent of which nothing is left. A cancel that is pending came too late (matrix B.1.c); a replace that
// is pending is accepted, amended to what is filled (ER-06, matrix C.3.c).
func (e *Engine) filled(p *parentState) {
	e.cancelChildren(p, "parent filled")
	if p.ask.kind == replaceRequest && !e.refusedAgain(p) {
		e.replaceDone(p)
		return
	}
	ask := p.ask
	p.ask = request{}
	e.closeParent(p, 0, ask)
}

// checkParent holds INV-01 after a fill: filled plus what may still fill never exceeds the order. A fill after a
// confirmed cancel can break it lawfully: then the parent stops, its children are withdrawn, and people are told.
func (e *Engine) checkParent(p *parentState, c *childState, late bool) {
	if late {
		e.raise(event.Warn, "RACE-02", p, c, fmt.Sprintf("fill after the child was %v", c.State))
	}
	if p.Cum > p.Terms.Qty {
		e.stop(p, c, "INV-01", fmt.Sprintf("parent filled %d of %d", p.Cum, p.Terms.Qty))
		return
	}
	if !p.State.Done() && p.Cum+p.exposure() > p.Terms.Qty {
		e.stop(p, c, "INV-01", fmt.Sprintf("filled %d and working %d exceed %d", p.Cum, p.exposure(), p.Terms.Qty))
	}
}

// stop latches a parent: nothing new, everything withdrawn, a person decides (RISK-01).
func (e *Engine) stop(p *parentState, c *childState, rule, text string) {
	e.raise(event.Page, rule, p, c, text)
	if p.State.Done() {
		return
	}
	p.Hold, p.latched, p.Reason = order.HoldStop, true, rule+": "+text
	e.cancelChildren(p, rule)
	e.recordParent(p)
}

// freeze is stop without touching the children: reports contradict each other (ER-13). A stop outranks it: what was asked
// to be withdrawn stays so.
func (e *Engine) freeze(p *parentState, c *childState, rule, text string) {
	e.raise(event.Page, rule, p, c, text)
	if !p.State.Done() && p.Hold != order.HoldStop && p.Hold != order.HoldConfirm {
		p.Hold, p.latched, p.Reason = order.HoldFrozen, true, rule+": "+text
		e.recordParent(p)
	}
}

// compare takes the venue's own count. More than we booked means that a report is missing: the quantity may be gone, so
// nothing more of this parent goes there until the count agrees, and the venue is asked (ER-15, DEF-09). Less is a report
// that was overtaken, or a bust on its way: asking is enough.
func (e *Engine) compare(c *childState, cum, leaves market.Qty) {
	if cum == 0 && leaves == 0 { // not stated
		return
	}
	c.stated = max(c.stated, cum)
	e.disputed(c)
	if cum != c.Cum && !c.State.Done() {
		e.query(c)
	}
}

// disputed keeps account of children of which the venue counts more than we booked.
func (e *Engine) disputed(c *childState) {
	st := &c.parent.standing[c.Venue]
	switch is := c.stated > c.Cum; {
	case is && !c.disputed:
		if c.disputed = true; !c.State.Done() {
			c.doubt(e.now)
		}
		if st.disputes++; st.disputes == 1 {
			severity, then := event.Warn, "asking it"
			if c.State.Done() { // its quantity is free already
				severity, then = event.Page, fmt.Sprintf("the order is %v here: a person must ask it", c.State)
			}
			e.raise(severity, "ER-15", c.parent, c, fmt.Sprintf("venue %s counts %d filled, we %d: %s", e.venues[c.Venue].Name, c.stated, c.Cum, then))
		}
	case !is && c.disputed:
		c.disputed = false
		c.InDoubt = c.InDoubt && (c.end != 0 || c.PendingReplace || !e.venues[c.Venue].up)
		c.settled()
		st.disputes--
	}
}

// endLetter is FIX 150 and 39 of an end that is not a fill.
func endLetter(h order.Happening) byte {
	switch h {
	case order.WasExpired:
		return order.Expired.FIX()
	case order.WasDoneForDay:
		return order.DoneForDay.FIX()
	case order.WasStopped:
		return order.Stopped.FIX()
	case order.WasSuspended:
		return order.Suspended.FIX()
	}
	return order.Canceled.FIX()
}

// childDone ends a child that was canceled, expired, is done for the day, stopped or suspended.
func (e *Engine) childDone(b *event.ChildDone) {
	c := e.find(b.Child, event.ReportOrphaned{ExecType: endLetter(b.What), Status: endLetter(b.What), Cum: b.Cum, Leaves: b.Leaves, Text: "an end of an order that is not kept: " + b.Text})
	if c == nil {
		return
	}
	e.heard(c, false)
	if c.State.Done() {
		if b.What.Ends() {
			c.unknowns = 0 // now it knew the order
		}
		e.compare(c, b.Cum, b.Leaves)
		return
	}
	if b.What == order.WasCanceled && !c.canceling && c.end == 0 { // its 11 may be that of an accepted replace
		e.takenBack(c, b.Reason)
	}
	if b.What.Ends() && b.Cum > c.Cum { // its fills are still on their way, or lost: the quantity is not free
		c.doubt(e.now)
		c.end, c.endCum = b.What, b.Cum
		e.compare(c, b.Cum, b.Leaves)
		return
	}
	p := c.parent
	if !b.What.Ends() {
		if next, ok := order.Next(c.State, b.What, int64(c.Cum), int64(c.Leaves)); ok {
			c.State = next
			e.recordChild(c)
		}
		e.compare(c, b.Cum, b.Leaves)
		return
	}
	if !e.endChild(c, b.What, b.Text) {
		return
	}
	if b.Cum > 0 && b.Cum < c.Cum { // it has ended, so the venue is not asked
		e.raise(event.Warn, "ER-15", p, c, fmt.Sprintf("venue %s ended the order with %d filled, we have %d: a bust is on its way, or a person must ask it", e.venues[c.Venue].Name, b.Cum, c.Cum))
	}
	e.compare(c, b.Cum, b.Leaves)
	e.afterChild(p, "ended "+c.State.String())
}

// childRejected ends a child that the venue refused; it is never handled as the parent's refusal (DEF-05).
func (e *Engine) childRejected(b *event.ChildRejected) {
	c := e.find(b.Child, event.ReportOrphaned{ExecType: '8', Status: '8', Text: "a refusal of an order that is not kept: " + b.Text})
	if c == nil {
		return
	}
	e.heard(c, true)
	p := c.parent
	if !e.endChild(c, order.WasRejected, b.Text) {
		if !c.State.Done() { // refused after it traded: what does the venue mean?
			c.doubt(e.now)
			e.query(c)
		}
		return
	}
	p.standing[c.Venue].shut(e.now)
	e.raise(event.Info, "REJECT", p, c, fmt.Sprintf("%s refused: %s (%d)", e.venues[c.Venue].Name, b.Text, b.Reason))
	e.afterChild(p, "reject")
}
