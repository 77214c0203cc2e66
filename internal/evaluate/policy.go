package evaluate

import (
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/bandit/baseline"
)

// costEntry is a policy by name.
type costEntry struct {
	name string
	new  func(w *CostWorld) (costPolicy, error)
}

// costPolicies are the policies for cost worlds, in the order of the table. The settings of the published ones were chosen
// on generated worlds, as the learner's were.
func costPolicies() []costEntry {
	return []costEntry{
		{"learner", func(w *CostWorld) (costPolicy, error) { return newCostLearner(w, defaultCostSettings()) }},
		{"two-head-ts", func(w *CostWorld) (costPolicy, error) {
			c, err := baseline.NewTwoHead(baseline.TwoHeadConfig{Arms: venues, Dim: chooserTerms, Toxic: 1 + contexts, Width: .3, Discount: .9998, Every: 50})
			return &chooserPolicy{world: w, chooser: c, terms: chooserTerms}, err
		}},
		{"squarecb", scalar(.9998, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewSquareCB(c, 60) })},
		{"lin-ts", scalar(.9998, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewLinTS(c, .3) })},
		{"d-linucb", scalar(.9998, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewDLinUCB(c, .5) })},
		{"linucb", scalar(1, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewLinUCB(c, .5) })},
		{"epsilon-greedy", scalar(.9998, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewEpsilonGreedy(c, .01) })},
		{"best-fixed", func(w *CostWorld) (costPolicy, error) { return fixedVenue(w.fixed()), nil }},
		{"uniform", func(*CostWorld) (costPolicy, error) { return uniformVenue{}, nil }},
	}
}

// scalar adapts a policy with one linear model of the cost a venue.
func scalar(discount float64, policy func(baseline.LinearConfig) (baseline.Chooser, error)) func(*CostWorld) (costPolicy, error) {
	return func(w *CostWorld) (costPolicy, error) {
		c, err := policy(baseline.LinearConfig{Arms: venues, Dim: scalarTerms, Ridge: 1, Discount: discount, Every: 50})
		return &chooserPolicy{world: w, chooser: c, terms: scalarTerms}, err
	}
}

// usualLots is V̄ of the published splitters: the mean order of the pool worlds, rounded.
const usualLots = 30

// poolEntry is a policy by name.
type poolEntry struct {
	name string
	new  func() (poolPolicy, error)
}

// poolPolicies are the policies for pool worlds, in the order of the table.
func poolPolicies() []poolEntry {
	return []poolEntry{
		{"learner", func() (poolPolicy, error) { return newPoolLearner(defaultPoolSettings()) }},
		{"kaplan-meier", splitter(func() (baseline.Splitter, error) {
			return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: pools, MaxSize: maxSize, Least: 3, Discount: 1})
		})},
		{"kaplan-meier-discounted", splitter(func() (baseline.Splitter, error) {
			return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: pools, MaxSize: maxSize, Least: 8, Discount: .999})
		})},
		{"llp", splitter(func() (baseline.Splitter, error) {
			return baseline.NewLLP(baseline.LLPConfig{Pools: pools, Step: 5, Decay: .6, Mix: .01, Lots: usualLots})
		})},
		{"exponentiated-gradient", splitter(func() (baseline.Splitter, error) {
			return baseline.NewExponentiatedGradient(baseline.ExponentiatedGradientConfig{Pools: pools, Rate: .05, Mix: .03, Lots: usualLots})
		})},
		{"bin-thompson", splitter(func() (baseline.Splitter, error) {
			return baseline.NewBinThompson(baseline.BinThompsonConfig{Pools: pools, Starts: []int{1, 2, 3, 5, 9, 17, 33, 65}, Discount: 1})
		})},
		{"cont-kukanov", splitter(func() (baseline.Splitter, error) {
			return baseline.NewContKukanov(baseline.ContKukanovConfig{Half: 1, Fee: 3, Rebates: make([]float64, pools), Under: 1, Over: 1, Step: .1, Mix: .03})
		})},
		{"uniform", splitter(func() (baseline.Splitter, error) { return baseline.NewUniform(pools) })},
	}
}

// splitter adapts a published policy.
func splitter(policy func() (baseline.Splitter, error)) func() (poolPolicy, error) {
	return func() (poolPolicy, error) {
		s, err := policy()
		return &splitterPolicy{splitter: s}, err
	}
}

// Policies names the policies that fit a world, the learner first.
func Policies(w World) []string {
	var names []string
	switch w.(type) {
	case *CostWorld:
		for _, p := range costPolicies() {
			names = append(names, p.name)
		}
	case *PoolWorld:
		for _, p := range poolPolicies() {
			names = append(names, p.name)
		}
	}
	return names
}

func unknownPolicy(w World, name string) error {
	return fmt.Errorf("policy %q does not fit %s: give one of %s, or all", name, w.title(), strings.Join(Policies(w), ", "))
}
