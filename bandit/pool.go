package bandit

import "fmt"

// A PooledArm is one arm's intercept, as it has learned it, and as its group has.
type PooledArm struct {
	Arm      int
	Estimate float64 // θ̂, the posterior mean
	SE       float64
	Shrunk   float64 // mean + τ²/(τ²+se²)·(θ̂ − mean)
}

// Pooled is one head's intercept over the arms of a group: random effects θ_v ~ N(Mean, Tau²), by moments (FTR-03;
// DerSimonian and Laird 1986).
//
//	τ² = max(0, Var_v(θ̂_v) − mean se_v²),   Mean = Σ θ̂_v/(τ²+se_v²) / Σ 1/(τ²+se_v²)
//
// With one arm nothing is known of Tau: it is that of the arm's prior. θ̂ and se are those of posteriors, because the first
// of many coefficients cannot be told from the others by a few data alone: while these are few, the desk's priors speak too.
type Pooled struct {
	Mean   float64
	SE     float64 // of Mean
	Tau    float64
	Arms   []PooledArm // those with data
	slopes []float64   // mean of the other coefficients, weighted by their precision
}

// Pool is what the arms of one group have in common.
type Pool struct {
	Fill     Pooled
	Toxicity [NumHorizons]Pooled
	hazard   []float64 // mean of all coefficients of H2, nil where no arm has learned any
}

// PoolEffects pools estimates with standard errors above 0; cold is the τ of a single one. It fills Shrunk.
func PoolEffects(arms []PooledArm, cold float64) Pooled {
	p := Pooled{Arms: arms, Tau: cold}
	n := float64(len(arms))
	if n == 0 {
		return p
	}
	if n > 1 {
		mean, noise, spread := 0.0, 0.0, 0.0
		for _, a := range arms {
			mean += a.Estimate / n
			noise += float64(a.SE*a.SE) / n
		}
		for _, a := range arms {
			spread += float64((a.Estimate-mean)*(a.Estimate-mean)) / (n - 1)
		}
		p.Tau = sqrt(max(0, spread-noise))
	}
	total, sum := 0.0, 0.0
	for _, a := range arms {
		w := 1 / (float64(p.Tau*p.Tau) + float64(a.SE*a.SE))
		total += w
		sum += float64(w * a.Estimate)
	}
	p.Mean, p.SE = sum/total, sqrt(1/total)
	for i := range arms {
		a := &arms[i]
		share := float64(p.Tau*p.Tau) / (float64(p.Tau*p.Tau) + float64(a.SE*a.SE))
		a.Shrunk = p.Mean + float64(share*(a.Estimate-p.Mean))
	}
	return p
}

// Pool gives what the arms of each group have in common; group[a] is the group of arm a, from 0, negative for none, such as
// venue type × style. It panics if group has not one entry for each arm. It changes nothing.
func (l *Learner) Pool(group []int) []Pool {
	if len(group) != len(l.arms) {
		panic("bandit: groups and arms differ in number")
	}
	n := 0
	for _, g := range group {
		n = max(n, g+1)
	}
	out := make([]Pool, n)
	for g := range out {
		var fills, hazards []*posterior
		var tox [NumHorizons][]*posterior
		var arms []int
		for a, of := range group {
			if of != g {
				continue
			}
			arms = append(arms, a)
			fills = append(fills, l.arms[a].fill.q)
			for h, t := range l.arms[a].tox {
				var q *posterior
				if t != nil {
					q = t.q
				}
				tox[h] = append(tox[h], q)
			}
			if h := l.arms[a].hazard; h != nil && !h.q.empty() {
				hazards = append(hazards, h.q)
			}
		}
		out[g].Fill = pool(arms, fills, func(int) float64 { return 1 })
		for h := range tox {
			out[g].Toxicity[h] = pool(arms, tox[h], func(a int) float64 { return l.arms[a].tox[h].noise })
		}
		out[g].hazard = average(hazards, 0)
	}
	return out
}

