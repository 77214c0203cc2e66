// Package serve is the live process: it wires the engine's shard to the FIX sessions, the market data, the projections,
// the page and the metrics.
//
//	r, err := serve.Open(ctx, file, serve.Options{Log: log})   // journal replayed, ports open, nothing sent yet
//	err = r.Run(ctx)                                           // until ctx ends or the journal fails
//	err = r.Close()
//
// Its rooms: config (the file), shard (the engine's goroutines), venues (simulated venues behind FIX), view (what works
// now, in memory), web (the page), metrics, score, report, doctor, demo.
package serve
