package loopback

import (
	"net"
	"sync"
)

// Connections at once: of one address, and of all. A desk has some dozens of pages, each with a handful; the files that the process may
// have open are the FIX sessions' and the journal's too, and whoever holds connections here must not use them up (SEC-13).
const (
	eachMost = 256
	allMost  = 1024
)

// Limit closes at once what connects beyond that. It belongs below TLS: whoever has not said a word counts.
func Limit(ln net.Listener) net.Listener {
	return &limited{Listener: ln, open: map[string]int{}}
}

type limited struct {
	net.Listener
	mu   sync.Mutex
	all  int
	open map[string]int // by address
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := c.RemoteAddr().String()
		if host, _, err := net.SplitHostPort(from); err == nil {
			from = host
		}
		if l.enter(from) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_ = c.Close()
	}
}

func (l *limited) enter(from string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= allMost || l.open[from] >= eachMost {
		return false
	}
	l.all++
	l.open[from]++
	return true
}

func (l *limited) leave(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[from]--; l.open[from] == 0 {
		delete(l.open, from)
	}
}

// counted is one of them.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
