package control

import (
	"context"
	"net"
	"time"
)

// Running reports whether a router on this machine runs with a journal directory.
func Running(journalDir string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", Path(journalDir))
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was asked
	return true
}
