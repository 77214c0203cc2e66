package router

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// desk is a world with three orders that rest at venue LX: P buys and S sells for EMS, O buys for OTHER.
func desk(t *testing.T) *world {
	cfg := testConfig()
	cfg.Tactics.PostClip = 10_000
	cfg.Instruments = append(cfg.Instruments, market.Instrument{Symbol: "XYZ", Tick: 10_000, Lot: 100, ADV: 3_000_000, DayVolBps: 150, PriorClose: 50 * market.Dollar})
	w := newWorld(t, cfg)
	w.autoFill = false
	for _, o := range []struct {
		client, id string
		side       market.Side
		limit      market.Price
	}{{"EMS", "P", market.Buy, 49 * market.Dollar}, {"EMS", "S", market.Sell, 51 * market.Dollar}, {"OTHER", "O", market.Buy, 49 * market.Dollar}} {
		w.apply(&event.ParentReceived{Client: o.client, ClOrdID: o.id, Terms: order.Terms{Symbol: "ABC", Side: o.side, Qty: 1000, Type: order.Limit, Limit: o.limit, Directed: "LX"}})
		w.settle()
	}
	w.reports = nil
	if len(w.ids) != 3 {
		t.Fatalf("children %+v; want three", w.sent())
	}
	return w
}

// answered is what a mass cancel was answered with: 531 532 533 and the orders.
func (w *world) answered() (out []string) {
	for _, r := range w.masses {
		s := fmt.Sprintf("r/%c %s 532=%d 533=%d", r.Response, r.ClOrdID, r.RejectReason, r.Affected)
		for _, o := range r.Orders {
			s += fmt.Sprintf(" %d=%s", o.Parent, o.ClOrdID)
		}
		out = append(out, s)
	}
	return append(out, w.said()...)
}

// TestMassCancel: r at once, then 6 and 4 of each order in scope, with its own ids.
func TestMassCancel(t *testing.T) {
	q := func(w *world, scope byte, symbol market.Symbol, side market.Side) {
		w.apply(&event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "M", Scope: scope, Symbol: symbol, Side: side})
	}
	for _, c := range []struct {
		rule string
		do   func(w *world)
		want []string
	}{
		{"all of a client, and nobody else's", func(w *world) { q(w, '7', "", 0); w.settle() },
			[]string{"r/7 M 532=0 533=2 1=P 2=S", "6/6 P<P 1000=0+1000", "6/6 S<S 1000=0+1000", "4/4 P<P 1000=0+0", "4/4 S<S 1000=0+0"}},
		{"one side", func(w *world) { q(w, '7', "", market.Sell); w.settle() },
			[]string{"r/7 M 532=0 533=1 2=S", "6/6 S<S 1000=0+1000", "4/4 S<S 1000=0+0"}},
		{"one symbol", func(w *world) { q(w, '1', "ABC", market.Buy); w.settle() },
			[]string{"r/1 M 532=0 533=1 1=P", "6/6 P<P 1000=0+1000", "4/4 P<P 1000=0+0"}},
		{"a symbol without orders", func(w *world) { q(w, '1', "XYZ", 0) }, []string{"r/1 M 532=0 533=0"}},
		{"an unknown symbol", func(w *world) { q(w, '1', "NONE", 0) }, []string{"r/0 M 532=1 533=0"}},
		{"a type we do not have", func(w *world) { q(w, '9', "", 0) }, []string{"r/0 M 532=0 533=0"}},
		{"FIX-03: a used id", func(w *world) {
			w.apply(&event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "P", Scope: '7'})
		}, []string{"r/0 P 532=99 533=0"}},
		{"again: what is being canceled already is not affected twice", func(w *world) { q(w, '7', "", market.Buy); q(w, '7', "", market.Buy); w.settle() },
			[]string{"r/7 M 532=0 533=1 1=P", "r/7 M 532=0 533=0", "6/6 P<P 1000=0+1000", "4/4 P<P 1000=0+0"}},
		{"RACE-01: filled while it is pending: no 9, nobody asked for this order alone", func(w *world) { q(w, '7', "", market.Buy); w.trade("1", 1000); w.settle() },
			[]string{"r/7 M 532=0 533=1 1=P", "6/6 P<P 1000=0+1000", "F/2 P< 1000=1000+0"}},
		{"it overtakes a replace", func(w *world) { w.replace("R", 600); q(w, '7', "", market.Buy); w.settle() },
			[]string{"r/7 M 532=0 533=1 1=P", "E/E R<P 1000=0+1000", "6/6 P<P 1000=0+1000", "4/4 P<P 1000=0+0", "9/0 R<P 102=0"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := desk(t)
			c.do(w)
			if diff := cmp.Diff(c.want, w.answered()); diff != "" {
				t.Errorf("the client was told (-want +got)\n%s", diff)
			}
		})
	}
}

