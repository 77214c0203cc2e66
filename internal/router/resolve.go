package router

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// doubt notes that the venue may hold more or less of a child than we know.
func (c *childState) doubt(now market.Time) {
	if !c.InDoubt {
		c.InDoubt, c.doubtAt = true, now
	}
}

// sure ends a child's doubt. One that is to be withdrawn is then asked for at the pace of an order that is known: its next
// question may have been put off for as long as the doubt was old.
func (e *Engine) sure(c *childState) {
	if !c.InDoubt {
		return
	}
	c.InDoubt = false
	if c.canceling {
		e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.SettleWait), kind: timerSettle, child: c})
	}
}

// settled notes that what was in doubt no longer is, if so: another doubt is paged anew.
func (c *childState) settled() { c.paged = c.paged && c.InDoubt }

// A Doubt is a child whose fate only its venue, or a person who asked it, can tell (REC-04).
type Doubt struct {
	Child   order.Child
	ClOrdID string // the one the venue uses now
	Since   market.Time
	Said    string // what the venue said of it, and how often it did not answer
}

// Doubts gives the children that a person may decide on, by parent and id: those in doubt, and those of which people were
// told that their venue answers no question about them.
func (e *Engine) Doubts() (out []Doubt) {
	for _, p := range e.live {
		for _, c := range p.children {
			if c.InDoubt || c.paged {
				out = append(out, Doubt{Child: c.Child, ClOrdID: e.current(c), Since: cmp.Or(c.doubtAt, c.asked, c.DecidedAt), Said: e.said(c)})
			}
		}
	}
	return out
}

// said is what a person should know of a child in doubt.
func (e *Engine) said(c *childState) string {
	v := &e.venues[c.Venue]
	text := "nothing yet"
	switch {
	case c.end != 0:
		text = fmt.Sprintf("%v with %d filled, of which %d never came", c.end, c.endCum, c.endCum-c.Cum)
	case c.disputed:
		text = fmt.Sprintf("%d filled, of which %d never came", c.stated, c.stated-c.Cum)
	case c.unknowns > 0:
		text = "it does not know the order"
	case c.AckedAt != 0:
		text = "it accepted the order"
	}
	switch {
	case !v.up:
		text += "; its session is down"
	case !v.Caps.Has(market.CapStatus):
		text += "; it answers no status requests"
	case c.unheard > 0:
		text += fmt.Sprintf("; %d status requests without an answer", c.unheard)
	}
	return text
}

// answer tells the person whose decision this event was what became of it.
func (e *Engine) answer(refused bool, text string) *event.AnswerPerson {
	a := add(&e.cmds, &e.cmds.answers)
	a.Refused, a.Text = refused, text
	return a
}

// childResolved is a person's word on a child in doubt. What it filled and we never booked is booked as one execution of
// the person's, told to the client like any other; the rest is free again, or goes on working. A word that cannot be true
// changes nothing.
func (e *Engine) childResolved(b *event.ChildResolved) {
	c := e.children[b.Child]
	if text := e.untrue(c, b); text != "" {
		e.answer(true, text)
		return
	}
	p, why := c.parent, fmt.Sprintf("%v by %s: %s", b.Outcome, b.Actor, b.Reason)
	cum := resolvedCum(c, b)
	missing := cum - c.Cum
	text := fmt.Sprintf("child %d is %v: %d shares booked", c.ID, b.Outcome, missing)
	if missing > 0 {
		text += fmt.Sprintf(" at %v", b.Px)
	}
	e.raise(event.Warn, "REC-04", p, c, text+", by "+b.Actor+": "+b.Reason)
	c.stated, c.end, c.endCum = cum, 0, 0
	if c.resolved = b.Outcome != event.ResolvedWorking; b.Outcome == event.ResolvedCanceled {
		c.end, c.endCum = order.WasCanceled, cum
		c.Reason = why
	}
	if missing > 0 {
		e.bookByHand(c, missing, b.Px)
	}
	e.disputed(c)
	switch {
	case c.State.Done():
	case b.Outcome == event.ResolvedCanceled:
		e.endChild(c, order.WasCanceled, why)
	case b.Outcome == event.ResolvedNeverSent:
		e.endChild(c, order.WasDenied, why)
	default:
		if e.certain(c); c.PendingReplace { // which of its quantities works nobody said
			e.cancelChild(c, "nobody says what became of its replace")
		}
	}
	e.answer(false, text)
	e.afterChild(p, "resolved by "+b.Actor)
}

// certain lets a child go on that was in doubt.
func (e *Engine) certain(c *childState) {
	e.sure(c)
	c.paged, c.unheard, c.unknowns = false, 0, 0
	if next, ok := order.Next(c.State, order.WasAccepted, int64(c.Cum), int64(c.Leaves)); ok {
		c.State = next
	}
	if c.AckedAt == 0 {
		c.AckedAt = e.now
	}
	e.recordChild(c)
}

