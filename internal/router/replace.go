package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// replacing is what the router remembers of the requests about one child. One replace is under way at a time (ER-05): what
// is wanted of the child is seen anew when it is answered, so a newer wish takes the place of an older one and no stale
// one goes out (DEF-14). A cancel does not wait for it (PACE-05).
type replacing struct {
	cancelNo  uint32      // the last cancel's request
	named     uint32      // the request whose ClOrdID that cancel named in 41
	maybe     uint32      // a replace that may be in force; 0 = AcceptedReq is the one, for certain
	replaceAt market.Time // when the last replace was asked for; 0 = nothing of it is waited for
	placedAt  market.Time // when the child came to its present price, or was last asked to
	denied    int         // replaces in a row of which no byte left
	stiff     bool        // a replace of it was refused or not done as asked: it is withdrawn instead
	slid      bool        // its venue gave it another price than ours, as post-only orders slide: it is not asked back
	moved     bool        // it left the price of its decision, or its place there, and its outcome is told
}

// wished is what may still fill once everything that was asked of the child is answered.
func (c *childState) wished() market.Qty {
	switch {
	case c.canceling:
		return 0
	case c.PendingReplace:
		return max(0, c.ReplaceQty-c.Cum)
	}
	return c.Leaves
}

// replaceable reports whether a replace of the child may be asked for now: its venue acknowledged it (RACE-05), can
// replace it, and waits for no other request about it. While nothing but cancels is sent, a replace is not either (JRN-10).
func (e *Engine) replaceable(c *childState) bool {
	v := &e.venues[c.Venue]
	return e.degraded < event.DegradedChildren && v.up && v.Caps.Has(market.CapReplace) && c.TIF != order.IOC && (c.State == order.New || c.State == order.PartiallyFilled) &&
		c.AckedAt != 0 && !c.stiff && !c.InDoubt && !c.canceling && !c.PendingCancel && !c.PendingReplace
}

// replaceChild asks the venue to change the child to a total quantity, filled included (ER-06), and a limit. False means
// that it cannot be asked for; the caller withdraws the child then, if it must change.
func (e *Engine) replaceChild(c *childState, qty market.Qty, limit market.Price, why string) bool {
	if qty <= c.Cum || !e.replaceable(c) || e.replacedTooOften(c) || limit != c.Limit && !e.mayReprice(c, qty, limit) {
		return false
	}
	if !(qty <= c.Qty && limit == c.Limit) && !e.gate.Send(c.Symbol, e.now).Passed() { // a reduction needs no token (RISK-22)
		return false
	}
	cmd := add(&e.cmds, &e.cmds.replaces)
	*cmd = event.ReplaceChild{CancelChild: e.requestFor(c, c.AcceptedReq, why), Limit: limit, Type: c.Type, TIF: c.TIF}
	cmd.Qty = qty
	c.ReplaceReq, c.maybe, c.replaceAt, c.placedAt = c.Requests, c.Requests, e.now, e.now
	c.PendingReplace, c.ReplaceQty, c.ReplaceLimit = true, qty, limit
	e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.SettleWait), kind: timerSettle, child: c})
	return true
}

// mayReprice asks the gate about what would rest at the new limit, as if it were sent there; a reduction needs no leave
// (RISK-22).
func (e *Engine) mayReprice(c *childState, qty market.Qty, limit market.Price) bool {
	p, moved := c.parent, c.Child
	moved.State, moved.Qty, moved.Leaves, moved.Cum, moved.Limit = order.PendingNew, qty-c.Cum, qty-c.Cum, 0, limit
	moved.MinQty = min(moved.MinQty, moved.Qty)
	e.plans.opposed = e.opposing(p, e.plans.opposed[:0])
	return !crossesOwn(e.plans.opposed, &moved) && e.gate.Child(&p.Parent, p.exposure()-c.Exposure(), len(p.children)-1, &moved, p.symbol.quote).Passed()
}

// requestFor numbers the next request about a child and gives what a cancel and a replace have in common; it names the
// order as request orig left it.
func (e *Engine) requestFor(c *childState, orig uint32, why string) event.CancelChild {
	c.Requests++
	return event.CancelChild{Child: c.ID, Venue: c.Venue, Request: c.Requests, ClOrdID: event.ClOrdID(e.instance, c.ID, c.Requests),
		OrigClOrdID: event.ClOrdID(e.instance, c.ID, orig), VenueOrderID: c.VenueOrderID, Symbol: c.Symbol, Side: c.Side, Qty: c.Qty, Why: why}
}

// current is the ClOrdID that the venue has accepted last (ER-04).
func (e *Engine) current(c *childState) string { return event.ClOrdID(e.instance, c.ID, c.AcceptedReq) }

