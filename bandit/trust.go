package bandit

// Trust says how far new priors are believed (SWP-03): with Λ₁ and θ₁ of the prior, S′ and r′ of the data that count beside it,
//
//	A = R^½Λ₁R^½ + Floor·I + S′,   b = (R^½Λ₁R^½ + Floor·I)θ₁ + r′,   R = diag(ρ_k)
//	ρ_k = ρ·(Doubt if |θ₁,k − θ_k| > 3·se_k, else 1)
//
// θ_k and se_k are what the learner knew before. Of the given ρ the one is taken under which the data that count are likeliest:
// their log evidence is the sum of the log predictive densities of one after another,
//
//	½ln|Λ| − ½ln|Λ+S′| + gᵀ(Λ+S′)⁻¹g/(2σ²) + const,   g = r′ − S′θ₁
type Trust struct {
	Rho   []float64 // to choose from, each ≥ 0; of equally likely ones the first
	Doubt float64   // in (0, 1]
	Floor float64   // ≥ 0; above 0 where a ρ may be 0
}

// DefaultTrust believes a prior fully, or in part, or hardly, as the data after it say.
func DefaultTrust() Trust { return Trust{Rho: []float64{1, .3, .1, 0}, Doubt: .1, Floor: 1} }

// FullTrust takes priors as they are: those that a learner had before, at a rollback.
func FullTrust() Trust { return Trust{Rho: []float64{1}, Doubt: 1} }

func (t *Trust) valid() bool {
	for _, rho := range t.Rho {
		if !(rho >= 0 && rho <= 1) || rho == 0 && !(t.Floor > 0) {
			return false
		}
	}
	return len(t.Rho) > 0 && t.Doubt > 0 && t.Doubt <= 1 && t.Floor >= 0 && finite(t.Floor)
}

// doubtErrors is the number of standard errors beyond which a coordinate is doubted.
const doubtErrors = 3

// temper gives the prior as far as it is believed, and the place of the ρ that was taken, −1 if with none the precision is
// positive definite: corrections after the cut take more away than the prior holds. Of has the data that count; was is
// what was known before, nil if there is nothing to compare with; noise is the variance that a unit of precision stands for.
func (t *Trust) temper(prior Prior, of, was *posterior, noise float64) (best Prior, taken int) {
	taken, most := -1, 0.0
	for i, rho := range t.Rho {
		p := t.scaled(prior, was, rho, noise)
		if e, ok := p.evidence(of, noise); ok && (taken < 0 || e > most) {
			best, taken, most = p, i, e
		}
	}
	return best, taken
}

// scaled is R^½Λ₁R^½ + Floor·I.
func (t *Trust) scaled(prior Prior, was *posterior, rho, noise float64) Prior {
	d := len(prior.Mean)
	p := Prior{Mean: append([]float64(nil), prior.Mean...), Precision: append([]float64(nil), prior.Precision...)}
	var root [maxCoordinates]float64
	for k := range d {
		share := rho
		if was != nil {
			off := abs(prior.Mean[k] - was.theta[k])
			if off*off > float64(doubtErrors*doubtErrors)*float64(noise*was.p[k*(d+1)]) {
				share *= t.Doubt
			}
		}
		root[k] = sqrt(share)
	}
	for i := range d {
		for j := range d {
			p.Precision[i*d+j] *= root[i] * root[j]
		}
		p.Precision[i*(d+1)] += t.Floor
	}
	return p
}

// evidence is the log density of the data that count under the prior, but for what no prior changes. It fails where the
// precision is not positive definite.
func (p *Prior) evidence(of *posterior, noise float64) (float64, bool) {
	d := len(p.Mean)
	var a, l [maxCoordinates * maxCoordinates]float64
	var g [maxCoordinates]float64
	s, r := of.data()
	if !cholesky(l[:d*d], p.Precision, d) {
		return 0, false
	}
	before := logDiagonal(l[:d*d], d)
	for i, v := range s {
		a[i] = p.Precision[i] + v
	}
	if !cholesky(l[:d*d], a[:d*d], d) {
		return 0, false
	}
	for i := range d {
		g[i] = r[i] - dot(s[i*d:i*d+d], p.Mean)
	}
	squares := 0.0
	for i := range d { // y = L⁻¹g, |y|² = gᵀA⁻¹g
		sum := g[i]
		for k := range i {
			sum -= float64(l[i*d+k] * g[k])
		}
		g[i] = sum / l[i*d+i]
		squares += float64(g[i] * g[i])
	}
	return before - logDiagonal(l[:d*d], d) + squares/(2*noise), true
}

// logDiagonal is Σ ln L_ii = ½ln|LLᵀ|.
func logDiagonal(l []float64, d int) float64 {
	sum := 0.0
	for i := range d {
		sum += Log(l[i*(d+1)])
	}
	return sum
}
