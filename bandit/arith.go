package bandit

import "math"

// Portable arithmetic (LRN-12). math.Exp and math.Log are assembly on some platforms and may be
// fused on others, so their last bit depends on the machine; a replayed decision must not. The
// routines here use only + − × ÷, which IEEE 754 fixes to the bit, and write float64(x*y) + z
// wherever a product is added, also in a later statement: the conversion forbids the compiler to
// fuse the two. A test reads the arm64 assembly for fused instructions.
// math.Sqrt is correctly rounded everywhere and is used as it is.

const (
	ln2Hi  = 6.93147180369123816490e-01 // ln 2 with its low 32 bits cleared, so that k·ln2Hi is exact
	ln2Lo  = 1.90821492927058770002e-10
	invLn2 = 1.44269504088896338700e+00

	// piOver8 turns the variance of a logit into the shrinkage of its sigmoid (MacKay 1992).
	piOver8 = 0.39269908169872415481

	// saturation bounds the argument of Exp: e^±700 is still a normal number.
	saturation = 700
)

// Exp is e^a with an error below one unit in the last place. Arguments outside ±700 saturate at
// the value of the bound, so the result is always normal, positive and finite; NaN stays NaN.
//
// Method (FDLIBM e_exp): a = k·ln 2 + r with |r| ≤ ln 2 / 2 in two words, a rational in r² with
// five coefficients for e^r, then a scaling by 2^k that is exact.
func Exp(a float64) float64 {
	switch {
	case a != a:
		return a
	case a > saturation:
		a = saturation
	case a < -saturation:
		a = -saturation
	}
	half := 0.5
	if a < 0 {
		half = -0.5
	}
	k := int64(float64(a*invLn2) + half)
	hi := a - float64(float64(k)*ln2Hi)
	lo := float64(float64(k) * ln2Lo)
	scale := math.Float64frombits(uint64(k+1023) << 52)
	return expReduced(hi, lo) * scale
}

// expReduced is e^(hi−lo) for |hi−lo| ≤ ln 2 / 2.
func expReduced(hi, lo float64) float64 {
	const (
		p1 = 1.66666666666666657415e-01
		p2 = -2.77777777770155933842e-03
		p3 = 6.61375632143793436117e-05
		p4 = -1.65339022054652515390e-06
		p5 = 4.13813679705723846039e-08
	)
	r := hi - lo
	t := float64(r * r)
	poly := p4 + float64(t*p5)
	poly = p3 + float64(t*poly)
	poly = p2 + float64(t*poly)
	poly = p1 + float64(t*poly)
	c := r - float64(t*poly)
	return 1 - ((lo - float64(r*c)/(2-c)) - hi)
}

// Log is the natural logarithm with an error below one unit in the last place. Log(0) is −Inf,
// Log(+Inf) is +Inf, and a negative argument or NaN gives NaN.
//
// Method (FDLIBM e_log): x = 2^k·(1+f) with √½ ≤ 1+f < √2, s = f/(2+f), and a polynomial in s².
func Log(x float64) float64 {
	switch {
	case x != x || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x > math.MaxFloat64:
		return x
	}
	k := int64(0)
	if x < 0x1p-1022 {
		x *= 0x1p54
		k = -54
	}
	bits := math.Float64bits(x)
	k += int64(bits>>52) - 1022
	m := math.Float64frombits(bits&(1<<52-1) | 1022<<52)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	return logReduced(m-1, float64(k))
}

// logReduced is ln(1+f) + k·ln 2 for √½ ≤ 1+f < √2.
func logReduced(f, k float64) float64 {
	const (
		l1 = 6.666666666666735130e-01
		l2 = 3.999999999940941908e-01
		l3 = 2.857142874366239149e-01
		l4 = 2.222219843214978396e-01
		l5 = 1.818357216161805012e-01
		l6 = 1.531383769920937332e-01
		l7 = 1.479819860511658591e-01
	)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	odd := l5 + float64(s4*l7)
	odd = l3 + float64(s4*odd)
	odd = l1 + float64(s4*odd)
	even := l4 + float64(s4*l6)
	even = l2 + float64(s4*even)
	rest := float64(s2*odd) + float64(s4*even)
	half := float64(float64(0.5*f) * f)
	tail := float64(s*(half+rest)) + float64(k*ln2Lo)
	return float64(k*ln2Hi) - ((half - tail) - f)
}

// Sigmoid is 1/(1+e^−a). It is written in this one form for both signs: negation, Exp, the sum and
// the quotient are each monotone after rounding, so their composition is; the form e/(1+e) is not.
func Sigmoid(a float64) float64 { return 1 / (1 + Exp(-a)) }

// Logit is ln(p/(1−p)), the inverse of Sigmoid, for 0 < p < 1.
func Logit(p float64) float64 { return Log(p / (1 - p)) }

// finite reports whether x is neither NaN nor infinite.
func finite(x float64) bool { return x-x == 0 }

// sqrt is the one function of package math on the decision path: IEEE 754 rounds it exactly.
func sqrt(x float64) float64 { return math.Sqrt(x) }
