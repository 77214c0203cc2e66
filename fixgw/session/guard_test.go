package session

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// QF-01..QF-04: what kills or fools stock quickfixgo closes that connection with
// one clear line; the process and the other sessions go on.
func TestBadFramesCloseTheirConnectionOnly(t *testing.T) {
	t.Parallel()
	report := "11=c1|37=o|17=e|150=F|39=1|55=IBM|54=1|38=300|32=100|31=1.5|151=200|14=100|6=1.5|"
	tests := []struct {
		name string
		rule wire.Rule
		make func(p *far) []byte
	}{
		{"XMLLEN", wire.RuleXMLData, func(p *far) []byte { return p.build("D", orderFields+"212=999999999|213=x|") }},
		{"EMPTYSEQ", wire.RuleEmpty, func(p *far) []byte { return seal("35=0|34=|49=EMPTYSEQ|52=" + stamp() + "|56=SLUICE|") }},
		{"OVERFLOW", wire.RuleLength, func(*far) []byte { return []byte("8=FIX.4.4\x019=119999999999999999970\x0135=0\x01") }},
		{"HUGE", wire.RuleLength, func(*far) []byte { return []byte("8=FIX.4.4\x019=2000000000\x0135=0\x01") }},
		{"CHECKSUM", wire.RuleCheckSum, func(p *far) []byte {
			return bytes.Replace(p.build("8", report), []byte("32=100"), []byte("32=900"), 1)
		}},
		{"INJECT", wire.RuleData, func(p *far) []byte { return p.build("8", report+"95=10|96=abc|32=900|") }},
		{"TWICE", wire.RuleRepeat, func(p *far) []byte { return p.build("8", report+"32=900|") }},
	}
	h, book := new(recorder), new(logBook)
	cfgs := []Config{client("GOOD")}
	for _, tt := range tests {
		cfgs = append(cfgs, client(tt.name))
	}
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{}, cfgs...)
	good := dial(t, a, "GOOD")
	good.logon("")
	for _, tt := range tests {
		p := dial(t, a, tt.name)
		p.logon("")
		p.raw(tt.make(p))
		p.closed()
		lines := func() []string { return book.lines("fix guard closed", "SLUICE->"+tt.name) }
		eventually(t, tt.name+" is logged", func() bool { return len(lines()) > 0 })
		if got := lines(); len(got) != 1 || !strings.Contains(got[0], string(tt.rule)) {
			t.Errorf("%s: logged %q, want one line with %s", tt.name, got, tt.rule)
		}
		good.alive()
	}
	if h.count() != 0 {
		t.Errorf("the handler got %q", h.messages)
	}
	id := cfgs[1].ID()
	if st := a.Session(id).Stats(); st.Violations[wire.RuleXMLData] != 1 {
		t.Errorf("counters: %+v", st)
	}
}

// QF-02: the same before authentication, and an idle connection.
func TestBadConnectionsBeforeTheLogon(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	secret := client("SECRET")
	secret.Authenticate = func(l Logon) error {
		if l.Password != "right" {
			return errOtherLink
		}
		return nil
	}
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{PreLogon: 300 * time.Millisecond}, client("GOODPRE"), secret)
	good := dial(t, a, "GOODPRE")
	good.logon("")

	idle := dial(t, a, "GOODPRE")
	idle.closed()
	first := dial(t, a, "SECRET")
	first.send("D", orderFields)
	first.closed()
	both := dial(t, a, "SECRET")
	both.raw(append(both.build("A", "98=0|108=30|554=wrong|"), "8=FIX.4.4\x019=119999999999999999970\x0135=0\x01"...))
	both.closed()
	unknown := dial(t, a, "NOBODY")
	unknown.send("A", "98=0|108=30|")
	unknown.closed()
	second := dial(t, a, "GOODPRE") // one connection per session (SEC-01)
	second.send("A", "98=0|108=30|")
	second.closed()
	good.alive()

	eventually(t, "the idle connection is logged", func() bool { return len(book.lines(string(wire.RuleIdle))) >= 1 })
	if len(book.lines("fix guard closed", string(wire.RulePreLogon))) != 1 {
		t.Errorf("an order as first frame: %q", book.lines("fix guard"))
	}
	// TEST-42: the strangers used up none of the session's numbers; its owner begins with the first.
	owner := dial(t, a, "SECRET")
	owner.logon("554=right|")
	owner.alive()
	// SEC-06, CB-05: no log line holds the password, which stock code logs whole.
	if got := append(book.lines("wrong|"), book.lines("right|")...); len(got) != 0 || len(book.lines("554=***")) == 0 {
		t.Errorf("the password is logged: %q", got)
	}
	if h.count() != 0 {
		t.Errorf("the handler got %q", h.messages)
	}
}

// QF-06, GRD-06: a peer that stops reading is cut off, the message being written
// is Unknown, and the session says Down.
func TestPeerThatStopsReading(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	v := newVenue(t, "DEAF")
	cfg := venueCfg("DEAF", v.l.Addr().String())
	cfg.Limits = wire.Limits{Write: 200 * time.Millisecond}
	i := initiatorFor(t, h, book, new(memory).stores(t, false), cfg)
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	big := strings.Repeat("x", 50_000)
	refused := false
	for token := uint64(1); !refused; token++ {
		m := order("c")
		m.Body.SetString(58, big)
		switch err := s.Send(Outgoing{Token: token, Class: New, Message: m}); err {
		case ErrNotConnected:
			refused = true
		case ErrQueueFull:
			time.Sleep(time.Millisecond)
		case nil:
		default:
			t.Fatal(err)
		}
	}
	eventually(t, "one message is Unknown", func() bool { return s.Stats().Unknown == 1 })
	if got := s.Stats().Violations[wire.RuleStalled]; got != 1 {
		t.Errorf("%d stalled connections, want 1", got)
	}
	if len(book.lines("fix guard closed", string(wire.RuleStalled))) != 1 {
		t.Errorf("logged %q", book.lines("fix guard"))
	}
}

// TestStrangersDoNotFillTheLog: a flood of connections that say nothing costs a line for some of them, and one that counts the rest (SEC-13).
func TestStrangersDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	book := new(logBook)
	a := acceptorFor(t, new(recorder), book, new(memory).stores(t, true), wire.Limits{}, client("QUIET"))
	from := netip.MustParseAddrPort("192.0.2.7:4711")
	for range 10 * strangersBurst {
		a.closed(nil, from, &wire.Violation{Rule: wire.RuleTooMany})
	}
	if n := len(book.lines("closed a connection without a session")); n < strangersBurst || n > 2*strangersBurst {
		t.Errorf("%d lines about %d connections", n, 10*strangersBurst)
	}
	eventually(t, "the rest is counted", func() bool {
		a.closed(nil, from, &wire.Violation{Rule: wire.RuleTooMany})
		return len(book.lines("not listed one by one", "count=")) > 0
	})
}
