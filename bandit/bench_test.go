package bandit

import (
	"math/rand/v2"
	"testing"
)

// Run with: go test -run '^$' -bench . ./bandit
//
// BEN-10 asks for zero allocations and at most 2 µs a datum. BenchmarkBaseline is the same
// machine's cost of one d×d multiply-add sweep, to read the others against.

func benchHead(b testing.TB, d int) (*FillHead, [][]float64) {
	h, err := NewFillHead(Isotropic(d, -1), DefaultMemory())
	if err != nil {
		b.Fatal(err)
	}
	key, phis := NewKey(1, 2, 3), make([][]float64, 64)
	for i := range phis {
		phis[i] = features(key, uint64(i), d)
	}
	return h, phis
}

func BenchmarkBaseline(b *testing.B) {
	var m [MaxDim * MaxDim]float64
	_, phis := benchHead(b, MaxDim)
	b.ReportAllocs()
	sum := 0.0
	for i := range b.N {
		sum += quadratic(m[:], phis[i%64])
	}
	if sum != 0 {
		b.Fatal(sum)
	}
}

func BenchmarkExp(b *testing.B) {
	b.ReportAllocs()
	sum := 0.0
	for i := range b.N {
		sum += Exp(float64(i%64) / 8)
	}
	if sum == 0 {
		b.Fatal(sum)
	}
}

func BenchmarkFillPredict(b *testing.B) {
	h, phis := benchHead(b, MaxDim)
	b.ReportAllocs()
	for i := range b.N {
		h.Predict(phis[i%64])
	}
}

func BenchmarkFillUpdate(b *testing.B) {
	h, phis := benchHead(b, MaxDim)
	p := h.Predict(phis[0])
	b.ReportAllocs()
	for i := range b.N {
		h.Update(FillDatum{Phi: phis[i%64], Prediction: p, Y: float64(i & 1)})
	}
}

func BenchmarkObserveFill(b *testing.B) {
	l, err := NewLearner(Config{Arms: []ArmConfig{{Fill: Isotropic(MaxDim, -1), Sizes: true, Latency: 1}}, LedgerLimit: 1 << 10})
	if err != nil {
		b.Fatal(err)
	}
	_, phis := benchHead(b, MaxDim)
	p := l.Fill(0).Predict(phis[0])
	curve := l.Size(0).Curve(p.Mean)
	b.ReportAllocs()
	for i := range b.N {
		l.ObserveFill(FillOutcome{Event: uint64(i), Phi: phis[i%64], Prediction: p, Curve: curve, Sent: 20, Filled: i % 21})
	}
}

func benchSlots(k int) []Slot {
	rng := rand.New(rand.NewPCG(1, 2))
	s := make([]Slot, k)
	h, _ := NewSizeHead(DefaultSizePrior(), DefaultMemory())
	for i := range s {
		s[i] = Slot{Curve: h.Curve(rng.Float64()), Cost: rng.Float64(), Leak: .001, Max: 100}
	}
	return s
}

func BenchmarkAllocate(b *testing.B) {
	var alloc Allocator
	s, dst := benchSlots(12), make([]int, 12)
	b.ReportAllocs()
	for range b.N {
		dst = alloc.Allocate(dst, s, 100, 4)
	}
}

func BenchmarkPropensities(b *testing.B) {
	plans := benchPlans()
	var d Distribution
	b.ReportAllocs()
	for range b.N {
		if err := d.Compute(plans, Mix{Gamma: 4000, Floor: .01, Share: .9}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	plans := benchPlans()
	work := make([]Plan, len(plans))
	b.ReportAllocs()
	for range b.N {
		for i := range plans {
			work[i] = plans[(3*i+1)%len(plans)]
		}
		if _, err := Canonical(work); err != nil {
			b.Fatal(err)
		}
	}
}

func benchPlans() []Plan {
	plans := make([]Plan, 10)
	for j := range plans {
		plans[j] = Plan{Key: []uint64{1, uint64(j), 100}, Cost: float64(j*7%10) / 10, Static: j == 4}
	}
	return plans
}

func BenchmarkRollOver(b *testing.B) {
	h, phis := benchHead(b, MaxDim)
	p := h.Predict(phis[0])
	b.ReportAllocs()
	for i := range b.N {
		h.Update(FillDatum{Phi: phis[i%64], Prediction: p, Y: 1, Bucket: int64(i)})
		h.Advance(int64(i) + 1)
	}
}

// LRN-10, BEN-10: the paths of a decision and of a datum do not allocate once warm.
func TestNoAllocations(t *testing.T) {
	h, phis := benchHead(t, MaxDim)
	p := h.Predict(phis[0])
	tox, _ := NewToxicityHead(Isotropic(MaxDim, 0), DefaultMemory(), false)
	markout := tox.Predict(phis[0])
	size, _ := NewSizeHead(DefaultSizePrior(), DefaultMemory())
	curve := size.Curve(p.Mean)
	var alloc Allocator
	var dist Distribution
	var lots []int
	s, plans := benchSlots(12), benchPlans()
	learner := newLearner(t, Config{Arms: []ArmConfig{{Fill: Isotropic(MaxDim, -1), Sizes: true, Latency: 1}}, LedgerLimit: 64})
	event := uint64(0)
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"FillHead.Predict", func() { h.Predict(phis[1]) }},
		{"FillHead.Update", func() { h.Update(FillDatum{Phi: phis[1], Prediction: p, Y: 1}) }},
		{"FillHead.Revise", func() { h.Revise(FillDatum{Phi: phis[1], Prediction: p, Y: 1}, 0) }},
		{"ToxicityHead.Predict", func() { tox.Predict(phis[1]) }},
		{"ToxicityHead.Update", func() { tox.Update(ToxicityDatum{Phi: phis[1], Prediction: markout, Z: 1}) }},
		{"SizeHead.Update", func() { size.Update(SizeDatum{Curve: curve, Sent: 40, Filled: 30}) }},
		{"SizeHead MinQty", func() { size.Update(SizeDatum{Curve: curve, Sent: 40, MinQty: 30}) }},
		{"Curve.Expected", func() { curve.Expected(50) }},
		{"Allocate", func() { lots = alloc.Allocate(lots, s, 100, 4) }},
		{"Compute", func() { _ = dist.Compute(plans, Mix{Gamma: 100, Floor: .01, Share: .9}) }},
		{"Sample", func() { Sample(dist.P, NewKey(1, 2, 3).Uniform(0)) }},
		{"ObserveFill", func() {
			event++
			learner.ObserveFill(FillOutcome{Event: event, Phi: phis[2], Prediction: p, Curve: curve, Sent: 9, Filled: 3})
		}},
	} {
		for range 100 {
			c.f()
		}
		if got := testing.AllocsPerRun(200, c.f); got != 0 {
			t.Errorf("%s: %v allocations, want 0", c.name, got)
		}
	}
}
