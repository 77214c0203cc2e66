package router

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestBand is RISK-04 with a limit-up limit-down rule: an order priced outside the band is refused, a child that would trade
// outside is held back with the reason, and goes once the band has moved.
func TestBand(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.CollarBps = 0
	cfg.Regimes = []market.Regime{{Jurisdiction: "US", Rule: "LULD", Version: "18", From: 20120101, Forbids: market.ForbidsOutsideBand,
		Band: &market.BandRule{Tier1: []market.Symbol{"ABC"}, Tier1Bps: 500, Tier2Bps: 1_000, LowBps: 2_000, PennyBps: 7_500, Penny: 150_000}}}
	w := newWorld(t, cfg)
	trade := func(px market.Price) {
		w.apply(&event.TradePrinted{Symbol: "ABC", Venue: venueLitX, Qty: 100, Value: market.NotionalOf(px, 100), LastPx: px, Prints: 1})
	}
	buy := func(id string, limit market.Price) event.ReportParent {
		kind := order.Limit
		if limit == 0 {
			kind = order.Market
		}
		w.parent(id, order.Terms{Side: market.Buy, Qty: 500, Type: kind, Limit: limit})
		return w.last()
	}
	if r := buy("free", 60*market.Dollar); r.OrdStatus == '8' {
		t.Fatalf("without a reference there is no band: %+v", r)
	}
	w.run(market.Second)
	trade(50 * market.Dollar)
	if r := buy("at", 52_500_000); r.OrdStatus == '8' {
		t.Errorf("at the band: %+v", r)
	}
	if r := buy("beyond", 52_510_000); r.OrdStatus != '8' || !strings.Contains(r.Text, "RISK-04: price 52.51 is outside the limit-up limit-down band of 47.50 to 52.50") {
		t.Errorf("a cent beyond the band: %+v", r)
	}
	w.parent("sell", order.Terms{Side: market.Sell, Qty: 500, Type: order.Limit, Limit: 47_490_000})
	if r := w.last(); r.OrdStatus != '8' {
		t.Errorf("a sell a cent below it: %+v", r)
	}
	w.run(market.Minute)
	w.quote(53*market.Dollar, 53*market.Dollar+10_000)
	n := len(w.ids)
	w.parent("rest", order.Terms{Side: market.Buy, Qty: 500, Type: order.Limit, Limit: 52_400_000})
	e := w.restored()
	if r := buy("market", 0); r.OrdStatus != '8' {
		t.Errorf("a market order into a book beyond the band: %+v", r)
	}
	if a, b := e.symbols["ABC"].band.Price, w.e.symbols["ABC"].band.Price; a != b || a == 0 {
		t.Errorf("a restart has the reference %v, want %v", a, b)
	}
	w.run(5 * market.Second)
	for _, id := range w.ids[n:] {
		if c := w.e.children[id]; c.Limit > 52_500_000 || c.Limit == 0 {
			t.Errorf("a child at %v leaves the band", c.Limit)
		}
	}
	for range 40 {
		w.run(10 * market.Second)
		trade(53 * market.Dollar)
		w.quote(53*market.Dollar, 53*market.Dollar+10_000)
	}
	if r := buy("later", 53_010_000); r.OrdStatus == '8' {
		t.Errorf("the band has moved: %+v", r)
	}
}

// restored is an engine that comes back from a snapshot.
func (w *world) restored() *Engine {
	w.t.Helper()
	e, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// TestVetoesAreTold once a minute and rule for one order, with how many there were: whoever reads alerts must not lose the
// others in them (RISK-18).
func TestVetoesAreTold(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar})
	p := w.e.parents[1]
	var d event.RecordDecision
	var told []string
	for i := range 120 {
		w.e.now = w.e.now.Add(market.Second)
		w.e.cmds.reset()
		w.e.vetoed(p, &childState{}, &d, "RISK-18: it could trade against an open opposite order of ours")
		if i%2 == 0 {
			w.e.vetoed(p, &childState{}, &d, "RISK-11: too many")
		}
		for _, c := range w.e.cmds.list {
			told = append(told, c.(*event.Raise).Text)
		}
	}
	if len(told) != 4 || !strings.Contains(told[2], "RISK-18") || !strings.Contains(told[2], "59 times more") || !d.Void {
		t.Errorf("people are told %q", told)
	}
}
