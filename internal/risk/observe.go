package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Observe takes in an event or a command. What does not concern quantities is passed over. It panics on a
// Recovered that does not decode: the journal that holds it checked its checksum.
func (g *LastGate) Observe(body event.Body) {
	switch b := body.(type) {
	case *event.ParentReceived:
		g.arrived = name{b.Client, b.ClOrdID}
		g.received(g.arrived, &b.Terms)
	case *event.ParentReplaceRequested:
		g.received(name{b.Client, b.ClOrdID}, &b.Terms)
	case *event.ReportParent:
		g.reported(b)
	case *event.RejectRequest:
		if b.Replace { // a cancel asks for nothing, whatever name it took
			g.answered(name{b.Client, b.ClOrdID})
		}
	case *event.RecordParent:
		g.recorded(b)
	case *event.Halted:
		g.halts.add(scope{b.Client, b.Symbol, b.Venue, b.Algorithm})
	case *event.Resumed:
		g.decision = decision{lifts: true, scope: scope{b.Client, b.Symbol, b.Venue, b.Algorithm}}
	case *event.ParentSteered:
		if b.Steer == event.SteerResume { // a person lets the parent go on (RISK-12)
			g.decision = decision{parent: b.Parent}
		}
	case *event.Recovered:
		g.recovered(b)
	case *event.SendChild:
		if p := g.parents[b.Child.Parent]; p != nil && g.children[b.Child.ID] == nil {
			g.count(p, &b.Child)
		}
	case *event.ReplaceChild:
		if c := g.children[b.Child]; c != nil && !c.ended {
			c.change(func() { c.asked(b) })
		}
	default:
		g.observeVenue(body)
	}
}

func (g *LastGate) observeVenue(body event.Body) {
	switch b := body.(type) {
	case *event.ChildExecuted:
		g.with(b.Child, func(c *lastChild) {
			c.filled(b.ExecID, b.Qty, b.Cum)
			if b.Leaves > 0 && c.unknowns >= unknownTwice { // it works all the same
				c.ended, c.unknowns = false, 0
			}
		})
	case *event.ExecutionBusted:
		g.with(b.Child, func(c *lastChild) { c.revised(b.RefExecID, b.ExecID, 0) })
	case *event.ExecutionCorrected:
		g.with(b.Child, func(c *lastChild) { c.revised(b.RefExecID, b.ExecID, b.Qty) })
	case *event.ChildDone:
		g.with(b.Child, func(c *lastChild) {
			c.said(b.Cum)
			if b.What.Ends() {
				c.end()
			}
		})
	case *event.ChildRejected:
		g.with(b.Child, (*lastChild).end)
	case *event.ChildDenied:
		g.with(b.Child, func(c *lastChild) {
			if b.Request == 0 {
				c.ended = true
			} else {
				c.refused(b.Request)
			}
		})
	case *event.ChildReplaced:
		g.with(b.Child, func(c *lastChild) {
			c.said(b.Cum)
			c.replaced(b.Request, b.Qty)
		})
	case *event.CancelRejected:
		g.with(b.Child, func(c *lastChild) { c.refused(b.Request) })
	case *event.ChildStatus:
		g.with(b.Child, func(c *lastChild) { c.status(b) })
	case *event.ReportOrphaned:
		g.orphans.report(b, g.newest, 0)
	case *event.RecordOrphan:
		if b.Resolved {
			g.orphans.resolveOrder(&b.Report)
		}
	case *event.ChildResolved:
		g.decision = decision{child: b.Child, outcome: b.Outcome, cum: b.Cum}
	case *event.AnswerPerson:
		if !b.Refused {
			g.decided(&g.decision)
		}
		g.decision = decision{}
	}
}

// decided does what a person decided and the engine did not refuse.
func (g *LastGate) decided(d *decision) {
	switch {
	case d.lifts:
		g.halts.remove(d.scope)
	case d.parent != 0:
		g.Rearm(d.parent)
	default:
		g.with(d.child, func(c *lastChild) { c.resolved(d) })
	}
}

