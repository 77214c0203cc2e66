package experiment

import "math"

// Bounded is a confidence sequence for the mean of figures in [0, 1], such as filled shares, with no assumption but that bound
// (predictable plug-in empirical Bernstein: Waudby-Smith, Ramdas 2024). It holds at every n at once. The zero value has seen
// nothing.
//
//	λ_t = min(½, √(2·ln(2/α)/(σ̂²_{t−1}·t·ln(1+t)))),   centre Σλx/Σλ,   radius (ln(2/α) + Σ 4(x_i−μ̂_{i−1})²·ψ_E(λ_i))/Σλ,   ψ_E(λ) = (−ln(1−λ)−λ)/4
type Bounded struct {
	Alpha float64

	n            float64
	sum, squares float64 // of x, and of (x − μ̂)², each with a start of ½ and ¼
	lambda, lx   float64 // Σλ, Σλx
	spread       float64
}

// See takes in a figure; one outside [0, 1] is pulled in.
func (b *Bounded) See(x float64) {
	x = min(1, max(0, x))
	t := b.n + 1
	mean, variance := (.5+b.sum)/(b.n+1), (.25+b.squares)/(b.n+1)
	l := min(.5, math.Sqrt(2*math.Log(2/b.Alpha)/(variance*t*math.Log(1+t))))
	psi := (-math.Log(1-l) - l) / 4
	b.lambda += l
	b.lx += l * x
	b.spread += 4 * (x - mean) * (x - mean) * psi
	b.n = t
	b.sum += x
	now := (.5 + b.sum) / (b.n + 1)
	b.squares += (x - now) * (x - now)
}

// Interval is the mean with its bounds, cut to [0, 1].
func (b *Bounded) Interval() Interval {
	if b.lambda == 0 {
		return Interval{.5, 0, 1}
	}
	c, r := b.lx/b.lambda, (math.Log(2/b.Alpha)+b.spread)/b.lambda
	return Interval{c, max(0, c-r), min(1, c+r)}
}
