// Package evaluate runs policies over recorded bandit problems and scores them against the best that was possible.
//
// A [World] is a list of orders with everything that every venue or pool would have done; [Open] reads one from a file
// or draws one by the formulas of the files ([GenerateCosts], [GeneratePools]). A policy passes once through it in order:
// it sees an order's context, chooses, and learns the outcome of what it chose. [Run] scores its choices by what was true,
// which no policy sees: regret in bps for a [CostWorld], share of the best volume for a [PoolWorld].
//
// The policies are the published ones of bandit/baseline and the learner, which is the heads, rivals, allocator and
// propensities of package bandit joined as the router joins them, with forgetting left to the rivals. It has one set of
// settings for all worlds of a kind, chosen on generated worlds of seeds 1,000 to 3,999; report on others.
package evaluate
