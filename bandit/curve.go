package bandit

// NumBins is the number of size bins of a SizeHead: {1} {2} {3,4} {5–8} {9–16} {17–32} {33–64}
// {65–128} and a tail, in lots. Within a bin the hazard is constant (learning text, section 2).
const NumBins = 9

// MaxLots bounds one child order in lots.
const MaxLots = 1 << 20

// bin is the size bin of lot j ≥ 1.
func bin(j int) int {
	b := 0
	for edge := 1; j > edge && b < NumBins-1; edge *= 2 {
		b++
	}
	return b
}

// binEnd is the last lot of bin b.
func binEnd(b int) int {
	if b == NumBins-1 {
		return MaxLots
	}
	return 1 << b
}

// A Curve is the survival function of liquidity at one arm in one context: At(u) is the probability
// that at least u more lots fill. It is a value, frozen at the decision, and part of the datum.
//
//	Taken = 0:  T(u) = First·Π_{j=2..u} (1 − h_bin(j))
//	Taken = v:  T(u) = Π_{j=v+1..v+u} (1 − h_bin(j)), what remains after v lots filled in full (DRK-04)
//
// It holds DRK-06: 1 ≥ T(1) ≥ T(2) ≥ … ≥ 0.
type Curve struct {
	First float64          // p̄, the probability of any fill; not used when Taken > 0
	Taken int              // lots already taken in this wave of liquidity
	LogQ  [NumBins]float64 // ln(1 − h_b) ≤ 0
}

// At is T(u). Cost O(bins). At(0) is 1.
func (c *Curve) At(u int) float64 {
	if u <= 0 {
		return 1
	}
	if c.Taken > 0 {
		return Exp(c.logSurvival(c.Taken, c.Taken+u))
	}
	return c.First * Exp(c.logSurvival(1, u))
}

// logSurvival is Σ_{j=from+1..to} ln(1 − h_bin(j)).
func (c *Curve) logSurvival(from, to int) float64 {
	sum := 0.0
	for b := bin(from + 1); b < NumBins && from < to; b++ {
		end := min(binEnd(b), to)
		if end > from {
			sum += float64(float64(end-from) * c.LogQ[b])
			from = end
		}
	}
	return sum
}

// Expected is Σ_{u=1..n} T(u), the lots that n sent will fill on average: one geometric sum a bin. Cost O(bins).
func (c *Curve) Expected(n int) float64 {
	var once Stairs
	return once.Expected(c, n)
}

// geometric is Σ_{k=1..m} q^k, with q^m given: q(1−q^m)/(1−q), or its expansion where 1−q is too small to divide by.
func geometric(q, qm, m float64) float64 {
	h := 1 - q
	if h < 1e-7 {
		return m - float64(h*float64(m*(m+1))/2)
	}
	return float64(q*(1-qm)) / h
}

// Valid reports whether the curve holds DRK-06 and is made of figures.
func (c *Curve) Valid() bool {
	if !(c.First >= 0 && c.First <= 1) || c.Taken < 0 || c.Taken > MaxLots {
		return false
	}
	for _, v := range c.LogQ {
		if !(v <= 0) || !finite(v) {
			return false
		}
	}
	return true
}

// walker steps along a curve lot by lot. Each step multiplies by a factor of at most 1, so the
// sequence never rises, to the bit; it agrees with At to rounding.
type walker struct {
	curve *Curve
	lots  int     // given so far
	t     float64 // T(lots)
	end   int     // last lot, counted from the start of liquidity, for which q holds
	q     float64 // 1 − h of the present bin
}

func (c *Curve) walk() walker { return walker{curve: c, t: 1} }

// next gives T(lots+1).
func (w *walker) next() float64 {
	w.lots++
	j := w.curve.Taken + w.lots
	if j == 1 {
		w.t = w.curve.First
		return w.t
	}
	if j > w.end {
		b := bin(j)
		w.q, w.end = min(1, Exp(w.curve.LogQ[b])), binEnd(b)
	}
	w.t *= w.q
	return w.t
}
