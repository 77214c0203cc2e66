package fit

// A Bin is one row of several that differ in nothing but an intercept of their own.
type Bin struct {
	At     int // of the intercept, below the number of them
	Y      float64
	Offset float64
}

// AddBins takes rows that share their features, such as the bins of one life: each has 1 at its own of the first intercepts, 0
// at the others, and φ behind them. It is what Add of each would be, but for rounding, at the cost of one: the curvature along φ
// is that of their summed weights. It panics if the intercepts and φ together have not the prior's length.
func (l *Logistic) AddBins(bins []Bin, phi []float64) {
	d, lead := len(l.theta), len(l.theta)-len(phi)
	if lead < 1 {
		panic("fit: a row and its coefficients differ in length")
	}
	shared := dot(phi, l.theta[lead:])
	s := &l.sums
	var grad, curve float64
	for i := range bins {
		b := &bins[i]
		a := b.Offset + l.theta[:lead][b.At] + shared
		p, soft := sigmoidSoftplus(a)
		s.objective += b.Y*a - soft
		g, w := b.Y-p, p*(1-p)
		grad, curve = grad+g, curve+w
		s.grad[b.At] += g
		s.mass[b.At]++
		s.hess[b.At*d+b.At] += w
		for j, x := range phi {
			s.hess[(lead+j)*d+b.At] += w * x
		}
	}
	for j, x := range phi {
		s.grad[lead+j] += grad * x
		s.mass[lead+j] += float64(len(bins)) * x * x
		at := (lead+j)*d + lead
		axpy(s.hess[at:at+j+1], curve*x, phi)
	}
	s.rows += int64(len(bins))
}
