// Package experiment tells whether one way to route costs less than another, however often one looks (learning text, section 10).
//
// A [Design] is fixed before the first order: the arms, the share of the treatment, the salt of the assignment, the rule by
// which it ends. [Design.Arm] assigns each unit by a keyed hash of what is known at its arrival, so that nobody and nothing that
// happens later can choose. The unit is a parent order; one that arrives while another of the same client, symbol and side is
// live takes that one's arm and counts with it ([Clusters]), because they trade against each other's footprints. What an arm
// was assigned counts, whatever became of the order (intent to treat); orders that a client directs are excluded before.
//
//	design := experiment.Default("static against learner")
//	arm := design.Arm(stratum, parentID)              // at arrival
//	…
//	result, err := experiment.Analyze(&design, rows)  // rows in the order in which they ended
//	fmt.Println(result.Verdict)
//
// # The estimate
//
// Y is the cost in bps, X what was known before the assignment, A the arm, π the share. With m̂_a a ridge regression of Y on X
// in arm a that has seen earlier rows only,
//
//	ψ_i = m̂₁(X_i) − m̂₀(X_i) + A_i(Y_i − m̂₁(X_i))/π − (1−A_i)(Y_i − m̂₀(X_i))/(1−π)
//
// has the treatment's effect as its mean whatever m̂ is (augmented inverse propensity weighting: Robins, Rotnitzky, Zhao 1994),
// and the less spread the better m̂ is. Around the mean of ψ lies an asymptotic confidence sequence, [bandit.Radius]
// (Waudby-Smith et al., arXiv 2103.06476): with probability 1−α the effect is in all of its intervals at once, from n = 200 on.
// It costs width: where an experiment may be read once only, at an n fixed before, the plain interval is narrower.
//
// Beside it stand, for comparison and as a warning, the t-test that everybody knows, which is wrong as soon as one looks twice;
// the mixture sequential ratio test; and the estimate without covariates and with the outermost half per cent of costs pulled in.
//
// # Before anything is read
//
// If the arms do not have the share of units that they were assigned, something chose after all, and no estimate may be read:
// [Ratio] is an e-value for it that may be looked at at any time.
//
// # Interference
//
// Orders of both arms trade in one market, and what one arm does the other may pay. A [Switchback] assigns whole symbol-days
// instead; the difference of the two designs' estimates tells how much the arms disturb each other. Orders of a symbol's day are not
// independent, so its interval is by symbol-days, and it is to be read once ([AnalyzeSwitchback]; [WatchDays] tries it).
//
// Units: bps of arrival value, cost positive. The package is pure: same rows, same result.
package experiment
