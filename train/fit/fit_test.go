package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/optimize"

	"github.com/sluice-sor/sluice/bandit"
)

// ridge is a penalty of one precision in all directions.
func ridge(d int, precision float64) bandit.Prior {
	p := bandit.Prior{Mean: make([]float64, d), Precision: make([]float64, d*d)}
	for i := range d {
		p.Precision[i*d+i] = precision
	}
	return p
}

type datum struct {
	phi    []float64
	y      float64
	offset float64
}

func logistic(t *testing.T, prior bandit.Prior, rows []datum) Result {
	t.Helper()
	l := NewLogistic(prior)
	for {
		for _, r := range rows {
			l.Add(r.phi, r.y, r.offset, 1)
		}
		if l.End() {
			break
		}
	}
	r, err := l.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func clicks(n int, theta []float64, seed uint64) []datum {
	rnd := rand.New(rand.NewPCG(seed, 1))
	rows := make([]datum, n)
	for i := range rows {
		phi := make([]float64, len(theta))
		phi[0] = 1
		for j := 1; j < len(phi); j++ {
			phi[j] = rnd.NormFloat64()
		}
		offset := .3 * rnd.NormFloat64()
		rows[i] = datum{phi: phi, offset: offset}
		if rnd.Float64() < sigmoid(offset+dot(phi, theta)) {
			rows[i].y = 1
		}
	}
	return rows
}

// FIT-01: Newton's method ends where a general optimizer of gonum ends, and near the truth.
func TestLogistic(t *testing.T) {
	truth := []float64{-2, .7, -.4, 0, 1.2}
	rows := clicks(4000, truth, 3)
	prior := ridge(5, .5)
	got := logistic(t, prior, rows)
	if !got.Converged || got.Passes > 12 {
		t.Errorf("converged %v after %d passes, want within a dozen", got.Converged, got.Passes)
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			f := 0.0
			for i := range x {
				f += .25 * x[i] * x[i]
			}
			for _, r := range rows {
				a := r.offset + dot(r.phi, x)
				f -= r.y*a - softplus(a)
			}
			return f
		},
		Grad: func(g, x []float64) {
			for i := range g {
				g[i] = .5 * x[i]
			}
			for _, r := range rows {
				e := r.y - sigmoid(r.offset+dot(r.phi, x))
				for i := range g {
					g[i] -= e * r.phi[i]
				}
			}
		},
	}
	best, _ := optimize.Minimize(problem, make([]float64, 5), nil, &optimize.BFGS{}) // its line search ends in rounding, at the minimum
	for i := range truth {
		if d := math.Abs(got.Theta[i] - best.X[i]); d > 1e-5 {
			t.Errorf("θ[%d] is %.8f, gonum's BFGS gives %.8f", i, got.Theta[i], best.X[i])
		}
		if se := 1 / math.Sqrt(got.Hessian[i*6]); math.Abs(got.Theta[i]-truth[i]) > 4*se {
			t.Errorf("θ[%d] is %v, the truth %v is more than 4 standard errors of %v away", i, got.Theta[i], truth[i], se)
		}
	}
	if d := got.Objective + best.F; math.Abs(d) > 1e-6 {
		t.Errorf("the objective is %v, gonum's %v", got.Objective, -best.F)
	}
}

// FIT-01: separated data have no maximum; the penalty gives them one, and halving finds it from a start far off.
func TestLogisticSeparation(t *testing.T) {
	var rows []datum
	for i := range 200 {
		x := float64(i-100) + .5
		rows = append(rows, datum{phi: []float64{1, x / 100}, y: float64(i / 100)})
	}
	prior := ridge(2, 1e-2)
	got := logistic(t, prior, rows)
	if !got.Converged || !(got.Theta[1] > 5 && got.Theta[1] < 200) {
		t.Errorf("θ = %v, converged %v: want a finite slope", got.Theta, got.Converged)
	}
	prior.Mean[0] = 40 // here all curvature is gone, and Newton's step is far too long
	far := logistic(t, prior, rows)
	if !far.Converged {
		t.Errorf("no convergence from a poor start: %+v", far)
	}
}

