package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// FIX 103, OrdRejReason.
const (
	rejectBroker         = 0
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
	s := e.symbols[b.Terms.Symbol]
	p := &parentState{symbol: s, directed: -1}
	p.Parent = order.Parent{Client: b.Client, ClOrdID: b.ClOrdID, Terms: e.withPolicy(b.Client, b.Terms), Received: e.now}
	r := e.admissible(p, b)
	if bk := e.basketOf(b, &r); bk != nil {
		e.intoBasket(bk, p, key, &r)
		return
	}
	if !r.Passed() {
		e.refuse(p, r.Reason, r.String())
		return
	}
	e.admit(p, key)
	e.work(p, "arrival")
}

// admissible is everything that may be held against a new order, before anything else (RISK-21).
func (e *Engine) admissible(p *parentState, b *event.ParentReceived) risk.Refusal {
	s := p.symbol
	if s == nil {
		return risk.Refusal{Rule: "RISK-10", Reason: rejectUnknownSymbol, Text: fmt.Sprintf("symbol %q is not traded by this router", b.Terms.Symbol)}
	}
	if e.degraded >= event.DegradedParents {
		return risk.Refusal{Rule: degradedRule(e.degradedBy), Reason: rejectBroker, Text: "no new orders are taken for now: " + e.degradedBy}
	}
	e.gate.Today(e.learner.dayDate())
	e.requote(s)
	p.Arrival, p.ArrivalNBBO = s.quote.Mid(), s.quote
	r := e.gate.Parent(b.Client, b.ClOrdID, &p.Terms, s.quote, e.now)
	if !r.Passed() && !r.Soft {
		return r
	}
	if reason, text := e.unsupported(p, &p.Terms); text != "" {
		return risk.Refusal{Rule: "FIX-09", Reason: reason, Text: text}
	}
	return r
}

// withPolicy gives terms with what holds for all orders of the client.
func (e *Engine) withPolicy(client string, t order.Terms) order.Terms {
	policy := e.policy(client)
	t.HideDark = t.HideDark || policy.HideDark
	t.NoExplore = t.NoExplore || policy.NoExplore
	return t
}

// unsupported names what this router cannot do with terms that are otherwise lawful for p.
func (e *Engine) unsupported(p *parentState, t *order.Terms) (reason uint16, text string) {
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
	case t.Strategy == order.VWAP && e.end(t, p.Received) <= max(e.now, t.Start):
		return rejectOther, "strategy VWAP needs an end after its start"
	case t.Strategy == order.VWAP && e.livesOverDays(t) && e.end(t, p.Received) > e.cfg.Hours.Session(max(e.now, t.Start)).Close:
		return rejectOther, "strategy VWAP must end on the day that it begins"
	case t.Strategy == order.VWAP && e.end(t, p.Received) == forever:
		return rejectOther, "strategy VWAP needs an end time (126 or its own)"
	case t.Directed != "" && e.directedTo(t) < 0:
		return rejectOther, fmt.Sprintf("the order is directed (100) to %q, which is not configured", t.Directed)
	}
	return 0, ""
}

// directedTo is the venue that the client named by name or MIC, −1 if it named none.
func (e *Engine) directedTo(t *order.Terms) int {
	if t.Directed == "" {
		return -1
	}
	return slices.IndexFunc(e.venues, func(v venueState) bool { return v.Name == t.Directed || v.MIC == t.Directed })
}

// admit books a parent in and acknowledges it.
func (e *Engine) admit(p *parentState, key clientOrder) {
	e.lastParent++
	p.ID, p.State = e.lastParent, order.New
	p.slot = e.learner.assign(&e.cfg, p.ID)
	p.directed, p.endsAt = e.directedTo(&p.Terms), e.end(&p.Terms, p.Received)
	e.enroll(p)
	p.standing = make([]standing, len(e.venues))
	e.beginDays(p)
	e.keep(p, key.clOrdID)
	e.clientUp(p.Client) // before it joins: its first report comes before its first child
	e.join(p)
	e.holdSymbol(p.symbol)
	e.gate.Accepted(&p.Parent, e.reference(p.symbol))
	e.report(p, '0').Text = p.Reason // why it waits, if it does
	e.recordParent(p)
}

// keep makes a parent findable by its id and by a ClOrdID.
func (e *Engine) keep(p *parentState, clOrdID string) {
	e.parents[p.ID] = p
	e.names[clientOrder{p.Client, clOrdID}] = p.ID
	p.names = append(p.names, clOrdID)
}

// reference is the price a symbol's orders are judged by (RISK-04).
func (e *Engine) reference(s *symbolState) market.Price { return e.gate.Reference(s.Symbol, s.quote) }

