package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// execution is one booked execution.
type execution struct {
	order.Execution
	report    uint64 // the client's ExecID
	mid       market.Price
	late      bool
	yesterday bool    // of an earlier day of its order, as its venue dates it
	later     bool    // after the child left its place
	spread    float64 // the known part of its distance from the mid, bps, see knownSpread
	own       float64 // our own impact on the mid before it, signed bps
	tox       float64 // bps at the deciding horizon, once judged; 0 if it could not be measured
	judged    bool
	ids       []string // the venue's ExecIDs of its corrections, oldest first (ER-21)

	manual  bool       // booked by a person: the venue's own reports of these shares are claims on it
	claims  market.Qty // what came of them, and for how much
	claimed market.Notional
}

// revision is a bust or a correction; qty 0 is a bust.
type revision struct {
	execID, ref string
	qty         market.Qty
	px          market.Price
	at          market.Time
}

// parkFor is how long a revision waits for the execution it names (ER-21).
const parkFor = 60 * market.Second

// exec finds an execution of c by any ExecID of its chain. The search is by child, because venues reuse a trade's id
// across orders, and without the date, because no child of ours lives beyond its day (ER-12).
func (c *childState) exec(id string) *execution {
	for _, x := range c.execs {
		if x.Key.ExecID == id || slices.Contains(x.ids, id) {
			return x
		}
	}
	return nil
}

// book adds an execution to its child and parent. It is truthful whatever the order's state (RACE-02).
func (e *Engine) book(c *childState, b *event.ChildExecuted) *execution {
	p := c.parent
	late := c.State.Done()
	date := b.TradeDate
	if date == 0 {
		date = e.venues[c.Venue].Hours.Day(e.now).Date
	}
	x := &execution{mid: p.symbol.quote.Mid(), late: late, later: c.moved, spread: knownSpread(c), own: e.ownImpact(p.symbol)}
	x.Execution = order.Execution{Key: order.ExecKey{Venue: c.Venue, Date: date, ExecID: b.ExecID, OrderID: c.VenueOrderID},
		Child: c.ID, Parent: p.ID, Qty: b.Qty, Px: b.Px, Liquidity: liquidity(c, b.Liquidity), LastMkt: b.LastMkt, At: e.now}
	if x.LastMkt == "" {
		x.LastMkt = e.venues[c.Venue].MIC
	}
	e.price(x, c)
	e.leaveFootprint(p, x)
	c.execs = append(c.execs, x)

	n := market.NotionalOf(b.Px, b.Qty)
	if x.yesterday = p.from != 0 && b.TradeDate != 0 && b.TradeDate < e.cfg.Hours.Day(p.from).Date; x.yesterday {
		p.sinceBefore(b.Qty, market.Notional{}, n)
	}
	c.Cum += b.Qty
	if x.later {
		c.later += b.Qty
	}
	c.Notional = c.Notional.Add(n)
	e.disputed(c)
	if !late {
		c.Leaves = max(0, c.Leaves-b.Qty)
	} else { // what a bust freed may be traded again (matrix J.1.b)
		p.withheld = max(0, p.withheld-b.Qty)
	}
	c.State, _ = order.Next(c.State, order.WasFilled, int64(c.Cum), int64(c.Leaves))
	p.Cum += b.Qty
	p.Notional = p.Notional.Add(n)
	p.symbol.lastFill(c.Venue, len(e.venues), e.now)
	st := &p.standing[c.Venue]
	if e.now.Sub(st.takenAt) > market.Minute {
		st.taken = 0
	}
	st.taken, st.takenAt, st.refusals = st.taken+b.Qty, e.now, 0
	e.gate.Filled(&p.Parent, b.Qty, b.Px, e.now)
	e.relearnImpact(p)
	return x
}

// executionBusted takes a fill back (ER-20).
func (e *Engine) executionBusted(b *event.ExecutionBusted) {
	if c := e.findRevised(b.Child, &event.ReportOrphaned{ExecID: b.ExecID, ExecType: 'H'}, b.RefExecID); c != nil {
		e.revised(c, revision{execID: b.ExecID, ref: b.RefExecID})
	}
}

// findRevised is find for a report that revises execution ref.
func (e *Engine) findRevised(id order.ChildID, r *event.ReportOrphaned, ref string) *childState {
	r.Text = fmt.Sprintf("it revises execution %q of an order that is not kept", ref)
	return e.find(id, *r)
}

