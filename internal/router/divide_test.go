package router

import (
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// last is a divider that gives all of a wave to the venue with the highest id, beyond its cap where it may.
type last struct {
	waves int
	sized bool
}

func (*last) Name() string { return "last" }

func (d *last) Divide(w *Wave) {
	d.waves++
	for i := range w.Offers {
		w.Offers[i].Rank = -float64(w.Offers[i].Venue)
	}
	if n := len(w.Offers); d.sized && n > 0 {
		w.Offers[n-1].Qty = 10 * w.Want
	}
}

// TestDividerDividesEveryWave: the divider's plan is the only one, is certain, and keeps to caps and to the quantity.
func TestDividerDividesEveryWave(t *testing.T) {
	for _, sized := range []bool{false, true} {
		w := newWorld(t, testConfig())
		d := &last{sized: sized}
		w.e.Use(d)
		w.hidden[venueDarkA], w.hidden[venueDarkC] = 40_000, 9_000
		w.parent("P1", order.Terms{Side: market.Sell, Qty: 30_000, Strategy: order.Block, End: w.now.Add(market.Minute)})
		w.run(90 * market.Second)
		sent := 0
		for i := range w.decided {
			x := &w.decided[i]
			if x.Stage == event.StageHold {
				continue
			}
			sent++
			if len(x.Plans) != 1 || x.Plans[0].Name != "last" || x.Plans[0].Prob != 1 {
				t.Fatalf("decision %d has plans %+v, want the divider's alone", x.Decision, x.Plans)
			}
			var total market.Qty
			for _, s := range x.Plans[0].Shares {
				total += s.Qty
			}
			if total > x.Want {
				t.Errorf("decision %d wants %d and sends %d", x.Decision, x.Want, total)
			}
			best := market.NoVenue
			for _, v := range x.Venues {
				if v.Excluded == "" {
					best = v.Venue
				}
			}
			used := slices.ContainsFunc(x.Plans[0].Shares, func(s event.Share) bool { return s.Venue == best })
			if x.Stage == event.StageDark && !used {
				t.Errorf("decision %d sends nothing to venue %d, the last that may be used: %+v", x.Decision, best, x.Plans[0].Shares)
			}
		}
		if sent == 0 || d.waves < sent {
			t.Errorf("%d decisions sent, the divider was asked %d times", sent, d.waves)
		}
	}
}

// TestFrozenLearnsNothing: an engine that believes another's posterior and is frozen predicts the same after any outcome.
func TestFrozenLearnsNothing(t *testing.T) {
	taught := newWorld(t, testConfig())
	taught.hidden[venueDarkA] = 40_000
	taught.parent("P1", order.Terms{Side: market.Sell, Qty: 30_000, Strategy: order.Block, End: taught.now.Add(market.Minute)})
	taught.run(90 * market.Second)
	posterior := taught.e.Posterior(nil)
	cfg := testConfig()
	cfg.Learning.Frozen = true
	w := newWorld(t, cfg)
	if err := w.e.Believe(posterior); err != nil {
		t.Fatal(err)
	}
	before := w.e.learner.bandit.AppendBelief(nil)
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 30_000, Strategy: order.Block, End: w.now.Add(market.Minute)})
	w.run(90 * market.Second)
	if string(w.e.learner.bandit.AppendBelief(nil)) != string(before) {
		t.Error("a frozen engine learned")
	}
	if err := New().Believe(posterior[:10]); err == nil {
		t.Error("a damaged posterior is believed")
	}
}
