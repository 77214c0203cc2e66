package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/sjwhitworth/golearn/evaluation"
)

// A Predictor says what a row's outcome will be on average, bps, and how probable each class is.
type Predictor func(x []float64) (p [Classes]float64, mean float64)

// A Model fits a predictor to some rows of the data. It may see nothing of the others.
type Model struct {
	Name string
	Fit  func(ctx context.Context, d *Data, rows []int, label func(i int) int) (Predictor, error)
}

// A Score is what a model did on rows that it had not seen.
type Score struct {
	Name    string
	Rows    int
	MacroF1 float64 // of the classes, by golearn; chance is about 1/5
	LogLoss float64 // nats a row; ln 5 = 1.609 is chance
	Act     float64 // mean outcome, bps, of the half of the rows that the model holds for the cheaper; lower is better
	RMSE    float64 // of the mean, bps
	Pred    []float64
}

// Models are golearn's tree, a forest of them, and nearest neighbours as the floor.
func Models(c Config) []Model {
	return []Model{{"tree", single(c)}, {"forest", forest(c)}, {"neighbours", neighbours(c)}}
}

// Challenge cross-validates golearn's tree, a forest of them, nearest neighbours as the floor, and the given models on the
// same folds. Classes are quintiles of the outcomes of the rows fitted to.
func Challenge(ctx context.Context, d *Data, c Config, others ...Model) ([]Score, error) {
	folds, err := d.validate()
	if err != nil {
		return nil, err
	}
	all := append(Models(c), others...)
	scores := make([]Score, len(all))
	for k, m := range all {
		t := newTally(m.Name, d.Len())
		for f := range folds {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
			fit, test := d.split(f)
			if len(fit) < 10*Classes || len(test) == 0 {
				continue
			}
			outcomes := make([]float64, len(fit))
			for j, i := range fit {
				outcomes[j] = d.Y[i]
			}
			edges := quantiles(outcomes, Classes)
			label := func(i int) int { return bucket(edges, d.Y[i]) }
			predict, err := m.Fit(ctx, d, fit, label)
			if err != nil {
				return nil, err
			}
			for _, i := range test {
				p, mean := predict(d.row(i))
				t.take(i, label(i), &p, d.Y[i], mean)
			}
		}
		scores[k] = t.score(d)
	}
	return scores, nil
}

// A tally gathers a model's predictions.
type tally struct {
	Score
	confusion evaluation.ConfusionMatrix
	squares   float64
	seen      []int
}

func newTally(name string, n int) *tally {
	t := &tally{Score: Score{Name: name, Pred: make([]float64, n)}, confusion: evaluation.ConfusionMatrix{}}
	for i := range t.Pred {
		t.Pred[i] = math.NaN()
	}
	for k := range Classes {
		t.confusion[strconv.Itoa(k)] = map[string]int{}
	}
	return t
}

func (t *tally) take(i, class int, p *[Classes]float64, y, mean float64) {
	guess := 0
	for k := range p {
		if p[k] > p[guess] {
			guess = k
		}
	}
	t.confusion[strconv.Itoa(class)][strconv.Itoa(guess)]++
	t.LogLoss -= math.Log(max(1e-9, p[class]))
	t.squares += (y - mean) * (y - mean)
	t.Pred[i], t.seen = mean, append(t.seen, i)
	t.Rows++
}

func (t *tally) score(d *Data) Score {
	if t.Rows == 0 {
		return t.Score
	}
	for k := range Classes {
		if f := evaluation.GetF1Score(strconv.Itoa(k), t.confusion); !math.IsNaN(f) {
			t.MacroF1 += f / Classes
		}
	}
	t.LogLoss /= float64(t.Rows)
	t.RMSE = math.Sqrt(t.squares / float64(t.Rows))
	slices.SortStableFunc(t.seen, func(a, b int) int {
		switch {
		case t.Pred[a] < t.Pred[b]:
			return -1
		case t.Pred[a] > t.Pred[b]:
			return 1
		}
		return a - b
	})
	half := t.seen[:(len(t.seen)+1)/2]
	for _, i := range half {
		t.Act += d.Y[i] / float64(len(half))
	}
	return t.Score
}