// The bits are a function of the rows and their order.
func TestLogisticRepeats(t *testing.T) {
	rows := clicks(500, []float64{-1, .5, .5}, 4)
	a, b := logistic(t, ridge(3, 1), rows), logistic(t, ridge(3, 1), rows)
	for i := range a.Theta {
		if a.Theta[i] != b.Theta[i] {
			t.Errorf("θ[%d] is %v and %v of the same rows", i, a.Theta[i], b.Theta[i])
		}
	}
}

func TestLogisticRefuses(t *testing.T) {
	l := NewLogistic(ridge(1, 1))
	l.Add([]float64{1}, math.NaN(), 0, 1)
	if !l.End() {
		t.Fatal("a fit to no number goes on")
	}
	if _, err := l.Result(); err == nil {
		t.Error("a fit to no number has a result")
	}
}

// FIT-01: Huber's estimate stands outliers that move least squares, and its scale is that of the bulk.
func TestHuber(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	truth := []float64{.4, 1, -.5}
	fit := func(spoil bool) (Result, *Huber) {
		rnd = rand.New(rand.NewPCG(5, 5))
		h := NewHuber(ridge(3, 1e-3))
		type row struct {
			phi []float64
			z   float64
		}
		var rows []row
		for i := range 20_000 {
			phi := []float64{1, rnd.NormFloat64(), rnd.NormFloat64()}
			z := dot(phi, truth) + 2*rnd.NormFloat64()
			if spoil && i%20 == 0 {
				z = 300 * (1 + phi[1])
			}
			rows = append(rows, row{phi, z})
		}
		for {
			for _, r := range rows {
				h.Add(r.phi, r.z, 1)
			}
			if h.End() {
				break
			}
		}
		r, err := h.Result()
		if err != nil {
			t.Fatal(err)
		}
		return r, h
	}
	clean, h := fit(false)
	for i := range truth {
		if math.Abs(clean.Theta[i]-truth[i]) > .06 {
			t.Errorf("clean: θ[%d] is %v, want about %v", i, clean.Theta[i], truth[i])
		}
	}
	if !clean.Converged || math.Abs(clean.Objective-2) > .05 || math.Abs(h.Noise()-4) > .15 || math.Abs(h.Within(.9)-3.29) > .08 {
		t.Errorf("converged %v, scale %v, noise %v, 90 %% within %v: want 2, 4 and 3.29", clean.Converged, clean.Objective, h.Noise(), h.Within(.9))
	}
	spoilt, _ := fit(true)
	for i := range truth {
		if math.Abs(spoilt.Theta[i]-truth[i]) > .35 { // least squares is off by 15 in the first two
			t.Errorf("5 %% outliers: θ[%d] is %v, want about %v", i, spoilt.Theta[i], truth[i])
		}
	}
}

func TestSketch(t *testing.T) {
	s := new(Sketch)
	for i := range 10_000 {
		s.Add(-float64(i+1), 1)
	}
	for _, q := range []float64{.01, .1, .5, .9, .99} {
		if got := s.Quantile(q); math.Abs(got/(q*10_000)-1) > 1./64 {
			t.Errorf("quantile %v is %v, want %v within 1/64", q, got, q*10_000)
		}
	}
	for range 30_000 {
		s.Add(0, 1)
	}
	if got := s.Quantile(.5); got != 0 {
		t.Errorf("the median of mostly zeros is %v", got)
	}
}

