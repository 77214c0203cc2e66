package router

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// narrow has a person steer parent 1.
func (w *world) narrow(sets event.Sets, limit market.Price, share int64) event.AnswerPerson {
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerTerms, Actor: "ann", Sets: sets, Urgency: order.High,
		Bounds: order.Bounds{Limit: limit, MaxPctBps: share}})
	return w.answer()
}

// TestSteerTerms: a person narrows a parent within its client's terms. What works at a venue follows, the client hears
// nothing of it and sees its own terms, and nobody but the client widens them (INV-07).
func TestSteerTerms(t *testing.T) {
	const px = 49 * market.Dollar
	const lower = px - 10_000
	for _, c := range []struct {
		name  string
		do    func(w *world)
		asked []string
		said  []string
		limit market.Price // in force in the end
	}{
		{"a tighter limit reprices what is priced wrong, and holds once that is done", func(w *world) {
			if w.narrow(event.SetLimit, lower, 0); w.e.parents[1].Terms.Limit != px {
				w.t.Error("the limit is in force while a child works beyond it")
			}
			w.accepts(1, 1000, lower)
		}, []string{"G 1<0 1000@48.99"}, nil, lower},
		{"taken back, the client's own limit is in force and followed", func(w *world) {
			w.narrow(event.SetLimit, lower, 0)
			w.accepts(1, 1000, lower)
			w.narrow(event.SetLimit, 0, 0)
			w.run(market.Second)
			w.accepts(2, 1000, px)
		}, []string{"G 1<0 1000@48.99", "G 2<1 1000@49.00"}, nil, px},
		{"the client's amendment keeps within it, and the client sees its own terms", func(w *world) {
			w.narrow(event.SetLimit, lower, 0)
			w.accepts(1, 1000, lower)
			w.limitTo("R", px+10_000)
		}, []string{"G 1<0 1000@48.99"}, []string{"5/0 R<P 1000=0+1000"}, lower},
		{"a client tighter than the desk wins", func(w *world) {
			w.narrow(event.SetLimit, lower, 0)
			w.accepts(1, 1000, lower)
			w.limitTo("R", lower-10_000)
			w.accepts(2, 1000, lower-10_000)
		}, []string{"G 1<0 1000@48.99", "G 2<1 1000@48.98"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 1000=0+1000"}, lower - 10_000},
		{"a cancel does not wait for it", func(w *world) { w.narrow(event.SetLimit, lower, 0); w.cancel("C") },
			[]string{"G 1<0 1000@48.99", "F 2<1"}, []string{"6/6 C<P 1000=0+1000"}, px},
		{"a second thought replaces the first", func(w *world) {
			w.narrow(event.SetLimit, lower-10_000, 0)
			w.narrow(event.SetLimit, lower, 0)
			w.accepts(1, 1000, lower-10_000)
			w.run(market.Second)
			w.accepts(2, 1000, lower)
		}, []string{"G 1<0 1000@48.98", "G 2<1 1000@48.99"}, nil, lower},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := resting(t)
			before := len(w.reports)
			c.do(w)
			if got := strings.Join(w.toVenues, "; "); got != strings.Join(c.asked, "; ") {
				t.Errorf("venues were asked %s, want %s", got, strings.Join(c.asked, "; "))
			}
			if got := strings.Join(w.said()[before:], "; "); got != strings.Join(c.said, "; ") {
				t.Errorf("the client was told %s, want %s", got, strings.Join(c.said, "; "))
			}
			if got := w.e.parents[1].Terms.Limit; got != c.limit {
				t.Errorf("limit in force %v, want %v", got, c.limit)
			}
			for _, r := range w.reports[before:] {
				if bound := w.e.parents[1].Bounds.Limit; bound > 0 && r.Terms.Limit == bound {
					t.Errorf("the client was told the desk's limit: %+v", r.Terms)
				}
			}
		})
	}
}

// TestSteerRefused: what would widen the client's terms, or is no price, is refused and changes nothing.
func TestSteerRefused(t *testing.T) {
	w := resting(t)
	w.e.parents[1].Terms.MaxPctBps, w.e.parents[1].marketVolume = 1000, 1_000_000
	for _, c := range []struct {
		name  string
		limit market.Price
		share int64
		want  string
	}{
		{"wider limit", 50 * market.Dollar, 0, "only the client can widen it"},
		{"negative limit", -market.Dollar, 0, "not a price"},
		{"off the tick", 48*market.Dollar + 1, 0, "tick"},
		{"wider share", 0, 1001, "only the client can widen it"},
		{"negative share", 0, -1, "between 0 and 10000"},
		{"more than all", 0, 10_001, "between 0 and 10000"},
	} {
		before := w.e.parents[1].Parent
		if a := w.narrow(event.SetLimit|event.SetShare|event.SetUrgency, c.limit, c.share); !a.Refused || !strings.Contains(a.Text, c.want) {
			t.Errorf("%s: answered %+v, want a refusal with %q", c.name, a, c.want)
		}
		if got := w.e.parents[1].Parent; got != before {
			t.Errorf("%s: the parent changed to %+v", c.name, got)
		}
	}
	if a := w.narrow(event.SetUrgency|event.SetShare, 0, 500); a.Refused {
		t.Fatalf("refused: %+v", a)
	}
	if p := w.e.parents[1]; p.Terms.Urgency != order.High || p.Terms.MaxPctBps != 500 || p.Asked().MaxPctBps != 1000 {
		t.Errorf("in force %+v, the client's %+v", p.Terms, p.Asked())
	}
}

// TestAnswerComesBeforeItsChildren is RISK-12: who lets an order go on that the last gate had latched is answered before its next
// children, because it is by the answer that the last gate lifts its latch: else it would refuse them, and the order would stop again.
func TestAnswerComesBeforeItsChildren(t *testing.T) {
	w := resting(t)
	g := risk.NewLastGate(w.e.cfg.Venues)
	for _, ev := range w.events {
		g.Observe(ev.Body)
	}
	g.Observe(&event.ReportParent{Parent: 1, Client: "EMS", ClOrdID: "P", ExecType: '0'})
	g.Check(&event.SendChild{Child: order.Child{ID: 90, Parent: 1, Symbol: "ABC", Side: market.Buy, Qty: 1001, Limit: 49 * market.Dollar}})
	w.e.stop(w.e.parents[1], nil, "RISK-01", "a drill")
	w.run(10 * market.Second)
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
	if !g.Stopped(1) || w.e.parents[1].Hold != order.HoldStop {
		t.Fatalf("nothing is latched: hold %v", w.e.parents[1].Hold)
	}
	b := &event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Approver: "bob", Reason: "the count was looked into"}
	w.seq, w.now = w.seq+1, w.now+1
	g.Observe(b)
	sent := 0
	for _, cmd := range w.e.Apply(event.Event{Seq: w.seq, At: w.now, Body: b}) {
		if c, ok := cmd.(*event.SendChild); ok {
			sent++
			if r := g.Check(c); !r.Passed() {
				t.Errorf("the last gate refuses the first child: %v", r)
			}
			continue
		}
		g.Observe(cmd)
	}
	if sent == 0 {
		t.Error("it was not sent on")
	}
}