// with changes a child and its parent's count; a report for a child that was never sent concerns nobody here.
func (g *LastGate) with(id order.ChildID, do func(*lastChild)) {
	if c := g.children[id]; c != nil {
		c.change(func() { do(c) })
	}
}

// received keeps what a client asked for, under the name it gave. A name is taken once: a repeat changes nothing.
func (g *LastGate) received(n name, t *order.Terms) {
	a := g.asked[n]
	if a.times == 0 {
		a.terms = *t
	}
	a.times++
	g.asked[n] = a
}

// answered forgets one request. What the same name asked for before is still to be answered.
func (g *LastGate) answered(n name) {
	if a := g.asked[n]; a.times > 1 {
		a.times--
		g.asked[n] = a
		return
	}
	delete(g.asked, n)
}

// reported learns from a client's report which id the engine gave an order, and that a replace is in force: the
// quantities are those the client sent.
func (g *LastGate) reported(b *event.ReportParent) {
	key := name{b.Client, b.ClOrdID}
	if b.ExecType == 'I' && b.Resend { // a new order that was known; its status may carry a later name of its chain
		key = g.arrived
	}
	a, known := g.asked[key]
	if !known {
		return
	}
	t, p := a.terms, g.parents[b.Parent]
	switch {
	case p == nil && b.ExecType == '0':
		g.parents[b.Parent] = &lastParent{client: b.Client, terms: t}
		g.newest = max(g.newest, b.Parent)
	case p != nil && b.ExecType == '5' && p.client == b.Client && p.terms.Symbol == t.Symbol && p.terms.Side == t.Side:
		p.terms = t
	case b.ExecType == '8' || b.ExecType == 'I' && b.Resend: // refused, or a repeat that was answered with the status
		g.answered(key)
		return
	default: // pending: the request still stands
		return
	}
	delete(g.asked, key)
}

// recorded learns that a parent is done, or works again after a bust, and forgets the oldest of those done.
func (g *LastGate) recorded(b *event.RecordParent) {
	p := g.parents[b.Parent.ID]
	if p == nil || p.done == b.Parent.State.Done() {
		return
	}
	if p.done = b.Parent.State.Done(); !p.done {
		g.done = slices.DeleteFunc(g.done, func(id order.ParentID) bool { return id == b.Parent.ID })
		return
	}
	g.done = append(g.done, b.Parent.ID)
	for len(g.done) > g.keepDone {
		g.forget(g.done[0])
		g.done = g.done[1:]
	}
}

func (g *LastGate) forget(id order.ParentID) {
	for _, c := range g.parents[id].ids {
		delete(g.children, c)
	}
	delete(g.parents, id)
}

// recovered ends the children whose intent was not durable when the process stopped: no byte of them left (CRASH-04).
func (g *LastGate) recovered(b *event.Recovered) {
	ids, err := event.UnpackChildren(b.NotSent)
	if err != nil {
		panic("risk: Recovered does not decode: " + err.Error())
	}
	for _, id := range ids {
		g.with(id, func(c *lastChild) { c.ended = true })
	}
}

// filled books an execution once: a venue may send it again (ER-12).
func (c *lastChild) filled(execID string, q, cum market.Qty) {
	c.said(cum)
	if q <= 0 || c.fill(execID) != nil {
		return
	}
	c.fills = append(c.fills, lastFill{[]string{execID}, q})
	if cum < plus(c.cum, q) { // what a person booked already comes by itself now
		known := min(q, c.byHand)
		c.byHand -= known
		q -= known
	}
	c.cum = plus(c.cum, q)
	c.ended = c.ended || c.once && c.cum >= c.qty
}

// revised gives an execution another quantity, 0 for a bust; execID is the id of the revision.
func (c *lastChild) revised(ref, execID string, q market.Qty) {
	if q < 0 {
		return
	}
	f := c.fill(ref)
	if f == nil { // it overtook its execution (ER-21), which then changes nothing any more
		c.fills = append(c.fills, lastFill{[]string{ref, execID}, q})
		c.cum = plus(c.cum, q)
		return
	}
	if execID != "" && execID != ref && slices.Contains(f.ids, execID) {
		return
	}
	c.cum = max(0, plus(c.cum, q-f.qty))
	c.venueCum = max(0, c.venueCum+min(0, q-f.qty))
	if f.qty = q; execID != ref {
		f.ids = append(f.ids, execID)
	}
}

