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

// TestNoSelfCrossWithReplace is RISK-18 while a replace of ours is on its way, refused by a status that it may have overtaken, and
// answered: the opposite order counts at both prices for as long as either may be in force.
func TestNoSelfCrossWithReplace(t *testing.T) {
	const px, tick = 49 * market.Dollar, 10_000
	for _, c := range []struct {
		name   string
		answer func(w *world)
		sent   bool
	}{
		{"pending", func(*world) {}, false},
		{"in doubt", func(w *world) { w.down(); w.up() }, false},
		{"accepted", func(w *world) { w.accepts(1, 1000, px+50*tick) }, false},
		{"refused", func(w *world) { w.refuses(1, 2, false) }, true},
	} {
		w := resting(t)
		w.silent[venueLitX] = true
		w.quote(px+40*tick, px+60*tick)
		w.limitTo("R", px+50*tick)
		if child := w.e.children[1]; !child.PendingReplace || child.ReplaceLimit != px+50*tick {
			t.Fatalf("%s: no replace is under way: %v", c.name, w.toVenues)
		}
		c.answer(w)
		w.apply(&event.ParentReceived{Client: "EMS2", ClOrdID: "S", Terms: order.Terms{Symbol: "ABC", Side: market.Sell, Qty: 100, Type: order.Limit, Limit: px + 40*tick, Directed: "LX", TIF: order.Day}})
		sells := 0
		for _, sent := range w.sent() {
			if sent.Side == market.Sell {
				sells++
			}
		}
		if sells > 0 != c.sent {
			t.Errorf("%s: a sell at the price of our own buy is sent %d times", c.name, sells)
		}
	}
}

// TestBackUnderHalt is KILL-01 and KILL-07: an order that a bust brings back to its venue's book while a halt covers it is withdrawn,
// and what was flat is said not to be.
func TestBackUnderHalt(t *testing.T) {
	w := resting(t)
	w.trade("1", 1000)
	w.apply(&event.Halted{Symbol: "ABC", Actor: "ann", Reason: "drill"})
	if h := w.e.Halts()[0]; !h.Flat || !w.alerted(event.Warn, "KILL-07", "flat") {
		t.Fatalf("nothing works, and %+v", h)
	}
	w.toVenues, w.silent[venueLitX] = nil, true
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
	if h := w.e.Halts()[0]; h.Flat || h.Sent != 1 || !w.alerted(event.Page, "KILL-07", "no longer flat") || len(w.toVenues) != 1 || w.toVenues[0] != "F 1<0" {
		t.Errorf("an order works again: %+v, its venue is asked %v, alerts %+v", h, w.toVenues, w.alerts)
	}
	w.alerts = nil
	w.run(6 * market.Second)
	if !w.alerted(event.Page, "KILL-04", "1 orders") {
		t.Errorf("nobody is called for it: %+v", w.alerts)
	}
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
	if h := w.e.Halts()[0]; !h.Flat || !w.alerted(event.Warn, "KILL-07", "confirmed gone") {
		t.Errorf("it is gone: %+v, alerts %+v", h, w.alerts)
	}
}

// TestHaltCallsLate is KILL-04 where the clock stood still for longer than people are called within, such as over a restart: they
// are called then, once.
func TestHaltCallsLate(t *testing.T) {
	w := restingOrders(t, 3)
	w.silent[venueLitX] = true
	w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	w.now = w.now.Add(20 * market.Second)
	w.run(10 * market.Second)
	calls := 0
	for _, a := range w.alerts {
		if a.Code == "KILL-04" {
			calls++
		}
	}
	if calls != 1 {
		t.Errorf("people are called %d times for orders that nobody confirms", calls)
	}
}

