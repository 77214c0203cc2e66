package router

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// endChild takes a child to a terminal state and tells the learner what it brought; false if the table has no such row.
func (e *Engine) endChild(c *childState, h order.Happening, reason string) bool {
	next, ok := order.Next(c.State, h, int64(c.Cum), 0)
	if !ok {
		return false
	}
	c.State, c.Leaves, c.Reason, c.unknowns = next, 0, reason, 0
	e.dropDone(c)
	return true
}

// dropDone takes a terminal child off its parent, judges it and records it.
func (e *Engine) dropDone(c *childState) {
	c.DoneAt, c.Leaves = e.now, 0
	c.InDoubt, c.PendingCancel, c.PendingReplace = false, false, false
	e.leaveLine(c, false)
	c.parent.dropChild(c)
	e.goneUnderHalt(c)
	e.judge(c)
	e.recordChild(c)
	e.letGo(c)
	e.weigh(c)
	if c.parent.State.Done() {
		e.leave(c.parent)
	}
}

func (e *Engine) recordChild(c *childState) {
	r := add(&e.cmds, &e.cmds.children)
	r.Child, r.At = c.Child, e.now
}

// afterChild goes on with a parent after one of its children changed.
func (e *Engine) afterChild(p *parentState, why string) {
	switch {
	case p.State.Done():
	case p.ask.kind != noRequest:
		e.settle(p)
	default:
		e.work(p, why)
	}
}

// lapse ends the children that their venue said are done for the day, once the order's own day is over too: they are day
// orders, of which nothing is left to withdraw (ER-11).
func (e *Engine) lapse(p *parentState) {
	if e.now < p.endsAt && p.opensAt == 0 {
		return
	}
	for i := len(p.children) - 1; i >= 0; i-- {
		if c := p.children[i]; c.State == order.DoneForDay && !c.InDoubt {
			e.endChild(c, order.WasExpired, "its day is over")
		}
	}
}

// cancelChildren asks for the withdrawal of every live child.
func (e *Engine) cancelChildren(p *parentState, why string) {
	for _, c := range p.children {
		e.cancelChild(c, why)
	}
}

// withdrawRest asks for the withdrawal of the children of a parent on hold that nobody asked for yet: a bust may have
// brought one back to life.
func (e *Engine) withdrawRest(p *parentState) {
	for _, c := range p.children {
		if !c.canceling {
			e.cancelChild(c, "its order is on hold")
		}
	}
}

// cancelChild asks for the withdrawal of one child, once. A child whose venue is unreachable is asked again when the
// venue is back. A replace under way does not hold it up (PACE-05).
func (e *Engine) cancelChild(c *childState, why string) {
	if c.PendingCancel || c.State.Done() || e.awaitsAck(c) {
		return
	}
	c.canceling, c.asked = true, e.now
	if !e.venues[c.Venue].up {
		return
	}
	c.PendingCancel, c.named = true, c.toName()
	cmd := add(&e.cmds, &e.cmds.cancels)
	*cmd = e.requestFor(c, c.named, why)
	if c.cancelNo = c.Requests; c.PendingReplace && c.named == c.ReplaceReq {
		cmd.Qty = c.ReplaceQty
	}
	e.timers.push(timer{at: e.now.Add(e.pace(c, e.cfg.Tactics.SettleWait)), kind: timerSettle, child: c})
}

// pace is how long an answer about a child is waited for before the next request: the longer it is in doubt the less often
// its venue is asked, but at least every two minutes, so that one that is silent for a night is not flooded. A venue that
// comes back is asked at once.
func (e *Engine) pace(c *childState, wait int64) int64 {
	if !c.InDoubt {
		return wait
	}
	return max(wait, min(e.now.Sub(c.doubtAt)/8, 2*market.Minute))
}

