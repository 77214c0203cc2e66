package router

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// report appends an ExecutionReport of the parent's present state. While a request is pending it carries the old ids,
// quantity and price, because those change only when the request is accepted (ER-04).
func (e *Engine) report(p *parentState, execType byte) *event.ReportParent {
	r := add(&e.cmds, &e.cmds.reports)
	e.lastReport++
	*r = event.ReportParent{
		Parent: p.ID, Client: p.Client, ExecID: e.lastReport, ClOrdID: p.ClOrdID, ExecType: execType,
		OrdStatus: status(p), Terms: p.Asked(), Cum: p.Cum, Leaves: p.Leaves(), AvgPx: p.AvgPx(), At: e.now,
	}
	p.reportDay(r)
	return r
}

// reportAsked is the report that a request was taken and is pending: 150=6 or E with the request's ids.
func (e *Engine) reportAsked(p *parentState, execType byte) {
	r := e.report(p, execType)
	r.ClOrdID, r.OrigClOrdID = p.ask.clOrdID, p.ClOrdID
}

// status is FIX 39 with the precedence of ER-03: a pending request outranks every state that is not terminal. Only of a
// mass cancel nobody waits for an answer about one order, and no 9 follows the fill that ends it: it says so itself.
func status(p *parentState) byte {
	switch {
	case p.ask.mass && p.State == order.Filled:
		return order.Filled.FIX()
	case p.ask.kind == cancelRequest:
		return '6'
	case p.ask.kind == replaceRequest:
		return 'E'
	case p.lapsed && p.State == order.Expired:
		return order.DoneForDay.FIX()
	}
	return p.State.FIX()
}

// rejectRequest answers a request with a 9: its own ClOrdID, the last accepted one, and the status of now (ER-04).
func (e *Engine) rejectRequest(p *parentState, clOrdID string, replace bool, reason uint16, text string) {
	r := e.newRequestReject(p.Client, clOrdID, p.ClOrdID, replace)
	r.Parent, r.OrdStatus, r.Reason, r.Text = p.ID, status(p), reason, text
}

func (e *Engine) newRequestReject(client, clOrdID, orig string, replace bool) *event.RejectRequest {
	r := add(&e.cmds, &e.cmds.rejects)
	r.Client, r.ClOrdID, r.OrigClOrdID, r.Replace, r.At = client, clOrdID, orig, replace, e.now
	return r
}

// closeParent ends a parent: the client's last report (none if execType is 0), the record, and no more market data for
// it. ask is the request that it answers.
func (e *Engine) closeParent(p *parentState, execType byte, ask request) {
	p.DoneAt = e.now
	if p.State == order.Filled && ask.kind == cancelRequest && !ask.mass {
		e.rejectRequest(p, ask.clOrdID, false, cancelTooLate, "the order is filled")
	}
	if execType != 0 {
		r := e.report(p, execType)
		r.Text = p.Reason
		if ask.clOrdID != "" {
			r.ClOrdID, r.OrigClOrdID = ask.clOrdID, ask.orig
		}
	}
	e.leaveBasket(p.ID)
	e.gate.Closed(&p.Parent)
	e.participated(p)
	e.learnImpact(p)
	e.recordParent(p)
	e.leave(p)
	e.releaseSymbol(p.symbol)
}

// recordParent keeps the parent's state for the store and the page.
func (e *Engine) recordParent(p *parentState) {
	r := add(&e.cmds, &e.cmds.parents)
	*r = event.RecordParent{Parent: p.Parent, MarketVolume: p.marketVolume, MarketValue: p.marketValue,
		Decisions: p.decisions, Children: p.childCount, At: e.now, Limits: e.gate.Version()}
	if p.Terms.Qty > 0 {
		r.ExploreBps = p.explored / float64(p.Terms.Qty)
	}
	if p.symbol != nil {
		r.EndMid = p.symbol.quote.Mid()
	}
}
