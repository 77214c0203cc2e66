package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// find gives the child of a report; a report for an order we do not know is exposure nobody booked: page (ER-16).
func (e *Engine) find(id order.ChildID, what string) *childState {
	c := e.children[id]
	if c == nil {
		e.raise(event.Page, "ER-16", nil, nil, fmt.Sprintf("%s for child %d, which is unknown: ask the venue (35=H), cancel only by hand", what, id))
	}
	return c
}

// childSent notes the wire mark: from here on the venue may have the order.
func (e *Engine) childSent(b *event.ChildSent) {
	c := e.find(b.Child, "wire mark")
	if c == nil {
		return
	}
	if b.Request == 0 && c.WireAt == 0 {
		c.WireAt = e.now
	}
}

// childDenied ends a child, or a request, of which no byte left.
func (e *Engine) childDenied(b *event.ChildDenied) {
	c := e.find(b.Child, "refusal")
	if c == nil {
		return
	}
	if b.Request > 0 { // a cancel that never left: ask again while it is still wanted
		c.PendingCancel = false
		c.canceling = false
		e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.SettleWait), kind: timerSettle, child: c})
		return
	}
	e.endChild(c, order.WasDenied, b.Reason)
	p := c.parent
	p.denials++
	e.venues[c.Venue].answers = max(1, e.venues[c.Venue].answers)
	p.standing[c.Venue].coolUntil = e.now.Add(market.Second)
	e.afterChild(p, "denied: "+b.Reason)
}

// childAccepted is the venue's acknowledgement.
func (e *Engine) childAccepted(b *event.ChildAccepted) {
	c := e.find(b.Child, "ack")
	if c == nil {
		return
	}
	if b.VenueOrderID != "" {
		c.VenueOrderID = b.VenueOrderID
	}
	e.heard(c, false)
	if b.Pending {
		return
	}
	if next, ok := order.Next(c.State, order.WasAccepted, int64(c.Cum), int64(c.Leaves)); ok {
		c.State = next
	}
	if c.AckedAt == 0 {
		c.AckedAt = e.now
	}
}

// heard takes the first answer to an order: its round trip and whether it was refused.
func (e *Engine) heard(c *childState, rejected bool) {
	if c.latency {
		return
	}
	c.latency = true
	v := &e.venues[c.Venue]
	v.answered(rejected)
	if c.WireAt == 0 || c.InDoubt {
		return
	}
	trip := e.now.Sub(c.WireAt)
	v.measured(trip)
	e.learnService(c, trip, rejected)
}

// childExecuted books a fill exactly once (ER-12 to ER-15).
func (e *Engine) childExecuted(b *event.ChildExecuted) {
	c := e.find(b.Child, "fill")
	if c == nil {
		return
	}
	e.heard(c, false)
	if b.VenueOrderID != "" {
		c.VenueOrderID = b.VenueOrderID
	}
	date := b.TradeDate
	if date == 0 {
		date = e.venues[c.Venue].Hours.Day(e.now).Date
	}
	key := order.ExecKey{Venue: c.Venue, Date: date, ExecID: b.ExecID, OrderID: c.VenueOrderID}
	if old := e.execs[key]; old != nil {
		e.repeatedFill(c, old, b)
		return
	}
	if b.Qty <= 0 || b.Px <= 0 || b.ExecID == "" {
		e.freeze(c.parent, c, "ER-13", fmt.Sprintf("execution %q of %d at %v is no trade", b.ExecID, b.Qty, b.Px))
		return
	}
	x := e.book(c, key, b)
	e.fillEffects(c, x, b)
}

// repeatedFill suppresses the booking of a fill we have, still reads its status, and freezes the parent when the same
// execution says something else (ER-13, DEF-10).
func (e *Engine) repeatedFill(c *childState, old *execution, b *event.ChildExecuted) {
	if old.Qty != b.Qty || old.Px != b.Px || old.child != c {
		if old.chain == old.Key.ExecID && !old.Busted {
			e.freeze(c.parent, c, "ER-13", fmt.Sprintf("execution %q came again with other content: %d at %v, was %d at %v", b.ExecID, b.Qty, b.Px, old.Qty, old.Px))
		}
		return
	}
	e.compare(c, b.Cum, b.Leaves)
}

