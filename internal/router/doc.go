// Package router is the engine: a pure, deterministic state machine from events to commands.
//
// The determinism contract:
//
//  1. The same configuration and the same sequence of events give the same commands, byte for byte, for the same
//     binary on the same machine type.
//  2. The journal's sequence number orders; timestamps never decrease and only explain.
//  3. Randomness is counter-based, keyed by seed and decision id, so that one decision replays alone.
//  4. A model change is an event. A decision carries the versions that made it.
//  5. No clock, no goroutine, no I/O, no lock, no logger, no global, no range over a map.
//  6. Money and quantities are integers; floating point is for estimates only.
//
// What is kept, and for how long: an order with its children, executions and ClOrdIDs until a day after it ended, and until the next
// session closes where the market has sessions, for late
// fills, busts, duplicates and status requests; a child's prediction only until its last markout; one timer for each thing
// that is waited for. Nothing else grows.
//
// Two models have a place at most. One serves; the one beside it predicts, learns every outcome from its own frozen predictions,
// and may serve a share of the parents: each has one model for life, by a keyed hash (MOP-24). TrainingCut begins an epoch of what
// is learned; ModelActivated loads a model, checks it, and gives it the priors that it brings and what was learned since its cut, so
// that each datum counts once (slot.go, swap.go, inherit.go). The newer of two is watched against its predecessor by tests that are valid
// at every look, and demoted (vigil.go). Without a model beside nothing of this costs anything.
package router
