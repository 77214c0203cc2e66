package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// Times and bounds of baskets (RISK-20).
const (
	basketGathers = market.Minute      // RISK-05's minute: what comes within it is of one basket
	basketCloses  = 5 * market.Second  // warnings without a list are one decision when they come within it, and people hear of them then
	basketDecided = 15 * market.Minute // what nobody confirmed by then is withdrawn
	basketsMost   = 64                 // of one client, at once
	basketLargest = 10_000             // orders of a list
	basketName    = 64                 // bytes of a list's name
	basketAtOnce  = 16                 // orders that a decision lets go at once, the others follow a millisecond for each so many
)

// basket is the orders of a list that a client named, or, without one, those of its orders of a minute that drew
// warnings. All its warnings are one summary, the worst first, and one decision.
type basket struct {
	id                  uint64
	client, list        string
	of, orders, refused uint32
	amount              market.Notional // of all that came, refused or not
	warnings            []event.BasketWarning
	waiting             []order.ParentID // ascending; what ended by itself left it
	stand               event.BasketStand
	since               market.Time
	until               market.Time // when its stand is over by itself
	tellAt              market.Time // without a list: when it closes and people hear of it, 0 while nothing of it waits
}

// basketOf gives the basket of a new order, nil for one that is of no list and draws no warning. What makes no basket
// becomes the refusal.
func (e *Engine) basketOf(b *event.ParentReceived, r *risk.Refusal) *basket {
	if b.List == "" && r.Passed() {
		return nil
	}
	refuse := func(format string, a ...any) *basket {
		if r.Passed() || r.Soft {
			*r = risk.Refusal{Rule: "RISK-20", Reason: rejectOther, Text: fmt.Sprintf(format, a...)}
		}
		return nil
	}
	if len(b.List) > basketName {
		return refuse("a basket's name of %d bytes: %d at most", len(b.List), basketName)
	}
	if b.List != "" && (b.ListOrders == 0 || b.ListOrders > basketLargest) {
		return refuse("basket %q of %d orders: its number of orders (7008) is 1 to %d", b.List, b.ListOrders, basketLargest)
	}
	open := 0
	for _, bk := range e.baskets {
		if bk.client != b.Client {
			continue
		}
		if open++; bk.list != b.List || b.List == "" && bk.stand != event.BasketOpen {
			continue
		}
		if bk.of != b.ListOrders && b.List != "" || b.List != "" && bk.orders >= bk.of {
			return refuse("basket %q has %d of %d orders, and this one says that it has %d: another list takes another name", b.List, bk.orders, bk.of, b.ListOrders)
		}
		return bk
	}
	if open >= basketsMost {
		return refuse("%d baskets of this client wait: have them decided first", open)
	}
	e.lastBasket++
	bk := &basket{id: e.lastBasket, client: b.Client, list: b.List, since: e.now, until: e.now.Add(basketGathers)}
	if b.List != "" {
		bk.of = b.ListOrders
	}
	e.baskets = append(e.baskets, bk)
	e.timers.push(timer{at: bk.until, kind: timerBasket})
	return bk
}

// intoBasket takes a new order into its basket: a hard refusal is told at once, with what the basket has so far, and
// everything else waits for the whole.
func (e *Engine) intoBasket(bk *basket, p *parentState, key clientOrder, r *risk.Refusal) {
	bk.orders++
	amount := e.gate.Amount(&p.Terms, p.ArrivalNBBO)
	bk.amount = bk.amount.Add(amount)
	if !r.Passed() {
		e.warn(bk, r, amount, short(words(&p.Terms)+": "+r.Text))
	}
	if r.Soft && bk.list == "" && bk.tellAt == 0 {
		bk.tellAt = min(e.now.Add(basketCloses), bk.until)
		e.timers.push(timer{at: bk.tellAt, kind: timerBasket})
	}
	if whole := e.gate.Basket(bk.client, bk.amount); bk.list != "" && !whole.Passed() {
		if r.Passed() || r.Soft {
			*r = whole
			e.warn(bk, r, bk.amount, short(r.Text))
		}
		if bk.stand = event.BasketRefused; len(bk.waiting) > 0 {
			e.withdrawBasket(bk, "RISK-20: "+bk.brief())
		}
	}
	switch {
	case !r.Passed() && !r.Soft:
		bk.refused++
		text := r.String()
		if bk.orders > 1 {
			text += "; RISK-20: " + bk.brief()
		}
		e.refuse(p, r.Reason, text)
	case bk.stand == event.BasketRefused: // of a list that was refused whole
		bk.refused++
		e.refuse(p, rejectBroker, "RISK-20: "+bk.brief())
	default:
		p.Hold, p.Reason = order.HoldConfirm, fmt.Sprintf("RISK-20: waits in basket %d", bk.id)
		if !r.Passed() {
			p.Reason += " for a confirmation: " + r.String()
		}
		e.admit(p, key)
		bk.waiting = append(bk.waiting, p.ID)
		e.work(p, "arrival")
	}
	if bk.list != "" && bk.orders == bk.of {
		e.complete(bk)
	}
}

