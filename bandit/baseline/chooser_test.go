package baseline

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/bandit"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// must is for constructors whose arguments are right.
func must[T any](p T, err error) T {
	if err != nil {
		panic(err)
	}
	return p
}

// one is an option with a single constant feature whose cost, if it fills, is the toxicity.
func one(arm int) Option { return Option{Arm: arm, Phi: []float64{1}, Unfilled: 3} }

func cost(c float64) Outcome { return Outcome{Share: 1, Toxicity: c} }

// By hand: with φ = 1, λ = 1 and costs 2, 4: A = 3, b = 6, θ = 2, width √(1/3).
func TestLinearByHand(t *testing.T) {
	config := LinearConfig{Arms: 2, Dim: 1, Ridge: 1, Discount: 1, Every: 1}
	options := []Option{one(0), one(1)}
	u := must(NewLinUCB(config, .5))
	u.Learn(options[0], cost(2))
	u.Learn(options[0], cost(4))
	scores := u.Score(nil, options, 0)
	near(t, "LinUCB, played arm", scores[0], 2-.5*math.Sqrt(1./3))
	near(t, "LinUCB, new arm", scores[1], -.5)
	near(t, "LinUCB, probability of the best", u.Distribution(nil, scores)[1], 1)

	e := must(NewEpsilonGreedy(config, .1))
	e.Learn(options[0], cost(2))
	e.Learn(options[1], Outcome{}) // not filled: 3
	scores = e.Score(nil, options, 0)
	near(t, "greedy, arm 0", scores[0], 1)
	near(t, "greedy, arm 1", scores[1], 1.5)
	p := e.Distribution(nil, scores)
	near(t, "ε-greedy, best", p[0], .95)
	near(t, "ε-greedy, other", p[1], .05)
}

// By hand: γ = ½, costs 2 then 4: V = ½·1 + 1 + λ, Ṽ = ¼ + 1 + λ before the ageing of the second datum.
func TestDLinUCBByHand(t *testing.T) {
	config := LinearConfig{Arms: 1, Dim: 1, Ridge: 1, Discount: .5, Every: 1}
	u := must(NewDLinUCB(config, 2))
	u.Learn(one(0), cost(2))
	u.Learn(one(0), cost(4))
	v, v2 := 1+.25+.5, 1+.0625+.25
	near(t, "D-LinUCB", u.Score(nil, []Option{one(0)}, 0)[0], (.25*2+.5*4)/v-2*math.Sqrt(v2)/v)
}

// Inverse-gap weighting by hand: 4 data, γ = 10·2 = 20, K = 2, gap .5: p = 1/(2 + 10).
func TestSquareCBByHand(t *testing.T) {
	s := must(NewSquareCB(LinearConfig{Arms: 2, Dim: 1, Ridge: 1, Discount: 1, Every: 1}, 10))
	for range 4 {
		s.Learn(one(0), cost(1))
	}
	p := s.Distribution(nil, []float64{.5, 1})
	near(t, "the other", p[1], 1./12)
	near(t, "the best", p[0], 11./12)

	f := must(NewSquareCB(LinearConfig{Arms: 2, Dim: 1, Ridge: 1, Discount: .75, Every: 1}, 10))
	for range 100 {
		f.Learn(one(0), cost(1))
	}
	near(t, "with a memory of 4 data", f.Distribution(nil, []float64{.5, 1})[1], 1./12)
}

// The draws of Thompson sampling have the posterior's mean and standard deviation.
func TestLinTSLaw(t *testing.T) {
	s := must(NewLinTS(LinearConfig{Arms: 1, Dim: 1, Ridge: 1, Discount: 1, Every: 1}, .5))
	for range 3 {
		s.Learn(one(0), cost(4))
	}
	const n = 20000
	sum, squares := 0.0, 0.0
	for i := range uint64(n) {
		x := s.Score(nil, []Option{one(0)}, bandit.NewKey(1, i, 1))[0]
		sum += x
		squares += x * x
	}
	mean := sum / n
	sd := math.Sqrt(squares/n - mean*mean)
	want := .5 * math.Sqrt(s.noise/4)
	if math.Abs(mean-3) > 4*want/math.Sqrt(n) || math.Abs(sd/want-1) > .03 {
		t.Errorf("draws have mean %v and sd %v, want 3 and %v", mean, sd, want)
	}
}

// The cost identity: what the heads know is joined as p(Filled + tox) + (1−p)·Unfilled.
func TestTwoHeadJoins(t *testing.T) {
	c := must(NewTwoHead(TwoHeadConfig{Arms: 1, Dim: 1, Toxic: 1, Discount: 1, Every: 1}))
	near(t, "before any datum", c.Score(nil, []Option{{Phi: []float64{1}, Filled: -.3, Unfilled: 2}}, 7)[0], .5*(-.3+.5)+.5*2)
	for range 400 {
		c.Learn(Option{Phi: []float64{1}}, Outcome{})
	}
	if got := c.Score(nil, []Option{{Phi: []float64{1}, Filled: -.3, Unfilled: 2}}, 7)[0]; got < 1.94 {
		t.Errorf("an arm that never fills costs %v, want above 1.94", got)
	}
}

