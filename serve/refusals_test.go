package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// A refusedOrder is an order that a rule refuses, and what its client must read: the rule at the start of 58, and 103 by version.
type refusedOrder struct {
	rule   string
	reason uint16 // 103 as FIX 4.4 and 5.0 know it
	was    string // 103 in FIX 4.2
	limits func(*risk.Limits)
	before []event.Body
	terms  func(*order.Terms)
}

// refusedOrders are all that the gate can have against a new order, each by an order that has it (RISK-19).
func refusedOrders() []refusedOrder {
	const dollar = market.Dollar
	first := &event.ParentReceived{Client: "C", ClOrdID: "0", Terms: plain()}
	day := market.Date(20231114)
	lists := func(l *risk.Limits) {
		l.RequireLists, l.Lists = true, []risk.List{{Name: risk.ListRestricted, Version: "r1", Day: day}, {Name: risk.ListEasyToBorrow, Version: "e1", Day: day}}
	}
	return []refusedOrder{
		{rule: "RISK-16", was: "0", limits: func(l *risk.Limits) { l.CollarBps = -1 }},
		{rule: "RISK-10", reason: 1, was: "1", terms: func(t *order.Terms) { t.Symbol = "ZZZZ" }},
		{rule: "KILL-07", was: "0", before: []event.Body{&event.Halted{Actor: "ann", Reason: "drill"}}},
		{rule: "RISK-08", was: "0", limits: func(l *risk.Limits) { l.ClientRate = 1 }, before: []event.Body{first}},
		{rule: "FIX-10", reason: 11, was: "0", terms: func(t *order.Terms) { t.Side = 3 }},
		{rule: "RISK-02", reason: 13, was: "0", terms: func(t *order.Terms) { t.Qty = 0 }},
		{rule: "FIX-08", reason: 13, was: "0", terms: func(t *order.Terms) { t.MinQty = t.Qty + 1 }},
		{rule: "RISK-04", reason: 99, was: "0", terms: func(t *order.Terms) { t.Limit += 5_000 }},
		{rule: "RISK-10", was: "0", limits: func(l *risk.Limits) { lists(l); l.Lists[0].Day-- }},
		{rule: "RISK-10", reason: 99, was: "0", terms: func(t *order.Terms) { t.Side = market.SellShort }},
		{rule: "RISK-06", reason: 6, was: "6", limits: func(l *risk.Limits) { l.DuplicateWindow = market.Second }, before: []event.Body{first}},
		{rule: "RISK-06", reason: 6, was: "6", before: []event.Body{&event.ParentReceived{Client: "C", ClOrdID: "1", Terms: plain()}}},
		{rule: "RISK-02", reason: 3, was: "3", terms: func(t *order.Terms) { t.Qty = 6_000_000 }},
		{rule: "RISK-03", reason: 3, was: "3", limits: func(l *risk.Limits) { l.MaxParentMoney = dollar }},
		{rule: "RISK-03", reason: 3, was: "3", limits: func(l *risk.Limits) { l.Credits = []risk.ClientLimits{{Client: "C", MaxClientMoney: dollar}} }},
		{rule: "RISK-03", reason: 99, was: "0", limits: func(l *risk.Limits) { l.RequireReference = false }, terms: func(t *order.Terms) { t.Symbol, t.Type, t.Limit = "NEW", order.Market, 0 }},
		{rule: "RISK-05", reason: 3, was: "3", limits: func(l *risk.Limits) { l.MaxBasketMoney = dollar }},
		{rule: "RISK-04", reason: 3, was: "3", terms: func(t *order.Terms) { t.Limit = 100 * dollar }},
		{rule: "RISK-13", was: "0", before: []event.Body{&event.ControlSwitched{Control: "RISK-02", Off: true, Until: refusedAt.Add(market.Minute), Actor: "ann", Approver: "bob", Reason: "the volume figures are wrong"}}},
		{rule: "FIX-09", reason: 11, was: "0", terms: func(t *order.Terms) { t.TIF = order.FOK }},
		{rule: "FIX-09", reason: 99, was: "0", terms: func(t *order.Terms) { t.Directed = "ELSEWHERE" }},
		{rule: "JRN-10", was: "0", before: []event.Body{&event.Degraded{Level: event.DegradedParents, Reason: "its disk is nearly full"}}},
	}
}

const refusedAt = market.Time(1_700_000_000) * market.Time(market.Second)

