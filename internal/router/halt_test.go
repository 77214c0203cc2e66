package router

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// two is a resume by two persons with a reason.
func two(r event.Resumed) *event.Resumed {
	r.Actor, r.Approver, r.Reason = "ann", "bob", "LITX says that it is mended"
	return &r
}

// restingOrders gives a world in which n orders of 100 shares rest at LX.
func restingOrders(t *testing.T, n int) *world {
	cfg := testConfig()
	cfg.Limits.MaxRepeats = 0
	w := newWorld(t, cfg)
	w.autoFill = false
	for i := range n {
		w.parent(fmt.Sprint("P", i), order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day})
	}
	w.settle()
	if len(w.ids) != n {
		t.Fatalf("%d orders rest, want %d", len(w.ids), n)
	}
	return w
}

// TestHaltProgress is KILL-04 and KILL-07: flat is said only when every order is confirmed gone; a silent venue's are not,
// and people are called for them after five seconds.
func TestHaltProgress(t *testing.T) {
	w := restingOrders(t, 3)
	w.silent[venueLitX] = true
	w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	if h := w.e.Halts(); len(h) != 1 || h[0].Total != 3 || h[0].Sent != 3 || h[0].Flat || h[0].Actor != "ann" {
		t.Fatalf("after the halt: %+v", h)
	}
	w.run(4 * market.Second)
	if w.alerted(event.Page, "KILL-04", "") || w.alerted(event.Warn, "KILL-07", "flat") {
		t.Errorf("people are called, or told that it is flat, before five seconds: %v", w.alerts)
	}
	w.run(2 * market.Second)
	if !w.alerted(event.Page, "KILL-04", "of 3 orders of everything, 0 are confirmed gone") || !w.alerted(event.Page, "KILL-04", "the desks of LX") {
		t.Errorf("nobody is called for what is not confirmed: %v", w.alerts)
	}
	if h := w.e.Halts()[0]; h.Flat || h.Unknown == 0 || len(h.Venues) != 1 || h.Venues[0] != venueLitX {
		t.Errorf("orders that nobody answers for: %+v", h)
	}
	for i, id := range w.ids {
		if w.alerted(event.Warn, "KILL-07", "flat") {
			t.Errorf("flat after %d of 3 orders", i)
		}
		w.apply(&event.ChildDone{Child: id, What: order.WasCanceled})
	}
	if h := w.e.Halts()[0]; !h.Flat || h.Confirmed != 3 || !w.alerted(event.Warn, "KILL-07", "all 3 orders of everything are confirmed gone") {
		t.Errorf("all are gone: %+v, %v", h, w.alerts)
	}
	w.apply(two(event.Resumed{}))
	if h := w.e.Halts(); len(h) != 0 {
		t.Errorf("armed again, and %+v is halted", h)
	}
}

// TestArmingNeedsTwo is KILL-03 and RISK-12: one person halts, two arm again, with a reason that can be read later.
func TestArmingNeedsTwo(t *testing.T) {
	w := newWorld(t, testConfig())
	w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	for name, r := range map[string]event.Resumed{
		"alone":           {Actor: "ann", Reason: "it is safe, says the desk"},
		"the same twice":  {Actor: "ann", Approver: "ANN ", Reason: "it is safe, says the desk"},
		"without a name":  {Approver: "bob", Reason: "it is safe, says the desk"},
		"a short reason":  {Actor: "ann", Approver: "bob", Reason: "it is safe"},
		"another's scope": {Venue: "LX", Actor: "ann", Approver: "bob", Reason: "it is safe, says the desk"},
	} {
		w.apply(&r)
		if a := w.answer(); !a.Refused || len(w.e.Halts()) != 1 {
			t.Errorf("armed again by %s: %+v", name, a)
		}
	}
	w.apply(two(event.Resumed{}))
	if a := w.answer(); a.Refused || !w.alerted(event.Page, "KILL-03", "resumed by ann and bob") {
		t.Errorf("two persons: %+v, %v", a, w.alerts)
	}
}

// TestHaltOfAnAlgorithm: a strategy is stopped and no other (KILL-01).
func TestHaltOfAnAlgorithm(t *testing.T) {
	w := restingOrders(t, 1)
	w.apply(&event.Halted{Algorithm: "block", Actor: "ann", Reason: "drill"})
	w.run(market.Second)
	if got := len(w.e.parents[1].children); got != 1 {
		t.Errorf("an immediate order has %d children under a halt of blocks", got)
	}
	w.apply(&event.Halted{Algorithm: "immediate", Actor: "ann", Reason: "drill"})
	w.run(market.Second)
	if got := len(w.e.parents[1].children); got != 0 {
		t.Errorf("an immediate order has %d children under a halt of its own kind", got)
	}
	before := len(w.ids)
	w.parent("B", order.Terms{Side: market.Buy, Qty: 100, Strategy: order.Block, End: w.now.Add(market.Hour)})
	if r := w.last(); r.ExecType != '8' || len(w.ids) != before {
		t.Errorf("a block under a halt of blocks: %c", r.ExecType)
	}
}