// book adds an execution to its child and parent. It is truthful whatever the order's state (RACE-02).
func (e *Engine) book(c *childState, key order.ExecKey, b *event.ChildExecuted) *execution {
	p := c.parent
	late := c.State.Done()
	x := &execution{child: c, mid: p.symbol.quote.Mid(), late: late, chain: b.ExecID}
	x.Execution = order.Execution{Key: key, Child: c.ID, Parent: p.ID, Qty: b.Qty, Px: b.Px,
		Liquidity: liquidity(c, b.Liquidity), LastMkt: b.LastMkt, At: e.now}
	if x.LastMkt == "" {
		x.LastMkt = e.venues[c.Venue].MIC
	}
	e.price(x, c)
	e.execs[key] = x
	e.byExecID[venueExec{c.Venue, b.ExecID}] = x

	n := market.NotionalOf(b.Px, b.Qty)
	c.Cum += b.Qty
	c.Notional = c.Notional.Add(n)
	if !late {
		c.Leaves = max(0, c.Leaves-b.Qty)
	}
	c.State, _ = order.Next(c.State, order.WasFilled, int64(c.Cum), int64(c.Leaves))
	p.Cum += b.Qty
	p.Notional = p.Notional.Add(n)
	p.symbol.lastFill(c.Venue, len(e.venues), e.now)
	st := &p.standing[c.Venue]
	if e.now.Sub(st.takenAt) > market.Minute {
		st.taken = 0
	}
	st.taken, st.takenAt = st.taken+b.Qty, e.now
	e.gate.Filled(&p.Parent, b.Qty, b.Px, e.now)
	return x
}

// fillEffects reports, learns and goes on after a booking.
func (e *Engine) fillEffects(c *childState, x *execution, b *event.ChildExecuted) {
	p := c.parent
	wasDone := p.State.Done()
	leaves := max(0, p.Terms.Qty-p.Cum)
	if wasDone && p.State != order.Filled {
		leaves = 0
	}
	p.State, _ = order.Next(p.State, order.WasFilled, int64(p.Cum), int64(leaves))
	r := e.report(p, 'F')
	r.LastQty, r.LastPx, r.LastMkt, r.Liquidity, r.Fee = x.Qty, x.Px, x.LastMkt, x.Liquidity, x.Fee+x.Reg
	if p.Terms.HideDark && !e.venues[c.Venue].Type.Displayed() {
		r.LastMkt = ""
	}
	x.report = r.ExecID
	e.recordExecution(x)
	e.watchMarkouts(c, x)
	if c.Style == order.StyleDark || c.Style == order.StyleInternal {
		p.darkGot = true
	}
	if c.Cum > c.Qty {
		e.stop(p, c, "INV-03", fmt.Sprintf("venue filled %d of a child of %d", c.Cum, c.Qty))
	}
	if c.State.Done() {
		e.dropDone(c)
	}
	e.compare(c, b.Cum, b.Leaves)
	e.checkParent(p, c, x.late)
	if wasDone {
		e.recordParent(p)
		return
	}
	if p.State == order.Filled {
		ask := p.ask
		p.ask = request{}
		e.cancelChildren(p, "parent filled")
		e.closeParent(p, 0, ask)
		return
	}
	e.afterChild(p, "fill")
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
	p.Hold, p.Reason = order.HoldStop, rule+": "+text
	e.cancelChildren(p, rule)
	e.recordParent(p)
}

// freeze is stop without touching the children: reports contradict each other (ER-13).
func (e *Engine) freeze(p *parentState, c *childState, rule, text string) {
	e.raise(event.Page, rule, p, c, text)
	if !p.State.Done() {
		p.Hold, p.Reason = order.HoldFrozen, rule+": "+text
		e.recordParent(p)
	}
}

// compare checks the venue's own count after a report: a difference means that a report is missing (ER-15, DEF-09).
func (e *Engine) compare(c *childState, cum, leaves market.Qty) {
	if cum == c.Cum || (cum == 0 && leaves == 0) {
		return
	}
	st := &c.parent.standing[c.Venue]
	if !st.barred {
		st.barred = true
		e.raise(event.Warn, "ER-15", c.parent, c, fmt.Sprintf("venue %s counts %d filled, we %d: asking it", e.venues[c.Venue].Name, cum, c.Cum))
	}
	e.query(c)
}

