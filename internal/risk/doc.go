// Package risk is the pre-trade gate: the controls a parent passes at acceptance, a child at allocation, and every
// message at the last gate, with typed refusals that reach the client. It is pure and knows only what events told it.
package risk
