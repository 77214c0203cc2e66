package router

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// markouts gives the outcomes of kind what at a horizon.
func (w *world) markouts(what event.Outcome, horizon int64) (out []event.RecordOutcome) {
	for _, o := range w.outcomes {
		if o.What == what && o.HorizonNs == horizon {
			out = append(out, o)
		}
	}
	return out
}

// TestOwnImpactIsLeftOut: of a mid that moves with our own take the learner is taught what is left without the kernel's
// part, and the record says both (FIT-05, pitfall 1). The footprint of the first of two fills is before the second.
func TestOwnImpactIsLeftOut(t *testing.T) {
	kernel := [...]float64{.1, .2, .3, .4}
	w := bought(t, func(cfg *Config) { cfg.Learning.ImpactKernel = kernel })
	booked := w.now
	w.run(900 * market.Millisecond)
	w.quote(50*market.Dollar+20_000, 50*market.Dollar+30_000) // 4 bps higher
	w.run(300 * market.Millisecond)
	got := w.markouts(event.OutcomeMarkout, market.Second)
	if len(got) == 0 {
		t.Fatal("no markout")
	}
	first := got[0]
	own, before := 0.0, 0.0
	for i, id := range w.e.parents[1].ids {
		for _, x := range w.e.children[id].execs {
			root := math.Sqrt(float64(x.Qty) / 3e6)
			if i == 0 {
				before = x.own
			}
			for j, tau := range []float64{.1, 1, 10, 100} {
				own += 150 * kernel[j] * root * math.Exp(-1/tau)
			}
		}
	}
	if before != 0 {
		t.Errorf("own impact before the first fill is %v bps, want exactly 0", before)
	}
	if math.Abs(first.OwnBps-own) > 1e-3 || first.OwnBps < .5 {
		t.Errorf("own part %v bps, want %v", first.OwnBps, own)
	}
	if math.Abs(first.Value-market.Bps(50*market.Dollar+25_000, 50*market.Dollar+5000)) > 1e-9 {
		t.Errorf("markout %v bps, want the mid's whole move", first.Value)
	}
	c := w.e.children[first.Child]
	if x := c.execs[0]; x.judged && math.Abs(x.tox-(first.OwnBps-first.Value)) > 1e-12 {
		t.Errorf("toxicity of the ramp %v, want %v", x.tox, first.OwnBps-first.Value)
	}
	if got := w.e.ownImpact(w.e.symbols["ABC"]); got <= 0 || w.now < booked {
		t.Errorf("own impact %v bps after a buy, want it up", got)
	}
}

// TestWhoTradesNothingHasNoImpact: what fills at the midpoint or is met at rest leaves no footprint, and every markout is the
// mid's move, to the bit.
func TestWhoTradesNothingHasNoImpact(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden[venueDarkA], w.hidden[venueDarkB] = 3000, 3000
	w.parent("A", order.Terms{Side: market.Sell, Qty: 6000, Strategy: order.Block})
	w.run(3 * market.Second)
	w.quote(50*market.Dollar-30_000, 50*market.Dollar-20_000)
	w.run(20 * market.Second)
	for _, what := range []event.Outcome{event.OutcomeMarkout, event.OutcomeShadow} {
		got := w.markouts(what, 10*market.Second)
		if len(got) == 0 {
			t.Errorf("no outcome of kind %d", what)
		}
		for _, o := range got {
			if o.OwnBps != 0 {
				t.Errorf("outcome %+v: own part of who took nothing", o)
			}
		}
	}
	if got := w.e.ownImpact(w.e.symbols["ABC"]); got != 0 {
		t.Errorf("own impact %v bps", got)
	}
}

// TestFootprintSurvivesARestart: what we did to the mid is part of the state.
func TestFootprintSurvivesARestart(t *testing.T) {
	w := bought(t, nil)
	r, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.ownImpact(r.symbols["ABC"]), w.e.ownImpact(w.e.symbols["ABC"]); got != want || want == 0 {
		t.Errorf("own impact %v bps after a restart, want %v", got, want)
	}
}
