package risk

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A Judge is stage A of the gate as the self-test sees it: [Gate] is one.
type Judge interface {
	Parent(client, clOrdID string, t *order.Terms, q market.Quote, now market.Time) Refusal
	Child(p *order.Parent, liveExposure market.Qty, openChildren int, c *order.Child, q market.Quote) Refusal
	Accepted(p *order.Parent, ref market.Price)
	Send(symbol market.Symbol, now market.Time) Refusal
	Halt(*event.Halted)
	Today(market.Date)
}

// A LastJudge is stage B of the gate as the self-test sees it: [LastGate] is one.
type LastJudge interface {
	Check(*event.SendChild) Refusal
	Observe(event.Body)
}

// Gates makes the gates that a self-test tries. The zero value makes the real ones.
type Gates struct {
	First func(Limits, []market.Instrument) Judge
	Last  func([]market.Venue) LastJudge
	Watch func() Watcher
}

// A Watcher is the exposure monitor as the self-test sees it: [Monitor] is one.
type Watcher interface {
	Observe(event.Body, market.Time)
	Breaches() []Breach
}

// A Switcher turns controls off; a [Judge] that is none has no such switch.
type Switcher interface {
	Switch(*event.ControlSwitched, market.Time) string
}

// A Fault is a control that let a violating order pass, or that has no limit although it may not be off (RISK-14).
type Fault struct {
	Control string // its rule
	Name    string // what of it was tried
	Why     string
}

func (f Fault) String() string { return fmt.Sprintf("%s %s: %s", f.Control, f.Name, f.Why) }

// SelfTest sends a violating order per control through gates that are built of these limits, into a venue that is none,
// and gives the controls that did not refuse it (RISK-14). A router with a fault is not ready: it is halted. Every
// order is tried twice: against its own limit alone, which must name the control, and against all limits together, which
// must refuse.
func SelfTest(l Limits, g Gates) (faults []Fault) {
	if g.First == nil {
		g.First = func(l Limits, in []market.Instrument) Judge { return NewGate(l, in) }
	}
	if g.Last == nil {
		g.Last = func(v []market.Venue) LastJudge { return NewLastGate(v) }
	}
	if g.Watch == nil {
		g.Watch = func() Watcher { return NewMonitor() }
	}
	if err := l.Check(); err != nil {
		return []Fault{{"RISK-16", "limits", err.Error()}}
	}
	t := tester{gates: g, all: l.Clone()}
	t.sizes("", Limits{MaxParentQty: l.MaxParentQty, MaxParentMoney: l.MaxParentMoney, MaxChildQty: l.MaxChildQty, MaxChildMoney: l.MaxChildMoney, MaxADVPct: l.MaxADVPct})
	for i := range l.Classes {
		t.class(i)
	}
	t.credit("", l.creditOf(""))
	for i := range l.Credits {
		t.credit(l.Credits[i].Client, l.creditOf(l.Credits[i].Client))
	}
	t.firm()
	t.prices()
	t.repeats()
	t.rates()
	t.lists()
	t.flags()
	t.soft()
	t.switches()
	t.monitor()
	t.last()
	return t.faults
}

// tester is one run of a self-test.
type tester struct {
	gates  Gates
	all    Limits
	faults []Fault
}

// What the violating orders are of: a symbol that no venue knows.
const (
	testSymbol   = market.Symbol("SLUICE-SELF-TEST")
	testUnpriced = testSymbol + "-2" // of which no price is known
	testClient   = "self-test"
	testTime     = market.Time(20_000) * market.Time(day)
	testPrice    = 100 * market.Dollar
)

func testQuote() market.Quote {
	return market.Quote{Bid: testPrice - 10_000, Ask: testPrice + 10_000, BidSize: 100, AskSize: 100}
}

func testInstruments() []market.Instrument {
	return []market.Instrument{{Symbol: testSymbol, Tick: 10_000, Lot: 1, ADV: 1_000_000, PriorClose: testPrice}, {Symbol: testUnpriced, Tick: 10_000, Lot: 1, ADV: 1_000_000}}
}

