// Package fit has the numeric parts of offline training (learning text, section 8): estimators that take their rows one at
// a time and keep sums only, so that memory does not grow with the data.
//
//	Logistic   H0, H2: penalised maximum likelihood by Newton's method with halving        FIT-01
//	Huber      H3: linear regression by iteratively reweighted least squares               FIT-01
//	Sizes      H1: discounted Beta counts                                                  FIT-01
//	Impact     Y of the square-root law, the exponent beside it as a diagnostic            FIT-04
//	Almgren    the published model of 2005, to check against                               FIT-04
//	Temper     a data Hessian as the prior precision of a served head                      FIT-01
//	Shrink     venues of one kind towards their mean                                       FTR-03
//
// An estimator that needs several passes says so: the caller feeds all rows with Add, ends the pass with End, and begins
// again until End reports that it is done. Rows must come in the same order in every pass; then the same rows give the same
// bits on the same machine.
//
// Symbols: θ coefficients, μ and Λ mean and precision of the penalty, H the Hessian of the data, φ a feature vector, σ the
// logistic function or a noise level, d the number of coordinates.
package fit
