package train

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/train/fit"
	"github.com/sluice-sor/sluice/train/net"
	"github.com/sluice-sor/sluice/train/tree"
)

// table is rows of dim features and an outcome.
type table struct {
	x, y []float64
}

// tableOf draws features and, along fixed coefficients, clicks or figures with fat tails.
func tableOf(rows int, clicks bool) *table {
	rnd := rand.New(rand.NewPCG(1, 2))
	t := &table{}
	theta := make([]float64, dim)
	for j := range theta {
		theta[j] = .3 * rnd.NormFloat64()
	}
	for range rows {
		a := 0.0
		for j := range dim {
			v := 1.0
			if j > 0 {
				v = min(4, max(-4, rnd.NormFloat64()))
			}
			t.x = append(t.x, v)
			a += v * theta[j]
		}
		switch {
		case clicks && rnd.Float64() < logistic(a):
			t.y = append(t.y, 1)
		case clicks:
			t.y = append(t.y, 0)
		default:
			t.y = append(t.y, a+rnd.NormFloat64()/math.Sqrt(rnd.ExpFloat64()+.1))
		}
	}
	return t
}

func (t *table) row(i int) []float64 { return t.x[i*dim : (i+1)*dim] }

// sklearn fits the same rows with Debian's scikit-learn, in its own process, and reports its rows a second of the fit alone;
// nil where it is not installed (apt install python3-sklearn).
func (t *table) sklearn(b *testing.B, family string) (coef []float64) {
	b.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import sklearn").Run() != nil {
		b.Logf("not compared with scikit-learn: %s has none (apt install python3-sklearn)", python)
		return nil
	}
	var data []byte
	for i, y := range t.y {
		for _, v := range append(append([]float64(nil), t.row(i)...), y) {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
	}
	path := filepath.Join(b.TempDir(), "rows")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	out, err := exec.Command(python, "testdata/sklearn_fit.py", family, path, strconv.Itoa(dim+1)).Output()
	if err != nil {
		b.Fatal(err)
	}
	var said struct {
		Seconds float64
		Coef    []float64
	}
	if err := json.Unmarshal(out, &said); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(t.y))/said.Seconds, "sklearn-rows/s")
	return said.Coef
}

func report(b *testing.B, rows int) {
	b.Helper()
	b.StopTimer()
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// same holds that two fits of one table agree within so much.
func same(b *testing.B, ours, theirs []float64, within float64) {
	b.Helper()
	for j := range theirs {
		if math.Abs(ours[j]-theirs[j]) > within {
			b.Errorf("coefficient %d is %.5f, scikit-learn's %.5f", j, ours[j], theirs[j])
		}
	}
}

// isotropic is a penalty of one precision, as scikit-learn has it.
func isotropic(precision float64) bandit.Prior {
	p := bandit.Prior{Mean: make([]float64, dim), Precision: make([]float64, dim*dim)}
	for j := range dim {
		p.Precision[j*dim+j] = precision
	}
	return p
}

// BenchmarkFamily is each family's estimator on one table, all passes, in rows a second, beside scikit-learn on the same.
func BenchmarkFamily(b *testing.B) {
	b.Run("logistic", func(b *testing.B) {
		t := tableOf(100_000, true)
		var r fit.Result
		for b.Loop() {
			l := fit.NewLogistic(isotropic(1))
			for done := false; !done; done = l.End() {
				for i, y := range t.y {
					l.Add(t.row(i), y, 0, 1)
				}
			}
			r, _ = l.Result()
		}
		report(b, len(t.y))
		same(b, r.Theta, t.sklearn(b, "logistic"), 2e-3)
	})
	b.Run("huber", func(b *testing.B) {
		t := tableOf(100_000, false)
		var r fit.Result
		for b.Loop() {
			h := fit.NewHuber(isotropic(1e-4))
			for done := false; !done; done = h.End() {
				for i, y := range t.y {
					h.Add(t.row(i), y, 1)
				}
			}
			r, _ = h.Result()
		}
		report(b, len(t.y))
		same(b, r.Theta, t.sklearn(b, "huber"), 2e-2) // another estimate of the scale
	})
	b.Run("map", func(b *testing.B) { // an epoch
		t := tableOf(50_000, false)
		s := &net.Sample{In: dim, X: t.x, Arm: make([]int, len(t.y)), Fill: make([]float64, len(t.y)), Tox: t.y}
		c := net.DefaultConfig(1)
		c.Epochs = 1
		for b.Loop() {
			if _, err := net.TrainMap(context.Background(), s, c, nil); err != nil {
				b.Fatal(err)
			}
		}
		report(b, int(float64(len(t.y))*(1-c.Tail)))
		t.sklearn(b, "map")
	})
	b.Run("tree", func(b *testing.B) {
		t := tableOf(2000, true)
		d := &tree.Data{In: dim, X: t.x, Y: t.y, Fold: make([]int, len(t.y))}
		rows := make([]int, len(t.y))
		for i := range rows {
			rows[i] = i
		}
		for b.Loop() {
			if _, err := tree.Models(tree.DefaultConfig(1))[0].Fit(context.Background(), d, rows, func(i int) int { return int(t.y[i]) }); err != nil {
				b.Fatal(err)
			}
		}
		report(b, len(t.y))
		t.sklearn(b, "tree")
	})
	b.Run("impact", func(b *testing.B) {
		var orders []fit.Order
		newTruth(1).parents(10_000, func(p *ParentRow) {
			orders = append(orders, fit.Order{Excess: p.Excess, Vol: p.Vol, Share: p.Share, Days: p.Days, Bounce: p.Bounce})
		})
		for b.Loop() {
			if _, err := fit.FitImpact(orders); err != nil {
				b.Fatal(err)
			}
		}
		report(b, len(orders))
	})
}