func testTerms(q market.Qty) *order.Terms {
	return &order.Terms{Symbol: testSymbol, Side: market.Buy, Type: order.Limit, Qty: q, Limit: testPrice}
}

func testParent(q market.Qty) *order.Parent {
	return &order.Parent{ID: 1, Client: testClient, ClOrdID: "T1", Terms: *testTerms(q), Received: testTime, State: order.New}
}

func testChild(q market.Qty) *order.Child {
	return &order.Child{ID: 1, Parent: 1, Symbol: testSymbol, Side: market.Buy, Type: order.Limit, Qty: q, Leaves: q, Limit: testPrice, Style: order.StyleTake, State: order.PendingNew}
}

// try holds that a control refuses: with its limit alone by its name, and with all limits by any. set says whether the
// limit is set at all.
func (t *tester) try(rule, name string, set bool, alone Limits, do func(Judge) Refusal) {
	if !set {
		if !slices.Contains(t.all.MayBeOff, rule) {
			t.faults = append(t.faults, Fault{rule, name, "has no limit: give it one, or name " + rule + " in limits.may_be_off"})
		}
		return
	}
	alone.Version = t.all.Version
	if r := do(t.gates.First(alone, testInstruments())); r.Rule != rule {
		t.faults = append(t.faults, Fault{rule, name, "an order beyond it is not refused: " + r.String()})
		return
	}
	if r := do(t.gates.First(t.withAll(), testInstruments())); r.Passed() {
		t.faults = append(t.faults, Fault{rule, name, "an order beyond it passes the limits together"})
	}
}

// withAll is all limits; what is restricted or listed elsewhere does not matter here.
func (t *tester) withAll() Limits { return t.all.Clone() }

func sentBy(client string) func(*order.Terms) func(Judge) Refusal {
	return func(terms *order.Terms) func(Judge) Refusal {
		return func(j Judge) Refusal { return j.Parent(client, "T1", terms, testQuote(), testTime) }
	}
}

func childOf(parent market.Qty, open int, c *order.Child) func(Judge) Refusal {
	return func(j Judge) Refusal { return j.Child(testParent(parent), 0, open, c, testQuote()) }
}

// sharesAbove is the fewest shares of the test's price that are worth more than m.
func sharesAbove(m market.Money) market.Qty { return market.Qty(int64(m)/int64(testPrice)) + 1 }

// sizes tries RISK-02 and the part of RISK-03 that is of one order; alone has those limits and no others.
func (t *tester) sizes(at string, alone Limits) {
	parent := sentBy(testClient)
	z := alone.sizesOf(testSymbol)
	only := func(f func(*Limits)) (l Limits) {
		f(&l)
		return l
	}
	t.try("RISK-02", "max_parent_shares"+at, z.parentQty > 0, only(func(l *Limits) { l.MaxParentQty = z.parentQty }), parent(testTerms(z.parentQty+1)))
	t.try("RISK-02", "max_adv_pct"+at, z.adv > 0, only(func(l *Limits) { l.MaxADVPct = z.advPct }), parent(testTerms(market.Qty(z.adv)+1)))
	t.try("RISK-03", "max_parent_usd"+at, z.parentMoney > 0, only(func(l *Limits) { l.MaxParentMoney = z.parentMoney }), parent(testTerms(sharesAbove(z.parentMoney))))
	t.try("RISK-02", "max_child_shares"+at, z.childQty > 0, only(func(l *Limits) { l.MaxChildQty = z.childQty }), childOf(z.childQty+1, 0, testChild(z.childQty+1)))
	q := sharesAbove(z.childMoney)
	t.try("RISK-03", "max_child_usd"+at, z.childMoney > 0, only(func(l *Limits) { l.MaxChildMoney = z.childMoney }), childOf(q, 0, testChild(q)))
}

// class tries the limits of one class, as if the test's symbol were of it.
func (t *tester) class(i int) {
	before := t.all
	t.all = t.all.Clone()
	t.all.Classes = []ClassLimits{t.all.Classes[i]}
	t.all.Classes[0].Symbols = []market.Symbol{testSymbol}
	alone := Limits{Classes: t.all.Classes, MaxParentQty: before.MaxParentQty, MaxParentMoney: before.MaxParentMoney, MaxChildQty: before.MaxChildQty,
		MaxChildMoney: before.MaxChildMoney, MaxADVPct: before.MaxADVPct}
	t.sizes(" of class "+before.Classes[i].Class, alone)
	t.all = before
}