// refuse answers an order that never became a parent. It keeps its name, so that a repeat is told apart, and has no id.
func (e *Engine) refuse(p *parentState, reason uint16, text string) {
	text = short(text)
	p.State, p.Reason, p.DoneAt = order.Rejected, text, e.now
	e.lastParent++
	p.ID = e.lastParent
	e.keep(p, p.ClOrdID)
	e.retire(p)
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
		Terms: b.Terms, Reason: rejectDuplicate, Text: "RISK-06: ClOrdID (11) was used before in this session", At: e.now}
}

// cancelRequested is an F. The answer is 6 at once and 4 when nothing can fill any more.
func (e *Engine) cancelRequested(b *event.ParentCancelRequested) {
	p := e.target(b.Client, b.ClOrdID, b.OrigClOrdID, false)
	if p == nil {
		return
	}
	e.ask(p, request{kind: cancelRequest, clOrdID: b.ClOrdID, orig: p.ClOrdID}, "")
}

// ask begins the end of a parent: a pending replace is answered first, because this overtakes it, then everything is
// withdrawn, and the parent ends when nothing can fill any more. An empty reason leaves the parent's as it was.
func (e *Engine) ask(p *parentState, r request, reason string) {
	if replace := p.ask; replace.kind == replaceRequest {
		p.ask = request{}
		e.rejectRequest(p, replace.clOrdID, true, cancelTooLate, "a cancel followed")
	}
	p.ask, p.Hold = r, order.HoldCancel
	if reason != "" {
		p.Reason = reason
	} else {
		reason = "client cancel"
	}
	if r.kind == cancelRequest {
		e.reportAsked(p, '6')
	}
	e.cancelChildren(p, reason)
	if !e.settle(p) {
		e.rest(p)
	}
}

// replaceRequested is a G: it carries every term anew and its quantity is the new total (ER-06, FIX-09).
func (e *Engine) replaceRequested(b *event.ParentReplaceRequested) {
	p := e.target(b.Client, b.ClOrdID, b.OrigClOrdID, true)
	if p == nil {
		return
	}
	t := e.withPolicy(b.Client, b.Terms)
	t.Qty = max(t.Qty, p.Cum) // fills that the client had not seen: amended to them (ER-06, matrix C.3.c)
	reason, text, old := uint16(cancelOther), "", p.Asked()
	switch {
	case p.ask.kind == replaceRequest:
		reason, text = cancelAlreadyPending, "a request is pending"
	case t.Symbol != p.Terms.Symbol || t.Side != p.Terms.Side || t.Account != p.Terms.Account:
		text = "symbol, side and account cannot be replaced"
	default:
		e.gate.Today(e.learner.dayDate())
		if r := e.gate.Replace(p.Client, &old, &t, p.symbol.quote, e.now); !r.Passed() {
			if text = r.String(); r.Soft { // nobody is asked about a replace: the order works on meanwhile
				text += " as a new order, a replace is not taken"
			}
		} else {
			_, text = e.unsupported(p, &t)
		}
	}
	if text == "" && p.Hold == order.HoldConfirm && !onlyReduces(&old, t) { // who confirms must know what
		text = "RISK-20: the order waits for a confirmation and can only be reduced: cancel it and send another"
	}
	if text != "" {
		e.rejectRequest(p, b.ClOrdID, true, reason, text)
		return
	}
	if b.Terms.Qty > 0 {
		t.Qty = b.Terms.Qty // it is amended again when it is accepted: a bust until then must not make it more than was asked
	}
	p.ask = request{kind: replaceRequest, clOrdID: b.ClOrdID, orig: p.ClOrdID, terms: t}
	if !e.settle(p) {
		e.reportAsked(p, 'E')
	}
}

// onlyReduces reports whether t is old with a smaller quantity or a tighter limit, and nothing else.
func onlyReduces(old *order.Terms, t order.Terms) bool {
	less := risk.Reduces(old, &t)
	t.Qty, t.Limit = old.Qty, old.Limit
	return less && t == *old
}

// target finds the parent a request is for and answers the ones that cannot be served. OrigClOrdID may be any of the
// order's chain (FIX-03).
func (e *Engine) target(client, clOrdID, orig string, replace bool) *parentState {
	id, known := e.names[clientOrder{client, orig}]
	if !known {
		r := e.newRequestReject(client, clOrdID, orig, replace)
		r.OrdStatus, r.Reason, r.Text = statusUnknownOrder, cancelUnknown, "OrigClOrdID (41) is unknown"
		return nil
	}
	p := e.parents[id]
	if _, used := e.names[clientOrder{client, clOrdID}]; used {
		e.rejectRequest(p, clOrdID, replace, cancelDuplicateID, "ClOrdID (11) was used before in this session")
		return nil
	}
	e.keep(p, clOrdID)
	switch {
	case p.State.Done():
		e.rejectRequest(p, clOrdID, replace, cancelTooLate, "the order is "+p.State.String())
	case !p.ask.kind.yields():
		e.rejectRequest(p, clOrdID, replace, cancelAlreadyPending, "a cancel is pending")
	default:
		return p
	}
	return nil
}

