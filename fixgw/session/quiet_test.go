package session

import (
	"errors"
	"testing"
	"time"
)

// CB-01: nothing leaves between a Logon and the peer's ResendRequest behind it, where our own gap fill would swallow it. The
// first Logon ever needs no such pause.
func TestNothingIsSwallowedByOurGapFill(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	v := newVenue(t, "QUIET")
	cfg := venueCfg("QUIET", v.l.Addr().String())
	cfg.Quiet = time.Hour // longer than the test: only what has no pause gets through
	s := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), cfg).Session()
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(s))
	if err := s.Send(Outgoing{Token: 1, Class: New, Message: order("c1")}); err != nil {
		t.Fatal(err)
	}
	p.next("D")
	_ = p.conn.Close()
	eventually(t, "down", func() bool { return s.State() == Down })

	s.mu.Lock()
	s.quiet = 300 * time.Millisecond
	s.mu.Unlock()
	p, logon := v.accept(p.seq)
	p.send("A", "98=0|108=30|")
	time.Sleep(30 * time.Millisecond) // so long the peer's question is on its way
	if err := s.Send(Outgoing{Token: 2, Class: New, Message: order("c2")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("an order before the peer's question: got %v, want %v", err, ErrNotConnected)
	}
	if err := s.Send(Outgoing{Token: 3, Class: Cancel, Message: cancel("c3")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("a cancel before the peer's question: got %v, want %v", err, ErrNotConnected)
	}
	p.send("2", "7=2|16=0|")
	fill := p.next("4")
	eventually(t, "logged on again", logged(s))
	if err := s.Send(Outgoing{Token: 4, Class: New, Message: order("c4")}); err != nil {
		t.Fatal(err)
	}
	if got := p.next("D"); field(got, "11") != "c4" || field(got, "34") != field(fill, "36") {
		t.Errorf("after the Logon %q and the gap fill %q came %q, want the order c4 with the next number", logon, fill, got)
	}
}
