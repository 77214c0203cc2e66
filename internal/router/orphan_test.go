package router

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// orphan is a report of venue LX for an order that we do not know: q of it traded as execution id.
func orphan(id string, q, cum, leaves market.Qty) *event.ReportOrphaned {
	return &event.ReportOrphaned{Venue: venueLitX, ClOrdID: "OTHER-1", VenueOrderID: "V99", ExecID: id, ExecType: 'F', Status: '1', Symbol: "ABC",
		Side: market.Buy, Qty: q, Px: 49 * market.Dollar, Cum: cum, Leaves: leaves}
}

// TestOrphanHoldsShares: ER-16, RACE-11. What an unknown order filled or may fill is held back of the orders that may be
// its owners: the same symbol and side, there before it, with something sent to its venue. A person's word frees it.
func TestOrphanHoldsShares(t *testing.T) {
	w := desk(t) // P buys 1,000 at LX
	w.apply(orphan("A", 200, 200, 100))
	if n := len(w.alerts); n != 1 || !w.alerted(event.Page, "ER-16", "orphan 1") {
		t.Fatalf("alerts %+v", w.alerts)
	}
	w.apply(orphan("A", 200, 200, 100))
	if len(w.alerts) != 1 || len(w.orphans) != 1 {
		t.Errorf("the same execution again: %d alerts, %d records", len(w.alerts), len(w.orphans))
	}
	w.apply(orphan("B", 100, 300, 0))
	if o := w.orphans[len(w.orphans)-1]; len(w.orphans) != 2 || o.Orphan != 1 || o.Reports != 2 || o.Report.Cum != 300 {
		t.Errorf("a second execution of it: %+v", w.orphans)
	}
	for id := order.ChildID(1); id <= 2; id++ {
		w.apply(&event.ChildDone{Child: id, What: order.WasCanceled})
	}
	w.run(market.Minute)
	open := func(p order.ParentID) market.Qty { return w.e.parents[p].exposure() }
	if open(1) != 700 || open(2) != 1000 || open(3) != 1000 {
		t.Errorf("working %d, %d and %d; want 700 of the buyer that may own the orphan, 1000 of the seller, and 1000 of what was there before", open(1), open(2), open(3))
	}
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "N", Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 400, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"}})
	if w.settle(); open(4) != 400 {
		t.Errorf("an order that came after the orphan has %d working, want 400", open(4))
	}
	w.apply(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "LX: another firm's"})
	if free := w.e.unrouted(w.e.parents[1]); free != 300 || w.answer().Refused || len(w.e.Orphans()) != 0 {
		t.Errorf("resolved, %d shares may be sent, want 300; answered %+v", free, w.answer())
	}
	if o := w.orphans[len(w.orphans)-1]; !o.Resolved || o.Actor != "ann" {
		t.Errorf("the record says %+v", o)
	}
}

// TestOrphanQuestioned: only a person's decision sends a DK, one for each execution, and the refusals say what to do.
func TestOrphanQuestioned(t *testing.T) {
	w := desk(t)
	w.apply(&event.ReportOrphaned{Venue: venueLitX, VenueOrderID: "V98", ExecType: '0', Status: '0', Symbol: "ABC", Side: market.Sell, Qty: 100, Leaves: 100})
	w.apply(orphan("A", 200, 200, 100))
	w.apply(orphan("B", 100, 300, 0))
	for _, c := range []struct {
		r    event.OrphanResolved
		want string
	}{
		{event.OrphanResolved{Orphan: 1, Actor: "ann"}, "reason"},
		{event.OrphanResolved{Orphan: 1, Reason: "why"}, "name"},
		{event.OrphanResolved{Orphan: 7, Actor: "ann", Reason: "why"}, "not on the book"},
		{event.OrphanResolved{Orphan: 1, DK: true, Actor: "ann", Reason: "why"}, "call the venue"},
	} {
		if w.apply(&c.r); !w.answer().Refused || !strings.Contains(w.answer().Text, c.want) {
			t.Errorf("%+v: answered %+v", c.r, w.answer())
		}
	}
	if len(w.e.Orphans()) != 2 || len(w.questions) != 0 {
		t.Fatalf("%d orphans, %d questioned; want both untouched", len(w.e.Orphans()), len(w.questions))
	}
	w.apply(&event.OrphanResolved{Orphan: 2, DK: true, Actor: "ann", Reason: "not ours"})
	if len(w.questions) != 2 || w.questions[0].ExecID != "A" || w.questions[1].Qty != 100 || w.questions[1].Reason != 'D' || w.answer().Refused {
		t.Errorf("questioned %+v, answered %+v", w.questions, w.answer())
	}
}

