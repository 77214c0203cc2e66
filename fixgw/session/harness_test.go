package session

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/fixgw/wire"
)

// quickfixgo starts a goroutine for each logon and logout timeout that sends to
// its session without looking whether that still runs: after a stop it stays for
// ever (QF-16). These are its, known, and one per stop;
// the third where an initiator is stopped while it dials again.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*stateMachine).Connect.func1"),
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*session).initiateLogoutInReplyTo.func1"),
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*session).waitForInSessionTime"))
}

// generous bounds a wait that ends soon unless something is wrong.
const generous = 30 * time.Second

// eventually polls until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(generous); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// memory is a store.Log in memory.
type memory struct {
	mu      sync.Mutex
	records [][]byte
}

func (l *memory) Append(_ uint16, _ uint8, p []byte) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, bytes.Clone(p))
	return uint64(len(l.records)), nil
}

func (l *memory) At(seq uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.records[seq-1], nil
}

func (l *memory) Sync(uint64) error { return nil }

// stores recovers a factory from the log.
func (l *memory) stores(t testing.TB, reports bool) *store.Factory {
	t.Helper()
	f := store.NewFactory(store.Config{Log: l, Kind: 1, Reports: func(quickfix.SessionID) bool { return reports }})
	for i, r := range l.records {
		if err := f.Recover(uint64(i+1), store.Version, r); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// recorder is a Handler that keeps what it is told. take, if set, answers
// Message.
type recorder struct {
	mu       sync.Mutex
	messages []string
	outcomes []Outcome
	rejects  []Reject
	states   []State
	alarms   []Alarm
	take     func(m *quickfix.Message) quickfix.MessageRejectError
}

func (r *recorder) Message(_ quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	r.mu.Lock()
	take := r.take
	r.messages = append(r.messages, m.String())
	r.mu.Unlock()
	if take != nil {
		return take(m)
	}
	return nil
}

func (r *recorder) Reject(_ quickfix.SessionID, x Reject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rejects = append(r.rejects, x)
}

func (r *recorder) Outcome(_ quickfix.SessionID, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, o)
}

func (r *recorder) State(_ quickfix.SessionID, s State, _ string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = append(r.states, s)
}

func (r *recorder) alarm(a Alarm) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alarms = append(r.alarms, a)
}

func (r *recorder) alarmed(k AlarmKind) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.alarms {
		if a.Kind == k {
			return true
		}
	}
	return false
}

// result returns the outcomes of a token.
func (r *recorder) result(token uint64) (got []Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.outcomes {
		if o.Token == token {
			got = append(got, o.Result)
		}
	}
	return got
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.messages)
}

// logBook is a slog target that tests read.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// lines returns the lines that contain all of the words.
func (l *logBook) lines(words ...string) (got []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
next:
	for line := range strings.Lines(l.b.String()) {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue next
			}
		}
		got = append(got, line)
	}
	return got
}

func (l *logBook) logger() *slog.Logger {
	if l == nil {
		return nil
	}
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// acceptorFor starts an acceptor for the configs.
func acceptorFor(t testing.TB, h *recorder, book *logBook, stores quickfix.MessageStoreFactory, limits wire.Limits, cfgs ...Config) *Acceptor {
	t.Helper()
	a, err := NewAcceptor(AcceptorConfig{Address: "127.0.0.1:0", PerIP: 50, Total: 50, Limits: limits, Sessions: cfgs},
		Env{Handler: h, Store: stores, Log: book.logger(), Alarm: h.alarm})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	return a
}

// client is the configuration of a client session.
func client(name string) Config {
	return Config{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: name, TolerateUserFields: true}
}

// far is a counterparty that speaks plain frames.
type far struct {
	t          testing.TB
	conn       net.Conn
	reader     *wire.Reader
	name, with string // its CompID and ours
	seq        int    // number of its last message
	begin      string // its BeginString
}

func newFar(t testing.TB, conn net.Conn, name, with string) *far {
	t.Cleanup(func() { _ = conn.Close() })
	return &far{t: t, conn: conn, reader: wire.NewReader(conn, wire.Scanner{}), name: name, with: with, begin: "FIX.4.4"}
}

// dial connects to an acceptor.
func dial(t testing.TB, a *Acceptor, name string) *far {
	t.Helper()
	c, err := net.Dial("tcp", a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return newFar(t, c, name, "SLUICE")
}

// seal makes a frame of a body written with | for SOH.
func seal(body string) []byte { return sealAs("FIX.4.4", body) }

func sealAs(begin, body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	b := fmt.Appendf(nil, "8=%s\x019=%d\x01%s", begin, len(body), body)
	var sum byte
	for _, c := range b {
		sum += c
	}
	return fmt.Appendf(b, "10=%03d\x01", sum)
}

func stamp() string { return time.Now().UTC().Format("20060102-15:04:05.000") }

// build makes the peer's next message.
func (p *far) build(kind, fields string) []byte {
	p.seq++
	return sealAs(p.begin, fmt.Sprintf("35=%s|34=%d|49=%s|52=%s|56=%s|%s", kind, p.seq, p.name, stamp(), p.with, fields))
}

func (p *far) raw(b []byte) { _, _ = p.conn.Write(b) }

func (p *far) send(kind, fields string) { p.raw(p.build(kind, fields)) }

// read returns the next frame, "" when the connection ended.
func (p *far) read() string {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(generous))
	f, err := p.reader.Next()
	if err != nil {
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() {
			p.t.Fatal("nothing to read, and the connection stays open")
		}
		return ""
	}
	return strings.ReplaceAll(string(f.Bytes), "\x01", "|")
}

// next returns the next frame of a type, skipping heartbeats and test requests.
func (p *far) next(kind string) string {
	p.t.Helper()
	for {
		f := p.read()
		if strings.Contains(f, "|35="+kind+"|") {
			return f
		}
		if f == "" || !strings.Contains(f, "|35=0|") && !strings.Contains(f, "|35=1|") {
			p.t.Fatalf("got %q, want a message of type %s", f, kind)
		}
	}
}

func field(f, tag string) string {
	_, rest, ok := strings.Cut(f, "|"+tag+"=")
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, "|")
	return v
}