// TestVenueRateSlides is RISK-11: within no second, wherever it begins, does one order touch more venues than it may. TestControlOff
// has RISK-13: while the control is off it touches all.
func TestVenueRateSlides(t *testing.T) {
	for _, off := range []bool{false, true} {
		cfg := testConfig()
		cfg.Venues, cfg.Limits.MaxVenueRate, cfg.Tactics.PostVenues = cfg.Venues[:0], 2, 8
		for i := range 8 {
			cfg.Venues = append(cfg.Venues, market.Venue{ID: market.VenueID(i), Name: fmt.Sprint("L", i), MIC: "XLXX", Type: market.Lit,
				Caps: market.CapStatus, History: market.History{LatencyUs: 200, FillRatePct: 90, Impact: 5}})
		}
		w := newWorld(t, cfg)
		w.autoFill = false
		if off {
			w.apply(&event.ControlSwitched{Control: "RISK-11", Off: true, Until: w.now.Add(10 * market.Minute), Actor: "ann", Approver: "bob", Reason: "eight venues open at once today"})
			for i := range 9 { // of new orders one in ten is taken meanwhile
				w.parent(fmt.Sprint("N", i), order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar})
			}
		}
		w.now = w.now - w.now%market.Time(market.Second) + market.Time(1900*market.Millisecond)
		w.parent("P", order.Terms{Side: market.Buy, Qty: 4000, Type: order.Limit, Limit: 49 * market.Dollar, TIF: order.Day})
		w.run(10 * market.Second)
		most := 0
		for _, c := range w.sent() {
			touched := map[market.VenueID]bool{}
			for _, d := range w.sent() {
				if after := d.DecidedAt.Sub(c.DecidedAt); after >= 0 && after < market.Second {
					touched[d.Venue] = true
				}
			}
			most = max(most, len(touched))
		}
		if want := map[bool]int{false: 2, true: 8}[off]; most != want || len(w.ids) < 8 {
			t.Errorf("off %v: %d venues touched within a second, %d children; want %d and all venues in the end", off, most, len(w.ids), want)
		}
	}
}

// TestSelfCrossOff is RISK-13 and RISK-18: while the control is off an order goes where our own opposite one rests.
func TestSelfCrossOff(t *testing.T) {
	w := resting(t)
	w.quote(49*market.Dollar, 49*market.Dollar+10_000)
	sell := order.Terms{Symbol: "ABC", Side: market.Sell, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day}
	w.apply(&event.ParentReceived{Client: "EMS2", ClOrdID: "S", Terms: sell})
	w.run(market.Second)
	if len(w.ids) != 1 {
		t.Fatalf("it was sent: %+v", w.sent())
	}
	w.apply(&event.ControlSwitched{Control: "RISK-18", Off: true, Until: w.now.Add(10 * market.Minute), Actor: "ann", Approver: "bob", Reason: "both desks agreed to cross here"})
	w.run(market.Second)
	if len(w.ids) != 2 {
		t.Errorf("%d children; want the sell sent while the control is off", len(w.ids))
	}
}

// TestStartWithWiderLimits is RISK-16 and SEC-04: limits that a start has from its file and that are wider than those in force before
// it are told, because no second person approved them.
func TestStartWithWiderLimits(t *testing.T) {
	cfg := testConfig()
	w := newWorld(t, cfg)
	narrow := w.e.cfg.Limits.Clone()
	narrow.MaxParentQty = 1000
	text, err := json.Marshal(narrow)
	if err != nil {
		t.Fatal(err)
	}
	w.configured(cfg)
	if w.alerted(event.Warn, "RISK-16", "") {
		t.Errorf("the same limits: %+v", w.alerts)
	}
	w.apply(&event.LimitsChanged{Version: "narrow", Limits: text, Actor: "ann", Reason: "a quiet day"})
	w.alerts = nil
	if w.configured(cfg); !w.alerted(event.Warn, "RISK-16", "max_parent_shares") {
		t.Errorf("a start undid a narrower limit: %+v", w.alerts)
	}
}

// TestBackUnderHaltDelaysNoCall is KILL-04: people are called for what a halt left within five seconds, also when a bust brings another
// order back meanwhile.
func TestBackUnderHaltDelaysNoCall(t *testing.T) {
	w := restingOrders(t, 3)
	w.trade("1", 100)
	w.silent[venueLitX] = true
	w.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	w.run(4 * market.Second)
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
	w.run(2 * market.Second)
	if !w.alerted(event.Page, "KILL-04", "3 orders") {
		t.Errorf("six seconds after the halt nobody is called: %+v", w.alerts)
	}
}
