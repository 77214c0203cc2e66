// Package net trains the networks of offline training with gorgonia, and gives them as plain arrays that package models
// serves (FIT-06). Nothing else imports gorgonia.
//
// A sample is in memory: a few hundred thousand rows spread over the window teach a map of some thousand weights as well as
// ten million do. Training is by Adam on shuffled mini-batches of the first part of the sample, and stops when the loss on
// its last part, which is later in time, has not fallen for some epochs; the weights of the best epoch are kept. The same
// sample and seed give the same weights, to the bit, on the same machine.
package net
