package tca

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// anyParent draws a parent with children, fills, busts and quotes that are sometimes one-sided.
func anyParent(t *rapid.T) Input {
	price := rapid.Custom(func(t *rapid.T) market.Price {
		if rapid.IntRange(0, 5).Draw(t, "none") == 0 {
			return 0
		}
		return market.Price(rapid.Int64Range(1, 2_000*dollar).Draw(t, "px"))
	})
	side := rapid.SampledFrom([]market.Side{market.Buy, market.Sell, market.SellShort}).Draw(t, "side")
	in := Input{Venues: names, Parent: &event.RecordParent{EndMid: price.Draw(t, "end"), Parent: order.Parent{ID: 1, State: order.Canceled,
		Arrival: price.Draw(t, "arrival"), Terms: order.Terms{Symbol: "S", Side: side}}}}
	p := &in.Parent.Parent
	for n := range rapid.IntRange(0, 12).Draw(t, "fills") {
		id := uint64(n + 1)
		in.Decisions = append(in.Decisions, &event.RecordDecision{Decision: id, Parent: 1,
			Quote: market.Quote{Bid: price.Draw(t, "bid"), Ask: price.Draw(t, "ask")}})
		qty := market.Qty(rapid.Int64Range(1, 100_000).Draw(t, "qty"))
		x := &event.RecordExecution{ExecID: id, Decision: id, Side: side, Symbol: "S", Mid: price.Draw(t, "mid"),
			Style: order.Style(rapid.IntRange(1, 6).Draw(t, "style")),
			Exec: order.Execution{Key: order.ExecKey{Venue: market.VenueID(rapid.IntRange(0, 4).Draw(t, "venue")), ExecID: itoa(int64(n))},
				Parent: 1, Child: order.ChildID(id), Qty: qty, Px: max(1, price.Draw(t, "px")),
				Fee: market.Money(rapid.Int64Range(-dollar, dollar).Draw(t, "fee")), Reg: market.Money(rapid.Int64Range(0, dollar).Draw(t, "reg")),
				Busted: rapid.IntRange(0, 4).Draw(t, "bust") == 0}}
		in.Executions = append(in.Executions, x)
		c := order.Child{ID: order.ChildID(id), Parent: 1, Venue: x.Exec.Key.Venue, Style: x.Style, Qty: 2 * qty, State: order.Canceled}
		if !x.Exec.Busted {
			c.Cum = qty
			p.Cum += qty
			p.Notional = p.Notional.Add(market.NotionalOf(x.Exec.Px, qty))
		}
		in.Children = append(in.Children, &event.RecordChild{Child: c})
		in.Outcomes = append(in.Outcomes, &event.RecordOutcome{Parent: 1, Child: c.ID, ExecID: id, What: event.OutcomeMarkout,
			HorizonNs: market.Second, Value: rapid.Float64Range(-50, 50).Draw(t, "markout")})
	}
	p.Terms.Qty = p.Cum + market.Qty(rapid.Int64Range(0, 100_000).Draw(t, "unfilled"))
	in.Parent.MarketVolume = market.Qty(rapid.Int64Range(0, 1_000_000).Draw(t, "volume"))
	in.Parent.MarketValue = market.NotionalOf(max(1, price.Draw(t, "vwap")), in.Parent.MarketVolume)
	return in
}

// byDefinition is the shortfall straight from Perold's definition, in big integers.
func byDefinition(in Input, r *Report) *big.Int {
	total := new(big.Int)
	sign := big.NewInt(in.Parent.Parent.Terms.Side.Sign())
	leg := func(px, ref market.Price, q market.Qty) {
		x := big.NewInt(int64(px - ref))
		total.Add(total, x.Mul(x, big.NewInt(int64(q))).Mul(x, sign))
	}
	for _, x := range in.Executions {
		if x.Exec.Busted {
			continue
		}
		if r.Arrival > 0 {
			leg(x.Exec.Px, r.Arrival, x.Exec.Qty)
		}
		total.Add(total, big.NewInt(int64(x.Exec.Fee+x.Exec.Reg)))
	}
	leg(r.EndMid, r.Arrival, r.Unfilled)
	return total
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyParent(t)
		r, err := Reconcile(in)
		if err != nil {
			t.Fatal(err)
		}
		var sum market.Money
		for _, part := range r.Shortfall.Parts() {
			sum += part
		}
		if sum != r.Shortfall.Total {
			t.Fatalf("the parts sum to %v, the total is %v", sum, r.Shortfall.Total)
		}
		if want := byDefinition(in, &r); want.Cmp(big.NewInt(int64(r.Shortfall.Total))) != 0 {
			t.Fatalf("total %d, by definition %v", r.Shortfall.Total, want)
		}
		if r.Filled+r.Unfilled != r.Qty || r.Filled != in.Parent.Parent.Cum || len(r.Breaks) > 0 {
			t.Fatalf("%d filled + %d unfilled of %d, parent %d; breaks %q", r.Filled, r.Unfilled, r.Qty, in.Parent.Parent.Cum, r.Breaks)
		}
		if r.AvgPx != in.Parent.Parent.AvgPx() {
			t.Fatalf("average price %v, want the parent's %v (ER-02)", r.AvgPx, in.Parent.Parent.AvgPx())
		}
		wantLines(t, &r, "venues", r.Venues)
		wantLines(t, &r, "styles", r.Styles)
	})
}

// wantLines holds that lines add up to the report.
func wantLines(t *rapid.T, r *Report, what string, lines []Line) {
	var e exact
	var s Sums
	var shares market.Qty
	for i := range lines {
		e.merge(&s, &lines[i].Sums)
		for _, m := range lines[i].Markouts {
			shares += m.Shares
		}
	}
	s.derive()
	if diff := cmp.Diff(r.Sums, s); diff != "" || e.overflow {
		t.Fatalf("%s do not add up to the report:\n%s", what, diff)
	}
	if shares != r.Filled {
		t.Fatalf("%s have markouts of %d shares, want %d", what, shares, r.Filled)
	}
}

// TestAggregateAdds holds that a summary of many is that of its halves, also after a journey through JSON.
func TestAggregateAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var reports []Report
		for range rapid.IntRange(0, 4).Draw(t, "parents") {
			r, err := Reconcile(anyParent(t))
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var back Report
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, back, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("JSON loses something: want − got +\n%s", diff)
			}
			reports = append(reports, back)
		}
		s, err := Aggregate(reports)
		if err != nil {
			t.Fatal(err)
		}
		var sum, total market.Money
		var filled, qty market.Qty
		for i := range reports {
			filled, qty = filled+reports[i].Filled, qty+reports[i].Qty
			total += reports[i].Shortfall.Total
		}
		for _, part := range s.Shortfall.Parts() {
			sum += part
		}
		if sum != s.Shortfall.Total || total != sum || s.Filled != filled || s.Qty != qty || s.Filled+s.Unfilled != s.Qty {
			t.Fatalf("summary %+v does not add up: %v, %v", s, sum, total)
		}
	})
}

// TestDeterministic holds that the same input gives the same bytes (determinism contract, 1).
func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyParent(t)
		a, errA := Reconcile(in)
		b, errB := Reconcile(in)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if a.Text() != b.Text() {
			t.Fatalf("two texts of one input:\n%s\n%s", a.Text(), b.Text())
		}
	})
}
