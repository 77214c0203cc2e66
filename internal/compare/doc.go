// Package compare runs routing policies on the same work in a simulated market and says which costs less.
//
// # What is the same, and what is not
//
// Every policy has the engine of the live router around it, on a virtual clock: its pecking order, its timers, its gate,
// its venues' standing within an order. The parents of a seed are the same for all, and so is what drives the market
// (fundamental, arrivals of takers, blocks, pings); agents react to what the policy does. So a difference is due to how waves
// were divided, and pairing by parent takes most of the market's own way out of it.
//
// # Reading a report
//
// The shortfall is s·(price − arrival mid) with fees, over what was asked for, and what stayed unfilled is taken at the far
// side at the parent's end ([Parts]). The gap closed is (static − policy)/(static − oracle). The oracle is described in
// oracle.go. Intervals are Student's over seeds, which are independent worlds ([Interval]).
//
// # Tour
//
// desk.go joins an engine to a market, feed.go conflates the market's data for it, account.go books what a parent cost,
// run.go runs policies and seeds, policy.go lists them, model.go adds trained models to them, experiment.go runs an experiment as a desk would, wavechooser.go and wavesplitter.go let the published ones divide
// waves, settings.go and grid.go say how they are tuned, interval.go and report.go make the report, text.go prints it.
// timeline.go follows one parent, story.go gathers its steps into waves and phases, storytext.go prints them. Package webpage
// writes all of it as HTML. record.go gives a run's events and commands to whoever keeps them, as a journal would.
//
// # Determinism
//
// The same configuration gives the same report, byte for byte, on the same machine, whatever number of workers. Only
// [Compare] itself starts goroutines, one a run.
package compare