// warn counts a warning of a basket. The worst come first: hard ones, and of those the largest amount.
func (e *Engine) warn(bk *basket, r *risk.Refusal, amount market.Notional, text string) {
	i := slices.IndexFunc(bk.warnings, func(w event.BasketWarning) bool { return w.Rule == r.Rule && w.Hard == !r.Soft })
	if i < 0 {
		i = len(bk.warnings)
		bk.warnings = append(bk.warnings, event.BasketWarning{Rule: r.Rule, Hard: !r.Soft})
	}
	w := &bk.warnings[i]
	if w.Orders++; w.Orders == 1 || w.Amount.Less(amount) {
		w.Amount, w.Worst = amount, text
	}
	slices.SortStableFunc(bk.warnings, func(a, b event.BasketWarning) int {
		switch {
		case a.Hard != b.Hard && a.Hard, a.Hard == b.Hard && b.Amount.Less(a.Amount):
			return -1
		case a.Hard != b.Hard || a.Amount.Less(b.Amount):
			return 1
		}
		return 0
	})
}

// words is an order as people speak of it.
func words(t *order.Terms) string {
	s := fmt.Sprintf("%v %d %s", t.Side, t.Qty, t.Symbol)
	if t.Limit > 0 {
		s += fmt.Sprintf(" at %v", t.Limit)
	}
	return s
}

// waitWords says how much of a basket waits: what was refused is in its amount and goes nowhere.
func (e *Engine) waitWords(bk *basket) string {
	worth := market.Notional{}
	for _, id := range bk.waiting {
		p := e.parents[id]
		worth = worth.Add(e.gate.Amount(&p.Terms, p.symbol.quote))
	}
	return fmt.Sprintf("; %d wait, worth %s", len(bk.waiting), worth.Dollars())
}

