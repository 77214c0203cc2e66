package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// FIX 103, OrdRejReason.
const (
	rejectUnknownSymbol  = 1
	rejectDuplicate      = 6
	rejectUnsupported    = 11
	rejectOther          = 99
	cancelTooLate        = 0 // FIX 102, CxlRejReason
	cancelUnknown        = 1
	cancelOther          = 2 // broker option
	cancelAlreadyPending = 3
	cancelDuplicateID    = 6
	clientGrace          = 30 * market.Second // RACE-09
	statusUnknownOrder   = '8'
)

// parentReceived is step one of an order's life: check, take it in, tell the client, and begin.
func (e *Engine) parentReceived(b *event.ParentReceived) {
	key := clientOrder{b.Client, b.ClOrdID}
	if id, known := e.names[key]; known {
		e.repeated(e.parents[id], b)
		return
	}
	policy := e.policy(b.Client)
	b.Terms.HideDark = b.Terms.HideDark || policy.HideDark
	b.Terms.NoExplore = b.Terms.NoExplore || policy.NoExplore
	s := e.symbols[b.Terms.Symbol]
	p := &parentState{symbol: s, directed: -1}
	p.Parent = order.Parent{Client: b.Client, ClOrdID: b.ClOrdID, Terms: b.Terms, Received: e.now}
	if s == nil {
		e.refuse(p, rejectUnknownSymbol, fmt.Sprintf("symbol %q is not traded by this router", b.Terms.Symbol))
		return
	}
	e.requote(s)
	p.Arrival, p.ArrivalNBBO = s.quote.Mid(), s.quote
	if r := e.gate.Parent(b.Client, b.ClOrdID, &p.Terms, s.quote, e.now); r.Rule != "" {
		e.refuse(p, r.Reason, r.Rule+": "+r.Text)
		return
	}
	if reason, text := e.unsupported(p); text != "" {
		e.refuse(p, reason, text)
		return
	}
	e.admit(p, key)
	e.work(p, "arrival")
}

// unsupported names what this router cannot do with an otherwise lawful order.
func (e *Engine) unsupported(p *parentState) (reason uint16, text string) {
	t := &p.Terms
	switch {
	case t.TIF == order.FOK:
		return rejectUnsupported, "time in force FOK (59=4) cannot be held over several venues: send IOC with a minimum quantity (110)"
	case t.TIF == order.IOC && t.Strategy != order.Immediate:
		return rejectUnsupported, fmt.Sprintf("time in force IOC (59=3) contradicts strategy %v", t.Strategy)
	case t.Type != order.Market && t.Type != order.Limit:
		return rejectUnsupported, fmt.Sprintf("a parent of type %v is not worked: send market (40=1) or limit (40=2)", t.Type)
	case t.End != 0 && t.End <= e.now:
		return rejectOther, "the end time has passed"
	case t.TIF == order.GTD && t.ExpireAt <= e.now:
		return rejectOther, "the expiry time (126) has passed"
	case t.Strategy == order.POV && t.MaxPctBps <= 0:
		return rejectOther, "strategy POV needs a maximum participation rate (849)"
	case t.Strategy == order.VWAP && e.endOf(p) <= max(e.now, t.Start):
		return rejectOther, "strategy VWAP needs an end after its start"
	}
	if t.Directed == "" {
		return 0, ""
	}
	p.directed = slices.IndexFunc(e.venues, func(v venueState) bool { return v.Name == t.Directed || v.MIC == t.Directed })
	if p.directed < 0 {
		return rejectOther, fmt.Sprintf("the order is directed (100) to %q, which is not configured", t.Directed)
	}
	return 0, ""
}

// admit books a parent in and acknowledges it.
func (e *Engine) admit(p *parentState, key clientOrder) {
	e.lastParent++
	p.ID, p.State = e.lastParent, order.New
	p.standing = make([]standing, len(e.venues))
	e.parents[p.ID] = p
	e.names[key] = p.ID
	e.live = append(e.live, p)
	e.holdSymbol(p.symbol)
	e.clientUp(p.Client)
	e.gate.Accepted(&p.Parent, p.symbol.reference())
	e.report(p, '0')
	e.recordParent(p)
	e.wake(p, e.endOf(p))
}

