package risk

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func money(n market.Notional) market.Money {
	m, _ := n.Money()
	return m
}

// TestUsage follows one client's day: open, filled, beyond, taken back, closed.
func TestUsage(t *testing.T) {
	g := NewGate(Limits{}, instruments())
	p := parent(1, terms())
	check := func(what string, now market.Time, open, executed market.Money) {
		t.Helper()
		o, e := g.Used("C", now)
		if money(o) != open*market.Dollar || money(e) != executed*market.Dollar {
			t.Errorf("%s: open $%v, executed $%v, want $%d, $%d", what, money(o), money(e), open, executed)
		}
	}
	check("before", noon, 0, 0)
	g.Accepted(p, 90*market.Dollar)
	check("accepted, at the limit above the reference", noon, 100_000, 0)
	p.Cum = 400
	g.Filled(p, 400, 99*market.Dollar, noon)
	check("filled", noon, 60_000, 39_600)
	p.Terms.Qty = 2_000
	g.Replaced(p, 110*market.Dollar, noon)
	check("replaced, at the reference above the limit", noon, 176_000, 39_600)
	g.Filled(p, 1_700, 100*market.Dollar, noon)
	check("filled beyond the order (RACE-02)", noon, 0, 209_600)
	g.Revised(p, &order.Execution{Qty: 100, Px: 100 * market.Dollar, At: noon}, 0, 0, noon)
	check("busted: open again", noon, 11_000, 199_600)
	g.Closed(p)
	g.Closed(p)
	check("closed, twice", noon, 0, 199_600)
	g.Filled(p, 10, 100*market.Dollar, noon)
	check("filled after its end", noon, 0, 200_600)
	g.Accepted(parent(2, terms()), 100*market.Dollar)
	tomorrow := noon.Add(24 * market.Hour)
	check("the next day, before anything", tomorrow, 100_000, 0)
	g.Filled(p, 1, 100*market.Dollar, tomorrow)
	check("the next day", tomorrow, 100_000, 100)
	g.Revised(p, &order.Execution{Qty: 10, Px: 100 * market.Dollar, At: noon}, 0, 0, tomorrow)
	check("a bust of yesterday's fill", tomorrow, 100_000, 100)
	g.Revised(p, &order.Execution{Qty: 10, Px: 100 * market.Dollar, At: noon}, 20, 100*market.Dollar, tomorrow)
	check("a correction of yesterday's fill", tomorrow, 100_000, 100)
	g.Revised(p, &order.Execution{Qty: 1, Px: 100 * market.Dollar, At: tomorrow}, 3, 90*market.Dollar, tomorrow)
	check("a correction of today's fill", tomorrow, 100_000, 270)
}

// TestBasketMinute: RISK-05 counts what was accepted within a minute, not more.
func TestBasketMinute(t *testing.T) {
	g := NewGate(Limits{MaxBasketMoney: 250_000 * market.Dollar}, instruments())
	g.Accepted(parent(1, terms()), 0)
	late := parent(2, terms())
	late.Received = noon.Add(30 * market.Second)
	g.Accepted(late, 0)
	g.Closed(late) // a basket is what was sent, not what is left of it
	for _, tc := range []struct {
		name   string
		client string
		q      market.Qty
		after  int64
		want   string
	}{
		{"at the limit", "C", 500, 31 * market.Second, ""},
		{"above it", "C", 501, 31 * market.Second, "RISK-05"},
		{"another client", "D", 501, 31 * market.Second, ""},
		{"the first is a minute old", "C", 501, 60 * market.Second, ""},
		{"the second is not", "C", 1_501, 60 * market.Second, "RISK-05"},
		{"both are", "C", 2_500, 90 * market.Second, ""},
	} {
		expect(t, tc.name, g.Parent(tc.client, "9", terms(qty(tc.q)), quote, noon.Add(tc.after)), tc.want)
	}
}

// TestUsageAgainstModel holds the sums against a model that adds up everything anew.
func TestUsageAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewGate(Limits{}, instruments())
		type working struct {
			p  *order.Parent
			px market.Price
		}
		open := map[order.ParentID]*working{}
		executed := map[string]market.Notional{}
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := order.ParentID(rapid.IntRange(1, 5).Draw(t, "id"))
			ref := market.Price(rapid.Int64Range(1, 300).Draw(t, "ref")) * market.Dollar
			w := open[id]
			if w == nil {
				p := parent(id, terms(qty(market.Qty(rapid.Int64Range(1, 1_000).Draw(t, "qty")))))
				p.Client, p.ClOrdID = string(rune('A'+id%2)), string(rune(step))
				g.Accepted(p, ref)
				open[id] = &working{p, max(ref, p.Terms.Limit)}
				continue
			}
			q := market.Qty(rapid.Int64Range(0, max(0, int64(w.p.Leaves()))).Draw(t, "q"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				w.p.Cum += q
				g.Filled(w.p, q, ref, noon)
				executed[w.p.Client] = executed[w.p.Client].Add(market.NotionalOf(ref, q))
			case 1:
				w.p.Terms.Qty += q
				w.px = max(ref, w.p.Terms.Limit)
				g.Replaced(w.p, ref, noon)
			case 2:
				g.Closed(w.p)
				delete(open, id)
			case 3:
				q = min(q, w.p.Cum)
				px := market.Price(0) // a bust at no price keeps the model's sum of executions simple
				w.p.Cum -= q
				g.Revised(w.p, &order.Execution{Qty: q, Px: px, At: noon}, 0, 0, noon)
			}
		}
		for _, c := range []string{"A", "B"} {
			var want market.Notional
			for _, w := range open {
				if w.p.Client == c {
					want = want.Add(market.NotionalOf(w.px, w.p.Leaves()))
				}
			}
			gotOpen, gotExecuted := g.Used(c, noon)
			if gotOpen != want || gotExecuted != executed[c] {
				t.Fatalf("client %s: open %v, executed %v, want %v, %v", c, money(gotOpen), money(gotExecuted), money(want), money(executed[c]))
			}
		}
	})
}
