// Package baseline holds the published policies that the learner of package bandit is measured against, one file each,
// named for its algorithm: the same inputs, the same outcomes, tuned like it.
//
// # Choosing one of several arms
//
// A [Chooser] sees, for each arm, a feature vector and the two known parts of its cost ([Option]), and learns from the
// outcome of the arm that was chosen ([Outcome]). Its answer comes in two steps: an index per arm, and the probabilities
// with which the arms are taken given the indices. Drawing from them is a third step, which anyone can repeat:
//
//	key := bandit.NewKey(seed, decision, purpose)
//	scores = c.Score(scores, options, key)         // lower is better; Thompson sampling draws from key
//	p = c.Distribution(p, scores)                  // all on the best index, or spread
//	k := bandit.Sample(p, key.Uniform(Pick))
//	c.Learn(options[k], outcome)
//
// Policies: [EpsilonGreedy], [LinUCB], [DLinUCB], [LinTS], [SquareCB] learn the cost as one number, linear in the
// features, one model an arm; [TwoHead] learns fill and toxicity apart and joins them by the known parts of the cost.
//
// # Splitting lots over pools
//
// A [Splitter] divides lots over pools that show only what they filled, and learns from each division: [Uniform],
// [Proportional], [KaplanMeier], [ExponentiatedGradient], [LLP], [BinThompson], [ContKukanov].
//
// # Determinism
//
// The same constructor arguments and the same calls give the same results on the same machine: no clock, no goroutine,
// no global randomness. Unlike package bandit it uses the mathematics of the standard library and of gonum, whose last
// bits differ between machines; nothing here decides a live order.
package baseline
