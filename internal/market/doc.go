// Package market holds what everybody agrees on about a market: exact prices and quantities,
// sides, instruments, venues with their dated fees, books and the consolidated quote.
//
// Units are fixed and integer: [Price] and [Money] are micro-dollars (1e-6 USD), [Qty] is shares,
// [Time] is Unix nanoseconds. Floating point appears only where a figure is an estimate
// (volatility, for example), never in a price, a quantity or an amount.
//
// The package is pure: no clock, no goroutine, no I/O, no map iteration.
package market
