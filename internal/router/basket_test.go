package router

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// listed sends an order of a list.
func (w *world) listed(i int, list string, of uint32, t order.Terms) {
	t.Symbol = "ABC"
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint(list, i), Terms: t, List: list, ListOrders: of})
}

// said20 counts the summaries that people were told.
func (w *world) said20() (n int) {
	for _, a := range w.alerts {
		if a.Code == "RISK-20" {
			n++
		}
	}
	return n
}

// worth is an order to buy for so many dollars.
func worth(dollars int64) order.Terms {
	return order.Terms{Side: market.Buy, Qty: market.Qty(dollars / 50), Type: order.Limit, Limit: 50 * market.Dollar}
}

// TestBasketRefusedWhole is TEST-13: 349 orders of 444 billion dollars, of which each passes alone, are refused as one: no
// child of any, and one summary with how many and how much (RISK-05, RISK-20).
func TestBasketRefusedWhole(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.MaxParentQty, cfg.Limits.MaxADVPct, cfg.Limits.MaxParentMoney = 0, 0, 0
	cfg.Limits.MaxBasketMoney, cfg.Limits.MaxClientMoney, cfg.Limits.MaxClientNet = 2_000_000_000*market.Dollar, 0, 0
	w := newWorld(t, cfg)
	for i := range 349 {
		w.listed(i, "SELL", 349, worth(444_000_000_000/349))
	}
	w.run(market.Minute)
	if len(w.ids) != 0 {
		t.Errorf("%d children went out", len(w.ids))
	}
	if got := w.said20(); got != 1 {
		t.Errorf("people were told %d times, want one summary: %v", got, w.alerts)
	}
	if !w.alerted(event.Warn, "RISK-20", `list "SELL", 349 of 349 orders, $444044398699, refused whole`) || !w.alerted(event.Warn, "RISK-20", "348 warnings, the worst first: RISK-05 348 times, refused") {
		t.Errorf("the summary does not say how many and how much: %v", w.alerts)
	}
	for id := order.ParentID(1); id <= 349; id++ {
		if p := w.e.parents[id]; p == nil || !p.State.Done() || !strings.Contains(p.Reason, "RISK-20: basket 1") {
			t.Fatalf("parent %d: %+v", id, p)
		}
	}
	if r := w.last(); r.OrdStatus != '8' || !strings.Contains(r.Text, "refused whole") {
		t.Errorf("its client is told %+v", r)
	}
}

// TestBasketConfirmed: a list with warnings waits as a whole for one decision; what a hard limit refused stays refused.
func TestBasketConfirmed(t *testing.T) {
	for _, confirm := range []bool{true, false} {
		cfg := testConfig()
		cfg.Limits.SoftParentMoney, cfg.Limits.MaxParentMoney = 100_000*market.Dollar, 1_000_000*market.Dollar
		w := newWorld(t, cfg)
		w.listed(0, "B", 4, worth(50_000))
		w.listed(1, "B", 4, worth(150_000))
		w.listed(2, "B", 4, worth(2_000_000))
		w.run(2 * market.Second)
		decide := func(confirm bool, reason string) event.AnswerPerson {
			w.apply(&event.BasketDecided{Basket: 1, Confirm: confirm, Actor: "ann", Reason: reason})
			return w.answer()
		}
		if a := decide(true, "early"); !a.Refused || !strings.Contains(a.Text, "3 of 4 orders yet") || w.said20() != 0 {
			t.Errorf("before it is whole: %+v, %v", a, w.alerts)
		}
		w.listed(3, "B", 4, worth(60_000))
		if w.said20() != 1 || !w.alerted(event.Warn, "RISK-20", "2 warnings, the worst first: RISK-03 1 times, refused") || len(w.ids) > 0 {
			t.Errorf("%d summaries, %d children: %v", w.said20(), len(w.ids), w.alerts)
		}
		if a := decide(confirm, " "); !a.Refused {
			t.Error("it is decided without a reason")
		}
		w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Approver: "bob", Reason: "around the confirmation"})
		if a := w.answer(); !a.Refused || w.e.parents[1].Hold != order.HoldConfirm {
			t.Errorf("an order that waits is resumed by itself: %+v", a)
		}
		if a := decide(confirm, "the client confirms by phone"); a.Refused {
			t.Errorf("%+v", a)
		}
		w.run(market.Minute)
		if (len(w.ids) > 0) != confirm {
			t.Errorf("confirmed %t: %d children", confirm, len(w.ids))
		}
		if w.e.parents[3].State != order.Rejected {
			t.Errorf("the hard refusal is overridden: %+v", w.e.parents[3].Parent)
		}
		if p := w.e.parents[1]; !confirm && (p.State != order.Canceled || !strings.Contains(p.Reason, "ann: the client confirms")) {
			t.Errorf("denied: %+v", p.Parent)
		}
		if a := decide(confirm, "again"); !a.Refused {
			t.Error("it is decided twice")
		}
	}
}