// executionCorrected changes a fill to new values (ER-21).
func (e *Engine) executionCorrected(b *event.ExecutionCorrected) {
	c := e.findRevised(b.Child, &event.ReportOrphaned{ExecID: b.ExecID, ExecType: 'G', Qty: b.Qty, Px: b.Px}, b.RefExecID)
	if c == nil {
		return
	}
	if b.Qty <= 0 || b.Px <= 0 {
		e.freeze(c.parent, c, "ER-21", fmt.Sprintf("correction %q to %d at %v is no trade", b.ExecID, b.Qty, b.Px))
		return
	}
	e.revised(c, revision{execID: b.ExecID, ref: b.RefExecID, qty: b.Qty, px: b.Px})
}

// revised applies a revision once, or parks it until its execution comes.
func (e *Engine) revised(c *childState, r revision) {
	if r.execID == r.ref { // its venue gives it no id of its own: what it says tells a repeat
		r.execID = ""
	}
	if r.execID != "" && (c.exec(r.execID) != nil || slices.ContainsFunc(c.parked, func(o revision) bool { return o.execID == r.execID })) {
		return // it came before (ER-13)
	}
	x := c.exec(r.ref)
	if x != nil && x.manual && x.claims > 0 && (x.claims != x.Qty || len(x.ids) > 1) {
		e.freeze(c.parent, c, "ER-21", fmt.Sprintf("%q revises %q, a part of what was booked by hand: nothing was changed", r.execID, r.ref))
		return
	}
	if x == nil {
		r.at = e.now
		c.parked = append(c.parked, r)
		e.timers.push(timer{at: e.now.Add(parkFor), kind: timerParked, child: c})
		return
	}
	e.revise(c, x, r)
	e.unpark(c)
}

// unpark applies the revisions whose execution, or earlier link of its chain, has come.
func (e *Engine) unpark(c *childState) {
	for i := 0; i < len(c.parked); i++ {
		r := c.parked[i]
		if x := c.exec(r.ref); x != nil {
			c.parked = slices.Delete(c.parked, i, i+1)
			e.revise(c, x, r)
			i = -1
		}
	}
}

// parkedOverdue pages for revisions whose execution never came: nothing is guessed (ER-21).
func (e *Engine) parkedOverdue(c *childState) { e.dropParked(c, parkFor) }

// dropParked gives the revisions up that have waited so long.
func (e *Engine) dropParked(c *childState, waited int64) {
	c.parked = slices.DeleteFunc(c.parked, func(r revision) bool {
		if e.now.Sub(r.at) < waited {
			return false
		}
		e.raise(event.Page, "ER-21", c.parent, c, fmt.Sprintf("%q revises execution %q, which is unknown: nothing was changed", r.execID, r.ref))
		return true
	})
}

// revise gives an execution its new values in child, parent, gate and learner, and tells the client: H or G with our own
// 17 and 19 (ER-22).
func (e *Engine) revise(c *childState, x *execution, r revision) {
	if x.Busted || r.execID == "" && x.Qty == r.qty && x.Px == r.px {
		return
	}
	switch {
	case r.execID != "":
		x.ids = append(x.ids, r.execID)
	case len(x.ids) == 0: // revised, though by no id of its own
		x.ids = append(x.ids, x.Key.ExecID)
	}
	was, at, exposed := x.Qty, x.Px, c.Exposure()
	e.rebook(c, x, r)
	e.learnRevised(c, x)
	e.relearnImpact(c.parent)
	execType := byte('G')
	if r.qty == 0 {
		execType = 'H'
		x.Busted, x.Qty = true, was // the record says how many shares were taken back
	}
	e.reweigh(c)
	e.recordExecution(c, x)
	worse := execType == 'G' && (x.Qty > was || c.Side.Worse(x.Px, at))
	e.afterRevision(c, x, execType, max(0, was-r.qty-(c.Exposure()-exposed)), worse)
}

