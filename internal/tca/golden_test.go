package tca

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want − got + (go test ./internal/tca -update writes it)\n%s", name, diff)
	}
}

func TestGoldenReport(t *testing.T) {
	r := mustReconcile(t, example())
	golden(t, "report.txt", r.Text())
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", string(b)+"\n")

	broken := example()
	broken.Parent.Parent.Cum = 900
	broken.Parent.Parent.Reason = "\x1b[2Jevil\nline"
	broken.Parent.Parent.Arrival = 0
	r2 := mustReconcile(t, broken)
	golden(t, "broken.txt", r2.Text())

	s, err := Aggregate([]Report{r, r, r2})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", s.Text())
}

// decision is a wave over two dark pools and an exchange, with everything a record can hold.
func decision() *event.RecordDecision {
	level := func(p int64, q market.Qty) market.Level { return market.Level{Price: cents(p), Size: q} }
	return &event.RecordDecision{
		Decision: 42, Parent: 7, At: 1_381_152_600_123_456_000, Stage: event.StageDark, Wave: 3, Why: "fill", Symbol: "AMZN",
		Side: market.Sell, Unrouted: 288_500, Want: 15_000, Objective: order.MinImpact, Urgency: order.Low,
		Quote:  market.Quote{Bid: cents(9_999), Ask: cents(10_001), BidSize: 1200, AskSize: 300},
		Schema: "f1-ab12", Model: "prior", Posterior: 118, Seed: math.MaxUint64, M: .5, Epsilon: .01, Gamma: 60, Draw: .734218,
		Chosen: 1, Static: 0, OppBps: 4.2,
		Venues: []event.VenueView{
			{Venue: 1, Static: 9.21, FillProb: .71, FillLo: .52, FillHi: .86, ToxBps: .12, ToxSd: .3, FeeBps: .05, CostBps: .31,
				ExpectQty: 9_850, LatencyUs: 550, Reject: .002, AgeNs: -1, Style: order.StyleDark,
				Size: 10_000, Parts: event.CostParts{Spread: 0, Fee: .04925, Toxicity: .1182, Opportunity: .063, Leakage: .001}, ExpectBps: .23145, ExpectSd: .31},
			{Venue: 2, Static: 7.9, FillProb: .98, FillLo: .97, FillHi: .99, ToxBps: .9, ToxSd: .1, FeeBps: .3, CostBps: 1.3,
				ExpectQty: 1_200, LatencyUs: 150, Bid: level(9_999, 1200), Ask: level(10_001, 300), AgeNs: 1_250_000, Style: order.StyleTake,
				Size: 1_200, Parts: event.CostParts{Spread: .98, Fee: -.294, Impact: .15, Toxicity: .882, Opportunity: .084}, ExpectBps: 1.802, ExpectSd: .1},
			{Venue: 3, Excluded: "book is 2.1 s old, older than 1 s (MD-01)"},
			{Venue: 9, Excluded: "\x07session down"},
		},
		Plans: []event.PlanView{
			{Name: "static", CostBps: .52, Prob: .304, Parts: event.CostParts{Fee: .02, Toxicity: .1, Opportunity: .4}, Shares: []event.Share{{Venue: 1, Style: order.StyleDark, Qty: 5_000, Limit: cents(9_999), MinQty: 500}}},
			{Name: "greedy", CostBps: .31, Prob: .67, Parts: event.CostParts{Spread: .08, Fee: .03, Impact: .01, Toxicity: .09, Opportunity: .1}, Shares: []event.Share{{Venue: 1, Style: order.StyleDark, Qty: 10_000},
				{Venue: 2, Style: order.StyleTake, Qty: 1_200, Limit: cents(9_999)}}},
			{Name: "without-top", CostBps: 1.3, Prob: .026, Parts: event.CostParts{Opportunity: 1.3}},
		},
	}
}

