package wire

import (
	"context"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A link is one connection through the relay: session on loopback, venue
// outside. Each direction is one goroutine.
type link struct {
	relay   *Relay
	session net.Conn
	venue   net.Conn
	beat    atomic.Int64 // HeartBtInt of our Logon, seconds

	answered atomic.Bool // the venue sent a Logon
}

// HeldTick is how often a reader or a sender that is held looks whether it may go on.
const HeldTick = 5 * time.Millisecond

// outbound passes the session's frames to the venue, one write each, and
// reports what reached the socket (PACE-03). The first frame must be the Logon
// of our session (GRD-01).
func (l *link) outbound() error {
	limits := l.relay.cfg.Limits
	r := NewReader(l.session, limits.scanner())
	_ = l.session.SetReadDeadline(time.Now().Add(limits.PreLogon))
	for first := true; ; first = false {
		f, err := r.Next()
		if err != nil {
			return err
		}
		if first {
			if err := l.checkLogon(&f); err != nil {
				return err
			}
			l.beat.Store(int64(f.HeartBtInt))
			_ = l.session.SetReadDeadline(time.Time{})
		}
		if err := l.send(&f); err != nil {
			return err
		}
	}
}

func (l *link) checkLogon(f *Frame) error {
	cfg := &l.relay.cfg
	if !f.Is("A") {
		return &Violation{Rule: RulePreLogon, Redacted: Redact(clip(f.Bytes))}
	}
	if string(f.Sender) != cfg.Sender || string(f.Target) != cfg.Target {
		return &Violation{Rule: RuleIdentity, Redacted: Redact(clip(f.Bytes))}
	}
	return nil
}

func (l *link) send(f *Frame) error {
	cfg := &l.relay.cfg
	cfg.Observer.Writing(f)
	_ = l.venue.SetWriteDeadline(time.Now().Add(cfg.Limits.Write))
	if n, err := l.venue.Write(f.Bytes); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return &Violation{Rule: RuleStalled, Offset: int64(n)}
		}
		return err
	}
	cfg.Observer.Wrote(f)
	return nil
}

// inbound passes the venue's checked frames to the session.
func (l *link) inbound(ctx context.Context) error {
	limits := l.relay.cfg.Limits
	r := NewReader(l.venue, limits.scanner())
	wait := limits.PreLogon
	for {
		for l.relay.cfg.Held() {
			if err := sleep(ctx, HeldTick); err != nil {
				return err
			}
		}
		_ = l.venue.SetReadDeadline(time.Now().Add(wait))
		f, err := r.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return &Violation{Rule: RuleIdle, Offset: r.scan.Offset}
		}
		if err != nil {
			return err
		}
		if f.Is("A") {
			l.answered.Store(true)
		}
		if err := l.relay.cfg.Observer.Received(&f); err != nil {
			return err
		}
		_ = l.session.SetWriteDeadline(time.Now().Add(limits.Write))
		if _, err := l.session.Write(f.Bytes); err != nil {
			return err
		}
		wait = limits.idle(int(l.beat.Load()))
	}
}
