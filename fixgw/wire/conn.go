package wire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Limits are the times and sizes of one guarded connection. A zero field takes
// the default that its comment names.
type Limits struct {
	Frame     int           // largest frame in bytes; 64 KiB (GRD-02)
	AllowXML  bool          // let 212/213 and 35=n pass; no (GRD-05)
	Write     time.Duration // deadline of one write; 5 s (GRD-06)
	PreLogon  time.Duration // until the Logon is answered; 10 s (GRD-06)
	IdleBeats float64       // read deadline in heartbeat intervals; 2 (GRD-06)
	Beat      time.Duration // heartbeat interval; 0 takes HeartBtInt of the Logon
}

// withDefaults fills the zero fields.
func (l Limits) withDefaults() Limits {
	if l.Frame == 0 {
		l.Frame = MaxFrame
	}
	if l.Write == 0 {
		l.Write = 5 * time.Second
	}
	if l.PreLogon == 0 {
		l.PreLogon = 10 * time.Second
	}
	if l.IdleBeats == 0 {
		l.IdleBeats = 2
	}
	return l
}

func (l Limits) scanner() Scanner { return Scanner{Max: l.Frame, AllowXML: l.AllowXML} }

// idle returns the read deadline after a Logon with the given HeartBtInt.
func (l Limits) idle(heartBtInt int) time.Duration {
	beat := l.Beat
	if beat == 0 {
		beat = time.Duration(heartBtInt) * time.Second
	}
	if beat == 0 {
		return l.PreLogon
	}
	return time.Duration(float64(beat) * l.IdleBeats)
}

// An Observer is told what passes a guarded connection. Its methods are called
// from the goroutine that reads or writes and must not block; the frames are
// valid only during the call.
type Observer interface {
	// Received is called for each inbound frame ahead of the session. An error
	// closes the connection. It alone may block, while the peer is to wait.
	Received(f *Frame) error
	// Writing is called before the first byte of an outbound frame. A frame
	// without this call never left (REC-06).
	Writing(f *Frame)
	// Wrote is called when the whole frame reached the socket (PACE-03).
	Wrote(f *Frame)
	// Closed is called once, after which no byte is read or written. The error
	// says why: a *Violation, an I/O error, or net.ErrClosed for our own close.
	Closed(err error)
}

// A Conn guards one accepted connection. What it reads from the peer is whole
// checked frames; the first must be a Logon, and nothing after it passes until
// an answer was written (GRD-07).
type Conn struct {
	net.Conn          // plain text
	socket   net.Conn // below TLS; the same without
	limits   Limits
	reader   *Reader
	rest     []byte // of the frame that Read gives out
	frames   int
	beat     int    // HeartBtInt of the peer's Logon, seconds
	first    []byte // the first frame, until First took it
	peer     netip.Addr
	spoke    atomic.Bool // its Logon was read

	answered   chan struct{}
	answerOnce sync.Once
	closed     chan struct{}
	closeOnce  sync.Once
	observer   atomic.Pointer[Observer]
	mu         sync.Mutex // held during a write
	scanOut    Scanner
	done       func(c *Conn, cause error) // of the listener
	release    func()                     // frees the pre-logon slot, once
}

// newConn guards plain, which runs over socket. done is called once when it closed, release when it left
// the pre-logon state.
func newConn(socket, plain net.Conn, limits Limits, done func(*Conn, error), release func()) *Conn {
	limits = limits.withDefaults()
	c := &Conn{
		Conn:     plain,
		socket:   socket,
		limits:   limits,
		answered: make(chan struct{}),
		closed:   make(chan struct{}),
		scanOut:  limits.scanner(),
		done:     done,
		release:  sync.OnceFunc(release),
	}
	c.reader = NewReader(plain, limits.scanner())
	_ = plain.SetDeadline(time.Now().Add(limits.PreLogon))
	return c
}

// Bind attaches the observer of the session that the connection belongs to. It
// reports false when the connection is closed already: the observer is then
// not called.
func (c *Conn) Bind(o Observer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.closed:
		return false
	default:
	}
	c.observer.Store(&o)
	return true
}

