package risk

import (
	"github.com/sluice-sor/sluice/internal/event"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func child(change ...func(*order.Child)) *order.Child {
	c := &order.Child{ID: 1, Parent: 1, Symbol: "AMZN", Side: market.Buy, Type: order.Limit, Style: order.StyleTake, Qty: 100, Limit: 100 * market.Dollar}
	for _, f := range change {
		f(c)
	}
	return c
}

// TestChild is TEST-10 for the allocator's stage: a parent for 1,000 shares at 100.00 with 300 filled.
func TestChild(t *testing.T) {
	with := func(change func(*order.Parent)) *order.Parent {
		p := parent(1, terms())
		p.Cum = 300
		if change != nil {
			change(p)
		}
		return p
	}
	size := func(q market.Qty) func(*order.Child) { return func(c *order.Child) { c.Qty = q } }
	at := func(p market.Price) func(*order.Child) { return func(c *order.Child) { c.Limit = p } }
	for _, tc := range []struct {
		name string
		l    Limits
		p    *order.Parent
		live market.Qty
		open int
		c    *order.Child
		want string
	}{
		{"room −1", Limits{}, with(nil), 599, 0, child(), ""},
		{"room", Limits{}, with(nil), 600, 0, child(), ""},
		{"room +1", Limits{}, with(nil), 601, 0, child(), "INV-01"},
		{"all that is left", Limits{}, with(nil), 0, 0, child(size(700)), ""},
		{"one share more", Limits{}, with(nil), 0, 0, child(size(701)), "INV-01"},
		{"largest quantity", Limits{}, with(nil), 0, 0, child(size(math.MaxInt64)), "INV-01"},
		{"largest exposure", Limits{}, with(nil), math.MaxInt64, 0, child(), "INV-01"},
		{"negative exposure", Limits{}, with(nil), -1, 0, child(), "INV-01"},
		{"overfilled parent", Limits{}, with(func(p *order.Parent) { p.Cum = 1_001 }), 0, 0, child(size(1)), "INV-01"},
		{"negative fill", Limits{}, with(func(p *order.Parent) { p.Cum = -1 }), 0, 0, child(), "INV-01"},

		{"zero", Limits{}, with(nil), 0, 0, child(size(0)), "INV-03"},
		{"negative", Limits{}, with(nil), 0, 0, child(size(-100)), "INV-03"},
		{"filled beyond its quantity", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Cum, c.Leaves = 60, 41 }), "INV-03"},
		{"filled and left", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Cum, c.Leaves = 60, 40 }), ""},
		{"largest leaves", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Cum, c.Leaves = 1, math.MaxInt64 }), "INV-03"},
		{"minimum above it", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.MinQty = 101 }), "INV-03"},
		{"display above it", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Display = 101 }), "INV-03"},
		{"already working", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.State = order.New }), "INV-04"},
		{"pending", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.State = order.PendingNew }), ""},

		{"limit better", Limits{}, with(nil), 0, 0, child(at(99_990_000)), ""},
		{"limit worse", Limits{}, with(nil), 0, 0, child(at(100_010_000)), "INV-07"},
		{"no limit under a limit", Limits{}, with(nil), 0, 0, child(at(0)), "INV-07"},
		{"negative limit", Limits{}, with(nil), 0, 0, child(at(-1)), "INV-07"},
		{"other side", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Side = market.Sell }), "INV-07"},
		{"other symbol", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Symbol = "RSTR" }), "INV-07"},
		{"other parent", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Parent = 2 }), "INV-07"},
		{"venue forbidden", Limits{}, with(func(p *order.Parent) { p.Terms.Venues = 1 << 3 }), 0, 0, child(), "INV-07"},
		{"no such venue", Limits{}, with(nil), 0, 0, child(func(c *order.Child) { c.Venue = market.MaxVenues }), "INV-07"},

		{"parent canceling", Limits{}, with(func(p *order.Parent) { p.Hold = order.HoldCancel }), 0, 0, child(), "INV-10"},
		{"parent stopped", Limits{}, with(func(p *order.Parent) { p.Hold = order.HoldStop }), 0, 0, child(), "INV-10"},
		{"parent frozen", Limits{}, with(func(p *order.Parent) { p.Hold = order.HoldFrozen }), 0, 0, child(), "INV-10"},
		{"parent done", Limits{}, with(func(p *order.Parent) { p.State = order.Filled }), 0, 0, child(), "INV-10"},

		{"open children −1", Limits{MaxOpenChildren: 50}, with(nil), 0, 49, child(), ""},
		{"open children", Limits{MaxOpenChildren: 50}, with(nil), 0, 50, child(), "RISK-11"},
		{"child quantity", Limits{MaxChildQty: 100}, with(nil), 0, 0, child(), ""},
		{"child quantity +1", Limits{MaxChildQty: 100}, with(nil), 0, 0, child(size(101)), "RISK-02"},
		{"child notional", Limits{MaxChildMoney: 10_000 * market.Dollar}, with(nil), 0, 0, child(), ""},
		{"child notional +1", Limits{MaxChildMoney: 10_000*market.Dollar - 1}, with(nil), 0, 0, child(), "RISK-03"},
		{"collar", Limits{CollarBps: 500}, with(func(p *order.Parent) { p.Terms.Limit = 200 * market.Dollar }), 0, 0, child(at(105_010_000)), "RISK-04"},
		{"displayed off the tick", Limits{}, with(nil), 0, 0, child(at(99_995_000), func(c *order.Child) { c.Style = order.StylePost }), "RISK-04"},
		{"midpoint between ticks", Limits{}, with(nil), 0, 0, child(at(99_995_000), func(c *order.Child) { c.Style = order.StyleDark }), ""},
	} {
		g := NewGate(tc.l, instruments())
		expect(t, tc.name, g.Child(tc.p, tc.live, tc.open, tc.c, quote), tc.want)
	}
	short := parent(1, terms(side(market.SellShort)))
	expect(t, "a short sale stays one (INV-07)", NewGate(Limits{}, instruments()).Child(short, 0, 0, child(func(c *order.Child) { c.Side = market.Sell }), quote), "INV-07")
	g := NewGate(Limits{}, instruments())
	g.Halt(&event.Halted{Client: "C"})
	expect(t, "halted", g.Child(with(nil), 0, 0, child(), quote), "KILL-07")
}

