package incidents

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/tape"
)

// row is one incident. Shown names the tests of its parts that need more than an engine: real processes, a store, a fleet.
type row struct {
	name  string
	test  func(t *testing.T)
	shown []string
}

// TestIncidents is the incidents table, a test a row.
func TestIncidents(t *testing.T) {
	for i, r := range []row{
		{"INC-01: Knight, 2012", knight, []string{"internal/risk/TestINC01Knight", "internal/risk/TestLastGateKnight", "cmd/sluice/TestINC01OtherBuild"}},
		{"INC-02: Direct Edge, 2010", directEdge, []string{"internal/router/TestINC02DirectEdge", "cmd/sluice/TestPostgresDown"}},
		{"INC-03: Goldman options, 2013", goldman, []string{"internal/risk/TestINC03Goldman"}},
		{"INC-04: GTS, 2019", gts, []string{"internal/risk/TestINC04GTS", "internal/risk/TestSwitch"}},
		{"INC-05: SpeedRoute, 2017-21", speedRoute, []string{"internal/risk/TestINC05SpeedRoute", "serve/TestBrokenControlHalts"}},
		{"INC-06: Citi, 2022", citi, []string{"internal/risk/TestINC06Citi", "internal/router/TestBasketRefusedWhole", "serve/act/TestBasketConfirmed"}},
		{"INC-07: Instinet, 2023", instinet, []string{"internal/router/TestINC07Instinet", "serve/tape/TestAudit"}},
		{"INC-08: FINRA on Rule 605, 2023", nil, []string{"serve/report/TestDisclosure", "serve/report/TestDisclosureRefuses", "serve/report/TestPeriodRefuses"}},
		{"INC-09: FINRA on limits, 2018", nil, []string{"serve/report/TestINC09FINRALimits"}},
		{"INC-10: go-trader, hummingbot", flat, []string{"internal/router/TestINC10GoTrader", "serve/view/TestFlat"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			if want := fmt.Sprintf("INC-%02d: ", i+1); !strings.HasPrefix(r.name, want) {
				t.Errorf("the row is not %s", want)
			}
			for _, name := range r.shown {
				if !exists(t, name) {
					t.Errorf("there is no test %s", name)
				}
			}
			if r.test != nil {
				r.test(t)
			}
		})
	}
}

// exists reports whether a test is there, by its package and name.
func exists(t *testing.T, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.Dir(name), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("\nfunc "+filepath.Base(name)+"(t *testing.T)")) {
			return true
		}
	}
	return false
}

// knight: 212 orders became four million executions, because a reused flag woke dead code and the check of the cumulative
// quantity had moved. Here an allocator that forgets every fill sends child after child; the last gate, which counts by
// itself, lets 0 shares over, stops the order, and the exposure monitor would halt the client at its limit all the same.
func knight(t *testing.T) {
	g := risk.NewLastGate([]market.Venue{{Name: "LX"}})
	terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1_000, Type: order.Limit, Limit: 100 * market.Dollar}
	g.Observe(&event.ParentReceived{Client: "EMS", ClOrdID: "K", Terms: terms})
	g.Observe(&event.ReportParent{Parent: 1, Client: "EMS", ClOrdID: "K", ExecType: '0'})
	sent := market.Qty(0)
	for id := order.ChildID(1); id <= 4_000; id++ {
		if g.Check(&event.SendChild{Child: order.Child{ID: id, Parent: 1, Symbol: "ABC", Side: market.Buy, Qty: 100, Limit: terms.Limit}}).Passed() {
			sent += 100
			g.Observe(&event.ChildExecuted{Child: id, ExecID: fmt.Sprint(id), Qty: 100, Cum: 100, Px: terms.Limit})
		}
	}
	if sent != 1_000 || !g.Stopped(1) {
		t.Errorf("%d shares on the wire of 1000, stopped %v", sent, g.Stopped(1))
	}
}

