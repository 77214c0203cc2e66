package bandit

import "fmt"

// Mix are the three numbers that turn costs into propensities. They are logged with the decision.
type Mix struct {
	Gamma float64 // γ ≥ 0 per bps, Exploration.Mix gives it; from Greedy on the cheapest plan alone
	Floor float64 // ε in [0, 1], total mass spread evenly over all plans (PLN-02)
	Share float64 // m in [0, 1], what follows the learner; the rest is the static plan (section 6)
}

// A Distribution is the exact law of one decision over its canonical plans. Sampling from it is a
// separate step (Sample). Its slices are reused by the next Compute.
type Distribution struct {
	P       []float64 // p_j, what is sampled from and logged
	Learned []float64 // π_L, the learner's part: (1−ε)·q + ε/J
	Best    int       // argmin cost, lowest index on ties
	Static  int       // the static plan
	Mix     Mix
}

// Compute fills d with the propensities of the plans (learning text, section 4; inverse-gap
// weighting of Abe and Long 1999, Foster and Rakhlin 2020):
//
//	q_j = 1/(J + γ(μ_j − μ_min)) for j ≠ best,  q_best = 1 − Σ others
//	π_L = (1−ε)q + ε/J,  p = m·π_L + (1−m)·1{static}
//
// Plans must come from Canonical. It fails when the mix is out of range. It panics if the result
// breaks PLN-04 (Σp = 1 ± 10⁻¹², p_j ≥ m·ε/J − 10⁻¹²), which would be a bug here. No allocation once
// warm; cost O(J).
func (d *Distribution) Compute(plans []Plan, mix Mix) error {
	if !(mix.Gamma >= 0) || !finite(mix.Gamma) || !(mix.Floor >= 0 && mix.Floor <= 1) || !(mix.Share >= 0 && mix.Share <= 1) {
		return fmt.Errorf("mix %+v is out of range: Gamma ≥ 0, Floor and Share in [0, 1]", mix)
	}
	d.Mix, d.Best, d.Static = mix, 0, -1
	d.P, d.Learned = resize(d.P, len(plans)), resize(d.Learned, len(plans))
	for j := range plans {
		if plans[j].Cost < plans[d.Best].Cost {
			d.Best = j
		}
		if plans[j].Static {
			d.Static = j
		}
	}
	if d.Static < 0 {
		return fmt.Errorf("none of %d plans is the static one: pass them through Canonical", len(plans))
	}
	d.weigh(plans)
	d.assert()
	return nil
}

func (d *Distribution) weigh(plans []Plan) {
	n := float64(len(plans))
	others := 0.0
	for j := range plans {
		if d.Learned[j] = 0; j != d.Best && d.Mix.Gamma < Greedy {
			gap := plans[j].Cost - plans[d.Best].Cost
			q := 1 / (n + float64(d.Mix.Gamma*gap))
			d.Learned[j] = q
			others += q
		}
	}
	d.Learned[d.Best] = 1 - others
	for j, q := range d.Learned {
		d.Learned[j] = float64((1-d.Mix.Floor)*q) + d.Mix.Floor/n
		d.P[j] = float64(d.Mix.Share * d.Learned[j])
	}
	d.P[d.Static] += 1 - d.Mix.Share
}

// assert holds PLN-04.
func (d *Distribution) assert() {
	sum, least := 0.0, d.Mix.Share*d.Mix.Floor/float64(len(d.P))
	for j, p := range d.P {
		if !(p >= least-1e-12) {
			panic(fmt.Sprintf("bandit: propensity %v of plan %d is below the floor %v (PLN-04)", p, j, least))
		}
		sum += p
	}
	if !(abs(sum-1) <= 1e-12) {
		panic(fmt.Sprintf("bandit: propensities sum to %v (PLN-04)", sum))
	}
}

// Sample is the index that the uniform draw u in [0, 1) selects from the propensities p: the first
// whose cumulative sum exceeds u, the last taking the remainder (PLN-05).
func Sample(p []float64, u float64) int {
	cum := 0.0
	for j, v := range p[:len(p)-1] {
		cum += v
		if cum > u {
			return j
		}
	}
	return len(p) - 1
}

// Marginal is the exact propensity of an event, such as "arm 3 got at least 200 lots": the sum of p_j
// over the plans in it (PLN-04).
func Marginal(p []float64, in func(j int) bool) float64 {
	sum := 0.0
	for j, v := range p {
		if in(j) {
			sum += v
		}
	}
	return min(1, sum)
}
