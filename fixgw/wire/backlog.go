package wire

import (
	"net"
	"syscall"
)

// A Backlog is how far a peer's machine is behind with what was written to it.
type Backlog struct {
	Acked   uint64 // bytes that it has acknowledged since the connection began
	Waiting bool   // bytes were written that it has not
}

// backlogOf asks the system about a TCP socket; ok is false where it does not tell.
func backlogOf(c net.Conn) (b Backlog, ok bool) {
	s, isSocket := c.(syscall.Conn)
	if !isSocket {
		return b, false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return b, false
	}
	if err := raw.Control(func(fd uintptr) { b, ok = tcpBacklog(int(fd)) }); err != nil {
		return b, false
	}
	return b, ok
}

// Backlog tells how far the peer is behind; ok is false where the system does not say.
func (c *Conn) Backlog() (Backlog, bool) { return backlogOf(c.socket) }

// Backlog tells how far the venue is behind on the connection that is being served; ok is false when there is none, or
// where the system does not say.
func (r *Relay) Backlog() (Backlog, bool) {
	r.mu.Lock()
	socket := r.socket
	r.mu.Unlock()
	if socket == nil {
		return Backlog{}, false
	}
	return backlogOf(socket)
}
