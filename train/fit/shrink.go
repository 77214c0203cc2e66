package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sluice-sor/sluice/bandit"
)

func sqrt(x float64) float64 { return math.Sqrt(x) }

// leastTau is how much venues of a kind are taken to differ at least, in units of what a kind of one venue is given: a spread
// estimated as 0 from three venues does not make them one.
const leastTau = .2

// A Member is one venue's fit of a head, to be shrunk towards its kind.
type Member struct {
	Theta       []float64
	Information []float64 // of Theta, in units of Noise: data and penalty; d×d row-major
	Noise       float64   // the variance that a unit of information stands for; 1 of a logistic fit
}

// A Kind is what the venues of a kind have in common: the mean of their intercepts and slopes, and how they differ.
type Kind struct {
	Mean []float64 // intercept first
	Tau  float64   // standard deviation of the venues' intercepts
	SE   float64   // of the mean intercept
}

// Shrink moves each member's intercept towards the mean of the kind, by empirical Bayes (FTR-03):
//
//	τ² = max(0, Var_v(θ̂_v) − mean se_v²),   shrunk by τ²/(τ²+se_v²)
//
// It does so as a Gaussian on the intercept, so that the slopes move along with it as the data bind them, and adds to
// Information the precision 1/(τ²+se²), se being of the kind's mean: that is no better known than so. Intercepts are the first
// coordinates (leading > 1: each of so many, a bin's hazard being one). A single member keeps its fit. cold is the τ of a kind of
// one venue.
func Shrink(members []Member, leading int, cold float64) (Kind, error) {
	var kind Kind
	if len(members) == 0 {
		return kind, nil
	}
	d := len(members[0].Theta)
	kind.Mean = make([]float64, d)
	covariances := make([]*mat.SymDense, len(members))
	for i := range members {
		c, err := inverse(members[i].Information, d)
		if err != nil {
			return kind, err
		}
		covariances[i] = c
	}
	kind.Tau = cold
	taus, ses := make([]float64, leading), make([]float64, leading)
	for k := range d {
		arms := make([]bandit.PooledArm, len(members))
		for i, m := range members {
			arms[i] = bandit.PooledArm{Arm: i, Estimate: m.Theta[k], SE: sqrt(m.Noise * covariances[i].At(k, k))}
		}
		p := bandit.PoolEffects(arms, cold)
		kind.Mean[k] = p.Mean
		if k < leading {
			taus[k], ses[k] = max(leastTau*cold, p.Tau), p.SE
		}
		if k == 0 {
			kind.Tau, kind.SE = p.Tau, p.SE
		}
	}
	if len(members) == 1 {
		return kind, nil
	}
	for i := range members {
		if err := members[i].pull(kind.Mean, taus, ses); err != nil {
			return kind, err
		}
	}
	return kind, nil
}

// pull applies N(mean_k, τ_k²) to the first coordinates, and counts it as N(mean_k, τ_k²+se_k²).
func (m *Member) pull(mean, taus, ses []float64) error {
	d := len(m.Theta)
	rhs := make([]float64, d)
	pulled := append([]float64(nil), m.Information...)
	for k, tau := range taus {
		extra := m.Noise / (tau * tau)
		pulled[k*d+k] += extra
		rhs[k] = extra * (mean[k] - m.Theta[k])
		m.Information[k*d+k] += m.Noise / (tau*tau + ses[k]*ses[k])
	}
	step, err := solve(symmetric(pulled, d), rhs)
	if err != nil {
		return err
	}
	for i := range step {
		m.Theta[i] += step[i]
	}
	return nil
}

func symmetric(a []float64, d int) *mat.SymDense {
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, a[i*d+j])
		}
	}
	return s
}

func inverse(a []float64, d int) (*mat.SymDense, error) {
	var c mat.Cholesky
	if !c.Factorize(symmetric(a, d)) {
		_, err := solve(symmetric(a, d), make([]float64, d)) // for its words
		return nil, err
	}
	out := mat.NewSymDense(d, nil)
	return out, c.InverseTo(out)
}
