package fit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// metaorders draws parents whose shares of the day's volume spread evenly over five decades of logarithms, worked at about
// a tenth of the volume, in a market whose noise has fat tails: the impact explains some 5 % of what they cost.
func metaorders(n int, y, delta float64, seed uint64) []Order {
	rnd := rand.New(rand.NewPCG(seed, 7))
	orders := make([]Order, n)
	for i := range orders {
		o := &orders[i]
		o.Share = math.Exp(math.Log(1e-6) + rnd.Float64()*math.Log(1e5))
		o.Vol = 150 * math.Exp(.3*rnd.NormFloat64())
		o.Days = min(1, o.Share/.1*math.Exp(.3*rnd.NormFloat64()))
		chi := 0.0
		for range 4 {
			g := rnd.NormFloat64()
			chi += g * g
		}
		t4 := rnd.NormFloat64() / math.Sqrt(chi/4) / math.Sqrt2 // unit variance
		o.Excess = y*o.Vol*math.Pow(o.Share, delta) + o.sd()*t4
	}
	return orders
}

// BEN-11 in small: the exponent and the factor come back, unbiased and as exactly as their errors say.
func TestImpact(t *testing.T) {
	repeats, n := 24, 10_000
	if testing.Short() {
		repeats = 10
	}
	const y = .45
	var delta, factor, free, claimed, told, explained float64
	for i := range repeats {
		f, err := FitImpact(metaorders(n, y, .5, uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		delta += (f.Delta - .5) * (f.Delta - .5)
		factor += (f.Y - y) * (f.Y - y)
		free += (f.FreeY - y) * (f.FreeY - y)
		claimed += f.DeltaSD / float64(repeats)
		told += f.SD / float64(repeats)
		explained += f.R2 / float64(repeats)
	}
	rms := func(sum float64) float64 { return math.Sqrt(sum / float64(repeats)) }
	t.Logf("%d × %d parents, R² %.3f: δ̂ off by %.4f (claims %.4f), Ŷ by %.4f (claims %.4f), with δ free by %.4f", repeats, n, explained,
		rms(delta), claimed, rms(factor), told, rms(free))
	if rms(delta) > .015 {
		t.Errorf("δ̂ is off by %v, want at most .015", rms(delta))
	}
	if rms(factor) > .055 || rms(free) > .055 {
		t.Errorf("Ŷ is off by %v, with a free exponent %v: want at most .055", rms(factor), rms(free))
	}
	for what, ratio := range map[string]float64{"δ̂": rms(delta) / claimed, "Ŷ": rms(factor) / told} {
		if ratio < .6 || ratio > 1.5 {
			t.Errorf("%s is off by %.2f times what it claims", what, ratio)
		}
	}
}

// FIT-04: where the exponent is not ½ the diagnostic says so.
func TestImpactExponent(t *testing.T) {
	f, err := FitImpact(metaorders(10_000, .9, .6, 1))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(f.Delta-.6) > 4*f.DeltaSD || f.DeltaSD > .05 {
		t.Errorf("δ̂ is %v ± %v, want .6", f.Delta, f.DeltaSD)
	}
	orders := metaorders(10, 1, .5, 1)
	orders[3].Share = 0
	if _, err := FitImpact(orders); err == nil {
		t.Error("an order of nothing is taken")
	}
	if _, err := FitImpact(orders[:1]); err == nil {
		t.Error("one order is enough")
	}
}

// FIT-04 golden: IBM of Almgren and others 2005: a tenth of the day's volume, 157 bps a day.
func TestAlmgren(t *testing.T) {
	for _, c := range []struct{ days, temporary, cost float64 }{{.1, 22.294, 32.224}, {.2, 14.709, 24.638}, {.5, 8.488, 18.418}} {
		permanent, cost := Almgren(.1, 263.374, c.days, 157)
		if math.Abs(permanent-19.8597) > 5e-5 {
			t.Errorf("permanent impact is %.5f bps, published 19.8597", permanent)
		}
		if math.Abs(cost-c.cost) > 6e-4 || math.Abs(cost-permanent/2-c.temporary) > 6e-4 {
			t.Errorf("over %v days: cost %.4f, of which temporary %.4f bps; published %v and %v", c.days, cost, cost-permanent/2, c.cost, c.temporary)
		}
	}
}

// BenchmarkImpact is BEN-11: how far δ̂ and Ŷ, the exponent held and free, lie from the truth over repeats.
func BenchmarkImpact(b *testing.B) {
	const y = .45
	for _, n := range []int{10_000, 50_000} {
		b.Run(fmt.Sprintf("parents=%d", n), func(b *testing.B) {
			var delta, factor, free, repeats float64
			for b.Loop() {
				f, err := FitImpact(metaorders(n, y, .5, uint64(1000+repeats)))
				if err != nil {
					b.Fatal(err)
				}
				delta += (f.Delta - .5) * (f.Delta - .5)
				factor += (f.Y - y) * (f.Y - y)
				free += (f.FreeY - y) * (f.FreeY - y)
				repeats++
			}
			b.ReportMetric(math.Sqrt(delta/repeats), "sd-delta")
			b.ReportMetric(math.Sqrt(factor/repeats), "sd-y")
			b.ReportMetric(math.Sqrt(free/repeats), "sd-free-y")
		})
	}
}