// Read gives out the bytes of whole checked frames.
func (c *Conn) Read(p []byte) (int, error) {
	for len(c.rest) == 0 {
		if err := c.next(); err != nil {
			c.CloseWith(err)
			return 0, err
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// First gives the peer's Logon, which has been read and is not answered, and forgets it. It is for the goroutine that reads.
func (c *Conn) First() []byte {
	b := c.first
	c.first = nil
	return b
}

// next fetches one frame into rest.
func (c *Conn) next() error {
	if c.frames == 1 {
		if err := c.awaitAnswer(); err != nil {
			return err
		}
	}
	f, err := c.reader.Next()
	if err != nil {
		return c.readError(err)
	}
	c.frames++
	if c.frames == 1 {
		if !f.Is("A") {
			return &Violation{Rule: RulePreLogon, Redacted: Redact(clip(f.Bytes))}
		}
		c.spoke.Store(true)
		c.beat, c.first = f.HeartBtInt, bytes.Clone(f.Bytes)
	}
	if o := c.observer.Load(); o != nil {
		if err := (*o).Received(&f); err != nil {
			return err
		}
	}
	if c.frames > 1 { // counted from here: the observer may have let the peer wait
		_ = c.Conn.SetReadDeadline(time.Now().Add(c.limits.idle(c.beat)))
	}
	c.rest = f.Bytes
	return nil
}

// awaitAnswer blocks until the session answered the Logon (GRD-07).
func (c *Conn) awaitAnswer() error {
	timer := time.NewTimer(c.limits.PreLogon)
	defer timer.Stop()
	select {
	case <-c.answered:
		return c.Conn.SetReadDeadline(time.Now().Add(c.limits.idle(c.beat)))
	case <-c.closed:
		return net.ErrClosed
	case <-timer.C:
		return &Violation{Rule: RuleIdle}
	}
}

// readError names a missed read deadline by its rule.
func (c *Conn) readError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &Violation{Rule: RuleIdle, Offset: c.reader.scan.Offset}
	}
	return err
}

// Write sends whole frames, one deadline each. A frame that is not valid, a
// missed deadline or a short write closes the connection (GRD-06).
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.write(p)
	if err != nil {
		c.CloseWith(err)
	}
	return n, err
}

func (c *Conn) write(p []byte) (written int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for written < len(p) {
		select {
		case <-c.closed:
			return written, net.ErrClosed
		default:
		}
		f, size, v := c.scanOut.Scan(p[written:])
		if v != nil {
			return written, v
		}
		if size == 0 {
			return written, io.ErrShortWrite
		}
		n, err := c.writeFrame(&f)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (c *Conn) writeFrame(f *Frame) (int, error) {
	o := c.observer.Load()
	if o != nil {
		(*o).Writing(f)
	}
	_ = c.Conn.SetWriteDeadline(time.Now().Add(c.limits.Write))
	n, err := c.Conn.Write(f.Bytes)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, &Violation{Rule: RuleStalled, Offset: int64(n)}
	}
	if err != nil {
		return n, err
	}
	if f.Is("A") {
		c.answerOnce.Do(func() { close(c.answered) })
		c.release()
	}
	if o != nil {
		(*o).Wrote(f)
	}
	return n, nil
}

// Close closes the connection for our own reasons.
func (c *Conn) Close() error {
	c.CloseWith(net.ErrClosed)
	return nil
}

// CloseWith closes the connection and reports cause, if it is the first. When
// it returns no write is under way any more, and the observer knows. It must
// not be called from a method of the Observer.
func (c *Conn) CloseWith(cause error) {
	c.closeOnce.Do(func() {
		close(c.closed)
		_ = c.socket.Close() // not TLS's Close: its alert may block on a full socket
		c.release()
		c.mu.Lock() // a write under way has ended
		o := c.observer.Load()
		c.mu.Unlock()
		if o != nil {
			(*o).Closed(cause)
		}
		c.done(c, cause)
	})
}

// TLS returns the state of the connection's TLS, nil for plaintext.
func (c *Conn) TLS() *tls.ConnectionState {
	t, ok := c.Conn.(*tls.Conn)
	if !ok {
		return nil
	}
	s := t.ConnectionState()
	return &s
}
