package router

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestOutlookChangesNothing: of two engines in the same world one is asked for outlooks between its events: the commands and the
// states are the same to the byte (INV-09).
func TestOutlookChangesNothing(t *testing.T) {
	quiet, asked := newWorld(t, testConfig()), newWorld(t, testConfig())
	worlds := []*world{quiet, asked}
	ask := func() {
		for _, s := range []order.Strategy{order.Immediate, order.POV, order.VWAP, order.Block} {
			for _, side := range []market.Side{market.Buy, market.SellShort} {
				if _, err := asked.e.Outlook(order.Terms{Symbol: "ABC", Side: side, Qty: 12_345, Type: order.Market, Strategy: s, Urgency: order.High}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for i := range 6 {
		for _, w := range worlds {
			for v := venueInternal; v <= venueDarkC; v++ {
				w.hidden[v] = 2_500
			}
			w.parent(string(rune('A'+i)), order.Terms{Side: market.Buy, Qty: 20_000, Strategy: []order.Strategy{order.Immediate, order.VWAP, order.Block}[i%3], End: w.now.Add(2 * market.Minute)})
		}
		ask()
		for range 40 {
			for _, w := range worlds {
				w.run(2 * market.Second)
			}
			ask()
		}
	}
	if len(quiet.decided) < 50 {
		t.Errorf("%d decisions: too few to tell", len(quiet.decided))
	}
	if !bytes.Equal(quiet.log, asked.log) {
		t.Error("asking changed the commands")
	}
	if !bytes.Equal(quiet.e.AppendSnapshot(nil), asked.e.AppendSnapshot(nil)) {
		t.Error("asking changed the state")
	}
}

// TestOutlook: it is what the first decision of such an order sees, and its signs are those of the stages.
func TestOutlook(t *testing.T) {
	w := newWorld(t, testConfig())
	terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 20_000, Type: order.Market, Strategy: order.Block, Objective: order.MinImpact, End: w.now.Add(30 * market.Minute)}
	o, err := w.e.Outlook(terms)
	if err != nil {
		t.Fatal(err)
	}
	if o.Model != Model || o.ADV != 3_000_000 || o.ImpactY != .5 || len(o.Stages) != 4 {
		t.Errorf("the outlook is %+v", o)
	}
	w.parent("P", terms)
	first := w.decided[0]
	var stage *StageOutlook
	for i := range o.Stages {
		if o.Stages[i].Stage == first.Stage {
			stage = &o.Stages[i]
		}
	}
	seen := 0
	for i, v := range first.Venues {
		got := stage.Venues[i]
		if got.Excluded != v.Excluded || got.Venue != v.Venue {
			t.Errorf("venue %d is left out because %q, the decision says %q", v.Venue, got.Excluded, v.Excluded)
		}
		if v.Excluded != "" {
			continue
		}
		seen++
		if cost := got.Spread + got.Fee + got.Tox; got.Size != v.Size || math.Abs(got.Expect-v.ExpectQty) > 1e-6 || math.Abs(got.Fill-v.FillProb) > 1e-6 || math.Abs(got.ToxSE-v.ToxSd) > 1e-6 || math.Abs(cost-v.CostBps) > 1e-6 { // a moment later
			t.Errorf("venue %d is %+v, the decision saw %+v", v.Venue, got, v)
		}
	}
	if seen == 0 {
		t.Error("the first decision saw nobody")
	}
	for _, s := range o.Stages {
		for _, v := range s.Venues {
			switch {
			case v.Excluded != "":
			case s.Stage == event.StageSweep && v.Spread <= 0, s.Stage == event.StageLit && v.Spread >= 0, s.Stage <= event.StageDark && v.Spread != 0:
				t.Errorf("in stage %v venue %d has a spread of %v", s.Stage, v.Venue, v.Spread)
			}
		}
	}
	for _, bad := range []struct {
		t    order.Terms
		want string
	}{
		{order.Terms{Symbol: "NONE", Qty: 1}, "is not configured"},
		{order.Terms{Symbol: "ABC"}, "give at least 1"},
	} {
		if _, err := w.e.Outlook(bad.t); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%+v: %v, want %q", bad.t, err, bad.want)
		}
	}
}

// TestOutlookOfAnything: whatever is asked about, the engine lives and is what it was, and every figure is one.
func TestOutlookOfAnything(t *testing.T) {
	w := newWorld(t, testConfig())
	before := string(w.e.AppendSnapshot(nil))
	for _, s := range []order.Strategy{order.Immediate, order.POV, order.VWAP, order.Block} {
		for _, u := range []order.Urgency{order.Low, order.Normal, order.High} {
			for _, ob := range []order.Objective{0, order.Speed, order.MinImpact, order.MinCost} {
				for _, side := range []market.Side{market.Buy, market.Sell, market.SellShort} {
					for _, q := range []market.Qty{1, 99, 101, 1_000_000_000} {
						for _, px := range []market.Price{0, 1, 50 * market.Dollar, math.MaxInt64 / 2, math.MaxInt64} {
							terms := order.Terms{Symbol: "ABC", Side: side, Qty: q, Type: order.Market, Strategy: s, Urgency: u, Objective: ob, Limit: px}
							if px > 0 {
								terms.Type = order.Limit
							}
							o, err := w.e.Outlook(terms)
							if err != nil {
								t.Fatal(err)
							}
							for _, st := range o.Stages {
								for _, v := range st.Venues {
									if x := v.Expect + v.Fill + v.FillBy + v.FillSE + v.Spread + v.Fee + v.Tox + v.ToxSE + v.Leak + o.OppBps; x-x != 0 {
										t.Fatalf("%+v: %+v", terms, v)
									}
								}
							}
						}
					}
				}
			}
		}
	}
	if string(w.e.AppendSnapshot(nil)) != before {
		t.Error("asking changed the state")
	}
}