// toName is the request whose ClOrdID the next cancel names: the last one that was not refused, which may be pending
// (ER-04). A cancel that named it in vain is followed by one that names the last accepted.
func (c *childState) toName() uint32 {
	if c.maybe != 0 && c.named != c.maybe {
		return c.maybe
	}
	return c.AcceptedReq
}

// childReplaced is 150=5, an answer to our replace, or 150=D, a change without our request (ER-10). What the venue says is
// booked. An acceptance that was followed by a later one says nothing new and restores nothing (DEF-08).
func (e *Engine) childReplaced(b *event.ChildReplaced) {
	c := e.find(b.Child, event.ReportOrphaned{VenueOrderID: b.VenueOrderID, ExecType: '5', Qty: b.Qty, Px: b.Limit, Cum: b.Cum, Leaves: b.Leaves, Text: "a change of an order that is not kept"})
	if c == nil || c.State.Done() {
		return
	}
	switch {
	case b.Request == 0 || b.Request > c.Requests:
		e.restated(c, b)
	case b.Request <= c.AcceptedReq:
		e.compare(c, b.Cum, b.Leaves)
	default:
		if b.VenueOrderID != "" {
			c.VenueOrderID = b.VenueOrderID
		}
		e.replaceAccepted(c, b.Request, b.Qty, b.Limit)
		e.compare(c, b.Cum, b.Leaves)
	}
	e.afterChild(c.parent, "replaced")
}

// replaceAccepted puts a replace in force. The current ClOrdID advances here, never at the send (ER-04). qty and limit are
// the venue's; 0 means as asked. Fills in flight may have made it Filled (RACE-03, matrix C.3.c).
func (e *Engine) replaceAccepted(c *childState, request uint32, qty market.Qty, limit market.Price) {
	most := c.Qty
	c.AcceptedReq = request
	if c.PendingReplace && request == c.ReplaceReq {
		if qty == 0 {
			qty = c.ReplaceQty
		}
		if limit == 0 {
			limit = c.ReplaceLimit
		}
		c.stiff = qty != c.ReplaceQty && qty != c.Cum || limit != c.ReplaceLimit
		most = max(most, c.ReplaceQty)
		c.PendingReplace = false
	}
	if c.maybe <= request {
		c.maybe = 0
	}
	e.replaceAnswered(c)
	if qty < c.Qty && !e.venues[c.Venue].Caps.Has(market.CapKeepsPriority) {
		e.leftItsPlace(c)
	}
	e.changed(c, qty, limit, most)
}

// replaceAnswered ends the doubt that an unanswered replace was.
func (e *Engine) replaceAnswered(c *childState) {
	c.replaceAt, c.unheard, c.denied = 0, 0, 0
	c.InDoubt = c.InDoubt && (c.end != 0 || c.disputed || !e.venues[c.Venue].up)
	c.settled()
}

// changed gives a child the quantity and limit that its venue says it has. More than most, or a limit beyond the client's,
// stops the parent.
func (e *Engine) changed(c *childState, qty market.Qty, limit market.Price, most market.Qty) {
	p := c.parent
	if qty > 0 {
		c.Qty = max(qty, c.Cum)
		c.Leaves = c.Qty - c.Cum
	}
	if limit > 0 && limit != c.Limit {
		e.leftItsPlace(c)
		c.Limit = limit
	}
	if next, ok := order.Next(c.State, order.WasReplaced, int64(c.Cum), int64(c.Leaves)); ok {
		c.State = next
	}
	if c.State.Done() {
		e.dropDone(c)
	} else {
		e.recordChild(c)
	}
	switch {
	case c.Qty > most:
		e.stop(p, c, "INV-01", fmt.Sprintf("venue changed the child to %d, more than the %d we asked for", c.Qty, most))
	case p.Terms.Limit > 0 && c.Limit > 0 && c.Side.Worse(c.Limit, p.Terms.Limit):
		e.stop(p, c, "INV-07", fmt.Sprintf("venue changed the child to %v, beyond the order's %v", c.Limit, p.Terms.Limit))
	}
}

// FIX 378 of a restatement.
const restatedPartialDecline = 5

// restated is a change of the order at the venue without our request (ER-10). What it declined is not offered to it again
// at once.
func (e *Engine) restated(c *childState, b *event.ChildReplaced) {
	if b.Reason == restatedPartialDecline {
		st := &c.parent.standing[c.Venue]
		st.shutUntil = max(st.shutUntil, e.now.Add(withdrawnPause))
	}
	c.slid = c.slid || b.Limit > 0 && b.Limit != c.Limit
	e.changed(c, b.Qty, b.Limit, c.Qty)
	e.compare(c, b.Cum, b.Leaves)
}