// credit tries the amounts of one client: RISK-03 of its day, RISK-05 of its minute.
func (t *tester) credit(client string, k credit) {
	at := " of client " + client
	if client == "" {
		client, at = testClient, ""
	}
	parent := sentBy(client)
	t.try("RISK-05", "max_basket_usd"+at, k.basket > 0, Limits{MaxBasketMoney: k.basket}, parent(testTerms(sharesAbove(k.basket))))
	t.try("RISK-03", "max_client_usd"+at, k.gross > 0, Limits{MaxClientMoney: k.gross}, parent(testTerms(sharesAbove(k.gross))))
	t.try("RISK-03", "max_client_net_usd"+at, k.net > 0, Limits{MaxClientNet: k.net}, parent(testTerms(sharesAbove(k.net))))
}

// firm tries what all clients may together.
func (t *tester) firm() {
	parent := sentBy(testClient)
	t.try("RISK-03", "max_firm_usd", t.all.MaxFirmMoney > 0, Limits{MaxFirmMoney: t.all.MaxFirmMoney}, parent(testTerms(sharesAbove(t.all.MaxFirmMoney))))
	t.try("RISK-03", "max_firm_net_usd", t.all.MaxFirmNet > 0, Limits{MaxFirmNet: t.all.MaxFirmNet}, parent(testTerms(sharesAbove(t.all.MaxFirmNet))))
}

// prices tries RISK-04: the collar around each kind of reference, and an order that nothing can judge.
func (t *tester) prices() {
	far := testTerms(1)
	far.Limit = 100*testPrice + testPrice*market.Price(t.all.CollarBps/10_000+1)
	collar := Limits{CollarBps: t.all.CollarBps}
	t.try("RISK-04", "collar_bps", t.all.CollarBps > 0, collar, sentBy(testClient)(far))
	t.try("RISK-04", "collar_bps without a quote", t.all.CollarBps > 0, collar, func(j Judge) Refusal {
		return j.Parent(testClient, "T1", far, market.Quote{}, testTime)
	})
	low := testTerms(1)
	low.Side, low.Limit = market.Sell, 10_000 // the least price: a collar of 100 % and more forbids no sale
	t.try("RISK-04", "collar_bps of a sale", t.all.CollarBps > 0, collar, sentBy(testClient)(low))
	c := testChild(1)
	c.Limit = far.Limit
	p := testParent(1)
	p.Terms.Limit = far.Limit
	t.try("RISK-04", "collar_bps of a child", t.all.CollarBps > 0, collar, func(j Judge) Refusal { return j.Child(p, 0, 0, c, testQuote()) })
	wide := market.Quote{Bid: 10_000, Ask: 1_000 * testPrice} // whose mid would let far pass
	far = testTerms(1)
	far.Limit = 400 * testPrice
	if t.all.CollarBps > 0 { // without one no reference matters
		t.try("RISK-04", "max_spread_bps", t.all.MaxSpreadBps > 0, Limits{CollarBps: t.all.CollarBps, MaxSpreadBps: t.all.MaxSpreadBps}, func(j Judge) Refusal {
			return j.Parent(testClient, "T1", far, wide, testTime)
		})
	}
	blind := testTerms(1)
	blind.Symbol, blind.Type, blind.Limit = testUnpriced, order.Market, 0
	t.try("RISK-04", "require_reference", t.all.RequireReference, Limits{RequireReference: t.all.RequireReference}, func(j Judge) Refusal {
		return j.Parent(testClient, "T1", blind, market.Quote{}, testTime)
	})
	negative := testTerms(1)
	negative.Limit = -10_000
	t.try("RISK-04", "a negative price", true, Limits{}, sentBy(testClient)(negative))
}

