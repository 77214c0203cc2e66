package bandit

import (
	"math"
	"testing"
)

// taught is a size head that knows its prior and what fills of several sizes said.
func taught(t testing.TB, fills int) *SizeHead {
	t.Helper()
	h, err := NewSizeHead(DefaultSizePrior(), DefaultMemory())
	if err != nil {
		t.Fatal(err)
	}
	for i := range fills {
		sent := 1 + i*7%60
		d := SizeDatum{Sent: sent, Filled: 1 + i*5%sent, Curve: h.Curve(.5)}
		if got := h.Update(d); got != Applied {
			t.Fatal(got)
		}
	}
	return h
}

// TestExpectedSD: the delta method by its formula, against differences of Expected itself.
func TestExpectedSD(t *testing.T) {
	for _, fills := range []int{0, 10, 20_000} {
		h := taught(t, fills)
		for _, n := range []int{1, 2, 3, 17, 64, 129, 5000} {
			for _, c := range []Curve{h.Curve(.65), h.Curve(.02), h.After(1), h.After(30), h.After(400)} {
				want := 0.0
				for b := range NumBins {
					mean, sd := h.Hazard(b)
					shifted := func(by float64) float64 {
						x := c
						x.LogQ[b] = math.Log(1 - mean - by)
						return x.Expected(n)
					}
					step := 1e-4 * sd
					slope := (shifted(step) - shifted(-step)) / (2 * step)
					want += slope * sd * slope * sd
				}
				want = math.Sqrt(want)
				got := h.ExpectedSD(&c, new(Stairs), n)
				if math.Abs(got-want) > 1e-4*want+1e-9 {
					t.Errorf("%d fills, %d lots, taken %d: sd %g, want %g", fills, n, c.Taken, got, want)
				}
			}
		}
	}
}

func TestExpectedSDShrinks(t *testing.T) {
	last := math.Inf(1)
	for _, fills := range []int{0, 100, 10_000} {
		h := taught(t, fills)
		c := h.Curve(.65)
		if got := h.ExpectedSD(&c, new(Stairs), 40); !(got < last/2) {
			t.Errorf("after %d fills the sd is %g, before %g: want less than half", fills, got, last)
		} else {
			last = got
		}
	}
}

func TestRamped(t *testing.T) {
	for _, q := range []float64{0, .3, .9, .999, 1 - 1e-5, 1 - 1e-9, 1} {
		for _, m := range []int{1, 2, 10, 300} {
			want := 0.0
			for k := 1; k <= m; k++ {
				want += float64(k) * math.Pow(q, float64(k))
			}
			if got := ramped(q, math.Pow(q, float64(m)), float64(m)); math.Abs(got-want) > 1e-6*want {
				t.Errorf("q %g, m %d: %g, want %g", q, m, got, want)
			}
		}
	}
}

func BenchmarkExpectedSD(b *testing.B) {
	h := taught(b, 1000)
	c := h.Curve(.65)
	b.ReportAllocs()
	for b.Loop() {
		h.ExpectedSD(&c, new(Stairs), 150)
	}
}