// awaitsAck holds the cancel of a child whose venue refuses cancels of orders that it has not acknowledged (RACE-05). The
// acknowledgement, a fill or a status lets it go; after the settle wait, or in doubt, it goes without: a refused cancel
// costs a message, one that is never sent costs the order.
func (e *Engine) awaitsAck(c *childState) bool {
	if !e.venues[c.Venue].Caps.Has(market.CapCancelAfterAck) || c.State != order.PendingNew || c.AckedAt != 0 || c.InDoubt || c.inLine {
		return false // of one in our own queue the cancel takes it out there
	}
	if !c.canceling {
		c.canceling, c.asked = true, e.now
		e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.SettleWait), kind: timerSettle, child: c})
	}
	return e.now.Sub(c.asked) < e.cfg.Tactics.SettleWait
}

// heldCancel sends a cancel that waited for the venue to have the order.
func (e *Engine) heldCancel(c *childState) {
	if c.canceling && c.Requests == 0 && e.venues[c.Venue].Caps.Has(market.CapCancelAfterAck) {
		e.cancelChild(c, "its venue has the order now")
	}
}

// mostUnheard is how many questions about a child may stay without an answer before a person is told: one may be lost
// with a link, three say that the venue does not answer them, whatever its profile claims.
const mostUnheard = 3

// query asks the venue how a child stands: one question at a time, again only when its answer is overdue.
func (e *Engine) query(c *childState) {
	v := &e.venues[c.Venue]
	if !v.up || c.askDue > e.now {
		return
	}
	if !v.Caps.Has(market.CapStatus) {
		if !c.paged {
			c.paged = true
			e.raise(event.Page, "REC-04", c.parent, c, fmt.Sprintf("%s answers no status requests: child %d stays in doubt until a person decides", v.Name, c.ID))
		}
		return
	}
	if c.unheard++; c.unheard > mostUnheard && !c.paged {
		c.paged = true
		e.raise(event.Page, "REC-04", c.parent, c, fmt.Sprintf("%s has not answered %d status requests: child %d stays in doubt until it does or a person decides", v.Name, mostUnheard, c.ID))
	}
	q := add(&e.cmds, &e.cmds.queries)
	*q = event.QueryChild{Child: c.ID, Venue: c.Venue, ClOrdID: e.toAsk(c), VenueOrderID: c.VenueOrderID, Symbol: c.Symbol, Side: c.Side}
	e.awaitAnswer(c)
}

// awaitAnswer sets when the answer to a question about a child is overdue.
func (e *Engine) awaitAnswer(c *childState) {
	c.askDue = e.now.Add(e.pace(c, e.cfg.Tactics.AckTimeout))
	e.timers.push(timer{at: c.askDue, kind: timerAck, child: c})
}

// toAsk is the ClOrdID that a question names: the last accepted, and in turn that of a replace that may be in force,
// because a venue may know an order only by its newest.
func (e *Engine) toAsk(c *childState) string {
	if c.maybe != 0 && c.unknowns%2 == 1 {
		return event.ClOrdID(e.instance, c.ID, c.maybe)
	}
	return e.current(c)
}

// ackOverdue: no answer in time lowers the venue's standing for this order and is asked about.
func (e *Engine) ackOverdue(c *childState, due market.Time) {
	if c.State.Done() || (c.AckedAt != 0 && !c.InDoubt) || (c.askDue != 0 && c.askDue != due) {
		return
	}
	if e.unsent(c) {
		return
	}
	if c.inLine && c.WireAt == 0 && !c.InDoubt && !c.canceling && e.venues[c.Venue].up {
		e.cancelChild(c, "it did not leave our own queue") // its venue cannot answer for what it has not got
		e.leaveLine(c, false)
		return
	}
	e.leaveLine(c, false)
	st := &c.parent.standing[c.Venue]
	st.coolUntil = max(st.coolUntil, e.now.Add(e.cfg.Tactics.AckTimeout))
	if !c.InDoubt {
		c.doubt(e.now)
		e.raise(event.Warn, "REC-04", c.parent, c, fmt.Sprintf("%s has not answered for %v ms: its quantity stays reserved", e.venues[c.Venue].Name, e.cfg.Tactics.AckTimeout/market.Millisecond))
	}
	e.query(c)
}

