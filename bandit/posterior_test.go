package bandit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// features are seeded contexts: an intercept and d−1 numbers in [−2, 2].
func features(k Key, i uint64, d int) []float64 {
	phi := make([]float64, d)
	phi[0] = 1
	for j := 1; j < d; j++ {
		phi[j] = 4*k.Uniform(i*MaxDim+uint64(j)) - 2
	}
	return phi
}

// correlated is a prior whose precision is not diagonal.
func correlated(d int) Prior {
	p := Isotropic(d, -.5)
	for i := range d {
		for j := range d {
			if i != j {
				p.Precision[i*d+j] = .3
			}
		}
	}
	return p
}

// LRN-10: the rank-one cache stays within 1e-9 of a factorisation, here gonum's.
func TestCacheAgreesWithGonum(t *testing.T) {
	const d, n = 16, 5000
	h, err := NewFillHead(correlated(d), Memory{Tau: math.Inf(1)})
	if err != nil {
		t.Fatal(err)
	}
	key := NewKey(3, 1, 4)
	for i := range uint64(n) {
		phi := features(key, i, d)
		y := 0.0
		if key.Uniform(1<<40+i) < .3 {
			y = 1
		}
		if got := h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: y}); got != Applied {
			t.Fatalf("datum %d: %v", i, got)
		}
	}
	a, b := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	prior := mat.NewVecDense(d, h.q.prior.Mean)
	lambda := mat.NewSymDense(d, h.q.prior.Precision)
	a.AddSym(lambda, mat.NewSymDense(d, h.q.s))
	b.MulVec(lambda, prior)
	b.AddVec(b, mat.NewVecDense(d, h.q.r))
	var chol mat.Cholesky
	if !chol.Factorize(a) {
		t.Fatal("gonum cannot factorize A")
	}
	var theta mat.VecDense
	var inverse mat.SymDense
	if err := chol.SolveVecTo(&theta, b); err != nil {
		t.Fatal(err)
	}
	if err := chol.InverseTo(&inverse); err != nil {
		t.Fatal(err)
	}
	if got := relative(theta.RawVector().Data, h.q.theta); got > 1e-9 {
		t.Errorf("θ differs from gonum's by %v", got)
	}
	for i := range d {
		for j := range d {
			if math.Abs(inverse.At(i, j)-h.q.p[i*d+j]) > 1e-9*math.Abs(inverse.At(0, 0)) {
				t.Fatalf("P[%d,%d] = %v, gonum has %v", i, j, h.q.p[i*d+j], inverse.At(i, j))
			}
		}
	}
	if drift := h.Drift(); drift == 0 || drift > 1e-9 {
		t.Errorf("drift over %d data is %v, want positive and below 1e-9", n, drift)
	}
}

// Section 5: with anchored forgetting an arm not played returns to the prior, here to the bit.
func TestForgettingReturnsToThePrior(t *testing.T) {
	const d = 6
	h, err := NewFillHead(correlated(d), Memory{Tau: 4, Retain: 8})
	if err != nil {
		t.Fatal(err)
	}
	before := append(slices.Clone(h.q.theta), h.q.p...)
	key := NewKey(8, 8, 8)
	for i := range uint64(500) {
		phi := features(key, i, d)
		h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: 1})
	}
	if slices.Equal(before, append(slices.Clone(h.q.theta), h.q.p...)) {
		t.Fatal("500 fills taught nothing")
	}
	h.Advance(1300)
	if after := append(slices.Clone(h.q.theta), h.q.p...); !slices.Equal(before, after) {
		t.Errorf("after 325 time constants the posterior is %v, want the prior %v", after, before)
	}
}

// The bits after a silence do not depend on how often the clock was looked at.
func TestAdvanceInOneOrManySteps(t *testing.T) {
	one, many := trained(t, 4), trained(t, 4)
	one.Advance(40)
	for b := int64(1); b <= 40; b++ {
		many.Advance(b)
	}
	if !slices.Equal(one.q.theta, many.q.theta) || !slices.Equal(one.q.p, many.q.p) {
		t.Error("one step of 40 buckets and 40 steps of one differ")
	}
}

func trained(t *testing.T, d int) *FillHead {
	t.Helper()
	h, err := NewFillHead(Isotropic(d, 0), Memory{Tau: 10, Retain: 20})
	if err != nil {
		t.Fatal(err)
	}
	key := NewKey(5, 5, 5)
	for i := range uint64(100) {
		phi := features(key, i, d)
		h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: float64(i % 2)})
	}
	return h
}

