package router

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// resting is a world with one order to buy 1,000 at 49, directed to venue LX, where one child of it rests as child 1.
func resting(t *testing.T) *world {
	cfg := testConfig()
	cfg.Tactics.PostClip = 10_000
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
	w.settle()
	w.reports = nil
	if len(w.ids) != 1 || w.children[1].Qty != 1000 {
		t.Fatalf("children %+v; want one of 1000", w.sent())
	}
	return w
}

// trade is a fill of child 1, straight away.
func (w *world) trade(id string, q market.Qty) {
	v := w.children[1]
	v.Cum += q
	v.Leaves = v.Qty - v.Cum
	v.done = v.done || v.Leaves == 0
	w.apply(&event.ChildExecuted{Child: 1, ExecID: id, VenueOrderID: "V1", Qty: q, Px: 49 * market.Dollar, Cum: v.Cum, Leaves: v.Leaves})
}

func (w *world) replace(id string, qty market.Qty) {
	t := w.e.parents[1].Terms
	t.Qty = qty
	w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: "P", Terms: t})
}

func (w *world) cancel(id string) {
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: "P"})
}

// said is what the client was told: 150/39 11<41 quantity=filled+left, or 9 with 102 and 39.
func (w *world) said() (out []string) {
	for _, r := range w.reports {
		out = append(out, fmt.Sprintf("%c/%c %s<%s %d=%d+%d", r.ExecType, r.OrdStatus, r.ClOrdID, r.OrigClOrdID, r.Terms.Qty, r.Cum, r.Leaves))
	}
	for _, r := range w.rejects {
		out = append(out, fmt.Sprintf("9/%c %s<%s 102=%d", r.OrdStatus, r.ClOrdID, r.OrigClOrdID, r.Reason))
	}
	return out
}

// What a bust freed goes out again only when a person says so (ER-22).
func TestFreedQuantityWaitsForAPerson(t *testing.T) {
	cfg := testConfig()
	w := newWorld(t, cfg)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000})
	w.run(5 * market.Second)
	if w.last().OrdStatus != '2' {
		t.Fatalf("the order ended %+v", w.last())
	}
	n, first := len(w.ids), w.e.parents[1].ids[len(w.e.parents[1].ids)-1]
	x := w.e.children[first].execs[0]
	w.apply(&event.ExecutionBusted{Child: first, ExecID: "B", RefExecID: x.Key.ExecID})
	w.run(10 * market.Second)
	if got := w.last(); len(w.ids) != n || got.ExecType != 'H' || got.OrdStatus != '0' || got.Leaves != x.Qty {
		t.Fatalf("after a bust %d more children, last report %+v", len(w.ids)-n, got)
	}
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerUnpause, Actor: "trader"})
	w.run(10 * market.Second)
	if len(w.ids) != n {
		t.Errorf("what a rule stopped goes on by the word of a trader, who lifts only a pause (RISK-07)")
	}
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "desk"})
	w.run(10 * market.Second)
	if got := w.last(); len(w.ids) == n || got.OrdStatus != '2' {
		t.Errorf("resumed, %d more children, last report %+v", len(w.ids)-n, got)
	}
}

// A cancel that came too late is answered and over: when the fill that it met is busted, the order waits for a word of its
// client or of a person, and then works (ER-22).
func TestBustAfterATooLateCancel(t *testing.T) {
	const px = 49 * market.Dollar
	for name, word := range map[string]func(w *world){
		"resumed": func(w *world) { w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann"}) },
		"amended": func(w *world) { w.replace("R", 1000) },
	} {
		w := resting(t)
		w.cancel("F")
		w.trade("A", 1000)
		w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "A"})
		w.settle() // what came back to life at the venue is withdrawn
		if w.run(5 * market.Second); len(w.ids) != 1 || w.e.parents[1].exposure() != 0 || w.last().ExecType != 'H' || w.last().Leaves != 1000 {
			t.Fatalf("%s: %d children, last report %+v; want a bust and nothing sent", name, len(w.ids), w.last())
		}
		word(w)
		w.run(5 * market.Second)
		if w.e.parents[1].exposure() != 1000 || len(w.ids) != 2 || w.children[2].Limit != px {
			t.Errorf("%s: children %+v, hold %v; want the order at work again", name, w.sent(), w.e.parents[1].Hold)
		}
	}
}

