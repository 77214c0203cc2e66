package risk

import (
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// LastGate is stage B: the quantity check and the kill flag at the send point, after every queue (RISK-01, PACE-05). It
// is fed with the journal's events and commands through [LastGate.Observe] and computes everything anew:
//
//   - what a parent may have is what its client asked for in ParentReceived or ParentReplaceRequested, never what the
//     engine says of it; the engine only says which id it gave the order and that a replace is in force;
//   - what a child takes from it is the child's whole quantity while it may still fill, a pending replace at the larger of
//     both, and what it filled once it ended. No credit is given for a fill that is expected not to come (RACE-07).
//
// Observe is called for everything in journal order, except for the intents that Check and CheckReplace judge: those are
// counted when they pass, because only then can they reach the wire. After a restart the journal is observed whole,
// intents included. An intent that would let the parent have more than it asked for is refused and latches the parent:
// nothing more is sent for it until Rearm.
//
// The zero value is not usable; see NewLastGate. It must not be used from two goroutines at once.
type LastGate struct {
	venues   []string // names by id, for the halts
	halts    halts
	asked    map[name]asking // received and not yet named, or replaces not yet in force
	arrived  name            // of the last new order, until it is answered
	parents  map[order.ParentID]*lastParent
	children map[order.ChildID]*lastChild
	spare    []lastChild      // memory for the next children
	done     []order.ParentID // the oldest first; forgotten beyond keepDone
	keepDone int
	orphans  orphans
	newest   order.ParentID // the highest id that the engine gave
	decision decision       // a person's, until the engine has answered it
}

// asking is what a client asked for under a name, and how often: of one that is sent again, each is answered.
type asking struct {
	terms order.Terms
	times int
}

// decision is what a person said of a child in doubt, of a parent that may go on, or of a halt that is to be lifted. It
// holds once the engine has answered that it does.
type decision struct {
	child   order.ChildID
	outcome event.Resolution
	cum     market.Qty
	parent  order.ParentID
	lifts   bool
	scope   scope
}

// lastParent is what the gate knows of one parent.
type lastParent struct {
	client  string
	terms   order.Terms
	taken   market.Qty // the sum over children of what they take
	venues  uint64     // the set of those to which something of it went
	stopped bool       // latched by a breach
	done    bool
	ids     []order.ChildID
}

// lastChild is what the gate knows of one child.
type lastChild struct {
	parent   *lastParent
	qty      market.Qty    // in force at the venue
	pending  []lastReplace // sent and not answered
	once     bool          // rests nowhere: filled whole it has ended, and a bust brings nothing back to its venue
	accepted uint32        // the last replace that the venue accepted
	ended    bool
	unknowns uint8 // how often the venue said that it has no such order
	cum      market.Qty
	byHand   market.Qty // of cum: booked by a person, and not yet reported by the venue
	venueCum market.Qty // the largest the venue said; a bust lowers it
	fills    []lastFill
}

// lastReplace is a replace under way and the quantity it asks for.
type lastReplace struct {
	request uint32
	qty     market.Qty
}

// lastFill is one execution by any id of its chain of corrections.
type lastFill struct {
	ids []string
	qty market.Qty
}

// defaultKeepDone bounds memory: a parent that was done this many parents ago is forgotten, and what is sent for it is
// refused. It is far beyond a day of one desk.
const defaultKeepDone = 100_000

// NewLastGate gives a last gate that has seen nothing. The venues' names are those that halts use.
func NewLastGate(venues []market.Venue) *LastGate {
	g := &LastGate{
		asked:    map[name]asking{},
		parents:  map[order.ParentID]*lastParent{},
		children: map[order.ChildID]*lastChild{},
		keepDone: defaultKeepDone,
	}
	for i := range venues {
		g.venues = append(g.venues, venues[i].Name)
	}
	return g
}

// Check judges a new child at the send point and counts it if it passes: the kill flag, then INV-01 on own counters, and
// side, symbol and limit against what the client sent (INV-07). A child that was counted before is refused: an id is
// sent once (RISK-06).
func (g *LastGate) Check(send *event.SendChild) Refusal {
	c := &send.Child
	p := g.parents[c.Parent]
	switch {
	case p == nil:
		return refuse("RISK-01", reasonOther, "child %d is for parent %d, which the last gate does not know", c.ID, c.Parent)
	case g.halted(p, c.Venue):
		return refuse("KILL-01", reasonBroker, "new orders are halted")
	case p.stopped:
		return refuse("RISK-01", reasonOther, "parent %d is stopped since a child would have overfilled it", c.Parent)
	case g.children[c.ID] != nil:
		return refuse("RISK-06", reasonDuplicate, "child %d was sent before", c.ID)
	case p.done:
		return refuse("INV-10", reasonOther, "parent %d is done", c.Parent)
	case c.Symbol != p.terms.Symbol || c.Side != p.terms.Side || worseThan(p, c.Limit):
		return refuse("INV-07", reasonOther, "child %d: %v %s at %v under an order to %v %s at %v", c.ID, c.Side, c.Symbol, c.Limit, p.terms.Side, p.terms.Symbol, p.terms.Limit)
	case c.Qty <= 0 || c.Qty > p.terms.Qty-p.taken:
		p.stopped = true
		return refuse("RISK-01", reasonQuantity, "child %d of %d shares on top of %d taken, of %d ordered: parent %d is stopped", c.ID, c.Qty, p.taken, p.terms.Qty, c.Parent)
	}
	if held := g.orphans.held(c.Parent, c.Symbol, c.Side, p.venues); c.Qty > p.terms.Qty-p.taken-held {
		return refuse("ER-16", reasonOther, "child %d of %d shares on top of %d taken: %d more may be filled by orders at venues that nobody here knows", c.ID, c.Qty, p.taken, held)
	}
	g.count(p, c)
	return Refusal{}
}

// CheckReplace judges a replace of a child at the send point and counts its new quantity if it passes; cancels need no
// check (RISK-22).
func (g *LastGate) CheckReplace(r *event.ReplaceChild) Refusal {
	c := g.children[r.Child]
	if c == nil {
		return refuse("RISK-01", reasonOther, "a replace of child %d, which the last gate did not see sent", r.Child)
	}
	p := c.parent
	before, after := c.takes(), max(c.takes(), r.Qty)
	larger := r.Qty > c.qty
	switch {
	case c.ended:
		return refuse("INV-10", reasonOther, "child %d has ended", r.Child)
	case worseThan(p, r.Limit):
		return refuse("INV-07", reasonOther, "child %d at %v under an order at %v", r.Child, r.Limit, p.terms.Limit)
	case larger && g.halted(p, r.Venue):
		return refuse("KILL-01", reasonBroker, "new orders are halted")
	case larger && (p.stopped || p.done):
		return refuse("RISK-01", reasonOther, "the parent of child %d is stopped or done", r.Child)
	case r.Qty <= 0 || after > before && after-before > p.terms.Qty-p.taken:
		p.stopped = true
		return refuse("RISK-01", reasonQuantity, "child %d replaced to %d shares on top of %d taken, of %d ordered: the parent is stopped", r.Child, r.Qty, p.taken-before, p.terms.Qty)
	}
	c.change(func() { c.asked(r) })
	return Refusal{}
}

// Leaves judges what passed and then waited in a session's queue, at the queue's exit: a halt that came meanwhile stops a new
// child (request 0) and a replace that asks for more. It counts nothing (KILL-01, PACE-05).
func (g *LastGate) Leaves(id order.ChildID, request uint32, venue market.VenueID) Refusal {
	if len(g.halts) == 0 {
		return Refusal{}
	}
	c := g.children[id]
	if c == nil {
		return refuse("KILL-01", reasonBroker, "new orders are halted, and child %d is not known", id)
	}
	larger := request == 0
	for i := range c.pending {
		larger = larger || c.pending[i].request == request && c.pending[i].qty > c.qty
	}
	if larger && g.halted(c.parent, venue) {
		return refuse("KILL-01", reasonBroker, "new orders are halted")
	}
	return Refusal{}
}

// Stopped reports whether a breach latched a parent.
func (g *LastGate) Stopped(p order.ParentID) bool { return g.parents[p] != nil && g.parents[p].stopped }

// Rearm lifts the latch of a parent, after people found out why (RISK-12), and reports whether there was one.
func (g *LastGate) Rearm(p order.ParentID) bool {
	if !g.Stopped(p) {
		return false
	}
	g.parents[p].stopped = false
	return true
}

// Taken is what the children of a parent took or may still take, and what the client asked for.
func (g *LastGate) Taken(p order.ParentID) (taken, asked market.Qty) {
	if l := g.parents[p]; l != nil {
		return l.taken, l.terms.Qty
	}
	return 0, 0
}

// halted reports whether the kill flag covers an order of a parent.
func (g *LastGate) halted(p *lastParent, venue market.VenueID) bool {
	if int(venue) >= len(g.venues) {
		return true // a venue that nobody configured gets nothing
	}
	return g.halts.cover(p.client, p.terms.Symbol, g.venues[venue], p.terms.Strategy)
}

func worseThan(p *lastParent, limit market.Price) bool {
	return limit < 0 || p.terms.Limit > 0 && (limit == 0 || p.terms.Side.Worse(limit, p.terms.Limit))
}

// count takes a child into the counters.
func (g *LastGate) count(p *lastParent, c *order.Child) {
	l := g.newChild()
	l.parent, l.once = p, c.TIF == order.IOC || c.TIF == order.FOK
	g.children[c.ID] = l
	p.ids = append(p.ids, c.ID)
	p.venues |= venueBit(c.Venue)
	l.change(func() { l.qty = c.Qty })
}

// childBlock is how many children share one allocation: the send point allocates once in so many.
const childBlock = 128

// newChild gives a zeroed child.
func (g *LastGate) newChild() *lastChild {
	if len(g.spare) == 0 {
		g.spare = make([]lastChild, childBlock)
	}
	c := &g.spare[0]
	g.spare = g.spare[1:]
	return c
}

// takes is the child's part of what its parent may have.
func (c *lastChild) takes() market.Qty {
	filled := max(c.cum, c.venueCum)
	if c.ended {
		return filled
	}
	most := max(c.qty, filled)
	for _, r := range c.pending {
		most = max(most, r.qty)
	}
	return most
}

func (c *lastChild) asked(r *event.ReplaceChild) {
	c.pending = append(c.pending, lastReplace{r.Request, r.Qty})
}

// change does something to the child and carries the difference to its parent. A sum that cannot be counted any more stays: nothing
// is sent for that parent again.
func (c *lastChild) change(do func()) {
	before := c.takes()
	do()
	if p := c.parent; p.taken < uncounted {
		p.taken = plus(p.taken, c.takes()-before)
	}
}

// uncounted stands for a quantity beyond what can be counted: a venue may say anything.
const uncounted = market.Qty(math.MaxInt64)

// plus is a+b for a ≥ 0, uncounted beyond that.
func plus(a, b market.Qty) market.Qty {
	if b > uncounted-a {
		return uncounted
	}
	return a + b
}