// TestMassStatus: one 150=I for each order that is not done, which says of how many it is one; without any, one that
// says so.
func TestMassStatus(t *testing.T) {
	for _, c := range []struct {
		rule string
		do   func(w *world)
		want []string
	}{
		{"all", func(w *world) { w.apply(&event.ParentMassStatusRequested{Client: "EMS", ReqID: "Q", Scope: '7'}) },
			[]string{"I/0 P Q 2 false", "I/0 S Q 2 true"}},
		{"one symbol and side", func(w *world) {
			w.apply(&event.ParentMassStatusRequested{Client: "EMS", ReqID: "Q", Scope: '1', Symbol: "ABC", Side: market.Sell})
		}, []string{"I/0 S Q 1 true"}},
		{"none is left", func(w *world) {
			w.apply(&event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "M", Scope: '7'})
			w.settle()
			w.reports = nil
			w.apply(&event.ParentMassStatusRequested{Client: "EMS", ReqID: "Q", Scope: '7'})
		}, []string{"I/8  Q 0 true"}},
		{"an unknown symbol", func(w *world) {
			w.apply(&event.ParentMassStatusRequested{Client: "EMS", ReqID: "Q", Scope: '1', Symbol: "NONE"})
		}, []string{"I/8  Q 0 true"}},
		{"a type we do not have", func(w *world) {
			w.apply(&event.ParentMassStatusRequested{Client: "EMS", ReqID: "Q", Scope: '3'})
		}, []string{"I/8  Q 0 true"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := desk(t)
			c.do(w)
			var got []string
			for _, r := range w.reports {
				got = append(got, fmt.Sprintf("%c/%c %s %s %d %v", r.ExecType, r.OrdStatus, r.ClOrdID, r.MassReqID, r.Total, r.Last))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the client was told (-want +got)\n%s", diff)
			}
		})
	}
}

// TestStatusEchoesItsID: a status request's 790 comes back, for a known order and for an unknown one.
func TestStatusEchoesItsID(t *testing.T) {
	w := desk(t)
	for _, id := range []string{"P", "nothing"} {
		w.apply(&event.ParentStatusRequested{Client: "EMS", ClOrdID: id, ReqID: "Q-" + id})
		if r := w.last(); r.ExecType != 'I' || r.ReqID != "Q-"+id {
			t.Errorf("status of %q answered by %c with 790=%q", id, r.ExecType, r.ReqID)
		}
	}
}

// alerted reports whether an alert of a code says words.
func (w *world) alerted(s event.Severity, code, words string) bool {
	for _, a := range w.alerts {
		if a.Severity == s && a.Code == code && strings.Contains(a.Text, words) {
			return true
		}
	}
	return false
}

// TestTradeQuestioned: a client's DK freezes the order and pages; its children stay, the fill stands, nothing new goes out
// until a person resumes it.
func TestTradeQuestioned(t *testing.T) {
	w := desk(t)
	w.trade("1", 400)
	fill := w.last()
	w.apply(&event.TradeQuestioned{Client: "EMS", Parent: 1, ExecID: fill.ExecID, Reason: 'D', Symbol: "ABC", Side: market.Buy, Qty: 400, Px: 49 * market.Dollar, Text: "no such order"})
	p := w.e.parents[1]
	if p.Hold != order.HoldFrozen || p.Cum != 400 || len(p.children) != 1 || p.children[0].PendingCancel {
		t.Fatalf("hold %v, filled %d, children %d; want frozen with 400 and its child untouched", p.Hold, p.Cum, len(p.children))
	}
	if !w.alerted(event.Page, "DK", "execution 1 of 400 at 49") {
		t.Errorf("alerts %+v", w.alerts)
	}
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Cum: 400})
	if w.run(market.Minute); len(w.ids) != 3 {
		t.Errorf("a frozen order sent %d more children", len(w.ids)-3)
	}
	for _, b := range []event.ParentSteered{{Actor: "ann"}, {Actor: "ann", Approver: " Ann", Reason: "both looked at its books"}, {Actor: "ann", Approver: "bob", Reason: "fine"}} {
		b.Parent, b.Steer = 1, event.SteerResume
		w.apply(&b)
		if a := w.answer(); !a.Refused || p.Hold != order.HoldFrozen {
			t.Fatalf("%+v lets it go on: %+v (RISK-12)", b, a)
		}
	}
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Approver: "bob", Reason: "both looked at its books"})
	if w.run(market.Minute); len(w.ids) == 3 || p.Hold != order.HoldNone {
		t.Errorf("resumed, it sent %d more children and holds %v", len(w.ids)-3, p.Hold)
	}
	if w.check(); p.Cum != 400 {
		t.Errorf("filled %d, want 400", p.Cum)
	}
}