// short is a text as long as a refusal or a line of a summary has room for: what clients sent is in it.
func short(s string) string {
	const most = 512
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// complete judges a list whose last order came: without a warning all of it goes on, else it waits for one decision.
func (e *Engine) complete(bk *basket) {
	switch {
	case bk.stand == event.BasketRefused:
	case len(bk.waiting) == 0:
		bk.stand = event.BasketRefused
	case len(bk.warnings) == 0:
		bk.stand = event.BasketPassed
		e.release(bk, "its basket is complete")
		e.dropBasket(bk)
		return
	default:
		e.letWait(bk)
	}
	e.tellBasket(bk)
	if bk.stand.Ended() {
		e.dropBasket(bk)
	}
}

// letWait begins the time in which a person decides.
func (e *Engine) letWait(bk *basket) {
	bk.stand, bk.until = event.BasketWaits, bk.since.Add(basketDecided)
	e.timers.push(timer{at: bk.until, kind: timerBasket})
}

// release lets what waits of a basket go on, not all of it in one step of the engine: a halt must find its way between.
func (e *Engine) release(bk *basket, why string) (n int) {
	for _, id := range bk.waiting {
		if p := e.parents[id]; p != nil && p.Hold == order.HoldConfirm && !p.State.Done() {
			p.Hold, p.Reason = order.HoldNone, ""
			e.recordParent(p)
			if later := n / basketAtOnce; later > 0 {
				e.wake(p, e.now.Add(int64(later)*market.Millisecond))
			} else {
				e.afterChild(p, why)
			}
			n++
		}
	}
	bk.waiting = nil
	return n
}

// leaveBasket takes an order that ended by itself, such as by its client's cancel, out of the basket in which it waited. With
// the last one the basket is over, and people see that there is nothing to decide any more.
func (e *Engine) leaveBasket(id order.ParentID) {
	for _, bk := range e.baskets {
		i, found := slices.BinarySearch(bk.waiting, id)
		if !found || bk.stand.Ended() {
			continue
		}
		if bk.waiting = slices.Delete(bk.waiting, i, i+1); len(bk.waiting) == 0 && bk.list == "" {
			bk.tellAt = 0
		}
		if len(bk.waiting) == 0 && bk.stand == event.BasketWaits {
			bk.stand = event.BasketDenied
			e.recordBasket(bk, "", "what waited ended by itself")
			e.dropBasket(bk)
		}
		return
	}
}

// withdrawBasket ends what waits of a basket; its client learns why.
func (e *Engine) withdrawBasket(bk *basket, why string) {
	for _, id := range bk.waiting {
		if p := e.parents[id]; p != nil && p.Hold == order.HoldConfirm && !p.State.Done() && p.ask.kind.yields() {
			bk.refused++
			e.ask(p, request{kind: withdrawRequest}, why)
		}
	}
	bk.waiting = nil
}

// basketDecided is a person's one decision on a basket's warnings. Nobody overrides the hard ones: their orders were refused.
func (e *Engine) basketDecided(b *event.BasketDecided) {
	i := slices.IndexFunc(e.baskets, func(bk *basket) bool { return bk.id == b.Basket })
	why := ""
	switch {
	case i < 0 || len(e.baskets[i].waiting) == 0:
		why = fmt.Sprintf("nothing waits in basket %d: `sluice basket` lists those of which something does", b.Basket)
	case strings.TrimSpace(b.Actor) == "" || strings.TrimSpace(b.Reason) == "":
		why = "a decision on a basket needs a name and a reason"
	case b.Confirm && e.baskets[i].stand == event.BasketOpen && e.baskets[i].list != "":
		why = fmt.Sprintf("basket %d has %d of %d orders yet: it is confirmed when it is whole", b.Basket, e.baskets[i].orders, e.baskets[i].of)
	case b.Confirm && e.baskets[i].stand == event.BasketOpen: // who confirms must have seen all of it
		why = fmt.Sprintf("orders may still join basket %d for %d seconds: look at it again then, and confirm", b.Basket, 1+e.baskets[i].tellAt.Sub(e.now)/market.Second)
	case b.Confirm && e.degraded >= event.DegradedParents:
		why = fmt.Sprintf("no new orders are taken for now (%s): confirm basket %d when that is over, it waits until %v after its first order", e.degradedBy, b.Basket, basketDecided/market.Minute)
	}
	if why != "" {
		e.answer(true, "RISK-20: "+why)
		return
	}
	bk := e.baskets[i]
	summary := bk.summary() + e.waitWords(bk)
	if b.Confirm {
		bk.stand = event.BasketConfirmed
		not := e.withdrawForbidden(bk)
		n := e.release(bk, "confirmed")
		text := fmt.Sprintf("%d orders go on, confirmed by %s: %s: %s", n, b.Actor, b.Reason, summary)
		if not != "" {
			text += "; withdrawn, because meanwhile a hard limit forbids them: " + not
		}
		e.endBasket(bk, b.Actor, b.Reason, text)
		return
	}
	bk.stand = event.BasketDenied
	e.withdrawBasket(bk, fmt.Sprintf("RISK-20: %s: %s: %s", b.Actor, b.Reason, summary))
	e.endBasket(bk, b.Actor, b.Reason, fmt.Sprintf("withdrawn by %s: %s: %s", b.Actor, b.Reason, summary))
}

// withdrawForbidden withdraws the orders of a basket that a hard limit forbids by now: lists, limits and prices change while
// people think. It gives how many and why one of them.
func (e *Engine) withdrawForbidden(bk *basket) string {
	e.gate.Today(e.learner.dayDate())
	n, why := 0, ""
	for _, id := range bk.waiting {
		p := e.parents[id]
		if p == nil || p.Hold != order.HoldConfirm || p.State.Done() || !p.ask.kind.yields() {
			continue
		}
		e.requote(p.symbol)
		if r := e.gate.Again(p.Client, &p.Terms, p.symbol.quote, e.now); !r.Passed() {
			n, why = n+1, short(r.String())
			bk.refused++
			e.ask(p, request{kind: withdrawRequest}, r.String())
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d, such as: %s", n, why)
}

// endBasket answers a decision and forgets the basket.
func (e *Engine) endBasket(bk *basket, actor, reason, text string) {
	e.answer(false, text)
	e.raise(event.Warn, "RISK-20", nil, nil, text)
	e.recordBasket(bk, actor, reason)
	e.dropBasket(bk)
}

// basketsDue tells people of baskets, and ends those whose time is over.
func (e *Engine) basketsDue() {
	for _, bk := range slices.Clone(e.baskets) {
		if bk.tellAt != 0 && bk.tellAt <= e.now && bk.list == "" && bk.stand == event.BasketOpen {
			e.letWait(bk)
			e.tellBasket(bk)
			continue
		}
		if bk.until > e.now {
			continue
		}
		switch {
		case len(bk.waiting) == 0:
			if open := bk.stand == event.BasketOpen; len(bk.warnings) > 0 && open {
				bk.stand = event.BasketRefused
				e.tellBasket(bk)
			}
		default:
			why := "nobody confirmed it in time"
			if bk.stand == event.BasketOpen {
				why = fmt.Sprintf("only %d of %d orders came within a minute", bk.orders, bk.of)
			}
			bk.stand = event.BasketDenied
			text := why + ": " + bk.summary()
			e.withdrawBasket(bk, "RISK-20: "+text)
			e.raise(event.Warn, "RISK-20", nil, nil, text)
			e.recordBasket(bk, "", why)
		}
		e.dropBasket(bk)
	}
}

func (e *Engine) dropBasket(bk *basket) {
	e.baskets = slices.DeleteFunc(e.baskets, func(x *basket) bool { return x == bk })
}

// tellBasket is the one summary. People hear of one refusal alone from its client, who was told.
func (e *Engine) tellBasket(bk *basket) {
	if len(bk.waiting) == 0 && bk.refused <= 1 {
		return
	}
	text := bk.summary()
	if len(bk.waiting) > 0 {
		text += e.waitWords(bk)
		text += fmt.Sprintf(": `sluice basket confirm %d` or deny", bk.id)
	}
	e.raise(event.Warn, "RISK-20", nil, nil, text)
	e.recordBasket(bk, "", "")
}

// brief is a basket as the client of one of its orders is told of it: a list's size is no factor of the journal's.
func (bk *basket) brief() string {
	var s strings.Builder
	bk.begin(&s)
	return s.String()
}

// begin writes how many orders and warnings a basket has, and how much it is.
func (bk *basket) begin(s *strings.Builder) {
	fmt.Fprintf(s, "basket %d of client %s", bk.id, bk.client)
	if bk.list != "" {
		fmt.Fprintf(s, ", list %q, %d of %d orders", bk.list, bk.orders, bk.of)
	} else {
		fmt.Fprintf(s, ", %d orders", bk.orders)
	}
	fmt.Fprintf(s, ", %s", bk.amount.Dollars())
	if bk.stand == event.BasketRefused {
		s.WriteString(", refused whole")
	}
	warnings := uint32(0)
	for i := range bk.warnings {
		warnings += bk.warnings[i].Orders
	}
	fmt.Fprintf(s, "; %d warnings", warnings)
}

// summary is a basket in one line: how many, how much, and the warnings, the worst first.
func (bk *basket) summary() string {
	var s strings.Builder
	bk.begin(&s)
	for i := range bk.warnings {
		w := &bk.warnings[i]
		kind := "to be confirmed"
		if w.Hard {
			kind = "refused"
		}
		sep := ";"
		if i == 0 {
			sep = ", the worst first:"
		}
		fmt.Fprintf(&s, "%s %s %d times, %s, such as: %s", sep, w.Rule, w.Orders, kind, w.Worst)
	}
	return s.String()
}

// recordOf is a basket as people see it.
func (e *Engine) recordOf(bk *basket) event.RecordBasket {
	return event.RecordBasket{Basket: bk.id, Client: bk.client, List: bk.list, Of: bk.of, Orders: bk.orders, Refused: bk.refused, Waiting: uint32(len(bk.waiting)),
		Amount: bk.amount, Warnings: slices.Clone(bk.warnings), Stand: bk.stand, Since: bk.since, At: e.now}
}

func (e *Engine) recordBasket(bk *basket, actor, reason string) {
	r := add(&e.cmds, &e.cmds.baskets)
	*r = e.recordOf(bk)
	r.Actor, r.Reason = actor, reason
}

// Baskets gives the baskets of which something waits, the oldest first.
func (e *Engine) Baskets() (out []event.RecordBasket) {
	for _, bk := range e.baskets {
		if len(bk.waiting) > 0 {
			out = append(out, e.recordOf(bk))
		}
	}
	return out
}

func (e *Engine) visitBaskets(c *snapshot.Coder) {
	snapshot.Uint(c, &e.lastBasket)
	snapshot.List(c, &e.baskets, func(b **basket, c *snapshot.Coder) {
		if c.Decoding() {
			*b = new(basket)
		}
		(*b).visit(c)
	})
}

func (bk *basket) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &bk.id)
	snapshot.Text(c, &bk.client)
	snapshot.Text(c, &bk.list)
	snapshot.Uint(c, &bk.of)
	snapshot.Uint(c, &bk.orders)
	snapshot.Uint(c, &bk.refused)
	snapshot.Amount(&bk.amount, c)
	snapshot.List(c, &bk.warnings, func(w *event.BasketWarning, c *snapshot.Coder) {
		snapshot.Text(c, &w.Rule)
		snapshot.Flag(c, &w.Hard)
		snapshot.Uint(c, &w.Orders)
		snapshot.Text(c, &w.Worst)
		snapshot.Amount(&w.Amount, c)
	})
	snapshot.List(c, &bk.waiting, func(id *order.ParentID, c *snapshot.Coder) { snapshot.Uint(c, id) })
	snapshot.Uint(c, &bk.stand)
	snapshot.Int(c, &bk.since)
	snapshot.Int(c, &bk.until)
	snapshot.Int(c, &bk.tellAt)
}