// TestLimitsChange is RISK-16 and SEC-04: narrower limits hold at once, wider ones need two persons, and every decision and
// refusal says under which it was made (RISK-21).
func TestLimitsChange(t *testing.T) {
	w := newWorld(t, testConfig())
	change := func(version, approver string, f func(map[string]any)) event.AnswerPerson {
		l := map[string]any{}
		f(l)
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		w.apply(&event.LimitsChanged{Version: version, Limits: b, Actor: "ann", Approver: approver, Reason: "a desk of its own agreed"})
		return w.answer()
	}
	if a := change("narrow", "", func(l map[string]any) { l["MaxParentQty"] = 500 }); a.Refused {
		t.Fatalf("narrower limits: %+v", a)
	}
	w.parent("1", order.Terms{Side: market.Buy, Qty: 501})
	if r := w.last(); r.ExecType != '8' || r.Reason != 3 || r.Text[:7] != "RISK-02" {
		t.Errorf("refused as %c, 103=%d, 58=%s", r.ExecType, r.Reason, r.Text)
	}
	if a := change("wide", "", func(l map[string]any) { l["MaxParentQty"] = 501 }); !a.Refused || w.e.gate.Version() != "narrow" {
		t.Errorf("one person widens: %+v", a)
	}
	if a := change("wide", "bob", func(l map[string]any) { l["MaxParentQty"] = 501 }); a.Refused || w.e.gate.Version() != "wide" {
		t.Errorf("two persons cannot widen: %+v", a)
	}
	if a := change("bad", "bob", func(l map[string]any) { l["MaxParentQty"] = -1 }); !a.Refused || w.e.gate.Version() != "wide" {
		t.Errorf("limits that cannot be meant: %+v", a)
	}
	w.parent("2", order.Terms{Side: market.Buy, Qty: 501})
	if n := len(w.decided); n == 0 || w.decided[n-1].Limits != "wide" {
		t.Errorf("the decisions do not say their limits: %d", n)
	}
}

// TestControlOff is RISK-13: off for a while by two persons, on again by itself, also after a restart in between.
func TestControlOff(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.MaxParentQty = 100
	w := newWorld(t, cfg)
	off := &event.ControlSwitched{Control: "RISK-02", Off: true, Until: w.now.Add(10 * market.Minute), Actor: "ann", Reason: "LITX lists a new class today"}
	if w.apply(off); !w.answer().Refused {
		t.Error("one person turns a control off")
	}
	off.Approver = "bob"
	if w.apply(off); w.answer().Refused {
		t.Fatalf("two persons: %+v", w.answer())
	}
	taken := 0
	for i := range 20 {
		w.parent(fmt.Sprint("P", i), order.Terms{Side: market.Buy, Qty: 200, Type: order.Limit, Limit: 49 * market.Dollar})
		if w.e.parents[order.ParentID(i+1)].State != order.Rejected {
			taken++
		}
	}
	if taken != 2 {
		t.Errorf("%d of 20 orders are taken while a control is off, want 2", taken)
	}
	w.run(10 * market.Minute)
	if !w.alerted(event.Page, "RISK-13", "RISK-02 is on again") || len(w.e.gate.Off()) != 0 {
		t.Errorf("still off after its time: %v", w.e.gate.Off())
	}
}

// TestNoSelfCross is RISK-18: nothing of ours meets an open opposite order of ours, unless both clients allow it.
func TestNoSelfCross(t *testing.T) {
	for _, tc := range []struct {
		name  string
		allow bool
		price market.Price
		sent  bool
	}{
		{"a sell at our own bid", false, 50 * market.Dollar, false},
		{"a sell above our own bid", false, 50*market.Dollar + 10_000, true},
		{"allowed by both", true, 50 * market.Dollar, true},
	} {
		cfg := testConfig()
		cfg.Clients = []ClientPolicy{{Name: "EMS", SelfCross: tc.allow}, {Name: "EMS2", SelfCross: tc.allow}}
		w := newWorld(t, cfg)
		w.autoFill = false
		w.parent("B", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 50 * market.Dollar, Directed: "LX", TIF: order.Day})
		w.settle()
		before := len(w.ids)
		if before == 0 {
			t.Fatal("nothing rests")
		}
		terms := order.Terms{Symbol: "ABC", Side: market.Sell, Qty: 100, Type: order.Limit, Limit: tc.price, Directed: "LX", TIF: order.Day}
		w.apply(&event.ParentReceived{Client: "EMS2", ClOrdID: "S", Terms: terms})
		if got := len(w.ids) > before; got != tc.sent {
			t.Errorf("%s: sent %v, want %v", tc.name, got, tc.sent)
		}
		if !tc.sent && w.decided[len(w.decided)-1].Venues[venueLitX].Excluded != "an open opposite order of ours is there" {
			t.Errorf("%s: excluded as %q", tc.name, w.decided[len(w.decided)-1].Venues[venueLitX].Excluded)
		}
	}
}

// TestRepeatsLatch is RISK-07: a parent whose child is sent again and again without a fill or a change is off until a person
// lets it go on.
func TestRepeatsLatch(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.MaxRepeats = 3
	w := newWorld(t, cfg)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day})
	for range 40 {
		n := len(w.ids)
		w.run(100 * market.Millisecond)
		w.apply(&event.ChildDone{Child: w.ids[n-1], What: order.WasCanceled})
		w.run(3 * market.Second)
	}
	p := w.e.parents[1]
	if p.Hold != order.HoldStop || !w.alerted(event.Page, "RISK-07", "a person must look") {
		t.Fatalf("%d children were sent, hold %v", len(w.ids), p.Hold)
	}
	n := len(w.ids)
	w.run(10 * market.Minute)
	if len(w.ids) != n {
		t.Errorf("%d more children of a parent that is off", len(w.ids)-n)
	}
}
