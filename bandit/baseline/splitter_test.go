package baseline

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/bandit"
)

func splitters(pools int) []Splitter {
	return []Splitter{
		must(NewUniform(pools)),
		must(NewKaplanMeier(KaplanMeierConfig{Pools: pools, MaxSize: 20, Least: 3, Discount: .99})),
		must(NewExponentiatedGradient(ExponentiatedGradientConfig{Pools: pools, Rate: .05, Mix: .03, Lots: 30})),
		must(NewLLP(LLPConfig{Pools: pools, Step: 5, Decay: .6, Mix: .01, Lots: 30})),
		must(NewBinThompson(BinThompsonConfig{Pools: pools, Starts: []int{1, 2, 4, 8}, Discount: .99})),
		must(NewContKukanov(ContKukanovConfig{Half: 1, Fee: 1, Rebates: make([]float64, pools), Under: 1, Over: 1, Step: .1})),
	}
}

// Every division stays within its caps and its lots, and places all of them where the policy holds none back.
func TestSplitsKeepSumsAndCaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pools := rapid.IntRange(1, 5).Draw(t, "pools")
		for _, s := range splitters(pools) {
			_, holds := s.(*ContKukanov)
			for n := range uint64(8) {
				lots := rapid.IntRange(0, 60).Draw(t, "lots")
				var caps []int
				room := lots
				if rapid.Bool().Draw(t, "capped") {
					caps = rapid.SliceOfN(rapid.IntRange(0, 30), pools, pools).Draw(t, "caps")
					room = 0
					for _, c := range caps {
						room += c
					}
				}
				sent, sum := s.Split(nil, lots, caps, bandit.NewKey(1, n, 1)), 0
				filled := make([]int, pools)
				for i, v := range sent {
					if v < 0 || caps != nil && v > caps[i] {
						t.Fatalf("%T: %d lots of %d under caps %v: %v", s, v, lots, caps, sent)
					}
					sum += v
					filled[i] = rapid.IntRange(0, v).Draw(t, "filled")
				}
				if sum > lots || !holds && sum != min(lots, room) {
					t.Fatalf("%T: %v sums to %d of %d lots under caps %v", s, sent, sum, lots, caps)
				}
				s.Learn(lots, sent, filled)
			}
		}
	})
}

func TestApportion(t *testing.T) {
	for _, c := range []struct {
		lots    int
		weights []float64
		caps    []int
		want    []int
	}{
		{10, []float64{1, 1, 1}, nil, []int{4, 3, 3}},
		{30, []float64{1, 1, 2}, nil, []int{8, 7, 15}},
		{10, []float64{5, 3, 2}, []int{2, 10, 10}, []int{2, 5, 3}}, // 8 left at 3 : 2 is 4.8 : 3.2
		{10, []float64{1, 0, 0}, []int{4, 10, 10}, []int{4, 3, 3}},
		{10, []float64{1, 1}, []int{2, 3}, []int{2, 3}},
		{0, []float64{1, 1}, nil, []int{0, 0}},
	} {
		if got := apportion(nil, c.lots, c.weights, c.caps); !slices.Equal(got, c.want) {
			t.Errorf("%d lots over %v under %v: %v, want %v", c.lots, c.weights, c.caps, got, c.want)
		}
	}
}

// Against the closed form Π(1 − D/N) of looks that were counted by hand:
// sent 5 filled 5; sent 3 filled 1; sent 4 filled 0; sent 2 filled 2; sent 6 filled 3.
func TestKaplanMeierClosedForm(t *testing.T) {
	k := must(NewKaplanMeier(KaplanMeierConfig{Pools: 1, MaxSize: 10, Least: 1, Discount: 1}))
	for _, look := range [][2]int{{5, 5}, {3, 1}, {4, 0}, {2, 2}, {6, 3}} {
		k.Learn(0, []int{look[0]}, []int{look[1]})
	}
	// s          0    1    2    3    4
	// N          5    4    2    2    1    #{f ≥ s, v > s}
	// D          1    1    0    1    0    #{f = s, v > s}
	want := []float64{1, 4. / 5, 4. / 5 * 3 / 4, 4. / 5 * 3 / 4, 4. / 5 * 3 / 4 / 2, 4. / 5 * 3 / 4 / 2,
		4. / 5 * 3 / 4 / 2, // nobody looked beyond 5: one optimistic unit
		0, 0}
	for u, w := range want {
		near(t, "T̂", k.Tail(0, u), w)
	}
}

// Without censoring the product-limit estimate is the empirical survival function.
func TestKaplanMeierUncensored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := must(NewKaplanMeier(KaplanMeierConfig{Pools: 1, MaxSize: 20, Least: 1, Discount: 1}))
		fills := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(t, "fills")
		for _, f := range fills {
			k.Learn(0, []int{10}, []int{f})
		}
		for u := 1; u <= slices.Max(fills); u++ {
			n := 0
			for _, f := range fills {
				if f >= u {
					n++
				}
			}
			if want := float64(n) / float64(len(fills)); math.Abs(k.Tail(0, u)-want) > 1e-12 {
				t.Fatalf("fills %v: T̂(%d) = %v, want %v", fills, u, k.Tail(0, u), want)
			}
		}
	})
}

