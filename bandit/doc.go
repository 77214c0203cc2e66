// Package bandit is a contextual-bandit learner for problems where an action splits a quantity over
// several arms, each arm fills some of it, and what it did not fill is not seen. It is a library of
// its own: it imports nothing but the standard library and knows arms, lots and outcomes.
//
// # A decision, from context to outcome
//
// One goroutine owns a [Learner]. For each arm, with a feature vector φ of at most [MaxDim] numbers in
// [−4, 4] whose first is usually 1:
//
//	l.Advance(t)                                  // trading time; ages what is known, bucket by bucket
//	fill := l.Fill(arm).Predict(phi)              // p̄ = fill.Mean, fill.SE(), fill.Interval(1.96)
//	tox := l.Toxicity(arm, h).Predict(phi)        // tox.Mean ± tox.SD bps, given a fill
//	curve := l.Size(arm).Curve(fill.Mean)         // T(u) = curve.At(u); After(v) once v lots filled in full
//	lots = alloc.Allocate(lots, slots, n, opp)    // the greedy split by marginal net value
//
// The caller turns allocations into candidate plans with a cost each, and chooses in two steps, first
// the exact distribution, then a draw that anyone can repeat:
//
//	plans, err := Canonical(plans)                // sorted by key, equal ones merged
//	err = dist.Compute(plans, explore.Mix(ramp.Share()))
//	j := Sample(dist.P, NewKey(seed, decision, purpose).Uniform(0))
//	explore.Decided()
//
// It logs dist.P, dist.Mix and j, and keeps φ, fill, tox and curve with the child order: they are the
// frozen linearisation point that the outcome must carry, however late it comes.
//
//	l.ObserveFill(FillOutcome{…})                 // a finished child: H0, H1, and an Alarm perhaps
//	l.ObserveToxicity(ToxicityOutcome{…})         // a matured markout: H3
//	l.ObserveLife(LifeOutcome{…})                 // when a resting order filled first, or was withdrawn: H2
//	l.ObserveAnswer(arm, event, t, secs, reject)  // H5
//	l.ReviseFill(event, lots)                     // a bust or correction: as if it had been so from the start
//	l.ReviseToxicity(event, h, z), l.RemoveToxicity(event, h)
//	ramp.Observe(RampOutcome{…})                  // the model-free safety floor; Lowered asks for l.Temper()
//
// Whatever is wrong with an outcome is a [Refusal], counted in [Tally]; nothing is applied twice.
//
// # The parts
//
//   - [FillHead]: any fill, Bernoulli-logistic (H0). [HazardHead]: time to the first fill of an order that rests (H2). [SizeHead] and [Curve]: censored size of liquidity
//     (H1). [ToxicityHead]: Student-t linear (H3). [ImpactHead]: the factor of the square-root law (H4), of whole orders
//     and therefore beside the Learner. [ServiceHead]: latency and rejects (H5).
//   - [Footprint], [Kernel], [KernelFit]: what our own trades did to the mid, to be taken out of markouts before they teach.
//   - [Allocator]: lots over arms. [Plan], [Distribution], [Sample], [Marginal], [Exploration]: policy.
//   - [CUSUM]: change detection inside a Learner. [FillRivals], [ToxicityRivals]: change detection by predictive density,
//     beside heads of your own; they name the head to go on with.
//   - [Ramp]: how much flow follows the learner. [Radius]: the confidence
//     sequence it uses.
//   - [Learner.AppendSnapshot], [RestoreLearner], and the same of [Ramp] and [Exploration]: exact state. [Delta], [Learner.Merge]: learning from
//     other learners by adding sufficient statistics.
//   - [Exp], [Log], [Sigmoid], [Key]: arithmetic and randomness that give the same bits everywhere.
//
// # Determinism
//
// The same constructor arguments and the same calls give the same bits, for the same binary on the
// same machine type, and by the portable arithmetic on any. There is no clock, goroutine, map
// iteration, global state or I/O. Predicting, updating, allocating and computing propensities do not
// allocate memory once their buffers have their size.
//
// Symbols in comments: θ coefficients, Λ prior precision, S and r sufficient statistics, A = Λ + S,
// P = A⁻¹, σ the sigmoid or a noise level, μ_j expected cost of plan j, m the learner's share of the
// flow, ε the exploration floor. Rule ids (LRN, DRK, DRF, PLN, SWP, SAF, ABT) are those of the
// project's learning text.
package bandit
