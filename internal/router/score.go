package router

// ScoreInput is one venue's row of the static scorer's matrix.
type ScoreInput struct {
	LatencyUs   float64 // round trip, microseconds; lower is better
	FillRatePct float64 // higher is better
	FeeBps      float64 // taker fee, a rebate is negative; lower is better
	Impact      float64 // 1 to 10; lower is better
}

// Score gives each row's static score from 0 to 10: ten times the weighted mean of four desirabilities, each linear
// between the worst (0) and the best (1) of the rows at hand; equal rows have 1. Zero and negative fees are as good as
// any other figure, which reciprocals are not. Weights that sum to nothing give 0.
func Score(dst []float64, rows []ScoreInput, w Weights) []float64 {
	dst = append(dst[:0], make([]float64, len(rows))...)
	total := w.Speed + w.Fill + w.Fee + w.Impact
	if total <= 0 {
		return dst
	}
	factor := func(weight float64, of func(*ScoreInput) float64) {
		if weight == 0 || len(rows) == 0 {
			return
		}
		best, worst := of(&rows[0]), of(&rows[0])
		for i := range rows {
			best, worst = min(best, of(&rows[i])), max(worst, of(&rows[i]))
		}
		for i := range rows {
			d := 1.0
			if worst > best {
				d = (worst - of(&rows[i])) / (worst - best)
			}
			dst[i] += float64(10 * weight / total * d)
		}
	}
	factor(w.Speed, func(r *ScoreInput) float64 { return r.LatencyUs })
	factor(w.Fill, func(r *ScoreInput) float64 { return -r.FillRatePct })
	factor(w.Fee, func(r *ScoreInput) float64 { return r.FeeBps })
	factor(w.Impact, func(r *ScoreInput) float64 { return r.Impact })
	return dst
}
