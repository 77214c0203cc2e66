package risk

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// The values at which every control is tried (TEST-10).
var controlPoints = [...]string{"limit −1", "limit", "limit +1", "zero", "maximum", "negative", "overflow"}

// controlRow is one control: what it says at each of controlPoints, or the test that tries it there in the engine's loop.
type controlRow struct {
	rule string
	at   func(point int) string // the rule that refuses; empty = passes
	want [len(controlPoints)]string
	test string // package/TestName
}

// firstOf is the control of the first fault, empty if there is none.
func firstOf(faults []Fault) string {
	if len(faults) == 0 {
		return ""
	}
	return faults[0].Control
}

// pick gives the value of a point around a limit; overflow is the largest, too, where there is nothing beyond it.
func pick(point int, limit int64) int64 {
	return [...]int64{limit - 1, limit, limit + 1, 0, math.MaxInt64, -1, math.MinInt64}[point]
}

func controlRows() []controlRow {
	beyond := func(rule string) [len(controlPoints)]string { return [...]string{"", "", rule, rule, rule, rule, rule} }
	bought := func(l Limits, q int64) string {
		return NewGate(l, instruments()).Parent("C", "1", terms(qty(market.Qty(q))), quote, noon).Rule
	}
	// An order of no or of negative quantity is refused as RISK-02, whatever the limit of money.
	money := func(rule string) [len(controlPoints)]string {
		return [...]string{"", "", rule, "RISK-02", rule, "RISK-02", "RISK-02"}
	}
	const shares = 1_000 // of 100 dollars
	usd := market.Money(shares * 100 * market.Dollar)
	return []controlRow{
		{rule: "RISK-01", want: beyond("RISK-01"), at: func(i int) string { return lastGate().Check(send(1, market.Qty(pick(i, shares)))).Rule }},
		{rule: "RISK-02", want: beyond("RISK-02"), at: func(i int) string { return bought(Limits{MaxParentQty: shares}, pick(i, shares)) }},
		{rule: "RISK-03", want: money("RISK-03"), at: func(i int) string { return bought(Limits{MaxParentMoney: usd}, pick(i, shares)) }},
		{rule: "RISK-04", want: [...]string{"", "", "RISK-04", "RISK-04", "RISK-04", "RISK-04", "RISK-04"}, at: func(i int) string {
			px := pick(i, 10_500) // ticks: 105 dollars is 500 basis points above
			if px > -2 && px < 1<<40 {
				px *= 10_000
			}
			return NewGate(Limits{CollarBps: 500}, instruments()).Parent("C", "1", terms(limit(market.Price(px))), quote, noon).Rule
		}},
		{rule: "RISK-05", want: money("RISK-05"), at: func(i int) string { return bought(Limits{MaxBasketMoney: usd}, pick(i, shares)) }},
		{rule: "RISK-06", want: [...]string{"RISK-06", "RISK-06", "", "RISK-06", "", "RISK-06", "RISK-06"}, at: func(i int) string {
			g := NewGate(Limits{DuplicateWindow: 2 * market.Second}, instruments())
			g.Accepted(parent(1, terms()), 0)
			g.usage.day = 0 // the window, not the names of a day
			return g.Parent("C", "2", terms(), quote, noon+market.Time(min(pick(i, 2*market.Second), 1<<60))).Rule
		}},
		{rule: "RISK-07", test: "router/TestRepeatThrottle"},
		{rule: "RISK-08", want: [...]string{"", "", "RISK-08", "", "RISK-08", "", ""}, at: func(i int) string {
			g := NewGate(Limits{ClientRate: 100}, instruments()) // of which 10 are kept for cancels
			r := Refusal{}
			for n := range min(pick(i, 90), 1_000) {
				r = g.Parent("C", fmt.Sprint(n), terms(), quote, noon)
			}
			return r.Rule
		}},
		{rule: "RISK-09", want: money("RISK-03"), at: func(i int) string {
			return bought(Limits{Credits: []ClientLimits{{Client: "C", MaxClientMoney: usd}}}, pick(i, shares))
		}},
		{rule: "RISK-10", want: [...]string{"RISK-10", "", "RISK-10", "RISK-10", "RISK-10", "RISK-10", "RISK-10"}, at: func(i int) string {
			const today = 20261128
			g := NewGate(Limits{RequireLists: true, Lists: []List{{Name: ListRestricted, Day: market.Date(pick(i, today))}}}, instruments())
			g.Today(today)
			return g.Parent("C", "1", terms(), quote, noon).Rule
		}},
		{rule: "RISK-11", want: [...]string{"", "RISK-11", "RISK-11", "", "RISK-11", "", ""}, at: func(i int) string { // that many are open already
			return NewGate(Limits{MaxOpenChildren: 50}, instruments()).Child(parent(1, terms()), 0, int(pick(i, 50)), child(), quote).Rule
		}},
		{rule: "RISK-12", want: [...]string{"RISK-12", "", "", "RISK-12", "", "RISK-12", "RISK-12"}, at: func(i int) string { // characters of the reason
			if NewGate(Limits{TwoPersons: true}, nil).TwoPersons("ann", "bob", strings.Repeat("x", int(min(max(pick(i, reasonLeast), 0), 10_000)))) != "" {
				return "RISK-12"
			}
			return ""
		}},
		{rule: "RISK-13", want: [...]string{"", "", "RISK-13", "RISK-13", "RISK-13", "RISK-13", "RISK-13"}, at: func(i int) string { // nanoseconds off
			b := event.ControlSwitched{Control: "RISK-02", Off: true, Until: noon + market.Time(pick(i, offMost)), Actor: "ann", Approver: "bob", Reason: "the feed is wrong, they agree"}
			if NewGate(Limits{}, nil).Switch(&b, noon) != "" {
				return "RISK-13"
			}
			return ""
		}},
		{rule: "RISK-14", want: [...]string{"", "", "", "RISK-02", "RISK-16", "RISK-16", "RISK-16"}, at: func(i int) string { // of every limit: TestSelfTestAtEveryValue
			l := strict()
			l.MaxParentQty = market.Qty(pick(i, shares))
			return firstOf(SelfTest(l, Gates{}))
		}},
		{rule: "RISK-15", want: [...]string{"", "", "RISK-15", "", "RISK-15", "RISK-02", "RISK-02"}, at: func(i int) string { // shares at venues, 5 percent of headroom
			q := pick(i, 1_050)
			if q < 0 {
				return "RISK-02" // none is sent: the gate refuses it
			}
			m := NewMonitor()
			m.limits = Limits{MaxFirmMoney: usd}
			m.Observe(sentBy1(1, 1, market.Qty(q)), noon)
			if len(m.Breaches()) > 0 {
				return "RISK-15"
			}
			return ""
		}},
		{rule: "RISK-16", want: [...]string{"", "", "RISK-16", "", "RISK-16", "RISK-16", "RISK-16"}, at: func(i int) string { // a rate of messages that can be meant
			return bought(Limits{FirmRate: int(pick(i, maxRate))}, 1)
		}},
		{rule: "RISK-17", test: "router/TestAModelsOrdersWidenNothing"},
		{rule: "RISK-18", test: "router/TestSelfCrossAtEveryPrice"},
		{rule: "RISK-19", want: [...]string{"", "", "RISK-02 103=3", "RISK-02 103=13", "RISK-02 103=3", "RISK-02 103=13", "RISK-02 103=13"}, at: func(i int) string { // to the client: serve/TestRefusalsReachTheClient
			r := NewGate(Limits{MaxParentQty: shares}, instruments()).Parent("C", "1", terms(qty(market.Qty(pick(i, shares)))), quote, noon)
			if r.Passed() {
				return ""
			}
			return fmt.Sprintf("%s 103=%d", r.Rule, r.Reason)
		}},
		{rule: "RISK-20", want: money("RISK-03"), at: func(i int) string {
			r := NewGate(Limits{SoftParentMoney: usd}, instruments()).Parent("C", "1", terms(qty(market.Qty(pick(i, shares)))), quote, noon)
			if r.Rule == "RISK-03" && !r.Soft {
				return "not soft"
			}
			return r.Rule
		}},
	}
}

