package bandit_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// A fill head learns the probability that anything fills at one arm. The prediction of the decision
// travels with the order and comes back with the outcome.
func ExampleFillHead() {
	head, err := bandit.NewFillHead(bandit.Isotropic(2, -1), bandit.DefaultMemory())
	if err != nil {
		panic(err)
	}
	phi := []float64{1, 0.5}
	before := head.Predict(phi)
	for i := range 200 {
		at := head.Predict(phi)
		y := 0.0
		if i%4 == 0 {
			y = 1
		}
		head.Update(bandit.FillDatum{Phi: phi, Prediction: at, Y: y})
	}
	after := head.Predict(phi)
	lo, hi := after.Interval(1.96)
	fmt.Printf("before %.2f ± %.2f\n", before.Mean, before.SE())
	fmt.Printf("after  %.2f ± %.2f, 95 %% interval %.2f to %.2f\n", after.Mean, after.SE(), lo, hi)
	// Output:
	// before 0.31 ± 0.22
	// after  0.25 ± 0.03, 95 % interval 0.20 to 0.31
}

// An impact head learns the factor of the square-root law from whole orders: each of them says little, and the head knows
// how little.
func ExampleImpactHead() {
	head, err := bandit.NewImpactHead(bandit.DefaultImpactPrior())
	if err != nil {
		panic(err)
	}
	for i := range uint64(200) { // 1 % of a day's volume in a tenth of a day of 150 bps: 9 bps more than the known parts
		head.Observe(bandit.NewImpactDatum(i, 9, 150, .01, .1, 1))
	}
	y, sd := head.Y()
	fmt.Printf("Y = %.2f ± %.2f, a quarter percent of the day costs %.1f bps\n", y, sd, head.Bps(150, .0025))
	// Output:
	// Y = 0.57 ± 0.11, a quarter percent of the day costs 4.3 bps
}

// A hazard head learns when a resting order fills. Orders that were withdrawn say that they had not filled until then, no
// more.
func ExampleHazardHead() {
	head, err := bandit.NewHazardHead(bandit.ColdHazard(1, .5, 5e9), bandit.DefaultMemory())
	if err != nil {
		panic(err)
	}
	phi := []float64{1}
	for i := range 400 {
		life := bandit.Life{End: 5e9, Rest: 5e9} // most rest five seconds in vain,
		switch i % 5 {
		case 0:
			life = bandit.Life{End: 4e8, Filled: true, Rest: 5e9} // one in five fills after .4 s,
		case 1:
			life = bandit.Life{End: 2e8} // and one in five is withdrawn after .2 s
		}
		head.Update(bandit.HazardDatum{Phi: phi, Prediction: head.Predict(phi), Life: life})
	}
	p := head.Predict(phi)
	fmt.Printf("P(fill by .1, 1, 5 s) = %.2f, %.2f, %.2f\n", p.By(1e8), p.By(1e9), p.By(5e9))
	// Output:
	// P(fill by .1, 1, 5 s) = 0.01, 0.25, 0.27
}

// A size head learns how much there is from how much filled: a full fill says "at least so much".
// After a full fill the curve of what remains is higher than the curve before (DRK-04).
func ExampleSizeHead() {
	head, err := bandit.NewSizeHead(bandit.DefaultSizePrior(), bandit.DefaultMemory())
	if err != nil {
		panic(err)
	}
	for range 50 {
		curve := head.Curve(0.4)
		head.Update(bandit.SizeDatum{Curve: curve, Sent: 4, Filled: 4})
		head.Update(bandit.SizeDatum{Curve: curve, Sent: 4, Filled: 1})
	}
	curve, rest := head.Curve(0.4), head.After(4)
	fmt.Printf("P(at least 1, 4, 8 lots) = %.2f, %.2f, %.2f\n", curve.At(1), curve.At(4), curve.At(8))
	fmt.Printf("after 4 filled in full: P(4 more) = %.2f\n", rest.At(4))
	// Output:
	// P(at least 1, 4, 8 lots) = 0.40, 0.20, 0.16
	// after 4 filled in full: P(4 more) = 0.78
}

