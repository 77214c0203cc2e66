package router

import (
	"fmt"
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
	if t.busted {
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

// command takes in what the engine wants done, and says what is wrong with it, empty if nothing.
func (m *model) command(cmd event.Body) string {
	switch c := cmd.(type) {
	case *event.SendChild:
		p := m.parents[c.Child.Parent]
		if p == nil || m.children[c.Child.ID] != nil {
			return fmt.Sprintf("child %d is sent twice, or for nobody", c.Child.ID)
		}
		child := &modelChild{parent: p, state: 'A', ioc: c.Child.TIF == order.IOC, qty: int64(c.Child.Qty), leaves: int64(c.Child.Qty), limit: int64(c.Child.Limit)}
		m.children[c.Child.ID], p.children = child, append(p.children, child)
		if p.closed != 0 || p.pending != 0 {
			return fmt.Sprintf("INV-10: child %d is sent for an order that is %c, pending %c", c.Child.ID, p.closed, p.pending)
		}
	case *event.CancelChild:
		m.children[c.Child].requests = c.Request
	case *event.ReplaceChild:
		k := m.children[c.Child]
		if k.replacing || k.over() || k.state == 'A' {
			return fmt.Sprintf("ER-05: child %d, %c, is replaced while a replace is pending: %v", c.Child, k.state, k.replacing)
		}
		k.requests, k.replacing, k.asked = c.Request, true, *c
	case *event.RecordChild:
		// Filled is not an end for being unknown: a correction that waited for the last fill brings the order back in the same event.
		if k := m.children[c.Child.ID]; k != nil && !k.over() && k.unknown >= 2 && c.Child.State.Done() && c.Child.State != order.Filled {
			if k.state == 'A' && k.cum == 0 {
				k.ends('N')
			} else {
				k.ends('4')
			}
		}
	case *event.Raise:
		if k := m.children[c.Child]; k != nil && c.Code == "ER-21" {
			k.early = slices.DeleteFunc(k.early, func(r modelRevision) bool { return m.now.Sub(r.at) >= 60*market.Second })
		}
	case *event.AnswerPerson:
		if c.Refused && m.person {
			return "a true word was refused: " + c.Text
		}
	case *event.RejectRequest:
		return m.refused(c)
	case *event.ReportParent:
		return m.report(c)
	}
	return ""
}

// refused is a 9: a pending request that it names is over, and it carries what stands (ER-04).
func (m *model) refused(r *event.RejectRequest) string {
	p := m.parents[r.Parent]
	if p == nil {
		return ""
	}
	if p.pending != 0 && p.ask == r.ClOrdID {
		p.pending = 0
	}
	want := p.pending
	if want == 0 {
		want = p.status(p.told.cum)
	}
	if r.OrdStatus != want || r.OrigClOrdID != p.id {
		return fmt.Sprintf("ER-04: 9 for %s says 39=%c 41=%s, want %c %s", r.ClOrdID, r.OrdStatus, r.OrigClOrdID, want, p.id)
	}
	return ""
}

// report is an ExecutionReport to the client: what it says must follow from what happened.
func (m *model) report(r *event.ReportParent) string {
	p := m.parents[r.Parent]
	if r.Parent == 0 {
		return ""
	}
	if p == nil {
		a, known := m.asked[[2]string{r.Client, r.ClOrdID}]
		if !known || r.ExecType != '0' && r.ExecType != '8' {
			return fmt.Sprintf("150=%c of an order that nobody sent: %+v", r.ExecType, *r)
		}
		p = &modelParent{client: r.Client, id: r.ClOrdID, terms: a.terms}
		m.parents[r.Parent] = p
	}
	id, orig := p.id, ""
	switch r.ExecType {
	case '0', 'I':
	case '8':
		p.closed = '8'
	case 'F', 'H', 'G':
		if text := m.trades(p, r); text != "" {
			return text
		}
	case '6', 'E':
		p.pending, p.ask, id, orig = r.ExecType, r.ClOrdID, r.ClOrdID, p.id
		if _, asked := m.asked[[2]string{p.client, r.ClOrdID}]; !asked {
			return fmt.Sprintf("ER-04: 150=%c for %q, which the client never sent", r.ExecType, r.ClOrdID)
		}
	case '5':
		a := m.asked[[2]string{p.client, r.ClOrdID}]
		if !a.replace {
			return fmt.Sprintf("ER-04: 150=5 for %q, which is no replace", r.ClOrdID)
		}
		id, orig = r.ClOrdID, p.id
		p.id, p.pending, p.terms = r.ClOrdID, 0, a.terms
		p.night = p.night && (a.terms.TIF == order.GTC || a.terms.TIF == order.GTD) // amended overnight it stays done for the day
		p.terms.Qty = max(p.terms.Qty, market.Qty(p.told.cum))                      // ER-06
	case '4', 'C':
		if p.pending == '6' {
			id, orig = p.ask, p.id
		}
		p.closed, p.pending = r.ExecType, 0
		for _, c := range p.children {
			if !c.over() && len(m.due) == 0 { // a revision that waited for this trade comes after it, and may revive its order
				return fmt.Sprintf("DEF-15: 150=%c while a child is %c with %d left", r.ExecType, c.state, c.leaves)
			}
		}
	case '3', 'D': // a GT order's night, and its morning
		p.night = r.ExecType == '3'
		for _, c := range p.children {
			if p.night && !c.over() && len(m.due) == 0 {
				return fmt.Sprintf("150=3 while a child is %c with %d left", c.state, c.leaves)
			}
		}
	default:
		return fmt.Sprintf("150=%c is unknown to the model", r.ExecType)
	}
	return p.says(r, id, orig)
}

// says compares a report with what stands.
func (p *modelParent) says(r *event.ReportParent, id, orig string) string {
	status := p.status(p.told.cum)
	if p.pending == '6' && p.ask == p.id && status == '2' { // a mass cancel: the fill is the answer
		p.pending = 0
	}
	if p.pending != 0 {
		status = p.pending
	}
	got := fmt.Sprintf("11=%s 41=%s 39=%c 38=%d 14=%d 151=%d 6=%d", r.ClOrdID, r.OrigClOrdID, r.OrdStatus, r.Terms.Qty, r.Cum, max(0, r.Leaves), r.AvgPx)
	want := fmt.Sprintf("11=%s 41=%s 39=%c 38=%d 14=%d 151=%d 6=%d", id, orig, status, p.terms.Qty, p.told.cum, p.leaves(p.told.cum), average(p.told.value, p.told.cum))
	if got != want {
		return fmt.Sprintf("150=%c says\n%s, the model\n%s", r.ExecType, got, want)
	}
	return ""
}

// trades is an F, H or G: of the next booking that the client was not told of, with its own ids (ER-22).
func (m *model) trades(p *modelParent, r *event.ReportParent) string {
	if len(m.due) == 0 || m.due[0].parent != p || m.due[0].kind != r.ExecType {
		return fmt.Sprintf("INV-06: 150=%c of %d without a booking", r.ExecType, r.LastQty)
	}
	d := m.due[0]
	m.due, p.told = m.due[1:], d
	p.night = p.night && d.cum < int64(p.terms.Qty)
	if int64(r.LastQty) != d.qty || int64(r.LastPx) != d.px {
		return fmt.Sprintf("150=%c of %d at %d, the model booked %d at %d", r.ExecType, r.LastQty, r.LastPx, d.qty, d.px)
	}
	if r.ExecType == 'F' {
		d.trade.report = r.ExecID
	} else if r.RefExecID != d.trade.report {
		return fmt.Sprintf("ER-22: 150=%c names 19=%d, the trade was reported as %d", r.ExecType, r.RefExecID, d.trade.report)
	}
	return ""
}

// letters are the model's names of the engine's states.
var letters = map[order.State]byte{order.PendingNew: 'A', order.New: '0', order.PartiallyFilled: '1', order.Stopped: '7', order.Suspended: '9',
	order.DoneForDay: '3', order.Filled: '2', order.Canceled: '4', order.Expired: 'C', order.Rejected: '8', order.NeverSent: 'N'}

// end is the end of an event: nothing may be left that a client was to be told, and a pending request that a fill overtook
// is over without a word where nobody asked for the order alone.
func (m *model) end() string {
	if len(m.due) > 0 {
		return fmt.Sprintf("INV-06: a client was not told of a %c of %d", m.due[0].kind, m.due[0].qty)
	}
	return ""
}

// sameChild and sameParent compare the engine with the model.
func (m *model) sameChild(c *childState) string {
	k := m.children[c.ID]
	got := fmt.Sprintf("%c cum %d leaves %d of %d avg %d", letters[c.State], c.Cum, c.Leaves, c.Qty, c.AvgPx())
	want := fmt.Sprintf("%c cum %d leaves %d of %d avg %d", k.state, k.cum, k.leaves, k.qty, average(k.value, k.cum))
	if got != want {
		return fmt.Sprintf("TEST-05: child %d is\n%s, the model says\n%s", c.ID, got, want)
	}
	return ""
}

func (m *model) sameParent(q *parentState) string {
	p := m.parents[q.ID]
	got := fmt.Sprintf("%s %c cum %d leaves %d avg %d", q.ClOrdID, letters[q.State], q.Cum, max(0, q.Leaves()), q.AvgPx())
	want := fmt.Sprintf("%s %c cum %d leaves %d avg %d", p.id, p.status(p.cum), p.cum, p.leaves(p.cum), average(p.value, p.cum))
	if got != want {
		return fmt.Sprintf("TEST-05: parent %d is\n%s, the model says\n%s", q.ID, got, want)
	}
	return ""
}
