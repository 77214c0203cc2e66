package bandit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The footprint is the sum over trades of s·√share·e^(−age/τ), whenever it is looked at (FIT-05).
func TestFootprintIsTheSumOverTrades(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	type trade struct {
		at          int64
		side, share float64
	}
	var trades []trade
	var f Footprint
	now := int64(0)
	for range 300 {
		now += rng.Int64N(2e9)
		x := trade{now, float64(1 - 2*rng.IntN(2)), 1e-5 * rng.ExpFloat64()}
		trades = append(trades, x)
		f.Trade(x.at, x.side, x.share)
		f.At(now + 5e9) // looking changes nothing
	}
	for _, later := range []int64{0, 1e8, 1e9, 3e10} {
		got := f.At(now + later)
		for j, tau := range []float64{.1, 1, 10, 100} {
			want := 0.0
			for _, x := range trades {
				want += x.side * math.Sqrt(x.share) * math.Exp(-float64(now+later-x.at)/1e9/tau)
			}
			if math.Abs(got[j]-want) > 1e-12 {
				t.Errorf("%d ns later, term %d: %v, want %v", later, j, got[j], want)
			}
		}
	}
	if got := f.At(now + 1e15); got != [KernelTerms]float64{} {
		t.Errorf("%v is left after eleven days, want nothing", got)
	}
}

// Who has traded nothing has no impact, to the bit; what is no trade changes nothing.
func TestFootprintOfNothing(t *testing.T) {
	var f Footprint
	k := Kernel{C: [KernelTerms]float64{1, 2, 3, 4}}
	for _, share := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		f.Trade(5, 1, share)
	}
	f.Trade(5, math.NaN(), .1)
	b := f.At(1e12)
	if got := k.Of(&b); got != 0 || f != (Footprint{}) {
		t.Errorf("impact %v of %+v, want 0", got, f)
	}
	f.Trade(100, 1, .25)
	if b := f.At(50); b != f.B || b[0] != .5 {
		t.Errorf("a clock that goes back gives %v, want %v", b, f.B)
	}
}

func TestKernelValidate(t *testing.T) {
	for _, c := range []float64{-1e-9, 21, math.NaN(), math.Inf(1)} {
		if err := (Kernel{C: [KernelTerms]float64{0, c}}).Validate(); err == nil {
			t.Errorf("coefficient %v was taken", c)
		}
	}
	if err := (Kernel{C: [KernelTerms]float64{0, .1, 20, 3}}).Validate(); err != nil {
		t.Error(err)
	}
}

// flow simulates mids under a kernel and our own clustered trades, and gathers them.
func flow(seed uint64, k Kernel, noise float64, steps int) *KernelFit {
	rng := rand.New(rand.NewPCG(seed, 2))
	var f Footprint
	var fit KernelFit
	const step = int64(5e7) // 50 ms
	side, from := 1.0, f.B
	for i := range int64(steps) {
		if rng.Float64() < .02 {
			side = float64(1 - 2*rng.IntN(2))
		}
		if rng.Float64() < .1 {
			f.Trade(i*step+1, side, 1e-4*rng.ExpFloat64())
		}
		to := f.At((i + 1) * step)
		move := k.Of(&to) - k.Of(&from) + noise*math.Sqrt(float64(step)/2.34e13)*rng.NormFloat64() // 2.34e13 ns are 6.5 h
		fit.Add(move, from, to, 1)
		from = to
	}
	return &fit
}

// FIT-05: known coefficients are recovered from flow, those that are 0 too, and no fit is negative.
func TestKernelIsRecovered(t *testing.T) {
	for i, c := range [][KernelTerms]float64{{.3, .2, .1, .05}, {0, .5, 0, .2}, {.4, 0, 0, 0}, {0, 0, 0, 0}} {
		exact, explained := flow(uint64(i), Kernel{c}, 0, 20_000).Kernel(0)
		noisy, _ := flow(uint64(i), Kernel{c}, 1, 400_000).Kernel(1e-6)
		for j := range c {
			if math.Abs(exact.C[j]-c[j]) > 1e-6 {
				t.Errorf("without noise: %v, want %v", exact.C, c)
				break
			}
			if !(noisy.C[j] >= 0) || math.Abs(noisy.C[j]-c[j]) > .12 {
				t.Errorf("with noise: %v, want about %v", noisy.C, c)
				break
			}
		}
		if c[0] > 0 && explained < .999999 {
			t.Errorf("the exact fit explains %v", explained)
		}
	}
}

// The active-set method meets the Karush-Kuhn-Tucker conditions: no negative coefficient, no gain from raising a 0, no
// slope where a coefficient is positive.
func TestNonNegativeIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for n := range 2000 {
		var gram [KernelTerms * KernelTerms]float64
		var rhs [KernelTerms]float64
		for range KernelTerms + rng.IntN(5) {
			var x [KernelTerms]float64
			y := rng.NormFloat64()
			common := rng.NormFloat64() // correlated columns, as lagged flows are
			for j := range x {
				x[j] = rng.NormFloat64() + common
			}
			for i := range x {
				rhs[i] += x[i] * y
				for j := range x {
					gram[i*KernelTerms+j] += x[i] * x[j]
				}
			}
		}
		x := nonNegative(&gram, &rhs)
		for j := range x {
			slope := rhs[j] - dot(gram[j*KernelTerms:(j+1)*KernelTerms], x[:])
			if x[j] < 0 || slope > 1e-7 || x[j] > 0 && slope < -1e-7 {
				t.Fatalf("problem %d: x = %v has slope %v at %d", n, x, slope, j)
			}
		}
	}
}

// Without data, or with columns that cannot be told apart, the fit is finite and not negative.
func TestKernelFitWithoutData(t *testing.T) {
	var fit KernelFit
	fit.Add(math.NaN(), [KernelTerms]float64{}, [KernelTerms]float64{1}, 1)
	fit.Add(1, [KernelTerms]float64{}, [KernelTerms]float64{math.Inf(1)}, 1)
	fit.Add(1, [KernelTerms]float64{}, [KernelTerms]float64{1}, 0)
	if k, explained := fit.Kernel(0); k != (Kernel{}) || explained != 0 || fit.Rows() != 0 {
		t.Errorf("kernel %v explains %v of %d rows, want nothing", k, explained, fit.Rows())
	}
	fit.Add(2, [KernelTerms]float64{}, [KernelTerms]float64{1, 1, 1, 1}, 1)
	k, _ := fit.Kernel(0)
	total := 0.0
	for _, c := range k.C {
		if !(c >= 0) {
			t.Errorf("kernel %v", k)
		}
		total += c
	}
	if math.Abs(total-2) > 1e-9 {
		t.Errorf("kernel %v, want coefficients that sum to 2", k)
	}
}

// A footprint says how much of a mid's move is our own trading's.
func ExampleFootprint() {
	k := Kernel{C: [KernelTerms]float64{.1, .2, .1, .1}}
	var f Footprint
	f.Trade(0, 1, .0001) // a buy of a ten-thousandth of a day's volume, where a day moves by 150 bps
	for _, seconds := range []int64{0, 1, 10, 60} {
		b := f.At(seconds * 1e9)
		fmt.Printf("%d s: %.2f bps\n", seconds, 150*k.Of(&b))
	}
	// Output:
	// 0 s: 0.75 bps
	// 1 s: 0.39 bps
	// 10 s: 0.19 bps
	// 60 s: 0.08 bps
}
