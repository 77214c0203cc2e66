package survival

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Ties says how observations that end at the same time share the risk.
type Ties int

// The two approximations. Efron's is the better one where ties are many.
const (
	Efron Ties = iota
	Breslow
)

// A Row is an observation with its covariates.
type Row struct {
	Observation
	X []float64
}

// A CoxFit is a fitted proportional-hazards model.
type CoxFit struct {
	Coef        []float64   // β: a unit of x multiplies the hazard by e^β
	SE          []float64   // by the observed information
	Covariance  [][]float64 // of Coef
	Null        float64     // log partial likelihood at β = 0
	LogLik      float64     // and at Coef
	Score       float64     // test of β = 0, χ² with len(Coef) degrees of freedom
	Concordance float64     // share of comparable pairs in which the earlier end had the larger risk; ties count half
	Steps       int         // of Newton's method
}

const (
	newtonSteps   = 50
	newtonHalves  = 30
	newtonClose   = 1e-12 // relative change of the log-likelihood
	coxConditions = 1e14  // an information worse conditioned than this has no inverse worth having
)

// Cox fits β by Newton's method with halved steps on the log partial likelihood, covariates centred. It refuses rows of
// differing length, figures that are not finite, data without an end, covariates that do not vary or repeat one another,
// and data that covariates separate, whose β is infinite.
func Cox(rows []Row, ties Ties) (*CoxFit, error) {
	m, err := newPartial(rows, ties)
	if err != nil {
		return nil, err
	}
	fit := &CoxFit{Coef: make([]float64, m.p)}
	beta, trial := make([]float64, m.p), make([]float64, m.p)
	like := m.evaluate(beta)
	fit.Null = like
	for fit.Steps = 1; ; fit.Steps++ {
		step, err := m.solve()
		if err != nil {
			return nil, err
		}
		if fit.Steps == 1 {
			for i, s := range step {
				fit.Score += s * m.gradient[i]
			}
		}
		next, scale := math.Inf(-1), 1.0
		for range newtonHalves {
			for i := range trial {
				trial[i] = beta[i] + scale*step[i]
			}
			if next = m.evaluate(trial); next >= like-newtonClose*math.Abs(like) {
				break
			}
			scale /= 2
		}
		copy(beta, trial)
		if math.Abs(next-like) <= newtonClose*(math.Abs(like)+1) {
			like = next
			break
		}
		if like = next; fit.Steps == newtonSteps || math.IsNaN(like) {
			return nil, fmt.Errorf("survival: the partial likelihood still rises after %d steps: a covariate separates early ends from late ones, leave it out", fit.Steps)
		}
	}
	if err := m.diverged(beta); err != nil {
		return nil, err
	}
	copy(fit.Coef, beta)
	fit.LogLik = like
	fit.Concordance = m.concordance(beta)
	return fit, m.errors(fit)
}

// partial is a log partial likelihood with its derivatives at the last point of evaluate.
type partial struct {
	rows        []Row // by time
	x           [][]float64
	sd          []float64
	p           int
	ties        Ties
	gradient    []float64
	information *mat.SymDense
}

