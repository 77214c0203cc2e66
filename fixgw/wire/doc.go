// Package wire is the guard between a socket and stock quickfixgo.
//
// quickfixgo v0.9.11 trusts every byte: malformed frames panic in goroutines
// that nobody can recover, a large BodyLength is buffered, CheckSum is not
// verified (QF-01..QF-06). This package lets only whole, checked frames through
// and closes the connection at the first byte that breaks a rule. It never
// repairs and never skips (GRD-11).
//
// The parts, from the inside out:
//
//   - Scanner checks one frame at the start of a byte slice (GRD-02..05). It
//     holds no buffer and allocates nothing for a valid frame.
//   - Reader cuts a byte stream into checked frames with one bounded buffer.
//   - Conn is a net.Conn for an acceptor: its Read yields only whole valid
//     frames, its Write has a deadline and tells an Observer of each frame that
//     reached the socket (GRD-06, GRD-07, PACE-03).
//   - Listener accepts, checks the allow-list and the pre-logon limits ahead of
//     TLS, and wraps each connection in a Conn (GRD-01, GRD-07).
//   - Relay stands between an initiator and its venue: quickfixgo dials it on
//     loopback, it dials the venue with TLS, deadlines and back-off (GRD-09).
//
// # How the relay admits only our own session
//
// quickfixgo's dialer cannot be replaced, but it can dial through a SOCKS5
// proxy with a user name and a password. The relay is that proxy. The password
// is the per-process secret: 256 random bits that never become part of a FIX
// message, so no frame is rewritten, stored or logged with it. The relay
// answers the CONNECT only when the venue is connected and its TLS handshake
// is done, so an unreachable venue costs no sequence number: quickfixgo builds
// its Logon after the dial. The first frame must then be a Logon with the
// session's own CompIDs.
//
// # Concurrency
//
// A Scanner and a Reader belong to one goroutine. Conn follows net.Conn: one
// reader, one writer, Close from anywhere. An Observer is called from the
// goroutine that reads or writes, and must not block.
package wire