// directEdge: untested code overfilled three members, and whoever then cut the database's connections waited 24 minutes for
// the quotes to go. Here code that sends everything twice is refused at the send point; its order stops and people are
// called, others work on; a database that is away is in nobody's way, and a halt withdraws at once.
func directEdge(t *testing.T) {
	d := newDesk(t, nil)
	d.buy("good", 100, 99*market.Dollar)
	if _, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"); err == nil {
		t.Error("the database that was cut answers")
	}
	d.overfills = true
	d.buy("twice", 500, 99*market.Dollar)
	d.overfills = false
	if d.onWire() != 600 || d.alerted("RISK-01", "on top of") != 1 {
		t.Errorf("%d shares on the wire of 600 ordered; alerts %v", d.onWire(), d.alerts)
	}
	d.apply(&event.ParentSteered{Parent: 2, Steer: event.SteerResume, Actor: "ann", Reason: "it was only once, I think"})
	if !d.answer.Refused {
		t.Errorf("one person lets it go on: %+v", d.answer)
	}
	if d.buy("after", 100, 99*market.Dollar); d.onWire() != 700 {
		t.Errorf("another order does not work while the database is away: %d shares", d.onWire())
	}
	d.apply(&event.Halted{Actor: "ann", Reason: "the code of today"})
	if h := d.engine.Halts(); len(h) != 1 || h[0].Open > 0 && h[0].Sent == 0 {
		t.Errorf("the halt waits for something: %+v", h)
	}
}

// goldman: contingent orders went live at a dollar, before the open, when bands were wider, and a person lifted the rate
// breaker. Here the collar is the same with a quote and without one, by whatever reference there is, and no one person lifts
// what tripped.
func goldman(t *testing.T) {
	for name, change := range map[string]func(*desk){
		"in the session":  func(*desk) {},
		"before the open": func(d *desk) { d.apply(&event.BookChanged{Symbol: "ABC"}) },
		"a wide quote": func(d *desk) {
			d.apply(&event.BookChanged{Symbol: "ABC", Bids: []market.Level{{Price: 10_000, Size: 1}}, Asks: []market.Level{{Price: 900 * market.Dollar, Size: 1}}})
		},
	} {
		d := newDesk(t, nil)
		change(d)
		for i := range 160 {
			d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint(i), Terms: order.Terms{Symbol: "ABC", Side: market.Sell, Qty: 100, Type: order.Limit, Limit: market.Dollar}})
			if r := d.reports[len(d.reports)-1]; r.OrdStatus != '8' || !strings.HasPrefix(r.Text, "RISK-04") {
				t.Fatalf("%s: an order at a dollar: %+v", name, r)
			}
		}
		d.run(2 * market.Minute)
		if len(d.wire) > 0 || d.alerted("RISK-20", "160 warnings") == 0 && d.alerted("RISK-20", "times, refused") == 0 {
			t.Errorf("%s: %d on the wire, people are told %v", name, len(d.wire), d.alerts)
		}
	}
	d := newDesk(t, nil)
	d.apply(&event.Halted{Actor: "breaker", Reason: "rate"})
	if d.apply(&event.Resumed{Actor: "ann", Reason: "the desk says that all is well"}); !d.answer.Refused {
		t.Errorf("one person arms again: %+v", d.answer)
	}
}

// gts: a collar that was right was thought broken and turned off: 635 bad orders. Here that takes two persons, ends by itself
// within a quarter of an hour, and one order in ten is taken meanwhile.
func gts(t *testing.T) {
	d := newDesk(t, nil)
	off := event.ControlSwitched{Control: "RISK-04", Off: true, Until: d.now.Add(15 * market.Minute), Actor: "ann", Reason: "we think the collar is broken"}
	if d.apply(&off); !d.answer.Refused {
		t.Errorf("one person turns it off: %+v", d.answer)
	}
	off.Approver, off.Until = "bob", d.now.Add(16*market.Minute)
	if d.apply(&off); !d.answer.Refused {
		t.Errorf("it is off for longer than a quarter of an hour: %+v", d.answer)
	}
	off.Until = d.now.Add(15 * market.Minute)
	d.apply(&off)
	taken := 0
	for i := range 635 {
		if d.buy(fmt.Sprint("bad", i), 100, 200*market.Dollar).OrdStatus != '8' {
			taken++
		}
	}
	if taken == 0 || taken > 64 {
		t.Errorf("%d of 635 bad orders are taken while it is off", taken)
	}
	d.run(15*market.Minute + market.Second)
	d.quote(100 * market.Dollar)
	if r := d.buy("later", 100, 200*market.Dollar); r.OrdStatus != '8' || d.alerted("RISK-13", "on again") != 1 {
		t.Errorf("after its time: %+v", r)
	}
}