func newPartial(rows []Row, ties Ties) (*partial, error) {
	if len(rows) == 0 || len(rows[0].X) == 0 {
		return nil, errors.New("survival: give rows with at least one covariate")
	}
	if ties != Efron && ties != Breslow {
		return nil, fmt.Errorf("survival: ties %d: give Efron or Breslow", ties)
	}
	m := &partial{rows: slices.Clone(rows), p: len(rows[0].X), ties: ties}
	var errs []error
	events := 0
	for i, r := range rows {
		if len(r.X) != m.p {
			return nil, fmt.Errorf("survival: row %d has %d covariates, row 0 has %d: give one of each", i, len(r.X), m.p)
		}
		if !(r.Time >= 0) || math.IsInf(r.Time, 0) {
			errs = append(errs, fmt.Errorf("survival: row %d: time %v: give a finite time of 0 or more", i, r.Time))
		}
		for j, v := range r.X {
			if math.IsNaN(v) || math.Abs(v) > 1e100 {
				errs = append(errs, fmt.Errorf("survival: row %d: covariate %d is %v: give a number within ±1e100", i, j, v))
			}
		}
		if r.Event {
			events++
		}
	}
	if events == 0 {
		errs = append(errs, errors.New("survival: every row is censored: no hazard can be seen"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(m.rows, func(a, b Row) int { return cmp.Compare(a.Time, b.Time) })
	m.gradient, m.information = make([]float64, m.p), mat.NewSymDense(m.p, nil)
	return m, m.centre()
}

// centre takes its mean from every covariate and divides it by its standard deviation, so that Newton's method meets
// figures of one size.
func (m *partial) centre() error {
	n := float64(len(m.rows))
	m.sd = make([]float64, m.p)
	m.x = make([][]float64, len(m.rows))
	for i := range m.x {
		m.x[i] = make([]float64, m.p)
	}
	var errs []error
	for j := range m.p {
		mean, most := 0.0, 0.0
		for i := range m.rows {
			mean += m.rows[i].X[j] / n
			most = max(most, math.Abs(m.rows[i].X[j]))
		}
		for i := range m.rows {
			m.x[i][j] = m.rows[i].X[j] - mean
			m.sd[j] = math.Hypot(m.sd[j], m.x[i][j]/math.Sqrt(n))
		}
		if !(m.sd[j] > 1e-12*most) {
			errs = append(errs, fmt.Errorf("survival: covariate %d does not vary: leave it out", j))
			continue
		}
		for i := range m.rows {
			m.x[i][j] /= m.sd[j]
		}
	}
	return errors.Join(errs...)
}

// evaluate gives the log partial likelihood at β of the standardized covariates, and leaves its gradient and
// information. It goes back in time, so that the risk set only grows.
func (m *partial) evaluate(beta []float64) float64 {
	clear(m.gradient)
	m.information.Zero()
	like, all, dead := 0.0, newMoments(m.p), newMoments(m.p)
	for last := len(m.rows); last > 0; {
		first := last - 1
		for first > 0 && m.rows[first-1].Time == m.rows[last-1].Time {
			first--
		}
		dead.clear()
		events := 0
		for i := first; i < last; i++ {
			eta := 0.0
			for j, v := range m.x[i] {
				eta += beta[j] * v
			}
			all.add(m.x[i], math.Exp(eta))
			if m.rows[i].Event {
				dead.add(m.x[i], math.Exp(eta))
				events++
				like += eta
				for j, v := range m.x[i] {
					m.gradient[j] += v
				}
			}
		}
		for l := range events {
			share := 0.0
			if m.ties == Efron {
				share = float64(l) / float64(events)
			}
			like -= m.remove(all, dead, share)
		}
		last = first
	}
	return like
}

// remove takes the expectation of one end over the risk set, the tied ends counting 1 − share, from gradient and
// information, and gives the logarithm of its weight.
func (m *partial) remove(all, dead *moments, share float64) float64 {
	weight := all.weight - share*dead.weight
	for j := range m.p {
		mean := (all.first[j] - share*dead.first[j]) / weight
		m.gradient[j] -= mean
		for k := range j + 1 {
			other := (all.first[k] - share*dead.first[k]) / weight
			second := (all.second[j*m.p+k] - share*dead.second[j*m.p+k]) / weight
			m.information.SetSym(j, k, m.information.At(j, k)+second-mean*other)
		}
	}
	return math.Log(weight)
}

// moments are weighted sums over a risk set.
type moments struct {
	weight        float64
	first, second []float64
}

func newMoments(p int) *moments {
	return &moments{first: make([]float64, p), second: make([]float64, p*p)}
}

func (s *moments) clear() {
	s.weight = 0
	clear(s.first)
	clear(s.second)
}

func (s *moments) add(x []float64, w float64) {
	s.weight += w
	for j, v := range x {
		s.first[j] += w * v
		for k := range j + 1 {
			s.second[j*len(x)+k] += w * v * x[k]
		}
	}
}

var errCollinear = errors.New("survival: the information cannot be inverted: covariates repeat one another or do not vary among those at risk, leave some out")

// factorize gives the Cholesky factor of the information.
func (m *partial) factorize() (*mat.Cholesky, error) {
	var c mat.Cholesky
	if !c.Factorize(m.information) || c.Cond() > coxConditions {
		return nil, errCollinear
	}
	return &c, nil
}

func (m *partial) solve() ([]float64, error) {
	c, err := m.factorize()
	if err != nil {
		return nil, err
	}
	var step mat.VecDense
	if err := c.SolveVecTo(&step, mat.NewVecDense(m.p, m.gradient)); err != nil {
		return nil, errCollinear
	}
	return step.RawVector().Data, nil
}

// diverged recognizes a β on its way to infinity, where the likelihood is flat and Newton's method stops.
func (m *partial) diverged(beta []float64) error {
	for j, b := range beta {
		if info := m.information.At(j, j); math.Abs(b) > 10 && math.Abs(b)*math.Sqrt(info) < 1 {
			return fmt.Errorf("survival: covariate %d separates early ends from late ones, its coefficient is infinite: leave it out", j)
		}
	}
	return nil
}

// errors turns the fit to the covariates' own units and fills in its covariance.
func (m *partial) errors(fit *CoxFit) error {
	c, err := m.factorize()
	if err != nil {
		return err
	}
	var inverse mat.SymDense
	if err := c.InverseTo(&inverse); err != nil {
		return errCollinear
	}
	for j := range m.p {
		fit.Covariance = append(fit.Covariance, make([]float64, m.p))
		for k := range m.p {
			fit.Covariance[j][k] = inverse.At(j, k) / (m.sd[j] * m.sd[k])
		}
		fit.SE = append(fit.SE, math.Sqrt(fit.Covariance[j][j]))
		fit.Coef[j] /= m.sd[j]
	}
	return nil
}

// concordance compares all pairs of which it is known who ended first (Harrell et al. 1982).
func (m *partial) concordance(beta []float64) float64 {
	risk := make([]float64, len(m.rows))
	for i, x := range m.x {
		for j, v := range x {
			risk[i] += beta[j] * v
		}
	}
	agree, pairs := 0.0, 0.0
	for i := range m.rows {
		if !m.rows[i].Event {
			continue
		}
		for j := range m.rows {
			a, b := m.rows[i], m.rows[j]
			if b.Time < a.Time || b.Time == a.Time && (b.Event || i == j) {
				continue
			}
			pairs++
			switch {
			case risk[i] > risk[j]:
				agree++
			case risk[i] == risk[j]:
				agree += .5
			}
		}
	}
	if pairs == 0 {
		return .5
	}
	return agree / pairs
}
