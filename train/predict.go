package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/models"
)

// A predictor says what a model, frozen, holds of a row: what its heads would before they learn anything more.
type predictor struct {
	phi  *mapping
	arms []armPredictor // by the extract's arms
}

type armPredictor struct {
	fill, hazard gaussian
	tox          [bandit.NumHorizons]gaussian
	noise        [bandit.NumHorizons]float64
}

// gaussian is a posterior by its covariance.
type gaussian struct {
	mean, cov []float64
}

func newGaussian(g *models.Gaussian) (gaussian, error) {
	d := len(g.Mean)
	if d == 0 {
		return gaussian{}, nil
	}
	var c mat.Cholesky
	s := mat.NewSymDense(d, append([]float64(nil), g.Precision...))
	if !c.Factorize(s) {
		return gaussian{}, fmt.Errorf("train: a precision of %d coordinates is not positive definite", d)
	}
	inverse := mat.NewSymDense(d, nil)
	if err := c.InverseTo(inverse); err != nil {
		return gaussian{}, fmt.Errorf("train: a precision of %d coordinates: %w", d, err)
	}
	out := gaussian{mean: g.Mean, cov: make([]float64, d*d)}
	for i := range d {
		for j := range d {
			out.cov[i*d+j] = inverse.At(i, j)
		}
	}
	return out, nil
}

// at gives φᵀθ and φᵀA⁻¹φ.
func (g *gaussian) at(phi []float64) (mean, variance float64) {
	d := len(g.mean)
	for i, x := range phi {
		mean += x * g.mean[i]
		row := g.cov[i*d : (i+1)*d]
		inner := 0.0
		for j, y := range phi {
			inner += row[j] * y
		}
		variance += x * inner
	}
	return mean, variance
}

// newPredictor takes an arm's heads where the model has them, those of its kind otherwise, and cold ones where it has neither.
func newPredictor(x *Extract, m *models.Model) (*predictor, error) {
	p := &predictor{phi: newMapping(m.Map), arms: make([]armPredictor, len(x.Arms))}
	for i, key := range x.Arms {
		a, _ := m.Find(key.Venue, key.Kind, key.Takes)
		if a == nil {
			cold := coldArm(key, p.phi.dim())
			a = &cold
		}
		if err := p.arms[i].take(a, key, p.phi.dim()); err != nil {
			return nil, wrap(key, err)
		}
	}
	return p, nil
}

// builtin is the model that serves where none was ever published: cold heads.
func builtin(x *Extract) *models.Model {
	m := &models.Model{}
	for _, k := range x.Kinds {
		m.Kinds = append(m.Kinds, coldArm(k, dim))
	}
	return m
}

// coldArm has a cold router's noise: what the volatility of a usual stock, 150 bps a day, gives a mid to move by.
func coldArm(k ArmKey, d int) models.Arm {
	p := k.cold(d)
	of := func(q bandit.Prior) models.Gaussian { return models.Gaussian{Mean: q.Mean, Precision: q.Precision} }
	a := models.Arm{Kind: k.Kind, Takes: k.Takes, Fill: of(p.fill), Hazard: of(p.hazard)}
	for h := range a.Toxicity {
		const usual, session = 150, 6.5 * 3600e9
		a.Toxicity[h] = of(p.tox)
		a.Noise[h] = max(.25, usual*usual*float64(bandit.Horizon(h).Nanos())/session)
	}
	return a
}

func (p *armPredictor) take(a *models.Arm, key ArmKey, d int) (err error) {
	cold := coldArm(key, d)
	or := func(g, other *models.Gaussian) *models.Gaussian {
		if g.Empty() {
			return other
		}
		return g
	}
	if p.fill, err = newGaussian(or(&a.Fill, &cold.Fill)); err != nil {
		return err
	}
	if p.hazard, err = newGaussian(or(&a.Hazard, &cold.Hazard)); err != nil {
		return err
	}
	for h := range p.tox {
		if p.tox[h], err = newGaussian(or(&a.Toxicity[h], &cold.Toxicity[h])); err != nil {
			return err
		}
		if p.noise[h] = a.Noise[h]; a.Toxicity[h].Empty() {
			p.noise[h] = cold.Noise[h]
		}
	}
	return nil
}

// fill is the predictive probability of any fill: p̄ = σ(a/√(1+πs²/8)).
func (p *predictor) fill(arm int, phi []float64) float64 { return p.arms[arm].fill.probability(phi, 0) }

func (g *gaussian) probability(phi []float64, offset float64) float64 {
	a, variance := g.at(phi)
	return 1 / (1 + math.Exp(-(a+offset)/math.Sqrt(1+math.Pi/8*variance)))
}

// toxicity is the predictive mean and variance of a markout, bps and bps².
func (p *predictor) toxicity(arm int, h bandit.Horizon, phi []float64) (mean, variance float64) {
	mean, variance = p.arms[arm].tox[h].at(phi)
	return mean, p.arms[arm].noise[h] * (1 + variance)
}

// logT4 is the log density of a Student-t₄ of the given mean and variance, which is how H3 takes its noise.
func logT4(x, mean, variance float64) float64 {
	scale := math.Sqrt(variance / 2)
	t := (x - mean) / scale
	const c = .375 // Γ(5/2)/(√(4π)·Γ(2))
	return math.Log(c/scale) - 2.5*math.Log1p(t*t/4)
}
