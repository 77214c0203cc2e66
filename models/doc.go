// Package models is the artifact in which training hands knowledge to the router: priors of the bandit's heads for each venue
// and style, factors of impact, a feature map, a cost network, and the probes that prove that whoever reads it computes what
// training computed.
//
// An artifact is a [Model] as bytes. [Model.AppendBinary] writes it, [Parse] reads it and trusts nothing: sizes are bounded
// before memory is taken, every section carries its SHA-256, every figure is finite (MOP-10, MOP-11). [Model.Check] then asks
// whether what was read may serve: this build's feature schema, figures within bounds, positive definite precisions, and the
// probes (MOP-12). Its name is its content: [ID].
//
// There is no I/O here: package registry, below, keeps artifacts, and package train makes them. Arithmetic is portable
// (LRN-12): [Network.Forward] gives the same bits on every machine, so a replayed decision does too.
package models
