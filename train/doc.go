// Package train makes artifacts of package models from what a store recorded: offline, deterministic, in bounded memory.
//
//	store → Dataset ([Row], [DecisionRow], [ParentRow])    what the live learner was told, up to a cut (SWP-01)
//	      → [Extract]                                      the rows at a fixed width on disk, for pass after pass; read once
//	      → heads of every venue and kind (package fit)    fitted to the first 80 %, shrunk towards their kinds (FIT-01, FTR-03)
//	      → a feature map, if it pays (package net)        FIT-06
//	      → [Validation], trees (package tree), policy     on the last 20 %, a minute purged between (FIT-02, FIT-03, FIT-07, OPE-01)
//	      → [Gate]s                                        one that does not pass publishes nothing and says by how much
//	      → the same fit to all rows, impact, kernel,      FIT-04, FIT-05, FIT-08
//	        leakage, cost network, probes, model card
//
// [Run] does all of it. It keeps what each stage gave beside its lock, so that an interrupted training goes on where it was. The
// same source, seed and code give the same bytes on the same machine; nothing of the artifact depends on the clock.
//
// What is compared: candidate and live model are both frozen, and scored on rows that neither has seen. The live learner, which
// went on learning, is shown beside them and decides nothing. Published is the fit to all rows: the router drops what it learned
// up to the cut when it takes the model (SWP-03).
package train
