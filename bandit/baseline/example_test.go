package baseline_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/baseline"
)

// world is two arms: the first always fills at 1 bps, the second fills at −1 bps where the context is positive, and
// leaves 2 bps undone elsewhere.
func world(n uint64) (options []baseline.Option, outcomes []baseline.Outcome) {
	x := 2*bandit.NewKey(9, n, 0).Uniform(0) - 1
	phi := []float64{1, x}
	outcomes = []baseline.Outcome{{Share: 1, Toxicity: .2}, {}}
	if x > 0 {
		outcomes[1] = baseline.Outcome{Share: 1, Toxicity: .1}
	}
	return []baseline.Option{{Arm: 0, Phi: phi, Filled: .8, Unfilled: 2}, {Arm: 1, Phi: phi, Filled: -1.1, Unfilled: 2}}, outcomes
}

// run plays a policy and prints what it would do now.
func run(c baseline.Chooser) {
	var scores, p []float64
	const seed, purpose = 1, 1
	for n := range uint64(2000) {
		options, outcomes := world(n)
		key := bandit.NewKey(seed, n, purpose)
		scores = c.Score(scores, options, key)
		p = c.Distribution(p, scores)
		k := bandit.Sample(p, key.Uniform(baseline.Pick))
		c.Learn(options[k], outcomes[k])
	}
	for _, x := range []float64{-.8, .8} {
		options := []baseline.Option{{Arm: 0, Phi: []float64{1, x}, Filled: .8, Unfilled: 2}, {Arm: 1, Phi: []float64{1, x}, Filled: -1.1, Unfilled: 2}}
		p = c.Distribution(p, c.Score(scores, options, bandit.NewKey(seed, 5000, purpose)))
		fmt.Printf("x = %4.1f: p = %.3f\n", x, p)
	}
}

func linear() baseline.LinearConfig {
	return baseline.LinearConfig{Arms: 2, Dim: 2, Ridge: 1, Discount: .999, Every: 50}
}

func ExampleEpsilonGreedy() {
	c, err := baseline.NewEpsilonGreedy(linear(), .05)
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [0.975 0.025]
	// x =  0.8: p = [0.025 0.975]
}

func ExampleLinUCB() {
	c, err := baseline.NewLinUCB(linear(), .5)
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [1.000 0.000]
	// x =  0.8: p = [0.000 1.000]
}

func ExampleDLinUCB() {
	c, err := baseline.NewDLinUCB(linear(), .5)
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [1.000 0.000]
	// x =  0.8: p = [0.000 1.000]
}

func ExampleLinTS() {
	c, err := baseline.NewLinTS(linear(), .3)
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [1.000 0.000]
	// x =  0.8: p = [0.000 1.000]
}

func ExampleSquareCB() {
	c, err := baseline.NewSquareCB(linear(), 20)
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [0.999 0.001]
	// x =  0.8: p = [0.001 0.999]
}

func ExampleTwoHead() {
	c, err := baseline.NewTwoHead(baseline.TwoHeadConfig{Arms: 2, Dim: 2, Toxic: 1, Width: .3, Discount: .999, Every: 50})
	if err != nil {
		panic(err)
	}
	run(c)
	// Output:
	// x = -0.8: p = [1.000 0.000]
	// x =  0.8: p = [0.000 1.000]
}

// split plays a splitter on three pools that always have 2, 8 and 20 lots.
func split(s baseline.Splitter) {
	liquidity := []int{2, 8, 20}
	var sent []int
	filled := make([]int, 3)
	for n := range uint64(200) {
		sent = s.Split(sent, 30, nil, bandit.NewKey(1, n, 1))
		for i, v := range sent {
			filled[i] = min(v, liquidity[i])
		}
		s.Learn(30, sent, filled)
	}
	fmt.Println(s.Split(nil, 30, nil, bandit.NewKey(1, 200, 1)), s.Split(nil, 30, []int{30, 5, 12}, bandit.NewKey(1, 200, 1)))
}

func ExampleUniform() {
	s, err := baseline.NewUniform(3)
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [10 10 10] [13 5 12]
}

func ExampleProportional() {
	s, err := baseline.NewProportional([]float64{1, 1, 2})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [8 7 15] [13 5 12]
}

func ExampleKaplanMeier() {
	s, err := baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: 3, MaxSize: 128, Least: 3, Discount: 1})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [2 8 20] [13 5 12]
}

func ExampleExponentiatedGradient() {
	s, err := baseline.NewExponentiatedGradient(baseline.ExponentiatedGradientConfig{Pools: 3, Rate: .05, Mix: .03, Lots: 30})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [2 8 20] [13 5 12]
}

func ExampleLLP() {
	s, err := baseline.NewLLP(baseline.LLPConfig{Pools: 3, Step: 1, Decay: .6, Mix: .01, Lots: 30})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [2 8 20] [13 5 12]
}

func ExampleBinThompson() {
	s, err := baseline.NewBinThompson(baseline.BinThompsonConfig{Pools: 3, Starts: []int{1, 2, 3, 5, 9, 17}, Discount: 1})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [2 4 24] [13 5 12]
}

func ExampleContKukanov() {
	s, err := baseline.NewContKukanov(baseline.ContKukanovConfig{Half: 1, Fee: 5, Rebates: []float64{0, 0, 0}, Under: 1, Over: 1, Step: .2, Mix: .01})
	if err != nil {
		panic(err)
	}
	split(s)
	// Output:
	// [2 8 20] [13 5 12]
}
