package decisionlog

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// An Interval is an estimate in bps of the shares wanted, a mean over decisions.
type Interval struct {
	Value   float64 `json:"value"`
	Low     float64 `json:"low"` // 95 %, by parents, for one look at the log
	High    float64 `json:"high"`
	Anytime float64 `json:"anytime"` // half-width that holds for any number of looks (ABT-03)
}

// A Value is what the log says of one policy. Where Evaluable is false there are no figures, and Refusals says why (OPE-02).
type Value struct {
	Policy      string              `json:"policy"`
	About       string              `json:"about"`
	Evaluable   bool                `json:"evaluable"`
	Refusals    []string            `json:"refusals,omitempty"`
	Decisions   int                 `json:"decisions"` // that the figures are of
	Applies     float64             `json:"applies"`   // share of them where the policy could do otherwise than was done: a restricted one needs a plan within its bounds
	Parents     int                 `json:"parents"`
	Void        int                 `json:"void"`
	VoidShare   float64             `json:"voidShare"`
	ESS         float64             `json:"ess"`
	Largest     float64             `json:"largestWeightShare"`
	Estimates   map[string]Interval `json:"estimates,omitempty"`       // by estimator
	MinusStatic map[string]Interval `json:"minusStaticBps,omitempty"`  // negative: cheaper than the static plan; missing where that is not evaluable
	MinusDone   map[string]Interval `json:"minusLoggingBps,omitempty"` // negative: cheaper than what was done
}

// The estimators in the order in which they are shown: the first two are the ones to go by (OPE-01).
func shown() []offpolicy.Estimator {
	return []offpolicy.Estimator{offpolicy.SNDR, offpolicy.SNIPS, offpolicy.DR, offpolicy.DM, offpolicy.IPS, offpolicy.SWITCH, offpolicy.DRos}
}

// Evaluate gives the values of policies, and what the log has. A log that has nothing to go by refuses every policy.
func (l *Log) Evaluate(policies []Policy) ([]Value, Summary, error) {
	summary := l.finish()
	q := l.fit()
	var base [2][]offpolicy.Row // what was done, and static
	for i, name := range []string{Logging, Static} {
		p, err := l.policy(name)
		if err == nil {
			base[i], err = l.rows(&p, q)
		}
		if err != nil {
			return nil, summary, err
		}
	}
	var out []Value
	for i := range policies {
		rows, err := l.rows(&policies[i], q)
		if err != nil {
			return nil, summary, err
		}
		v, err := l.value(&policies[i], rows, base[0], base[1], &summary)
		if err != nil {
			return nil, summary, err
		}
		out = append(out, v)
	}
	return out, summary, nil
}

// value is one policy's, with its differences to what was done and to the static plan.
func (l *Log) value(p *Policy, rows, done, static []offpolicy.Row, s *Summary) (Value, error) {
	v := Value{Policy: p.Name, About: p.about, Void: s.Void}
	if total := s.Draws + s.Void; total > 0 {
		v.VoidShare = float64(s.Void) / float64(total)
	}
	if s.Draws == 0 {
		v.Refusals = []string{s.empty()}
		return v, nil
	}
	v.Applies = l.applies(p) / float64(s.Draws)
	c := offpolicy.DefaultConfig()
	r, err := offpolicy.Evaluate(rows, c)
	if err != nil {
		return v, err
	}
	v.Evaluable, v.Refusals, v.Decisions, v.Parents, v.ESS, v.Largest = r.Evaluable(), r.Refusals, r.Rows, r.Parents, r.ESS, r.Largest
	if why := s.unsent(); why != "" {
		v.Evaluable, v.Refusals = false, append(v.Refusals, why)
	}
	if !v.Evaluable {
		return v, nil
	}
	v.Estimates = intervals(&r.By)
	if v.MinusDone, err = minus(rows, done, c); err != nil {
		return v, err
	}
	v.MinusStatic, err = minus(rows, static, c)
	return v, err
}

// mostUnsent is the share of draws of which a child never left that a log may have, as for void ones. Which child does not leave
// depends on the venue it waits for and on what came in meanwhile, and so on the plan that was drawn: the others do not stand for
// those that are left out, so they must be few.
const mostUnsent = .01

// unsent says why too many draws are left out because a child never left, empty if they are few.
func (s *Summary) unsent() string {
	if all := s.Draws + s.Unsent; float64(s.Unsent) > mostUnsent*float64(all) {
		return fmt.Sprintf("of %d of %d draws a child never left, more than %.0f %%: the queues to the venues are too long; raise their rates, or route less", s.Unsent, all, 100*mostUnsent)
	}
	return ""
}

// minus is the difference to a policy, nil where that one cannot be evaluated.
func minus(rows, base []offpolicy.Row, c offpolicy.Config) (map[string]Interval, error) {
	if r, err := offpolicy.Evaluate(base, c); err != nil || !r.Evaluable() {
		return nil, err
	}
	by, err := offpolicy.Contrast(rows, base, c)
	if err != nil {
		return nil, err
	}
	return intervals(&by), nil
}

// applies counts the draws where the policy is not what was done for want of a plan.
func (l *Log) applies(p *Policy) (n float64) {
	for i := range l.entries {
		if e := &l.entries[i]; e.state == Usable && (p.applies == nil || p.applies(e)) {
			n++
		}
	}
	return n
}

// intervals puts estimates in the log's form. One that has no width, as of a single parent, is left out.
func intervals(by *[offpolicy.NumEstimators]offpolicy.Estimate) map[string]Interval {
	out := map[string]Interval{}
	for _, e := range shown() {
		x := by[e]
		if half := x.Half(); !math.IsInf(half, 0) {
			out[e.String()] = Interval{x.Value, x.Value - half, x.Value + half, x.Radius}
		}
	}
	return out
}

// empty says why there is nothing to go by.
func (s *Summary) empty() string {
	switch n := s.Void + s.Pending; {
	case s.Reasons["its cost was never recorded"] > 0:
		return fmt.Sprintf("none of %d draws has its cost recorded: the log is older than that record; log anew with this build", n)
	case n > 0:
		return fmt.Sprintf("none of %d draws is left: %d are void, of %d the cost is not known yet", n, s.Void, s.Pending)
	case s.Fixed > 0:
		return fmt.Sprintf("one plan was certain in all %d decisions that had a choice: nothing is drawn while learning is off; switch it on (learning.off, learning.start_share)", s.Fixed)
	}
	if s.NoChoice == 0 {
		return "the log has no decision: name the store of a router that has worked orders, and widen --from and --to"
	}
	return "no decision had a choice between plans"
}

// rows are the log's decisions under a policy.
func (l *Log) rows(p *Policy, q *model) ([]offpolicy.Row, error) {
	rows := make([]offpolicy.Row, 0, len(l.entries))
	var probs []float64
	for i := range l.entries {
		e := &l.entries[i]
		if e.state == Void {
			rows = append(rows, offpolicy.Row{Parent: e.parent, Void: true})
			continue
		}
		probs = append(probs[:0], make([]float64, len(e.plans))...)
		if err := p.probs(probs, e); err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		r := offpolicy.Row{Parent: e.parent, Propensity: e.plans[e.chosen].p, Target: probs[e.chosen], Outcome: e.cost}
		for j := range e.plans {
			r.Hole = r.Hole || probs[j] > 0 && e.plans[j].p == 0
			predicted := q.predict(e, &e.plans[j])
			r.Value += probs[j] * predicted
			if j == e.chosen {
				r.Model = predicted
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}
