package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// generous bounds a wait that ends at once unless something is wrong.
const generous = 20 * time.Second

// recorder is an Observer that keeps what it is told.
type recorder struct {
	mu     sync.Mutex
	events []string
	closed chan error
}

func newRecorder() *recorder { return &recorder{closed: make(chan error, 1)} }

func (r *recorder) note(what string, f *Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, what+" "+string(f.Type))
}

func (r *recorder) Received(f *Frame) error { r.note("received", f); return nil }
func (r *recorder) Writing(f *Frame)        { r.note("writing", f) }
func (r *recorder) Wrote(f *Frame)          { r.note("wrote", f) }
func (r *recorder) Closed(err error)        { r.closed <- err }

func (r *recorder) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events, ", ")
}

func (r *recorder) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.closed:
		return err
	case <-time.After(generous):
		t.Fatal("the connection was not closed")
		return nil
	}
}

func wantRule(t *testing.T, err error, want Rule) {
	t.Helper()
	var v *Violation
	if !errors.As(err, &v) || v.Rule != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// listen starts a guarded listener; ends takes what its Closed is told.
func listen(t *testing.T, cfg ListenerConfig) (l *Listener, ends chan error) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ends = make(chan error, 16)
	cfg.Closed = func(_ *Conn, _ netip.AddrPort, cause error) { ends <- cause }
	if l, err = NewListener(inner, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.CloseAll)
	return l, ends
}

// pair returns both ends of an accepted connection.
func pair(t *testing.T, l *Listener) (peer net.Conn, guarded *Conn) {
	t.Helper()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return peer, c.(*Conn)
}

func logon(seq string) []byte {
	return frame("35=A|49=A|56=B|34=" + seq + "|52=20260102-10:00:00.000|98=0|108=30|")
}