// settle answers the pending request, if what it waits for has come, and reports whether none is pending.
func (e *Engine) settle(p *parentState) bool {
	switch p.ask.kind {
	case noRequest:
	case replaceRequest, steerRequest:
		if t := p.Bounds.Within(p.ask.terms); !e.fits(p, &t) {
			e.makeRoom(p, &t)
			return false
		}
		switch {
		case p.ask.kind == steerRequest:
			e.steerDone(p)
		case e.refusedAgain(p):
			e.work(p, "replace refused")
		default:
			e.replaceDone(p)
		}
	case dayRequest:
		e.lapse(p)
		if p.exposure() > 0 {
			e.withdrawRest(p)
			return false
		}
		e.dayDone(p)
	default:
		e.lapse(p)
		if p.exposure() > 0 {
			e.withdrawRest(p)
			return false
		}
		ask := p.ask
		p.ask = request{}
		if ask.kind == expireRequest {
			p.State, p.lapsed = order.Expired, p.endsByTheClose() && e.policy(p.Client).DoneForDay
			execType := byte('C')
			if p.lapsed {
				execType = '3'
			}
			e.closeParent(p, execType, ask)
		} else {
			p.State = order.Canceled
			e.closeParent(p, '4', ask)
		}
	}
	return true
}

// refusedAgain judges a replace that waited for room once more, because other orders came meanwhile, and rejects it if a limit
// or a halt forbids it now (RISK-03, RISK-09, KILL-07).
func (e *Engine) refusedAgain(p *parentState) bool {
	ask, old := p.ask, p.Asked()
	t := ask.terms
	t.Qty = max(t.Qty, p.Cum)
	e.gate.Today(e.learner.dayDate())
	r := e.gate.ReplaceAgain(p.Client, &old, &t, p.symbol.quote, e.now)
	if r.Passed() {
		return false
	}
	p.ask = request{}
	e.rejectRequest(p, ask.clOrdID, true, cancelOther, r.String())
	return true
}

// replaceDone puts the new terms in force; fills in flight may have made the order larger than asked (matrix C.3.c).
func (e *Engine) replaceDone(p *parentState) {
	ask := p.ask
	p.ask = request{}
	p.Amend(ask.terms)
	p.Terms.Qty = max(p.Terms.Qty, p.Cum)
	if p.Hold == order.HoldCancel { // of a withdrawal that met a fill, which was then busted
		if p.Hold = order.HoldNone; p.latched {
			p.Hold = order.HoldStop
		}
	}
	p.ClOrdID, p.directed, p.withheld = ask.clOrdID, e.directedTo(&p.Terms), 0
	if p.opensAt != 0 && !e.livesOverDays(&p.Terms) { // amended overnight: what becomes a day order is one of the next day
		p.from, p.prior, p.priorValue = e.now, p.Cum, p.Notional
	}
	p.endsAt = e.end(&p.Terms, max(p.Received, p.from))
	if p.closesAt == 0 || !e.livesOverDays(&p.Terms) {
		e.beginDays(p)
	}
	resting := p.State == order.DoneForDay && p.opensAt != 0 // it stays done for the day
	p.State, _ = order.Next(p.State, order.WasReplaced, int64(p.Cum), int64(p.Terms.Qty-p.Cum))
	if resting && !p.State.Done() {
		p.State = order.DoneForDay
	}
	if p.State == order.Filled {
		e.closeParent(p, '5', ask)
		return
	}
	e.gate.Replaced(&p.Parent, e.reference(p.symbol), e.now)
	e.report(p, '5').OrigClOrdID = ask.orig
	e.recordParent(p)
	e.work(p, "replace")
}

// statusRequested is an H: the answer is 150=I.
func (e *Engine) statusRequested(b *event.ParentStatusRequested) {
	id, known := e.names[clientOrder{b.Client, b.ClOrdID}]
	if !known {
		r := add(&e.cmds, &e.cmds.reports)
		e.lastReport++
		*r = event.ReportParent{Client: b.Client, ExecID: e.lastReport, ClOrdID: b.ClOrdID, ExecType: 'I', OrdStatus: '8',
			Reason: 5, Text: "unknown order", At: e.now, ReqID: b.ReqID} // 103=5
		return
	}
	e.report(e.parents[id], 'I').ReqID = b.ReqID
}

// clientUp notes that a client is there; its first order does too.
func (e *Engine) clientUp(name string) {
	c := e.client(name)
	if !c.down {
		return
	}
	c.down = false
	for _, p := range e.everyLive() {
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
	for _, p := range e.everyLive() {
		if p.Client == c.name && !p.State.Done() && p.State != order.DoneForDay && (p.ask.kind == noRequest || p.ask.kind == replaceRequest || p.ask.kind == steerRequest) {
			e.ask(p, request{kind: withdrawRequest}, "the client's session stayed down")
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
