package bandit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Whatever it was asked before, a curve's stairs say what the curve does, to the bit.
func TestStairs(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for k := range 300 {
		h := taught(t, k%7*10)
		c := h.Curve(rnd.Float64())
		if k%3 == 0 {
			c = h.After(1 + rnd.IntN(300))
		}
		var s Stairs
		for range 20 {
			n := rnd.IntN(400) >> rnd.IntN(8)
			if got, want := s.Expected(&c, n), c.Expected(n); math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("of %d lots %v are expected, by the curve %v", n, got, want)
			}
			if n < 1 {
				continue
			}
			if got, want := h.ExpectedSD(&c, &s, n), h.ExpectedSD(&c, new(Stairs), n); math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("the deviation of %d lots is %v, by new stairs %v", n, got, want)
			}
		}
	}
}

// Rows taken four at a time are those taken one by one, to the bit.
func TestDots(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= maxCoordinates; n++ {
		m, x, got := make([]float64, n*(n+2)), make([]float64, n), make([]float64, n)
		for i := range m {
			m[i] = rnd.NormFloat64()
		}
		for i := range x {
			x[i] = rnd.NormFloat64()
		}
		dots(got, m, n+2, x)
		for i := range got {
			if want := dot(m[i*(n+2):i*(n+2)+n], x); math.Float64bits(got[i]) != math.Float64bits(want) {
				t.Fatalf("row %d of %d is %v, want %v", i, n, got[i], want)
			}
		}
	}
}
