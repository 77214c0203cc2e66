package decisionlog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/bandit"
)

// A Policy is a rule that gives every plan of a logged decision a probability.
type Policy struct {
	Name    string
	about   string
	probs   func(dst []float64, e *entry) error // dst is all zero
	applies func(e *entry) bool                 // nil: everywhere
}

// The policies that every log can be asked for.
const (
	Logging = "logging"
	Static  = "static"
)

func policies() []Policy {
	return []Policy{
		{Name: Logging, about: "what was done: its value is the mean", probs: func(dst []float64, e *entry) error {
			for j := range dst {
				dst[j] = e.plans[j].p
			}
			return nil
		}},
		{Name: Static, about: "always the static plan", probs: func(dst []float64, e *entry) error {
			dst[e.static] = 1
			return nil
		}},
		{Name: "greedy", about: "always the plan that the learner expected to be cheapest", probs: func(dst []float64, e *entry) error {
			best := 0
			for j := range e.plans {
				if e.plans[j].cost < e.plans[best].cost {
					best = j
				}
			}
			dst[best] = 1
			return nil
		}},
		{Name: "uniform", about: "every plan that could be drawn alike", probs: func(dst []float64, e *entry) error {
			n := 0.0
			for j := range dst {
				if e.plans[j].p > 0 {
					dst[j], n = 1, n+1
				}
			}
			for j := range dst {
				dst[j] /= n
			}
			return nil
		}},
		igw("igw", 1),
	}
}

// igw is the learner's own rule on all of the flow, with γ so many times what it was. Where nothing was left to explore with
// the learner had its cheapest plan alone, and that stays so.
func igw(name string, times float64) Policy {
	var dist bandit.Distribution
	var plans []bandit.Plan
	about := fmt.Sprintf("the learner's rule for all of the flow, with %g times its γ", times)
	return Policy{Name: name, about: about, probs: func(dst []float64, e *entry) error {
		plans = plans[:0]
		for j := range e.plans {
			plans = append(plans, bandit.Plan{Cost: e.plans[j].cost, Static: j == e.static, Tag: j})
		}
		gamma := min(bandit.Greedy, times*e.gamma)
		if e.gamma >= bandit.Greedy {
			gamma = e.gamma
		}
		if err := dist.Compute(plans, bandit.Mix{Gamma: gamma, Floor: e.epsilon, Share: 1}); err != nil {
			return err
		}
		copy(dst, dist.P)
		return nil
	}}
}

// restricted is what was done, among the plans that in picks: each of them with its probability over theirs together, which is
// that of the event (PLN-04). Where there is no such plan it is what was done.
func restricted(name, about string, in func(*plan) bool) Policy {
	return Policy{Name: name, about: about, probs: func(dst []float64, e *entry) error {
		p := make([]float64, len(e.plans))
		for j := range e.plans {
			p[j] = e.plans[j].p
		}
		event := bandit.Marginal(p, func(j int) bool { return in(&e.plans[j]) })
		for j := range p {
			switch {
			case event == 0:
				dst[j] = p[j]
			case in(&e.plans[j]):
				dst[j] = p[j] / event
			}
		}
		return nil
	}, applies: func(e *entry) bool {
		some, all := false, true
		for j := range e.plans {
			if p := &e.plans[j]; p.p > 0 {
				some, all = some || in(p), all && in(p)
			}
		}
		return some && !all
	}}
}

// Policies gives the policies of a list of names, or "all": those that need no parameter, and every venue alone and left out.
// An unknown name is answered with those that there are.
func (l *Log) Policies(names string) ([]Policy, error) {
	var out []Policy
	if names == "all" {
		out = policies()
		for _, v := range l.Venues() {
			out = append(out, l.without(v))
		}
		for _, v := range l.Venues() {
			out = append(out, l.only(v))
		}
		return out, nil
	}
	var problems []error
	for name := range strings.SplitSeq(names, ",") {
		p, err := l.policy(strings.TrimSpace(name))
		if err != nil {
			problems = append(problems, err)
		}
		out = append(out, p)
	}
	return out, errors.Join(problems...)
}

func (l *Log) without(venue string) Policy {
	bit := slices.Index(l.venues, venue)
	return restricted("without:"+venue, "what was done, but never a plan that sends to "+venue, func(p *plan) bool { return !p.uses(bit) })
}

func (l *Log) only(venue string) Policy {
	bit := slices.Index(l.venues, venue)
	return restricted("only:"+venue, "what was done, but a plan that sends to "+venue+" alone where there is one", func(p *plan) bool { return p.venues == 1<<bit })
}

func (l *Log) policy(name string) (Policy, error) {
	for _, p := range policies() {
		if p.Name == name {
			return p, nil
		}
	}
	kind, arg, _ := strings.Cut(name, ":")
	switch kind {
	case "igw":
		times, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(times >= 0 && times <= 1e6) {
			return Policy{}, fmt.Errorf("policy %q: %q is no factor of γ: give igw:X with X from 0 to 1e6", name, arg)
		}
		return igw(name, times), nil
	case "without", "only":
		if !slices.Contains(l.venues, arg) {
			return Policy{}, fmt.Errorf("policy %q: no plan of the log sends to %q: use one of %s", name, arg, strings.Join(l.Venues(), ", "))
		}
		if kind == "only" {
			return l.only(arg), nil
		}
		return l.without(arg), nil
	}
	return Policy{}, fmt.Errorf("%q is no policy of a log: use logging, static, greedy, uniform, igw, igw:X, without:VENUE, only:VENUE or all", name)
}