func single(c Config) func(context.Context, *Data, []int, func(int) int) (Predictor, error) {
	return func(_ context.Context, d *Data, rows []int, label func(int) int) (Predictor, error) {
		columns := make([]int, d.In)
		for k := range columns {
			columns[k] = k
		}
		t, err := fitCART(d, rows, label, columns, &c)
		if err != nil {
			return nil, err
		}
		return t.predict, nil
	}
}

// forest bags CART trees, each on a bootstrap of the rows and half of the features (Breiman 2001, with the features drawn once
// a tree: golearn's CART does not let a node draw its own).
func forest(c Config) func(context.Context, *Data, []int, func(int) int) (Predictor, error) {
	return func(ctx context.Context, d *Data, rows []int, label func(int) int) (Predictor, error) {
		rnd := rand.New(rand.NewPCG(c.Seed, 0x747265))
		grown := make([]*cart, c.Trees)
		for k := range grown {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
			sample := make([]int, len(rows))
			for j := range sample {
				sample[j] = rows[rnd.IntN(len(rows))]
			}
			columns := rnd.Perm(d.In)[:(d.In+1)/2]
			slices.Sort(columns)
			t, err := fitCART(d, sample, label, columns, &c)
			if err != nil {
				return nil, err
			}
			grown[k] = t
		}
		return func(x []float64) (p [Classes]float64, mean float64) {
			for _, t := range grown {
				q, m := t.predict(x)
				for k := range p {
					p[k] += q[k] / float64(len(grown))
				}
				mean += m / float64(len(grown))
			}
			return p, mean
		}, nil
	}
}

// neighbours is the floor: the nearest rows by Euclidean distance, found by looking at all. O(rows·In) a prediction.
func neighbours(c Config) func(context.Context, *Data, []int, func(int) int) (Predictor, error) {
	return func(_ context.Context, d *Data, rows []int, label func(int) int) (Predictor, error) {
		type near struct {
			far float64
			i   int
		}
		room := make([]near, 0, c.Neighbours+1)
		return func(x []float64) (p [Classes]float64, mean float64) {
			room = room[:0]
			for _, i := range rows {
				far := 0.0
				for k, v := range d.row(i) {
					far += (v - x[k]) * (v - x[k])
				}
				if len(room) == c.Neighbours && far >= room[len(room)-1].far {
					continue
				}
				at, _ := slices.BinarySearchFunc(room, far, func(n near, far float64) int {
					if n.far <= far {
						return -1
					}
					return 1
				})
				room = slices.Insert(room, at, near{far, i})
				room = room[:min(len(room), c.Neighbours)]
			}
			for k := range p {
				p[k] = 1 / float64(Classes*(len(room)+1))
			}
			for _, n := range room {
				p[label(n.i)] += 1 / float64(len(room)+1)
				mean += d.Y[n.i] / float64(len(room))
			}
			return p, mean
		}, nil
	}
}

// Ranked makes a predictor of classes from one of means: a row's class has the shares that the fitted rows of its fifth of
// predictions had.
func Ranked(d *Data, rows []int, label func(i int) int, mean func(x []float64) float64) Predictor {
	fitted := make([]float64, len(rows))
	for j, i := range rows {
		fitted[j] = mean(d.row(i))
	}
	edges := quantiles(fitted, Classes)
	var shares [Classes][Classes]float64
	for j, i := range rows {
		shares[bucket(edges, fitted[j])][label(i)]++
	}
	for k := range shares {
		total := 0.0
		for j := range shares[k] {
			shares[k][j]++
			total += shares[k][j]
		}
		for j := range shares[k] {
			shares[k][j] /= total
		}
	}
	return func(x []float64) ([Classes]float64, float64) {
		m := mean(x)
		return shares[bucket(edges, m)], m
	}
}
