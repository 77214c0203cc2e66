package train

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// A PolicyValue is what routing by the candidate would have cost, from draws that the live policy made (OPE-01).
type PolicyValue struct {
	Draws      int
	Target     offpolicy.Report                            // of the candidate's policy
	Difference [offpolicy.NumEstimators]offpolicy.Estimate // candidate less what was done, bps of the shares wanted
	Problem    string                                      // why there is none
}

// policyValue draws, for every logged draw at or after from, the law that the same rule would have had with the candidate's
// figures in the place of the router's: the same plans, γ, ε and share of the learner. A plan's cost moves by what the
// candidate holds of the fills and the toxicity of its venues; spreads, fees, sizes and what finishing costs stay (LRN-01).
// The costs that the router expected are the direct model of both sides: they were told before the outcome.
func policyValue(ctx context.Context, s Source, from int64, x *Extract, candidate *predictor) (*PolicyValue, error) {
	arms := map[ArmKey]int{}
	for i, k := range x.Arms {
		arms[k] = i
	}
	c := counterfactual{arms: arms, candidate: candidate}
	err := s.Each(ctx, from, func(d *DecisionRow, _ []Row) error {
		if d.Draw() && d.Static >= 0 {
			return c.take(d)
		}
		return context.Cause(ctx)
	})
	if err != nil {
		return nil, err
	}
	v := &PolicyValue{Draws: len(c.target)}
	if len(c.target) == 0 {
		v.Problem = "the latest part of the window holds no draw between plans whose cost is known"
		return v, nil
	}
	if v.Target, err = offpolicy.Evaluate(c.target, offpolicy.DefaultConfig()); err != nil {
		v.Problem = err.Error()
		return v, nil
	}
	if v.Difference, err = offpolicy.Contrast(c.target, c.base, offpolicy.DefaultConfig()); err != nil {
		v.Problem = err.Error()
	}
	return v, nil
}

type counterfactual struct {
	arms         map[ArmKey]int
	candidate    *predictor
	dist         bandit.Distribution
	plans        []bandit.Plan
	target, base []offpolicy.Row
}

func (c *counterfactual) take(d *DecisionRow) error {
	c.plans = c.plans[:0]
	for j := range d.Plans {
		cost := d.Plans[j].CostBps
		for k := range d.Plans[j].Shares {
			cost += c.moved(d, &d.Plans[j].Shares[k])
		}
		c.plans = append(c.plans, bandit.Plan{Cost: cost, Static: j == d.Static, Tag: j})
	}
	if err := c.dist.Compute(c.plans, bandit.Mix{Gamma: d.Gamma, Floor: d.Epsilon, Share: d.M}); err != nil {
		return fmt.Errorf("train: decision %d of journal %d: %w", d.Decision, d.Instance, err)
	}
	row := offpolicy.Row{Parent: d.Parent ^ uint64(d.Instance)<<48, Propensity: d.Plans[d.Chosen].Prob, Outcome: d.Realized, Model: d.Plans[d.Chosen].CostBps, Void: d.Void}
	target, base := row, row
	target.Target, base.Target = c.dist.P[d.Chosen], row.Propensity
	for j := range d.Plans {
		p := &d.Plans[j]
		target.Value += c.dist.P[j] * p.CostBps
		base.Value += p.Prob * p.CostBps
		target.Hole = target.Hole || c.dist.P[j] > 1e-9 && p.Prob <= 0
	}
	c.target, c.base = append(c.target, target), append(c.base, base)
	return nil
}

// moved is by how much the candidate holds a plan's part at one venue for dearer, bps of the shares wanted.
func (c *counterfactual) moved(d *DecisionRow, s *Share) float64 {
	arm, ok := c.arms[ArmKey{s.Venue, s.Kind, s.Takes}]
	if !ok || d.Want <= 0 {
		return 0
	}
	for i := range d.Venues {
		v := &d.Venues[i]
		if v.Venue != s.Venue || v.Takes != s.Takes {
			continue
		}
		e := entry{Phi: v.Phi}
		phi := c.candidate.phi.of(&e)
		p := c.candidate.fill(arm, phi)
		tox, _ := c.candidate.toxicity(arm, ArmKey{s.Venue, s.Kind, s.Takes}.decide(), phi)
		fills := v.FillProb // the share of a send that fills, from what the router expected of it
		if gap := d.OppBps - v.CostBps; math.Abs(gap) > 1e-6 {
			fills = min(1, max(0, (d.OppBps-v.ExpectBps)/gap))
		}
		own := min(1, fills*p/max(.01, v.FillProb))
		before := fills*v.CostBps + (1-fills)*d.OppBps
		after := own*(v.CostBps-v.ToxBps+tox) + (1-own)*d.OppBps
		return float64(s.Qty) / float64(d.Want) * (after - before)
	}
	return 0
}

// policyGate is FIT-02's: the cost difference by SNDR, upper bound below .2 bps, with an effective sample of 200 (OPE-02).
func policyGate(v *PolicyValue) Gate {
	g := Gate{Name: "policy", Verdict: NotEvaluable}
	d := v.Difference[offpolicy.SNDR]
	g.Value, g.Low, g.High = d.Value, d.Value-d.Radius, d.Value+d.Radius
	switch {
	case v.Problem != "":
		g.Words = v.Problem
	case !v.Target.Evaluable():
		g.Words = fmt.Sprintf("not evaluable on %d draws: %s", v.Draws, strings.Join(v.Target.Refusals, "; "))
	default:
		g.Words = fmt.Sprintf("%+.3f bps against what was done on %d draws (effective sample %.0f), interval [%+.3f, %+.3f] by SNDR; wanted an upper bound below %g",
			d.Value, v.Draws, v.Target.ESS, g.Low, g.High, mostPolicy)
		if g.Verdict = Pass; !(g.High < mostPolicy) {
			g.Verdict, g.Words = Fail, g.Words+fmt.Sprintf(": missed by %.3f", g.High-mostPolicy)
		}
	}
	return g
}