// plain is an order that nothing is held against.
func plain() order.Terms {
	return order.Terms{Account: "A", Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 50 * market.Dollar, TIF: order.Day}
}

// reports runs events through an engine of its own and gives what its clients are told of the last one.
func (r *refusedOrder) reports(t *testing.T) (out []event.ReportParent) {
	t.Helper()
	cfg := router.DefaultConfig()
	cfg.Venues = []market.Venue{{Name: "LX", MIC: "XLXX", Type: market.Lit, Caps: market.CapStatus}}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 30_000_000, PriorClose: 50 * market.Dollar},
		{Symbol: "NEW", Tick: 10_000, Lot: 100, ADV: 30_000_000}}
	if r.limits != nil {
		r.limits(&cfg.Limits)
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	terms := plain()
	if r.terms != nil {
		r.terms(&terms)
	}
	e := router.New()
	todo := []event.Body{&event.Configured{Config: text, Instance: 1, Epoch: 1}, &event.VenueUp{Venue: 0}}
	todo = append(append(todo, r.before...), &event.ParentReceived{Client: "C", ClOrdID: "1", Terms: terms})
	for i, body := range todo {
		out = out[:0]
		for _, cmd := range e.Apply(event.Event{Seq: uint64(i + 1), At: refusedAt, Body: body}) {
			if p, ok := cmd.(*event.ReportParent); ok {
				out = append(out, *p)
			}
		}
	}
	return out
}

// TestRefusalsReachTheClient is RISK-19 and TEST-10: whatever the gate has against an order, its client reads the rule at the
// start of 58 and its code in 103, as its version knows it. The codes are a contract: one that changes fails here.
func TestRefusalsReachTheClient(t *testing.T) {
	got := map[string]bool{}
	for i, r := range refusedOrders() {
		out := r.reports(t)
		if len(out) != 1 || out[0].ExecType != '8' || out[0].OrdStatus != '8' {
			t.Errorf("%d, %s: told %+v, want one reject", i, r.rule, out)
			continue
		}
		got[fmt.Sprint(r.rule, " ", r.reason)] = true
		for version, want := range map[string]string{fixgw.FIX42: r.was, fixgw.FIX44: fmt.Sprint(r.reason), fixgw.FIX50SP2: fmt.Sprint(r.reason)} {
			m := (&fixgw.Dialect{Version: version, Instance: 1}).Report(&out[0])
			text, _ := m.Body.GetString(quickfix.Tag(58))
			code, _ := m.Body.GetString(quickfix.Tag(103))
			if code != want || !strings.HasPrefix(text, r.rule+": ") || len(text) < len(r.rule)+10 {
				t.Errorf("%d, %s in %s: 103=%s 58=%q, want 103=%s and the rule", i, r.rule, version, code, text, want)
			}
		}
	}
	var untried []string
	for _, code := range gateCodes(t) {
		if !got[code] {
			untried = append(untried, code)
		}
	}
	if len(untried) > 0 {
		t.Errorf("no order here is refused by %v", untried)
	}
}

// notOfAnOrder are the functions of the gate that judge no new order: what they refuse never was one, or is answered by a 9.
var notOfAnOrder = []string{"lawful", "Child", "Replace", "Send"}

// gateCodes reads from the gate's own source which rule it refuses with which code.
func gateCodes(t *testing.T) (codes []string) {
	t.Helper()
	values := map[string]string{}
	constant := regexp.MustCompile(`^\s+(reason[A-Z]\w*)\s+= (\d+)`)
	function := regexp.MustCompile(`^func (?:\([^)]*\) )?(\w+)\(`)
	refusal := regexp.MustCompile(`refuse\("([A-Z]+-\d+)", (reason\w+)`)
	files, err := filepath.Glob("../internal/risk/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found [][2]string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(filepath.Base(file), "last") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := ""
		for line := range strings.Lines(string(b)) {
			if m := function.FindStringSubmatch(line); m != nil {
				in = m[1]
			}
			if m := constant.FindStringSubmatch(line); m != nil {
				values[m[1]] = m[2]
			}
			if m := refusal.FindStringSubmatch(line); m != nil && !slices.Contains(notOfAnOrder, in) {
				found = append(found, [2]string{m[1], m[2]})
			}
		}
	}
	if len(found) < 20 || len(values) < 6 {
		t.Fatalf("the gate's source has %d refusals and %d codes: it is read wrongly", len(found), len(values))
	}
	for _, f := range found {
		codes = append(codes, f[0]+" "+values[f[1]])
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
