package bandit

// ExpectedSD is the standard deviation of c.Expected(n) that comes from not knowing the hazards, by the delta method over
// the bins' independent posteriors: √Σ_b (∂S/∂h_b · sd_b)², S = Σ_{u=1..n} T(u) and ∂T(u)/∂h_b = −T(u)·k_b(u)/(1 − h_b), where
// k_b(u) counts the lots of bin b on the way to u. What is not known of First comes on top of it: S·SE(First)/First.
// c is one of this head's curves, s its stairs. Cost O(bins), no allocation.
func (h *SizeHead) ExpectedSD(c *Curve, s *Stairs, n int) float64 {
	t, from, to := 1.0, c.Taken, c.Taken+n
	if from == 0 {
		t, from = c.First, 1
	}
	var within, run, sum [NumBins]float64 // Σ k·T in the bin, its lots, Σ T in it
	first := bin(from + 1)
	for b := first; b < NumBins && from < to; b++ {
		end := min(binEnd(b), to)
		if end <= from {
			continue
		}
		m := float64(end - from)
		q, qm := s.powers(c, b, m, end == binEnd(b))
		run[b], sum[b], within[b] = m, float64(t*geometric(q, qm, m)), float64(t*ramped(q, qm, m))
		t, from = float64(t*qm), end
	}
	variance, later := 0.0, 0.0
	for b := NumBins - 1; b >= first; b-- {
		if run[b] == 0 {
			continue
		}
		mean, sd := h.Hazard(b)
		slope := (within[b] + float64(run[b]*later)) / max(1e-12, 1-mean)
		variance += float64(float64(slope*sd) * float64(slope*sd))
		later += sum[b]
	}
	return sqrt(variance)
}

// ramped is Σ_{k=1..m} k·q^k, with q^m given: q(1 − (m+1)q^m + m·q^{m+1})/(1−q)², or its expansion where the numerator
// would cancel.
func ramped(q, qm, m float64) float64 {
	h := 1 - q
	if float64(h*m) < 1e-3 {
		return float64(float64(m*(m+1))/2) - float64(h*float64(float64(m*(m+1))*(float64(2*m)+1)))/6
	}
	return float64(q*(1-float64((m+1)*qm)+float64(m*float64(qm*q)))) / float64(h*h)
}