// TestEveryControl is TEST-10: RISK-01 to RISK-20, each at its limit −1, at it, +1, at zero, at the ends of the range and
// beyond. A control without a row fails.
func TestEveryControl(t *testing.T) {
	rows := map[string]*controlRow{}
	all := controlRows()
	for i := range all {
		rows[all[i].rule] = &all[i]
	}
	for n := 1; n <= 20; n++ {
		rule := fmt.Sprintf("RISK-%02d", n)
		row := rows[rule]
		switch {
		case row == nil:
			t.Errorf("%s has no row", rule)
		case row.at == nil:
			dir, name, _ := strings.Cut(row.test, "/")
			if !hasTest(t, filepath.Join("..", dir), name) {
				t.Errorf("%s: there is no test %s at the seven values", rule, row.test)
			}
		default:
			for i, point := range controlPoints {
				if got := row.at(i); got != row.want[i] {
					t.Errorf("%s at %s: %q, want %q", rule, point, got, row.want[i])
				}
			}
		}
	}
}

// hasTest reports whether a package has a test, in a file that names all values at which a control is tried.
func hasTest(t *testing.T, dir, name string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "\nfunc "+name+"(t *testing.T)") {
			continue
		}
		for _, point := range controlPoints {
			if !strings.Contains(string(b), strconv.Quote(point)) {
				return false
			}
		}
		return true
	}
	return false
}
