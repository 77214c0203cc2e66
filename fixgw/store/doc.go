// Package store is quickfixgo's MessageStore on the journal (STO-01..04).
//
// A session's state is two numbers, a creation time and, for sessions that
// replay reports, where each sent report lies. All of it lives in records of
// one type in the same ordered log as the events (JRN-04), and in memory as an
// index from message number to log sequence: bodies are read back from the log
// when a peer asks.
//
//   - Inbound: IncrNextTargetMsgSeqNum appends a record. quickfixgo calls it
//     after FromApp returned, so it stands behind the event that the message
//     carried; a crash leaves a prefix, and the peer resends (STO-02, CB-02).
//   - Outbound: numbers are reserved in blocks of 1,000. The reservation is
//     durable before the first number of a block is used; a send appends
//     nothing. After an unclean stop the session goes on at the block's end,
//     so no number is used twice, and the hole is gap-filled (STO-04). A clean
//     Close records the exact number.
//   - Resend: IterateMessages yields a message for every number asked. A stored
//     report comes as it was sent; an order, a session message and a number
//     that was never used come as a Heartbeat with that number, which
//     quickfixgo turns into a gap fill (STO-03, QF-10).
//
// # Use
//
//	f := store.NewFactory(store.Config{Log: log, Kind: k, Reports: isClient})
//	for each record of kind k, in order { f.Recover(seq, version, payload) }
//	f.Seal() // no more records; numbers continue behind reserved blocks
//	quickfix.NewAcceptor(app, f, settings, logs)
//
// A Factory is safe for concurrent use; each session's store is used by that
// session, under quickfixgo's own locks and ours.
package store
