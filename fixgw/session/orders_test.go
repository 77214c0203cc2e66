package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

// PACE-01, QF-05, CB-01: an order refused while disconnected is not replayed
// after the reconnect; one that was on the wire is gap-filled, not resent.
func TestNoOrderWaitsForAReconnect(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	v := newVenue(t, "VENUE")
	i := initiatorFor(t, h, book, new(memory).stores(t, false), venueCfg("VENUE", v.l.Addr().String()))
	s := i.Session()
	if err := s.Send(Outgoing{Token: 1, Class: New, Message: order("early")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("before the logon: got %v, want %v", err, ErrNotConnected)
	}
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(s))
	if err := s.Send(Outgoing{Token: 2, Class: New, Message: order("sent")}); err != nil {
		t.Fatal(err)
	}
	got := p.next("D")
	if field(got, "11") != "sent" || field(got, "34") != "2" {
		t.Errorf("the venue got %q", got)
	}
	eventually(t, "outcome Sent", func() bool { return slices.Equal(h.result(2), []Result{Sent}) })
	_ = p.conn.Close()
	eventually(t, "down", func() bool { return s.State() == Down })
	if err := s.Send(Outgoing{Token: 3, Class: New, Message: order("late")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("while disconnected: got %v", err)
	}

	p, logon := v.accept(1)
	if field(logon, "34") != "3" {
		t.Errorf("second Logon %q, want number 3", logon)
	}
	p.send("A", "98=0|108=30|")
	p.send("2", "7=1|16=0|")
	fill := p.next("4")
	if field(fill, "123") != "Y" || field(fill, "34") != "1" || field(fill, "36") != "4" {
		t.Errorf("resend of orders: got %q, want one gap fill from 1 to 4", fill)
	}
	eventually(t, "the venue's question is told", func() bool { return slices.Equal(h.result(2), []Result{Sent, GapFilled}) })
	if got := s.Stats().Stale; got != 1 {
		t.Errorf("%d orders of the past were asked for and kept back, want 1 (MET-08)", got)
	}
	p.alive()
	if h.result(1) != nil || h.result(3) != nil {
		t.Error("a refused message has an outcome")
	}
}

// FIX-02: every 3 and j goes back to its message.
func TestRejectsComeBackWithTheirToken(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "REJECTS")
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), venueCfg("REJECTS", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(i.Session()))
	for token := uint64(10); token < 13; token++ {
		if err := i.Session().Send(Outgoing{Token: token, Class: New, Message: order("c")}); err != nil {
			t.Fatal(err)
		}
		p.next("D")
	}
	eventually(t, "sent", func() bool { return i.Session().Stats().Sent == 3 })
	p.send("3", "45=3|371=44|373=5|58=bad price|")
	p.send("j", "45=4|372=D|379=c|380=0|58=no|")
	p.send("3", "45=999|58=who|")
	eventually(t, "three rejects", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.rejects) == 3 })
	a, b, c := h.rejects[0], h.rejects[1], h.rejects[2]
	if a.Token != 11 || a.Business || a.Code != 5 || a.RefTag != 44 || a.Text != "bad price" {
		t.Errorf("3: got %+v", a)
	}
	if b.Token != 12 || !b.Business || b.Code != 0 || b.RefID != "c" {
		t.Errorf("j: got %+v", b)
	}
	if c.Token != 0 || c.RefNum != 999 || c.Code != -1 {
		t.Errorf("a 3 for an unknown number: got %+v", c)
	}
}

