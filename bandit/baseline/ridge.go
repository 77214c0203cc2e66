package baseline

import (
	"gonum.org/v1/gonum/mat"
)

// refactorEvery is the number of rank-one updates after which the inverse is computed anew, so that rounding does not
// pile up.
const refactorEvery = 1024

// ridge is a discounted ridge regression:
//
//	A = λI + S,  S = Σ g^age φφᵀ,  b = Σ g^age cφ,  θ = A⁻¹b,  P = A⁻¹
//
// The prior's part does not age, so an arm that is not played returns to it. A datum costs O(d²) (Sherman, Morrison
// 1950), ageing O(d³).
type ridge struct {
	d       int
	lambda  float64
	s, b    []float64
	squares []float64 // Σ g^(2·age) φφᵀ, or nil
	p       []float64
	theta   []float64
	since   int
	k       []float64 // scratch
}

func newRidge(d int, lambda float64, squares bool) *ridge {
	r := &ridge{d: d, lambda: lambda, s: make([]float64, d*d), b: make([]float64, d), p: make([]float64, d*d),
		theta: make([]float64, d), k: make([]float64, d)}
	if squares {
		r.squares = make([]float64, d*d)
	}
	for i := range d {
		r.p[i*d+i] = 1 / lambda
	}
	return r
}

// mean is φᵀθ.
func (r *ridge) mean(phi []float64) float64 { return dot(phi, r.theta) }

// variance is φᵀPφ.
func (r *ridge) variance(phi []float64) float64 {
	r.times(r.p, phi)
	return max(0, dot(phi, r.k))
}

// sandwich is φᵀP(S₂+λI)Pφ with S₂ the sum discounted twice.
func (r *ridge) sandwich(phi []float64) float64 {
	r.times(r.p, phi)
	sum := 0.0
	for i, v := range r.k {
		sum += v * (dot(r.squares[i*r.d:(i+1)*r.d], r.k) + r.lambda*v)
	}
	return max(0, sum)
}

// times puts Mφ into the scratch.
func (r *ridge) times(m, phi []float64) {
	for i := range r.k {
		r.k[i] = dot(m[i*r.d:(i+1)*r.d], phi)
	}
}

// add takes one datum.
func (r *ridge) add(phi []float64, c float64) {
	d := r.d
	for i, v := range phi {
		r.b[i] += c * v
		for j, w := range phi {
			r.s[i*d+j] += v * w
			if r.squares != nil {
				r.squares[i*d+j] += v * w
			}
		}
	}
	if r.since++; r.since >= refactorEvery {
		r.refactor()
		return
	}
	r.times(r.p, phi)
	g := 1 + dot(phi, r.k)
	step := (c - dot(phi, r.theta)) / g
	for i, v := range r.k {
		r.theta[i] += step * v
		for j, w := range r.k {
			r.p[i*d+j] -= v * w / g
		}
	}
}

// age leaves the share g of the data.
func (r *ridge) age(g float64) {
	for i := range r.s {
		r.s[i] *= g
		if r.squares != nil {
			r.squares[i] *= g * g
		}
	}
	for i := range r.b {
		r.b[i] *= g
	}
	r.refactor()
}

// refactor computes P and θ from S and b.
func (r *ridge) refactor() {
	a := mat.NewSymDense(r.d, nil)
	for i := range r.d {
		for j := i; j < r.d; j++ {
			a.SetSym(i, j, r.s[i*r.d+j])
		}
		a.SetSym(i, i, r.s[i*r.d+i]+r.lambda)
	}
	var chol mat.Cholesky
	var p mat.SymDense
	if !chol.Factorize(a) {
		panic("baseline: a ridge regression took a feature or a cost that is not finite")
	}
	if err := chol.InverseTo(&p); err != nil {
		panic("baseline: " + err.Error() + ": the ridge is too small beside the features")
	}
	for i := range r.d {
		for j := range r.d {
			r.p[i*r.d+j] = p.At(i, j)
		}
	}
	for i := range r.theta {
		r.theta[i] = dot(r.p[i*r.d:(i+1)*r.d], r.b)
	}
	r.since = 0
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}
