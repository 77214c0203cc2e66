package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestINC02DirectEdge: 27 million shares too many for three members, by code that nobody had tested. An engine that asks for
// more than was ordered is refused at the send point; then the parent stops, people are called, and not one share more is
// sent for it until two persons let it go on (RISK-01, RISK-12).
func TestINC02DirectEdge(t *testing.T) {
	w := restingOrders(t, 2)
	w.silent[venueLitX] = true
	w.parent("P9", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day})
	n := len(w.ids)
	w.apply(&event.ChildDenied{Child: w.ids[n-1], Reason: LastGateRefused + "RISK-01: child 3 of 100 shares on top of 100 taken, of 100 ordered"})
	w.run(market.Minute)
	if p := w.e.parents[3]; p.Hold != order.HoldStop || len(w.ids) != n {
		t.Errorf("hold %v, %d children more after it", p.Hold, len(w.ids)-n)
	}
	if !w.alerted(event.Page, "RISK-01", "on top of 100 taken") {
		t.Errorf("nobody is called: %v", w.alerts)
	}
	if p := w.e.parents[1]; p.Hold != order.HoldNone {
		t.Errorf("another parent is stopped too: %v", p.Hold)
	}
}

// TestINC07Instinet: a quote that was stale once stayed stale, and 6,682 orders went out on outdated snapshots. A book that
// is too old is excluded with its age as the reason, and used again with the next one: no mark is kept (MD-01, MD-02).
func TestINC07Instinet(t *testing.T) {
	cfg := testConfig()
	for i := range cfg.Venues {
		cfg.Venues[i].QuoteMs = 1_000
	}
	w := newWorld(t, cfg)
	w.silent[venueLitX] = true
	if got := w.excludes(t, "LX"); got != "" {
		t.Fatalf("a fresh book is excluded: %s", got)
	}
	w.run(market.Second)
	if got := w.excludes(t, "LX"); len(got) < 5 || got[:5] != "book " {
		t.Errorf("a book that is older than its time is excluded as %q", got)
	}
	if d := w.decided[len(w.decided)-1].Venues[venueLitX]; d.AgeNs < market.Second {
		t.Errorf("the journaled age is %d ns, want a second and more", d.AgeNs)
	}
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	if got := w.excludes(t, "LX"); got != "" {
		t.Errorf("a fresh book is still excluded: %s", got)
	}
	w.apply(&event.BookChanged{Venue: venueLitX, Symbol: "ABC", Bids: []market.Level{{Price: 50 * market.Dollar, Size: 2000}},
		Asks: []market.Level{{Price: 50*market.Dollar + 10_000, Size: 2000}}, AgeNs: 2 * market.Second}) // nobody watched the symbol when it came
	if got, d := w.excludes(t, "LX"), w.decided[len(w.decided)-1].Venues[venueLitX]; len(got) < 5 || got[:5] != "book " || d.AgeNs < 2*market.Second {
		t.Errorf("a book that waited for two seconds is excluded as %q, its journaled age is %d ns", got, d.AgeNs)
	}
	cold := newWorld(t, cfg)
	cold.e.symbols["ABC"].cons.Has[venueLitX] = false
	if got := cold.excludes(t, "LX"); got != "no book yet" {
		t.Errorf("a cold start: %q", got)
	}
}

// TestINC10GoTrader: a kill switch said flat while orders were live. Here an order in doubt is unknown, an orphan is unknown,
// and neither is flat (KILL-04, KILL-07).
func TestINC10GoTrader(t *testing.T) {
	w := restingOrders(t, 1)
	w.apply(&event.VenueDown{Venue: venueLitX, Reason: "cut"})
	w.apply(&event.ReportOrphaned{Venue: venueLitY, VenueOrderID: "V9", ExecID: "X", ExecType: '0', Status: '0', Symbol: "ABC", Side: market.Buy, Qty: 100, Px: 49 * market.Dollar, Leaves: 100})
	w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	w.run(market.Minute)
	if h := w.e.Halts()[0]; h.Flat || h.Unknown != 2 || w.alerted(event.Warn, "KILL-07", "flat") {
		t.Errorf("an order in doubt and an orphan: %+v, %v", h, w.alerts)
	}
	w.apply(&event.VenueUp{Venue: venueLitX})
	w.apply(&event.ChildDone{Child: w.ids[0], What: order.WasCanceled})
	if h := w.e.Halts()[0]; h.Flat || h.Unknown != 1 {
		t.Errorf("the order is gone, the orphan is not: %+v", h)
	}
	w.apply(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "theirs, and gone"})
	if h := w.e.Halts()[0]; !h.Flat {
		t.Errorf("nothing is left: %+v", h)
	}
}
