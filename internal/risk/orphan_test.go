package risk

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// TestLastGateOrphans: the last gate holds back, by its own book, what an unknown order may have filled of a parent (ER-16).
// It refuses without latching: the parent did nothing wrong.
func TestLastGateOrphans(t *testing.T) {
	report := func(venue market.VenueID, side market.Side, symbol market.Symbol) *event.ReportOrphaned {
		return &event.ReportOrphaned{Venue: venue, VenueOrderID: "V9", ExecID: "A", ExecType: 'F', Status: '1', Symbol: symbol, Side: side, Qty: 200, Cum: 200, Leaves: 50}
	}
	for _, tc := range []struct {
		name string
		o    *event.ReportOrphaned
		room market.Qty
	}{
		{"its symbol, side and venue", report(0, market.Buy, "AMZN"), 650},
		{"a venue where it was never", report(1, market.Buy, "AMZN"), 900},
		{"no venue", report(market.NoVenue, market.Buy, "AMZN"), 900},
		{"the other side", report(0, market.SellShort, "AMZN"), 900},
		{"another symbol", report(0, market.Buy, "RSTR"), 900},
	} {
		g := lastGate()
		expect(t, tc.name, g.Check(send(1, 100)), "")
		g.Observe(tc.o)
		g.Observe(tc.o) // the same execution is counted once
		if tc.room < 900 {
			expect(t, tc.name+": one more", g.Check(send(2, tc.room+1)), "ER-16")
		}
		if g.Stopped(1) {
			t.Errorf("%s: the parent is latched", tc.name)
		}
		expect(t, tc.name, g.Check(send(3, tc.room)), "")
		g.Observe(&event.RecordOrphan{Orphan: 7, Report: *tc.o, Resolved: true})
		if rest := 900 - tc.room; rest > 0 {
			expect(t, tc.name+": resolved", g.Check(send(4, rest)), "")
		}
		expect(t, tc.name+": beyond the order", g.Check(send(5, 1)), "RISK-01")
	}
}

// TestLastGateOrphanByItsOrder: the engine numbers orphans that no report named, too. Which one a person resolved the gate
// sees by the order, or it would free what another one may have filled.
func TestLastGateOrphanByItsOrder(t *testing.T) {
	orphan := func(id string) event.ReportOrphaned {
		return event.ReportOrphaned{VenueOrderID: id, ExecID: id, ExecType: 'F', Status: '1', Symbol: "AMZN", Side: market.Buy, Qty: 200, Cum: 200}
	}
	a, b := orphan("A"), orphan("B")
	g := lastGate()
	expect(t, "first", g.Check(send(1, 100)), "")
	g.Observe(&a)
	g.Observe(&b)
	g.Observe(&event.RecordOrphan{Orphan: 1, Report: event.ReportOrphaned{Venue: market.NoVenue, ClOrdID: "of an order that is forgotten"}, Resolved: true})
	expect(t, "nothing of theirs is resolved", g.Check(send(2, 501)), "ER-16")
	g.Observe(&event.RecordOrphan{Orphan: 3, Report: b, Resolved: true})
	expect(t, "the second is resolved", g.Check(send(3, 701)), "ER-16")
	expect(t, "the first is not", g.Check(send(4, 700)), "")
}

// TestOrphanIsTheFirms: what an orphan is worth counts for the firm until it is resolved.
func TestOrphanIsTheFirms(t *testing.T) {
	g := NewGate(Limits{}, nil)
	r := &event.ReportOrphaned{VenueOrderID: "V9", ExecID: "A", ExecType: 'F', Status: '1', Symbol: "AMZN", Side: market.Buy, Qty: 200, Px: 100 * market.Dollar, Leaves: 100}
	if o, fresh := g.Orphaned(r, 1, 101*market.Dollar, 1); o == nil || !fresh || g.usage.firm.sides.gross() != market.NotionalOf(101*market.Dollar, 300) {
		t.Errorf("the firm has %v open after %+v, %v", g.usage.firm.sides.gross(), o, fresh)
	}
	if _, fresh := g.Orphaned(r, 1, 101*market.Dollar, 2); fresh {
		t.Error("the same report again is news")
	}
	done := *r
	done.ExecID, done.ExecType, done.Status, done.Leaves, done.Cum = "B", '4', '4', 0, 200
	if o, fresh := g.Orphaned(&done, 1, 101*market.Dollar, 3); !fresh || o.Exposure() != 200 {
		t.Errorf("canceled, it exposes %d, news %v", o.Exposure(), fresh)
	}
	if g.OrphanResolved(1) == nil || g.OrphanResolved(1) != nil || g.usage.firm.sides.gross() != (market.Notional{}) {
		t.Errorf("resolved, the firm has %v open", g.usage.firm.sides.gross())
	}
}