// FIT-01: at most 2,000 rows a coordinate, at least 1 in every direction, and symmetric to the bit.
func TestTemper(t *testing.T) {
	rows := clicks(20_000, []float64{-1, .5, .5, 0}, 6)
	for i := range rows {
		rows[i].phi[3] = 0 // nothing is known of the last
	}
	r := logistic(t, ridge(4, 1e-6), rows)
	p, err := Temper(r.Hessian, r.Mass)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		for j := range i {
			if p[i*4+j] != p[j*4+i] {
				t.Errorf("Λ[%d,%d] is %v and %v", i, j, p[i*4+j], p[j*4+i])
			}
		}
	}
	want := r.Hessian[0] * MostRows / 20_000
	if math.Abs(p[0]-want) > 1e-9*want {
		t.Errorf("Λ of the intercept is %v, want %v: a tenth of the data's", p[0], want)
	}
	if math.Abs(p[15]-1) > 1e-9 {
		t.Errorf("Λ of what nothing is known of is %v, want 1", p[15])
	}
	if _, err := bandit.NewFillHead(bandit.Prior{Mean: r.Theta, Precision: p}, bandit.DefaultMemory()); err != nil {
		t.Errorf("a head does not take it: %v", err)
	}
}

// FIT-01: counts fade by age, and stand for at most 2,000 a bin.
func TestSizes(t *testing.T) {
	s := Sizes{Tau: 10}
	var ended, survived [bandit.NumBins]float64
	ended[1], survived[0] = 1, 1
	s.Add(&ended, &survived, 0)
	s.Add(&ended, &survived, 10)
	p := s.Prior(bandit.DefaultSizePrior())
	if want := .5 + 1 + math.Exp(-1); math.Abs(p.A[1]-want) > 1e-12 {
		t.Errorf("A is %v, want %v", p.A[1], want)
	}
	if p.B[2] != bandit.DefaultSizePrior().B[2] {
		t.Error("a bin never seen lost its optimism (DRK-01)")
	}
	s = Sizes{Tau: math.Inf(1)}
	for range 10_000 {
		s.Add(&ended, &survived, 5)
	}
	if p := s.Prior(bandit.SizePrior{}); p.A[1] != MostRows || p.B[0] != MostRows {
		t.Errorf("counts are %v and %v, want %v", p.A[1], p.B[0], MostRows)
	}
}

// FTR-03 by hand: two venues with equal errors move to their mean by the share that errors have in their difference.
func TestShrink(t *testing.T) {
	members := []Member{
		{Theta: []float64{1, 2}, Information: []float64{1, 0, 0, 4}, Noise: 1},
		{Theta: []float64{5, 4}, Information: []float64{1, 0, 0, 4}, Noise: 1},
	}
	kind, err := Shrink(members, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	// variance of {1, 5} is 8, errors 1: τ² = 7, shares 7/8
	if math.Abs(kind.Tau-math.Sqrt(7)) > 1e-12 || kind.Mean[0] != 3 || kind.Mean[1] != 3 {
		t.Errorf("kind is %+v, want τ = √7 about 3 and 3", kind)
	}
	for i, want := range []float64{1.25, 4.75} {
		if math.Abs(members[i].Theta[0]-want) > 1e-12 {
			t.Errorf("intercept %d is %v, want %v", i, members[i].Theta[0], want)
		}
	}
	if members[0].Theta[1] != 2 || math.Abs(members[0].Information[0]-(1+1./11)) > 1e-12 {
		// τ² + se² of the mean, 8/2
		t.Errorf("slope %v, information %v: want 2, and 1/11 more for the intercept", members[0].Theta[1], members[0].Information[0])
	}
	one := []Member{{Theta: []float64{1}, Information: []float64{1}, Noise: 1}}
	if kind, _ = Shrink(one, 1, 2); one[0].Theta[0] != 1 || kind.Tau != 2 {
		t.Errorf("a venue alone went to %v, τ %v: want 1 and the cold τ", one[0].Theta[0], kind.Tau)
	}
	bad := []Member{{Theta: []float64{1}, Information: []float64{0}, Noise: 1}}
	if _, err := Shrink(bad, 1, 2); err == nil {
		t.Error("no information has an inverse")
	}
}
