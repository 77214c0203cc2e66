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

// costPolicies are the policies for cost worlds, in the order of the table. The settings of the published ones are the
// best of 48 on generated worlds 1200 to 1203 (discount .9999 to .9993, and three of each one's own parameter). The learner's
// bank of features was tried with them too: it helps two-head sampling, and on balance harms the models of one number.
func costPolicies() []costEntry {
	return []costEntry{
		{"learner", func(w *CostWorld) (costPolicy, error) { return newCostLearner(w, defaultCostSettings()) }},
		{"two-head-ts", func(w *CostWorld) (costPolicy, error) {
			c, err := baseline.NewTwoHead(baseline.TwoHeadConfig{Arms: venues, Dim: fillTerms, Toxic: 1 + contexts, Width: .2, Discount: .9996, Every: 50})
			return &chooserPolicy{world: w, chooser: c, terms: fillTerms, features: fillFeatures}, err
		}},
		{"squarecb", scalar(.9996, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewSquareCB(c, 20) })},
		{"lin-ts", scalar(.9996, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewLinTS(c, .15) })},
		{"d-linucb", scalar(.9996, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewDLinUCB(c, .5) })},
		{"linucb", scalar(1, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewLinUCB(c, 1) })},
		{"epsilon-greedy", scalar(.9996, func(c baseline.LinearConfig) (baseline.Chooser, error) { return baseline.NewEpsilonGreedy(c, .005) })},
		{"best-fixed", func(w *CostWorld) (costPolicy, error) { return fixedVenue(w.fixed()), nil }},
		{"uniform", func(*CostWorld) (costPolicy, error) { return uniformVenue{}, nil }},
	}
}

// scalar adapts a policy with one linear model of the cost a venue.
func scalar(discount float64, policy func(baseline.LinearConfig) (baseline.Chooser, error)) func(*CostWorld) (costPolicy, error) {
	return func(w *CostWorld) (costPolicy, error) {
		c, err := policy(baseline.LinearConfig{Arms: venues, Dim: scalarTerms, Ridge: 1, Discount: discount, Every: 50})
		return &chooserPolicy{world: w, chooser: c, terms: scalarTerms, features: scalarFeatures}, err
	}
}

// usualLots is V̄ of the published splitters: the mean order of the pool worlds, rounded.
const usualLots = 30

// poolEntry is a policy by name.
type poolEntry struct {
	name string
	new  func() (poolPolicy, error)
}

// poolPolicies are the policies for pool worlds, in the order of the table; their settings are the best of 30 on generated
// worlds 1200 to 1203.
func poolPolicies() []poolEntry {
	return []poolEntry{
		{"learner", func() (poolPolicy, error) { return newPoolLearner(defaultPoolSettings()) }},
		{"kaplan-meier", splitter(func() (baseline.Splitter, error) {
			return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: pools, MaxSize: maxSize, Least: 3, Discount: 1})
		})},
		{"kaplan-meier-discounted", splitter(func() (baseline.Splitter, error) {
			return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: pools, MaxSize: maxSize, Least: 3, Discount: .998})
		})},
		{"llp", splitter(func() (baseline.Splitter, error) {
			return baseline.NewLLP(baseline.LLPConfig{Pools: pools, Step: 5, Decay: .6, Mix: .01, Lots: usualLots})
		})},
		{"exponentiated-gradient", splitter(func() (baseline.Splitter, error) {
			return baseline.NewExponentiatedGradient(baseline.ExponentiatedGradientConfig{Pools: pools, Rate: .02, Mix: .03, Lots: usualLots})
		})},
		{"bin-thompson", splitter(func() (baseline.Splitter, error) {
			return baseline.NewBinThompson(baseline.BinThompsonConfig{Pools: pools, Starts: []int{1, 2, 3, 5, 9, 17, 33, 65}, Discount: .998})
		})},
		{"cont-kukanov", splitter(func() (baseline.Splitter, error) {
			return baseline.NewContKukanov(baseline.ContKukanovConfig{Half: 1, Fee: 3, Rebates: make([]float64, pools), Under: 1, Over: 1, Step: 3, Mix: .03})
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
