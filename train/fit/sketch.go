package fit

import "math"

const (
	sketchLow  = -40 // exponents of two that a Sketch tells apart: 1e-12 to 1e12
	sketchHigh = 40
	sketchFine = 64 // bins an octave: a quantile is off by less than 1/64 of itself
)

// A Sketch keeps how often which size of a number came, in bins of 1/64 of an octave, so that quantiles of any number of
// rows take 40 KiB. The zero value is ready. Sums of sketches are exact.
type Sketch struct {
	zero float64 // weight of what is too small to have a bin
	bins [(sketchHigh - sketchLow) * sketchFine]float64
	sum  float64
}

// Add counts |x| with a weight. What is no number counts as the largest there is.
func (s *Sketch) Add(x, weight float64) {
	s.sum += weight
	bits := math.Float64bits(x) &^ (1 << 63) // |x|
	exp := int(bits>>52) - 1023              // 1,024 of what is no number
	switch {
	case exp < sketchLow:
		s.zero += weight
	case exp >= sketchHigh:
		s.bins[len(s.bins)-1] += weight
	default:
		s.bins[(exp-sketchLow)*sketchFine+int(bits>>46&(sketchFine-1))] += weight
	}
}

// Quantile is the size below which the share q of the weight lies, linear within a bin. 0 of nothing.
func (s *Sketch) Quantile(q float64) float64 {
	left := q*s.sum - s.zero
	if !(left > 0) {
		return 0
	}
	for b, w := range s.bins {
		if w > 0 && left <= w {
			scale := math.Ldexp(1, b/sketchFine+sketchLow)
			return scale * (1 + (float64(b%sketchFine)+left/w)/sketchFine)
		}
		left -= w
	}
	return math.Ldexp(1, sketchHigh)
}

// Weight is the sum of the weights.
func (s *Sketch) Weight() float64 { return s.sum }