// TestBasketPasses: a list without a warning is worked once it is whole, and nobody is called.
func TestBasketPasses(t *testing.T) {
	w := newWorld(t, testConfig())
	w.listed(0, "B", 2, worth(5_000))
	if w.run(market.Second); len(w.ids) != 0 {
		t.Errorf("%d children of half a list", len(w.ids))
	}
	w.listed(1, "B", 2, worth(6_000))
	if w.run(market.Second); len(w.ids) == 0 || w.said20() != 0 {
		t.Errorf("%d children, %v", len(w.ids), w.alerts)
	}
}

// TestBasketOfAMinute: without a list the warnings of one client's minute are one summary and one decision; what draws none
// goes its way.
func TestBasketOfAMinute(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.SoftParentMoney, cfg.Limits.MaxParentMoney = 10_000*market.Dollar, 1_000_000*market.Dollar
	w := newWorld(t, cfg)
	for i := range 20 {
		w.listed(i, "", 0, worth(20_000+int64(i)*50))
	}
	w.listed(20, "", 0, worth(2_000_000))
	w.listed(21, "", 0, worth(5_000))
	w.run(2 * market.Second)
	w.apply(&event.BasketDecided{Basket: 1, Confirm: true, Actor: "ann", Reason: "too early"})
	if a := w.answer(); !a.Refused || !strings.Contains(a.Text, "may still join basket 1") || w.said20() != 0 {
		t.Errorf("confirmed before it is known what: %+v", a)
	}
	w.run(4 * market.Second)
	if got := w.said20(); got != 1 || !w.alerted(event.Warn, "RISK-20", "21 warnings, the worst first: RISK-03 1 times, refused") {
		t.Errorf("%d summaries: %v", got, w.alerts)
	}
	if p := w.e.parents[22]; p.Hold != order.HoldNone || p.childCount == 0 {
		t.Errorf("an order without a warning waits too: %v", p.Hold)
	}
	if all := w.e.Baskets(); len(all) != 1 || all[0].Waiting != 20 || all[0].Orders != 21 || all[0].Refused != 1 {
		t.Errorf("%+v", all)
	}
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "x", OrigClOrdID: "0"})
	if r := w.last(); r.ExecType != '4' {
		t.Errorf("an order that waits cannot be canceled: %+v", r)
	}
	w.restart()
	w.listed(23, "", 0, worth(20_000))
	if all := w.e.Baskets(); len(all) != 2 || all[0].Orders != 21 {
		t.Errorf("what came after people were told of a basket joins it: %+v", all)
	}
	w.apply(&event.BasketDecided{Basket: 1, Confirm: true, Actor: "ann", Reason: "rebalance"})
	if a := w.answer(); a.Refused || !strings.Contains(a.Text, "19 orders go on") {
		t.Errorf("%+v", a)
	}
}

