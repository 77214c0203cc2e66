package risk

import (
	"math"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestClassLimits is RISK-02 by symbol class: a class has its own limits, where it gives any.
func TestClassLimits(t *testing.T) {
	l := Limits{MaxParentQty: 1_000, MaxADVPct: 1, MaxParentMoney: 90_000 * market.Dollar, MaxChildQty: 500, MaxChildMoney: 40_000 * market.Dollar,
		Classes: []ClassLimits{{Class: "thin", Symbols: []market.Symbol{"RSTR"}, MaxParentQty: 300, MaxChildQty: 50, MaxChildMoney: 4_000 * market.Dollar},
			{Class: "news", Symbols: []market.Symbol{"AMZN"}, MaxADVPct: .01, MaxParentMoney: math.MaxInt64}}}
	for _, tc := range []struct {
		name string
		t    *order.Terms
		want string
	}{
		{"thin −1", terms(symbol("RSTR"), qty(299)), ""},
		{"thin", terms(symbol("RSTR"), qty(300)), ""},
		{"thin +1", terms(symbol("RSTR"), qty(301)), "RISK-02"},
		{"thin zero", terms(symbol("RSTR"), qty(0)), "RISK-02"},
		{"thin negative", terms(symbol("RSTR"), qty(-1)), "RISK-02"},
		{"thin largest", terms(symbol("RSTR"), qty(math.MaxInt64)), "RISK-02"},
		{"ADV of a class −1", terms(qty(99)), ""},
		{"ADV of a class", terms(qty(100)), ""},
		{"ADV of a class +1", terms(qty(101)), "RISK-02"},
	} {
		expect(t, tc.name, NewGate(l, instruments()).Parent("C", "1", tc.t, quote, noon), tc.want)
	}
	g := NewGate(l, instruments())
	p := parent(1, terms(symbol("RSTR")))
	thin := func(q market.Qty) *order.Child {
		return child(func(c *order.Child) { c.Symbol, c.Qty = "RSTR", q })
	}
	g.limits.MaxParentQty = 0
	expect(t, "child −1", g.Child(p, 0, 0, thin(39), quote), "")
	expect(t, "child of the class's amount", g.Child(p, 0, 0, thin(40), quote), "")
	expect(t, "child above the class's amount", g.Child(p, 0, 0, thin(41), quote), "RISK-03")
	expect(t, "child above the class's shares", g.Child(p, 0, 0, thin(51), quote), "RISK-02")
	if got := g.MostChild("RSTR"); got != 50 {
		t.Errorf("the largest child of the class is %d, want 50", got)
	}
	if got := g.MostChild("ZZZZ"); got != 0 {
		t.Errorf("the largest child of an unknown symbol is %d, want 0", got)
	}
}

// TestNet is RISK-03 net: how far one side can come to be ahead of the other. What reduces it passes.
func TestNet(t *testing.T) {
	book := func(g *Gate) {
		g.Accepted(parent(1, terms()), 100*market.Dollar) // buys 100,000 dollars
		g.Filled(parent(1, terms()), 600, 100*market.Dollar, noon)
	}
	sell := func(q market.Qty) *order.Terms { return terms(side(market.Sell), qty(q)) }
	for _, tc := range []struct {
		name string
		l    Limits
		t    *order.Terms
		want string
	}{
		{"net −1", Limits{MaxClientNet: 110_001 * market.Dollar}, terms(qty(100)), ""},
		{"net", Limits{MaxClientNet: 110_000 * market.Dollar}, terms(qty(100)), ""},
		{"net +1", Limits{MaxClientNet: 110_000*market.Dollar - 1}, terms(qty(100)), "RISK-03"},
		{"net overflow", Limits{MaxClientNet: math.MaxInt64}, terms(qty(math.MaxInt64)), "RISK-03"},
		{"a sell reduces it", Limits{MaxClientNet: 100_000 * market.Dollar}, sell(600), ""},
		{"a sell beyond what was bought", Limits{MaxClientNet: 40_000 * market.Dollar}, sell(1_000), ""},
		{"and one share more", Limits{MaxClientNet: 40_000*market.Dollar - 1}, sell(1_000), "RISK-03"},
		{"the firm", Limits{MaxFirmNet: 110_000 * market.Dollar}, terms(qty(100)), ""},
		{"the firm +1", Limits{MaxFirmNet: 110_000*market.Dollar - 1}, terms(qty(100)), "RISK-03"},
		{"gross counts both sides", Limits{MaxClientMoney: 160_000 * market.Dollar}, sell(600), ""},
		{"gross +1", Limits{MaxClientMoney: 160_000*market.Dollar - 1}, sell(600), "RISK-03"},
	} {
		g := NewGate(tc.l, instruments())
		book(g)
		expect(t, tc.name, g.Parent("C", "2", tc.t, quote, noon), tc.want)
	}
	g := NewGate(Limits{MaxClientNet: 110_000 * market.Dollar}, instruments())
	book(g)
	expect(t, "the next day what is open counts", g.Parent("C", "2", terms(qty(701)), quote, noon.Add(day)), "RISK-03")
	expect(t, "and nothing else", g.Parent("C", "2", terms(qty(700)), quote, noon.Add(day)), "")
	expect(t, "another client", g.Parent("D", "2", terms(qty(1_100)), quote, noon), "")
	expect(t, "another client +1", g.Parent("D", "2", terms(qty(1_101)), quote, noon), "RISK-03")
}

// TestCredit is RISK-09: a client with limits of its own has those.
func TestCredit(t *testing.T) {
	l := Limits{MaxClientMoney: 50_000 * market.Dollar, MaxBasketMoney: 50_000 * market.Dollar,
		Credits: []ClientLimits{{Client: "BIG", MaxClientMoney: 200_000 * market.Dollar, MaxBasketMoney: 150_000 * market.Dollar, MaxParentMoney: 100_000 * market.Dollar, MaxClientNet: 120_000 * market.Dollar}}}
	g := NewGate(l, instruments())
	expect(t, "general", g.Parent("C", "1", terms(qty(500)), quote, noon), "")
	expect(t, "general +1", g.Parent("C", "1", terms(qty(501)), quote, noon), "RISK-05")
	expect(t, "own order", g.Parent("BIG", "1", terms(), quote, noon), "")
	expect(t, "own order +1", g.Parent("BIG", "1", terms(qty(1_001)), quote, noon), "RISK-03")
	p := parent(1, terms())
	p.Client = "BIG"
	g.Accepted(p, 100*market.Dollar)
	expect(t, "own net", g.Parent("BIG", "2", terms(qty(200)), quote, noon), "")
	expect(t, "own net +1", g.Parent("BIG", "2", terms(qty(201)), quote, noon), "RISK-03")
	expect(t, "own basket", g.Parent("BIG", "2", terms(qty(501), side(market.Sell)), quote, noon), "RISK-05")
	if r := g.Replace("BIG", terms(), terms(qty(900)), quote, noon); !r.Passed() {
		t.Errorf("a reduction at the limit: %v (RISK-22)", r)
	}
}

// TestRates is RISK-08: a tenth of each rate is kept for cancels, and the rest refills within a second.
func TestRates(t *testing.T) {
	g := NewGate(Limits{ClientRate: 10, SymbolRate: 20, FirmRate: 30}, instruments())
	n := func(do func(int) Refusal, at market.Time) (passed int) {
		for i := range 100 {
			if do(i).Passed() {
				passed++
			}
		}
		return passed
	}
	order1 := func(client string, at market.Time) func(int) Refusal {
		return func(i int) Refusal { return g.Parent(client, string(rune('a'+i)), terms(), quote, at) }
	}
	if got := n(order1("C", noon), noon); got != 9 {
		t.Errorf("%d orders at once at a rate of 10, want 9", got)
	}
	expect(t, "a reduction needs no token (RISK-22)", g.Replace("C", terms(), terms(qty(1)), quote, noon), "")
	expect(t, "an increase does", g.Replace("C", terms(), terms(qty(2_000)), quote, noon), "RISK-08")
	if got := n(order1("D", noon), noon); got != 9 {
		t.Errorf("%d orders of another client, want 9", got)
	}
	later := noon.Add(market.Second/3 + 1)
	if got := n(order1("C", later), later); got != 3 {
		t.Errorf("%d orders a third of a second later, want 3", got)
	}
	later = later.Add(market.Hour)
	if got := n(order1("C", later), later); got != 9 {
		t.Errorf("%d orders an hour later, want 9: no burst is saved up", got)
	}
	if got := n(order1("C", noon), noon); got != 0 {
		t.Errorf("%d orders at a time before, want 0", got)
	}
	send := func(s market.Symbol) func(int) Refusal { return func(int) Refusal { return g.Send(s, noon) } }
	if got := n(send("AMZN"), noon); got != 18 {
		t.Errorf("%d children of a symbol, want 18", got)
	}
	if got := n(send("NEWS"), noon); got != 9 {
		t.Errorf("%d children of another, want the 9 that are left of the firm's 27", got)
	}
	if got := n(func(int) Refusal { return NewGate(Limits{}, instruments()).Send("AMZN", noon) }, noon); got != 100 {
		t.Errorf("%d children without a limit, want 100", got)
	}
	most := bucket{}
	if !most.take(math.MaxInt64, maxRate) || most.take(math.MaxInt64, 1) || most.take(math.MinInt64, 1) {
		t.Error("at the ends of the range it gives what it has not, or does not give what it has")
	}
}

// TestLists is RISK-10: a list that is missing, or of a day before, fails closed.
func TestLists(t *testing.T) {
	lists := func(day market.Date, names ...string) (out []List) {
		for _, n := range names {
			out = append(out, List{Name: n, Version: "v1", Day: day, Symbols: []market.Symbol{"RSTR"}})
		}
		return out
	}
	const today, before = 20261128, 20261127
	short := terms(side(market.SellShort))
	for _, tc := range []struct {
		name string
		l    Limits
		t    *order.Terms
		want string
	}{
		{"listed", Limits{Lists: lists(today, ListRestricted)}, terms(symbol("RSTR")), "RISK-10"},
		{"not listed", Limits{RequireLists: true, Lists: lists(today, ListRestricted)}, terms(), ""},
		{"of tomorrow", Limits{RequireLists: true, Lists: lists(today+1, ListRestricted)}, terms(), "RISK-10"},
		{"of another age", Limits{RequireLists: true, Lists: lists(99991231, ListRestricted)}, terms(), "RISK-10"},
		{"of yesterday", Limits{RequireLists: true, Lists: lists(before, ListRestricted)}, terms(), "RISK-10"},
		{"of yesterday, allowed", Limits{Lists: lists(before, ListRestricted)}, terms(), ""},
		{"missing", Limits{RequireLists: true}, terms(), "RISK-10"},
		{"short, hard to borrow", Limits{RequireLists: true, Lists: lists(today, ListRestricted, ListEasyToBorrow)}, short, "RISK-10"},
		{"short, located", Limits{RequireLists: true, Lists: lists(today, ListRestricted)}, terms(side(market.SellShort), func(t *order.Terms) { t.LocateID = "L" }), ""},
		{"short without a list", Limits{RequireLists: true, Lists: lists(today, ListRestricted)}, short, "RISK-10"},
		{"short, easy", Limits{Lists: []List{{Name: ListEasyToBorrow, Symbols: []market.Symbol{"AMZN"}}}}, short, ""},
		{"short, easy by an old list", Limits{RequireLists: true, Lists: append(lists(today, ListRestricted), List{Name: ListEasyToBorrow, Day: before, Symbols: []market.Symbol{"AMZN"}})}, short, "RISK-10"},
	} {
		g := NewGate(tc.l, instruments())
		g.Today(today)
		expect(t, tc.name, g.Parent("C", "1", tc.t, quote, noon), tc.want)
	}
}

// TestSwitch is RISK-13: two persons, a reason, a quarter of an hour, a tenth of the flow, and on again by itself.
func TestSwitch(t *testing.T) {
	const why = "the feed of NEWS is wrong, LITX agrees"
	off := event.ControlSwitched{Control: "RISK-02", Off: true, Until: noon.Add(offMost), Actor: "ann", Approver: "bob", Reason: why}
	with := func(change func(*event.ControlSwitched)) *event.ControlSwitched {
		b := off
		change(&b)
		return &b
	}
	for name, b := range map[string]*event.ControlSwitched{
		"alone":             with(func(b *event.ControlSwitched) { b.Approver = "" }),
		"twice the same":    with(func(b *event.ControlSwitched) { b.Approver = " ANN " }),
		"by nobody":         with(func(b *event.ControlSwitched) { b.Actor = " " }),
		"without a reason":  with(func(b *event.ControlSwitched) { b.Reason = "it is only for now " }),
		"too long":          with(func(b *event.ControlSwitched) { b.Until = noon.Add(offMost + 1) }),
		"until now":         with(func(b *event.ControlSwitched) { b.Until = noon }),
		"conservation":      with(func(b *event.ControlSwitched) { b.Control = "RISK-01" }),
		"the kill switch":   with(func(b *event.ControlSwitched) { b.Control = "KILL-07" }),
		"the lists":         with(func(b *event.ControlSwitched) { b.Control = "RISK-10" }),
		"nothing":           with(func(b *event.ControlSwitched) { b.Control = "" }),
		"beyond all":        with(func(b *event.ControlSwitched) { b.Until = math.MaxInt64 }),
		"before everything": with(func(b *event.ControlSwitched) { b.Until = math.MinInt64 }),
	} {
		g := NewGate(Limits{MaxParentQty: 10}, instruments())
		if g.Switch(b, noon) == "" || len(g.Off()) != 0 {
			t.Errorf("a control goes off %s", name)
		}
	}
	g := NewGate(Limits{MaxParentQty: 10}, instruments())
	if got := g.Switch(&off, noon); got != "" {
		t.Fatal(got)
	}
	passed := 0
	for i := range 100 {
		r := g.Parent("C", string(rune('a'+i)), terms(), quote, noon)
		if r.Passed() {
			passed++
		} else if r.Rule != "RISK-13" {
			t.Fatalf("while RISK-02 is off: %v", r)
		}
	}
	if passed != 10 {
		t.Errorf("%d of 100 orders pass while a control is off, want 10", passed)
	}
	if got := g.Expire(noon.Add(offMost - 1)); got != nil {
		t.Errorf("on again before its time: %v", got)
	}
	if got := g.Expire(noon.Add(offMost)); len(got) != 1 || got[0] != "RISK-02" {
		t.Errorf("on again at its time: %v", got)
	}
	expect(t, "on again", g.Parent("C", "9", terms(), quote, noon), "RISK-02")
	g.Switch(&off, noon)
	if g.Switch(&event.ControlSwitched{Control: "RISK-02", Actor: "ann"}, noon) != "" || len(g.Off()) != 0 {
		t.Error("one person cannot turn it on")
	}
}

// TestWidened is SEC-04: each limit that becomes wider is named, and nothing else is.
func TestWidened(t *testing.T) {
	base := DefaultLimits()
	base.SoftParentMoney, base.SoftBasketMoney = 100, 100
	base.SoftCollarBps, base.DuplicateWindow, base.TwoPersons, base.RequireLists = 100, 5, true, true
	base.Restricted = []market.Symbol{"RSTR"}
	base.Classes = []ClassLimits{{Class: "thin", Symbols: []market.Symbol{"NEWS"}, MaxParentQty: 100}}
	base.Credits = []ClientLimits{{Client: "C", MaxClientMoney: 100}}
	base.Lists = []List{{Name: ListRestricted, Symbols: []market.Symbol{"LIST"}}, {Name: ListEasyToBorrow, Symbols: []market.Symbol{"EASY"}}}
	same := base.Clone()
	if got := same.Widened(&base); got != nil {
		t.Errorf("the same limits are wider: %v", got)
	}
	for name, change := range map[string]func(*Limits){
		"max_parent_shares": func(l *Limits) { l.MaxParentQty++ }, "max_parent_usd": func(l *Limits) { l.MaxParentMoney = 0 },
		"max_child_shares": func(l *Limits) { l.MaxChildQty++ }, "max_child_usd": func(l *Limits) { l.MaxChildMoney++ },
		"max_open_children": func(l *Limits) { l.MaxOpenChildren++ }, "max_client_usd": func(l *Limits) { l.MaxClientMoney++ },
		"max_firm_usd": func(l *Limits) { l.MaxFirmMoney++ }, "max_basket_usd": func(l *Limits) { l.MaxBasketMoney++ },
		"max_repeats": func(l *Limits) { l.MaxRepeats = 0 }, "max_client_net_usd": func(l *Limits) { l.MaxClientNet++ }, "max_firm_net_usd": func(l *Limits) { l.MaxFirmNet++ },
		"max_venues_per_second": func(l *Limits) { l.MaxVenueRate++ }, "max_replaces_per_child": func(l *Limits) { l.MaxReplaces++ }, "client_rate": func(l *Limits) { l.ClientRate = 0 },
		"symbol_rate": func(l *Limits) { l.SymbolRate++ }, "firm_rate": func(l *Limits) { l.FirmRate++ }, "max_adv_pct": func(l *Limits) { l.MaxADVPct = 0 },
		"collar_bps": func(l *Limits) { l.CollarBps++ }, "soft_collar_bps": func(l *Limits) { l.SoftCollarBps = 0 },
		"soft_parent_usd": func(l *Limits) { l.SoftParentMoney = 0 }, "soft_basket_usd": func(l *Limits) { l.SoftBasketMoney++ }, "max_spread_bps": func(l *Limits) { l.MaxSpreadBps++ },
		"require_reference": func(l *Limits) { l.RequireReference = false }, "no_self_cross": func(l *Limits) { l.NoSelfCross = false },
		"two_persons": func(l *Limits) { l.TwoPersons = false }, "require_lists": func(l *Limits) { l.RequireLists = false },
		"duplicate_window": func(l *Limits) { l.DuplicateWindow-- }, "restricted RSTR": func(l *Limits) { l.Restricted = nil },
		"the class of NEWS": func(l *Limits) { l.Classes = nil }, "the credit of C": func(l *Limits) { l.Credits[0].MaxClientMoney++ },
	} {
		l := base.Clone()
		change(&l)
		if got := l.Widened(&base); len(got) != 1 || got[0] != name {
			t.Errorf("wider %s: %v", name, got)
		}
		if got := base.Widened(&l); len(got) != 0 && name != "the class of NEWS" {
			t.Errorf("%s back: %v", name, got)
		}
	}
}

// TestWidenedUnseen: what loosens without a figure that grows takes two persons too: a share that is so small that it rounds
// to no limit, a symbol off the restricted list, one that needs no locate any more (RISK-04, RISK-10, SEC-04).
func TestWidenedUnseen(t *testing.T) {
	base := DefaultLimits()
	base.SoftCollarBps = 100
	base.Lists = []List{{Name: ListRestricted, Day: 20261127, Symbols: []market.Symbol{"LIST"}}, {Name: ListEasyToBorrow, Day: 20261127, Symbols: []market.Symbol{"EASY"}}}
	for name, change := range map[string]func(*Limits){
		"max_adv_pct": func(l *Limits) { l.MaxADVPct = 1e-5 }, "collar_bps": func(l *Limits) { l.CollarBps, l.SoftCollarBps = 1e-3, 0 },
		"soft_collar_bps": func(l *Limits) { l.SoftCollarBps = 1e-3 }, "max_spread_bps": func(l *Limits) { l.MaxSpreadBps = 1e-3 },
		"restricted LIST":     func(l *Limits) { l.Lists[0].Symbols = nil },
		"easy to borrow HARD": func(l *Limits) { l.Lists[1].Symbols = append(l.Lists[1].Symbols, "HARD") },
	} {
		l := base.Clone()
		change(&l)
		if got := l.Widened(&base); !slices.Contains(got, name) {
			t.Errorf("%s is loosened by one person: %v", name, got)
		}
	}
	day := base.Clone()
	day.Lists[0].Day, day.Lists[1].Day = 20261128, 20261128
	day.Restricted, day.Lists[0].Symbols = []market.Symbol{"LIST"}, nil
	day.Lists[1].Symbols = nil
	if got := day.Widened(&base); got != nil {
		t.Errorf("the lists of a new day, and a symbol restricted elsewhere: %v", got)
	}
}