// childDone ends a child that was canceled, expired, is done for the day, stopped or suspended.
func (e *Engine) childDone(b *event.ChildDone) {
	c := e.find(b.Child, "end")
	if c == nil {
		return
	}
	e.heard(c, false)
	if b.Cum > c.Cum { // its fills are still on their way, or lost: the quantity is not free
		c.InDoubt = true
		e.compare(c, b.Cum, b.Leaves)
		return
	}
	p := c.parent
	unsolicited := b.Request == 0 && !c.canceling
	if unsolicited && b.What == order.WasCanceled && c.TIF != order.IOC {
		p.standing[c.Venue].coolUntil = e.now.Add(50 * market.Millisecond) // ER-09
	}
	if !b.What.Ends() {
		if next, ok := order.Next(c.State, b.What, int64(c.Cum), int64(c.Leaves)); ok {
			c.State = next
		}
		return
	}
	if !e.endChild(c, b.What, b.Text) {
		return
	}
	e.afterChild(p, "ended "+c.State.String())
}

// childRejected ends a child that the venue refused; it is never handled as the parent's refusal (DEF-05).
func (e *Engine) childRejected(b *event.ChildRejected) {
	c := e.find(b.Child, "reject")
	if c == nil {
		return
	}
	e.heard(c, true)
	p := c.parent
	if !e.endChild(c, order.WasRejected, b.Text) {
		return
	}
	st := &p.standing[c.Venue]
	st.rejects++
	st.coolUntil = e.now.Add(market.Second << min(st.rejects, 6))
	e.raise(event.Info, "REJECT", p, c, fmt.Sprintf("%s refused: %s (%d)", e.venues[c.Venue].Name, b.Text, b.Reason))
	e.afterChild(p, "reject")
}

// childReplaced is a change of the order at the venue: asked for, or restated without a request (ER-10).
func (e *Engine) childReplaced(b *event.ChildReplaced) {
	c := e.find(b.Child, "replace")
	if c == nil || c.State.Done() {
		return
	}
	if b.Qty > c.Qty {
		e.stop(c.parent, c, "INV-01", fmt.Sprintf("venue restated the child to %d, more than the %d we sent", b.Qty, c.Qty))
		return
	}
	if b.Qty > 0 {
		c.Qty, c.Leaves = b.Qty, max(0, b.Qty-c.Cum)
	}
	if b.Limit > 0 {
		c.Limit = b.Limit
	}
	if next, ok := order.Next(c.State, order.WasReplaced, int64(c.Cum), int64(c.Leaves)); ok {
		c.State = next
	}
	if c.State.Done() {
		e.dropDone(c)
	}
	e.afterChild(c.parent, "restated")
}

// cancelRejected: too late means the fill is on its way; an unknown order is asked about (RACE-06, DEF-16).
func (e *Engine) cancelRejected(b *event.CancelRejected) {
	c := e.find(b.Child, "cancel reject")
	if c == nil {
		return
	}
	c.PendingCancel, c.canceling = false, false
	if c.State.Done() {
		return
	}
	if b.Unknown {
		c.InDoubt = true
	}
	e.query(c)
}

// executionBusted takes a fill back. The quantity is not routed again by itself (ER-20, ER-22).
func (e *Engine) executionBusted(b *event.ExecutionBusted) {
	x := e.referred(b.Child, b.RefExecID, "bust")
	if x == nil || x.Busted {
		return
	}
	was := x.Qty
	e.revise(x, b.ExecID, 0, x.Px)
	x.Busted, x.Qty = true, was // the record says how many shares were taken back
	e.recordExecution(x)
	e.reviseReport(x, 'H')
}

// executionCorrected changes a fill to new values (ER-21).
func (e *Engine) executionCorrected(b *event.ExecutionCorrected) {
	x := e.referred(b.Child, b.RefExecID, "correction")
	if x == nil || x.Busted {
		return
	}
	if b.Qty <= 0 || b.Px <= 0 {
		e.freeze(x.child.parent, x.child, "ER-21", fmt.Sprintf("correction %q to %d at %v is no trade", b.ExecID, b.Qty, b.Px))
		return
	}
	e.revise(x, b.ExecID, b.Qty, b.Px)
	e.recordExecution(x)
	e.reviseReport(x, 'G')
}

// referred resolves the execution that a bust or correction names, by any id of its chain.
func (e *Engine) referred(child order.ChildID, ref, what string) *execution {
	c := e.find(child, what)
	if c == nil {
		return nil
	}
	x := e.byExecID[venueExec{c.Venue, ref}]
	if x == nil {
		e.raise(event.Page, "ER-21", c.parent, c, fmt.Sprintf("%s of execution %q, which is unknown: nothing was changed", what, ref))
	}
	return x
}

