package experiment

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sluice-sor/sluice/bandit"
)

// Interval is an estimate of treatment minus control, bps; below 0 the treatment costs less.
type Interval struct {
	Mean float64 `json:"mean"`
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
}

// Result is a reading of an experiment.
type Result struct {
	Design   Design     `json:"design"`
	Units    int64      `json:"units"`
	Parents  int        `json:"parents"`
	Arms     [2]ArmMean `json:"arms"` // control, treatment
	Ratio    float64    `json:"sample_ratio_e"`
	RatioP   float64    `json:"sample_ratio_p"` // of one scheduled look
	Effect   Interval   `json:"effect"`         // confidence sequence with covariates: the one that decides
	Plain    Interval   `json:"plain"`          // the same without covariates
	Pulled   Interval   `json:"winsorized"`     // with covariates, outermost costs pulled in
	Once     Interval   `json:"fixed_n"`        // with covariates, right if this is the only look
	Explains float64    `json:"variance_explained"`
	TTest    float64    `json:"t_test_p"` // of the plain t-test: wrong if one looks twice
	SPRT     float64    `json:"msprt_p"`  // always-valid p-value of the mixture sequential ratio test
	Verdict  Verdict    `json:"verdict"`
	Because  string     `json:"because"`
}

// ArmMean is what one arm cost.
type ArmMean struct {
	Units int64   `json:"units"`
	Mean  float64 `json:"mean"`
	SD    float64 `json:"sd"`
}

// Analyze reads the rows of an experiment, in the order in which they ended. It may be called at any time and as often as one
// likes. It fails on a design or rows that make no sense, and never on too few of them.
func Analyze(d *Design, rows []Row) (*Result, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if err := check(rows); err != nil {
		return nil, err
	}
	all, err := units(rows)
	if err != nil {
		return nil, err
	}
	r := &Result{Design: *d, Units: int64(len(all)), Parents: len(rows), TTest: 1, SPRT: 1, RatioP: 1, Ratio: 1}
	if len(all) == 0 {
		r.Verdict, r.Because = GoOn, "no order has ended yet"
		return r, nil
	}
	var ratio Ratio
	for i := range all {
		ratio.See(all[i].arm, d.Share)
	}
	r.Ratio, r.RatioP = ratio.E(), ratio.P(d.Share)
	r.arms(all)
	psi := adjusted(all, d.Share)
	r.Effect, r.Once = sequence(d, psi), once(d, psi)
	plain := adjusted(without(all), d.Share)
	r.Plain = sequence(d, plain)
	r.Pulled = sequence(d, adjusted(pulled(all, d.Winsor), d.Share))
	if len(all) > Least+1 { // of one unit there is no variance
		if v := stat.Variance(plain[Least:], nil); v > 0 {
			r.Explains = 1 - stat.Variance(psi[Least:], nil)/v
		}
	}
	r.SPRT = mixture(psi)
	r.Verdict, r.Because = d.decide(r.Units, r.Effect, &ratio)
	return r, nil
}

// arms fills the means and the t-test of the difference, with unequal variances (Welch 1947).
func (r *Result) arms(all []unit) {
	var y [2][]float64
	for i := range all {
		y[all[i].arm] = append(y[all[i].arm], all[i].y)
	}
	var se2 [2]float64
	for a := range y {
		m := &r.Arms[a]
		if m.Units = int64(len(y[a])); m.Units == 0 {
			continue
		}
		if m.Mean = stat.Mean(y[a], nil); m.Units > 1 {
			m.SD = stat.StdDev(y[a], nil)
			se2[a] = m.SD * m.SD / float64(m.Units)
		}
	}
	n0, n1 := float64(r.Arms[0].Units), float64(r.Arms[1].Units)
	if n0 < 2 || n1 < 2 || se2[0]+se2[1] == 0 {
		return
	}
	s := se2[0] + se2[1]
	nu := s * s / (se2[0]*se2[0]/(n0-1) + se2[1]*se2[1]/(n1-1))
	t := math.Abs(r.Arms[1].Mean-r.Arms[0].Mean) / math.Sqrt(s)
	r.TTest = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: nu}.Survival(t)
}

// sequence is the interval of the confidence sequence.
func sequence(d *Design, psi []float64) Interval {
	mean, sd := stat.MeanStdDev(psi, nil)
	if len(psi) < 2 {
		return Interval{mean, math.Inf(-1), math.Inf(1)}.bounded()
	}
	h := bandit.Radius(sd, int64(len(psi)), d.Alpha, d.Tune)
	return Interval{mean, mean - h, mean + h}
}

// once is the plain interval.
func once(d *Design, psi []float64) Interval {
	mean, sd := stat.MeanStdDev(psi, nil)
	if len(psi) < 2 {
		return Interval{mean, math.Inf(-1), math.Inf(1)}.bounded()
	}
	h := distuv.UnitNormal.Quantile(1-d.Alpha/2) * sd / math.Sqrt(float64(len(psi)))
	return Interval{mean, mean - h, mean + h}
}

// bounded keeps an interval that tells nothing within what JSON can say.
func (i Interval) bounded() Interval {
	return Interval{i.Mean, max(i.Lo, -math.MaxFloat64), min(i.Hi, math.MaxFloat64)}
}

// without takes the covariates away.
func without(all []unit) []unit {
	out := slices.Clone(all)
	for i := range out {
		out[i].x = nil
	}
	return out
}

// pulled pulls the outermost costs of both arms together in to their quantiles (ABT-05).
func pulled(all []unit, share float64) []unit {
	if share == 0 || len(all) < 2 {
		return all
	}
	y := make([]float64, len(all))
	for i := range all {
		y[i] = all[i].y
	}
	slices.Sort(y)
	lo, hi := stat.Quantile(share, stat.Empirical, y, nil), stat.Quantile(1-share, stat.Empirical, y, nil)
	out := slices.Clone(all)
	for i := range out {
		out[i].y = min(hi, max(lo, out[i].y))
	}
	return out
}

// mixture is the always-valid p-value of the mixture sequential ratio test with a normal mixture of the scale of the spread's
// tenth (Johari, Koomen, Pekelis, Walsh): the least 1/Λ so far, with
//
//	Λ = √(σ²/(σ²+nτ²))·exp( n²τ²ψ̄²/(2σ²(σ²+nτ²)) )
func mixture(psi []float64) float64 {
	p, sum, squares := 1.0, 0.0, 0.0
	for i, x := range psi {
		sum += x
		squares += x * x
		n := float64(i + 1)
		if i+1 < Least {
			continue
		}
		mean := sum / n
		v := squares/n - mean*mean
		if v <= 0 {
			continue
		}
		tau2 := v / 100
		log := .5*math.Log(v/(v+n*tau2)) + n*n*tau2*mean*mean/(2*v*(v+n*tau2))
		p = min(p, math.Exp(-log))
	}
	return p
}
