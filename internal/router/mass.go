package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// FIX 532 and 103 as mass requests use them.
const (
	massUnsupported   = 0
	massUnknownSymbol = 1
	massOther         = 99
	rejectUnknown     = 5 // 103: unknown order
)

// massListed is how many orders a mass cancel's report names; its total counts all.
const massListed = 500

// massCancelRequested is a q: the answer is r at once, then each order in scope is canceled as by its own F, 6 and 4 with
// the order's own ids. An order that fills meanwhile ends by its fill, without a 9: nobody asked for it alone.
func (e *Engine) massCancelRequested(b *event.ParentMassCancelRequested) {
	r := add(&e.cmds, &e.cmds.masses)
	e.lastReport++
	*r = event.ReportMassCancel{Client: b.Client, ReportID: e.lastReport, ClOrdID: b.ClOrdID, Scope: b.Scope,
		Response: b.Scope, Symbol: b.Symbol, Side: b.Side, At: e.now}
	if reason, text := e.refusesMass(b); text != "" {
		r.Response, r.RejectReason, r.Text = event.MassRefused, reason, text
		return
	}
	var hit []*parentState
	for _, p := range e.inScope(b.Client, b.Symbol, b.Side) {
		if p.ask.kind.yields() {
			hit = append(hit, p)
		}
	}
	r.Affected = uint32(len(hit))
	for _, p := range hit[:min(len(hit), massListed)] {
		r.Orders = append(r.Orders, event.AffectedOrder{Parent: p.ID, ClOrdID: p.ClOrdID})
	}
	for _, p := range hit {
		e.ask(p, request{kind: cancelRequest, clOrdID: p.ClOrdID, orig: p.ClOrdID, mass: true}, "canceled by mass request "+b.ClOrdID)
	}
}

// refusesMass says why a mass cancel is not done, as FIX 532 and in words.
func (e *Engine) refusesMass(b *event.ParentMassCancelRequested) (reason uint16, text string) {
	_, used := e.names[clientOrder{b.Client, b.ClOrdID}]
	switch {
	case b.Scope != event.CancelSymbol && b.Scope != event.CancelAll:
		return massUnsupported, fmt.Sprintf("mass cancel of type (530) %c is not supported: use 1 for one symbol or 7 for all", max(b.Scope, ' '))
	case b.Scope == event.CancelSymbol && e.symbols[b.Symbol] == nil:
		return massUnknownSymbol, fmt.Sprintf("symbol %q is not traded by this router", b.Symbol)
	case used:
		return massOther, "ClOrdID (11) was used before in this session"
	}
	return 0, ""
}

// massStatusRequested is an AF: one 150=I for each order in scope that is not done, or one that says that there is none.
func (e *Engine) massStatusRequested(b *event.ParentMassStatusRequested) {
	var text string
	switch {
	case b.Scope != event.StatusSymbol && b.Scope != event.StatusAll:
		text = fmt.Sprintf("mass status of type (585) %c is not supported: use 1 for one symbol or 7 for all", max(b.Scope, ' '))
	case b.Scope == event.StatusSymbol && e.symbols[b.Symbol] == nil:
		text = fmt.Sprintf("symbol %q is not traded by this router", b.Symbol)
	}
	if text == "" {
		in := e.inScope(b.Client, b.Symbol, b.Side)
		for i, p := range in {
			r := e.report(p, 'I')
			r.MassReqID, r.Total, r.Last = b.ReqID, uint32(len(in)), i == len(in)-1
		}
		if len(in) > 0 {
			return
		}
		text = "no order is working in this scope"
	}
	r := add(&e.cmds, &e.cmds.reports)
	e.lastReport++
	*r = event.ReportParent{Client: b.Client, ExecID: e.lastReport, ExecType: 'I', OrdStatus: statusUnknownOrder,
		Reason: rejectUnknown, Text: text, At: e.now, MassReqID: b.ReqID, Last: true}
}

// inScope gives a client's orders that are not done, oldest first; a symbol or side that is not given matches all.
func (e *Engine) inScope(client string, symbol market.Symbol, side market.Side) (in []*parentState) {
	for _, p := range e.live {
		if p.Client == client && !p.State.Done() && (symbol == "" || symbol == p.Terms.Symbol) && (side == 0 || side == p.Terms.Side) {
			in = append(in, p)
		}
	}
	return in
}