// A = Λ + S with S ← gS + wφφᵀ is A ← gA + (1−g)Λ + wφφᵀ (section 5).
func TestAnchoredForgettingIsTheRecursion(t *testing.T) {
	const d = 3
	h, _ := NewFillHead(correlated(d), Memory{Tau: 10, Retain: 20})
	g, lambda := Exp(-.1), h.q.prior.Precision
	a := slices.Clone(lambda)
	key := NewKey(6, 6, 6)
	for i := range uint64(200) {
		h.Advance(int64(i))
		phi := features(key, i, d)
		p := h.Predict(phi)
		h.Update(FillDatum{Phi: phi, Prediction: p, Y: 1, Bucket: int64(i)})
		for r := range d {
			for c := range d {
				carried := a[r*d+c]
				if i > 0 {
					carried = g*carried + (1-g)*lambda[r*d+c]
				}
				a[r*d+c] = carried + p.W*phi[r]*phi[c]
			}
		}
	}
	for i := range a {
		if got := lambda[i] + h.q.s[i]; math.Abs(got-a[i]) > 1e-10 {
			t.Errorf("A[%d] = %v, the recursion gives %v", i, got, a[i])
		}
	}
}

// Section 6: tempering keeps θ₀, a tenth of the data, and Λ ← max(.1Λ, I).
func TestTemperWeakensTheAnchor(t *testing.T) {
	h, _ := NewFillHead(Diagonal([]float64{2, -1, 0}, []float64{200, 5, 1}), Memory{Tau: 10, Retain: 5})
	phi := []float64{1, 1, 1}
	h.Update(FillDatum{Phi: phi, Prediction: h.Predict(phi), Y: 0})
	s := slices.Clone(h.q.s)
	h.Temper(.1)
	for i, want := range []float64{20, 0, 0, 0, 1, 0, 0, 0, 1} {
		if got := h.q.prior.Precision[i]; math.Abs(got-want) > 1e-12 {
			t.Errorf("Λ[%d] = %v, want %v", i, got, want)
		}
		if got := h.q.s[i]; math.Abs(got-.1*s[i]) > 1e-15 {
			t.Errorf("S[%d] = %v, want a tenth of %v", i, got, s[i])
		}
	}
	dense, _ := NewFillHead(correlated(4), Memory{Tau: 10})
	for range 20 {
		dense.Temper(.1)
	}
	if dense.Degraded() {
		t.Error("tempering a correlated prior broke its positive definiteness")
	}
}

// LRN-11: should a factorisation fail, the head stands on its prior and says so.
func TestFailedFactorisationFallsBackToThePrior(t *testing.T) {
	h := trained(t, 3)
	fresh, _ := NewFillHead(Isotropic(3, 0), Memory{Tau: 10, Retain: 20})
	h.q.s[0] = -1e9
	h.q.refactor()
	if !h.Degraded() {
		t.Error("head is not marked degraded")
	}
	if !slices.Equal(h.q.theta, fresh.q.theta) || !slices.Equal(h.q.p, fresh.q.p) {
		t.Error("degraded head is not its prior")
	}
}

func TestPriorsAreChecked(t *testing.T) {
	for _, c := range []struct {
		name  string
		prior Prior
		want  string
	}{
		{"empty", Prior{}, "0 coordinates"},
		{"too wide", Isotropic(17, 0), "17 coordinates"},
		{"shape", Prior{Mean: []float64{1, 2}, Precision: []float64{1}}, "1 entries"},
		{"asymmetric", Prior{Mean: []float64{1, 2}, Precision: []float64{1, .5, .4, 1}}, "not symmetric"},
		{"indefinite", Prior{Mean: []float64{1, 2}, Precision: []float64{1, 2, 2, 1}}, "not positive definite"},
		{"infinite mean", Prior{Mean: []float64{math.Inf(1)}, Precision: []float64{1}}, "not finite"},
		{"NaN precision", Prior{Mean: []float64{1}, Precision: []float64{math.NaN()}}, "not positive definite"},
	} {
		if _, err := NewFillHead(c.prior, DefaultMemory()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to name %q", c.name, err, c.want)
		}
	}
	for _, m := range []Memory{{Tau: 0}, {Tau: -1}, {Tau: math.NaN()}, {Tau: 1e7}, {Tau: 1, Retain: -1}} {
		if _, err := NewFillHead(Isotropic(2, 0), m); err == nil {
			t.Errorf("memory %+v is accepted", m)
		}
	}
}
