package risk

import (
	"encoding/json"
	"github.com/sluice-sor/sluice/internal/event"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const noon = market.Time(20_000*int64(24)+12) * market.Time(market.Hour) // of some UTC day

func instruments() []market.Instrument {
	return []market.Instrument{
		{Symbol: "AMZN", Tick: 10_000, Lot: 100, ADV: 1_000_000, PriorClose: 100 * market.Dollar},
		{Symbol: "RSTR", Tick: 10_000, Lot: 100, ADV: 1_000_000, PriorClose: 100 * market.Dollar},
		{Symbol: "NEWS", Tick: 10_000, Lot: 100},
	}
}

// quote is 100 dollars with a spread of two cents.
var quote = market.Quote{Bid: 99_990_000, Ask: 100_010_000, BidSize: 100, AskSize: 100}

func terms(change ...func(*order.Terms)) *order.Terms {
	t := &order.Terms{Account: "A", Symbol: "AMZN", Side: market.Buy, Qty: 1_000, Type: order.Limit, Limit: 100 * market.Dollar}
	for _, f := range change {
		f(t)
	}
	return t
}

func expect(t *testing.T, what string, got Refusal, rule string) {
	t.Helper()
	if got.Rule != rule {
		t.Errorf("%s: %v, want rule %q", what, got, rule)
	}
	if !got.Passed() && (got.Text == "" || got.String() != got.Rule+": "+got.Text) {
		t.Errorf("%s: a refusal without words: %+v", what, got)
	}
}

// TestParentLimits is TEST-10: each control at its limit −1, at it, +1, and at the ends of the range.
func TestParentLimits(t *testing.T) {
	none := Limits{}
	for _, tc := range []struct {
		name  string
		l     Limits
		terms *order.Terms
		want  string
	}{
		{"quantity −1", Limits{MaxParentQty: 1_000}, terms(qty(999)), ""},
		{"quantity", Limits{MaxParentQty: 1_000}, terms(qty(1_000)), ""},
		{"quantity +1", Limits{MaxParentQty: 1_000}, terms(qty(1_001)), "RISK-02"},
		{"quantity zero", none, terms(qty(0)), "RISK-02"},
		{"quantity negative", none, terms(qty(-1)), "RISK-02"},
		{"quantity least", none, terms(qty(math.MinInt64)), "RISK-02"},
		{"quantity largest, no limit", none, terms(qty(math.MaxInt64)), ""},
		{"quantity largest", Limits{MaxParentQty: 1_000}, terms(qty(math.MaxInt64)), "RISK-02"},

		{"ADV −1", Limits{MaxADVPct: 5}, terms(qty(49_999)), ""},
		{"ADV", Limits{MaxADVPct: 5}, terms(qty(50_000)), ""},
		{"ADV +1", Limits{MaxADVPct: 5}, terms(qty(50_001)), "RISK-02"},
		{"ADV overflow", Limits{MaxADVPct: 5}, terms(qty(math.MaxInt64)), "RISK-02"},
		{"ADV unknown fails closed", Limits{MaxADVPct: 5}, terms(symbol("NEWS")), "RISK-02"},
		{"ADV unknown without the limit", none, terms(symbol("NEWS")), ""},

		{"notional −1", Limits{MaxParentMoney: 100_001 * market.Dollar}, terms(), ""},
		{"notional", Limits{MaxParentMoney: 100_000 * market.Dollar}, terms(), ""},
		{"notional +1", Limits{MaxParentMoney: 100_000*market.Dollar - 1}, terms(), "RISK-03"},
		{"notional overflow", Limits{MaxParentMoney: math.MaxInt64}, terms(qty(math.MaxInt64)), "RISK-03"},
		{"notional of a low bid counts at the reference", Limits{MaxParentMoney: 100_000*market.Dollar - 1}, terms(limit(market.Dollar)), "RISK-03"},
		{"notional of a market order", Limits{MaxParentMoney: 100_000*market.Dollar - 1}, terms(kind(order.Market), limit(0)), "RISK-03"},

		{"client day", Limits{MaxClientMoney: 100_000 * market.Dollar}, terms(), ""},
		{"client day +1", Limits{MaxClientMoney: 100_000*market.Dollar - 1}, terms(), "RISK-03"},
		{"firm day", Limits{MaxFirmMoney: 100_000 * market.Dollar}, terms(), ""},
		{"firm day +1", Limits{MaxFirmMoney: 100_000*market.Dollar - 1}, terms(), "RISK-03"},
		{"basket", Limits{MaxBasketMoney: 100_000 * market.Dollar}, terms(), ""},
		{"basket +1", Limits{MaxBasketMoney: 100_000*market.Dollar - 1}, terms(), "RISK-05"},

		{"collar −1 tick", Limits{CollarBps: 500}, terms(limit(104_990_000)), ""},
		{"collar", Limits{CollarBps: 500}, terms(limit(105_000_000)), ""},
		{"collar +1 tick", Limits{CollarBps: 500}, terms(limit(105_010_000)), "RISK-04"},
		{"collar largest price", Limits{CollarBps: 500}, terms(qty(1), limit(math.MaxInt64/10_000*10_000)), "RISK-04"},
		{"a passive price is no fat finger", Limits{CollarBps: 500}, terms(limit(10_000)), ""},
		{"collar of a sell", Limits{CollarBps: 500}, terms(side(market.Sell), limit(95_000_000)), ""},
		{"collar of a sell +1 tick", Limits{CollarBps: 500}, terms(side(market.Sell), limit(94_990_000)), "RISK-04"},
		{"a passive sell", Limits{CollarBps: 500}, terms(side(market.Sell), limit(900_000_000)), ""},
		{"a collar of more than the price", Limits{CollarBps: 20_000}, terms(side(market.Sell), limit(10_000)), ""},
		{"soft collar", Limits{CollarBps: 500, SoftCollarBps: 200}, terms(limit(102_000_000)), ""},

		{"negative price", none, terms(limit(-10_000)), "RISK-04"},
		{"limit order without a limit", none, terms(limit(0)), "RISK-04"},
		{"market order with a limit", none, terms(kind(order.Market)), "RISK-04"},
		{"off the tick", none, terms(limit(100_005_000)), "RISK-04"},
		{"unknown symbol", none, terms(symbol("ZZZZ")), "RISK-10"},
		{"no symbol", none, terms(symbol("")), "RISK-10"},
		{"side zero", none, terms(side(0)), "FIX-10"},
		{"side three", none, terms(side(3)), "FIX-10"},
		{"minimum above the quantity", none, terms(func(t *order.Terms) { t.MinQty = 1_001 }), "FIX-08"},
		{"minimum negative", none, terms(func(t *order.Terms) { t.MinQty = -1 }), "FIX-08"},
		{"minimum of all", none, terms(func(t *order.Terms) { t.MinQty = 1_000 }), ""},
		{"display negative", none, terms(func(t *order.Terms) { t.MaxFloor = -1 }), "FIX-08"},
		{"odd lot", none, terms(qty(7)), ""},

		{"restricted", Limits{Restricted: []market.Symbol{"XXXX", "RSTR"}}, terms(symbol("RSTR")), "RISK-10"},
		{"not restricted", Limits{Restricted: []market.Symbol{"RSTR"}}, terms(), ""},
		{"short without locate", none, terms(side(market.SellShort)), "RISK-10"},
		{"short exempt without locate", none, terms(side(market.SellShortExempt)), "RISK-10"},
		{"short with locate", none, terms(side(market.SellShort), func(t *order.Terms) { t.LocateID = "L1" }), ""},
	} {
		g := NewGate(tc.l, instruments())
		expect(t, tc.name, g.Parent("C", "1", tc.terms, quote, noon), tc.want)
	}
}

func qty(q market.Qty) func(*order.Terms)       { return func(t *order.Terms) { t.Qty = q } }
func limit(p market.Price) func(*order.Terms)   { return func(t *order.Terms) { t.Limit = p } }
func side(s market.Side) func(*order.Terms)     { return func(t *order.Terms) { t.Side = s } }
func symbol(s market.Symbol) func(*order.Terms) { return func(t *order.Terms) { t.Symbol = s } }
func kind(k order.Type) func(*order.Terms)      { return func(t *order.Terms) { t.Type = k } }
func parent(id order.ParentID, t *order.Terms) *order.Parent {
	return &order.Parent{ID: id, Client: "C", ClOrdID: string(rune('a' + id)), Terms: *t, State: order.New, Received: noon}
}

func TestSoftCollar(t *testing.T) {
	g := NewGate(Limits{CollarBps: 500, SoftCollarBps: 200}, instruments())
	r := g.Parent("C", "1", terms(limit(102_010_000)), quote, noon)
	expect(t, "between the collars", r, "RISK-04")
	if !r.Soft {
		t.Error("between the collars: hard, want soft")
	}
	if r := g.Parent("C", "1", terms(limit(105_010_000)), quote, noon); r.Soft {
		t.Error("beyond the collar: soft, want hard")
	}
	c := &order.Child{Symbol: "AMZN", Side: market.Buy, Qty: 100, Limit: 102_010_000}
	expect(t, "a child between the collars", g.Child(parent(1, terms(limit(103_000_000))), 0, 0, c, quote), "")
}

// TestReference is the order of reference prices of RISK-04.
func TestReference(t *testing.T) {
	wide := market.Quote{Bid: 50 * market.Dollar, Ask: 150 * market.Dollar}
	crossed := market.Quote{Bid: 101 * market.Dollar, Ask: 100 * market.Dollar}
	for _, tc := range []struct {
		name   string
		symbol market.Symbol
		last   market.Price
		q      market.Quote
		spread float64
		want   market.Price
	}{
		{"the mid", "AMZN", 90 * market.Dollar, quote, 500, 100 * market.Dollar},
		{"spread at the limit", "AMZN", 90 * market.Dollar, quote, 2, 100 * market.Dollar},
		{"spread above it", "AMZN", 90 * market.Dollar, quote, 1.99, 90 * market.Dollar},
		{"a wide quote is no reference", "AMZN", 0, wide, 500, 100 * market.Dollar},
		{"nor the only one", "NEWS", 0, wide, 500, 0},
		{"unless spreads are free", "NEWS", 0, wide, 0, 100 * market.Dollar},
		{"a crossed quote", "AMZN", 99 * market.Dollar, crossed, 0, 99 * market.Dollar},
		{"one side only", "AMZN", 0, market.Quote{Bid: 7}, 0, 100 * market.Dollar},
		{"unknown symbol", "ZZZZ", 5, quote, 0, 0},
	} {
		g := NewGate(Limits{MaxSpreadBps: tc.spread}, instruments())
		g.Traded(tc.symbol, tc.last)
		if got := g.Reference(tc.symbol, tc.q); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestWithoutReference(t *testing.T) {
	none := market.Quote{}
	market0 := terms(symbol("NEWS"), kind(order.Market), limit(0))
	limit0 := terms(symbol("NEWS"))
	expect(t, "market order", NewGate(Limits{RequireReference: true}, instruments()).Parent("C", "1", market0, none, noon), "RISK-04")
	expect(t, "limit order under a collar", NewGate(Limits{RequireReference: true, CollarBps: 500}, instruments()).Parent("C", "1", limit0, none, noon), "RISK-04")
	expect(t, "limit order without a collar", NewGate(Limits{RequireReference: true}, instruments()).Parent("C", "1", limit0, none, noon), "")
	expect(t, "not required", NewGate(Limits{CollarBps: 500}, instruments()).Parent("C", "1", market0, none, noon), "")
	far := market.Quote{Bid: 99 * market.Dollar, Ask: 120 * market.Dollar}
	order1 := terms(kind(order.Market), limit(0))
	expect(t, "market order into an empty book", NewGate(Limits{CollarBps: 500, MaxSpreadBps: 100}, instruments()).Parent("C", "1", order1, far, noon), "RISK-04")
}

func TestBrokenLimitsRefuseEverything(t *testing.T) {
	for name, l := range map[string]Limits{
		"negative": {MaxParentQty: -1}, "NaN": {CollarBps: math.NaN()}, "infinite": {MaxADVPct: math.Inf(1)},
		"negative share": {MaxSpreadBps: -1}, "soft outside hard": {CollarBps: 1, SoftCollarBps: 2},
	} {
		if err := l.Check(); err == nil {
			t.Errorf("%s: Check finds nothing", name)
		}
		g := NewGate(l, instruments())
		expect(t, name, g.Parent("C", "1", terms(), quote, noon), "RISK-16")
		expect(t, name+", child", g.Child(parent(1, terms()), 0, 0, &order.Child{Symbol: "AMZN", Side: market.Buy, Qty: 1, Limit: market.Dollar}, quote), "RISK-16")
		g.SetLimits(Limits{Version: "mended"}, instruments())
		expect(t, name+", mended", g.Parent("C", "1", terms(), quote, noon), "")
	}
	l := DefaultLimits()
	if err := l.Check(); err != nil {
		t.Errorf("DefaultLimits: %v", err)
	}
	bad := Limits{MaxParentQty: -1, MaxChildQty: -1, CollarBps: -1}
	if err := bad.Check(); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("Check reports %q, want three problems at once", err)
	}
	b, err := json.Marshal(DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var back Limits
	if err := json.Unmarshal(b, &back); err != nil || back.Version != "default" || back.MaxParentMoney != DefaultLimits().MaxParentMoney {
		t.Errorf("limits after JSON: %+v, %v", back, err)
	}
}

func TestSetLimitsKeepsUse(t *testing.T) {
	g := NewGate(Limits{Version: "1"}, instruments())
	g.Accepted(parent(1, terms()), 100*market.Dollar)
	g.Halt(&event.Halted{Client: "C"})
	g.Traded("AMZN", 101*market.Dollar)
	g.SetLimits(Limits{Version: "2", MaxClientMoney: 199_999 * market.Dollar}, instruments()[:1])
	expect(t, "halted still", g.Parent("C", "2", terms(), quote, noon), "KILL-07")
	g.Resume(&event.Resumed{Client: "C"})
	expect(t, "use kept", g.Parent("C", "2", terms(), quote, noon), "RISK-03")
	expect(t, "symbol dropped", g.Parent("C", "2", terms(symbol("RSTR")), quote, noon), "RISK-10")
	if got := g.Reference("AMZN", market.Quote{}); got != 101*market.Dollar {
		t.Errorf("last trade forgotten: reference %v", got)
	}
	if g.Version() != "2" {
		t.Errorf("version %q", g.Version())
	}
}

func TestDuplicates(t *testing.T) {
	g := NewGate(Limits{DuplicateWindow: 2 * market.Second}, instruments())
	expect(t, "first", g.Parent("C", "1", terms(), quote, noon), "")
	p := parent(1, terms())
	p.ClOrdID = "1"
	g.Accepted(p, 100*market.Dollar)
	for _, tc := range []struct {
		name, client, id string
		terms            *order.Terms
		after            int64
		want             string
	}{
		{"same ClOrdID", "C", "1", terms(qty(5)), 0, "RISK-06"},
		{"same ClOrdID later that day", "C", "1", terms(qty(5)), market.Hour, "RISK-06"},
		{"same ClOrdID tomorrow", "C", "1", terms(qty(5)), 24 * market.Hour, ""},
		{"same ClOrdID of another client", "D", "1", terms(qty(5)), 0, ""},
		{"the same at once", "C", "2", terms(), 0, "RISK-06"},
		{"the same at the window −1", "C", "2", terms(), 2*market.Second - 1, "RISK-06"},
		{"the same at the window", "C", "2", terms(), 2 * market.Second, "RISK-06"},
		{"the same at the window +1", "C", "2", terms(), 2*market.Second + 1, ""},
		{"another client", "D", "2", terms(), 0, ""},
		{"another account", "C", "2", terms(func(t *order.Terms) { t.Account = "B" }), 0, ""},
		{"another quantity", "C", "2", terms(qty(999)), 0, ""},
		{"another price", "C", "2", terms(limit(99_990_000)), 0, ""},
		{"another side", "C", "2", terms(side(market.Sell)), 0, ""},
	} {
		expect(t, tc.name, g.Parent(tc.client, tc.id, tc.terms, quote, noon.Add(tc.after)), tc.want)
	}
}

func TestHalts(t *testing.T) {
	g := NewGate(Limits{}, instruments())
	type q struct {
		client string
		symbol market.Symbol
		venue  string
	}
	for _, tc := range []struct {
		scope   q
		covered []q
		free    []q
	}{
		{q{}, []q{{"C", "AMZN", "V"}, {"C", "AMZN", ""}, {}}, nil},
		{q{client: "C"}, []q{{"C", "AMZN", "V"}, {"C", "AMZN", ""}}, []q{{"D", "AMZN", "V"}}},
		{q{symbol: "AMZN"}, []q{{"C", "AMZN", "V"}}, []q{{"C", "RSTR", "V"}}},
		{q{venue: "V"}, []q{{"C", "AMZN", "V"}}, []q{{"C", "AMZN", "W"}, {"C", "AMZN", ""}}},
		{q{"C", "AMZN", ""}, []q{{"C", "AMZN", "V"}}, []q{{"C", "RSTR", "V"}, {"D", "AMZN", "V"}}},
	} {
		g.Halt(&event.Halted{Client: tc.scope.client, Symbol: tc.scope.symbol, Venue: tc.scope.venue})
		g.Halt(&event.Halted{Client: tc.scope.client, Symbol: tc.scope.symbol, Venue: tc.scope.venue}) // idempotent
		for _, o := range tc.covered {
			if !g.Halted(o.client, o.symbol, o.venue, order.Immediate) {
				t.Errorf("halt %+v does not cover %+v", tc.scope, o)
			}
		}
		for _, o := range tc.free {
			if g.Halted(o.client, o.symbol, o.venue, order.Immediate) {
				t.Errorf("halt %+v covers %+v", tc.scope, o)
			}
		}
		if g.Resume(&event.Resumed{Client: "C", Symbol: "AMZN", Venue: "V"}) {
			t.Error("a narrower scope lifts a halt")
		}
		if !g.Resume(&event.Resumed{Client: tc.scope.client, Symbol: tc.scope.symbol, Venue: tc.scope.venue}) || g.Resume(&event.Resumed{Client: tc.scope.client, Symbol: tc.scope.symbol, Venue: tc.scope.venue}) {
			t.Errorf("halt %+v is not lifted once", tc.scope)
		}
	}
	g.Halt(&event.Halted{Symbol: "AMZN"})
	expect(t, "parent", g.Parent("C", "1", terms(), quote, noon), "KILL-07")
	expect(t, "reduction (RISK-22)", g.Replace("C", terms(), terms(qty(10)), quote, noon), "")
	expect(t, "increase", g.Replace("C", terms(), terms(qty(2_000)), quote, noon), "KILL-07")
}

func TestReplace(t *testing.T) {
	tight := Limits{MaxParentQty: 500, MaxParentMoney: market.Dollar, CollarBps: 1, MaxClientMoney: market.Dollar, MaxADVPct: .01, Restricted: []market.Symbol{"AMZN"}}
	g := NewGate(tight, instruments())
	expect(t, "reduction passes every limit (RISK-22)", g.Replace("C", terms(), terms(qty(999)), quote, noon), "")
	expect(t, "better price", g.Replace("C", terms(), terms(limit(90*market.Dollar)), quote, noon), "")
	expect(t, "zero", g.Replace("C", terms(), terms(qty(0)), quote, noon), "RISK-02")
	expect(t, "off the tick", g.Replace("C", terms(), terms(qty(1), limit(1)), quote, noon), "RISK-04")
	expect(t, "increase of a restricted symbol", g.Replace("C", terms(), terms(qty(1_001)), quote, noon), "RISK-10")
	expect(t, "other side", g.Replace("C", terms(), terms(side(market.Sell)), quote, noon), "INV-07")
	expect(t, "other symbol", g.Replace("C", terms(symbol("RSTR")), terms(), quote, noon), "INV-07")
	expect(t, "unknown symbol", g.Replace("C", terms(), terms(symbol("ZZZZ")), quote, noon), "RISK-10")

	g = NewGate(Limits{MaxParentQty: 2_000, MaxClientMoney: 150_000 * market.Dollar, CollarBps: 500}, instruments())
	g.Accepted(parent(1, terms()), 100*market.Dollar)
	expect(t, "only what is new counts", g.Replace("C", terms(), terms(qty(1_500)), quote, noon), "")
	expect(t, "and that to the share", g.Replace("C", terms(), terms(qty(1_501)), quote, noon), "RISK-03")
	expect(t, "quantity", g.Replace("C", terms(), terms(qty(2_001)), quote, noon), "RISK-02")
	expect(t, "collar", g.Replace("C", terms(), terms(limit(105_010_000)), quote, noon), "RISK-04")
	expect(t, "limit to market", g.Replace("C", terms(), terms(kind(order.Market), limit(0)), quote, noon), "")
	expect(t, "market order reduced", g.Replace("C", terms(kind(order.Market), limit(0)), terms(kind(order.Market), limit(0), qty(1)), quote, noon), "")
}
