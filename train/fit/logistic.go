package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sluice-sor/sluice/bandit"
)

// MostSteps bounds the passes of an estimator (FIT-01).
const MostSteps = 50

// A Logistic fits P(y = 1) = σ(offset + φᵀθ) by penalised maximum likelihood (FIT-01):
//
//	maximise  Σ w·(y·a − ln(1 + e^a)) − ½(θ−μ)ᵀΛ(θ−μ),   a = offset + φᵀθ
//
// by Newton's method. A step that does not raise the objective is halved; the penalty guards against separation, which
// would send θ to infinity. One pass over the rows evaluates the objective, its gradient and its Hessian at one θ. Cost
// O(d²) a row and pass. Memory O(d²).
type Logistic struct {
	prior bandit.Prior
	theta []float64 // where this pass evaluates
	step  []float64 // Newton's, from best
	share float64   // of step
	best  logisticSums
	at    []float64 // θ of best
	sums  logisticSums
	ends  int
	err   error
}

// logisticSums is what one pass gathers at one θ.
type logisticSums struct {
	objective float64 // the data's log-likelihood until the pass ends
	grad      []float64
	hess      []float64 // lower triangle, row-major d×d
	mass      []float64 // Σ w·φ_k², how many rows speak to a coordinate
	rows      int64
}

func newLogisticSums(d int) logisticSums {
	return logisticSums{grad: make([]float64, d), hess: make([]float64, d*d), mass: make([]float64, d)}
}

// NewLogistic begins a fit with the given penalty, which is also its start. It panics if the prior's shapes differ.
func NewLogistic(prior bandit.Prior) *Logistic {
	d := len(prior.Mean)
	if len(prior.Precision) != d*d {
		panic("fit: mean and precision of a prior differ in shape")
	}
	return &Logistic{prior: prior, theta: append([]float64(nil), prior.Mean...), sums: newLogisticSums(d), share: 1}
}

// Add takes one row: its features, the outcome from 0 to 1, what is added to its logit, and its weight. It panics if φ has
// not the prior's length.
func (l *Logistic) Add(phi []float64, y, offset, weight float64) {
	a := offset + dot(phi, l.theta)
	p, soft := sigmoidSoftplus(a)
	s := &l.sums
	s.objective += weight * (y*a - soft)
	g, w := weight*(y-p), weight*p*(1-p)
	d := len(l.theta)
	for i, x := range phi {
		if x == 0 { // a bin's intercept is 1 in one bin and 0 in the others
			continue
		}
		s.grad[i] += g * x
		s.mass[i] += weight * x * x
		axpy(s.hess[i*d:i*d+i+1], w*x, phi)
	}
	s.rows++
}

// Start moves the start of a fit that has no pass behind it to where another ended, such as one on fewer rows: the maximum is the
// same, and takes fewer passes. A θ of another length changes nothing.
func (l *Logistic) Start(theta []float64) {
	if l.ends == 0 && len(theta) == len(l.theta) {
		copy(l.theta, theta)
	}
}

// End ends a pass and reports whether the fit is done: at its maximum, or at MostSteps, which Result tells.
func (l *Logistic) End() (done bool) {
	if l.err != nil {
		return true
	}
	l.ends++
	gap := make([]float64, len(l.theta)) // Λ(θ−μ)
	l.penalty(gap)
	switch {
	case math.IsNaN(l.sums.objective) || math.IsInf(l.sums.objective, 0):
		l.err = errors.New("fit: the likelihood is no number: a feature, an outcome or a weight is not finite")
		return true
	case l.at == nil || l.sums.objective >= l.best.objective-1e-12*math.Abs(l.best.objective):
		if l.accept(gap) {
			return true
		}
	default:
		l.share /= 2
		if l.share < 1e-6 { // no step raises it: rounding is all that is left
			return true
		}
	}
	for i := range l.theta {
		l.theta[i] = l.at[i] + l.share*l.step[i]
	}
	l.sums = newLogisticSums(len(l.theta))
	return l.ends >= MostSteps
}

// penalty puts Λ(θ−μ) into gap and takes the penalty off the objective.
func (l *Logistic) penalty(gap []float64) {
	d := len(l.theta)
	for i := range gap {
		for j := range d {
			gap[i] += l.prior.Precision[i*d+j] * (l.theta[j] - l.prior.Mean[j])
		}
	}
	for i := range gap {
		l.sums.objective -= .5 * gap[i] * (l.theta[i] - l.prior.Mean[i])
	}
}

// accept makes this pass's θ the best and finds Newton's step from it; true if there is nothing left to gain.
func (l *Logistic) accept(gap []float64) (done bool) {
	d := len(l.theta)
	l.at = append(l.at[:0], l.theta...)
	l.best, l.share = l.sums, 1
	g := make([]float64, d)
	for i := range g {
		g[i] = l.best.grad[i] - gap[i]
	}
	step, err := solve(l.information(), g)
	if err != nil {
		l.err = err
		return true
	}
	l.step = step
	return dot(step, g) < 2e-9 // twice what a quadratic objective has left to gain, nats
}

// information is H + Λ at the best θ.
func (l *Logistic) information() *mat.SymDense {
	d := len(l.at)
	a := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			a.SetSym(i, j, l.best.hess[i*d+j]+l.prior.Precision[i*d+j])
		}
	}
	return a
}

// A Result is a finished fit.
type Result struct {
	Theta     []float64
	Hessian   []float64 // of the data at Theta, without the penalty; d×d row-major
	Mass      []float64 // Σ w·φ_k²: the rows that speak to each coordinate
	Rows      int64
	Passes    int
	Converged bool    // false: MostSteps were not enough
	Objective float64 // penalised, nats; of Huber the scale instead of it
}

// Result gives the fit after End reported that it is done. The error says why there is none.
func (l *Logistic) Result() (Result, error) {
	if l.err != nil {
		return Result{}, l.err
	}
	d := len(l.at)
	return Result{Theta: l.at, Hessian: full(l.best.hess, d), Mass: l.best.mass, Rows: l.best.rows, Passes: l.ends,
		Converged: l.ends < MostSteps, Objective: l.best.objective}, nil
}

// full makes a whole matrix of a lower triangle.
func full(lower []float64, d int) []float64 {
	out := append([]float64(nil), lower...)
	for i := range d {
		for j := range i {
			out[j*d+i] = out[i*d+j]
		}
	}
	return out
}

// solve gives a⁻¹b of a positive definite a.
func solve(a *mat.SymDense, b []float64) ([]float64, error) {
	var c mat.Cholesky
	if !c.Factorize(a) {
		return nil, fmt.Errorf("fit: %d coordinates cannot be told apart: raise the penalty", len(b))
	}
	x := mat.NewVecDense(len(b), nil)
	if err := c.SolveVecTo(x, mat.NewVecDense(len(b), b)); err != nil {
		return nil, fmt.Errorf("fit: %d coordinates can hardly be told apart: raise the penalty (%w)", len(b), err)
	}
	return x.RawVector().Data, nil
}
