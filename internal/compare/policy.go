package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/bandit/baseline"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// Policy is one way to divide waves over venues. All policies have the same engine around them: pecking order, re-routing,
// standing of venues within an order, gate. What differs is who gets how much of a wave.
type Policy struct {
	Name  string
	About string
	tune  func(*router.Config)
	model *Model                                               // that serves; nil: the built-in one
	wave  func(rc *router.Config, s Settings) (divider, error) // nil: the router's own plans
}

// divider is a policy that stands in for the router's plans and learns from what they brought.
type divider interface {
	router.Divider
	decided(*event.RecordDecision)
	learn(o *event.RecordOutcome, displayed bool)
}

// The names of the router's own policies. Static and the oracle are in every comparison.
const (
	Static  = "static"
	Learner = "learner"
	Oracle  = "oracle"
)

// Policies gives every policy, in the order of the report.
func Policies() []Policy {
	return []Policy{
		{Name: Static, About: "the weighted score with the pecking order; learns nothing", tune: staticOnly},
		{Name: "proportional", About: "each wave in proportion to the venues' usual volume", tune: staticOnly, wave: proportional},
		{Name: "sweep", About: "takes the best displayed prices, nothing else", tune: func(rc *router.Config) { staticOnly(rc); rc.Tactics.TakeOnly = true }},
		{Name: "ganchev", About: "dark waves greedy on Kaplan-Meier tails (Ganchev et al. 2009); lit by score", tune: staticOnly, wave: ganchev},
		{Name: "llp", About: "dark waves by stochastic approximation (Laruelle, Lehalle, Pagès 2011); lit by score", tune: staticOnly, wave: llp},
		{Name: "epsilon", About: "one linear cost model a venue, ε-greedy", tune: staticOnly, wave: epsilon},
		{Name: "linucb", About: "one linear cost model a venue, upper confidence bound (Li et al. 2010)", tune: staticOnly, wave: linUCB},
		{Name: "squarecb", About: "one linear cost model a venue, inverse-gap weighting (Foster, Rakhlin 2020)", tune: staticOnly, wave: squareCB},
		{Name: Learner, About: "the router's own: structured heads joined by the cost identity, plans by inverse-gap weighting", tune: learner},
		{Name: Oracle, About: "the learner's plans with the heads that much exploration of each regime gives; explores and learns nothing", tune: greedy},
	}
}

// Known reports a name that is no policy's.
func Known(names []string, models ...*Model) error {
	_, err := find(names, models...)
	return err
}

// IsPolicy reports whether a name is one of Policies.
func IsPolicy(name string) bool {
	return slices.ContainsFunc(Policies(), func(p Policy) bool { return p.Name == name })
}

// find gives the policies of the names, with static and the oracle among them, in the order of the report: models come behind the
// learner, whose priors they replace.
func find(names []string, models ...*Model) ([]Policy, error) {
	policies, want := Policies(), map[string]bool{Static: true, Oracle: true}
	for _, m := range models {
		policies = slices.Insert(policies, len(policies)-1, m.policy())
	}
	for _, n := range names {
		if !slices.ContainsFunc(policies, func(p Policy) bool { return p.Name == n }) {
			var all []string
			for i := range policies {
				all = append(all, policies[i].Name)
			}
			return nil, fmt.Errorf("%q is not a policy: use %s, all, or a model of a registry", n, strings.Join(all, ", "))
		}
		want[n] = true
	}
	var out []Policy
	for _, p := range policies {
		if want[p.Name] {
			out = append(out, p)
		}
	}
	return out, nil
}

func staticOnly(rc *router.Config) { rc.Learning.Off = true }

// learner is the learner as it ships: it begins with a small share of the flow, and what that cost moves the share up to
// all but the permanent static part (SAF-01). So its cold start is in the comparison.
func learner(rc *router.Config) {
	d := router.DefaultConfig().Learning
	rc.Learning.Ramp, rc.Learning.Start = true, d.Start
}

// greedy is the oracle: it always takes the plan that is cheapest by what it was given to believe.
func greedy(rc *router.Config) {
	rc.Learning.Start, rc.Learning.StaticMin, rc.Learning.Floor, rc.Learning.Frozen = 1, 0, 0, true
	rc.Learning.Gamma0, rc.Learning.Ramp = certainGamma, false
}

// certainGamma leaves nothing to any plan that is dearer by a thousandth of a basis point.
const certainGamma = 1e6

func proportional(rc *router.Config, _ Settings) (divider, error) {
	return newWaveSplitter("proportional", rc.Venues, func(market.VenueType) bool { return true }, func(pools []market.Venue) (baseline.Splitter, error) {
		weights := make([]float64, len(pools))
		for i := range pools {
			weights[i] = pools[i].History.VolumeShare
		}
		return baseline.NewProportional(weights)
	}, event.StageInternal, event.StageDark, event.StageLit)
}

func isDark(t market.VenueType) bool { return t == market.Dark }

// largestSplit bounds the liquidity that Kaplan-Meier tells apart, lots.
const largestSplit = 512

func ganchev(rc *router.Config, s Settings) (divider, error) {
	return newWaveSplitter("ganchev", rc.Venues, isDark, func(pools []market.Venue) (baseline.Splitter, error) {
		return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: len(pools), MaxSize: largestSplit, Least: s.KMLeast, Discount: s.KMDiscount})
	}, event.StageDark)
}

func llp(rc *router.Config, s Settings) (divider, error) {
	return newWaveSplitter("llp", rc.Venues, isDark, func(pools []market.Venue) (baseline.Splitter, error) {
		return baseline.NewLLP(baseline.LLPConfig{Pools: len(pools), Step: s.LLPStep, Decay: s.LLPDecay, Mix: .01, Lots: 50})
	}, event.StageDark)
}

func linear(rc *router.Config, s *Settings, l Linear) baseline.LinearConfig {
	return baseline.LinearConfig{Arms: len(rc.Venues) * armsPerVenue, Dim: features.Dim, Ridge: s.Ridge, Discount: l.Discount, Every: 50}
}

func epsilon(rc *router.Config, s Settings) (divider, error) {
	p, err := baseline.NewEpsilonGreedy(linear(rc, &s, s.Epsilon), s.Epsilon.Explore)
	return newWaveChooser("epsilon", p), err
}

func linUCB(rc *router.Config, s Settings) (divider, error) {
	p, err := baseline.NewLinUCB(linear(rc, &s, s.LinUCB), s.LinUCB.Explore)
	return newWaveChooser("linucb", p), err
}

func squareCB(rc *router.Config, s Settings) (divider, error) {
	p, err := baseline.NewSquareCB(linear(rc, &s, s.SquareCB), s.SquareCB.Explore)
	return newWaveChooser("squarecb", p), err
}