// pool pools the intercepts of one head of several arms; noise is the variance that a unit of the posterior stands for.
func pool(arms []int, of []*posterior, noise func(arm int) float64) Pooled {
	var effects []PooledArm
	var known []*posterior
	cold := 0.0
	for i, q := range of {
		if q == nil || q.empty() {
			continue
		}
		scale := sqrt(noise(arms[i]))
		cold = max(cold, float64(scale*sqrt(q.coldVariance())))
		known = append(known, q)
		effects = append(effects, PooledArm{Arm: arms[i], Estimate: q.theta[0], SE: float64(scale * sqrt(q.p[0]))})
	}
	p := PoolEffects(effects, cold)
	p.slopes = average(known, 1)
	return p
}

// coldVariance is the prior's marginal variance of the first coefficient.
func (q *posterior) coldVariance() float64 {
	d := q.dim()
	var first [maxCoordinates]float64
	first[0] = 1
	cholesky(q.l, q.prior.Precision, d) // validated when the prior was set
	solve(q.l, first[:d], d)
	return first[0]
}

// average is the mean of the coefficients from the given one on, weighted by their precision; nil of nothing. Heads of
// another dimension than the first are left out.
func average(of []*posterior, from int) []float64 {
	if len(of) == 0 {
		return nil
	}
	d := of[0].dim()
	out := make([]float64, d-from)
	for i := range out {
		total := 0.0
		for _, q := range of {
			if q.dim() != d {
				continue
			}
			w := 1 / q.p[(from+i)*(d+1)]
			total += w
			out[i] += float64(w * q.theta[from+i])
		}
		out[i] /= total
	}
	return out
}

// Prior is the cold configuration of a new arm of the group, moved to what the group's arms know: intercepts to their mean
// with the precision that they show, at most four times the cold one, slopes to theirs with the precision of the cold prior.
// What no arm knows stays cold; so do H1, because its optimism is what makes a new venue be tried (DRK-01), and H5.
func (p *Pool) Prior(cold ArmConfig) ArmConfig {
	cold.Fill = p.Fill.prior(cold.Fill, 1)
	for h := range cold.Toxicity {
		noise := cold.Noise[h]
		if noise == 0 {
			noise = defaultNoise
		}
		cold.Toxicity[h] = p.Toxicity[h].prior(cold.Toxicity[h], noise)
	}
	if len(p.hazard) > 0 && len(p.hazard) == len(cold.Hazard.Mean) {
		cold.Hazard.Mean = append([]float64(nil), p.hazard...)
	}
	return cold
}

func (p *Pooled) prior(cold Prior, noise float64) Prior {
	d := len(cold.Mean)
	if len(p.Arms) == 0 || d == 0 || len(p.slopes) != d-1 {
		return cold
	}
	const most = 4 // of the cold precision: a type is a hint, no knowledge of the venue
	out := Prior{Mean: append([]float64{p.Mean}, p.slopes...), Precision: append([]float64(nil), cold.Precision...)}
	if variance := float64(p.Tau*p.Tau) + float64(p.SE*p.SE); variance > 0 {
		out.Precision[0] = min(float64(most*cold.Precision[0]), max(cold.Precision[0], noise/variance))
	}
	return out
}

// Append gives the learner more arms, behind those it has: what is known of these, and their records, stay as they are.
// Deltas of learners with other arms are refused from now on (ErrDeltaShape). On an error nothing changed.
func (l *Learner) Append(arms ...ArmConfig) error {
	if len(l.arms)+len(arms) > MaxArms {
		return fmt.Errorf("bandit: %d arms: the limit is %d", len(l.arms)+len(arms), MaxArms)
	}
	more := make([]arm, len(arms))
	for i := range arms {
		if err := more[i].build(&arms[i], &l.config); err != nil {
			return fmt.Errorf("bandit: arm %d: %w", len(l.arms)+i, err)
		}
		more[i].advance(l.now)
	}
	l.arms = append(l.arms, more...)
	l.config.Arms = append(l.config.Arms, arms...)
	return nil
}
