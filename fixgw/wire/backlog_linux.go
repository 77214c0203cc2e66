package wire

import "golang.org/x/sys/unix"

// tcpBacklog asks Linux. A peer that stops reading acknowledges until its own buffer is full; from then on what we write
// stays unsent here, long before a write of ours blocks.
func tcpBacklog(fd int) (Backlog, bool) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return Backlog{}, false
	}
	return Backlog{Acked: info.Bytes_acked, Waiting: info.Unacked > 0 || info.Notsent_bytes > 0}, true
}
