package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
)

// dispatchRequest takes what clients ask of many orders at once, what people decide, and what sessions say.
func (e *Engine) dispatchRequest(body event.Body) {
	switch b := body.(type) {
	case *event.ParentMassCancelRequested:
		e.massCancelRequested(b)
	case *event.ParentMassStatusRequested:
		e.massStatusRequested(b)
	case *event.TradeQuestioned:
		e.raise(event.Page, "DK", nil, nil, fmt.Sprintf("%s does not know an execution of parent %d (127=%c): %s", b.Client, b.Parent, max(b.Reason, ' '), b.Text))
	case *event.ReportOrphaned:
		e.reportOrphaned(b)
	case *event.OrphanResolved:
		e.raise(event.Warn, "ER-16", nil, nil, fmt.Sprintf("%s resolved orphan %d, which is unknown", b.Actor, b.Orphan))
	case *event.SessionAlarmed:
		e.raise(event.Warn, "FIX", nil, nil, b.Alarm+": "+b.Text)
	case *event.ChildResolved:
		e.raise(event.Warn, "REC-04", nil, e.children[b.Child], fmt.Sprintf("%s says %v of child %d: it stays as it is", b.Actor, b.Outcome, b.Child))
	case *event.Degraded:
		e.raise(event.Page, "JRN-10", nil, nil, fmt.Sprintf("degraded to level %d: %s", b.Level, b.Reason))
	case *event.VenueMassCanceled: // each child's own report says what became of it (DEF-15)
	default:
		panic(fmt.Sprintf("router: %T is not an event", body))
	}
}

// massCancelRequested is a q.
func (e *Engine) massCancelRequested(b *event.ParentMassCancelRequested) {
	r := add(&e.cmds, &e.cmds.masses)
	e.lastReport++
	*r = event.ReportMassCancel{Client: b.Client, ReportID: e.lastReport, ClOrdID: b.ClOrdID, Scope: b.Scope,
		Response: event.MassRefused, Symbol: b.Symbol, Side: b.Side, Text: "cancel each order by itself (35=F)", At: e.now}
}

// massStatusRequested is an AF: one 150=I for each order in scope.
func (e *Engine) massStatusRequested(b *event.ParentMassStatusRequested) {
	for _, p := range e.live {
		if p.Client == b.Client && (b.Symbol == "" || b.Symbol == p.Terms.Symbol) && (b.Side == 0 || b.Side == p.Terms.Side) {
			e.report(p, 'I').MassReqID = b.ReqID
		}
	}
}

// reportOrphaned keeps a venue's report for an order that we do not know (ER-16).
func (e *Engine) reportOrphaned(b *event.ReportOrphaned) {
	r := add(&e.cmds, &e.cmds.orphans)
	r.Report, r.Since, r.Reports, r.At = *b, e.now, 1, e.now
	e.raise(event.Page, "ER-16", nil, nil, fmt.Sprintf("a report for order %q (venue %q), which is unknown: ask the venue, cancel only by hand", b.ClOrdID, b.VenueOrderID))
}
