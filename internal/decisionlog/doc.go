// Package decisionlog reads the router's decisions as a log to learn from: each with its plans, the exact probability that
// each of them had, which one was drawn, and what that cost ([event.OutcomeCost], in bps of the shares wanted).
//
// A [Log] takes them one after the other ([Log.Add]) and says what other policies would have cost on them ([Log.Evaluate],
// learning text section 9). A [Writer] writes them for other programs: [NewVW] in Vowpal Wabbit's dsjson, [NewCSV] as a
// table. What is no draw is no datum: [Classify] says of every decision whether it may be used, and why not.
//
// Nothing here has a clock or randomness: the same log gives the same figures. Memory of a Log is some 300 bytes a decision,
// that of a Writer is one decision's.
package decisionlog