// refuse answers an order that never became a parent. It keeps its name, so that a repeat is told apart, and has no id.
func (e *Engine) refuse(p *parentState, reason uint16, text string) {
	p.State, p.Reason, p.DoneAt = order.Rejected, text, e.now
	e.lastParent++
	p.ID = e.lastParent
	e.parents[p.ID] = p
	e.names[clientOrder{p.Client, p.ClOrdID}] = p.ID
	r := e.report(p, '8')
	r.Reason, r.Text = reason, text
	e.recordParent(p)
}

// repeated answers a ClOrdID that this client used before: a possible resend learns its order's status, anything else
// is a duplicate (FIX-03, ER-18).
func (e *Engine) repeated(p *parentState, b *event.ParentReceived) {
	if b.Resend {
		e.report(p, 'I').Resend = true
		return
	}
	r := add(&e.cmds, &e.cmds.reports)
	e.lastReport++
	*r = event.ReportParent{Client: b.Client, ExecID: e.lastReport, ClOrdID: b.ClOrdID, ExecType: '8', OrdStatus: '8',
		Terms: b.Terms, Reason: rejectDuplicate, Text: "ClOrdID (11) was used before in this session", At: e.now}
}

// cancelRequested is an F. The answer is 6 at once and 4 when nothing can fill any more.
func (e *Engine) cancelRequested(b *event.ParentCancelRequested) {
	p := e.target(b.Client, b.ClOrdID, b.OrigClOrdID, false)
	if p == nil {
		return
	}
	if p.ask.kind == replaceRequest { // the cancel overtakes: the replace is answered first
		e.rejectRequest(p, p.ask.clOrdID, p.ask.origClOrdID, true, cancelTooLate, "a cancel followed")
	}
	p.ask = request{kind: cancelRequest, clOrdID: b.ClOrdID, origClOrdID: b.OrigClOrdID}
	p.Hold = order.HoldCancel
	e.reportAsked(p, '6')
	e.cancelChildren(p, "client cancel")
	e.settle(p)
}

// replaceRequested is a G: it carries every term anew and its quantity is the new total (ER-06, FIX-09).
func (e *Engine) replaceRequested(b *event.ParentReplaceRequested) {
	p := e.target(b.Client, b.ClOrdID, b.OrigClOrdID, true)
	if p == nil {
		return
	}
	reject := func(text string) {
		e.rejectRequest(p, b.ClOrdID, b.OrigClOrdID, true, cancelOther, text)
	}
	t := b.Terms
	switch {
	case p.ask.kind != noRequest:
		e.rejectRequest(p, b.ClOrdID, b.OrigClOrdID, true, cancelAlreadyPending, "a request is pending")
		return
	case t.Symbol != p.Terms.Symbol || t.Side != p.Terms.Side || t.Account != p.Terms.Account:
		reject("symbol, side and account cannot be replaced")
		return
	case t.Qty < p.Cum:
		e.rejectRequest(p, b.ClOrdID, b.OrigClOrdID, true, cancelTooLate, fmt.Sprintf("%d shares are already filled", p.Cum))
		return
	}
	if r := e.gate.Replace(p.Client, &p.Terms, &t, p.symbol.quote, e.now); r.Rule != "" {
		reject(r.Rule + ": " + r.Text)
		return
	}
	old := p.Terms
	p.Terms = t
	_, text := e.unsupported(p)
	p.Terms = old
	if text != "" {
		reject(text)
		return
	}
	p.ask = request{kind: replaceRequest, clOrdID: b.ClOrdID, origClOrdID: b.OrigClOrdID, terms: t}
	e.makeRoom(p)
	if !e.settle(p) {
		e.reportAsked(p, 'E')
	}
}

