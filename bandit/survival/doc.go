// Package survival has the diagnostics of times that may be censored: how long a resting order waited for its first
// fill, where the wait ended by a cancel as often as by a fill (FIT-03). It answers whether the served time-to-fill head
// (bandit.HazardHead) is any good; it is no part of the decision path and may be slow.
//
//	S(t) = Π_{t_i ≤ t} (1 − d_i/n_i)                          KaplanMeier (1958)
//	Var S(t) = S(t)²·Σ_{t_i ≤ t} d_i/(n_i(n_i − d_i))         Greenwood (1926)
//	h(t|x) = h₀(t)·e^{βᵀx}, β by partial likelihood           Cox (1972), ties by Breslow (1974) or Efron (1977)
//	Brier(t) = mean of (1{T > t} − S(t|x))², reweighted       Graf et al. (1999): inverse probability of censoring
//	log score = mean of y·ln f(T|x) + (1−y)·ln S(T|x)         right-censored log-likelihood
//
// What they cannot see: all of them take censoring to say nothing about the time to come. Cancels on adverse signals are
// informative censoring, so the signals that trigger cancels belong into x (FTR-02), and a Kaplan-Meier curve over
// such orders is biased however many there are.
//
// Costs: KaplanMeier O(n log n), Cox O(n·p²) a step after a sort and about five steps, its concordance O(n²), BrierAt
// O(n log n).
package survival