// settleOverdue: a cancel without an answer is asked about, one that was refused is asked for again. Both go on until
// the venue has said what became of the order, at the pace of the wait.
func (e *Engine) settleOverdue(c *childState, due market.Time) {
	if c.State.Done() {
		return
	}
	e.replaceOverdue(c, due)
	if c.State.Done() || !c.canceling || due.Sub(c.asked) < e.cfg.Tactics.SettleWait {
		return
	}
	if !c.PendingCancel {
		e.cancelChild(c, "asked again")
		return
	}
	c.doubt(e.now)
	c.PendingCancel, c.asked = false, e.now
	e.query(c)
	e.timers.push(timer{at: e.now.Add(e.pace(c, e.cfg.Tactics.SettleWait)), kind: timerSettle, child: c})
}

// childStatus is the venue's answer to our question (REC-04).
func (e *Engine) childStatus(b *event.ChildStatus) {
	c := e.find(b.Child, event.ReportOrphaned{VenueOrderID: b.VenueOrderID, ExecType: 'I', Status: b.Status, Qty: b.Qty, Px: b.Limit, Cum: b.Cum, Leaves: b.Leaves, Text: "a status of an order that is not kept"})
	if c == nil {
		return
	}
	if c.State.Done() {
		if b.Leaves > 0 && c.presumed() && c.Cum < c.Qty && (b.Status == '0' || b.Status == '1') {
			c.VenueOrderID = cmp.Or(b.VenueOrderID, c.VenueOrderID)
			e.risen(c, "knows")
		}
		if !b.Unknown && (b.Status == '4' || b.Status == 'C' || b.Status == '8') { // now it knew the order
			c.unknowns = 0
		}
		e.compare(c, b.Cum, b.Leaves)
		return
	}
	if b.VenueOrderID != "" {
		c.VenueOrderID = b.VenueOrderID
	}
	if b.Unknown {
		e.unknownAtVenue(c)
		return
	}
	c.unknowns, c.unheard = 0, 0
	if b.Cum != c.Cum { // its reports are still being resent, or are lost; ask again later, the quantity stays reserved
		c.doubt(e.now)
		c.stated = max(c.stated, b.Cum)
		e.disputed(c)
		e.query(c) // of a status that nobody asked for no answer is awaited yet
		return
	}
	if c.AckedAt == 0 {
		c.AckedAt = e.now
	}
	switch b.Status {
	case '0', '1', '5', '6', '7', '9', 'E':
		if !e.settleReplace(c, b) || c.State.Done() {
			e.afterChild(c.parent, "status")
			return
		}
	}
	e.sure(c)
	switch b.Status {
	case '4':
		e.endChild(c, order.WasCanceled, "status: canceled")
	case 'C', '3': // a day order that is done for the day lapses with it
		e.endChild(c, order.WasExpired, "status: expired")
	case '8':
		if !e.endChild(c, order.WasRejected, "status: rejected") {
			e.endChild(c, order.WasCanceled, "status: rejected")
		}
	case '2':
		e.filledOfLess(c, b)
	case '7':
		c.State, _ = order.Next(c.State, order.WasStopped, int64(c.Cum), int64(c.Leaves))
	case '9':
		c.State, _ = order.Next(c.State, order.WasSuspended, int64(c.Cum), int64(c.Leaves))
	case '0', '1', '5', '6', 'E':
		if next, ok := order.Next(c.State, order.WasAccepted, int64(c.Cum), int64(c.Leaves)); ok {
			c.State = next
		}
	}
	e.heldCancel(c)
	c.settled()
	e.afterChild(c.parent, "status")
}