// The incremental ridge equals the direct one, whatever the order of ageing and data.
func TestRidgeAgainstDirect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 4).Draw(t, "d")
		number := rapid.Float64Range(-3, 3)
		r := newRidge(d, .5, true)
		direct := newRidge(d, .5, true)
		for range rapid.IntRange(1, 30).Draw(t, "data") {
			phi := rapid.SliceOfN(number, d, d).Draw(t, "φ")
			r.add(phi, number.Draw(t, "cost"))
			if rapid.Bool().Draw(t, "age") {
				r.age(.9)
			}
		}
		copy(direct.s, r.s)
		copy(direct.b, r.b)
		copy(direct.squares, r.squares)
		direct.refactor()
		phi := rapid.SliceOfN(number, d, d).Draw(t, "φ")
		for _, c := range []struct {
			what      string
			got, want float64
		}{{"mean", r.mean(phi), direct.mean(phi)}, {"variance", r.variance(phi), direct.variance(phi)}, {"sandwich", r.sandwich(phi), direct.sandwich(phi)}} {
			if math.Abs(c.got-c.want) > 1e-8*math.Max(1, math.Abs(c.want)) {
				t.Fatalf("%s %v, directly %v", c.what, c.got, c.want)
			}
		}
	})
}

// Every distribution is one: it sums to 1, and its best has the most.
func TestDistributions(t *testing.T) {
	config := LinearConfig{Arms: 3, Dim: 1, Ridge: 1, Discount: .99, Every: 50}
	policies := []Chooser{must(NewEpsilonGreedy(config, .05)), must(NewLinUCB(config, 1)), must(NewDLinUCB(config, 1)), must(NewLinTS(config, .3)),
		must(NewSquareCB(config, 20)), must(NewTwoHead(TwoHeadConfig{Arms: 3, Dim: 1, Toxic: 1, Width: .3, Discount: .99, Every: 50}))}
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Float64Range(-5, 5), 1, 9).Draw(t, "scores")
		for _, c := range policies {
			p, sum := c.Distribution(nil, scores), 0.0
			for i, v := range p {
				sum += v
				if v < 0 || v > p[best(scores)]+1e-12 {
					t.Fatalf("%T: option %d of %v has probability %v", c, i, scores, v)
				}
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("%T: probabilities of %v sum to %v", c, scores, sum)
			}
		}
	})
}

func TestConstructorsRefuse(t *testing.T) {
	good := LinearConfig{Arms: 1, Dim: 1, Ridge: 1, Discount: .9, Every: 1}
	for name, err := range map[string]error{
		"no arms":          second(NewLinUCB(LinearConfig{Dim: 1, Ridge: 1, Discount: 1, Every: 1}, 1)),
		"ridge 0":          second(NewLinUCB(LinearConfig{Arms: 1, Dim: 1, Discount: 1, Every: 1}, 1)),
		"discount 2":       second(NewLinUCB(LinearConfig{Arms: 1, Dim: 1, Ridge: 1, Discount: 2, Every: 1}, 1)),
		"negative α":       second(NewLinUCB(good, -1)),
		"ε 2":              second(NewEpsilonGreedy(good, 2)),
		"D-LinUCB, g 1":    second(NewDLinUCB(LinearConfig{Arms: 1, Dim: 1, Ridge: 1, Discount: 1, Every: 1}, 1)),
		"negative v":       second(NewLinTS(good, -1)),
		"infinite γ":       second(NewSquareCB(good, math.Inf(1))),
		"toxic above dim":  second(NewTwoHead(TwoHeadConfig{Arms: 1, Dim: 1, Toxic: 2, Discount: 1, Every: 1})),
		"dim above 16":     second(NewTwoHead(TwoHeadConfig{Arms: 1, Dim: 17, Toxic: 2, Discount: 1, Every: 1})),
		"no pools":         second(NewUniform(0)),
		"negative weight":  second(NewProportional([]float64{1, -1})),
		"KM size 0":        second(NewKaplanMeier(KaplanMeierConfig{Pools: 1, Least: 1, Discount: 1})),
		"EG rate 0":        second(NewExponentiatedGradient(ExponentiatedGradientConfig{Pools: 1, Lots: 1})),
		"LLP step 0":       second(NewLLP(LLPConfig{Pools: 1, Decay: .6, Lots: 1})),
		"bins fall":        second(NewBinThompson(BinThompsonConfig{Pools: 1, Starts: []int{1, 1}, Discount: 1})),
		"no venue":         second(NewContKukanov(ContKukanovConfig{Step: 1})),
		"negative penalty": second(NewContKukanov(ContKukanovConfig{Rebates: []float64{0}, Step: 1, Under: -1})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
