package router

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// bought is a world in which one parent of 3,000 shares, a thousandth of a day, is bought at once: its only venue shows
// 2,000 shares at a half spread over the mid and 1,000 a tick further out.
func bought(t *testing.T, tune func(*Config)) *world {
	t.Helper()
	cfg := testConfig()
	cfg.Tactics.TakeOnly = true
	if tune != nil {
		tune(&cfg)
	}
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Buy, Qty: 3000, Strategy: order.Immediate, Urgency: order.High})
	for _, c := range w.sent() {
		w.fill(c.ID, c.Qty, 50*market.Dollar+20_000)
	}
	w.settle()
	if p := w.e.parents[1]; p.State != order.Filled {
		t.Fatalf("the parent is %v with %d filled", p.State, p.Cum)
	}
	return w
}

func (w *world) impact() (y, sd float64) { return w.e.Impact(w.e.cfg.Instruments[0].LiquidityBucket()) }

// TestParentTeachesImpact: a parent's end tells H4 its cost beyond the half spread that a take pays, in units of the
// square-root law (learning text 1.2).
func TestParentTeachesImpact(t *testing.T) {
	w := bought(t, nil)
	o := w.outcomes[len(w.outcomes)-1]
	mid := market.Price(50*market.Dollar + 5000)
	excess := market.Bps(50*market.Dollar+20_000, mid) - market.Bps(mid+5000, mid)
	z := excess / (150 * math.Sqrt(.001))
	if o.What != event.OutcomeImpact || o.Refused != "" || math.Abs(o.Value-z) > 1e-9 || o.Got != 3000 {
		t.Fatalf("outcome %+v, want impact with %v", o, z)
	}
	y, sd := w.impact()
	if y == .5 || (y < .5) != (z < .5) || sd >= .2 {
		t.Errorf("Y = %v ± %v after a parent of %v", y, sd, z)
	}
	for b := range market.LiquidityBuckets {
		if b == w.e.cfg.Instruments[0].LiquidityBucket() {
			continue
		}
		if other, sd := w.e.Impact(b); math.Abs(other-y) > 1e-12 || sd != .2 {
			t.Errorf("Y of bucket %d is %v ± %v, want the mean of what is known, and no more certainty", b, other, sd)
		}
	}
}

// TestImpactPoolsAtTheFloor: the mean of factors that are all the least one is no less, whatever rounding says; of nothing
// known nothing is made.
func TestImpactPoolsAtTheFloor(t *testing.T) {
	h := newImpacts()
	h.pool(0, 0)
	if y, sd := h[0].Y(); y != .5 || sd != .2 {
		t.Errorf("Y = %v ± %v of nothing, want the prior", y, sd)
	}
	for b := range 3 {
		for i := range uint64(50 * (b + 1)) {
			h[b].Observe(bandit.ImpactDatum{Event: i, Z: -9, R: .01 + float64(b)/700})
		}
	}
	h.pool(0, 0)
	for b := range h {
		if y, _ := h[b].Y(); y != .1 {
			t.Errorf("Y of bucket %d is %v, want .1", b, y)
		}
	}
}

// TestBustTakesBackWhatAParentTaught: what a bust leaves of a parent is what it taught; nothing left, nothing taught
// (DRF-07).
func TestBustTakesBackWhatAParentTaught(t *testing.T) {
	w := bought(t, nil)
	p := w.e.parents[1]
	before, _ := w.impact()
	n := 0
	for _, id := range p.ids {
		for _, x := range w.e.children[id].execs {
			n++
			w.apply(&event.ExecutionBusted{Child: id, ExecID: fmt.Sprint("B", n), RefExecID: x.Key.ExecID})
		}
		if now, _ := w.impact(); n == 1 && len(p.ids) > 1 && now == before {
			t.Error("a bust of a part changed nothing")
		}
	}
	if y, sd := w.impact(); y != .5 || sd != .2 {
		t.Errorf("Y = %v ± %v although nothing is left, want the prior", y, sd)
	}
}

// TestFrozenLearnerKeepsImpact: what is known is served, nothing is learned.
func TestFrozenLearnerKeepsImpact(t *testing.T) {
	w := bought(t, func(cfg *Config) { cfg.Learning.Frozen = true })
	if y, sd := w.impact(); y != .5 || sd != .2 {
		t.Errorf("Y = %v ± %v, want the prior", y, sd)
	}
	if o := w.outcomes[len(w.outcomes)-1]; o.What != event.OutcomeImpact || o.Refused != frozen {
		t.Errorf("outcome %+v, want a refusal", o)
	}
}

// TestImpactSurvivesARestart: the factor is part of the state, and of its hash.
func TestImpactSurvivesARestart(t *testing.T) {
	w := bought(t, nil)
	r, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		t.Fatal(err)
	}
	b := w.e.cfg.Instruments[0].LiquidityBucket()
	y, sd := w.e.Impact(b)
	if ry, rsd := r.Impact(b); ry != y || rsd != sd {
		t.Errorf("restored Y = %v ± %v, want %v ± %v", ry, rsd, y, sd)
	}
	hash := r.AppendWorking(nil)
	r.learner.impacts = newImpacts()
	if bytes.Equal(hash, r.AppendWorking(nil)) {
		t.Error("the state hash does not know of the factor")
	}
}

// TestImpactEntersCosts: takes are dearer where the factor is higher, by its ratio.
func TestImpactEntersCosts(t *testing.T) {
	w := bought(t, nil)
	s := w.e.symbols["ABC"]
	y, _ := w.impact()
	if got, want := w.e.learner.impactBps(s, 1000, order.StyleSweep), y*150*math.Sqrt(1000/3e6); math.Abs(got-want) > 1e-9 {
		t.Errorf("impact of a take %v bps, want %v", got, want)
	}
	if got, want := w.e.learner.impactBps(s, 1000, order.StylePost), y*50*math.Sqrt(1000/3e6); math.Abs(got-want) > 1e-9 {
		t.Errorf("impact of a post %v bps, want %v", got, want)
	}
}