// speedRoute: one setting and a data error left all credit controls off for years. Here a control without a limit, or one that
// does not refuse, is found by the self-test at every start and change, and limits that cannot be meant let nothing pass.
func speedRoute(t *testing.T) {
	off := risk.DefaultLimits()
	off.MaxParentMoney, off.MaxClientMoney, off.MaxFirmMoney, off.MaxClientNet, off.MaxFirmNet = 0, 0, 0, 0, 0
	if faults := risk.SelfTest(off, risk.Gates{}); len(faults) != 5 {
		t.Errorf("all credit limits off: %v", faults)
	}
	d := newDesk(t, func(c *router.Config) { c.Limits.MaxClientMoney = -1 })
	if r := d.buy("x", 100, 100*market.Dollar); r.OrdStatus != '8' || !strings.HasPrefix(r.Text, "RISK-16") {
		t.Errorf("a data error in the limits: %+v", r)
	}
}

// citi: a basket of 444 billion dollars for one of 58 million; 711 warnings, of which 18 could be seen and one click passed
// them. Here the client's 349 FIX messages are one basket: refused whole, nothing on the wire, one summary with how many,
// how much and the worst first, and nobody can confirm it.
func citi(t *testing.T) {
	d := newDesk(t, func(c *router.Config) {
		c.Limits.MaxParentQty, c.Limits.MaxADVPct, c.Limits.MaxParentMoney, c.Limits.MaxClientMoney, c.Limits.MaxClientNet = 0, 0, 0, 0, 0
		c.Limits.MaxBasketMoney = 2_000_000_000 * market.Dollar
	})
	dialect := fixgw.Dialect{Version: fixgw.FIX44, Instance: 1, Terms: fixgw.TermsRules{Venues: d.cfg.Venues}}
	for i := range 349 {
		body, refusal, reject := dialect.Decode("EMS", fixMessage(t, fmt.Sprintf("35=D|11=C%d|55=ABC|54=1|38=12722000|40=2|44=100|59=0|21=1|60=20231114-22:13:20|7007=REBALANCE|7008=349", i)))
		if refusal != nil || reject != nil {
			t.Fatalf("the message is refused: %v %v", refusal, reject)
		}
		d.apply(body)
	}
	d.run(2 * market.Minute)
	if len(d.wire) > 0 {
		t.Errorf("%d children on the wire", len(d.wire))
	}
	if n := d.alerted("RISK-20", ""); n != 1 || d.alerted("RISK-20", `list "REBALANCE", 349 of 349 orders, $444`) != 1 || d.alerted("RISK-20", "the worst first: RISK-05") != 1 {
		t.Errorf("people are told %d times: %v", n, d.alerts)
	}
	last := d.reports[len(d.reports)-1]
	if last.OrdStatus != '8' || !strings.Contains(last.Text, "refused whole") {
		t.Errorf("the client is told %+v", last)
	}
	if d.apply(&event.BasketDecided{Basket: 1, Confirm: true, Actor: "trader", Reason: "click"}); !d.answer.Refused {
		t.Errorf("somebody confirms it: %+v", d.answer)
	}
}

// fixMessage makes a message of fields with bars between them.
func fixMessage(t *testing.T, text string) *quickfix.Message {
	t.Helper()
	m := quickfix.NewMessage()
	for i, f := range strings.Split(text, "|") {
		tag, value, _ := strings.Cut(f, "=")
		n := 0
		if _, err := fmt.Sscan(tag, &n); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			m.Header.SetString(quickfix.Tag(n), value)
		} else {
			m.Body.SetString(quickfix.Tag(n), value)
		}
	}
	return m
}