// makeRoom withdraws children that the pending terms do not allow: those priced beyond the new limit, then as many as
// the new quantity needs, the most toxic style first (ER-07).
func (e *Engine) makeRoom(p *parentState) {
	t := &p.ask.terms
	for _, c := range p.children {
		if t.Limit > 0 && (c.Limit == 0 || t.Side.Worse(c.Limit, t.Limit)) {
			e.cancelChild(c, "client lowered the limit")
		}
	}
	over := p.Cum + p.exposure() - t.Qty
	for _, style := range [...]order.Style{order.StyleTake, order.StyleSweep, order.StylePost, order.StyleDLimit, order.StyleDark, order.StyleInternal} {
		for _, c := range p.children {
			if over <= 0 {
				return
			}
			if c.Style == style && !c.PendingCancel {
				over -= c.Exposure()
				e.cancelChild(c, "client reduced the order")
			}
		}
	}
}

// target finds the parent a request is for and answers the ones that cannot be served.
func (e *Engine) target(client, clOrdID, orig string, replace bool) *parentState {
	id, known := e.names[clientOrder{client, orig}]
	if !known {
		r := e.newRequestReject(client, clOrdID, orig, replace)
		r.OrdStatus, r.Reason, r.Text = statusUnknownOrder, cancelUnknown, "OrigClOrdID (41) is unknown"
		return nil
	}
	p := e.parents[id]
	if _, used := e.names[clientOrder{client, clOrdID}]; used {
		e.rejectRequest(p, clOrdID, orig, replace, cancelDuplicateID, "ClOrdID (11) was used before in this session")
		return nil
	}
	if p.State.Done() {
		e.rejectRequest(p, clOrdID, orig, replace, cancelTooLate, "the order is "+p.State.String())
		return nil
	}
	if p.ask.kind == cancelRequest || p.ask.kind == expireRequest {
		e.rejectRequest(p, clOrdID, orig, replace, cancelAlreadyPending, "a cancel is pending")
		return nil
	}
	e.names[clientOrder{client, clOrdID}] = p.ID
	return p
}

// settle answers the client's pending request, if what it waits for has come, and reports whether none is pending.
func (e *Engine) settle(p *parentState) bool {
	switch p.ask.kind {
	case cancelRequest, expireRequest:
		if p.exposure() > 0 {
			return false
		}
		ask := p.ask
		p.ask = request{}
		if ask.kind == cancelRequest {
			p.State = order.Canceled
			e.closeParent(p, '4', ask)
		} else {
			p.State = order.Expired
			e.closeParent(p, 'C', ask)
		}
	case replaceRequest:
		t := &p.ask.terms
		if p.Cum+p.exposure() > max(t.Qty, p.Cum) || e.violates(p, t) {
			return false
		}
		e.replaceDone(p)
	}
	return true
}

// violates reports whether a live child is priced beyond the limit of t.
func (e *Engine) violates(p *parentState, t *order.Terms) bool {
	for _, c := range p.children {
		if t.Limit > 0 && (c.Limit == 0 || t.Side.Worse(c.Limit, t.Limit)) {
			return true
		}
	}
	return false
}

// replaceDone puts the new terms in force; fills in flight may have made the order larger than asked (matrix C.3.c).
func (e *Engine) replaceDone(p *parentState) {
	ask := p.ask
	p.ask = request{}
	p.Terms = ask.terms
	p.Terms.Qty = max(p.Terms.Qty, p.Cum)
	p.ClOrdID = ask.clOrdID
	p.State, _ = order.Next(p.State, order.WasReplaced, int64(p.Cum), int64(p.Terms.Qty-p.Cum))
	if p.State == order.Filled {
		e.closeParent(p, '5', ask)
		return
	}
	e.gate.Replaced(&p.Parent, p.symbol.reference(), e.now)
	r := e.report(p, '5')
	r.OrigClOrdID = ask.origClOrdID
	e.recordParent(p)
	e.wake(p, e.endOf(p))
	e.work(p, "replace")
}

