package risk

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestINC01Knight: four million executions for 212 parents, because the check of the cumulative quantity was no more where
// it had been. An allocator that forgets every fill sends child after child: the last gate, on counters of its own, lets 0
// shares over (RISK-01). SLUICE_CHILDREN=10000000 tries ten million.
func TestINC01Knight(t *testing.T) {
	children := 20_000
	if s := os.Getenv("SLUICE_CHILDREN"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("SLUICE_CHILDREN: %v", err)
		}
		children = n
	}
	over, tried, passed := market.Qty(0), 0, 0
	for world := uint64(1); tried < children; world++ {
		w := &wire{random: rand.New(rand.NewPCG(1, world)), gate: lastGate(), asked: 1_000}
		for w.sent < 100 {
			w.step()
			over = max(over, w.reach()-w.asked)
		}
		tried, passed = tried+w.sent, passed+len(w.children)
	}
	if over > 0 {
		t.Errorf("%d shares over what was ordered", over)
	}
	t.Logf("%d children tried, %d passed, %d shares over", tried, passed, max(over, 0))
}

// TestINC03Goldman: 16,000 orders at a dollar, before the open, when bands were wider, and a person lifted the breaker. The
// collar is the same whatever the quote: without one it stands around the last trade or the prior close (RISK-04), and no
// one person lifts what it refused (RISK-12).
func TestINC03Goldman(t *testing.T) {
	g := NewGate(DefaultLimits(), instruments())
	dollar := terms(side(market.Sell), limit(market.Dollar))
	for name, q := range map[string]market.Quote{"open": quote, "before the open": {}, "one-sided": {Ask: 200 * market.Dollar}, "a quote as wide as a barn": {Bid: 1, Ask: 200 * market.Dollar}} {
		expect(t, name, g.Parent("C", "1", dollar, q, noon), "RISK-04")
	}
	if why := g.TwoPersons("ann", "", "the desk says that all is well"); why == "" {
		t.Error("one person arms again")
	}
}

// TestINC04GTS: a collar that was right was thought broken and turned off: 635 bad orders. It takes two persons, a quarter of
// an hour at most, and one order in ten passes meanwhile (RISK-13).
func TestINC04GTS(t *testing.T) {
	g := NewGate(DefaultLimits(), instruments())
	bad := terms(limit(200 * market.Dollar))
	off := event.ControlSwitched{Control: "RISK-04", Off: true, Until: noon.Add(offMost), Actor: "ann", Approver: "bob", Reason: "we think the collar is broken"}
	if why := g.Switch(&off, noon); why != "" {
		t.Fatal(why)
	}
	passed := 0
	for i := range 635 {
		if g.Parent("C", strconv.Itoa(i), bad, quote, noon).Passed() {
			passed++
		}
	}
	if passed > 635/10 {
		t.Errorf("%d of 635 bad orders pass", passed)
	}
	g.Expire(noon.Add(offMost))
	expect(t, "a quarter of an hour later", g.Parent("C", "x", bad, quote, noon.Add(offMost)), "RISK-04")
}

// TestINC05SpeedRoute: one setting and one data error left all credit controls off for years. Controls without limits are
// found at the start and after each change, and such a router is halted (RISK-14); limits that cannot be meant refuse
// everything.
func TestINC05SpeedRoute(t *testing.T) {
	off := DefaultLimits()
	off.MaxParentMoney, off.MaxClientMoney, off.MaxFirmMoney, off.MaxClientNet, off.MaxFirmNet = 0, 0, 0, 0, 0
	if got := SelfTest(off, Gates{}); len(got) != 5 || !named(got, "RISK-03") {
		t.Errorf("without credit limits the self-test finds %v", got)
	}
	broken := DefaultLimits()
	broken.MaxClientMoney = -1
	expect(t, "a data error", NewGate(broken, instruments()).Parent("C", "1", terms(), quote, noon), "RISK-16")
}

// TestINC06Citi: a basket of 444 billion dollars for one of 58 million; 711 warnings, of which 18 could be seen. The amount
// of a minute's orders is capped hard, in dollars, and nothing that the sender does lifts that (RISK-05).
func TestINC06Citi(t *testing.T) {
	l := DefaultLimits()
	l.MaxBasketMoney = 58_000_000 * market.Dollar
	g := NewGate(l, instruments())
	sold := market.Notional{}
	for i := range 349 {
		o := terms(side(market.Sell), qty(100_000), limit(100*market.Dollar)) // ten million dollars each
		if !g.Parent("C", strconv.Itoa(i), o, quote, noon).Passed() {
			continue
		}
		p := parent(order.ParentID(i+1), o)
		p.ClOrdID = strconv.Itoa(i)
		g.Accepted(p, 100*market.Dollar)
		sold = sold.Add(market.NotionalOf(100*market.Dollar, 100_000))
	}
	if got := dollars(sold); got != "$50000000.00" {
		t.Errorf("%s of the basket pass, want the five orders that fit", got)
	}
}