// A toxicity head learns how far the price runs against a fill.
func ExampleToxicityHead() {
	head, err := bandit.NewToxicityHead(bandit.Isotropic(1, 0.5), bandit.DefaultMemory(), false)
	if err != nil {
		panic(err)
	}
	phi := []float64{1}
	for i := range 100 {
		z := 1.0 + float64(i%5) // bps
		if i == 50 {
			z = 400 // a print out of line hardly counts
		}
		head.Update(bandit.ToxicityDatum{Phi: phi, Prediction: head.Predict(phi), Z: z})
	}
	p := head.Predict(phi)
	fmt.Printf("toxicity %.1f ± %.1f bps; one fill has sd %.1f\n", p.Mean, head.MeanSE(phi), p.SD)
	// Output:
	// toxicity 2.8 ± 0.1 bps; one fill has sd 1.3
}

// An allocator gives each next lot to the arm where it is worth most.
func ExampleAllocator() {
	head, err := bandit.NewSizeHead(bandit.DefaultSizePrior(), bandit.DefaultMemory())
	if err != nil {
		panic(err)
	}
	slots := []bandit.Slot{
		{Curve: head.Curve(0.6), Cost: 1.0, Max: 50},
		{Curve: head.Curve(0.5), Cost: 0.2, Max: 50},
		{Curve: head.Curve(0.9), Cost: 5.0, Max: 50},           // dearer than finishing later
		{Curve: head.Curve(0.6), Cost: 1.0, Max: 50, Leak: .9}, // tells the market
	}
	var alloc bandit.Allocator
	lots := alloc.Allocate(nil, slots, 20, 4)
	fmt.Println(lots)
	if arm, ok := bandit.ProbeArm(bandit.NewKey(1, 17, 2), 0.01, lots); ok {
		_ = alloc.Probe(lots, slots, lots, arm, 20, 4)
	}
	// Output:
	// [9 11 0 0]
}

// A decision in two steps: the exact distribution over the candidate plans, and a draw that can be
// repeated from the seed and the decision's number alone.
func ExampleDistribution() {
	plans, err := bandit.Canonical([]bandit.Plan{
		{Key: []uint64{0, 300}, Cost: 1.20, Static: true},
		{Key: []uint64{1, 300}, Cost: 0.90},
		{Key: []uint64{0, 100, 1, 200}, Cost: 1.00},
		{Key: []uint64{1, 300}, Cost: 0.90}, // the same plan from another recipe
	})
	if err != nil {
		panic(err)
	}
	explore := bandit.Exploration{Config: bandit.DefaultExploration(), Decisions: 400}
	var d bandit.Distribution
	if err := d.Compute(plans, explore.Mix(0.5)); err != nil {
		panic(err)
	}
	for j, p := range plans {
		fmt.Printf("%v costs %.2f: p = %.4f\n", p.Key, p.Cost, d.P[j])
	}
	chosen := bandit.Sample(d.P, bandit.NewKey(42, 7, 1).Uniform(0))
	explore.Decided()
	fmt.Println("chosen", plans[chosen].Key)
	atArm1 := bandit.Marginal(d.P, func(j int) bool { return plans[j].Key[len(plans[j].Key)-2] == 1 })
	fmt.Printf("propensity of sending to arm 1: %.4f\n", atArm1)
	// Output:
	// [0 100 1 200] costs 1.00: p = 0.0009
	// [0 300] costs 1.20: p = 0.5006
	// [1 300] costs 0.90: p = 0.4984
	// chosen [1 300]
	// propensity of sending to arm 1: 0.4994
}

// A ramp moves flow to the learner as long as randomized evidence does not speak against it.
func ExampleRamp() {
	ramp := bandit.NewRamp()
	for i := range uint64(800) {
		m := ramp.Share()
		o := bandit.RampOutcome{
			Stage: ramp.Stage(), Static: 0,
			P:       []float64{1 - 0.9*m, 0.9 * m},
			Learned: []float64{0.1, 0.9},
			Costs:   []float64{2, 1},
		}
		o.Chosen = bandit.Sample(o.P, bandit.NewKey(1, i, 1).Uniform(0))
		o.Cost = o.Costs[o.Chosen] + 0.1*bandit.NewKey(1, i, 2).Uniform(0)
		step, err := ramp.Observe(o)
		if err != nil {
			panic(err)
		}
		if step == bandit.RampRaised {
			fmt.Printf("after %d decisions the learner has %.0f %% of the flow\n", i+1, 100*ramp.Share())
		}
	}
	// Output:
	// after 400 decisions the learner has 30 % of the flow
	// after 600 decisions the learner has 90 % of the flow
	// after 800 decisions the learner has 95 % of the flow
}