// statusRequested is an H: the answer is 150=I.
func (e *Engine) statusRequested(b *event.ParentStatusRequested) {
	id, known := e.names[clientOrder{b.Client, b.ClOrdID}]
	if !known {
		r := add(&e.cmds, &e.cmds.reports)
		e.lastReport++
		*r = event.ReportParent{Client: b.Client, ExecID: e.lastReport, ClOrdID: b.ClOrdID, ExecType: 'I', OrdStatus: '8',
			Reason: 5, Text: "unknown order", At: e.now} // 103=5
		return
	}
	e.report(e.parents[id], 'I')
}

// steered is a person's control of a parent.
func (e *Engine) steered(b *event.ParentSteered) {
	p := e.parents[b.Parent]
	if p == nil || p.State.Done() {
		e.raise(event.Warn, "STEER", nil, nil, fmt.Sprintf("%s steered parent %d, which is not working", b.Actor, b.Parent))
		return
	}
	switch b.Steer {
	case event.SteerPause:
		if p.Hold == order.HoldNone {
			p.Hold = order.HoldPaused
			e.cancelChildren(p, "paused by "+b.Actor)
		}
	case event.SteerResume:
		if p.Hold == order.HoldPaused {
			p.Hold = order.HoldNone
			e.work(p, "resumed")
		}
	case event.SteerUrgency:
		p.Terms.Urgency = b.Urgency
		e.work(p, "urgency")
	case event.SteerCancel:
		if p.ask.kind == noRequest {
			p.Hold, p.Reason = order.HoldCancel, "canceled by "+b.Actor
			p.ask = request{kind: cancelRequest, clOrdID: p.ClOrdID}
			e.cancelChildren(p, p.Reason)
			e.settle(p)
			return
		}
	}
	e.recordParent(p)
}

// clientUp notes that a client is there; its first order does too.
func (e *Engine) clientUp(name string) {
	c := e.client(name)
	if !c.down {
		return
	}
	c.down = false
	for _, p := range slices.Clone(e.live) {
		if p.Client == name {
			e.afterChild(p, "client back")
		}
	}
}

// clientDown starts a client's grace: no new children, and cancel when it does not come back (RACE-09).
func (e *Engine) clientDown(name string) {
	i := slices.IndexFunc(e.clients, func(c clientState) bool { return c.name == name })
	if i < 0 || e.clients[i].down {
		return
	}
	policy := e.policy(name)
	if policy.Stay {
		return
	}
	grace := policy.GraceNs
	if grace == 0 {
		grace = clientGrace
	}
	e.clients[i].down = true
	e.clients[i].gone++
	e.timers.push(timer{at: e.now.Add(max(0, grace)), kind: timerClient, client: i, gone: e.clients[i].gone})
}

// policy gives what holds for all orders of a client.
func (e *Engine) policy(name string) ClientPolicy {
	for i := range e.cfg.Clients {
		if e.cfg.Clients[i].Name == name {
			return e.cfg.Clients[i]
		}
	}
	return ClientPolicy{Name: name}
}

func (e *Engine) clientOverdue(i int, gone uint32) {
	c := &e.clients[i]
	if !c.down || c.gone != gone {
		return
	}
	for _, p := range slices.Clone(e.live) {
		if p.Client == c.name && p.ask.kind == noRequest {
			p.Hold, p.Reason = order.HoldCancel, "the client's session stayed down"
			p.ask = request{kind: cancelRequest, clOrdID: p.ClOrdID}
			e.cancelChildren(p, p.Reason)
			e.settle(p)
		}
	}
}

func (e *Engine) client(name string) *clientState {
	for i := range e.clients {
		if e.clients[i].name == name {
			return &e.clients[i]
		}
	}
	e.clients = append(e.clients, clientState{name: name})
	return &e.clients[len(e.clients)-1]
}