// cancelRejected is a 9. The refusal of a replace leaves the order as it was; of a cancel: too late means that the fill is
// on its way, an unknown order is asked about (RACE-06). A withdrawal stays wanted: it is asked for again when the wait for
// its answer is over, never at once (DEF-16), unless it named a replace that is not in force.
func (e *Engine) cancelRejected(b *event.CancelRejected) {
	c := e.find(b.Child, event.ReportOrphaned{ExecType: '9', Status: b.Status, Text: "a refused request about an order that is not kept: " + b.Text})
	if c == nil || c.State.Done() {
		return
	}
	switch {
	case c.PendingReplace && b.Request == c.ReplaceReq:
		e.replaceRefused(c)
	case c.PendingCancel && (b.Request == c.cancelNo || b.Request == 0):
		c.PendingCancel = false
		if b.Unknown && c.maybe == 0 && c.ReplaceReq > c.AcceptedReq {
			c.maybe = c.ReplaceReq // taken for refused by a status that it overtook: the next cancel names it
		}
		if c.named != c.AcceptedReq {
			e.cancelChild(c, "the request that the cancel followed is not in force")
			return
		}
	}
	if b.Unknown {
		c.doubt(e.now)
	}
	e.query(c)
	e.afterChild(c.parent, "refused")
}

// replaceRefused leaves a child as it was: the next 41 is the last accepted id (DEF-03). What must still change of it is
// withdrawn, because asking the same again would go on for ever (DEF-16).
func (e *Engine) replaceRefused(c *childState) {
	c.PendingReplace, c.stiff, c.maybe = false, true, 0
	e.replaceAnswered(c)
}

// requestDenied is a request of which no byte left: it never happened. A cancel is asked for again, and a replace seen
// anew, when the wait for its answer is over; after two in a row that could not be sent the child is withdrawn instead,
// because what its client asked must come to an end (DEF-16). That the last gate refuses a replace means that the engine
// was wrong.
func (e *Engine) requestDenied(c *childState, b *event.ChildDenied) {
	if b.Request == c.cancelNo {
		c.PendingCancel = false
	}
	if b.Request != c.ReplaceReq || !c.PendingReplace {
		return
	}
	c.PendingReplace, c.maybe = false, 0
	if c.denied++; c.denied >= mostDenied {
		c.stiff = true
	}
	if Overfills(b.Reason) {
		e.stop(c.parent, c, "RISK-01", b.Reason)
	}
}

// mostDenied is how many replaces in a row may not leave before the child counts as one that cannot be replaced.
const mostDenied = 2

// Overfills reports whether a denial says that the engine asked for what it may not have: the last gate refused it, and
// not because a halt, an end or an orphan overtook it.
func Overfills(reason string) bool {
	rule, ok := strings.CutPrefix(reason, LastGateRefused)
	return ok && !strings.HasPrefix(rule, "KILL-0") && !strings.HasPrefix(rule, "INV-10") && !strings.HasPrefix(rule, "ER-16")
}

// replaceOverdue: a replace without an answer is in doubt and asked about; meanwhile the larger of both quantities stays
// reserved (RACE-04). One that never left is seen anew.
func (e *Engine) replaceOverdue(c *childState, due market.Time) {
	if c.replaceAt == 0 || due.Sub(c.replaceAt) < e.cfg.Tactics.SettleWait {
		return
	}
	c.replaceAt = 0
	if !c.PendingReplace {
		e.afterChild(c.parent, "replace not sent")
		return
	}
	c.doubt(e.now)
	e.query(c)
}

// settleReplace reads from a status what became of a pending replace: by the quantity and limit that the venue states, or
// by the request that it names. It reports whether that is known now. Where they leave it open the child is withdrawn:
// that ends the doubt, whatever holds.
func (e *Engine) settleReplace(c *childState, b *event.ChildStatus) bool {
	if !c.PendingReplace {
		if b.Request > c.AcceptedReq && b.Request <= c.Requests && b.Request != c.cancelNo && b.Status != '6' && b.Status != 'E' {
			c.maybe = b.Request // an earlier replace than the last, taken for refused by a status that it overtook
		}
		return true
	}
	if b.Status == '6' || b.Status == 'E' { // it has it, and has not decided
		c.doubt(e.now)
		return false
	}
	total := b.Total()
	is := total > 0 && total == c.ReplaceQty && (b.Limit == 0 || b.Limit == c.ReplaceLimit)
	was := total > 0 && total == c.Qty && (b.Limit == 0 || b.Limit == c.Limit)
	switch {
	case is && !was || b.Request == c.ReplaceReq && !was: // some echo the 11 of the question
		e.replaceAccepted(c, c.ReplaceReq, total, b.Limit)
	case was && !is:
		e.replaceRefused(c)
	case total > 0 && !is: // neither: amended to what was filled, or restated since
		most := max(c.Qty, c.ReplaceQty)
		c.PendingReplace, c.stiff = false, true // maybe stays: a cancel finds out which id holds
		e.replaceAnswered(c)
		e.changed(c, total, b.Limit, most)
	default:
		e.cancelChild(c, "its venue does not say what became of the replace")
		c.doubt(e.now)
		return false
	}
	return true
}