// A status that nobody asked for may tell of fills that never came: the venue is asked about them (ER-15).
func TestUnaskedStatusIsFollowedUp(t *testing.T) {
	w := resting(t)
	w.run(20 * market.Second)
	w.queries = 0
	w.apply(&event.ChildStatus{Child: 1, Status: '1', Cum: 300})
	w.run(20 * market.Second)
	if c := w.e.children[1]; c.InDoubt || w.queries != 1 { // its answer is that nothing is filled
		t.Errorf("in doubt %v, asked %d times; want it asked, and its answer taken", c.InDoubt, w.queries)
	}
}

// What a venue counts of an order that has ended here is compared all the same: its quantity is free already, so a person
// is told, and nothing more of the parent goes there (ER-15).
func TestVenueCountsMoreOfAnEndedChild(t *testing.T) {
	for name, body := range map[string]event.Body{
		"canceled again": &event.ChildDone{Child: 1, What: order.WasCanceled, Cum: 300},
		"status":         &event.ChildStatus{Child: 1, Status: '4', Cum: 300},
	} {
		w := resting(t)
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
		w.apply(body)
		if !w.alerted(event.Page, "ER-15", "counts 300 filled, we 0") || w.e.parents[1].standing[venueLitX].disputes != 1 {
			t.Errorf("%s: alerts %+v", name, w.alerts)
		}
		if w.apply(&event.ChildExecuted{Child: 1, ExecID: "A", VenueOrderID: "V1", Qty: 300, Px: 49 * market.Dollar, Cum: 300}); w.e.parents[1].standing[venueLitX].disputes != 0 {
			t.Errorf("%s: still in dispute after the fill came", name)
		}
	}
}

// What a restarted process gives to its sessions: the orders that work, and of the newest those that ended (ER-20).
func TestChildrenOfARestart(t *testing.T) {
	w := desk(t)
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
	w.run(market.Minute)
	ids := func(all []event.SendChild) (out []order.ChildID) {
		for _, c := range all {
			out = append(out, c.Child.ID)
		}
		return out
	}
	ended, live := ids(w.e.EndedChildren(100)), ids(w.e.LiveChildren())
	if !slices.Equal(ended, []order.ChildID{1}) || slices.Contains(live, 1) || len(ended)+len(live) != len(w.ids) {
		t.Errorf("ended %v, live %v of %d", ended, live, len(w.ids))
	}
	if got := w.e.EndedChildren(len(w.ids) - 1); len(got) != 0 {
		t.Errorf("child 1 is not among the last %d, given %v", len(w.ids)-1, ids(got))
	}
}

// An IOC parent always ends, even without a market (FIX-05).
func TestIOCEndsWithoutAMarket(t *testing.T) {
	w := newWorld(t, testConfig())
	w.quote(0, 0)
	for v := range w.shown {
		w.apply(&event.BookChanged{Venue: v, Symbol: "ABC"})
	}
	w.e.gate.Traded("ABC", 50*market.Dollar)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, TIF: order.IOC, Type: order.Limit, Limit: 50 * market.Dollar})
	w.run(5 * market.Second)
	if got := w.last(); got.OrdStatus != 'C' || got.Leaves != 0 {
		t.Errorf("an IOC order without a market is left as %+v", got)
	}
}