// TestBasketsEnd: a list whose rest does not come is withdrawn after a minute, a warning that nobody confirms after a quarter
// of an hour.
func TestBasketsEnd(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.SoftParentMoney = 10_000 * market.Dollar
	w := newWorld(t, cfg)
	w.listed(0, "B", 3, worth(5_000))
	w.listed(0, "", 0, worth(20_000))
	w.run(market.Minute + market.Second)
	if p := w.e.parents[1]; p.State != order.Canceled || !strings.Contains(p.Reason, "only 1 of 3 orders") {
		t.Errorf("an incomplete list: %+v", p.Parent)
	}
	w.run(13 * market.Minute)
	if p := w.e.parents[2]; p.State.Done() || p.Hold != order.HoldConfirm {
		t.Errorf("withdrawn early: %+v", p.Parent)
	}
	w.run(market.Minute)
	if p := w.e.parents[2]; p.State != order.Canceled || len(w.e.baskets) != 0 || len(w.ids) != 0 {
		t.Errorf("nobody confirmed: %+v, %d baskets", p.Parent, len(w.e.baskets))
	}
	w.listed(9, "NONE", 0, worth(5_000))
	if r := w.last(); r.OrdStatus != '8' || !strings.Contains(r.Text, "7008") {
		t.Errorf("a list of no orders: %+v", r)
	}
	for i := range basketsMost + 1 {
		w.listed(i, fmt.Sprint("M", i), 2, worth(5_000))
	}
	if r := w.last(); r.OrdStatus != '8' || !strings.Contains(r.Text, "64 baskets of this client wait") {
		t.Errorf("too many: %+v", r)
	}
}

// TestBasketEndsWithItsOrders: when the client cancels all that waits of a basket, people see at once that nothing is left to
// decide, and not only with the client's next warning (RISK-20).
func TestBasketEndsWithItsOrders(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.SoftParentMoney = 10_000 * market.Dollar
	w := newWorld(t, cfg)
	for i := range 2 {
		w.listed(i, "B", 2, worth(20_000))
	}
	ended := func() (stands []event.BasketStand) {
		for id := range 2 {
			w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: fmt.Sprint("C", id), OrigClOrdID: fmt.Sprint("B", id)})
			var last event.BasketStand
			for _, r := range w.baskets {
				last = r.Stand
			}
			stands = append(stands, last)
		}
		return stands
	}
	if got := ended(); got[0] != event.BasketWaits || got[1] != event.BasketDenied || len(w.e.baskets) != 0 {
		t.Errorf("after the first cancel and the second one the basket is shown as %v, %d kept", got, len(w.e.baskets))
	}
}

// TestBasketIsWhatWasSeen: between the summary and the decision no order that waits grows, and a confirmation starts nothing
// that a hard limit, a list or the ladder forbids by then (RISK-20, RISK-10, OPS-04).
func TestBasketIsWhatWasSeen(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.SoftParentMoney = 10_000 * market.Dollar
	w := newWorld(t, cfg)
	w.listed(0, "B", 3, worth(20_000))
	ioc := worth(20_000)
	ioc.TIF = order.IOC
	w.listed(1, "B", 3, ioc)
	w.listed(2, "B", 3, worth(20_000))
	if p := w.e.parents[2]; p.State.Done() || p.Hold != order.HoldConfirm {
		t.Errorf("an order that is immediate or canceled does not wait: %+v", p.Parent)
	}
	for _, q := range []market.Qty{401, 300} {
		terms := worth(20_000)
		terms.Symbol, terms.Qty = "ABC", q
		w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: fmt.Sprint("r", q), OrigClOrdID: "B0", Terms: terms})
	}
	if p := w.e.parents[1]; p.Terms.Qty != 300 || p.Hold != order.HoldConfirm {
		t.Errorf("an order that waits is replaced by a larger one, or cannot be reduced: %+v", p.Parent)
	}
	decide := func() event.AnswerPerson {
		w.apply(&event.BasketDecided{Basket: 1, Confirm: true, Actor: "ann", Reason: "the client confirms by phone"})
		return w.answer()
	}
	w.apply(&event.Degraded{Level: event.DegradedParents, Reason: "OPS-01: another build"})
	if a := decide(); !a.Refused || !strings.Contains(a.Text, "OPS-01") {
		t.Errorf("orders begin while none are taken: %+v", a)
	}
	w.apply(&event.Degraded{})
	w.apply(&event.LimitsChanged{Version: "2", Limits: []byte(fmt.Sprintf(`{"MaxParentMoney":%d}`, 16_000*market.Dollar)), Actor: "ann", Reason: "less from now on"})
	if a := decide(); a.Refused || !strings.Contains(a.Text, "1 orders go on") || !strings.Contains(a.Text, "forbids them: 2, such as: RISK-03") {
		t.Errorf("%+v", a)
	}
	w.run(market.Second)
	for id := order.ParentID(2); id <= 3; id++ {
		if p := w.e.parents[id]; p.State != order.Canceled || p.childCount > 0 {
			t.Errorf("worked above a hard limit: %+v", p.Parent)
		}
	}
}

