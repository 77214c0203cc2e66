// Package offpolicy estimates what a policy would have cost from the log of another, with the exact propensities that
// package bandit logs. It gives several estimators side by side ([Estimate]), the diagnostics that say whether they mean
// anything, and refuses by rule where they do not ([Report.Refusals]): a refusal is not a pass.
//
// A log row is one decision; everything is in its units, for costs lower is better. Symbols: p the propensity of what was
// chosen, π the target policy's probability of it, w = π/p, r the outcome, q̂ a model's prediction of it, n the number of
// rows. Rule ids (OPE) are those of the project's learning text.
// [EstimateLeakage] asks the same logs another question: what a venue's unfilled lots cost the rest of the order.
//
// The same rows give the same report; there is no randomness and no clock.
package offpolicy
