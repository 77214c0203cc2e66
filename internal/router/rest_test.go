package router

import (
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// restingAtA is a world in which a block's first child rests in a dark pool, and that child.
func restingAtA(t *testing.T, tune func(*Config)) (*world, *childState) {
	t.Helper()
	cfg := testConfig()
	cfg.Tactics.DarkVenues = 1
	if tune != nil {
		tune(&cfg)
	}
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Buy, Qty: 20_000, Strategy: order.Block})
	w.run(500 * market.Millisecond)
	for _, id := range w.ids {
		if c := w.e.children[id]; c.Style == order.StyleDark {
			return w, c
		}
	}
	t.Fatal("nothing rests in the dark")
	return nil, nil
}

func (w *world) hazards(c *childState) bandit.HazardPrediction {
	phi := make([]float64, w.e.learner.bandit.Hazard(armOf(c.Venue, c.Style)).Dim())
	phi[0] = 1
	return w.e.learner.bandit.Hazard(armOf(c.Venue, c.Style)).Predict(phi)
}

// TestRestTeachesWhenItFilled: a dark child that fills after .3 s raises the hazard of that time and lowers that of the
// times it survived; what it did not see stays (H2).
func TestRestTeachesWhenItFilled(t *testing.T) {
	w, c := restingAtA(t, nil)
	before := w.hazards(c)
	w.fill(c.ID, c.Qty, 50*market.Dollar+5000)
	w.settle()
	after := w.hazards(c)
	for b := range bandit.HazardBins {
		change := after.A[b] - before.A[b]
		switch {
		case b < 3 && change >= 0, b == 3 && change <= 0:
			t.Errorf("bin to %v ms: logit changed by %v", bandit.HazardEdge(b)/market.Millisecond, change)
		}
	}
	life := w.e.lifeOf(c)
	if !life.Filled || life.End < 250*market.Millisecond || life.End > 900*market.Millisecond || life.Rest != w.e.cfg.Tactics.DarkWave {
		t.Errorf("life %+v", life)
	}
	if c.view != nil && c.view.by != c.view.life.By(life.Rest) {
		t.Errorf("P(fill by its rest) %v, want %v", c.view.by, c.view.life.By(life.Rest))
	}
}

// TestRestInVain: a child that its wave withdrew was not filled until then, and a bust of the only fill of another says the
// same (DRF-07).
func TestRestInVain(t *testing.T) {
	vain, c := restingAtA(t, nil)
	before := vain.hazards(c)
	vain.run(4 * market.Second)
	if l := vain.e.lifeOf(c); c.State != order.Canceled || l.Filled || l.End < l.Rest {
		t.Fatalf("child %v with life %+v", c.State, l)
	}
	if after := vain.hazards(c); after.A[3] >= before.A[3] || after.A[4] >= before.A[4] || after.SD[5] != before.SD[5] {
		t.Errorf("logits %v after %v", after.A, before.A)
	}

	busted, c := restingAtA(t, nil)
	busted.fill(c.ID, c.Qty, 50*market.Dollar+5000)
	busted.settle()
	filled := busted.hazards(c)
	busted.apply(&event.ExecutionBusted{Child: c.ID, ExecID: "B", RefExecID: c.execs[0].Key.ExecID})
	if after := busted.hazards(c); after.A[3] >= filled.A[3] || busted.e.lifeOf(c).Filled {
		t.Errorf("hazard of the second after the bust %v, before %v", after.A[3], filled.A[3])
	}
}

// TestFrozenLearnerLearnsNoLives: what is known is served, nothing is learned.
func TestFrozenLearnerLearnsNoLives(t *testing.T) {
	w, c := restingAtA(t, func(cfg *Config) { cfg.Learning.Frozen = true })
	before := w.hazards(c)
	w.fill(c.ID, c.Qty, 50*market.Dollar+5000)
	w.run(3 * market.Second)
	if w.hazards(c) != before {
		t.Error("a frozen head moved")
	}
}

// TestPredictionIsOfItsOwnCandidate is INV-09: what a child takes along of its decision does not depend on which candidates
// the buffer served before, because a restored engine begins with other buffers.
func TestPredictionIsOfItsOwnCandidate(t *testing.T) {
	w, c := restingAtA(t, nil)
	for _, style := range []order.Style{order.StyleInternal, order.StyleSweep, order.StylePost, order.StyleDark} {
		var got, want prediction
		used := []*prediction{&got, &want}
		got = *c.view // of an order that rests
		for _, v := range used {
			w.e.predict(w.e.learner.slot, v, c.parent, &w.e.venues[c.Venue], style, 500)
			sent := childState{Child: c.Child, parent: c.parent, view: v}
			sent.Style = style
			w.e.predictMarkouts(w.e.learner.slot, &sent)
		}
		if got != want {
			t.Errorf("%v: a used buffer gives hazards %v, a fresh one %v", style, got.life.A, want.life.A)
		}
	}
}
