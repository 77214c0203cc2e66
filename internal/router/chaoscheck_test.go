package router

import (
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// childOf is the child that an event is about, 0 if it is about none.
func childOf(body event.Body) order.ChildID {
	switch b := body.(type) {
	case *event.ChildSent:
		return b.Child
	case *event.ChildDenied:
		return b.Child
	case *event.ChildAccepted:
		return b.Child
	case *event.ChildExecuted:
		return b.Child
	case *event.ChildDone:
		return b.Child
	case *event.ChildRejected:
		return b.Child
	case *event.ChildReplaced:
		return b.Child
	case *event.CancelRejected:
		return b.Child
	case *event.ChildStatus:
		return b.Child
	case *event.ExecutionBusted:
		return b.Child
	case *event.ExecutionCorrected:
		return b.Child
	case *event.ChildResolved:
		return b.Child
	}
	return 0
}

func (w *chaos) parent(id order.ParentID) *worldParent {
	p := w.parents[id]
	if p == nil {
		p = &worldParent{id: id, fills: map[uint64]market.Qty{}}
		w.parents[id] = p
	}
	return p
}

func (w *chaos) touchParent(id order.ParentID) {
	if p := w.parents[id]; p != nil && !p.dirty {
		p.dirty = true
		w.touchedParents = append(w.touchedParents, p)
	}
}

func (w *chaos) touchChild(id order.ChildID) {
	if o := w.orders[id]; o != nil {
		w.touchedChildren = append(w.touchedChildren, id)
		w.touchParent(o.Parent)
	}
}

// sends takes a new child in, and holds INV-05 to INV-10 over it: sent once, under a parent whose client was not told
// that it ends, while nothing is halted.
func (w *chaos) sends(c *event.SendChild) {
	p := w.parent(c.Child.Parent)
	if w.orders[c.Child.ID] != nil {
		w.fail("INV-05: child %d sent twice", c.Child.ID)
	}
	if !p.told || strings.ContainsRune("23468EC", rune(p.status)) {
		w.fail("INV-10: child %d of parent %d, of which the client was last told %q", c.Child.ID, c.Child.Parent, p.status)
	}
	if w.halted || w.degraded >= event.DegradedChildren {
		w.fail("INV-10: child %d sent while everything is halted or degraded to %d", c.Child.ID, w.degraded)
	}
	o := &venueOrder{Child: c.Child, parent: p, amends: amends{sent: c.Child.Qty}}
	w.orders[c.Child.ID] = o
	w.ids = append(w.ids, c.Child.ID)
	p.may += o.may()
	w.touchChild(c.Child.ID)
}

// may is what the venue may have filled of the order in the end.
func (o *venueOrder) may() market.Qty {
	if o.done {
		return o.cum
	}
	return max(o.Qty, o.cum)
}

// change does something to an order at its venue and keeps its parent's account.
func (o *venueOrder) change(do func()) {
	before := o.may()
	do()
	o.parent.may += o.may() - before
}

// rejected holds ER-04 over a 9: it names the last accepted ClOrdID.
func (w *chaos) rejected(r *event.RejectRequest) {
	p := w.e.parents[r.Parent]
	if r.Parent != 0 && r.OrigClOrdID != p.ClOrdID && !p.State.Done() && r.OrdStatus != '2' {
		w.fail("ER-04: 9 names 41=%s, the last accepted is %s", r.OrigClOrdID, p.ClOrdID)
	}
}

// reported holds ER-01, ER-23 and INV-02 over what clients are told.
func (w *chaos) reported(r *event.ReportParent) {
	if r.ExecID <= w.lastReport {
		w.fail("ER-23: report %d after %d", r.ExecID, w.lastReport)
	}
	w.lastReport = r.ExecID
	if r.Parent == 0 || r.ExecType == 'I' {
		return
	}
	p := w.parent(r.Parent)
	w.touchParent(r.Parent)
	switch r.ExecType {
	case 'F':
		p.fills[r.ExecID] = r.LastQty
		p.filled += r.LastQty
		p.lastFill = r.ExecID
	case 'H':
		w.told++
		p.filled -= p.fills[r.RefExecID]
		delete(p.fills, r.RefExecID)
	case 'G':
		w.told++
		p.filled += r.LastQty - p.fills[r.RefExecID]
		p.fills[r.RefExecID] = r.LastQty
	}
	p.told, p.status, p.cum = true, r.OrdStatus, r.Cum
	if p.cum != p.filled {
		w.fail("INV-02: parent %d reports cum %d, its reports sum to %d", r.Parent, p.cum, p.filled)
	}
	switch done := strings.ContainsRune("48C", rune(r.OrdStatus)); {
	case done && r.Leaves != 0:
		w.fail("ER-01: 39=%c with %d left", r.OrdStatus, r.Leaves)
	case !done && r.OrdStatus != '2' && r.Leaves != 0 && r.Terms.Qty != r.Cum+r.Leaves:
		w.fail("ER-01: 39=%c, %d ordered, %d filled, %d left", r.OrdStatus, r.Terms.Qty, r.Cum, r.Leaves)
	}
}

// checkTouched holds the invariants over the parents and children that the last event touched.
func (w *chaos) checkTouched() {
	for _, id := range w.touchedChildren {
		o, c := w.orders[id], w.e.children[id]
		if c == nil {
			continue // forgotten
		}
		o.parent.booked += c.Cum - o.booked
		o.booked = c.Cum
		w.agrees(w.model.sameChild(c))
	}
	w.touchedChildren = w.touchedChildren[:0]
	for _, p := range w.touchedParents {
		p.dirty = false
		if q := w.e.parents[p.id]; q != nil && q.State != order.Rejected {
			w.checkQuantities(p, q, p.booked)
			w.agrees(w.model.sameParent(q))
			w.checkParent(p, q)
		}
	}
	w.touchedParents = w.touchedParents[:0]
}

// checkAll holds them over everything, with nothing taken from what was kept on the way.
func (w *chaos) checkAll() {
	may := map[order.ParentID]market.Qty{}
	for _, id := range w.ids {
		may[w.orders[id].Parent] += w.orders[id].may()
	}
	for id, q := range w.e.parents {
		p := w.parents[id]
		if p == nil || q.State == order.Rejected {
			continue
		}
		if may[id] != p.may {
			w.fail("the world lost count of parent %d: its venues may fill %d, kept %d", id, may[id], p.may)
		}
		var sum market.Qty
		for _, c := range q.ids {
			sum += w.e.children[c].Cum
			w.agrees(w.model.sameChild(w.e.children[c]))
		}
		w.checkQuantities(p, q, sum)
		w.agrees(w.model.sameParent(q))
		w.checkParent(p, q)
		if live := slices.Contains(w.e.live, q); live != (!q.State.Done() || len(q.children) > 0) {
			w.fail("parent %d is %v with %d children, among the live: %v", id, q.State, len(q.children), live)
		}
	}
}

// checkQuantities holds INV-01 and INV-02: booked is what the engine has filled over the parent's children.
func (w *chaos) checkQuantities(p *worldParent, q *parentState, booked market.Qty) {
	if booked != q.Cum || p.cum != q.Cum {
		w.fail("INV-02: parent %d has %d filled, its children %d, the client was told %d", p.id, q.Cum, booked, p.cum)
	}
	if p.odd != "" {
		return
	}
	if q.Cum+q.exposure() > q.Terms.Qty {
		w.fail("INV-01: parent %d has %d filled and %d working of %d", p.id, q.Cum, q.exposure(), q.Terms.Qty)
	}
	if p.may > q.Terms.Qty {
		w.fail("INV-01: venues may fill %d of parent %d, which is for %d", p.may, p.id, q.Terms.Qty)
	}
	if w.gate.Stopped(p.id) {
		w.fail("RISK-01: the last gate stopped parent %d", p.id)
	}
}

// checkParent holds INV-03, INV-07 and what else must be true of a parent and its live children.
func (w *chaos) checkParent(p *worldParent, q *parentState) {
	if q.State.Done() && q.ask.kind != noRequest {
		w.fail("parent %d is %v with a request pending", p.id, q.State)
	}
	if !q.State.Done() && q.ask.kind == noRequest && q.Hold != order.HoldFrozen && q.wakeAt == 0 && q.endsAt != forever {
		w.fail("parent %d sleeps for ever: %v, hold %v", p.id, q.State, q.Hold)
	}
	if q.Terms.MaxFloor > 0 && q.displayed() > q.Terms.MaxFloor && p.odd == "" {
		w.fail("FIX-08: parent %d displays %d, at most %d", p.id, q.displayed(), q.Terms.MaxFloor)
	}
	if q.Terms.Strategy == order.POV && p.odd == "" && q.exposure() > 0 && q.Cum+q.exposure() > q.participation(&q.Terms) {
		w.fail("parent %d has %d filled and %d working, more than its share %d of the market", p.id, q.Cum, q.exposure(), q.participation(&q.Terms))
	}
	for _, c := range q.children {
		switch {
		case c.Cum+c.Leaves > c.Qty && p.odd == "" || c.State.Done() || c.Leaves <= 0:
			w.fail("INV-03: live child %d: %d + %d of %d, %v", c.ID, c.Cum, c.Leaves, c.Qty, c.State)
		case c.Side != q.Terms.Side || c.Symbol != q.Terms.Symbol:
			w.fail("INV-07: child %d %v under %v", c.ID, c.Side, q.Terms.Side)
		case q.Terms.Limit > 0 && (c.Limit == 0 || q.Terms.Side.Worse(c.Limit, q.Terms.Limit)) && p.odd == "":
			w.fail("INV-07: child %d at %v, parent at %v", c.ID, c.Limit, q.Terms.Limit)
		}
	}
}
