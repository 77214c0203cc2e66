package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// find gives the child of a report. A report for a child that is unknown, or forgotten, is an orphan with all that it says
// (ER-16); which venue sent it, and the symbol, only the child knew.
func (e *Engine) find(id order.ChildID, r event.ReportOrphaned) *childState {
	c := e.children[id]
	if c == nil {
		r.Venue, r.ClOrdID = market.NoVenue, event.ClOrdID(e.instance, id, 0)
		e.reportOrphaned(&r)
	}
	return c
}

// reportOrphaned keeps a venue's report for an order that we do not know: what it may have done to us counts as exposure
// until a person has looked into it, and nothing is canceled by itself (ER-16, RACE-11).
func (e *Engine) reportOrphaned(b *event.ReportOrphaned) {
	var ref market.Price
	if s := e.symbols[b.Symbol]; s != nil {
		ref = e.reference(s)
	}
	o, fresh := e.gate.Orphaned(b, e.lastParent, ref, e.now)
	if !fresh {
		return
	}
	text := fmt.Sprintf("order %q (venue order %q) at %s is unknown: %s %d %s, %d filled, %d open %s", b.ClOrdID, b.VenueOrderID, e.venueName(b.Venue),
		b.Side, b.Qty, b.Symbol, b.Cum, b.Leaves, b.Text)
	if o == nil {
		e.raise(event.Page, "ER-16", nil, nil, fmt.Sprintf("%s: %d orphans are kept already, so nothing new is sent until people have resolved some", text, risk.OrphansMax))
		return
	}
	e.raise(event.Page, "ER-16", nil, nil, fmt.Sprintf("orphan %d: %s: ask the venue, cancel only by hand", o.ID, text))
	e.recordOrphan(o)
}

func (e *Engine) venueName(v market.VenueID) string {
	if int(v) < len(e.venues) {
		return "venue " + e.venues[v].Name
	}
	return "a venue"
}

func (e *Engine) recordOrphan(o *risk.Orphan) *event.RecordOrphan {
	r := add(&e.cmds, &e.cmds.orphans)
	r.Orphan, r.Report, r.Since, r.Reports, r.At = o.ID, o.Report, o.Since, o.Reports, e.now
	return r
}

// orphanResolved is a person's word that an orphan is looked into. With DK its executions are questioned at their venue.
func (e *Engine) orphanResolved(b *event.OrphanResolved) {
	if b.Actor == "" || b.Reason == "" {
		e.answer(true, "a decision needs the name of who takes it and a reason")
		return
	}
	for _, o := range e.gate.Orphans() {
		if o.ID == b.Orphan && b.DK && (len(o.Trades) == 0 || int(o.Report.Venue) >= len(e.venues)) {
			e.answer(true, fmt.Sprintf("orphan %d names no execution that its venue could be asked about: call the venue, then resolve it without a DK", b.Orphan))
			return
		}
	}
	full := e.gate.OrphansFull()
	o := e.gate.OrphanResolved(b.Orphan)
	if o == nil {
		e.answer(true, fmt.Sprintf("orphan %d is not on the book: name one that is listed", b.Orphan))
		return
	}
	r := e.recordOrphan(o)
	r.Resolved, r.Actor, r.Reason = true, b.Actor, b.Reason
	text := fmt.Sprintf("orphan %d is resolved", o.ID)
	if b.DK {
		e.question(o, b.Reason)
		text += fmt.Sprintf(", %d executions of it are questioned at %s", len(o.Trades), e.venueName(o.Report.Venue))
	}
	e.raise(event.Warn, "ER-16", nil, nil, fmt.Sprintf("%s, by %s: %s", text, b.Actor, b.Reason))
	e.answer(false, text)
	for _, p := range e.everyLive() {
		if full || p.Terms.Symbol == o.Report.Symbol {
			e.afterChild(p, "an orphan is resolved")
		}
	}
}

// dkNoMatch is FIX 127: no matching order.
const dkNoMatch = 'D'

// question tells a venue that we do not know its executions.
func (e *Engine) question(o *risk.Orphan, text string) {
	for _, t := range o.Trades {
		q := add(&e.cmds, &e.cmds.questions)
		*q = event.QuestionTrade{Venue: o.Report.Venue, VenueOrderID: o.Report.VenueOrderID, ExecID: t.ExecID, Reason: dkNoMatch,
			Symbol: o.Report.Symbol, Side: o.Report.Side, Qty: t.Qty, Px: t.Px, Text: text}
	}
}

// held is what of a parent must stay unrouted, because an order that we do not know may have filled it (ER-16).
func (e *Engine) held(p *parentState) market.Qty {
	if len(e.gate.Orphans()) == 0 {
		return 0
	}
	var venues uint64
	for _, id := range p.ids {
		venues |= 1 << e.children[id].Venue
	}
	return e.gate.Held(&p.Parent, venues)
}

// unrouted is what of a parent may be sent somewhere.
func (e *Engine) unrouted(p *parentState) market.Qty { return max(0, p.unrouted()-e.held(p)) }

// Orphans gives the orders at venues that we do not know, oldest first, as they are recorded.
func (e *Engine) Orphans() (out []event.RecordOrphan) {
	for _, o := range e.gate.Orphans() {
		out = append(out, event.RecordOrphan{Orphan: o.ID, Report: o.Report, Since: o.Since, Reports: o.Reports, At: e.now})
	}
	return out
}
