package router

import (
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// model is what FIX says of orders, written a second time and as plainly as can be (TEST-05): it knows the events and the
// commands, nothing of the engine's state, and shares no code with it, not even the state table. States are letters of
// FIX 39, 'A' pending new and 'N' never sent beside the usual ones.
type model struct {
	now      market.Time
	parents  map[order.ParentID]*modelParent
	children map[order.ChildID]*modelChild
	asked    map[[2]string]modelAsk // by client and ClOrdID
	person   bool                   // this event is a person's word on a child, which is true
	due      []modelTold            // bookings of this event, of which the client is to be told in this order
}

type modelAsk struct {
	replace bool
	terms   order.Terms
}

type modelParent struct {
	client, id string // the last accepted ClOrdID
	terms      order.Terms
	cum, value int64 // as booked
	told       modelTold
	night      bool // done for the day
	closed     byte // '4', 'C' or '8' once it ended otherwise than by being filled
	pending    byte // '6' or 'E'
	ask        string
	children   []*modelChild
}

// modelTold is one F, H or G and what the order has filled after it.
type modelTold struct {
	parent     *modelParent
	kind       byte
	qty, px    int64
	cum, value int64
	trade      *modelTrade
}

type modelTrade struct {
	ids     []string
	qty, px int64
	busted  bool
	report  uint64
}

type modelRevision struct {
	id, ref string
	qty, px int64
	at      market.Time
}

type modelChild struct {
	parent           *modelParent
	state            byte
	ioc              bool
	qty, cum, leaves int64
	value            int64
	trades           []*modelTrade
	early            []modelRevision // came before what they revise (ER-21)
	end              byte            // its end came before its last fills, endCum in all
	endCum           int64
	unknown          int
	limit            int64
	requests         uint32 // cancels and replaces asked for
	accepted         uint32 // the replace in force
	replacing        bool   // asked is not answered
	asked            event.ReplaceChild
}

func newModel() *model {
	return &model{parents: map[order.ParentID]*modelParent{}, children: map[order.ChildID]*modelChild{}, asked: map[[2]string]modelAsk{}}
}

func (c *modelChild) over() bool {
	return c.state == '2' || c.state == '4' || c.state == 'C' || c.state == '8' || c.state == 'N'
}

func (c *modelChild) ends(as byte) { c.state, c.leaves, c.replacing = as, 0, false }

// works is the state of an order that can fill: by what is filled.
func works(cum int64) byte {
	if cum > 0 {
		return '1'
	}
	return '0'
}

// status is FIX 39 without what is pending.
func (p *modelParent) status(cum int64) byte {
	switch {
	case p.closed != 0:
		return p.closed
	case cum >= int64(p.terms.Qty):
		return '2'
	case p.night:
		return '3'
	}
	return works(cum)
}

func (p *modelParent) leaves(cum int64) int64 {
	if p.closed != 0 || cum >= int64(p.terms.Qty) {
		return 0
	}
	return int64(p.terms.Qty) - cum
}

func average(value, cum int64) int64 {
	if cum <= 0 {
		return 0
	}
	return (2*value + cum) / (2 * cum)
}

// event takes in what happened.
func (m *model) event(at market.Time, body event.Body) {
	m.now, m.due, m.person = max(m.now, at), nil, false
	switch b := body.(type) {
	case *event.ParentReceived:
		m.ask(b.Client, b.ClOrdID, modelAsk{terms: b.Terms})
	case *event.ParentReplaceRequested:
		m.ask(b.Client, b.ClOrdID, modelAsk{replace: true, terms: b.Terms})
	case *event.ParentCancelRequested:
		m.ask(b.Client, b.ClOrdID, modelAsk{})
	case *event.Recovered:
		lost, _ := event.UnpackChildren(b.NotSent)
		for _, id := range lost {
			if c := m.children[id]; c != nil && c.state == 'A' {
				c.ends('N')
			}
		}
	default:
		if c := m.children[childOf(body)]; c != nil {
			c.unknownUntil(body)
			m.venue(c, body)
		}
	}
}

func (m *model) ask(client, id string, a modelAsk) {
	if _, used := m.asked[[2]string{client, id}]; !used {
		m.asked[[2]string{client, id}] = a
	}
}

// unknownUntil counts how often a venue said that it has no such order, since it last knew it.
func (c *modelChild) unknownUntil(body event.Body) {
	if s, ok := body.(*event.ChildStatus); ok && s.Unknown {
		c.unknown++
	}
}

// venue takes in a venue's report.
func (m *model) venue(c *modelChild, body event.Body) {
	switch b := body.(type) {
	case *event.ChildExecuted:
		m.executed(c, b)
	case *event.ExecutionBusted:
		m.revised(c, modelRevision{b.ExecID, b.RefExecID, 0, 0, m.now})
	case *event.ExecutionCorrected:
		if b.Qty > 0 && b.Px > 0 {
			m.revised(c, modelRevision{b.ExecID, b.RefExecID, int64(b.Qty), int64(b.Px), m.now})
		}
	case *event.ChildAccepted:
		c.rises()
	}
	if c.over() {
		return
	}
	switch b := body.(type) {
	case *event.ChildDenied:
		c.refused(b.Request)
		if b.Request == 0 && c.state == 'A' {
			c.ends('N')
		}
	case *event.ChildAccepted:
		if !b.Pending {
			c.works()
		}
	case *event.ChildRejected:
		if c.state == 'A' || c.state == '0' {
			c.ends('8')
		}
	case *event.ChildDone:
		c.done(b)
	case *event.ChildReplaced:
		switch {
		case b.Request == 0 || b.Request > c.requests: // restated (ER-10)
			c.changed(int64(b.Qty), int64(b.Limit))
		case b.Request > c.accepted: // an older answer restores nothing (DEF-08)
			c.replaced(b.Request, int64(b.Qty), int64(b.Limit))
		}
	case *event.CancelRejected:
		c.refused(b.Request)
	case *event.ChildStatus:
		c.answered(b)
	case *event.ChildResolved:
		m.person = true
		m.resolved(c, b)
	}
}

// resolved is a person's word, which is true: what was never reported is booked, the rest is free or works (REC-04).
func (m *model) resolved(c *modelChild, b *event.ChildResolved) {
	if missing := int64(b.Cum) - c.cum; missing > 0 {
		m.executed(c, &event.ChildExecuted{ExecID: "by hand", Qty: market.Qty(missing), Px: b.Px})
	}
	switch {
	case c.over():
	case b.Outcome == event.ResolvedCanceled:
		c.ends('4')
	case b.Outcome == event.ResolvedNeverSent:
		c.ends('N')
	default:
		c.works()
	}
}

// rises: what its venue acknowledges was sent after all (REC-04).
func (c *modelChild) rises() {
	if c.state != 'N' || c.cum >= c.qty {
		return
	}
	if c.state, c.leaves, c.end, c.unknown = 'A', c.qty-c.cum, 0, 0; c.cum > 0 {
		c.state = '1'
	}
}

func (c *modelChild) works() {
	if c.state == 'A' || c.state == '9' || c.state == '3' {
		c.state = works(c.cum)
	}
}

// done: an end waits for the fills that it counts (ER-15).
func (c *modelChild) done(b *event.ChildDone) {
	switch b.What {
	case order.WasCanceled, order.WasExpired:
		as := byte('4')
		if b.What == order.WasExpired {
			as = 'C'
		}
		if int64(b.Cum) > c.cum {
			c.end, c.endCum = as, int64(b.Cum)
			return
		}
		c.ends(as)
	case order.WasStopped:
		if c.state == 'A' || c.state == '0' || c.state == '1' {
			c.state = '7'
		}
	case order.WasSuspended:
		if c.state != '3' {
			c.state = '9'
		}
	case order.WasDoneForDay:
		if c.state != 'A' {
			c.state = '3'
		}
	}
}

// answered believes a status only when it counts as we do (REC-04).
func (c *modelChild) answered(b *event.ChildStatus) {
	if b.Unknown || int64(b.Cum) != c.cum {
		return
	}
	if strings.IndexByte("015679E", b.Status) >= 0 && c.replacing && (!c.toldOfReplace(b) || c.over()) {
		return
	}
	switch b.Status {
	case '2':
		if b.Qty > 0 && b.Qty == b.Cum || c.replacing && c.asked.Qty <= b.Cum { // it was reduced to what is filled
			c.replacing = false
			c.changed(int64(b.Cum), 0)
		}
	case '4':
		c.ends('4')
	case 'C', '3':
		c.ends('C')
	case '8':
		if c.state == 'A' || c.state == '0' {
			c.ends('8')
		} else {
			c.ends('4')
		}
	case '7':
		if c.state == 'A' || c.state == '0' || c.state == '1' {
			c.state = '7'
		}
	case '9':
		if c.state != '3' {
			c.state = '9'
		}
	case '0', '1', '5', '6', 'E':
		c.works()
	}
}

// changed is the order as its venue has it now; the new total may be what is filled (ER-06).
func (c *modelChild) changed(qty, limit int64) {
	if qty > 0 {
		c.qty = max(qty, c.cum)
		c.leaves = c.qty - c.cum
	}
	if limit > 0 {
		c.limit = limit
	}
	switch {
	case c.leaves == 0:
		c.state = '2'
	case c.state != '7':
		c.state = works(c.cum)
	}
}

// replaced puts a request in force; what the answer leaves out is as it was asked.
func (c *modelChild) replaced(request uint32, qty, limit int64) {
	c.accepted = request
	if c.replacing && request == c.asked.Request {
		c.replacing = false
		if qty == 0 {
			qty = int64(c.asked.Qty)
		}
		if limit == 0 {
			limit = int64(c.asked.Limit)
		}
	}
	c.changed(qty, limit)
}

func (c *modelChild) refused(request uint32) {
	if c.replacing && request == c.asked.Request {
		c.replacing = false
	}
}

// toldOfReplace reads from a status which terms hold, and reports whether it says so.
func (c *modelChild) toldOfReplace(b *event.ChildStatus) bool {
	total := int64(b.Qty)
	if total == 0 {
		total = int64(b.Cum + b.Leaves)
	}
	fits := func(qty, limit int64) bool {
		return total > 0 && total == qty && (b.Limit == 0 || int64(b.Limit) == limit)
	}
	asked, old := fits(int64(c.asked.Qty), int64(c.asked.Limit)), fits(c.qty, c.limit)
	switch {
	case b.Status == '6' || b.Status == 'E':
		return false
	case asked && !old, b.Request == c.asked.Request && !old:
		c.replaced(c.asked.Request, total, int64(b.Limit))
	case old && !asked:
		c.replacing = false
	case total > 0 && !asked: // the venue's own figure holds
		c.replacing = false
		c.changed(total, int64(b.Limit))
	default:
		return false
	}
	return true
}

func (c *modelChild) trade(id string) *modelTrade {
	for _, t := range c.trades {
		if slices.Contains(t.ids, id) {
			return t
		}
	}
	return nil
}

// executed books a trade once, whatever the order's state (ER-12, RACE-02).
func (m *model) executed(c *modelChild, b *event.ChildExecuted) {
	if b.Qty <= 0 || b.Px <= 0 || b.ExecID == "" || b.ExecID == "0" || c.trade(b.ExecID) != nil {
		return
	}
	t := &modelTrade{ids: []string{b.ExecID}, qty: int64(b.Qty), px: int64(b.Px)}
	c.trades = append(c.trades, t)
	c.book(t.qty, t.qty*t.px)
	if !c.over() {
		switch c.leaves = max(0, c.leaves-t.qty); {
		case c.leaves == 0:
			c.state = '2'
		case c.state != '7' && c.state != '3':
			c.state = '1'
		}
		if c.end != 0 && c.state != '2' && c.cum >= c.endCum {
			c.ends(c.end)
		}
	}
	m.tell(c, 'F', t)
	m.late(c)
}

func (c *modelChild) book(qty, value int64) {
	c.cum, c.value = c.cum+qty, c.value+value
	c.parent.cum, c.parent.value = c.parent.cum+qty, c.parent.value+value
}

func (m *model) tell(c *modelChild, kind byte, t *modelTrade) {
	m.due = append(m.due, modelTold{parent: c.parent, kind: kind, qty: t.qty, px: t.px, cum: c.parent.cum, value: c.parent.value, trade: t})
}

// revised changes a trade, named by any id of its chain, once; one that is not there yet is waited for (ER-20, ER-21).
func (m *model) revised(c *modelChild, r modelRevision) {
	if r.id == r.ref { // no id of its own
		r.id = ""
	}
	if r.id != "" && (c.trade(r.id) != nil || slices.ContainsFunc(c.early, func(e modelRevision) bool { return e.id == r.id })) {
		return
	}
	if c.trade(r.ref) == nil {
		c.early = append(c.early, r)
		return
	}
	m.revise(c, r)
	m.late(c)
}

// late applies what waited.
func (m *model) late(c *modelChild) {
	for i := 0; i < len(c.early); i++ {
		if r := c.early[i]; c.trade(r.ref) != nil {
			c.early = slices.Delete(c.early, i, i+1)
			m.revise(c, r)
			i = -1
		}
	}
}

func (m *model) revise(c *modelChild, r modelRevision) {
	t := c.trade(r.ref)
	if t.busted || r.id == "" && r.qty == t.qty && r.px == t.px {
		return
	}
	if r.id != "" {
		t.ids = append(t.ids, r.id)
	}
	px := r.px
	if r.qty == 0 {
		px = t.px
	}
	c.book(r.qty-t.qty, r.qty*px-t.qty*t.px)
	switch {
	case c.state == '2' && !c.ioc: // it rests in a book again with what was freed
		if c.leaves = max(0, c.qty-c.cum); c.leaves > 0 {
			c.state, c.end, c.replacing = works(c.cum), 0, false
		}
	case !c.over():
		c.leaves = max(0, c.qty-c.cum)
		switch {
		case c.leaves == 0:
			c.state = '2'
		case c.state == '1':
			c.state = works(c.cum)
		}
	}
	if r.qty == 0 {
		t.busted = true
		m.tell(c, 'H', t)
		return
	}
	t.qty, t.px = r.qty, r.px
	m.tell(c, 'G', t)
}
