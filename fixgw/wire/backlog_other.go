//go:build !linux

package wire

// tcpBacklog knows nothing: a write that blocks is all that tells.
func tcpBacklog(int) (Backlog, bool) { return Backlog{}, false }
