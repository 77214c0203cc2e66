// Package swap lets a running router follow the model registry (MOP-04).
//
// A [Follower] looks at the aliases, loads the version they ask for, and verifies it beside the one that serves: signature,
// bounds, probes, and how fast it predicts. Only then does it put one ModelActivated into the engine's journal; the engine takes
// it between two decisions, or refuses it. Whatever the engine records of its models, the follower writes into the registry's
// ledger, once, also when the registry was down meanwhile. A version that cannot serve leaves the old one serving and raises an
// alert; it is not tried again until somebody moves an alias.
//
// The router needs no registry: without it nothing changes, and nothing waits.
package swap