// resolvedCum is what a resolution says is filled: all, nothing, or the figure given; a working order may leave it out.
func resolvedCum(c *childState, b *event.ChildResolved) market.Qty {
	switch b.Outcome {
	case event.ResolvedFilled:
		return c.Qty
	case event.ResolvedWorking:
		return max(b.Cum, c.Cum)
	case event.ResolvedCanceled, event.ResolvedNeverSent: // as they say
	}
	return b.Cum
}

// untrue says why a resolution cannot be true, empty if it can.
func (e *Engine) untrue(c *childState, b *event.ChildResolved) string {
	switch {
	case c == nil:
		return fmt.Sprintf("child %d is unknown: name one that is listed as in doubt", b.Child)
	case c.State.Done():
		return fmt.Sprintf("child %d is %v already", b.Child, c.State)
	case !c.InDoubt && !c.paged:
		return fmt.Sprintf("child %d is not in doubt: its venue answers for it; to withdraw it, cancel its order", b.Child)
	case b.Actor == "" || b.Reason == "":
		return "a decision needs the name of who takes it and a reason"
	case b.Outcome < event.ResolvedCanceled || b.Outcome > event.ResolvedWorking:
		return fmt.Sprintf("%v is no outcome: say canceled, filled, never sent or working", b.Outcome)
	case b.Outcome == event.ResolvedNeverSent && (c.Cum > 0 || c.AckedAt != 0 || c.VenueOrderID != "" || c.State != order.PendingNew || b.Cum > 0):
		return fmt.Sprintf("child %d was sent: its venue answered it (order %q, %d filled); say canceled or filled", b.Child, c.VenueOrderID, c.Cum)
	case b.Outcome == event.ResolvedFilled && b.Cum != 0 && b.Cum != c.Qty:
		return fmt.Sprintf("child %d of %d shares is not filled with %d; say canceled or working", b.Child, c.Qty, b.Cum)
	}
	switch cum := resolvedCum(c, b); {
	case cum < c.Cum || b.Cum < 0:
		return fmt.Sprintf("child %d has %d filled by its venue's own reports, more than %d: only a bust of the venue takes them back", b.Child, c.Cum, b.Cum)
	case cum > c.Qty:
		return fmt.Sprintf("child %d is an order for %d shares: %d cannot be filled of it", b.Child, c.Qty, cum)
	case b.Outcome == event.ResolvedWorking && cum == c.Qty:
		return fmt.Sprintf("child %d of %d shares cannot work with %d filled: say filled", b.Child, c.Qty, cum)
	case cum > c.Cum && b.Px <= 0:
		return fmt.Sprintf("child %d: %d shares were never reported: give the price they traded at", b.Child, cum-c.Cum)
	case cum > c.Cum && c.Limit > 0 && c.Side.Worse(b.Px, c.Limit):
		return fmt.Sprintf("child %d: a price of %v is beyond its limit of %v", b.Child, b.Px, c.Limit)
	}
	return ""
}

// bookByHand books what a person says a venue filled. Its ExecID names the child, so that it meets no venue's.
func (e *Engine) bookByHand(c *childState, q market.Qty, px market.Price) {
	b := event.ChildExecuted{Child: c.ID, ExecID: event.ManualExecID(c.ID, len(c.execs)+1), VenueOrderID: c.VenueOrderID,
		Qty: q, Px: px, Cum: c.Cum + q, Leaves: c.Leaves - q, At: e.now}
	x := e.book(c, &b)
	x.manual = true
	e.fillEffects(c, x, &b)
}

// claimed gives what the venue reports of shares that a person booked already: they are the same shares, not more. Once
// all of them have come, the execution takes the venue's price where it differs. False if no such shares are expected,
// or if the venue's own count says that these come on top of all that is booked.
func (e *Engine) claimed(c *childState, b *event.ChildExecuted) bool {
	i := slices.IndexFunc(c.execs, func(x *execution) bool { return x.manual && !x.Busted && x.claims < x.Qty })
	if i < 0 || b.Cum >= c.Cum+b.Qty {
		return false
	}
	x := c.execs[i]
	was := x.Qty
	x.ids = append(x.ids, b.ExecID)
	x.claims += b.Qty
	x.claimed = x.claimed.Add(market.NotionalOf(b.Px, b.Qty))
	if x.claims < was {
		e.raise(event.Info, "REC-04", c.parent, c, fmt.Sprintf("the venue reports %d of the %d shares booked by hand", x.claims, was))
		return true
	}
	if px := x.claimed.Avg(x.claims); x.claims != was || px != x.Px {
		e.revise(c, x, revision{qty: x.claims, px: px})
	}
	if x.claims > was {
		e.freeze(c.parent, c, "REC-04", fmt.Sprintf("the venue filled %d where a person said %d", x.claims, was))
	}
	return true
}

// unresolved freezes an order of which a venue reports more than a person said: one of them is wrong.
func (e *Engine) unresolved(c *childState, q market.Qty) {
	if c.resolved {
		e.freeze(c.parent, c, "REC-04", fmt.Sprintf("the venue reports %d more filled of a child that is %s", q, cmp.Or(c.Reason, c.State.String())))
	}
}
