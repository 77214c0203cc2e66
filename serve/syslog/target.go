package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// The ways to a receiver, as Target.Network names them.
const (
	Unix = "unix" // a socket of datagrams on this machine, such as /dev/log
	UDP  = "udp"
	TCP  = "tcp"
	TLS  = "tls"
)

// Target is a receiver.
type Target struct {
	Network string
	Addr    string      // a path for Unix, else host:port
	TLS     *tls.Config // of the network TLS
}

// Parse reads unix:PATH, udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT; what host and port are worth, the dialing tells.
func Parse(s string) (Target, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if path = strings.TrimPrefix(path, "//"); !strings.HasPrefix(path, "/") {
			return Target{}, errors.New("names no path that begins with /")
		}
		return Target{Network: Unix, Addr: path}, nil
	}
	network, addr, ok := strings.Cut(s, "://")
	if !ok || network != UDP && network != TCP && network != TLS {
		return Target{}, errors.New("names no way that there is")
	}
	if host, port, err := net.SplitHostPort(addr); err != nil || host == "" || port == "" {
		return Target{}, errors.New("has no host:port")
	}
	return Target{Network: network, Addr: addr}, nil
}

// String is the target as Parse reads it.
func (t *Target) String() string {
	if t.Network == Unix {
		return "unix:" + t.Addr
	}
	return t.Network + "://" + t.Addr
}

// Check connects and sends nothing. Of UDP it tells only whether the address is one.
func (t *Target) Check(ctx context.Context) error {
	conn, err := t.dial(ctx)
	if err != nil {
		return err
	}
	_ = conn.Close() // nothing was written
	return nil
}

// Send sends one message. What TCP and TLS say of it is waited for: a receiver that resets the connection, or refuses our
// certificate, has not taken it. Over UDP only a machine that answers that nobody listens is noticed.
func (t *Target) Send(ctx context.Context, m *Message) error {
	conn, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	text := m.String()
	if t.Network == TCP || t.Network == TLS {
		text = fmt.Sprintf("%d %s", len(text), text) // octets counted: the only way of RFC 5425, and one of RFC 6587
	}
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	return t.taken(conn)
}

func (t *Target) dial(ctx context.Context) (net.Conn, error) {
	switch t.Network {
	case Unix:
		return new(net.Dialer).DialContext(ctx, "unixgram", t.Addr)
	case TLS:
		if t.TLS == nil {
			return nil, errors.New("syslog: TLS without a configuration")
		}
		return (&tls.Dialer{Config: t.TLS}).DialContext(ctx, "tcp", t.Addr)
	}
	return new(net.Dialer).DialContext(ctx, t.Network, t.Addr)
}

// How long an answer is waited for: to a datagram one comes at once or never, and a stream's receiver ends it after its last octet.
const (
	refusalWait = 100 * time.Millisecond
	endWait     = time.Second
)

// taken waits for what says that the message was not taken; silence says nothing.
func (t *Target) taken(conn net.Conn) error {
	wait := refusalWait
	switch t.Network {
	case Unix:
		return nil // it lies in the receiver's queue
	case TCP, TLS:
		wait = endWait
		if c, ok := conn.(interface{ CloseWrite() error }); ok {
			if err := c.CloseWrite(); err != nil {
				return err
			}
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}