// repeats tries RISK-06, RISK-07 and RISK-11.
func (t *tester) repeats() {
	again := func(name string) func(Judge) Refusal {
		return func(j Judge) Refusal {
			j.Accepted(testParent(1), testPrice)
			terms := testTerms(1)
			return j.Parent(testClient, name, terms, testQuote(), testTime)
		}
	}
	t.try("RISK-06", "a ClOrdID twice", true, Limits{}, again("T1"))
	t.try("RISK-06", "duplicate_window", t.all.DuplicateWindow > 0, Limits{DuplicateWindow: t.all.DuplicateWindow}, again("T2"))
	most := t.all.MaxOpenChildren
	t.try("RISK-11", "max_open_children", most > 0, Limits{MaxOpenChildren: most}, childOf(10, most, testChild(1)))
	t.set("RISK-11", "max_venues_per_second", t.all.MaxVenueRate > 0)
	t.set("RISK-11", "max_replaces_per_child", t.all.MaxReplaces > 0)
	t.set("RISK-07", "max_repeats", t.all.MaxRepeats > 0)
}

// set holds that a limit of the engine's loop is set; the loop is tried with the engine.
func (t *tester) set(rule, name string, is bool) {
	if !is && !slices.Contains(t.all.MayBeOff, rule) {
		t.faults = append(t.faults, Fault{rule, name, "has no limit: give it one, or name " + rule + " in limits.may_be_off"})
	}
}

// rates tries RISK-08: as many messages at once as a rate has in a second.
func (t *tester) rates() {
	burst := func(n int, do func(Judge, int) Refusal) func(Judge) Refusal {
		return func(j Judge) (r Refusal) {
			for i := 0; i <= n && r.Passed(); i++ {
				r = do(j, i)
			}
			return r
		}
	}
	order1 := func(j Judge, i int) Refusal {
		return j.Parent(testClient, "T", testTerms(1), testQuote(), testTime)
	}
	child := func(j Judge, _ int) Refusal { return j.Send(testSymbol, testTime) }
	t.try("RISK-08", "client_rate", t.all.ClientRate > 0, Limits{ClientRate: t.all.ClientRate}, burst(t.all.ClientRate, order1))
	t.try("RISK-08", "symbol_rate", t.all.SymbolRate > 0, Limits{SymbolRate: t.all.SymbolRate}, burst(t.all.SymbolRate, child))
	t.try("RISK-08", "firm_rate", t.all.FirmRate > 0, Limits{FirmRate: t.all.FirmRate}, burst(t.all.FirmRate, child))
}

// lists tries RISK-10.
func (t *tester) lists() {
	unknown := testTerms(1)
	unknown.Symbol += "?"
	t.try("RISK-10", "a symbol that is not configured", true, Limits{}, sentBy(testClient)(unknown))
	before := t.all
	t.all = t.all.Clone()
	t.all.Restricted = append(t.all.Restricted, testSymbol)
	t.try("RISK-10", "restricted", true, Limits{Restricted: []market.Symbol{testSymbol}}, sentBy(testClient)(testTerms(1)))
	t.all = before
	short := testTerms(1)
	short.Side = market.SellShort
	t.try("RISK-10", "a short sale without a locate", true, Limits{}, sentBy(testClient)(short))
	if t.set("RISK-10", "require_lists", t.all.RequireLists); t.all.RequireLists {
		t.try("RISK-10", "lists that are old", true, Limits{RequireLists: true, Lists: t.all.Lists}, func(j Judge) Refusal {
			j.Today(99991231)
			return j.Parent(testClient, "T1", testTerms(1), testQuote(), testTime)
		})
	}
}

// flags tries the kill switch and conservation at stage A, and that crossing with ourselves is forbidden.
func (t *tester) flags() {
	t.try("KILL-07", "a halt of everything", true, Limits{}, func(j Judge) Refusal {
		j.Halt(&event.Halted{})
		return j.Parent(testClient, "T1", testTerms(1), testQuote(), testTime)
	})
	t.try("INV-01", "a child beyond its order", true, Limits{}, childOf(10, 0, testChild(11)))
	t.set("RISK-18", "no_self_cross", t.all.NoSelfCross)
	t.set("RISK-12", "two_persons", t.all.TwoPersons)
}

