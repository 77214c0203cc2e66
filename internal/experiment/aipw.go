package experiment

import "gonum.org/v1/gonum/mat"

const (
	ridge    = 1.0 // on standardized covariates' slopes, none on the intercept
	refitAt  = 50  // units at which the regressions are fitted first; again at each double, then every refitMax
	refitMax = 500
)

// regression is a ridge regression of the cost on covariates, with an intercept, on what it has seen.
type regression struct {
	n    int
	a    *mat.SymDense // Σ zzᵀ, z = (1, x)
	b    *mat.VecDense // Σ zy
	z    *mat.VecDense // of the unit at hand
	beta *mat.VecDense // as of the last fit; zeros before
}

func newRegression(covariates int) *regression {
	d := covariates + 1
	r := &regression{a: mat.NewSymDense(d, nil), b: mat.NewVecDense(d, nil), z: mat.NewVecDense(d, nil), beta: mat.NewVecDense(d, nil)}
	r.z.SetVec(0, 1)
	return r
}

func (r *regression) predict(x []float64) float64 {
	sum := r.beta.AtVec(0)
	for i, v := range x {
		sum += r.beta.AtVec(i+1) * v
	}
	return sum
}

func (r *regression) see(x []float64, y float64) {
	for i, v := range x {
		r.z.SetVec(i+1, v)
	}
	r.a.SymRankOne(r.a, 1, r.z)
	r.b.AddScaledVec(r.b, y, r.z)
	r.n++
}

// fit solves for the coefficients; where that cannot be, the old ones stay. The penalty of a slope is in units of its
// covariate's variance, so that no unit of measurement matters.
func (r *regression) fit() {
	if r.n < 2 {
		return
	}
	d := r.b.Len()
	a := mat.NewSymDense(d, nil)
	a.CopySym(r.a)
	n := float64(r.n)
	for i := 1; i < d; i++ {
		mean := r.a.At(0, i) / n
		variance := max(0, r.a.At(i, i)/n-mean*mean)
		a.SetSym(i, i, a.At(i, i)+ridge*max(variance, 1e-12))
	}
	var c mat.Cholesky
	beta := mat.NewVecDense(d, nil)
	if c.Factorize(a) && c.SolveVecTo(beta, r.b) == nil {
		r.beta = beta
	}
}

// adjusted gives ψ of each unit; its regressions have seen earlier units only (ABT-03).
func adjusted(all []unit, share float64) []float64 {
	psi := make([]float64, len(all))
	if len(all) == 0 {
		return psi
	}
	of := [2]*regression{newRegression(len(all[0].x)), newRegression(len(all[0].x))}
	next := refitAt
	for i := range all {
		u := &all[i]
		m0, m1 := of[0].predict(u.x), of[1].predict(u.x)
		if u.arm == Treatment {
			psi[i] = m1 - m0 + (u.y-m1)/share
		} else {
			psi[i] = m1 - m0 - (u.y-m0)/(1-share)
		}
		of[u.arm].see(u.x, u.y)
		if i+1 == next {
			of[0].fit()
			of[1].fit()
			next += min(next, refitMax)
		}
	}
	return psi
}