func send(t *testing.T, c net.Conn, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

func readSome(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(generous))
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// GRD-07: one frame passes, the next only when the session answered the Logon.
func TestConnHoldsBackUntilTheLogonIsAnswered(t *testing.T) {
	l, _ := listen(t, ListenerConfig{})
	peer, c := pair(t, l)
	rec := newRecorder()
	if !c.Bind(rec) {
		t.Fatal("Bind on an open connection failed")
	}
	first, second := logon("1"), frame(strings.Replace(order, "34=7", "34=2", 1))
	send(t, peer, append(append([]byte{}, first...), second...))

	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != string(first) {
		t.Fatalf("first read: %q, %v", buf[:n], err)
	}
	got := make(chan string, 1)
	go func() {
		n, _ := c.Read(buf)
		got <- string(buf[:n])
	}()
	select {
	case s := <-got:
		t.Fatalf("read %q before the Logon was answered", s)
	case <-time.After(30 * time.Millisecond):
	}
	send(t, c, logon("1"))
	select {
	case s := <-got:
		if s != string(second) {
			t.Errorf("second read: %q", s)
		}
	case <-time.After(generous):
		t.Fatal("nothing passed after the answer")
	}
	// What waited may pass while the writer has yet to tell that the answer is written.
	if want, also := "received A, writing A, wrote A, received D", "received A, writing A, received D, wrote A"; rec.log() != want && rec.log() != also {
		t.Errorf("observer: got %q, want %q", rec.log(), want)
	}
	_ = c.Close()
	if err := rec.wait(t); !errors.Is(err, net.ErrClosed) {
		t.Errorf("our own close: got %v", err)
	}
	if c.Bind(rec) {
		t.Error("Bind on a closed connection succeeded")
	}
}

func TestConnRefusesAFirstFrameThatIsNoLogon(t *testing.T) {
	l, ends := listen(t, ListenerConfig{})
	peer, c := pair(t, l)
	send(t, peer, frame(order))
	_, err := c.Read(make([]byte, 10))
	wantRule(t, err, RulePreLogon)
	wantRule(t, <-ends, RulePreLogon)
	if n, err := peer.Read(make([]byte, 1)); err == nil {
		t.Errorf("the peer read %d bytes, want a closed connection", n)
	}
}

// GRD-06: no frame in time, before the Logon and after it; QF-02 idle connection.
func TestConnIdle(t *testing.T) {
	short := Limits{PreLogon: 30 * time.Millisecond, Beat: 15 * time.Millisecond}
	l, ends := listen(t, ListenerConfig{Limits: short})
	_, c := pair(t, l)
	_, err := c.Read(make([]byte, 10))
	wantRule(t, err, RuleIdle)
	wantRule(t, <-ends, RuleIdle)

	peer, c := pair(t, l)
	send(t, peer, logon("1"))
	if _, err := c.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	_, err = c.Read(make([]byte, 10)) // never answered
	wantRule(t, err, RuleIdle)
	<-ends

	peer, c = pair(t, l)
	send(t, peer, logon("1"))
	if _, err := c.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	send(t, c, logon("1"))
	go func() { // one byte at a time keeps no connection alive
		for _, b := range logon("2") {
			if _, err := peer.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_, err = c.Read(make([]byte, 4096))
	wantRule(t, err, RuleIdle)
}

// GRD-06, QF-06: a peer that does not read is cut off at the write deadline.
func TestConnStalledWrite(t *testing.T) {
	l, _ := listen(t, ListenerConfig{Limits: Limits{Write: 50 * time.Millisecond}})
	_, c := pair(t, l)
	rec := newRecorder()
	c.Bind(rec)
	big := frame(order + "58=" + strings.Repeat("x", 60_000) + "|")
	for {
		if _, err := c.Write(big); err != nil {
			wantRule(t, err, RuleStalled)
			break
		}
	}
	wantRule(t, rec.wait(t), RuleStalled)
	if _, err := c.Write(big); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after the close: got %v", err)
	}
	if s := rec.log(); !strings.HasSuffix(s, "writing D") {
		t.Errorf("the last frame was begun, not written: %q", s[max(0, len(s)-60):])
	}
}

func TestListenerLimits(t *testing.T) {
	l, ends := listen(t, ListenerConfig{PerIP: 2, Total: 5})
	accepted := make(chan *Conn, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c.(*Conn)
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial()
	first := <-accepted
	dial()
	<-accepted
	dial()
	wantRule(t, <-ends, RuleTooMany)
	send(t, first, logon("1")) // answered: its slot is free
	dial()
	<-accepted
}

// TestListenerMakesRoom is GRD-07 under a flood (TEST-51): of a full house the one that is silent for longest leaves, of the address
// that has most; nobody who sent a Logon does, and there are never more than there may be.
func TestListenerMakesRoom(t *testing.T) {
	l, ends := listen(t, ListenerConfig{PerIP: 3, Total: 4})
	accepted := make(chan *Conn, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c.(*Conn)
		}
	}()
	from := func(host byte) (peer net.Conn) {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, host)}}
		peer, err := d.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Skipf("loopback has one address here: %v", err)
		}
		t.Cleanup(func() { _ = peer.Close() })
		return peer
	}
	let := func(host byte) (net.Conn, *Conn) {
		t.Helper()
		peer := from(host)
		return peer, <-accepted
	}
	gone := func(what string, c *Conn) {
		t.Helper()
		wantRule(t, <-ends, RuleTooMany)
		select {
		case <-c.closed:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: another one left", what)
		}
	}
	speak := func(peer net.Conn, c *Conn) {
		t.Helper()
		send(t, peer, logon("1"))
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			t.Fatal(err)
		}
	}
	_, lone := let(1)
	_, first := let(2)
	_, second := let(2)
	speaks, said := let(3)
	speak(speaks, said)
	_, next := let(4)
	gone("two of one address", first)
	_, last := let(5)
	gone("one of each", lone)
	_, more := let(6)
	gone("the oldest then", second)
	_, most := let(7)
	gone("who has sent a Logon stays", next)
	l.mu.Lock()
	if l.total != 4 || len(l.waiting) != 4 || len(l.pending) != 4 {
		t.Errorf("%d hold a place, %d wait of %d addresses; want 4", l.total, len(l.waiting), len(l.pending))
	}
	l.mu.Unlock()
	for _, c := range []*Conn{last, more, most} {
		c.spoke.Store(true)
	}
	from(8)
	wantRule(t, <-ends, RuleTooMany)
	for _, c := range []*Conn{said, last, more, most} {
		select {
		case <-c.closed:
			t.Error("one that said who it is left for another")
		default:
		}
		_ = c.Close()
		<-ends
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total != 0 || len(l.waiting) != 0 || len(l.pending) != 0 {
		t.Errorf("all left, and %d hold a place, %d wait of %d addresses", l.total, len(l.waiting), len(l.pending))
	}
}

func TestListenerAllowListAndPlaintext(t *testing.T) {
	l, ends := listen(t, ListenerConfig{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	go func() { _, _ = l.Accept() }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wantRule(t, <-ends, RuleAllowList)

	inner, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	defer inner.Close()
	if _, err := NewListener(inner, ListenerConfig{}); !errors.Is(err, ErrPlaintext) {
		t.Errorf("plaintext on all addresses: got %v, want %v (GRD-10)", err, ErrPlaintext)
	}
	if _, err := NewListener(inner, ListenerConfig{Plaintext: true}); err != nil {
		t.Errorf("with a waiver: %v", err)
	}
}

func TestDialBackoff(t *testing.T) {
	d := Dial{}.withDefaults()
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 30 * time.Second, 60: 30 * time.Second} {
		if got := d.pause(failures); got != want {
			t.Errorf("pause(%d) = %s, want %s (GRD-09)", failures, got, want)
		}
	}
	for range 1000 {
		if j := jitter(time.Second); j < 800*time.Millisecond || j > 1200*time.Millisecond {
			t.Fatalf("jitter gave %s, want within 20 %%", j)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	tries := 0
	d = Dial{Address: "127.0.0.1:1", BackoffMin: time.Millisecond, BackoffMax: 2 * time.Millisecond,
		Failed: func(error, time.Duration) {
			if tries++; tries == 3 {
				cancel()
			}
		}}.withDefaults()
	if _, _, err := d.until(ctx, 0); !errors.Is(err, context.Canceled) || tries != 3 {
		t.Errorf("got %v after %d tries, want canceled after 3", err, tries)
	}
}