// revise replaces an execution's quantity and price in child, parent and learner.
func (e *Engine) revise(x *execution, execID string, qty market.Qty, px market.Price) {
	c, p := x.child, x.child.parent
	was, is := market.NotionalOf(x.Px, x.Qty), market.NotionalOf(px, qty)
	c.Cum += qty - x.Qty
	p.Cum += qty - x.Qty
	c.Notional = c.Notional.Sub(was).Add(is)
	p.Notional = p.Notional.Sub(was).Add(is)
	if !c.State.Done() || c.State == order.Filled {
		c.Leaves = max(0, c.Qty-c.Cum)
		if c.State == order.Filled && c.TIF == order.IOC {
			c.Leaves = 0
		}
	}
	reopened := c.State == order.Filled && c.Leaves > 0
	c.State, _ = order.Next(c.State, order.WasBusted, int64(c.Cum), int64(c.Leaves))
	if reopened && c.Live() { // the venue works the freed quantity again (ER-20)
		p.children = append(p.children, c)
	}
	e.gate.Busted(&p.Parent, x.Qty, x.Px, e.now)
	if qty > 0 {
		e.gate.Filled(&p.Parent, qty, px, e.now)
	}
	x.Qty, x.Px, x.chain = qty, px, execID
	e.byExecID[venueExec{c.Venue, execID}] = x
	e.price(x, c)
	e.learnRevised(c, x)
	e.recordChild(c)
}

// reviseReport rolls a bust or correction up to the client: H or G with our own 17 and 19 (ER-22).
func (e *Engine) reviseReport(x *execution, execType byte) {
	p := x.child.parent
	if p.State == order.Filled && p.Cum < p.Terms.Qty {
		p.State, p.DoneAt = order.Canceled, e.now // the freed shares stay unrouted until the client says otherwise
		p.Reason = "an execution was taken back"
	}
	r := e.report(p, execType)
	r.RefExecID, r.LastQty, r.LastPx, r.LastMkt = x.report, x.Qty, x.Px, x.LastMkt
	e.raise(event.Warn, "ER-22", p, x.child, fmt.Sprintf("execution %s is now %d at %v", x.Key.ExecID, x.Qty, x.Px))
	if p.Cum > p.Terms.Qty {
		e.stop(p, x.child, "INV-01", fmt.Sprintf("a correction leaves %d filled of %d", p.Cum, p.Terms.Qty))
	}
	e.recordParent(p)
}

// liquidity infers the indicator from the style where the venue gives none.
func liquidity(c *childState, given market.Liquidity) market.Liquidity {
	switch {
	case c.Style == order.StyleDark && (given == 0 || given == market.Added):
		return market.AddedMid
	case (c.Style == order.StyleDark || c.Style == order.StyleInternal) && given == market.Removed:
		return market.RemovedMid
	case given != 0:
		return given
	case c.Style == order.StyleInternal:
		return market.RemovedMid
	case c.Style.Takes():
		return market.Removed
	}
	return market.Added
}

// price sets the charges of an execution by the schedule of its trade date.
func (e *Engine) price(x *execution, c *childState) {
	fee, ok := e.venues[c.Venue].Fee(x.Key.Date, x.Liquidity, x.Px, x.Qty)
	if !ok && x.Fee == 0 && x.Qty > 0 {
		e.raise(event.Warn, "FEE", c.parent, c, fmt.Sprintf("venue %s has no fee schedule on %v: booked as 0", e.venues[c.Venue].Name, x.Key.Date))
	}
	x.Fee = fee
	x.Reg = market.RegulatoryFee(e.cfg.Regulatory, x.Key.Date, c.Side, x.Px, x.Qty)
}

func (e *Engine) recordExecution(x *execution) {
	r := add(&e.cmds, &e.cmds.execs)
	c := x.child
	*r = event.RecordExecution{Exec: x.Execution, ExecID: x.report, Decision: c.Decision, Side: c.Side, Symbol: c.Symbol,
		Style: c.Style, Mid: x.mid, Late: x.late}
}

func (s *symbolState) lastFill(v market.VenueID, venues int, now market.Time) {
	if len(s.fills) < venues {
		s.fills = append(s.fills, make([]market.Time, venues-len(s.fills))...)
	}
	s.fills[v] = now
}