// PACE-05: the last gate, with its kill flag, holds at the exit, and once more where quickfixgo gives the number: a halt may
// come in between. An order that nobody handed over does not leave at all; cancels pass.
func TestLastGate(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "KILL")
	cfg := venueCfg("KILL", v.l.Addr().String())
	asked := 0 // of token 3; the sender's goroutine
	cfg.Gate = func(o *Outgoing) error {
		if o.Token == 3 {
			asked++
		}
		if o.Token == 2 || asked == 2 && o.Class != Cancel {
			return errors.New("over the limit")
		}
		return nil
	}
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), cfg)
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	if err := s.Send(Outgoing{Token: 2, Class: New, Message: order("c2")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gate refused", func() bool { return slices.Equal(h.result(2), []Result{NeverSent}) })
	if err := s.Send(Outgoing{Token: 3, Class: New, Message: order("c3")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gate refused at the second time", func() bool { return slices.Equal(h.result(3), []Result{NeverSent}) })
	if err := (&app{sessions: map[quickfix.SessionID]*Session{s.id: s}}).ToApp(order("c"), s.id); !errors.Is(err, quickfix.ErrDoNotSend) {
		t.Errorf("an order that nobody handed over: got %v", err)
	}
	if err := s.Send(Outgoing{Token: 4, Class: Cancel, Message: cancel("x")}); err != nil {
		t.Fatal(err)
	}
	if got := p.next("F"); field(got, "34") != "2" {
		t.Errorf("cancel: got %q, want number 2: what was refused took none", got)
	}
}

// CB-03: missing inbound numbers make a Gap, which refuses orders until it is
// filled; a gap fill at its end counts.
func TestGapRefusesNewRiskUntilItIsFilled(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "GAPS")
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), venueCfg("GAPS", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	p.seq = 4
	p.send("8", "37=o|17=e5|150=F|39=1|55=IBM|54=1|38=300|32=100|31=1.5|151=200|14=100|6=1.5|")
	ask := p.next("2")
	if field(ask, "7") != "2" || field(ask, "16") != "0" {
		t.Errorf("resend request %q", ask)
	}
	eventually(t, "gap", func() bool { return s.State() == Gap })
	if err := s.Send(Outgoing{Token: 1, Class: New, Message: order("c")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("in a gap: got %v", err)
	}
	if err := s.Send(Outgoing{Token: 2, Class: Cancel, Message: order("c")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("cancel in a gap: got %v, want %v without CancelsInGap", err, ErrNotConnected)
	}
	dup := func(num, kind, fields string) []byte {
		return seal("35=" + kind + "|34=" + num + "|43=Y|49=GAPS|52=" + stamp() + "|56=SLUICE|122=" + stamp() + "|" + fields)
	}
	p.raw(dup("2", "4", "123=Y|36=4|"))
	p.raw(dup("4", "8", "37=o|17=e4|150=F|39=1|55=IBM|54=1|38=300|32=100|31=1.5|151=200|14=100|6=1.5|"))
	eventually(t, "filled", logged(s))
	if h.count() != 2 || !strings.Contains(h.messages[0], "17=e4") || !strings.Contains(h.messages[1], "17=e5") {
		t.Errorf("the handler got %q, want e4 then e5", h.messages)
	}
	p.send("4", "36=50|") // a reset, no gap fill
	eventually(t, "gap by reset", func() bool { return s.State() == Gap && h.alarmed(AlarmReset) })
	s.ClearGap()
	eventually(t, "reconciled", logged(s))
}

// CB-03: a Logon that resets the numbers unasked is refused.
func TestUnexpectedResetIsRefused(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "RESETS")
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), venueCfg("RESETS", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|141=Y|")
	if got := p.next("5"); !strings.Contains(got, "141") {
		t.Errorf("got %q, want a Logout that names 141", got)
	}
	p.closed()
	if i.Session().State() != Down {
		t.Errorf("state %s", i.Session().State())
	}
}

// SUP-02: a message that cannot be taken is resent by the peer, and stops the
// session at the third time; the number never advances past it.
func TestPoisonedMessageStopsTheSession(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	h.take = func(*quickfix.Message) quickfix.MessageRejectError { panic("cannot decode") }
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wireLimits(), client("POISON"))
	for n := range 3 {
		seq := 0
		if n > 0 {
			seq = 1 + n
		}
		p := reconnect(t, a, "POISON", seq)
		if n == 0 {
			p.send("D", orderFields)
		} else {
			p.next("2")
			p.raw(seal("35=D|34=2|43=Y|49=POISON|52=" + stamp() + "|56=SLUICE|122=" + stamp() + "|" + orderFields))
		}
		p.closed()
	}
	s := a.Session(idOf(client("POISON")))
	eventually(t, "stopped", func() bool { return s.State() == Stopped && h.alarmed(AlarmPoison) })
	p := dial(t, a, "POISON")
	p.seq = 10
	p.send("A", "98=0|108=30|")
	p.closed()
	if !h.alarmed(AlarmPanic) {
		t.Error("the panic raised no alarm")
	}

	h.mu.Lock()
	h.take = nil
	h.mu.Unlock()
	s.Resume()
	p = reconnect(t, a, "POISON", 11)
	if ask := p.next("2"); field(ask, "7") != "2" {
		t.Errorf("after Resume: %q, want a resend from 2", ask)
	}
}

// SUP-01: one session is made anew; its numbers go on.
func TestRestart(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "AGAIN")
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), venueCfg("AGAIN", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(i.Session()))
	done := make(chan error, 1)
	go func() { done <- i.Restart() }()
	p.next("5")
	p.send("5", "")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	p, logon := v.accept(2)
	if field(logon, "34") != "3" {
		t.Errorf("Logon after a restart: %q, want number 3", logon)
	}
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on again", logged(i.Session()))
}

// TEST-44: after an unclean stop no number comes twice, and the peer converges.
func TestUncleanStop(t *testing.T) {
	t.Parallel()
	log := new(memory)
	v := newVenue(t, "CRASH")
	i := initiatorFor(t, new(recorder), new(logBook), log.stores(t, false), venueCfg("CRASH", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(i.Session()))
	if err := i.Session().Send(Outgoing{Token: 1, Class: New, Message: order("c")}); err != nil {
		t.Fatal(err)
	}
	p.next("D")
	_ = p.conn.Close()
	i.Close() // the store is not closed: to it this is a crash

	i = initiatorFor(t, new(recorder), new(logBook), log.stores(t, false), venueCfg("CRASH", v.l.Addr().String()))
	p, logon := v.accept(1)
	if field(logon, "34") != "1001" {
		t.Errorf("Logon after the crash: %q, want number 1001", logon)
	}
	p.send("A", "98=0|108=30|")
	p.send("2", "7=3|16=0|")
	if fill := p.next("4"); field(fill, "34") != "3" || field(fill, "36") != "1002" {
		t.Errorf("got %q, want a gap fill from 3 to 1002", fill)
	}
	eventually(t, "logged on", logged(i.Session()))
	if err := i.Session().Send(Outgoing{Token: 2, Class: New, Message: order("d")}); err != nil {
		t.Fatal(err)
	}
	if got := p.next("D"); field(got, "34") != "1002" {
		t.Errorf("got %q, want number 1002", got)
	}
}

// A venue that is away costs no sequence number (GRD-09).
func TestVenueThatIsAwayCostsNoNumber(t *testing.T) {
	t.Parallel()
	v := newVenue(t, "AWAY")
	addr := v.l.Addr().String()
	_ = v.l.Close()
	cfg := venueCfg("AWAY", addr)
	tries := make(chan struct{}, 1000)
	cfg.Dial.Failed = func(error, time.Duration) { tries <- struct{}{} }
	log := new(memory)
	initiatorFor(t, new(recorder), new(logBook), log.stores(t, false), cfg)
	for range 3 {
		<-tries
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if len(log.records) != 1 {
		t.Errorf("%d records, want only the creation", len(log.records))
	}
}
