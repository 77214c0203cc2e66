// Package risk is the pre-trade gate: the controls a parent passes at acceptance, a child at allocation, and every
// message at the send point, with typed refusals that reach the client.
//
// It has two stages that share no state (RISK-01, INC-01). [Gate] belongs to the engine: it judges parents and children
// by limits and keeps the use of those limits. [LastGate] belongs to whoever writes to the wire: it believes nothing the
// engine computed, keeps counters of its own from the events and intents it is shown, and lets no share over what the
// client ordered, even if the engine forgot every fill.
//
// The package is pure and knows only what it was told: no clock, no I/O, no map iteration, and no allocation on the
// path of an order that passes. Neither type may be used from two goroutines at once.
package risk