// Least holds units back: with n_min 3 two looks at unit 2 are not believed, but it is tried.
func TestKaplanMeierLeast(t *testing.T) {
	k := must(NewKaplanMeier(KaplanMeierConfig{Pools: 1, MaxSize: 10, Least: 3, Discount: 1}))
	for _, look := range [][2]int{{1, 1}, {2, 1}, {2, 1}, {1, 0}} {
		k.Learn(0, []int{look[0]}, []int{look[1]})
	}
	for u, w := range []float64{1, .75, .75, 0} {
		near(t, "T̂", k.Tail(0, u), w)
	}
}

// By hand: two pools, the first fills in full an order of V = V̄: w = (η, 0).
func TestExponentiatedGradientByHand(t *testing.T) {
	e := must(NewExponentiatedGradient(ExponentiatedGradientConfig{Pools: 2, Rate: .1, Mix: .2, Lots: 10}))
	e.Learn(10, []int{5, 5}, []int{5, 4})
	e.Learn(20, []int{20, 0}, []int{19, 0}) // not full, and nothing sent: no weight moves
	p := math.Exp(.1) / (math.Exp(.1) + 1)
	near(t, "share", e.Shares(nil)[0], .8*p+.1)
	for range 100_000 {
		e.Learn(10, []int{5, 5}, []int{5, 4})
	}
	near(t, "share after very many", e.Shares(nil)[0], .9)
}

// By hand: r = (⅓,⅓,⅓), H = (⅔, −⅓, −⅓), c = .3: (.5333, .2333, .2333), then 1 % even.
func TestLLPByHand(t *testing.T) {
	l := must(NewLLP(LLPConfig{Pools: 3, Step: .3, Decay: .6, Mix: .01, Lots: 9}))
	l.Learn(9, []int{3, 3, 3}, []int{3, 0, 2})
	near(t, "share", l.Shares(nil)[0], .99*(1./3+.2)+.01/3)
	near(t, "share", l.Shares(nil)[1], .99*(1./3-.1)+.01/3)
	l.Learn(9, []int{0, 0, 0}, []int{0, 0, 0})
	near(t, "share after nothing was sent", l.Shares(nil)[1], .99*(1./3-.1)+.01/3)
}

func TestProject(t *testing.T) {
	for _, c := range [][2][]float64{
		{{.5, .5}, {.5, .5}}, {{2, 0}, {1, 0}}, {{.8, .6}, {.6, .4}}, {{1.2, .4, -.5}, {.9, .1, 0}}, {{5, 5, 5, -9}, {1. / 3, 1. / 3, 1. / 3, 0}},
	} {
		x := slices.Clone(c[0])
		project(x)
		for i := range x {
			near(t, "projection", x[i], c[1][i])
		}
	}
}

// The three kinds of look, and the minimum over the bins.
func TestBinThompsonCounts(t *testing.T) {
	b := must(NewBinThompson(BinThompsonConfig{Pools: 1, Starts: []int{1, 2, 4, 8}, Discount: 1}))
	b.Learn(0, []int{5}, []int{2}) // bins 1, 2 won; 4, 8 lost
	b.Learn(0, []int{5}, []int{5}) // bins 1, 2, 4 won; 8 unknown
	b.Learn(0, []int{0}, []int{0}) // nothing
	if !slices.Equal(b.won[0], []float64{2, 2, 1, 0}) || !slices.Equal(b.lost[0], []float64{0, 0, 1, 1}) {
		t.Errorf("won %v, lost %v", b.won[0], b.lost[0])
	}
	for n := range uint64(200) {
		b.Split(nil, 20, nil, bandit.NewKey(3, n, 1))
		for j := 1; j < 4; j++ {
			if b.draws[j] > b.draws[j-1] {
				t.Fatalf("drawn tail %v rises", b.draws)
			}
		}
	}
}

// The closed form of one venue beside the market order: F(Q+L) = (2h+f+r)/(λ_u+h+r+θ). The stochastic gradients of M and
// L balance there, with ξ exponential of mean 100 and an order of 200.
func TestContKukanovClosedForm(t *testing.T) {
	c := ContKukanovConfig{Half: 1, Fee: .3, Rebates: []float64{.2}, Impact: .5, Under: 4, Over: 5}
	f := (2*c.Half + c.Fee + .2) / (c.Under + c.Half + .2 + c.Impact)
	limit := -100 * math.Log(1-f)
	const size, n = 200, 200_000
	var grad []float64
	sum := 0.0
	for i := range uint64(n) {
		outflow := -100 * math.Log(1-bandit.NewKey(1, i, 1).Uniform(0))
		market := 0.0
		market, grad = c.Gradient(grad, []bool{outflow > limit}, size-limit+min(limit, outflow), size)
		sum += market - grad[0]
	}
	if mean := sum / n; math.Abs(mean) > .03 { // one gradient has sd below 3: 4 standard errors
		t.Errorf("at the optimum M and L differ by a gradient of %v, want 0", mean)
	}
}
