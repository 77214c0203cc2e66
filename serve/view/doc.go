// Package view is the journal's projection in memory, for the page, the JSON API and the demo: what works, what was
// filled, what each venue is thought to be worth and why the last decisions fell as they did.
//
//	v := view.New(view.Options{})
//	v.Apply(seq, at, body)   // every record of the journal, in its order, from one goroutine
//	v.Snapshot()             // State: everything small; any goroutine
//	v.Parent(id)             // ParentDetail: children with their steps, fills, venues
//	v.Decision(id)           // Decision: every venue and plan that was weighed
//
// Apply copies what it keeps, so a body may be reused after it. A record whose sequence number is not above the last
// one applied is ignored, so a projection that restarts at an older place does no harm. Memory is bounded by
// [Options]: done parents, children, steps, decisions and alerts are dropped oldest first.
//
// The JSON names are stable: prices and amounts are decimal texts in dollars (null for a price that is not there),
// times are RFC 3339 with nanoseconds (null for none), quantities are numbers of shares.
package view