// TestBasketOfManyGoesInSteps: a halt finds its way between the orders of a large list.
func TestBasketOfManyGoesInSteps(t *testing.T) {
	w := newWorld(t, testConfig())
	const n = 3 * basketAtOnce
	for i := range n {
		w.listed(i, "B", n, worth(5_000))
	}
	worked := func() (n int) {
		for _, p := range w.e.parents {
			if p.childCount > 0 || p.workedAt == w.now {
				n++
			}
		}
		return n
	}
	if got := worked(); got > basketAtOnce+1 {
		t.Errorf("%d orders are worked in one step, at most %d", got, basketAtOnce)
	}
	w.run(market.Second)
	for _, p := range w.e.parents {
		if p.Hold != order.HoldNone || p.workedAt == 0 {
			t.Fatalf("parent %d never began", p.ID)
		}
	}
}

// TestBasketOfAStranger: what a client sends is in a summary once and cut, and in no other order's refusal (SEC-13).
func TestBasketOfAStranger(t *testing.T) {
	w := newWorld(t, testConfig())
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "long", Terms: order.Terms{Symbol: market.Symbol(strings.Repeat("\x80", 60_000)), Qty: 1, Side: market.Buy, Type: order.Market}})
	if r := w.last(); len(r.Text) > 600 {
		t.Errorf("a refusal of %d bytes", len(r.Text))
	}
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "a", Terms: order.Terms{Symbol: "NONE", Qty: 1, Side: market.Buy, Type: order.Market}})
	if r := w.last(); len(r.Text) > 200 {
		t.Errorf("a refusal of %d bytes: %.300s", len(r.Text), r.Text)
	}
	w.run(2 * market.Minute)
	if got := w.said20(); got != 1 || len(w.alerts[len(w.alerts)-1].Text) > 900 || len(w.e.baskets) != 0 {
		t.Errorf("%d summaries, the last of %d bytes, %d baskets", got, len(w.alerts[len(w.alerts)-1].Text), len(w.e.baskets))
	}
	w.listed(0, strings.Repeat("L", basketName+1), 2, worth(5_000))
	if r := w.last(); r.OrdStatus != '8' || !strings.Contains(r.Text, "64 at most") {
		t.Errorf("%.200s", r.Text)
	}
}

// TestBasketEmptied: orders that their client cancels before their basket closes leave nothing behind: it holds no place, and the next
// warning of that minute is told as soon as any.
func TestBasketEmptied(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.SoftParentMoney = 10_000 * market.Dollar
	w := newWorld(t, cfg)
	w.listed(0, "", 0, worth(20_000))
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "x", OrigClOrdID: "0"})
	w.run(basketCloses + market.Second)
	if len(w.e.Baskets()) != 0 || w.said20() != 0 {
		t.Errorf("%d baskets wait, people were told %d times of nothing", len(w.e.Baskets()), w.said20())
	}
	w.listed(1, "", 0, worth(20_000))
	if w.run(basketCloses + market.Second); len(w.e.Baskets()) != 1 || w.said20() != 1 {
		t.Errorf("%d baskets wait, people were told %d times, want once", len(w.e.Baskets()), w.said20())
	}
	w.listed(2, "L", 2, worth(20_000))
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "y", OrigClOrdID: "L2"})
	w.listed(3, "L", 2, worth(20_000))
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "z", OrigClOrdID: "L3"})
	if got := len(w.e.baskets); got != 1 {
		t.Errorf("%d baskets are kept, want the one of which something waits", got)
	}
}
