package session

import (
	"slices"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// fixt makes a configuration one of FIX 5.0 SP2.
func fixt(c Config) Config {
	c.BeginString = quickfix.BeginStringFIXT11
	return c
}

// VER-01: a FIXT Logon must agree on FIX 5.0 SP2 (1137=9).
func TestFIXTLogonNeedsTheVersion(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{}, fixt(client("NONE")), fixt(client("OLD")))
	for _, c := range []struct{ name, extra string }{{"NONE", ""}, {"OLD", "1137=6|"}} {
		p := dial(t, a, c.name)
		p.begin = quickfix.BeginStringFIXT11
		p.send("A", "98=0|108=30|"+c.extra)
		f := p.read()
		if strings.Contains(f, "|35=A|") {
			t.Errorf("%s: the Logon without 1137=9 was answered by %q", c.name, f)
		}
		if c.extra != "" && !strings.Contains(field(f, "58"), "1137") {
			t.Errorf("%s: the refusal %q does not name 1137", c.name, f)
		}
	}
}

// VER-01: 1128=9 is taken with a message; another application version is refused by a 3 (373=18), and the session lives.
func TestFIXTMessagesSayTheirVersion(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{}, fixt(client("NEW")))
	p := dial(t, a, "NEW")
	p.begin = quickfix.BeginStringFIXT11
	if answer := p.logon("1137=9|"); field(answer, "1137") != "9" || !strings.HasPrefix(answer, "8=FIXT.1.1|") {
		t.Fatalf("the answer is %q", answer)
	}
	p.send("D", orderFields)
	p.send("D", "1128=9|"+strings.Replace(orderFields, "11=c1", "11=c2", 1))
	p.send("D", "1128=6|"+strings.Replace(orderFields, "11=c1", "11=c3", 1))
	reject := p.next("3")
	if field(reject, "371") != "1128" || field(reject, "373") != "18" || field(reject, "45") != "4" {
		t.Errorf("1128=6 was answered by %q", reject)
	}
	p.send("D", "1128=9|1128=9|"+orderFields)
	p.closed() // GRD-04: it must not repeat
	eventually(t, "the guard's line", func() bool { return len(book.lines("fix guard closed", string(wire.RuleRepeat))) == 1 })
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []string
	for _, m := range h.messages {
		ids = append(ids, field(strings.ReplaceAll(m, "\x01", "|"), "11"))
	}
	if !slices.Equal(ids, []string{"c1", "c2"}) {
		t.Errorf("the handler got the orders %v, want c1 and c2", ids)
	}
}

// STO-03, STO-04, CB-01 over FIXT: numbers go on after a reconnect, reports are resent as they were, orders are
// gap-filled.
func TestFIXTNumbersAndResends(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	cfg, queue := fixt(client("RESEND")), new(ReportQueue)
	cfg.Reports = queue
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{}, cfg)
	p := dial(t, a, "RESEND")
	p.begin = quickfix.BeginStringFIXT11
	p.logon("1137=9|")
	queue.Push(1, execution("e1"))
	queue.Push(2, execution("e2"))
	a.Session(cfg.ID()).Wake()
	for _, id := range []string{"e1", "e2"} {
		if got := p.next("8"); field(got, "17") != id {
			t.Fatalf("got %q, want %s", got, id)
		}
	}
	p.send("2", "7=1|16=0|")
	if fill := p.next("4"); field(fill, "36") != "2" || field(fill, "123") != "Y" {
		t.Errorf("the Logon is filled by %q", fill)
	}
	for n, id := range []string{"e1", "e2"} {
		got := p.next("8")
		if field(got, "17") != id || field(got, "43") != "Y" || field(got, "34") != string(rune('2'+n)) {
			t.Errorf("resent as %q, want %s with number %d and 43=Y", got, id, n+2)
		}
	}
	_ = p.conn.Close()

	var again *far
	eventually(t, "connected again", func() bool {
		again = dial(t, a, "RESEND")
		again.begin, again.seq = quickfix.BeginStringFIXT11, p.seq
		again.send("A", "98=0|108=30|1137=9|")
		f := again.read()
		return strings.Contains(f, "|35=A|") && field(f, "34") >= "4" // one after the three, more if an attempt was refused
	})
	again.alive()
}

// An initiator's Logon carries 1137=9, and an order that was on the wire is not resent.
func TestFIXTInitiator(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	v := newVenue(t, "FIXTV")
	i := initiatorFor(t, h, book, new(memory).stores(t, false), fixt(venueCfg("FIXTV", v.l.Addr().String())))
	p, logon := v.accept(0)
	p.begin = quickfix.BeginStringFIXT11
	if !strings.HasPrefix(logon, "8=FIXT.1.1|") || field(logon, "1137") != "9" {
		t.Errorf("the Logon is %q", logon)
	}
	p.send("A", "98=0|108=30|1137=9|")
	eventually(t, "logged on", logged(i.Session()))
	if err := i.Session().Send(Outgoing{Token: 2, Class: New, Message: order("sent")}); err != nil {
		t.Fatal(err)
	}
	if got := p.next("D"); field(got, "11") != "sent" {
		t.Errorf("the venue got %q", got)
	}
	p.send("2", "7=2|16=0|")
	if fill := p.next("4"); field(fill, "36") != "3" || field(fill, "123") != "Y" {
		t.Errorf("the order was asked for again and got %q, want a gap fill", fill)
	}
	p.alive()
}
