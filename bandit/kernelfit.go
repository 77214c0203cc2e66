package bandit

// A KernelFit gathers what mids did after trades, and fits a kernel to it (FIT-05): non-negative least squares with a ridge
// on the change of the footprint,
//
//	minimize Σ w·(Δm/σ_D − Σ_j C_j·Δb_j)² + ridge·Σ_j C_j²  over C ≥ 0
//
// Changes, not levels: what else moves a mid is a random walk, whose changes are independent. It keeps sums only; the zero
// value is ready. For offline use: a fit takes the trades of many days.
type KernelFit struct {
	gram [KernelTerms * KernelTerms]float64
	rhs  [KernelTerms]float64
	sum  float64 // Σ w·y²
	rows int
}

// Add takes one interval: the mid's move in units of σ_D, and the footprint at its ends. The weight is one over the variance
// of what else moves a mid meanwhile, which grows with the interval's length. Rows that are no figures are left out.
func (f *KernelFit) Add(move float64, from, to [KernelTerms]float64, weight float64) {
	var x [KernelTerms]float64
	ok := finite(move) && weight > 0 && finite(weight)
	for j := range x {
		x[j] = to[j] - from[j]
		ok = ok && finite(x[j])
	}
	if !ok {
		return
	}
	for i := range x {
		for j := range x {
			f.gram[i*KernelTerms+j] += float64(weight * float64(x[i]*x[j]))
		}
		f.rhs[i] += float64(weight * float64(x[i]*move))
	}
	f.sum += float64(weight * float64(move*move))
	f.rows++
}

// Rows is the number of intervals taken.
func (f *KernelFit) Rows() int { return f.rows }

// Kernel gives the fit and the share of the moves' weighted squares that it explains. Without data, or without a ridge where
// the data do not tell the terms apart, what cannot be told is 0.
func (f *KernelFit) Kernel(ridge float64) (k Kernel, explained float64) {
	gram := f.gram
	for j := range KernelTerms {
		gram[j*KernelTerms+j] += max(0, ridge)
	}
	k.C = nonNegative(&gram, &f.rhs)
	if f.sum > 0 {
		for i, c := range k.C {
			fitted := 0.0
			for j, d := range k.C {
				fitted += float64(f.gram[i*KernelTerms+j] * d)
			}
			explained += float64(c * (float64(2*f.rhs[i]) - fitted))
		}
		explained /= f.sum
	}
	return k, explained
}

// nonNegative minimizes xᵀGx − 2hᵀx over x ≥ 0 by active sets (Lawson and Hanson 1974, chapter 23, on the normal equations,
// which four well-separated time constants allow). It ends because the objective falls with every new active set.
func nonNegative(gram *[KernelTerms * KernelTerms]float64, rhs *[KernelTerms]float64) (x [KernelTerms]float64) {
	const most = 8 * KernelTerms // more sets than it meets; rounding could make it turn in a circle
	var active [KernelTerms]bool
	for range most {
		enter, steepest := -1, 0.0
		for j := range x {
			slope := rhs[j] - dot(gram[j*KernelTerms:(j+1)*KernelTerms], x[:])
			if !active[j] && slope > steepest && slope > 1e-12*abs(rhs[j]) {
				enter, steepest = j, slope
			}
		}
		if enter < 0 {
			return x
		}
		active[enter] = true
		for {
			z, ok := restricted(gram, rhs, &active)
			if !ok { // this term adds nothing to the others
				active[enter] = false
				return x
			}
			step, leave := 1.0, -1
			for j := range z {
				if active[j] && z[j] <= 0 {
					if a := x[j] / (x[j] - z[j]); a <= step {
						step, leave = a, j
					}
				}
			}
			if leave < 0 {
				x = z
				break
			}
			for j := range x {
				if active[j] {
					x[j] += float64(step * (z[j] - x[j]))
				}
			}
			x[leave], active[leave] = 0, false
		}
	}
	return x
}

// restricted solves the normal equations of the active terms; the others are 0.
func restricted(gram *[KernelTerms * KernelTerms]float64, rhs *[KernelTerms]float64, active *[KernelTerms]bool) (z [KernelTerms]float64, ok bool) {
	var a, l [KernelTerms * KernelTerms]float64
	var b [KernelTerms]float64
	var at [KernelTerms]int
	n := 0
	for j := range active {
		if active[j] {
			at[n] = j
			n++
		}
	}
	for i := range n {
		b[i] = rhs[at[i]]
		for j := range n {
			a[i*n+j] = gram[at[i]*KernelTerms+at[j]]
		}
	}
	if !cholesky(l[:n*n], a[:n*n], n) {
		return z, false
	}
	solve(l[:n*n], b[:n], n)
	for i := range n {
		z[at[i]] = b[i]
	}
	return z, true
}