// instinet: a quote that was stale once stayed stale, and 6,682 orders went out on outdated snapshots. Here a book beyond its
// time is left out of the decision with its age, and used again with the next quote; and the night's audit against the tape
// finds what nobody noticed.
func instinet(t *testing.T) {
	d := newDesk(t, nil)
	view := func(id string) event.VenueView {
		d.buy(id, 100, 99*market.Dollar)
		return d.decisions[len(d.decisions)-1].Venues[0]
	}
	if v := view("fresh"); v.Excluded != "" {
		t.Errorf("a fresh book is left out: %+v", v)
	}
	d.run(2 * market.Second)
	if v := view("stale"); !strings.HasPrefix(v.Excluded, "book ") || v.AgeNs < market.Second {
		t.Errorf("a book of two seconds is used: %+v", v)
	}
	d.quote(101 * market.Dollar)
	if v := view("again"); v.Excluded != "" {
		t.Errorf("a mark is kept: %+v", v)
	}
	dir := filepath.Join(t.TempDir(), "journal")
	j, _, err := journal.Open(journal.Config{Dir: dir, Router: "r", Sync: journal.Fast, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.decisions {
		if _, err := j.Append(journal.Type(event.KindRecordDecision), event.Version, event.Append(nil, &d.decisions[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	ms := int32((int64(start) / market.Millisecond) % 86_400_000)
	quotes := func(at int32, bid int32) []sim.TapeRow {
		return []sim.TapeRow{{At: at, Price: bid, Size: 100, Kind: sim.TapeBid, Code: 'N'}, {At: at, Price: bid + 100, Size: 100, Kind: sim.TapeAsk, Code: 'N'}}
	}
	o := tape.Options{Symbol: "ABC", Date: 20231114, Within: 250 * market.Millisecond, Most: 5}
	right := &sim.Tape{Rows: append(quotes(ms-1_000, 1_000_000), quotes(ms+2_000, 1_010_000)...)}
	if r, err := tape.Audit(context.Background(), dir, right, o); err != nil || r.Bad() || r.Fresh == 0 {
		t.Errorf("the feed was right: %+v, %v", r, err)
	}
	late := &sim.Tape{Rows: append(quotes(ms-5_000, 1_000_000), quotes(ms-3_000, 1_005_000)...)}
	if r, err := tape.Audit(context.Background(), dir, late, o); err != nil || !r.Bad() || r.Stale == 0 || r.Deviating == 0 {
		t.Errorf("the feed was three seconds late: %+v, %v", r, err)
	}
}

// flat: a kill switch said flat while orders were live. Here an order in doubt and an order that nobody here knows are
// unknown, and unknown is not flat.
func flat(t *testing.T) {
	d := newDesk(t, nil)
	d.buy("P", 100, 99*market.Dollar)
	child := d.wire[0].ID
	d.apply(&event.ChildAccepted{Child: child, VenueOrderID: "V1"})
	d.apply(&event.VenueDown{Reason: "cut"})
	d.apply(&event.ReportOrphaned{VenueOrderID: "V9", ExecID: "X", ExecType: '0', Status: '0', Symbol: "ABC", Side: market.Buy, Qty: 100, Px: 99 * market.Dollar, Leaves: 100})
	d.apply(&event.Halted{Actor: "ann", Reason: "drill"})
	d.run(market.Minute)
	if h := d.engine.Halts()[0]; h.Flat || h.Unknown != 2 || d.alerted("KILL-07", "flat") != 0 || d.alerted("KILL-04", "not flat") == 0 {
		t.Errorf("an order in doubt and an orphan: %+v, %v", h, d.alerts)
	}
	d.apply(&event.VenueUp{})
	d.apply(&event.ChildDone{Child: child, What: order.WasCanceled})
	d.apply(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "theirs, and gone"})
	if h := d.engine.Halts()[0]; !h.Flat {
		t.Errorf("nothing is left: %+v", h)
	}
}
