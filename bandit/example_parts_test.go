package bandit_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// A service head knows how fast an arm answers and how often it refuses.
func ExampleServiceHead() {
	head, err := bandit.NewServiceHead(.010, bandit.DefaultMemory())
	if err != nil {
		panic(err)
	}
	for i := range 50 { // answers after 2 ms; every tenth is a reject
		head.Update(.002, i%10 == 0, 0)
	}
	latency, _ := head.Latency()
	reject, _ := head.Reject()
	fmt.Printf("answers after %.1f ms, refuses %.0f %%\n", 1000*latency, 100*reject)
	// Output:
	// answers after 2.3 ms, refuses 6 %
}

// Pooling pulls what little is known of one venue towards what its kind has in common.
func ExamplePoolEffects() {
	p := bandit.PoolEffects([]bandit.PooledArm{
		{Arm: 0, Estimate: -1.0, SE: .1},
		{Arm: 1, Estimate: -2.0, SE: .1},
		{Arm: 2, Estimate: 1.0, SE: 1.2}, // new, hardly known
	}, 1)
	fmt.Printf("mean %.2f, spread %.2f\n", p.Mean, p.Tau)
	for _, a := range p.Arms {
		fmt.Printf("arm %d: %.2f becomes %.2f\n", a.Arm, a.Estimate, a.Shrunk)
	}
	// Output:
	// mean -0.95, spread 1.36
	// arm 0: -1.00 becomes -1.00
	// arm 1: -2.00 becomes -1.99
	// arm 2: 1.00 becomes 0.15
}

// A budget for exploration: the mix nearest to the one asked for that is expected to cost no more.
func ExampleMix_Within() {
	plans := []bandit.Plan{{Key: []uint64{1}, Cost: 1, Static: true}, {Key: []uint64{2}, Cost: 1.2}, {Key: []uint64{3}, Cost: 9}}
	explore := bandit.Exploration{Config: bandit.DefaultExploration(), Decisions: 1000}
	var d bandit.Distribution
	mix := explore.Mix(.8)
	for range 2 {
		if err := d.Compute(plans, mix); err != nil {
			panic(err)
		}
		fmt.Printf("p = %.4f, exploring costs %.4f bps\n", d.P, d.Extra(plans))
		mix, _ = mix.Within(plans, .002)
	}
	// Output:
	// p = [0.9982 0.0010 0.0008], exploring costs 0.0066 bps
	// p = [0.9995 0.0003 0.0001], exploring costs 0.0011 bps
}

// A change detector adds up errors that are larger than they should be.
func ExampleCUSUM() {
	var watch bandit.CUSUM
	p := bandit.ToxicityPrediction{Mean: 1, SD: 2, Noise: 4}
	for n := range 200 {
		z := 1.0 + float64(n%3-1) // as predicted
		if n >= 100 {
			z += 6 // the venue turns toxic
		}
		if watch.Toxicity(z, p) {
			fmt.Printf("alarm after %d markouts\n", n+1)
			break
		}
	}
	// Output:
	// alarm after 114 markouts
}

// A confidence sequence may be looked at as often as one likes.
func ExampleRadius() {
	for _, n := range []int64{200, 800, 3200} {
		fmt.Printf("after %d decisions: ± %.2f bps\n", n, bandit.Radius(5, n, .05, 800))
	}
	// Output:
	// after 200 decisions: ± 1.15 bps
	// after 800 decisions: ± 0.54 bps
	// after 3200 decisions: ± 0.28 bps
}

// A kernel fit finds what our own trades do to the mid from the mids after them.
func ExampleKernelFit() {
	truth := bandit.Kernel{C: [bandit.KernelTerms]float64{.1, .2, .1, .1}}
	var fit bandit.KernelFit
	var own bandit.Footprint
	now := int64(0)
	for i := range uint64(500) {
		k := bandit.NewKey(1, i, 1)
		own.Trade(now, float64(int(k.Draw(0)%2))*2-1, 1e-4*k.Uniform(1))
		for _, wait := range []int64{50e6, 500e6, 5e9} {
			from, to := own.At(now), own.At(now+wait)
			now += wait
			fit.Add(truth.Of(&to)-truth.Of(&from), from, to, 1)
		}
	}
	k, explained := fit.Kernel(0)
	fmt.Printf("C = %.2f, explains %.0f %% of %d moves\n", k.C, 100*explained, fit.Rows())
	// Output:
	// C = [0.10 0.20 0.10 0.10], explains 100 % of 1500 moves
}

// A probe sends one arm twice its best lots now and then, so that sizes beyond the best stay known.
func ExampleProbeArm() {
	optimum, probes := []int{6, 0, 4}, [3]int{}
	for decision := range uint64(10_000) {
		if arm, ok := bandit.ProbeArm(bandit.NewKey(1, decision, 2), .01, optimum); ok {
			probes[arm]++
		}
	}
	fmt.Println(probes)
	// Output:
	// [61 0 44]
}

// The exact propensity of an event is the sum over the plans in it.
func ExampleMarginal() {
	lots := []int{0, 200, 500} // what arm 3 gets in each plan
	p := []float64{.2, .5, .3}
	fmt.Printf("arm 3 gets at least 200 lots with probability %.1f\n", bandit.Marginal(p, func(j int) bool { return lots[j] >= 200 }))
	// Output:
	// arm 3 gets at least 200 lots with probability 0.8
}