func TestGoldenExplain(t *testing.T) {
	var b strings.Builder
	add := func(change func(d *event.RecordDecision)) {
		d := decision()
		change(d)
		b.WriteString(Explain(d, names) + "\n")
	}
	add(func(*event.RecordDecision) {})
	add(func(d *event.RecordDecision) { d.Chosen, d.Venues = 0, nil })
	add(func(d *event.RecordDecision) {
		d.Chosen, d.Venues, d.Void, d.Vetoed = 2, d.Venues[2:], true, "RISK-07: sent twice without a fill"
	})
	add(func(d *event.RecordDecision) { d.Plans, d.Venues = d.Plans[:1], nil; d.Chosen = 0 })
	add(func(d *event.RecordDecision) { d.Static, d.Venues = 1, nil })
	add(func(d *event.RecordDecision) {
		d.Chosen, d.Stage, d.Vetoed, d.Plans, d.Venues = -1, event.StageHold, "no venue is permitted", nil, nil
		d.Quote, d.Why, d.Model, d.Schema = market.Quote{Bid: cents(9_999), BidSize: 5}, "", "", ""
	})
	add(func(d *event.RecordDecision) { // recorded before there were parts
		for i := range d.Venues {
			v := &d.Venues[i]
			v.Size, v.Parts, v.ExpectBps, v.ExpectSd = 0, event.CostParts{}, 0, 0
		}
	})
	golden(t, "explain.txt", b.String())
}

// TestGoldenExplanation holds the JSON of a decision and of a child, names and units with it.
func TestGoldenExplanation(t *testing.T) {
	d := decision()
	d.Venues[1].ToxSd = math.NaN()
	c := &order.Child{ID: 81, Parent: 7, Decision: 42, Venue: 1, Style: order.StyleDark, Qty: 10_000, Limit: cents(9_999), MinQty: 500, Cum: 4_000,
		Notional: market.NotionalOf(cents(10_000), 4_000), State: order.Canceled, DecidedAt: d.At, Reason: "wave judged"}
	k := Case{Instance: 1_381_152_600, Decision: d, Children: []*order.Child{c}, Venues: names,
		Cost: &event.RecordOutcome{What: event.OutcomeCost, Decision: 42, Value: 1.25, Sent: 15_000, Got: 4_000}}
	b, err := json.MarshalIndent(k.Child(c), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explanation.json", string(b)+"\n")
	golden(t, "child.txt", k.ChildText(c))

	k.Cost.Refused = "a child was never sent"
	if x := k.Explanation(); x.Realized.Known || x.Filled != 0 || x.Unmeasured != k.Cost.Refused || !strings.Contains(k.Text(), "no evidence: a child was never sent") {
		t.Errorf("a cost that was refused is given: %+v\n%s", x, k.Text())
	}
}

// TestExplanationWithoutParts: what was not recorded is null, not zero; a decision that chose nothing has no difference.
func TestExplanationWithoutParts(t *testing.T) {
	d := decision()
	for i := range d.Venues {
		d.Venues[i].Size, d.Venues[i].Parts, d.Venues[i].ExpectBps = 0, event.CostParts{}, 0
	}
	x := explained(d, names)
	if x.OppBps.Known || x.Difference != nil || x.Venues[0].Expected.Total.Known || x.Venues[0].Lo.Known || x.Plans[0].Expected.Fee.Known {
		t.Errorf("figures that were not recorded are given: %+v", x)
	}
	if !x.Plans[0].Expected.Total.Known || !x.Venues[0].CostBps.Known || !x.Venues[0].FillHi.Known || x.Venues[2].FillProb.Known {
		t.Errorf("figures that were recorded are not given: %+v", x)
	}
	d = decision()
	d.Chosen = 7
	if x = explained(d, names); x.Chosen != -1 || x.Difference != nil || x.Venues[0].Sent != 0 {
		t.Errorf("a decision without a plan: %+v", x)
	}
}

func TestDollars(t *testing.T) {
	for in, want := range map[market.Money]string{0: "0.0000", 49: "0.0000", -49: "0.0000", 50: "0.0001", -50: "-0.0001", 1_234_567_891_234: "1,234,567.8912",
		999_999_950: "1,000.0000", -1_500_000: "-1.5000", math.MinInt64: "-9,223,372,036,854.7758"} {
		if got := dollars(in); got != want {
			t.Errorf("dollars(%d) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[int64]string{0: "0ns", 1: "1ns", 100 * market.Millisecond: "100ms", market.Second: "1s", 5 * market.Minute: "5m", 90 * market.Second: "90s"} {
		if got := horizon(in); got != want {
			t.Errorf("horizon(%d) = %s, want %s", in, got, want)
		}
	}
}

func BenchmarkReconcile(b *testing.B) {
	in := example()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Reconcile(in); err != nil {
			b.Fatal(err)
		}
	}
}
