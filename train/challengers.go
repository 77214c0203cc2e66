package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/train/fit"
	"github.com/sluice-sor/sluice/train/tree"
)

// Challengers is how golearn's trees do against H3 on toxicity (FIT-07).
type Challengers struct {
	Rows   int
	Folds  string // what a fold is
	Scores []ChallengerScore
	Why    string // there are none
	Beaten string // the challenger whose density is better than H3's by FIT-02's test; empty: none
}

// ChallengerScore is one challenger's cross-validated record.
type ChallengerScore struct {
	Name                        string
	MacroF1, LogLoss, Act, RMSE float64
	Density, Radius             float64 // log density over H3's, nats a row; 0 of H3 itself
}

// mostChallenged is how many markouts the challengers see by default: golearn's CART takes every threshold of every feature
// anew.
const mostChallenged = 4000

const purge = 60e9 // nanoseconds around a border between what is fitted and what is tested: the longest markout (FIT-02)

// challenge cross-validates toxicity at the arms' horizons: features and the arm as columns.
func challenge(ctx context.Context, x *Extract, most int, seed uint64) (*Challengers, error) {
	switch {
	case most < 0:
		return &Challengers{Why: "left out"}, nil
	case most == 0:
		most = mostChallenged
	}
	d := &tree.Data{In: dim + len(x.Arms)}
	var arms []int
	var at []int64
	step := max(1, x.Fills/int64(most))
	seen := int64(0)
	err := x.each(ctx, 0, x.Rows, func(_ int64, e *entry) {
		z := e.Tox[x.Arms[e.Arm].decide()]
		if math.IsNaN(z) {
			return
		}
		if seen++; seen%step != 0 {
			return
		}
		row := make([]float64, d.In)
		copy(row, e.Phi[:])
		row[dim+int(e.Arm)] = 1
		d.X, d.Y = append(d.X, row...), append(d.Y, z)
		arms, at = append(arms, int(e.Arm)), append(at, e.At)
	})
	if err != nil {
		return nil, err
	}
	c := &Challengers{Rows: d.Len()}
	if d.Len() < 500 {
		c.Why = "too few markouts"
		return c, nil
	}
	d.Fold, c.Folds = folds(x, at)
	scores, err := tree.Challenge(ctx, d, tree.DefaultConfig(seed), tree.Model{Name: "H3", Fit: h3(x, arms)})
	if err != nil {
		return nil, err
	}
	c.judge(d, scores)
	return c, nil
}

// folds are days, dealt out to five; fewer than five days are cut into five spans of time, with a purge around the cuts.
func folds(x *Extract, at []int64) (fold []int, what string) {
	const k, nanosADay = 5, 24 * 3600 * 1e9
	fold = make([]int, len(at))
	if len(x.Days) >= k {
		first := at[0] / nanosADay
		for i, t := range at {
			fold[i] = int((t/nanosADay - first) % k)
		}
		return fold, "days, dealt out to five folds"
	}
	for i := range at {
		fold[i] = i * k / len(at)
		for b := 1; b < k; b++ {
			if border := at[b*len(at)/k]; at[i] > border-min(purge, (at[len(at)-1]-at[0])/50) && at[i] < border {
				fold[i] = -1
			}
		}
	}
	return fold, "five spans of time, the window holding fewer than five days"
}

// h3 is the served form: a Huber fit an arm around the fit of all.
func h3(x *Extract, arms []int) func(context.Context, *tree.Data, []int, func(int) int) (tree.Predictor, error) {
	return func(_ context.Context, d *tree.Data, rows []int, label func(int) int) (tree.Predictor, error) {
		run := func(prior bandit.Prior, in func(i int) bool) (fit.Result, error) {
			h := fit.NewHuber(prior)
			for {
				for _, i := range rows {
					if in(i) {
						h.Add(d.X[i*d.In:i*d.In+dim], d.Y[i], 1)
					}
				}
				if h.End() {
					return h.Result()
				}
			}
		}
		all, err := run(bandit.Isotropic(dim, 0), func(int) bool { return true })
		if err != nil {
			return nil, err
		}
		own := make([]fit.Result, len(x.Arms))
		for a := range own {
			prior := bandit.Isotropic(dim, 0)
			prior.Mean = all.Theta
			if own[a], err = run(prior, func(i int) bool { return arms[i] == a }); err != nil {
				return nil, err
			}
		}
		return tree.Ranked(d, rows, label, func(row []float64) (mean float64) {
			theta := all.Theta
			for a := range own {
				if row[dim+a] == 1 {
					theta = own[a].Theta
				}
			}
			for j, v := range theta {
				mean += v * row[j]
			}
			return mean
		}), nil
	}
}

// judge compares log densities under Student noise, each with the scale of its own residuals.
func (c *Challengers) judge(d *tree.Data, scores []tree.Score) {
	h3 := scores[len(scores)-1]
	scale := func(pred []float64) float64 {
		s := new(fit.Sketch)
		for i, p := range pred {
			if !math.IsNaN(p) {
				s.Add(d.Y[i]-p, 1)
			}
		}
		sd := s.Quantile(.9) / 1.6448536269514722
		return max(1e-4, sd*sd)
	}
	base := scale(h3.Pred)
	for _, s := range scores {
		out := ChallengerScore{Name: s.Name, MacroF1: s.MacroF1, LogLoss: s.LogLoss, Act: s.Act, RMSE: s.RMSE}
		if s.Name != h3.Name {
			var p Paired
			own := scale(s.Pred)
			for i, y := range d.Y {
				if !math.IsNaN(s.Pred[i]) && !math.IsNaN(h3.Pred[i]) {
					p.add(logT4(y, s.Pred[i], own), logT4(y, h3.Pred[i], base))
				}
			}
			p.close()
			out.Density, out.Radius = p.Difference, min(1e9, p.Radius)
			if c.Beaten == "" && p.Difference-p.Radius > 0 && s.Name != "neighbours" {
				c.Beaten = s.Name
			}
		}
		c.Scores = append(c.Scores, out)
	}
}