// fill finds an execution by any of its ids; one without an id cannot be told from another and is always new.
func (c *lastChild) fill(execID string) *lastFill {
	if execID == "" {
		return nil
	}
	for i := range c.fills {
		if slices.Contains(c.fills[i].ids, execID) {
			return &c.fills[i]
		}
	}
	return nil
}

// said keeps the venue's own figure: it knows of fills whose reports are still under way.
func (c *lastChild) said(cum market.Qty) { c.venueCum = max(c.venueCum, cum) }

// replaced puts a quantity in force; every request up to the one it answers is answered with it, because a venue takes
// them in turn. Request 0 is a restatement and answers none; an acceptance that a later one followed changes nothing.
func (c *lastChild) replaced(request uint32, q market.Qty) {
	if request != 0 && request <= c.accepted {
		return
	}
	c.accepted = max(c.accepted, request)
	c.qty = max(q, 0)
	c.pending = slices.DeleteFunc(c.pending, func(r lastReplace) bool { return r.request <= request })
}

// refused drops the one replace that a reject or our own transport answered.
func (c *lastChild) refused(request uint32) {
	c.pending = slices.DeleteFunc(c.pending, func(r lastReplace) bool { return r.request == request })
}

// end is the venue's word that the order ended: a fill that comes later is of before (RACE-02).
func (c *lastChild) end() { c.ended, c.unknowns = true, 0 }

// unknownTwice is how often a venue must say in a row that it has no such order.
const unknownTwice = 2

// status believes a venue that says what became of the order, and one that says twice that it has no such order: the
// first time it may not have read it yet (REC-04). One that decided about every replace says what quantity holds.
func (c *lastChild) status(b *event.ChildStatus) {
	if b.Unknown {
		if !c.ended {
			c.unknowns++
			c.ended = c.unknowns >= unknownTwice
		}
		return
	}
	if !c.ended {
		c.unknowns = 0
	}
	c.said(b.Cum)
	switch b.Status {
	case '4', 'C', '8': // canceled, expired, rejected
		c.end()
	case '0', '1', '5', '7', '9':
		c.settled(b)
	case '2': // with less than was sent, if the venue says that it had no more, or was asked for no more (matrix C.3.c)
		less := func(r lastReplace) bool { return r.qty <= b.Cum }
		if b.Qty == b.Cum && b.Qty > 0 || slices.ContainsFunc(c.pending, less) {
			c.qty, c.pending = b.Cum, nil
		}
	}
}

// resolved believes a person whose decision on a child in doubt the engine took, within what can be true by the gate's
// own count: not less than the venue's own reports, not more than the order (REC-04).
func (c *lastChild) resolved(d *decision) {
	cum := d.cum
	switch d.outcome {
	case event.ResolvedFilled:
		cum = c.qty
	case event.ResolvedWorking:
		cum = max(cum, c.cum)
	case event.ResolvedCanceled, event.ResolvedNeverSent: // as they say
	}
	if cum < c.cum-c.byHand || cum > max(c.qty, c.cum) {
		return
	}
	c.byHand += cum - c.cum
	c.cum = cum
	if d.outcome != event.ResolvedWorking {
		c.ended, c.venueCum = true, 0
	}
}

// settled ends the pending replaces by a status that names one of them or states the order's quantity.
func (c *lastChild) settled(b *event.ChildStatus) {
	i := slices.IndexFunc(c.pending, func(r lastReplace) bool { return r.request == b.Request })
	switch q := b.Total(); {
	case q > 0 && len(c.pending) > 0:
		c.qty = q
	case i >= 0:
		c.qty = c.pending[i].qty
	default:
		return
	}
	c.pending = nil
}
