package bandit

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Run with: go test -run '^$' -bench . ./bandit
//
// BEN-10 asks for zero allocations, at most 2 µs a datum, and decisions of a p50 of at most 20 µs and a p99 of at most 60 µs
// at d = 16, twelve arms and ten plans. H2 is another matter: a life is a datum a bin, up to seven, in 22 coordinates, so
// BenchmarkUpdate gives ns/datum beside ns/op. BenchmarkBaseline is the same
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

// BenchmarkDecision is the library's part of a decision over twelve arms: every prediction, two allocations of a
// hundred lots, as many as a router makes for its candidates, the propensities of ten plans and the draw.
func BenchmarkDecision(b *testing.B) {
	const arms = 12
	config := Config{Arms: make([]ArmConfig, arms)}
	for i := range config.Arms {
		c := &config.Arms[i]
		*c = ArmConfig{Fill: Isotropic(MaxDim, -1), Sizes: true, Latency: 1, Hazard: ColdHazard(MaxDim, .5, 2e9)}
		c.Toxicity[Horizon1s] = Isotropic(MaxDim, .5)
	}
	l := newLearner(b, config)
	_, phis := benchHead(b, MaxDim)
	slots, plans, work := make([]Slot, arms), benchPlans(), make([]Plan, 10)
	var alloc Allocator
	var dist Distribution
	var lots []int
	took := make([]time.Duration, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		began := time.Now()
		for a := range arms {
			phi := phis[(i+a)%64]
			fill, tox := l.Fill(a).Predict(phi), l.Toxicity(a, Horizon1s).Predict(phi)
			life := l.Hazard(a).Predict(phi)
			slots[a] = Slot{Curve: l.Size(a).Curve(max(fill.Mean, life.By(2e9))), Cost: tox.Mean, Leak: .001, Max: 100}
		}
		copy(work, plans)
		for j := range 2 {
			lots = alloc.Allocate(lots, slots, 100, 4+float64(j))
			work[j].Cost += float64(lots[0]) / 1000
		}
		distinct, err := Canonical(work)
		if err == nil {
			err = dist.Compute(distinct, Mix{Gamma: 4000, Floor: .01, Share: .9})
		}
		if err != nil {
			b.Fatal(err)
		}
		Sample(dist.P, NewKey(1, uint64(i), 3).Uniform(0))
		took[i] = time.Since(began)
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
}

// BenchmarkUpdate is one datum of each head at d = 16.
func BenchmarkUpdate(b *testing.B) {
	fill, phis := benchHead(b, MaxDim)
	memory := DefaultMemory()
	hazard, _ := NewHazardHead(ColdHazard(MaxDim, .5, 2e9), memory)
	tox, _ := NewToxicityHead(Isotropic(MaxDim, 0), memory, false)
	size, _ := NewSizeHead(DefaultSizePrior(), memory)
	impact, _ := NewImpactHead(DefaultImpactPrior())
	service, _ := NewServiceHead(.01, memory)
	p, z, lives := fill.Predict(phis[0]), tox.Predict(phis[0]), hazard.Predict(phis[0])
	curve := size.Curve(p.Mean)
	for _, c := range []struct {
		name   string
		data   int // an operation is so many
		update func(i int) Refusal
	}{
		{"H0", 1, func(i int) Refusal { return fill.Update(FillDatum{Phi: phis[i%64], Prediction: p, Y: float64(i & 1)}) }},
		{"H1", 1, func(i int) Refusal { return size.Update(SizeDatum{Curve: curve, Sent: 20, Filled: i % 21}) }},
		{"H1/minqty", 1, func(i int) Refusal { return size.Update(SizeDatum{Curve: curve, Sent: 20, MinQty: 20}) }},
		{"H2", HazardBins, func(i int) Refusal {
			return hazard.Update(HazardDatum{Phi: phis[i%64], Prediction: lives, Life: Life{End: HazardEdge(HazardBins - 1), Filled: i&1 == 0}})
		}},
		{"H3", 1, func(i int) Refusal {
			return tox.Update(ToxicityDatum{Phi: phis[i%64], Prediction: z, Z: float64(i%7) - 2})
		}},
		{"H4", 1, func(i int) Refusal { return impact.Observe(ImpactDatum{Event: uint64(i), Z: .6, R: 4}) }},
		{"H5", 1, func(i int) Refusal { return service.Update(.002, i%50 == 0, 0) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				c.update(i)
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N*c.data), "ns/datum")
		})
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
	hazard, _ := NewHazardHead(ColdHazard(MaxDim, .5, 2e9), DefaultMemory())
	life := hazard.Predict(phis[0])
	service, _ := NewServiceHead(.01, DefaultMemory())
	impact, _ := NewImpactHead(DefaultImpactPrior())
	for i := range uint64(impactKept) {
		impact.Observe(ImpactDatum{Event: 1<<40 + i, Z: .6, R: 4})
	}
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
		{"HazardHead.Predict", func() { life = hazard.Predict(phis[1]) }},
		{"HazardHead.Update", func() { hazard.Update(HazardDatum{Phi: phis[1], Prediction: life, Life: Life{End: 4e9, Filled: true}}) }},
		{"ServiceHead.Update", func() { service.Update(.002, false, 0) }},
		{"ImpactHead.Observe", func() { event++; impact.Observe(ImpactDatum{Event: event, Z: .6, R: 4}) }},
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
