package bandit

import (
	"math"
	"testing"
)

// Expected's geometric sums equal the lot-by-lot sum.
func TestExpectedEqualsTheSum(t *testing.T) {
	for _, h := range []float64{0, 1e-12, 1e-8, 1e-6, .001, .1, .5, .99} {
		for _, taken := range []int{0, 1, 3, 8, 130} {
			for _, n := range []int{0, 1, 2, 3, 7, 64, 150, 1000} {
				c := Curve{First: .7, Taken: taken}
				for b := range c.LogQ {
					c.LogQ[b] = math.Log1p(-h) / float64(b+1)
				}
				want := 0.0
				for u := 1; u <= n; u++ {
					want += c.At(u)
				}
				if got := c.Expected(n); math.Abs(got-want) > 1e-9*(1+want) {
					t.Errorf("hazard %v, taken %d, n %d: %v; want %v", h, taken, n, got, want)
				}
			}
		}
	}
}
