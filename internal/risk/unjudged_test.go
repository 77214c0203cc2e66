package risk

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestAnAmountThatNobodyKnows: an order of which no price is known is worth anything, not nothing. While the collar is off for a
// while, or a reference is not asked for, it passes no limit of money (RISK-03, RISK-13).
func TestAnAmountThatNobodyKnows(t *testing.T) {
	unpriced := terms(symbol("NEWS"), kind(order.Market), limit(0))
	for name, l := range map[string]Limits{
		"parent": {MaxParentMoney: 1}, "client": {MaxClientMoney: 1}, "net": {MaxClientNet: 1}, "firm": {MaxFirmMoney: 1}, "firm net": {MaxFirmNet: 1},
		"minute": {MaxBasketMoney: 1}, "its own": {Credits: []ClientLimits{{Client: "C", MaxClientMoney: 1}}},
		"its class": {Classes: []ClassLimits{{Class: "new", Symbols: []market.Symbol{"NEWS"}, MaxParentMoney: 1}}},
	} {
		rule := "RISK-03"
		if name == "minute" {
			rule = "RISK-05"
		}
		expect(t, name, NewGate(l, instruments()).Parent("C", "1", unpriced, market.Quote{}, noon), rule)
		g := NewGate(l, instruments())
		g.limits.RequireReference = true
		off := event.ControlSwitched{Control: "RISK-04", Off: true, Until: noon.Add(market.Minute), Actor: "ann", Approver: "bob", Reason: "the reference feed is wrong"}
		if why := g.Switch(&off, noon); why != "" {
			t.Fatal(why)
		}
		for range flowWhileOff { // one of ten is let through
			expect(t, name+", the collar is off", g.Parent("C", "1", unpriced, market.Quote{}, noon), rule)
		}
		priced := terms(symbol("NEWS"), qty(0+1), limit(10_000))
		if r := NewGate(Limits{}, instruments()).Parent("C", "1", priced, market.Quote{}, noon); !r.Passed() {
			t.Errorf("%s: an order with a limit: %v", name, r)
		}
	}
	c := child()
	c.Symbol, c.Limit = "NEWS", 0
	p := parent(1, unpriced)
	expect(t, "a child", NewGate(Limits{MaxChildMoney: 1}, instruments()).Child(p, 0, 0, c, market.Quote{}), "RISK-03")
	expect(t, "a child without a limit of money", NewGate(Limits{}, instruments()).Child(p, 0, 0, c, market.Quote{}), "")
	expect(t, "no limit of money", NewGate(Limits{}, instruments()).Parent("C", "1", unpriced, market.Quote{}, noon), "")
}

// TestASmallerOrderKeepsItsLocate: a replace that asks for less passes every limit, but a short sale must still say where its
// shares are borrowed: what is left of it is sent as the replace says (RISK-10, RISK-22).
func TestASmallerOrderKeepsItsLocate(t *testing.T) {
	located := func(id string) func(*order.Terms) { return func(t *order.Terms) { t.LocateID = id } }
	short := terms(side(market.SellShort), located("L1"))
	easy := Limits{Lists: []List{{Name: ListEasyToBorrow, Symbols: []market.Symbol{"AMZN"}}}}
	for _, tc := range []struct {
		name string
		l    Limits
		to   *order.Terms
		want string
	}{
		{"the same", Limits{}, terms(side(market.SellShort), qty(500), located("L1")), ""},
		{"none", Limits{}, terms(side(market.SellShort), qty(500)), "RISK-10"},
		{"another", Limits{}, terms(side(market.SellShort), qty(500), located("L2")), ""},
		{"none of what is easy to borrow", easy, terms(side(market.SellShort), qty(500)), ""},
	} {
		expect(t, tc.name, NewGate(tc.l, instruments()).Replace("C", short, tc.to, quote, noon), tc.want)
	}
	sold := terms(side(market.Sell))
	expect(t, "no short sale", NewGate(Limits{}, instruments()).Replace("C", sold, terms(side(market.Sell), qty(500)), quote, noon), "")
}

// TestACollarOfBothSides: a collar of 100 % and more forbids no sale at any price; a figure of another unit is found before the
// market opens (RISK-04, RISK-14).
func TestACollarOfBothSides(t *testing.T) {
	for bps, want := range map[float64]string{500: "", 9_998: "", 10_000: "RISK-04", 50_000: "RISK-04", maxShare: "RISK-04"} {
		l := strict()
		l.CollarBps = bps
		if got := firstOf(SelfTest(l, Gates{})); got != want {
			t.Errorf("a collar of %v bps: %q, want %q", bps, got, want)
		}
	}
}

// TestTheLastGateCountsNoFurtherThanItCan: whatever a venue says of fills, what an order may still send never grows by it (RISK-01).
func TestTheLastGateCountsNoFurtherThanItCan(t *testing.T) {
	for name, say := range map[string]func(g *LastGate){
		"two cumulative quantities": func(g *LastGate) {
			for _, id := range []order.ChildID{1, 2} {
				g.Observe(&event.ChildExecuted{Child: id, ExecID: "a", Qty: 1, Px: 1, Cum: math.MaxInt64})
			}
		},
		"four fills of one": func(g *LastGate) {
			for _, id := range []string{"a", "b", "c", "d"} {
				g.Observe(&event.ChildExecuted{Child: 1, ExecID: id, Qty: 1 << 62, Px: 1})
			}
		},
		"a fill of each": func(g *LastGate) {
			for _, id := range []order.ChildID{1, 2} {
				g.Observe(&event.ChildExecuted{Child: id, ExecID: "a", Qty: math.MaxInt64, Px: 1})
			}
		},
	} {
		g := lastGate()
		for _, id := range []order.ChildID{1, 2} {
			if r := g.Check(send(id, 10)); !r.Passed() {
				t.Fatal(r)
			}
		}
		say(g)
		if r := g.Check(send(3, 1)); r.Passed() {
			taken, asked := g.Taken(1)
			t.Errorf("%s: one share more is sent: %d taken of %d", name, taken, asked)
		}
	}
}
