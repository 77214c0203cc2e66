package offpolicy

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// An Exposure is one logged decision as one venue's leakage sees it: the venue was shown lots that it did not fill, or was
// not used (FIT-08).
type Exposure struct {
	Parent     uint64    // decisions of one parent order are one cluster
	Sent       bool      // the decision sent something to the venue
	Filled     bool      // and some of it filled: the row then speaks by its context only
	Lots       float64   // sent there
	Propensity float64   // that the logged policy sends something there, between 0 and 1: Σ of p_j over the plans that do (PLN-04)
	NoFill     float64   // predicted probability that nothing of it fills, above 0 and at most 1
	X          []float64 // what was known at the decision, without a constant; of one length in all rows
	Cost       float64   // s·(m_{t+30s} − m_t), net of own impact and β × index, times the lots still to trade then; bps · lots
}

// A Leakage is what one venue's lots cost by being shown.
type Leakage struct {
	Lambda  float64 // λ̂, bps of a lot for each lot sent and not filled
	SE      float64 // clustered by parent
	Shrunk  float64 // λ̂·τ²/(τ²+se²): towards no leakage, by what the venues together show (FTR-03)
	Exposed int     // rows in which lots were shown and none filled
	Idle    int     // rows in which the venue was not used
	ESS     float64 // the smaller effective sample of the two
	Clipped int     // weights pulled back to LeakageConfig.Cap
	Refused string  // why there is no figure: Lambda and Shrunk are 0 then; empty = there is one
	Parents int
}

// LeakageConfig says how leakage is estimated.
type LeakageConfig struct {
	Ridge  float64 // of the outcome models' slopes, ≥ 0
	Cap    float64 // largest weight, ≥ 1
	Least  float64 // effective sample below which there is no figure
	Prior  float64 // τ where fewer than two venues have a figure, bps per lot
	Folds  int     // of the cross-fit, by parent, ≥ 2
	MaxDim int     // longest X
}

// DefaultLeakage caps weights at 100, asks for an effective sample of 200 as OPE-02 does, and believes λ ~ N(0, .05²) where
// venues do not tell.
func DefaultLeakage() LeakageConfig {
	return LeakageConfig{Ridge: 1, Cap: 100, Least: 200, Prior: .05, Folds: 5, MaxDim: 64}
}

// EstimateLeakage gives λ of each venue, by AIPW on its rows (Robins, Rotnitzky, Zhao 1994), with outcome models that did
// not see the row's parent:
//
//	ψ = m̂₁(X) − m̂₀(X) + 1{sent, none filled}·(Y − m̂₁)/(p·q) − 1{not sent}·(Y − m̂₀)/(1−p)
//	λ̂ = mean ψ / mean lots,    p the propensity, q the predicted probability that nothing fills
//
// It is right if the propensities are, as logged, or if the models are; but that a send was not filled is no draw of ours: it
// may itself tell where the price goes, and X must hold what tells, or drift is read as leakage. venues[v] may be empty.
// It fails on rows out of range. For offline use; a served λ is read-only and not negative.
func EstimateLeakage(venues [][]Exposure, c LeakageConfig) ([]Leakage, error) {
	if !(c.Ridge >= 0) || !(c.Cap >= 1) || !(c.Least >= 0) || !(c.Prior > 0) || c.Folds < 2 {
		return nil, fmt.Errorf("offpolicy: leakage: Ridge %v (0 or more), Cap %v (1 or more), Least %v (0 or more), Prior %v (above 0), Folds %d (2 or more)", c.Ridge, c.Cap, c.Least, c.Prior, c.Folds)
	}
	out := make([]Leakage, len(venues))
	for v, rows := range venues {
		for i := range rows {
			if err := rows[i].validate(len(rows[0].X), c.MaxDim); err != nil {
				return nil, fmt.Errorf("offpolicy: leakage of venue %d: row %d: %w", v, i, err)
			}
		}
		out[v].estimate(rows, c)
	}
	shrink(out, c.Prior)
	return out, nil
}

