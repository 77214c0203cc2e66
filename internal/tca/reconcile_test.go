package tca

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const dollar = market.Dollar

var names = Names{"", "DARKA", "LITX", "INVY"}

// cents gives a price of whole cents.
func cents(n int64) market.Price { return market.Price(n * dollar / 100) }

// example is a buy of 1,000 that is worked by hand in TestWorkedExample.
func example() Input {
	at := market.Time(1_381_152_600_000_000_000) // 2013-10-07, 9:30 in New York
	decide := func(n uint64, bid, ask int64) *event.RecordDecision {
		return &event.RecordDecision{Decision: n, Parent: 7, At: at, Quote: market.Quote{Bid: cents(bid), Ask: cents(ask), BidSize: 1, AskSize: 1}}
	}
	child := func(id order.ChildID, style order.Style, qty, cum market.Qty, px int64) *event.RecordChild {
		return &event.RecordChild{Child: order.Child{ID: id, Parent: 7, Venue: market.VenueID(id), Symbol: "AMZN", Side: market.Buy,
			Style: style, Qty: qty, Cum: cum, State: order.Canceled, Notional: market.NotionalOf(cents(px), cum)}}
	}
	fill := func(n uint64, childID order.ChildID, decision uint64, style order.Style, qty market.Qty, px, mid int64, fee market.Money) *event.RecordExecution {
		return &event.RecordExecution{ExecID: n, Decision: decision, Side: market.Buy, Symbol: "AMZN", Style: style, Mid: cents(mid),
			Exec: order.Execution{Key: order.ExecKey{Venue: market.VenueID(childID), Date: 20131007, ExecID: "X" + itoa(int64(n))},
				Child: childID, Parent: 7, Qty: qty, Px: cents(px), At: at.Add(int64(n) * market.Second), Fee: fee}}
	}
	markout := func(exec uint64, child order.ChildID, h int64, value float64) *event.RecordOutcome {
		return &event.RecordOutcome{Parent: 7, Child: child, What: event.OutcomeMarkout, ExecID: exec, HorizonNs: h, Value: value}
	}
	busted := fill(4, 3, 2, order.StylePost, 100, 10_001, 10_002, -200_000)
	busted.Exec.Busted = true
	value := market.NotionalOf(cents(10_000), 300).Add(market.NotionalOf(cents(10_005), 400)).Add(market.NotionalOf(cents(10_001), 100))
	return Input{
		Parent: &event.RecordParent{At: at.Add(90 * market.Second), EndMid: cents(10_010), Decisions: 2, Children: 3, ExploreBps: .0123,
			MarketVolume: 8000, MarketValue: market.NotionalOf(cents(10_002), 8000),
			Parent: order.Parent{ID: 7, Client: "EMS1", ClOrdID: "C-7", State: order.Canceled, Cum: 800, Notional: value,
				Received: at, DoneAt: at.Add(90 * market.Second), Arrival: cents(10_000), Reason: "canceled by the client",
				Terms: order.Terms{Account: "A1", Symbol: "AMZN", Side: market.Buy, Qty: 1000, Strategy: order.VWAP}}},
		Decisions: []*event.RecordDecision{decide(1, 9_999, 10_001), decide(2, 10_001, 10_005)},
		Children: []*event.RecordChild{child(1, order.StyleDark, 500, 300, 10_000), child(2, order.StyleTake, 400, 400, 10_005),
			child(3, order.StylePost, 300, 100, 10_001)},
		Executions: []*event.RecordExecution{
			fill(1, 1, 1, order.StyleDark, 300, 10_000, 10_000, 150_000),
			fill(2, 2, 2, order.StyleTake, 400, 10_005, 10_004, 1_200_000),
			fill(3, 3, 2, order.StylePost, 100, 10_001, 10_002, -200_000), busted},
		Outcomes: []*event.RecordOutcome{markout(1, 1, market.Second, 2), markout(2, 2, market.Second, 9), markout(2, 2, market.Second, -1),
			markout(3, 3, market.Second, -3), markout(4, 3, market.Second, 50), markout(2, 2, 10*market.Second, -2),
			markout(9, 1, market.Second, 70), markout(3, 3, 10*market.Second, math.NaN())},
		Venues: names,
	}
}

