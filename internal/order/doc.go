// Package order holds the two kinds of order Sluice knows and what can happen to them: the client's parent order,
// the child orders sent to venues, and their executions. The state table of both is [Next], one match that can be
// read beside the order state matrices of the FIX specification.
//
// An order's fields follow FIX's words: Cum is filled, Leaves is what may still fill, Last is this execution.
// The package is pure: no clock, no goroutine, no I/O.
package order