// A learner holds all heads of all arms. A bust is taken back as if it had never been; a snapshot
// continues to the bit.
func ExampleLearner() {
	pool := bandit.ArmConfig{Fill: bandit.Isotropic(2, -1), Sizes: true, Latency: 0.005, Decide: bandit.Horizon10s}
	pool.Toxicity[bandit.Horizon10s] = bandit.Isotropic(2, 0.5)
	l, err := bandit.NewLearner(bandit.Config{Arms: []bandit.ArmConfig{pool}})
	if err != nil {
		panic(err)
	}
	phi := []float64{1, 0.3}
	l.Advance(0)
	fill := l.Fill(0).Predict(phi)
	o := bandit.FillOutcome{Arm: 0, Event: 1, Time: 0, Phi: phi, Prediction: fill, Curve: l.Size(0).Curve(fill.Mean), Sent: 10, Filled: 6}
	fmt.Println(l.ObserveFill(o).Refusal, l.ObserveFill(o).Refusal)
	fmt.Printf("fill probability %.2f, then %.2f", fill.Mean, l.Fill(0).Predict(phi).Mean)
	l.ReviseFill(1, 0)
	fmt.Printf(", after the bust %.2f\n", l.Fill(0).Predict(phi).Mean)

	back, err := bandit.RestoreLearner(l.AppendSnapshot(nil))
	if err != nil {
		panic(err)
	}
	fmt.Println("restored equal:", back.Fill(0).Predict(phi) == l.Fill(0).Predict(phi))
	// Output:
	// applied duplicate
	// fill probability 0.30, then 0.43, after the bust 0.26
	// restored equal: true
}

// Shards learn from each other by adding what they counted.
func ExampleLearner_Merge() {
	shard := func(n uint64) *bandit.Learner {
		l, err := bandit.NewLearner(bandit.Config{Shard: n, Arms: []bandit.ArmConfig{{Fill: bandit.Isotropic(1, 0), Latency: 0.005}}})
		if err != nil {
			panic(err)
		}
		return l
	}
	a, b := shard(1), shard(2)
	phi := []float64{1}
	for i := range uint64(20) {
		a.ObserveFill(bandit.FillOutcome{Event: i, Phi: phi, Prediction: a.Fill(0).Predict(phi), Sent: 1, Filled: 1})
	}
	delta := a.TakeDelta()
	sent, err := bandit.ParseDelta(delta.AppendBinary(nil))
	if err != nil {
		panic(err)
	}
	for range 2 {
		fresh, err := b.Merge(sent)
		fmt.Println(fresh, err, b.Fill(0).Predict(phi).Mean == a.Fill(0).Predict(phi).Mean)
	}
	// Output:
	// true <nil> true
	// false <nil> true
}

// Rivals notice that a world has changed by predicting it better than the head, and one of them goes on in its place.
func ExampleFillRivals() {
	prior, memory, phi := bandit.Isotropic(1, 0), bandit.DefaultMemory(), []float64{1}
	head, err := bandit.NewFillHead(prior, memory)
	if err != nil {
		panic(err)
	}
	rivals, err := bandit.NewFillRivals(prior, memory, bandit.DefaultRivals())
	if err != nil {
		panic(err)
	}
	for n := range 1100 {
		d := bandit.FillDatum{Phi: phi, Prediction: head.Predict(phi)}
		if filled := n%4 == 0; filled != (n >= 1000) { // one of four fills, later three of four
			d.Y = 1
		}
		head.Update(d)
		if winner, ok := rivals.Observe(d); ok {
			fmt.Printf("after %d data: fill probability %.2f, a rival says %.2f\n", n+1, head.Predict(phi).Mean, winner.Predict(phi).Mean)
			head = winner
		}
	}
	// Output:
	// after 1023 data: fill probability 0.26, a rival says 0.69
}