// TestPassAllocatesNothing holds the promise of the package comment.
func TestPassAllocatesNothing(t *testing.T) {
	l := DefaultLimits()
	l.DuplicateWindow = market.Second
	g := NewGate(l, instruments())
	g.Accepted(parent(7, terms(qty(2_000))), 100*market.Dollar)
	g.Halt(&event.Halted{Client: "D"})
	tt, p, c, more := terms(), parent(1, terms()), child(), terms(qty(1_100))
	for name, f := range map[string]func() Refusal{
		"Parent":  func() Refusal { return g.Parent("C", "1", tt, quote, noon) },
		"Replace": func() Refusal { return g.Replace("C", tt, more, quote, noon) },
		"Child":   func() Refusal { return g.Child(p, 100, 3, c, quote) },
	} {
		if r := f(); !r.Passed() {
			t.Errorf("%s: %v", name, r)
		}
		if n := testing.AllocsPerRun(100, func() { f() }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func BenchmarkGate(b *testing.B) {
	l := DefaultLimits()
	l.ClientRate = maxRate // the clock stands still
	g := NewGate(l, instruments())
	tt, p, c := terms(), parent(1, terms()), child()
	b.Run("Parent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g.usage.client("C").messages = bucket{}
			if r := g.Parent("C", "1", tt, quote, noon); !r.Passed() {
				b.Fatal(r)
			}
		}
	})
	b.Run("Child", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g.Child(p, 100, 3, c, quote)
		}
	})
}
