package sim

import (
	"math"
	"math/rand/v2"
)

// stream is one seeded source of randomness. Its normal and exponential draws use only + − × ÷ and Sqrt with explicit
// rounding, so that they give the same bits on every machine.
type stream struct{ *rand.Rand }

// newStream gives the stream of a label and two numbers (a venue and a symbol, say) under a seed.
func newStream(seed uint64, label string, a, b int) stream {
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(label); i++ {
		h = (h ^ uint64(label[i])) * 1099511628211
	}
	h = (h ^ uint64(a+1)) * 1099511628211
	h = (h ^ uint64(b+1)) * 1099511628211
	return stream{rand.New(rand.NewPCG(seed, h))}
}

// exp draws an exponential variable of mean 1.
func (s stream) exp() float64 { return -ln(1 - s.Float64()) }

// after draws an exponential waiting time of the given rate a second, in nanoseconds, at least 1.
func (s stream) after(rate float64) int64 {
	if rate <= 0 {
		return math.MaxInt64 / 4
	}
	d := s.exp() / rate * 1e9
	if d > math.MaxInt64/4 {
		return math.MaxInt64 / 4
	}
	return max(int64(d), 1)
}

// norm draws a standard normal variable by Marsaglia's polar method.
func (s stream) norm() float64 {
	for {
		u := 2*s.Float64() - 1
		v := 2*s.Float64() - 1
		q := float64(u*u) + float64(v*v)
		if q > 0 && q < 1 {
			return u * math.Sqrt(-2*ln(q)/q)
		}
	}
}

// chance is true with probability p.
func (s stream) chance(p float64) bool { return p > 0 && s.Float64() < p }

// pareto draws a heavy-tailed size: at least lo, at most hi, density ∝ x^(−1−3/2) between them.
func (s stream) pareto(lo, hi float64) float64 {
	u := 1 - s.Float64()
	// x = lo·u^(−2/3); the cube root comes from Newton steps to stay within + − × ÷.
	x := lo / cbrtSquare(u)
	return min(x, hi)
}

// cbrtSquare gives u^(2/3) for 0 < u ≤ 1 by Newton's method on y³ = u².
func cbrtSquare(u float64) float64 {
	t := float64(u * u)
	y := math.Sqrt(u)
	for range 40 {
		next := (float64(2*y) + t/float64(y*y)) / 3
		if next >= y && y*y*y >= t && next-y < 1e-15 || next == y {
			break
		}
		y = next
	}
	return y
}

// ln is the natural logarithm for x > 0, by frexp and the series of atanh; error below 1e-14.
func ln(x float64) float64 {
	if x <= 0 {
		return -745
	}
	frac, e := math.Frexp(x)
	if frac < math.Sqrt2/2 {
		frac, e = frac*2, e-1
	}
	z := (frac - 1) / (frac + 1)
	zz := float64(z * z)
	sum, p := 0.0, z
	for k := 1.0; k < 30; k += 2 {
		sum += p / k
		p = float64(p * zz)
	}
	return float64(2*sum) + float64(float64(e)*math.Ln2)
}
