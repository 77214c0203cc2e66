package bandit

// Stairs keeps what the whole bins of one curve give, because a decision asks one curve for many quantities: what it answers is
// what the curve does, to the bit. The zero value knows nothing yet; it must be zero again for another curve.
type Stairs struct {
	upto   int              // bins before it are known whole, from that of the curve's first lot on
	shares int              // bins before it have q
	q, qm  [NumBins]float64 // 1 − h_b, and its power of a whole bin's lots
	t, sum [NumBins]float64 // behind the bin: T, and Σ T from the first lot on
}

// powers gives q and q^m of a bin, of which m lots count.
func (s *Stairs) powers(c *Curve, b int, m float64, whole bool) (q, qm float64) {
	if b < s.upto && whole {
		return s.q[b], s.qm[b]
	}
	if b >= s.shares {
		s.q[b], s.shares = min(1, Exp(c.LogQ[b])), b+1
	}
	return s.q[b], min(1, Exp(float64(m*c.LogQ[b])))
}

// Expected is [Curve.Expected] of the one curve.
func (s *Stairs) Expected(c *Curve, n int) float64 {
	if n <= 0 {
		return 0
	}
	t, from, to, sum := 1.0, c.Taken, c.Taken+n, 0.0
	if from == 0 {
		t, from = c.First, 1
		sum = t
	}
	for b := bin(from + 1); b < NumBins && from < to; b++ {
		end := min(binEnd(b), to)
		if end <= from {
			continue
		}
		whole := end == binEnd(b)
		if whole && b < s.upto {
			t, sum, from = s.t[b], s.sum[b], end
			continue
		}
		m := float64(end - from)
		q, qm := s.powers(c, b, m, whole)
		sum += float64(t * geometric(q, qm, m))
		t, from = float64(t*qm), end
		if whole {
			s.qm[b], s.t[b], s.sum[b], s.upto = qm, t, sum, b+1
		}
	}
	return sum
}
