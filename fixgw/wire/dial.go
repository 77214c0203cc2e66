package wire

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"time"
)

// A Dial says how to reach a venue. A zero number takes the default that its
// comment names.
type Dial struct {
	Address    string        // host:port
	TLS        *tls.Config   // nil: plaintext, only to loopback or with Plaintext
	Plaintext  bool          // waiver for plaintext beyond loopback (GRD-10)
	Connect    time.Duration // TCP connect; 10 s
	Handshake  time.Duration // TLS handshake; 10 s (GRD-09)
	BackoffMin time.Duration // pause after the first failure; 1 s (GRD-09)
	BackoffMax time.Duration // longest pause; 30 s
	// Failed, if set, is told of each failed attempt and the pause after it.
	Failed func(err error, pause time.Duration)
}

func (d Dial) withDefaults() Dial {
	if d.Connect == 0 {
		d.Connect = 10 * time.Second
	}
	if d.Handshake == 0 {
		d.Handshake = 10 * time.Second
	}
	if d.BackoffMin == 0 {
		d.BackoffMin = time.Second
	}
	if d.BackoffMax == 0 {
		d.BackoffMax = 30 * time.Second
	}
	if d.Failed == nil {
		d.Failed = func(error, time.Duration) {}
	}
	return d
}

// once tries one connection. It returns the plain-text side and the socket.
func (d Dial) once(ctx context.Context) (plain, socket net.Conn, err error) {
	dialer := net.Dialer{Timeout: d.Connect}
	socket, err = dialer.DialContext(ctx, "tcp", d.Address)
	if err != nil {
		return nil, nil, err
	}
	if d.TLS == nil {
		if !d.Plaintext && !isLoopback(socket.RemoteAddr()) {
			_ = socket.Close()
			return nil, nil, ErrPlaintext
		}
		return socket, socket, nil
	}
	cfg := d.TLS
	if cfg.ServerName == "" {
		host, _, err := net.SplitHostPort(d.Address)
		if err != nil {
			_ = socket.Close()
			return nil, nil, err
		}
		cfg = cfg.Clone()
		cfg.ServerName = host
	}
	ctx, cancel := context.WithTimeout(ctx, d.Handshake)
	defer cancel()
	t := tls.Client(socket, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = socket.Close()
		return nil, nil, err
	}
	return t, socket, nil
}

// until tries until a connection stands or ctx ends. The pauses double from
// BackoffMin to BackoffMax, each varied by 20 % either way so that many
// sessions do not return in step.
func (d Dial) until(ctx context.Context, failures int) (plain, socket net.Conn, err error) {
	pause := d.pause(failures)
	for {
		if failures > 0 {
			if err := sleep(ctx, jitter(pause)); err != nil {
				return nil, nil, err
			}
		}
		plain, socket, err = d.once(ctx)
		if err == nil {
			return plain, socket, nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		failures++
		pause = d.pause(failures)
		d.Failed(err, pause)
	}
}

// pause is the wait after a number of failures in a row.
func (d Dial) pause(failures int) time.Duration {
	p := d.BackoffMin
	for i := 1; i < failures && p < d.BackoffMax; i++ {
		p *= 2
	}
	return min(p, d.BackoffMax)
}

// jitter varies d by up to 20 % either way. It uses the process's random source:
// the pause is no decision that a replay must repeat.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}
