package fit

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

const (
	// MostRows is how many rows a coordinate of a prior may stand for (FIT-01): the live data must be able to speak
	// against yesterday's fit.
	MostRows = 2000
	// LeastPrecision is the floor of a prior's precision in every direction (FIT-01; learning text 1.2).
	LeastPrecision = 1
)

// Temper makes the Hessian of the data the precision of a served prior:
//
//	Λ = T^½·H·T^½ with T = diag(min(1, 2000/mass_k)), its eigenvalues raised to at least 1
//
// Mass is Σ w·φ_k², the rows that speak to a coordinate. The result is symmetric to the bit. Cost O(d³).
func Temper(hessian, mass []float64) ([]float64, error) {
	d := len(mass)
	if len(hessian) != d*d {
		panic("fit: a Hessian and its mass differ in shape")
	}
	a := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			a.SetSym(i, j, hessian[i*d+j]*temper(mass[i])*temper(mass[j]))
		}
	}
	var e mat.EigenSym
	if !e.Factorize(a, true) {
		return nil, fmt.Errorf("fit: a Hessian of %d coordinates has no eigenvalues: it is not finite", d)
	}
	var v, scaled mat.Dense
	e.VectorsTo(&v)
	values := e.Values(nil)
	for k := range values {
		values[k] = max(LeastPrecision, values[k])
	}
	scaled.Mul(&v, mat.NewDiagDense(d, values))
	var product mat.Dense
	product.Mul(&scaled, v.T())
	out := make([]float64, d*d)
	for i := range d {
		for j := range i + 1 {
			x := (product.At(i, j) + product.At(j, i)) / 2
			out[i*d+j], out[j*d+i] = x, x
		}
	}
	return out, nil
}

// temper is √T of a coordinate.
func temper(mass float64) float64 {
	if mass <= MostRows {
		return 1
	}
	return sqrt(MostRows / mass)
}