// logon logs on and takes the answer.
func (p *far) logon(extra string) string {
	p.t.Helper()
	p.send("A", "98=0|108=30|"+extra)
	return p.next("A")
}

// closed waits for the end of the connection.
func (p *far) closed() {
	p.t.Helper()
	for p.read() != "" {
	}
}

// alive checks that the session answers.
func (p *far) alive() {
	p.t.Helper()
	p.send("1", "112=alive|")
	for {
		f := p.read()
		if f == "" {
			p.t.Fatal("the connection is closed")
		}
		if field(f, "112") == "alive" {
			return
		}
	}
}

// reconnect dials until the session has noticed that its former connection is
// gone, and logs on after number seq.
func reconnect(t testing.TB, a *Acceptor, name string, seq int) *far {
	t.Helper()
	var p *far
	eventually(t, name+" is connected again", func() bool {
		p = dial(t, a, name)
		p.seq = seq
		p.send("A", "98=0|108=30|")
		return strings.Contains(p.read(), "|35=A|")
	})
	return p
}

const orderFields = "11=c1|21=1|55=IBM|54=1|60=20260102-10:00:00.000|38=100|40=2|44=1.5|"

// venueCfg is the configuration of a session to a venue.
func venueCfg(name, addr string) Config {
	return Config{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: name, TolerateUserFields: true,
		Reconnect: 10 * time.Millisecond, LogoutTimeout: 50 * time.Millisecond,
		Dial: wire.Dial{Address: addr, BackoffMin: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond}}
}

// venue is a listener that plays one.
type venue struct {
	t    testing.TB
	l    net.Listener
	name string
}

func newVenue(t testing.TB, name string) *venue {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &venue{t, l, name}
}

// accept takes a connection and reads its Logon.
func (v *venue) accept(seq int) (*far, string) {
	v.t.Helper()
	_ = v.l.(*net.TCPListener).SetDeadline(time.Now().Add(generous))
	c, err := v.l.Accept()
	if err != nil {
		v.t.Fatal(err)
	}
	p := newFar(v.t, c, v.name, "SLUICE")
	p.seq = seq
	return p, p.next("A")
}

func initiatorFor(t testing.TB, h *recorder, book *logBook, stores quickfix.MessageStoreFactory, cfg Config) *Initiator {
	t.Helper()
	i, err := NewInitiator(cfg, Env{Handler: h, Store: stores, Log: book.logger(), Alarm: h.alarm})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	return i
}

// order makes a new order as the FIX mapping would.
func order(id string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(35, "D")
	for tag, v := range map[quickfix.Tag]string{11: id, 21: "1", 55: "IBM", 54: "1", 60: "20260102-10:00:00.000", 38: "100", 40: "2", 44: "1.5"} {
		m.Body.SetString(tag, v)
	}
	return m
}

// cancel makes a cancel request of order c1.
func cancel(id string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(35, "F")
	for tag, v := range map[quickfix.Tag]string{11: id, 41: "c1", 55: "IBM", 54: "1", 60: "20260102-10:00:00.000", 38: "1"} {
		m.Body.SetString(tag, v)
	}
	return m
}

// execution makes a report.
func execution(id string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(35, "8")
	for tag, v := range map[quickfix.Tag]string{37: "o1", 17: id, 150: "F", 39: "1", 55: "IBM", 54: "1", 38: "300", 32: "100", 31: "1.5", 151: "200", 14: "100", 6: "1.5"} {
		m.Body.SetString(tag, v)
	}
	return m
}

func logged(s *Session) func() bool { return func() bool { return s.State() == LoggedOn } }

func idOf(c Config) quickfix.SessionID { return c.ID() }
