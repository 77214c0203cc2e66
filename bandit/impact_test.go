package bandit

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

func newImpact(t *testing.T) *ImpactHead {
	t.Helper()
	h, err := NewImpactHead(DefaultImpactPrior())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// orders simulates n orders in a market whose impact is y·σ·√(Q/V): a random walk averaged over T, plus the bounce.
func orders(rng *rand.Rand, n int, y float64) []ImpactDatum {
	const vol, bounce = 150.0, 1.0
	out := make([]ImpactDatum, n)
	for i := range out {
		share, days := .0005+.02*rng.Float64(), .001+.2*rng.Float64()
		excess := y*vol*math.Sqrt(share) + vol*math.Sqrt(days/3)*rng.NormFloat64() + bounce*rng.NormFloat64()
		out[i] = NewImpactDatum(uint64(i+1), excess, vol, share, days, bounce)
	}
	return out
}

// The posterior finds Y, and its standard deviation says how well.
func TestImpactFindsY(t *testing.T) {
	for _, y := range []float64{.2, .5, 1.1} {
		rng := rand.New(rand.NewPCG(7, uint64(y*100)))
		h := newImpact(t)
		for _, d := range orders(rng, 3000, y) {
			if got := h.Observe(d); got != Applied {
				t.Fatalf("observe: %v", got)
			}
		}
		mean, sd := h.Y()
		if math.Abs(mean-y) > 3*sd || sd > .08 {
			t.Errorf("Y = %.3f ± %.3f, want %.2f", mean, sd, y)
		}
	}
}

// One order moves Y by the gain of the table, whatever the noise of the rest; K = P/(P+R).
func TestImpactStep(t *testing.T) {
	h := newImpact(t)
	d := NewImpactDatum(1, 12, 100, .01, .3, 0) // z = 1.2, R = .1/.01 = 10
	if math.Abs(d.Z-1.2) > 1e-12 || math.Abs(d.R-10) > 1e-12 {
		t.Fatalf("datum %+v, want Z 1.2, R 10", d)
	}
	h.Observe(d)
	k := .04 / 10.04
	mean, sd := h.Y()
	if want := .5 + k*.7; math.Abs(mean-want) > 1e-15 {
		t.Errorf("Y = %v, want %v", mean, want)
	}
	if want := math.Sqrt((1-k)*.04 + 1e-6); math.Abs(sd-want) > 1e-15 {
		t.Errorf("sd = %v, want %v", sd, want)
	}
	if got, want := h.Bps(100, .04), mean*20; math.Abs(got-want) > 1e-12 {
		t.Errorf("impact %v bps, want %v", got, want)
	}
}

// Y stays within [.1, 3] and one absurd order does not carry it away.
func TestImpactBounds(t *testing.T) {
	h := newImpact(t)
	h.Observe(ImpactDatum{Event: 1, Z: 1e6, R: 1})
	if y, _ := h.Y(); y > .5+4*.04/math.Sqrt(1.04)+1e-12 {
		t.Errorf("one order moved Y to %v", y)
	}
	for i := range 400 {
		h.Observe(ImpactDatum{Event: uint64(i + 2), Z: -50, R: .01})
	}
	if y, _ := h.Y(); y != .1 {
		t.Errorf("Y = %v, want the floor .1", y)
	}
	for i := range 3000 {
		h.Observe(ImpactDatum{Event: uint64(i + 1000), Z: 50, R: .01})
	}
	if y, _ := h.Y(); y != 3 {
		t.Errorf("Y = %v, want the ceiling 3", y)
	}
}

// DRF-07, DRF-08: a head whose data were revised, removed and told twice is the head that met the final values only.
func TestImpactRevisionIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	data := orders(rng, 900, .7)
	h, want := newImpact(t), newImpact(t)
	final := append([]ImpactDatum(nil), data...)
	gone := map[uint64]bool{}
	for i, d := range data {
		h.Observe(d)
		if got := h.Observe(d); got != Duplicate {
			t.Fatalf("told twice: %v", got)
		}
		if i < 500 || i%7 != 0 { // what is revised is among the last 512 then
			continue
		}
		at := i - rng.IntN(400)
		if i%2 == 0 {
			final[at].Z, final[at].R = rng.NormFloat64(), 1+rng.Float64()
			gone[final[at].Event] = false
			if got := h.Revise(final[at]); got != Applied {
				t.Fatalf("revise: %v", got)
			}
		} else {
			gone[final[at].Event] = true
			if got := h.Remove(final[at].Event); got != Applied {
				t.Fatalf("remove: %v", got)
			}
		}
	}
	for _, d := range final {
		want.Observe(d)
		if gone[d.Event] {
			want.Remove(d.Event)
		}
	}
	if h.now != want.now {
		t.Errorf("state %+v, want %+v", h.now, want.now)
	}
	if got := h.Revise(data[0]); got != Unknown {
		t.Errorf("revising an order older than what is kept: %v, want unknown", got)
	}
	if got := h.Remove(1 << 60); got != Unknown {
		t.Errorf("removing what never was: %v, want unknown", got)
	}
}

