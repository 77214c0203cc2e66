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
// # What is learned
//
// Every head is conjugate or made so by a point of linearisation that is frozen at the decision, so that its data add: they
// may come late, in any order, and be taken back. Known inputs, half the spread, fees, what finishing later costs, are the
// caller's and never learned.
//
//	H0  any fill             p = σ(φᵀθ), w = max(p(1−p), 10⁻³);  S += wφφᵀ, r += (wa + y − p)φ         O(d²)
//	H1  size of liquidity    h_b ~ Beta(a_b, b_b) in 9 geometric bins; T(u) = p̄·Π_{j=2..u}(1 − h_b(j))  O(bins)
//	H2  time to first fill   logit h_b = β_b + φᵀθ in 7 bins; P(by τ) = 1 − Π(1 − h̄_b)                  O(bins·(bins+d)²)
//	H3  toxicity of a fill   z = φᵀθ + e, e Student-t₄: w = 5/(4 + e²/σ²);  S += wφφᵀ, r += wzφ         O(d²)
//	H4  impact               I = Y·σ_D·√(Q/V), a scalar Kalman filter on Y                              O(512), revised too
//	H5  latency, rejects     Gamma and Beta, worth 2 and 51 answers before any                          O(1)
//	H6  leakage              λ per lot sent, from logs: package offpolicy, EstimateLeakage              offline
//
// Posteriors are A = Λ + S, θ = A⁻¹(Λθ₀ + r). S and r are the truth; P = A⁻¹ and θ are kept by rank-one updates and made anew
// by Cholesky at every roll-over and every 1,024 data (Health.Drift is what that changed).
//
//   - [FillHead] (H0): one Laplace or IRLS step a datum; the predictive is p̄ = σ(a/√(1 + πs²/8)) (MacKay 1992). The working
//     response is not clamped: a clamp makes rare fills sink.
//   - [SizeHead] and [Curve] (H1): the product-limit idea (Kaplan, Meier 1958; Ganchev, Kearns, Nevmyvaka, Vaughan 2010) with
//     bins, an optimistic prior and forgetting. A full fill is a look that was cut off, not the size. A no-fill under MinQty
//     is shared between "nothing" and "too little" by one EM step. [SizeHead.ExpectedSD] is by the delta method.
//   - [HazardHead] (H2): discrete hazards (Cox 1972), at most one datum a bin, withdrawal as censoring. Withdrawals must not
//     tell of fills to come beyond what φ says. A life corrected later stays in the bucket of its first end.
//   - [ToxicityHead] (H3): on fills only, since fills are selected; Student weights (Lange, Little, Taylor 1989) are better in
//     a world that holds, plain ones quicker after a change. σ² follows the order of arrival.
//   - [ImpactHead] (H4): of whole orders, of a bucket of liquidity, and therefore beside the Learner. Revisions within its
//     last 512 orders are exact; the order of arrival matters by its drift and by what it clips.
//   - [ServiceHead] (H5).
//   - [Footprint], [Kernel], [KernelFit]: what our own trades did to the mid, four exponentials of .1 to 100 s, to be taken out
//     of markouts before they teach; fitted offline by non-negative least squares (Lawson, Hanson 1974) on changes.
//
// # What is forgotten, pooled and replaced
//
// A datum of age n buckets counts e^(−n/τ), τ ten trading days by default ([Memory]); the prior's part never fades, so what is
// no longer seen returns to the prior. A bucket is 15 minutes of trading time. Data older than Memory.Retain are refused.
//
//   - [CUSUM] inside a Learner asks whether errors are large (Page 1954); its alarm leaves a tenth of an arm's H0, H2 and H3.
//   - [FillRivals], [ToxicityRivals], beside heads of your own, ask whether a head that began later predicts better; e^lead is
//     a martingale if not (Ville 1939), so they are wrong with probability of about e^−margin from each start. They name the
//     head to go on with. A datum costs a prediction and an update a rival.
//   - [Learner.Pool], [PoolEffects]: intercepts of arms of a kind as random effects by moments (DerSimonian, Laird 1986);
//     [Pool.Prior] begins a new arm where its kind is, and [Learner.Append] adds it. H1 stays cold: its optimism is what
//     makes a new venue be tried.
//   - [Delta], [Learner.Merge]: learners learn from each other by adding S, r and counts, once for each key; never θ.
//   - [Learner.CutTo], [Learner.Rebase]: data of an offline fit are cut off by an event, and the fit's priors take the place of
//     what was learned up to the cut; what came after counts beside them, each datum exactly once, as far as [Trust] believes
//     the fit. [Learner.Replay] does it through another feature map, out of the ledger. Rebased back it is what it was.
//   - [Learner.AppendSnapshot], [RestoreLearner], and the same of [ImpactHead], [Ramp] and [Exploration]: exact state.
//
// # What is done with it
//
//		q_j = 1/(J + γ(μ_j − μ_min)), best takes the rest;  π_L = (1−ε)q + ε/J;  p = m·π_L + (1−m)·1{static}
//
//	  - [Allocator]: lots over arms by marginal net value, O(lots·log arms); optimal for clips of one lot because T falls.
//	    [ProbeArm] and [Allocator.Probe] double one arm now and then, so that sizes beyond the best are not forgotten.
//	  - [Canonical], [Distribution], [Sample], [Marginal]: inverse-gap weighting (Abe, Long 1999; Foster, Rakhlin 2020) with exact
//	    propensities, O(J). They serve evaluation and the ramp: no head uses importance weights, so that a small propensity
//	    cannot blow up a model.
//	  - [Exploration]: γ = γ₀√n and ε, raised after alarms. [Distribution.Extra] is what exploring is expected to cost,
//	    [Mix.Within] keeps it within a budget.
//	  - [Ramp]: the share m of the flow that follows the learner, by a doubly robust difference of costs to the static plan and
//	    the confidence sequence of [Radius] (Waudby-Smith and others 2021). It never asks the model whether the model is good.
//	    It bounds harm in practice and certifies nothing; Radius is asymptotic, not to be read below 200 data.
//
// Packages beside this one: baseline holds the published policies to be measured against, offpolicy says from a log what
// another policy would have cost and when that cannot be said, survival judges times to fill that may be censored.
//
// # Costs
//
// At d = 16 on a present-day server core a datum takes about .6 µs at H0 and H3, .2 to .4 at H1, 1 a bin at H2 (7 for a life of all
// bins) and 1 at H4; a decision over twelve arms, with two allocations of a hundred lots and ten plans, about 17
// (go test -bench 'Decision|Update' ./bandit). A record for revisions takes about half a kilobyte, 131,072 of them at most by
// default; when they are full the oldest makes room, and its duplicates and busts are no longer recognized (Tally.Evicted). A Rebase
// takes about 20 µs a head with features, a Replay 1.2 µs a datum.
//
// # Determinism
//
// The same constructor arguments and the same calls give the same bits, for the same binary on the
// same machine type, and by the portable arithmetic on any. There is no clock, goroutine, map
// iteration, global state or I/O. Predicting, updating, allocating and computing propensities do not
// allocate memory once their buffers have their size.
//
// What is promised of data that come late, reordered, twice or corrected: statistics and predictions agree to 10⁻¹⁰ relative
// with those of the final values told once and in time. Change detection and σ² of H3 follow the order of arrival by design,
// and a corrected markout keeps the Student weight of the value first told.
//
// Symbols in comments: θ coefficients, Λ prior precision, S and r sufficient statistics, A = Λ + S,
// P = A⁻¹, σ the sigmoid or a noise level, μ_j expected cost of plan j, m the learner's share of the
// flow, ε the exploration floor. Rule ids (LRN, DRK, DRF, PLN, SWP, SAF, ABT) are those of the
// project's learning text.
package bandit
