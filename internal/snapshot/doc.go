// Package snapshot turns a state into bytes and back. A type is walked by one visitor for both directions, so that what
// is written is what is read; fields follow each other in the visitor's order, without tags: whoever keeps the bytes keeps
// the version that they were written with beside them.
//
// The bytes are canonical: equal states give equal bytes, because maps are walked in the order of their keys and numbers
// have one form only. So a hash of them is a hash of the state (INV-09). Reading refuses what writing never gives, and takes
// no memory for a count that the bytes cannot hold.
package snapshot