// The order in which orders are told matters by the drift only, as long as nothing is cut off.
func TestImpactOrderHardlyMatters(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	data := orders(rng, 400, .5)
	there, back := newImpact(t), newImpact(t)
	for i := range data {
		there.Observe(data[i])
		back.Observe(data[len(data)-1-i])
	}
	a, sd := there.Y()
	b, _ := back.Y()
	if math.Abs(a-b) > .1*sd {
		t.Errorf("Y = %v forwards, %v backwards, sd %v", a, b, sd)
	}
}

// LRN-11: what is no figure changes nothing.
func TestImpactRefuses(t *testing.T) {
	h := newImpact(t)
	before := h.now
	for _, d := range []ImpactDatum{
		{1, math.NaN(), 1}, {2, math.Inf(1), 1}, {3, 1, 0}, {4, 1, -1}, {5, 1, math.NaN()}, {6, 1, math.Inf(1)},
		NewImpactDatum(7, 1, 0, .1, 1, 1), NewImpactDatum(8, 1, 100, 0, 1, 1),
	} {
		if got := h.Observe(d); got != Malformed {
			t.Errorf("%+v: %v, want malformed", d, got)
		}
	}
	if h.now != before {
		t.Errorf("refused data moved the head to %+v", h.now)
	}
	for _, p := range []ImpactPrior{{}, {Y: .05, SD: .2}, {Y: 4, SD: .2}, {Y: .5, SD: 0}, {Y: .5, SD: .2, Drift: -1}, {Y: math.NaN(), SD: .2}} {
		if _, err := NewImpactHead(p); err == nil {
			t.Errorf("prior %+v was taken", p)
		}
	}
}

// SWP-06: a restored head goes on to the bit; damaged bytes are refused.
func TestImpactSnapshot(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	data := orders(rng, 700, .9)
	h := newImpact(t)
	for _, d := range data[:600] {
		h.Observe(d)
	}
	h.Remove(data[300].Event)
	b := h.AppendSnapshot([]byte("before"))[len("before"):]
	r, err := RestoreImpactHead(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range data[600:] {
		h.Observe(d)
		r.Observe(d)
	}
	h.Revise(data[400])
	r.Revise(data[400])
	if !bytes.Equal(h.AppendSnapshot(nil), r.AppendSnapshot(nil)) {
		t.Error("the restored head went another way")
	}
	for i := 0; i < len(b); i += 97 {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if _, err := RestoreImpactHead(bad); err == nil {
			t.Errorf("byte %d was changed and nobody saw it", i)
		}
	}
	if _, err := RestoreImpactHead(b[:20]); err == nil {
		t.Error("a short snapshot was taken")
	}
}

func TestImpactDoesNotAllocate(t *testing.T) {
	h := newImpact(t)
	next := uint64(0)
	observe := func() {
		next++
		h.Observe(ImpactDatum{Event: next, Z: 1, R: 2})
	}
	for range 2 * impactKept {
		observe()
	}
	if n := testing.AllocsPerRun(100, observe); n != 0 {
		t.Errorf("%v allocations an order", n)
	}
}
