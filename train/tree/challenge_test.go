package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// steps is a world in which toxicity jumps where one feature passes 0 and another lies beyond 1: made for trees.
func steps(n int, noise float64, seed uint64) *Data {
	rnd := rand.New(rand.NewPCG(seed, 1))
	d := &Data{In: 6}
	for i := range n {
		x := make([]float64, d.In)
		x[0] = 1
		for j := 1; j < d.In; j++ {
			x[j] = rnd.NormFloat64()
		}
		y := noise * rnd.NormFloat64()
		if x[1] > 0 && math.Abs(x[2]) > 1 {
			y += 3
		}
		d.X, d.Y, d.Fold = append(d.X, x...), append(d.Y, y), append(d.Fold, i*4/n)
	}
	return d
}

// mean is a model without features.
var mean = Model{"mean", func(_ context.Context, d *Data, rows []int, label func(int) int) (Predictor, error) {
	sum := 0.0
	for _, i := range rows {
		sum += d.Y[i] / float64(len(rows))
	}
	return Ranked(d, rows, label, func([]float64) float64 { return sum }), nil
}}

// FIT-07: on steps trees see what nothing else does; the same data and seed give the same scores.
func TestChallenge(t *testing.T) {
	d := steps(2000, .5, 1)
	c := DefaultConfig(1)
	c.Trees = 4
	scores, err := Challenge(context.Background(), d, c, mean)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Score{}
	for _, s := range scores {
		by[s.Name] = s
		t.Logf("%-10s %d rows, macro-F1 %.3f, log loss %.3f, RMSE %.3f, cheaper half %.3f bps", s.Name, s.Rows, s.MacroF1, s.LogLoss, s.RMSE, s.Act)
		if s.Rows != d.Len() {
			t.Errorf("%s predicted %d of %d rows", s.Name, s.Rows, d.Len())
		}
	}
	if r := by["tree"].RMSE; r > .8*by["mean"].RMSE {
		t.Errorf("a tree's error is %v, of the mean %v: it does not see the steps", r, by["mean"].RMSE)
	}
	if math.Abs(by["mean"].LogLoss-math.Log(5)) > .03 || !(by["tree"].LogLoss < by["mean"].LogLoss) || !(by["tree"].Act < by["mean"].Act) {
		t.Errorf("log losses %v of a tree, %v of the mean (ln 5 is chance)", by["tree"].LogLoss, by["mean"].LogLoss)
	}
	again, err := Challenge(context.Background(), d, c, mean)
	if err != nil {
		t.Fatal(err)
	}
	for k := range scores {
		for i := range d.Y {
			if scores[k].Pred[i] != again[k].Pred[i] {
				t.Fatalf("%s predicts %v and %v of the same row", scores[k].Name, scores[k].Pred[i], again[k].Pred[i])
			}
		}
	}
}

// golearn's root that cannot split would say 0 of half of the rows; ours says the mean.
func TestConstantFeatures(t *testing.T) {
	d := steps(400, 1, 2)
	clear(d.X)
	for i := range d.Y {
		d.Y[i] += 7
	}
	scores, err := Challenge(context.Background(), d, DefaultConfig(1))
	if err != nil {
		t.Fatal(err)
	}
	if p := scores[0].Pred[0]; math.Abs(p-7.3) > 1 {
		t.Errorf("a tree of nothing predicts %v, want the mean of about 7.3", p)
	}
}

// Rows of a fold are not fitted to, and purged ones are in no part.
func TestSplit(t *testing.T) {
	d := &Data{In: 1, X: []float64{1, 2, 3, 4}, Y: []float64{1, 2, 3, 4}, Fold: []int{0, -1, 1, 1}}
	fit, test := d.split(0)
	if len(fit) != 2 || fit[0] != 2 || len(test) != 1 || test[0] != 0 {
		t.Errorf("fit on %v, test on %v: want 2, 3 and 0", fit, test)
	}
	d.Fold = []int{0, 0, 0, 0}
	if _, err := Challenge(context.Background(), d, DefaultConfig(1)); err == nil {
		t.Error("one fold is taken")
	}
}