// filledOfLess is a status that says filled with less than we sent. A venue that states that as its quantity, or that was
// asked for no more, has made the order smaller (matrix C.3.c); of another we do not know how it counts.
func (e *Engine) filledOfLess(c *childState, b *event.ChildStatus) {
	if b.Qty == b.Cum && b.Qty > 0 || c.PendingReplace && c.ReplaceQty <= b.Cum {
		e.changed(c, b.Cum, 0, c.Qty)
		return
	}
	if c.doubt(e.now); !c.paged {
		c.paged = true
		e.raise(event.Page, "ER-15", c.parent, c, fmt.Sprintf("%s says filled with %d of %d: a person must look", e.venues[c.Venue].Name, b.Cum, c.Qty))
	}
}

// unknownTwice is how often a venue must say that it has no such order.
const unknownTwice = 2

// unknownAtVenue frees a child only when the venue has said twice, after its session was whole, that it has no such
// order: the first answer may have overtaken the order itself (REC-04).
func (e *Engine) unknownAtVenue(c *childState) {
	c.unheard = 0 // it answers
	if c.unknowns > 0 && c.unknownTo == c.askDue {
		return // the same answer again
	}
	c.unknownTo = c.askDue
	enough := unknownTwice
	if c.maybe != 0 { // by each of its names
		enough *= 2
	}
	if c.unknowns++; c.unknowns < enough {
		c.doubt(e.now)
		return
	}
	e.raise(event.Warn, "REC-04", c.parent, c, fmt.Sprintf("%s does not know the order: %d shares are free again", e.venues[c.Venue].Name, c.Leaves))
	if c.Cum == 0 && c.State == order.PendingNew {
		e.endChild(c, order.WasDenied, "unknown at the venue")
	} else if e.endChild(c, order.WasCanceled, "unknown at the venue") {
		c.unknowns = enough
	}
	e.afterChild(c.parent, "unknown at the venue")
}

// venueUp: the session is whole. Children in doubt are asked about, withdrawn ones withdrawn, the rest of the world goes on.
func (e *Engine) venueUp(id market.VenueID) {
	if int(id) >= len(e.venues) {
		return
	}
	e.venues[id].up = true
	all := e.askVenue(&e.venues[id])
	for _, p := range e.everyLive() {
		for _, c := range p.children {
			if c.Venue != id {
				continue
			}
			if c.InDoubt {
				c.unknowns, c.unheard, c.askDue = 0, 0, 0 // what was asked before went with its link
				if all {
					e.awaitAnswer(c)
				} else {
					e.query(c)
				}
			}
			if c.canceling {
				e.cancelChild(c, "venue is back")
			}
		}
		e.afterChild(p, "venue up")
	}
}

// venueDown puts every child there in doubt: its quantity stays reserved, because the venue may go on filling it (RACE-10).
func (e *Engine) venueDown(id market.VenueID, reason string) {
	if int(id) >= len(e.venues) {
		return
	}
	v := &e.venues[id]
	if v.up {
		e.raise(event.Warn, "RACE-10", nil, nil, fmt.Sprintf("venue %s is down: %s", v.Name, reason))
	}
	v.up = false
	e.dropLine(v)
	for _, p := range e.everyLive() {
		for _, c := range p.children {
			if c.Venue == id {
				c.doubt(e.now)
				c.PendingCancel = false
			}
		}
		e.afterChild(p, "venue down")
	}
}

// recovered ends a restart's replay: no session is up, and what we cannot know is in doubt (REC-01, REC-06).
func (e *Engine) recovered(b *event.Recovered) {
	notSent, err := event.UnpackChildren(b.NotSent)
	if err != nil {
		panic("router: Recovered does not decode: " + err.Error())
	}
	for i := range e.venues {
		e.venues[i].up = false
		e.dropLine(&e.venues[i])
	}
	for i := range e.clients {
		e.clients[i].down = false
		e.clientDown(e.clients[i].name)
	}
	for _, p := range e.everyLive() {
		for _, c := range slices.Clone(p.children) {
			if slices.Contains(notSent, c.ID) {
				e.endChild(c, order.WasDenied, "the intent was not durable when the process stopped")
				continue
			}
			c.doubt(e.now)
			c.PendingCancel = false
		}
		e.afterChild(p, "restart")
	}
}