// makeRoom brings the children within pending terms t (ER-07): what they forbid is withdrawn or repriced, then as much
// taken back as the new quantity and the new display need, the most toxic style first. What is unrouted shrinks by itself.
func (e *Engine) makeRoom(p *parentState, t *order.Terms) {
	for _, c := range p.children {
		if !c.canceling && !e.mayStay(t, c) {
			e.cancelChild(c, "the order's new terms forbid it")
		}
	}
	over, shown := p.surplus(t)
	for _, style := range [...]order.Style{order.StyleTake, order.StyleSweep, order.StylePost, order.StyleDLimit, order.StyleDark, order.StyleInternal} {
		for _, c := range p.children {
			if c.Style != style || c.canceling {
				continue
			}
			cut := max(0, over)
			if style.Displayed() {
				cut = max(cut, shown)
			}
			freed := e.adapt(p, c, t, min(cut, c.wished()))
			over -= freed
			if style.Displayed() {
				shown -= freed
			}
		}
	}
}

// surplus is by how much filled and working, and what is displayed, exceed terms t once all that was asked is answered.
func (p *parentState) surplus(t *order.Terms) (over, shown market.Qty) {
	over, shown = p.Cum-p.most(t), -t.MaxFloor
	for _, c := range p.children {
		over += c.wished()
		if c.Style.Displayed() {
			shown += c.wished()
		}
	}
	if t.MaxFloor == 0 {
		shown = 0
	}
	return over, shown
}

// most is what may be filled or working under terms t: their quantity, or their share of what traded.
func (p *parentState) most(t *order.Terms) market.Qty {
	q := t.Qty
	if t.MaxPctBps > 0 {
		q = min(q, p.participation(t))
	}
	return max(q, p.Cum)
}

// adapt takes cut shares back from a child and gives it a limit that terms t allow, by a replace that keeps its place in
// the queue where part of it may stay, else by a cancel. It gives how much its exposure falls.
func (e *Engine) adapt(p *parentState, c *childState, t *order.Terms, cut market.Qty) (freed market.Qty) {
	limit, ok := e.limitUnder(p, t, c)
	switch {
	case ok && cut == 0 && limit == c.Limit && !c.PendingReplace:
		return 0
	case c.PendingReplace: // one at a time: seen anew when it is answered (ER-05)
		return cut
	}
	stays := c.Leaves - cut
	if lot := p.symbol.lot(); cut > 0 && stays > lot {
		stays -= stays % lot
	}
	if ok && stays > 0 && stays >= min(t.MinQty, t.Qty-p.Cum) && e.replaceChild(c, c.Cum+stays, limit, "the order was amended") {
		return c.Leaves - stays
	}
	freed = c.wished()
	e.cancelChild(c, "the order was amended")
	return freed
}

// mayStay reports whether terms t allow the child at all: its venue and its smallest execution.
func (e *Engine) mayStay(t *order.Terms, c *childState) bool {
	directed := e.directedTo(t)
	return t.Permits(c.Venue) && (directed < 0 || directed == int(c.Venue)) && (t.MinQty <= c.MinQty || c.MinQty >= c.Leaves)
}

// limitUnder is the limit that a child should have under terms t: its own where that is lawful. False means that there is
// none at its venue.
func (e *Engine) limitUnder(p *parentState, t *order.Terms, c *childState) (market.Price, bool) {
	switch {
	case !beyond(t, c.Limit):
		return c.Limit, true
	case c.Style == order.StylePost:
		px := e.postLimit(p, t)
		return px, px > 0
	case c.Type == order.Midpoint: // the limit caps the peg
		return t.Limit, true
	}
	return 0, false
}

// beyond reports whether a child's limit is worse than terms t allow.
func beyond(t *order.Terms, limit market.Price) bool {
	return t.Limit > 0 && (limit == 0 || t.Side.Worse(limit, t.Limit))
}

// forbidden reports whether a child may not work under terms t as it is, or as a pending replace would leave it.
func (e *Engine) forbidden(t *order.Terms, c *childState) bool {
	return beyond(t, c.Limit) || c.PendingReplace && beyond(t, c.ReplaceLimit) || !e.mayStay(t, c)
}

// fits reports whether what is filled and working lies within terms t.
func (e *Engine) fits(p *parentState, t *order.Terms) bool {
	if p.Cum+p.exposure() > p.most(t) || t.MaxFloor > 0 && p.displayed() > t.MaxFloor {
		return false
	}
	return !slices.ContainsFunc(p.children, func(c *childState) bool { return e.forbidden(t, c) })
}