// TestLatchOutlivesCancel: what stopped an order is not forgotten over a cancel that met its last fill, which was then busted:
// one person lets it go on as little as before (RISK-12, ER-22).
func TestLatchOutlivesCancel(t *testing.T) {
	w := desk(t)
	w.trade("1", 400)
	w.apply(&event.TradeQuestioned{Client: "EMS", Parent: 1, ExecID: w.last().ExecID, Reason: 'D', Symbol: "ABC", Side: market.Buy, Qty: 400, Px: 49 * market.Dollar})
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerCancel, Actor: "ann"})
	w.trade("2", 600)
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "2"})
	p := w.e.parents[1]
	if p.State.Done() || p.Cum != 400 {
		t.Fatalf("%v, filled %d; want it to be open again with 400", p.State, p.Cum)
	}
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Reason: "alone, and with twenty letters"})
	if a := w.answer(); !a.Refused || p.Hold == order.HoldNone {
		t.Errorf("one person lets it go on: %+v, hold %v", a, p.Hold)
	}
	w.replace("again", 1000)
	if w.run(market.Minute); p.Hold != order.HoldStop || len(p.children) > 0 {
		t.Errorf("amended by its client it goes on: hold %v, %d children", p.Hold, len(p.children))
	}
}

// TestTradeQuestionedOfAnother: RACE-12, a client's DK of another's order, or of none, changes nothing and pages.
func TestTradeQuestionedOfAnother(t *testing.T) {
	w := desk(t)
	for i, parent := range []order.ParentID{3, 0, 99} {
		w.apply(&event.TradeQuestioned{Client: "EMS", Parent: parent, ExecID: 1})
		if got := len(w.alerts); got != i+1 || !w.alerted(event.Page, "DK", "not its own") {
			t.Errorf("parent %d: alerts %+v", parent, w.alerts)
		}
	}
	if h := w.e.parents[3].Hold; h != order.HoldNone {
		t.Errorf("the other client's order holds %v", h)
	}
}

// TestDegraded: level 1 refuses new orders with its reason and lets the old ones go on, level 2 sends nothing new either,
// cancels pass always, and all goes on when the level falls (JRN-09, JRN-10). The level survives a restart.
func TestDegraded(t *testing.T) {
	w := desk(t)
	w.apply(&event.Degraded{Level: event.DegradedParents, Reason: "8 % of the disk is free"})
	w.parent("N", order.Terms{Side: market.Buy, Qty: 100})
	if r := w.last(); r.ExecType != '8' || r.Reason != 0 || !strings.Contains(r.Text, "8 % of the disk") {
		t.Errorf("a new order at level 1: %+v", r)
	}
	w.apply(&event.ChildDone{Child: 2, What: order.WasCanceled})
	if w.run(market.Minute); len(w.ids) != 4 {
		t.Fatalf("%d children at level 1; want the sell order's second", len(w.ids))
	}
	w.apply(&event.Degraded{Level: event.DegradedChildren, Reason: "4 % of the disk is free"})
	w.apply(&event.ChildDone{Child: w.ids[3], What: order.WasCanceled})
	w.apply(&event.Recovered{})
	for v := range w.e.venues {
		w.apply(&event.VenueUp{Venue: market.VenueID(v)})
	}
	w.apply(&event.ClientUp{Client: "EMS"})
	if w.run(market.Minute); len(w.ids) != 4 {
		t.Errorf("%d children at level 2, want no more than 4", len(w.ids))
	}
	w.reports = nil
	if w.cancel("C"); w.said()[0] != "6/6 C<P 1000=0+1000" {
		t.Errorf("a cancel at level 2: %v", w.said())
	}
	if w.settle(); w.last().ExecType != '4' {
		t.Errorf("a cancel at level 2 ended with %+v", w.last())
	}
	w.apply(&event.Degraded{Level: event.DegradedNone, Reason: "30 % of the disk is free"})
	if w.run(market.Minute); len(w.ids) == 4 {
		t.Error("nothing more was sent after the level fell")
	}
	w.parent("M", order.Terms{Side: market.Buy, Qty: 100})
	if p := w.e.parents[w.e.lastParent]; p.State == order.Rejected {
		t.Errorf("a new order at level 0 is refused: %s", p.Reason)
	}
}

// TestSessionAlarmed: what a FIX session wants people to know pages and says whose session it is.
func TestSessionAlarmed(t *testing.T) {
	w := desk(t)
	w.apply(&event.SessionAlarmed{Venue: int32(venueLitX), Alarm: "unreadable", Text: "150=Z"})
	w.apply(&event.SessionAlarmed{Venue: -1, Client: "EMS", Alarm: "refused", Text: "35=8"})
	w.apply(&event.SessionAlarmed{Venue: 99, Alarm: "news", Text: "35=h"})
	w.apply(&event.SessionAlarmed{Venue: -1, Alarm: "audit", Text: "the audit log was changed"})
	if !w.alerted(event.Page, "SEC-05", "the audit log was changed") {
		t.Errorf("alerts %+v", w.alerts)
	}
	if !w.alerted(event.Page, "FIX", "venue LX: unreadable: 150=Z") || !w.alerted(event.Page, "FIX", "client EMS: refused: 35=8") ||
		!w.alerted(event.Warn, "FIX", "a session: news: 35=h") {
		t.Errorf("alerts %+v", w.alerts)
	}
}
