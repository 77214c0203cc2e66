// Package sim is the simulated market: lit, inverted and ECN matching engines, dark pools, internalizers, the agents that
// trade on them, and the replay of recorded markets, on a virtual clock or driven by the wall clock from outside.
// Whatever a venue's quality is (fill probability, toxicity, impact) emerges from who trades there and how the book works.
//
// # Use
//
//	m, err := sim.New(sim.Config{Start: t0, Seed: 1, Venues: specs, Symbols: instruments,
//		OnReport: func(r *sim.Report) { … }, OnBook: func(v market.VenueID, s market.Symbol, b *market.Book) { … },
//		OnTrade: func(t *sim.Trade) { … }})
//	err = m.Populate(sim.Flow{…})        // synthetic agents, or
//	p, err := m.ReplayLobster(v, sym, day, opts)      // or a recorded book, or
//	p, err := m.ReplayTape(sym, tape, codes, opts)    // a recorded tape; m.PopulateDark adds dark venues to either
//	m.Submit(venue, sim.Order{…}); m.Cancel(venue, sim.CancelRequest{…})
//	m.Replace(venue, sim.ReplaceRequest{…}); m.Status(venue, sim.StatusRequest{…})
//	m.Advance(now)                        // live: runs what is due until now; m.Next() says when to call again
//	m.RunUntil(t), m.Step()               // virtual time
//
// A request takes the venue's order latency to arrive, its reports take the latency back, and quotes and trades take the
// market-data latency; callbacks are called from Advance, RunUntil or Step, in the order of their times, and may call
// Submit, Cancel, Replace and Status. Pointers given to a callback are valid only until it returns.
//
// While it runs: [Market.At] calls back at a time, [Market.Change] alters who trades, [Market.SetOrderLatency]
// and [Market.SetFeedLatency] the links.
//
// Operators: [Market.Halt], [Market.Resume], [Market.CancelUnsolicited], [Market.Bust], [Market.Stall], [Market.RejectAll].
// Truth, for tests: [Market.Truth] gives every order a client ever sent to a venue with what is filled and what is left;
// [Market.Book] and [Market.NBBO] give the market as it is, without latency.
//
// # Tour
//
// spec.go and message.go are what goes in and out; clock.go is the event queue; market.go the market and its public methods;
// operate.go what an operator and a test may do. venue.go, judge.go, amend.go and client.go are what happens to a request and
// an order at a venue; floor.go what both kinds of book share; lob.go, match.go, peg.go and discretion.go the limit order book, ladder.go its
// price levels; pool.go the midpoint cross of dark pools and internalizers; nbbo.go the consolidated quote and each venue's
// late view of it; feed.go market data. flow.go says who trades; agents are one file each: fundamental.go, maker.go, noise.go,
// taker.go, informed.go, value.go, latent.go, metaorder.go,
// arbitrageur.go, scout.go; reservation.go is what value traders would do at other prices; hand.go and position.go are how they take and get
// rid of what they own; change.go alters them while the market runs; preset.go is the demo's market ([Balanced]). A further
// agent is a task that schedules itself, draws from its own stream, and enters orders by put and pull; change.go knows it.
//
// Of the published venue behaviour that testdata's scripts cite by case, two things are left out. A conditional order with
// invitations and opt-in (TSX, case C12) needs messages of its own between venue and client. A market peg is no type: a
// primary peg with an offset towards the far side trades and rests at the same prices (cases C4, C5).
//
// Replay: lobster.go and tape.go parse, archive.go opens zip files, rebuild.go rebuilds the recorded book,
// replay_lobster.go and replay_tape.go drive venues; record_lobster.go and record_tape.go write the formats. Package
// sim/recording carries a small recording made by them. A replay's Limits says what it cannot answer.
//
// # Determinism
//
// The package is pure: no clock, no goroutine, no I/O (parsers take readers), no map iteration. The same configuration,
// seed and calls give the same reports, byte for byte. All randomness comes from PCG streams seeded by Config.Seed and a
// label, one a source, so that one agent's draws do not depend on what others do. What an agent draws about a market that it
// finds (which of several venues, the size of a new quote) has a stream of its own: natural takers, large orders, the informed,
// blocks and pings come at the same times with the same sides and sizes whatever a client does, and makers look and err alike.
// Noise whose rate depends on the queue, scouts and arbitrageurs react.
//
// A Market is not safe for concurrent use: one goroutine owns it.
package sim
