// Package features is the one place where a context becomes numbers. The router extracts with it live, and training
// reads the vectors that the router recorded, so that there is no second implementation to drift away from the first.
//
// Every feature has a name, a unit, a centre and a scale; the vector is (raw − centre)/scale, clipped to ±4 (FTR-01,
// LRN-11). The schema's hash is part of every decision and of every model. Arithmetic is portable: + − × ÷, comparisons
// and exact binary exponents only, so that a vector has the same bits on every machine (LRN-12).
package features