// last tries stage B: conservation and the kill flag at the send point (RISK-01, KILL-01).
func (t *tester) last() {
	first := func() LastJudge {
		g := t.gates.Last([]market.Venue{{Name: "NULL"}})
		p := testParent(100)
		g.Observe(&event.ParentReceived{Client: testClient, ClOrdID: p.ClOrdID, Terms: p.Terms})
		g.Observe(&event.ReportParent{Parent: 1, Client: testClient, ClOrdID: p.ClOrdID, ExecType: '0'})
		return g
	}
	send := func(q market.Qty) *event.SendChild { return &event.SendChild{Child: *testChild(q)} }
	expect := func(rule, name string, r Refusal) {
		if r.Rule != rule {
			t.faults = append(t.faults, Fault{rule, name, "a child beyond it is not refused at the send point: " + r.String()})
		}
	}
	expect("RISK-01", "conservation at the send point", first().Check(send(101)))
	g := first()
	if r := g.Check(send(100)); !r.Passed() {
		expect("RISK-01", "a child that fits", r)
	}
	expect("RISK-06", "a child sent twice", g.Check(send(100)))
	g = first()
	g.Observe(&event.Halted{})
	expect("KILL-01", "the new-order flag", g.Check(send(1)))
}

// soft tries what waits for a person's confirmation, where it is set (RISK-20).
func (t *tester) soft() {
	for _, x := range []struct {
		rule, name string
		most       market.Money
		alone      Limits
	}{
		{"RISK-03", "soft_parent_usd", t.all.SoftParentMoney, Limits{SoftParentMoney: t.all.SoftParentMoney}},
		{"RISK-05", "soft_basket_usd", t.all.SoftBasketMoney, Limits{SoftBasketMoney: t.all.SoftBasketMoney}},
	} {
		if x.most > 0 {
			t.try(x.rule, x.name, true, x.alone, sentBy(testClient)(testTerms(sharesAbove(x.most))))
		}
	}
}

// switches tries that one person turns no control off, and two not for longer than a quarter of an hour (RISK-12, RISK-13).
func (t *tester) switches() {
	j := t.gates.First(t.withAll(), testInstruments())
	s, ok := j.(Switcher)
	if !ok {
		return
	}
	off := event.ControlSwitched{Control: switchable[0], Off: true, Until: testTime.Add(offMost), Actor: "one", Approver: "One", Reason: "a self-test of the switch"}
	if s.Switch(&off, testTime) == "" {
		t.faults = append(t.faults, Fault{"RISK-12", "two persons", "one person turns a control off"})
	}
	off.Approver, off.Until = "two", testTime.Add(offMost+1)
	if s.Switch(&off, testTime) == "" {
		t.faults = append(t.faults, Fault{"RISK-13", "its time", "a control goes off for more than 15 minutes"})
	}
}

// monitor tries that exposure beyond a limit of the day is found from what went out alone (RISK-15).
func (t *tester) monitor() {
	for _, x := range []struct {
		name string
		most market.Money
		only Limits
	}{{"max_client_usd", t.all.MaxClientMoney, Limits{MaxClientMoney: t.all.MaxClientMoney}}, {"max_firm_usd", t.all.MaxFirmMoney, Limits{MaxFirmMoney: t.all.MaxFirmMoney}}} {
		if x.most == 0 {
			continue // that it is none is a fault of the limit
		}
		config, err := json.Marshal(struct{ Limits Limits }{x.only})
		if err != nil {
			t.faults = append(t.faults, Fault{"RISK-15", x.name, err.Error()})
			continue
		}
		w := t.gates.Watch()
		w.Observe(&event.Configured{Config: config}, testTime)
		w.Observe(&event.RecordParent{Parent: *testParent(1)}, testTime)
		c := testChild(sharesAbove(withHeadroom(x.most)))
		w.Observe(&event.SendChild{Child: *c}, testTime)
		if len(w.Breaches()) == 0 {
			t.faults = append(t.faults, Fault{"RISK-15", x.name, "exposure beyond it is not found"})
		}
	}
}