func (e *Exposure) validate(dim, most int) error {
	switch {
	case !(e.Propensity > 0 && e.Propensity < 1) || !(e.NoFill > 0 && e.NoFill <= 1):
		return fmt.Errorf("propensity %v, probability of no fill %v: give more than 0 and less than 1, and more than 0", e.Propensity, e.NoFill)
	case len(e.X) != dim || dim > most:
		return fmt.Errorf("%d features: give the same number in all rows, at most %d", len(e.X), most)
	case e.Sent && !(e.Lots > 0) || e.Filled && !e.Sent:
		return errors.New("a send without lots, or a fill without a send")
	case !finite(e.Cost) || e.Sent && !finite(e.Lots):
		return fmt.Errorf("cost %v of %v lots: give finite figures", e.Cost, e.Lots)
	}
	for _, x := range e.X {
		if !finite(x) {
			return errors.New("a feature is not finite")
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// exposed and idle are the two arms of the contrast.
func (e *Exposure) exposed() bool { return e.Sent && !e.Filled }

func (e *Exposure) idle() bool { return !e.Sent }

// fold keeps a parent's rows together. Parents' ids run, so that they are mixed first.
func (e *Exposure) fold(n int) int {
	z := (e.Parent ^ e.Parent>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (l *Leakage) estimate(rows []Exposure, c LeakageConfig) {
	weights := l.weigh(rows, c)
	if l.ESS < max(c.Least, 2) {
		l.Refused = fmt.Sprintf("the effective sample is %.0f, which is less than %.0f", l.ESS, max(c.Least, 2))
		return
	}
	shown, idle := outcomes(rows, c, (*Exposure).exposed), outcomes(rows, c, (*Exposure).idle)
	n, sum, total, lots := float64(len(rows)), 0.0, 0.0, 0.0
	psi := make([]float64, len(rows))
	for i := range rows {
		r := &rows[i]
		psi[i] = shown[i] - idle[i]
		switch {
		case r.exposed():
			psi[i] += weights[i] * (r.Cost - shown[i])
			total += weights[i]
			lots += weights[i] * r.Lots
		case r.idle():
			psi[i] -= weights[i] * (r.Cost - idle[i])
		}
		sum += psi[i]
	}
	mean := lots / total
	l.Lambda = sum / n / mean
	by := map[uint64]int{}
	var clusters []float64 // in the order in which parents come
	for i := range rows {
		miss := (psi[i] - sum/n) / mean
		if rows[i].exposed() {
			miss -= l.Lambda * weights[i] * (rows[i].Lots - mean) / (total / n * mean)
		}
		k, ok := by[rows[i].Parent]
		if !ok {
			k = len(clusters)
			by[rows[i].Parent] = k
			clusters = append(clusters, 0)
		}
		clusters[k] += miss
	}
	l.Parents = len(clusters)
	squares := 0.0
	for _, s := range clusters {
		squares += s * s
	}
	if l.Parents < 2 {
		l.Lambda, l.Refused = 0, "all rows are of one parent"
		return
	}
	l.SE = math.Sqrt(squares*float64(l.Parents)/float64(l.Parents-1)) / n
}

// weigh gives the rows' inverse propensities, and counts.
func (l *Leakage) weigh(rows []Exposure, c LeakageConfig) []float64 {
	out := make([]float64, len(rows))
	var sum, squares [2]float64
	for i := range rows {
		r, arm := &rows[i], 0
		switch {
		case r.exposed():
			l.Exposed++
			out[i] = 1 / (r.Propensity * r.NoFill)
		case r.idle():
			l.Idle++
			out[i], arm = 1/(1-r.Propensity), 1
		}
		if out[i] > c.Cap {
			out[i] = c.Cap
			l.Clipped++
		}
		sum[arm] += out[i]
		squares[arm] += out[i] * out[i]
	}
	l.ESS = math.Inf(1)
	for arm := range sum {
		ess := 0.0
		if squares[arm] > 0 {
			ess = sum[arm] * sum[arm] / squares[arm]
		}
		l.ESS = min(l.ESS, ess)
	}
	return out
}

// outcomes predicts every row's cost by ridge regression on the arm's rows of the other folds.
func outcomes(rows []Exposure, c LeakageConfig, arm func(*Exposure) bool) []float64 {
	d := len(rows[0].X) + 1
	out := make([]float64, len(rows))
	for fold := range c.Folds {
		gram, rhs := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
		x := mat.NewVecDense(d, nil)
		for j := range d {
			gram.SetSym(j, j, 1e-9)
			if j > 0 {
				gram.SetSym(j, j, c.Ridge+1e-9)
			}
		}
		for i := range rows {
			if r := &rows[i]; arm(r) && r.fold(c.Folds) != fold {
				r.fill(x)
				gram.SymRankOne(gram, 1, x)
				rhs.AddScaledVec(rhs, r.Cost, x)
			}
		}
		var chol mat.Cholesky
		var beta mat.VecDense
		if !chol.Factorize(gram) || chol.SolveVecTo(&beta, rhs) != nil {
			continue // no model: the weights alone decide
		}
		for i := range rows {
			if r := &rows[i]; r.fold(c.Folds) == fold {
				r.fill(x)
				out[i] = mat.Dot(x, &beta)
			}
		}
	}
	return out
}

func (e *Exposure) fill(x *mat.VecDense) {
	x.SetVec(0, 1)
	for j, v := range e.X {
		x.SetVec(j+1, v)
	}
}

// shrink pulls the figures towards 0 by their spread about it, τ² = max(0, mean of λ̂² − se²).
func shrink(all []Leakage, prior float64) {
	n, spread := 0.0, 0.0
	for i := range all {
		if all[i].Refused == "" {
			n++
			spread += all[i].Lambda*all[i].Lambda - all[i].SE*all[i].SE
		}
	}
	variance := prior * prior
	if n > 1 {
		variance = max(0, spread/n)
	}
	for i := range all {
		if l := &all[i]; l.Refused == "" && variance > 0 {
			l.Shrunk = l.Lambda * variance / (variance + l.SE*l.SE)
		}
	}
}