// A client that hid the dark keeps it hidden through its amendments and its busts (FIX-12).
func TestDarkVenueStaysHidden(t *testing.T) {
	cfg := testConfig()
	cfg.Clients = []ClientPolicy{{Name: "EMS", HideDark: true}}
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("P", order.Terms{Side: market.Sell, Qty: 20_000, Strategy: order.Block, Type: order.Limit, Limit: 49 * market.Dollar})
	w.run(300 * market.Millisecond)
	t2 := w.e.parents[1].Terms
	t2.Qty, t2.HideDark = 30_000, false
	w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "R", OrigClOrdID: "P", Terms: t2})
	for _, id := range w.ids {
		if v := w.children[id]; v.Style == order.StyleDark && !v.done {
			w.fill(id, 100, 50*market.Dollar)
			w.settle()
			w.apply(&event.ExecutionBusted{Child: id, ExecID: fmt.Sprint("B", id), RefExecID: fmt.Sprint("X", w.execs)})
			break
		}
	}
	seen := 0
	for _, r := range w.reports {
		if r.LastQty > 0 {
			if seen++; r.LastMkt != "" {
				t.Errorf("150=%c names %s", r.ExecType, r.LastMkt)
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d executions reported; want a fill and its bust", seen)
	}
}

// Limits that cannot be meant are refused with a page, and the old ones stay (RISK-16).
func TestSenselessLimitsAreRefused(t *testing.T) {
	w := newWorld(t, testConfig())
	w.apply(&event.LimitsChanged{Version: "2", Limits: []byte(`{"MaxParentQty":-1}`), Actor: "desk"})
	if len(w.alerts) != 1 || w.alerts[0].Severity != event.Page || w.e.gate.Version() != "default" {
		t.Fatalf("alerts %+v, limits %s in force", w.alerts, w.e.gate.Version())
	}
	w.apply(&event.LimitsChanged{Version: "3", Limits: []byte(`{"MaxParentQty":100}`), Actor: "desk"})
	w.parent("P", order.Terms{Side: market.Buy, Qty: 200})
	if got := w.last(); w.e.gate.Version() != "3" || got.OrdStatus != '8' {
		t.Errorf("limits %s in force, the order was answered %+v", w.e.gate.Version(), got)
	}
}

// A venue may be appended while an order works (CanFollow).
func TestVenueAppendedWhileAnOrderWorks(t *testing.T) {
	w := resting(t)
	cfg := testConfig()
	v := cfg.Venues[venueLitX]
	v.Name, v.MIC, v.ID = "NEW", "XNEW", market.VenueID(len(cfg.Venues))
	cfg.Venues = append(cfg.Venues, v)
	w.configured(cfg)
	w.apply(&event.VenueUp{Venue: v.ID})
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	w.parent("Q", order.Terms{Side: market.Buy, Qty: 5000, Strategy: order.Block})
	w.run(5 * market.Second)
}

// A silent venue keeps its quantity, and the rest of the order goes on elsewhere (RACE-10, REC-04).
func TestSilentVenueDoesNotHoldTheRest(t *testing.T) {
	w := newWorld(t, testConfig())
	for _, v := range []market.VenueID{venueDarkA, venueDarkB, venueDarkC} {
		w.silent[v] = true
	}
	w.parent("P", order.Terms{Side: market.Buy, Qty: 60_000, Strategy: order.Immediate})
	w.run(60 * market.Second)
	p := w.e.parents[1]
	if p.Cum == 0 || p.Cum+p.exposure() > p.Terms.Qty {
		t.Errorf("%d filled and %d reserved of %d; want fills at the displayed venues", p.Cum, p.exposure(), p.Terms.Qty)
	}
}

// A VWAP order keeps within its curve: never ahead of it by more than a wave, never behind by more than it may be before
// it crosses the spread.
func TestVWAPKeepsToItsCurve(t *testing.T) {
	cfg := testConfig()
	cfg.Learning.Off = true
	w := newWorld(t, cfg)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 20_000, Strategy: order.VWAP, End: w.now.Add(10 * market.Minute)})
	p := w.e.parents[1]
	for range 119 {
		w.run(5 * market.Second)
		w.quote(50*market.Dollar, 50*market.Dollar+10_000)
		ahead := w.e.scheduled(p, w.now.Add(cfg.Tactics.PostWait)) + p.symbol.lot()
		behind := w.e.scheduled(p, w.now.Add(-6*market.Second)) - p.Terms.Qty/25 - 5*p.symbol.lot()
		if done := p.Cum + p.exposure(); done > ahead || p.Cum < behind {
			t.Fatalf("%v after the start: %d filled, %d working; the curve wants %d to %d", w.now.Sub(p.Received)/market.Second, p.Cum, p.exposure(), behind, ahead)
		}
	}
	w.run(10 * market.Second)
	if got := w.last(); got.OrdStatus != '2' {
		t.Errorf("at its end the order is %+v", got)
	}
}