// rebook replaces an execution's quantity and price. A child that works, or was filled and rests in a book, has the
// freed quantity at its venue again (ER-20); one that ended otherwise has not.
func (e *Engine) rebook(c *childState, x *execution, r revision) {
	p, px := c.parent, r.px
	if r.qty == 0 {
		px = x.Px
	}
	was, is := market.NotionalOf(x.Px, x.Qty), market.NotionalOf(px, r.qty)
	c.Cum += r.qty - x.Qty
	if x.later {
		c.later += r.qty - x.Qty
	}
	c.stated = max(0, c.stated+min(0, r.qty-x.Qty))
	e.disputed(c)
	p.Cum += r.qty - x.Qty
	c.Notional = c.Notional.Sub(was).Add(is)
	p.Notional = p.Notional.Sub(was).Add(is)
	if p.before(x) {
		p.sinceBefore(r.qty-x.Qty, was, is)
	}
	wasFilled := c.State == order.Filled
	if c.Live() || wasFilled && c.TIF != order.IOC {
		c.Leaves = max(0, c.Qty-c.Cum)
	}
	c.State, _ = order.Next(c.State, order.WasBusted, int64(c.Cum), int64(c.Leaves))
	if c.Live() && c.Leaves == 0 { // a correction upwards
		c.State = order.Filled
	}
	switch {
	case wasFilled && c.Live():
		e.revive(c)
	case !wasFilled && c.State == order.Filled:
		e.dropDone(c)
	}
	e.gate.Revised(&p.Parent, &x.Execution, r.qty, px, e.now)
	x.Qty, x.Px = r.qty, px
	e.price(x, c)
	e.recordChild(c)
}

// revive makes a child that had ended one that works again.
func (e *Engine) revive(c *childState) {
	c.DoneAt, c.canceling, c.end = 0, false, 0
	c.parent.children = append(c.parent.children, c)
	e.join(c.parent)
	e.backUnderHalt(c)
}

// afterRevision brings the parent in line and reports. A filled parent works again, as the matrices have it, but what was
// freed and is at no venue is not routed again by itself: it is withheld until a person resumes or the client amends
// (ER-22). Worse says that a correction made more of the execution, or at a worse price.
func (e *Engine) afterRevision(c *childState, x *execution, execType byte, freed market.Qty, worse bool) {
	p := c.parent
	wasFilled := p.State == order.Filled
	leaves := max(0, p.Terms.Qty-p.Cum)
	p.State, _ = order.Next(p.State, order.WasBusted, int64(p.Cum), int64(leaves))
	reopened := wasFilled && !p.State.Done()
	if !p.State.Done() && leaves == 0 {
		p.State = order.Filled
	}
	r := e.report(p, execType)
	r.RefExecID, r.LastQty, r.LastPx, r.LastMkt = x.report, x.Qty, x.Px, e.lastMkt(p, c, x)
	e.raise(event.Warn, "ER-22", p, c, fmt.Sprintf("execution %s: %c, %d at %v; what is freed is not routed again by itself", x.Key.ExecID, execType, x.Qty, x.Px))
	if reopened {
		e.reopen(p)
	}
	if worse {
		e.checkExecution(c, x)
	}
	if p.State.Done() {
		e.afterDone(p, c, wasFilled)
		return
	}
	p.withheld += freed
	e.checkParent(p, c, false)
	e.recordParent(p)
	e.afterChild(p, "revision")
}

// afterDone finishes a revision of a parent that is, or has just become, done.
func (e *Engine) afterDone(p *parentState, c *childState, wasFilled bool) {
	e.checkParent(p, c, false)
	if p.State == order.Filled && !wasFilled {
		e.filled(p)
		return
	}
	e.cancelChildren(p, "the order is done") // a child that a bust brought back to life
	e.recordParent(p)
}

// reopen makes a filled parent work again after a bust.
func (e *Engine) reopen(p *parentState) {
	p.DoneAt = 0
	e.join(p)
	e.holdSymbol(p.symbol)
	e.gate.Replaced(&p.Parent, e.reference(p.symbol), e.now)
	e.wake(p, p.until(e.now))
}

// lastMkt is where an execution printed, as far as this client may know it (FIX-12).
func (e *Engine) lastMkt(p *parentState, c *childState, x *execution) string {
	if p.Terms.HideDark && !e.venues[c.Venue].Type.Displayed() {
		return ""
	}
	return x.LastMkt
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

func (e *Engine) recordExecution(c *childState, x *execution) {
	r := add(&e.cmds, &e.cmds.execs)
	*r = event.RecordExecution{Exec: x.Execution, ExecID: x.report, Decision: c.Decision, Side: c.Side, Symbol: c.Symbol,
		Style: c.Style, Mid: x.mid, Late: x.late}
}

func (s *symbolState) lastFill(v market.VenueID, venues int, now market.Time) {
	if len(s.fills) < venues {
		s.fills = append(s.fills, make([]market.Time, venues-len(s.fills))...)
	}
	s.fills[v] = now
}