// TestReportsOfForgottenOrders: a report for a child that is not kept is an orphan with all that the report says; the venue
// and the symbol only the child knew.
func TestReportsOfForgottenOrders(t *testing.T) {
	w := desk(t)
	w.apply(&event.ChildExecuted{Child: 99, ExecID: "X", VenueOrderID: "V7", Qty: 100, Px: 49 * market.Dollar, Cum: 100})
	id := event.ClOrdID(77, 99, 0)
	of := func(child order.ChildID, r event.ReportOrphaned) event.ReportOrphaned {
		r.Venue, r.ClOrdID = market.NoVenue, event.ClOrdID(77, child, 0)
		return r
	}
	want := of(99, event.ReportOrphaned{VenueOrderID: "V7", ExecID: "X", ExecType: 'F', Qty: 100, Px: 49 * market.Dollar, Cum: 100, Text: "a fill of an order that is not kept"})
	if all := w.e.Orphans(); len(all) != 1 || all[0].Report != want || want.ClOrdID != id {
		t.Fatalf("orphans %+v, want %+v", all, want)
	}
	for _, c := range []struct {
		body event.Body
		want event.ReportOrphaned
	}{
		{&event.ChildDone{Child: 99, What: order.WasCanceled, Cum: 100}, of(99, event.ReportOrphaned{VenueOrderID: "V7", ExecType: '4', Status: '4', Px: 49 * market.Dollar, Cum: 100, Text: "an end of an order that is not kept: "})},
		{&event.ExecutionBusted{Child: 98, ExecID: "B", RefExecID: "A"}, of(98, event.ReportOrphaned{ExecID: "B", ExecType: 'H', Text: `it revises execution "A" of an order that is not kept`})},
		{&event.ExecutionBusted{Child: 98, ExecID: "B2", RefExecID: "A2"}, of(98, event.ReportOrphaned{ExecID: "B2", ExecType: 'H', Text: `it revises execution "A2" of an order that is not kept`})},
		{&event.ExecutionCorrected{Child: 97, ExecID: "C", RefExecID: "A", Qty: 50, Px: 48 * market.Dollar}, of(97, event.ReportOrphaned{ExecID: "C", ExecType: 'G', Qty: 50, Px: 48 * market.Dollar, Text: `it revises execution "A" of an order that is not kept`})},
	} {
		n := len(w.alerts)
		if w.apply(c.body); w.orphans[len(w.orphans)-1].Report != c.want || len(w.alerts) != n+1 {
			t.Errorf("%T: recorded %+v, want %+v, and one page; %d alerts", c.body, w.orphans[len(w.orphans)-1].Report, c.want, len(w.alerts)-n)
		}
	}
	if w.apply(&event.OrphanResolved{Orphan: 1, DK: true, Actor: "ann", Reason: "why"}); !w.answer().Refused {
		t.Errorf("a DK to an unknown venue: %+v", w.answer())
	}
	if w.apply(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "of last week"}); w.answer().Refused {
		t.Errorf("answered %+v", w.answer())
	}
}

// TestOrphanBookIsBounded: beyond its bound nothing is dropped in silence: every report pages, and nothing new is sent
// until people have resolved some.
func TestOrphanBookIsBounded(t *testing.T) {
	w := desk(t)
	for i := range risk.OrphansMax {
		w.apply(&event.ReportOrphaned{Venue: venueLitX, VenueOrderID: fmt.Sprint("W", i), ExecType: '0', Status: '0'})
	}
	w.alerts = nil
	w.apply(&event.ReportOrphaned{Venue: venueLitX, VenueOrderID: "W", ExecType: '0', Status: '0'})
	if len(w.e.Orphans()) != risk.OrphansMax || !w.alerted(event.Page, "ER-16", "nothing new is sent") {
		t.Fatalf("%d orphans, alerts %+v", len(w.e.Orphans()), w.alerts)
	}
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
	if w.run(market.Minute); len(w.ids) != 3 {
		t.Errorf("%d children with a full book, want the 3 of before", len(w.ids))
	}
	w.apply(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "why"})
	if w.run(market.Minute); len(w.ids) == 3 {
		t.Error("nothing was sent after an orphan was resolved")
	}
}
