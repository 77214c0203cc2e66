package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"golang.org/x/net/proxy"
)

// relayFor runs a relay to a venue that the test plays.
func relayFor(t *testing.T, venue string, limits Limits) (*Relay, *recorder, chan error) {
	t.Helper()
	rec := newRecorder()
	refused := make(chan error, 16)
	r, err := NewRelay(RelayConfig{
		Dial:   Dial{Address: venue, BackoffMin: time.Millisecond, BackoffMax: 5 * time.Millisecond},
		Sender: "A", Target: "B", Limits: limits, Observer: rec,
		Refused: func(err error) { refused <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r, rec, refused
}

// dialRelay dials as quickfixgo does.
func dialRelay(t *testing.T, r *Relay, secret string) (net.Conn, error) {
	t.Helper()
	port, user, _ := r.Proxy()
	d, err := proxy.SOCKS5("tcp", "127.0.0.1:"+strconv.Itoa(port), &proxy.Auth{User: user, Password: secret}, &net.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), generous)
	defer cancel()
	c, err := d.(proxy.ContextDialer).DialContext(ctx, "tcp", "venue.invalid:1")
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

func venue(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestRelayPassesCheckedFrames(t *testing.T) {
	v := venue(t)
	r, rec, _ := relayFor(t, v.Addr().String(), Limits{})
	_, _, secret := r.Proxy()
	c, err := dialRelay(t, r, secret)
	if err != nil {
		t.Fatal(err)
	}
	far, err := v.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	send(t, c, logon("1"))
	if got := readSome(t, far, len(logon("1"))); got != string(logon("1")) {
		t.Errorf("the venue got %q", got)
	}
	for rec.log() != "writing A, wrote A" { // the report may come after the venue's answer
		time.Sleep(time.Millisecond)
	}
	answer := frame("35=A|49=B|56=A|34=1|52=x|98=0|108=30|")
	send(t, far, answer)
	if got := readSome(t, c, len(answer)); got != string(answer) {
		t.Errorf("the session got %q", got)
	}
	bad := frame(report)
	bad[len(bad)-2] ^= 1
	send(t, far, bad)
	wantRule(t, rec.wait(t), RuleCheckSum)
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Errorf("the session read %d bytes of a bad frame", n)
	}
	if want := "writing A, wrote A, received A"; rec.log() != want {
		t.Errorf("observer: got %q, want %q", rec.log(), want)
	}
}

// GRD-01: a process without the secret gets no venue connection.
func TestRelayRefusesStrangers(t *testing.T) {
	v := venue(t)
	r, _, refused := relayFor(t, v.Addr().String(), Limits{})
	if _, err := dialRelay(t, r, "guess"); err == nil {
		t.Error("a wrong secret was accepted")
	}
	wantRule(t, <-refused, RuleSecret)
	port, _, secret := r.Proxy()
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send(t, c, logon("1"))
	if err := <-refused; !errors.Is(err, errSocks) {
		t.Errorf("a Logon without the dialogue: got %v", err)
	}
	if len(secret) != 64 {
		t.Errorf("secret of %d characters, want 64", len(secret))
	}
}

// GRD-01: the first frame is a Logon with the session's CompIDs.
func TestRelayChecksTheLogon(t *testing.T) {
	for name, tt := range map[string]struct {
		first []byte
		rule  Rule
	}{
		"no logon":      {frame(order), RulePreLogon},
		"other CompIDs": {frame("35=A|49=X|56=B|34=1|52=x|98=0|108=30|"), RuleIdentity},
	} {
		v := venue(t)
		r, rec, _ := relayFor(t, v.Addr().String(), Limits{})
		_, _, secret := r.Proxy()
		c, err := dialRelay(t, r, secret)
		if err != nil {
			t.Fatal(err)
		}
		far, err := v.Accept()
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, tt.first)
		wantRule(t, rec.wait(t), tt.rule)
		if b, _ := io.ReadAll(far); len(b) != 0 {
			t.Errorf("%s: the venue got %q", name, b)
		}
		_ = far.Close()
	}
}

// GRD-09: the dial waits, with back-off, until the venue is there; no frame is
// built before.
func TestRelayWaitsForTheVenue(t *testing.T) {
	v := venue(t)
	addr := v.Addr().String()
	_ = v.Close()
	r, _, _ := relayFor(t, addr, Limits{})
	_, _, secret := r.Proxy()
	done := make(chan error, 1)
	go func() {
		_, err := dialRelay(t, r, secret)
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("the dial returned %v without a venue", err)
	case <-time.After(50 * time.Millisecond):
	}
	v, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skip("the port was taken meanwhile")
	}
	defer v.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// GRD-06 on the venue's side: silence, and a venue that does not read.
func TestRelayDeadlines(t *testing.T) {
	v := venue(t)
	r, rec, _ := relayFor(t, v.Addr().String(), Limits{PreLogon: 30 * time.Millisecond})
	_, _, secret := r.Proxy()
	c, err := dialRelay(t, r, secret)
	if err != nil {
		t.Fatal(err)
	}
	send(t, c, logon("1"))
	wantRule(t, rec.wait(t), RuleIdle)

	r, rec, _ = relayFor(t, v.Addr().String(), Limits{Write: 50 * time.Millisecond})
	_, _, secret = r.Proxy()
	if c, err = dialRelay(t, r, secret); err != nil {
		t.Fatal(err)
	}
	send(t, c, logon("1"))
	big := frame(order)
	for {
		if _, err := c.Write(big); err != nil {
			break
		}
	}
	wantRule(t, rec.wait(t), RuleStalled)
}
