// Package shard runs one engine: it gives every event its place in the journal, applies it, and lets the commands out
// only once they are durable.
//
//	s, found, err := shard.Open(cfg)      // the journal, replayed: state as it was, every command compared
//	err = s.Start(outlets)                // adapters are up; the engine goes on
//	err = s.Submit(body)                  // any goroutine: the event has its place when it returns (CB-02)
//	err = s.Close()                       // drains and stops
//
// Three goroutines: the engine's, which alone calls the engine; the releaser's, which waits for durability and hands
// commands to the adapters in order (JRN-03); and the market's, which conflates quotes and trades to what a decision can
// see. Every queue is bounded; a full one makes the producer wait, and TCP makes the peer wait.
//
// The releaser asks the last gate (RISK-01, stage B) about every new order just before it leaves; the gate keeps counters of
// its own from the journal's events, and a refusal ends the child, stops its parent and pages. When the journal fails,
// the releaser lets nothing more out and withdraws what works at venues, at once; then [Shard.Failed] is closed (JRN-05).
//
// A start restores the newest snapshot and replays what lies behind it (REC-01, JRN-07). A snapshot is taken between two
// events: engine and last gate are encoded at once, another goroutine adds the FIX store and the reports that no session has
// taken, and writes it once all it knows is durable. Each part says where in the journal it stands, and takes what lies
// behind only. A snapshot that is damaged, or of another version, is told and passed over. A clean stop leaves one, so that
// a new build starts from the state and not from the old build's commands. Every 10,000 events the engine's state hash is
// journaled and compared by every replay (INV-09).
//
// An upkeep goroutine looks at the journal's disk once a second. A volume that fills up, or commits that take too long, become
// a Degraded event, and its end another (JRN-09, JRN-10). Segments go once their time is over, every [Watermark] has passed
// them and two verified snapshots go on behind them (JRN-08): whoever reads the journal registers one.
//
// [Replayer] is the other way to feed an engine: from a journal, comparing every recorded command with the one the
// engine gives again, byte for byte. Recovery and `sluice replay --verify` are the same code.
package shard
