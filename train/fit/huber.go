package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sluice-sor/sluice/bandit"
)

const (
	// HuberK is where a residual stops to count in full, in normalised median absolute deviations: 95 % efficiency if the
	// noise is normal (Huber 1981).
	HuberK = 1.345
	// madToSD makes a median absolute deviation the standard deviation of a normal distribution.
	madToSD = 1.4826022185056018
	// leastScale, bps: half of all short markouts are exactly 0, and a scale of 0 would let nothing else count.
	leastScale = 1e-3
)

// A Huber fits z = φᵀθ + e by iteratively reweighted least squares (FIT-01; Holland and Welsch 1977):
//
//	minimise Σ w·ρ_k(e/s) + ½(θ−μ)ᵀΛ(θ−μ)/s²…,   weight min(1, k·s/|e|),   s = 1.4826·median |e|
//
// Each pass solves (Σ uφφᵀ + Λ)θ = Σ uzφ + Λμ with the weights u that the θ of the pass before gives; the first has u = 1.
// Precisions are in units of the noise, as bandit.ToxicityHead has them: the variance of θ is σ²(Λ+S)⁻¹. Cost O(d²) a row
// and pass, memory O(d²).
type Huber struct {
	prior bandit.Prior
	theta []float64
	scale float64 // 0: not known yet, all weights are 1
	sums  huberSums
	last  huberSums
	noise float64 // clipped mean square of the pass before
	ends  int
	done  bool
	err   error
}

type huberSums struct {
	gram, mass []float64 // lower triangle of Σ uφφᵀ; Σ wφ_k²
	rhs        []float64
	sizes      *Sketch // of |e|
	squares    float64 // Σ w·min(e², 25σ²)
	weight     float64
	rows       int64
}

func newHuberSums(d int) huberSums {
	return huberSums{gram: make([]float64, d*d), mass: make([]float64, d), rhs: make([]float64, d), sizes: new(Sketch)}
}

// NewHuber begins a fit with the given penalty. It panics if the prior's shapes differ.
func NewHuber(prior bandit.Prior) *Huber {
	d := len(prior.Mean)
	if len(prior.Precision) != d*d {
		panic("fit: mean and precision of a prior differ in shape")
	}
	return &Huber{prior: prior, theta: append([]float64(nil), prior.Mean...), sums: newHuberSums(d)}
}

// Start moves the start of a fit that has no pass behind it to where another ended, with the scale that its residuals had: the
// minimum is the same, and takes fewer passes. A θ of another length changes nothing.
func (h *Huber) Start(theta []float64, scale float64) {
	if h.ends == 0 && len(theta) == len(h.theta) && scale > 0 {
		copy(h.theta, theta)
		h.scale = scale
	}
}

// Add takes one row and its weight. It panics if φ has not the prior's length.
func (h *Huber) Add(phi []float64, z, weight float64) {
	e := z - dot(phi, h.theta)
	u := weight
	if limit := HuberK * h.scale; h.scale > 0 && math.Abs(e) > limit {
		u *= limit / math.Abs(e)
	}
	s := &h.sums
	d := len(h.theta)
	for i, x := range phi {
		s.mass[i] += weight * x * x
		ux := u * x
		s.rhs[i] += ux * z
		axpy(s.gram[i*d:i*d+i+1], ux, phi)
	}
	s.sizes.Add(e, weight)
	square := e * e
	if h.noise > 0 {
		square = min(square, noiseOutlier*h.noise)
	}
	s.squares += weight * square
	s.weight += weight
	s.rows++
}

// noiseOutlier is how many σ² a square counts at most in σ², as in the served head.
const noiseOutlier = 25

// End ends a pass and reports whether the fit is done.
func (h *Huber) End() bool {
	if h.err != nil || h.done {
		return true
	}
	h.ends++
	d := len(h.theta)
	a, b := mat.NewSymDense(d, nil), make([]float64, d)
	for i := range d {
		b[i] = h.sums.rhs[i]
		for j := range d {
			b[i] += h.prior.Precision[i*d+j] * h.prior.Mean[j]
			a.SetSym(i, j, h.sums.gram[max(i, j)*d+min(i, j)]+h.prior.Precision[i*d+j])
		}
	}
	theta, err := solve(a, b)
	if err != nil {
		h.err = err
		return true
	}
	scale := max(leastScale, madToSD*h.sums.sizes.Quantile(.5))
	moved := 0.0
	for i := range theta {
		moved = max(moved, math.Abs(theta[i]-h.theta[i])*math.Sqrt(a.At(i, i))/scale) // in standard errors, at least
	}
	if h.sums.weight > 0 {
		h.noise = h.sums.squares / h.sums.weight
	}
	steady := math.Abs(scale-h.scale) < 1e-3*scale
	h.theta, h.scale, h.last = theta, scale, h.sums
	h.sums = newHuberSums(d)
	h.done = h.ends > 2 && moved < 1e-3 && steady
	return h.done || h.ends >= MostSteps
}

// Result gives the fit after End reported that it is done. Hessian is Σ uφφᵀ with Huber's weights. The error says why there
// is none.
func (h *Huber) Result() (Result, error) {
	if h.err != nil {
		return Result{}, h.err
	}
	return Result{Theta: h.theta, Hessian: full(h.last.gram, len(h.theta)), Mass: h.last.mass, Rows: h.last.rows, Passes: h.ends,
		Converged: h.done, Objective: h.scale}, nil
}

// Noise is σ² as the served head estimates it, the mean of min(e², 25σ²).
func (h *Huber) Noise() float64 { return h.noise }

// Within is the size of residual that the share q of the rows stay below.
func (h *Huber) Within(q float64) float64 { return h.last.sizes.Quantile(q) }