func mustReconcile(t testing.TB, in Input) Report {
	t.Helper()
	r, err := Reconcile(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWorkedExample holds a report to figures made by hand:
//
//	fill  shares   p       D       M       q(D−A)  q(M−D)  q(p−M)  fee
//	1     300      100.00  100.00  100.00    0.00    0.00    0.00   0.15
//	2     400      100.05  100.03  100.04   12.00    4.00    4.00   1.20
//	3     100      100.01  100.03  100.02    3.00   −1.00   −1.00  −0.20
//	                                        15.00    3.00    3.00   1.15
//
// Σ p·q = 30,000 + 40,020 + 10,001 = 80,021, against 80,000 at A = 100: 21 = 15 + 3 + 3, which is 2.625 bps. The 200
// that stayed unfilled missed 100.10 − 100 a share: 20.00. Total 42.15 of 100,000, which is 4.215 bps.
// VWAP: 80,021 − 800 × 100.02 = 5 of 80,016. Capture: 2 × (0 − 4 + 1) / (300×.02 + 400×.04 + 100×.04) = −6/26.
// Markout 1 s: (300×2 − 400×1 − 100×3) / 800 = −0.125; the busted fill's and an unknown one's are not in it.
func TestWorkedExample(t *testing.T) {
	r := mustReconcile(t, example())
	want := Shortfall{Paper: 100_000 * dollar, Delay: 15 * dollar, Timing: 3 * dollar, Spread: 3 * dollar, Fees: 1_350_000,
		Rebates: -200_000, Opportunity: 20 * dollar, Total: 42_150_000, TotalBps: Ratio{4.215, true}}
	if diff := cmp.Diff(want, r.Shortfall); diff != "" {
		t.Errorf("shortfall: want − got +\n%s", diff)
	}
	type figures struct {
		Filled, Unfilled, Busted market.Qty
		AvgPx, VWAP              market.Price
		Arrival, VWAPBps         Ratio
		Capture, Rate            Ratio
		Participation            Ratio
		Duration                 int64
	}
	got := figures{r.Filled, r.Unfilled, r.Busted, r.AvgPx, r.MarketVWAP, r.ArrivalSlippageBps, r.VWAPSlippageBps, r.SpreadCapture,
		r.FillRate, r.Participation, r.DurationNs}
	wantFigures := figures{800, 200, 100, 100_026_250, 100_020_000, Ratio{2.625, true}, Ratio{5. / 80_016 * 1e4, true},
		Ratio{-3. / 26 * 2, true}, Ratio{800. / 1200, true}, Ratio{.1, true}, 90 * market.Second}
	if diff := cmp.Diff(wantFigures, got); diff != "" {
		t.Errorf("figures: want − got +\n%s", diff)
	}
	wantMarks := []Markout{{market.Second, 3, 800, -.125}, {10 * market.Second, 1, 400, -2}}
	if diff := cmp.Diff(wantMarks, r.Markouts, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("markouts: want − got +\n%s", diff)
	}
	if len(r.Breaks) != 0 {
		t.Errorf("breaks = %q, want none", r.Breaks)
	}
}

// TestSellMirrors holds that a sell in the mirrored market costs the same.
func TestSellMirrors(t *testing.T) {
	in := example()
	buy := mustReconcile(t, in)
	mirror := func(p *market.Price) { *p = cents(20_000) - *p }
	p := &in.Parent.Parent
	p.Terms.Side = market.SellShort
	mirror(&p.Arrival)
	mirror(&in.Parent.EndMid)
	for _, d := range in.Decisions {
		d.Quote.Bid, d.Quote.Ask = cents(20_000)-d.Quote.Ask, cents(20_000)-d.Quote.Bid
	}
	p.Notional = market.Notional{}
	for _, x := range in.Executions {
		x.Side = market.SellShort
		mirror(&x.Mid)
		mirror(&x.Exec.Px)
		if !x.Exec.Busted {
			p.Notional = p.Notional.Add(market.NotionalOf(x.Exec.Px, x.Exec.Qty))
		}
	}
	sell := mustReconcile(t, in)
	if diff := cmp.Diff(buy.Shortfall, sell.Shortfall); diff != "" {
		t.Errorf("shortfall of the sell: buy − sell +\n%s", diff)
	}
	if buy.SpreadCapture != sell.SpreadCapture || buy.ArrivalSlippageBps != sell.ArrivalSlippageBps || len(sell.Breaks) > 0 {
		t.Errorf("sell: capture %v, arrival %v, breaks %q; buy: %v, %v", sell.SpreadCapture, sell.ArrivalSlippageBps, sell.Breaks,
			buy.SpreadCapture, buy.ArrivalSlippageBps)
	}
}

func TestEdges(t *testing.T) {
	tests := []struct {
		name   string
		change func(in *Input)
		check  func(r *Report) bool
	}{
		{"nothing filled", func(in *Input) {
			in.Executions, in.Children = nil, nil
			in.Parent.Parent.Cum, in.Parent.Parent.Notional = 0, market.Notional{}
		}, func(r *Report) bool {
			return r.AvgPx == 0 && !r.ArrivalSlippageBps.Known && !r.VWAPSlippageBps.Known && !r.SpreadCapture.Known &&
				r.Completion == Ratio{0, true} && r.Shortfall.Total == 100*dollar && r.Shortfall.Opportunity == 100*dollar
		}},
		{"no market volume", func(in *Input) { in.Parent.MarketVolume, in.Parent.MarketValue = 0, market.Notional{} },
			func(r *Report) bool {
				s, err := Aggregate([]Report{*r})
				return err == nil && !s.Participation.Known && !r.VWAPSlippageBps.Known && !r.Participation.Known && r.MarketVWAP == 0 && r.Shortfall.Total == 42_150_000
			}},
		{"done before its prints: its own fills are volume", func(in *Input) { in.Parent.MarketVolume = 500 },
			func(r *Report) bool {
				s, err := Aggregate([]Report{*r})
				return r.Participation == Ratio{1, true} && r.MarketVolume == 500 && err == nil && s.Participation == Ratio{1, true} && s.MarketVolume == 800
			}},
		{"one-sided at arrival: the first decision's mid stands in", func(in *Input) { in.Parent.Parent.Arrival = 0 },
			func(r *Report) bool {
				return r.ArrivalSource == FromDecision && r.Arrival == cents(10_000) && r.Shortfall.Total == 42_150_000
			}},
		{"one-sided at the decisions: the move is timing", func(in *Input) {
			for _, d := range in.Decisions {
				d.Quote.Bid = 0
			}
		}, func(r *Report) bool {
			return r.Shortfall.Delay == 0 && r.Shortfall.Timing == 18*dollar && r.Shortfall.Total == 42_150_000 && !r.SpreadCapture.Known
		}},
		{"one-sided at the fills: the move is spread", func(in *Input) {
			for _, x := range in.Executions {
				x.Mid = 0
			}
		}, func(r *Report) bool {
			return r.Shortfall.Timing == 0 && r.Shortfall.Spread == 6*dollar && r.Shortfall.Total == 42_150_000
		}},
		{"one-sided at the end: the last fill's mid stands in", func(in *Input) { in.Parent.EndMid = 0 },
			// the busted fill is the last to have seen a mid, 100.02: 200 × .02 = 4
			func(r *Report) bool { return r.EndSource == FromFill && r.Shortfall.Opportunity == 4*dollar }},
		{"no mid at all: charges are all that is known", func(in *Input) {
			in.Parent.Parent.Arrival, in.Parent.EndMid, in.Decisions = 0, 0, nil
			for _, x := range in.Executions {
				x.Mid = 0
			}
		}, func(r *Report) bool {
			return r.ArrivalSource == FromNothing && r.Shortfall.Total == 1_150_000 && !r.Shortfall.TotalBps.Known && !r.ArrivalSlippageBps.Known
		}},
		{"zero duration", func(in *Input) { in.Parent.Parent.DoneAt = in.Parent.Parent.Received },
			func(r *Report) bool { return r.DurationNs == 0 && r.Shortfall.Total == 42_150_000 }},
		{"still working: measured until its record", func(in *Input) {
			in.Parent.Parent.State, in.Parent.Parent.DoneAt, in.Parent.Parent.Cum = order.PartiallyFilled, 0, 0
		}, func(r *Report) bool { return !r.Done && r.DurationNs == 90*market.Second && len(r.Breaks) == 0 }},
		{"a journal's bust after the fill", func(in *Input) {
			x := *in.Executions[1]
			x.Exec.Busted, x.Exec.Qty = true, 0 // as the engine records it
			in.Executions = append(in.Executions, &x)
			in.Parent.Parent.State = order.New
		}, func(r *Report) bool { return r.Filled == 400 && r.Busted == 500 && r.Fills == 2 && r.Fee == 150_000 }},
		{"a journal's correction after the fill", func(in *Input) {
			x := *in.Executions[1]
			x.Exec.Qty = 100
			in.Executions = append(in.Executions, &x)
			in.Parent.Parent.State = order.New
		}, func(r *Report) bool { return r.Filled == 500 && r.Fills == 3 && r.Unfilled == 500 }},
		{"no venue names", func(in *Input) { in.Venues = nil }, func(r *Report) bool { return r.Venues[2].Name == "venue 3" }},
	}
	for _, test := range tests {
		in := example()
		test.change(&in)
		r := mustReconcile(t, in)
		if !test.check(&r) {
			t.Errorf("%s:\n%s", test.name, r.Text())
		}
	}
}

func TestBreaks(t *testing.T) {
	tests := []struct {
		change func(in *Input)
		want   string
	}{
		{func(in *Input) { in.Parent.Parent.Cum = 900 }, "the parent says 900 filled, its executions 800"},
		{func(in *Input) { in.Parent.Parent.Notional = market.NotionalOf(cents(10_000), 800) }, "the parent says 100.00 as average price, its executions 100.02625"},
		{func(in *Input) { in.Parent.Parent.Terms.Qty = 700 }, "800 filled of 700 ordered"},
		{func(in *Input) { in.Executions[0].Side = market.Sell }, `execution "X1" is a sell of AMZN, the parent a buy of AMZN`},
		{func(in *Input) { in.Children[0].Child.Cum = 299 }, "child 1 at DARKA says 299 filled, its executions 300"},
		{func(in *Input) { in.Children[0].Child.Qty = 200 }, "child 1 at DARKA has 300 filled of 200 sent"},
		{func(in *Input) { in.Children[2].Child.State = order.New }, "child 3 at INVY is new although the parent is done"},
		{func(in *Input) { in.Children = in.Children[:2] }, `execution "X3" belongs to child 3, of which there is no record`},
	}
	for _, test := range tests {
		in := example()
		test.change(&in)
		r := mustReconcile(t, in)
		if !strings.Contains(strings.Join(r.Breaks, "\n"), test.want) {
			t.Errorf("breaks = %q, want %q", r.Breaks, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		change func(in *Input)
		want   string
	}{
		{func(in *Input) { in.Parent = nil }, "needs the parent's record"},
		{func(in *Input) { in.Children[0].Child.Parent = 8 }, "child 1 belongs to parent 8, not to 7"},
		{func(in *Input) { in.Executions[0].Exec.Parent = 8 }, "execution 1 belongs to parent 8"},
		{func(in *Input) { in.Decisions[0].Parent = 8 }, "decision 1 belongs to parent 8"},
		{func(in *Input) { in.Outcomes[0].Parent = 8 }, "outcome of decision 0 belongs to parent 8"},
		{func(in *Input) { in.Executions[0].Exec.Qty = 1 << 60 }, "exceeds 9223372036854 dollars"},
		{func(in *Input) { in.Parent.Parent.Arrival = math.MaxInt64 }, "exceeds"},
		{func(in *Input) { in.Parent.MarketValue = market.NotionalFromParts(1<<40, 0) }, "exceeds"},
	}
	for _, test := range tests {
		in := example()
		test.change(&in)
		if _, err := Reconcile(in); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error = %v, want %q", err, test.want)
		}
	}
}

func TestJSONHasNoNull(t *testing.T) {
	r := mustReconcile(t, Input{Parent: &event.RecordParent{}})
	s, err := Aggregate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{r, s} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"markouts", "venues", "styles"} {
			if !strings.Contains(string(b), `"`+name+`":[]`) {
				t.Errorf("%T: %s is not an empty list in %s", v, name, b)
			}
		}
	}
}

func TestRatioJSON(t *testing.T) {
	for _, r := range []Ratio{{}, {0, true}, {-2.625, true}, {1e-300, true}} {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		back := Ratio{9, true}
		if err := json.Unmarshal(b, &back); err != nil || back != r {
			t.Errorf("%+v as JSON is %s and comes back %+v, %v", r, b, back, err)
		}
	}
	if b, err := json.Marshal(Ratio{math.Inf(1), true}); err != nil || string(b) != "null" {
		t.Errorf("infinity as JSON = %s, %v; want null", b, err)
	}
}
