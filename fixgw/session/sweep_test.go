package session

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

func massCancel(id string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(35, "q")
	m.Body.SetString(11, id).SetString(530, "7").SetString(60, stamp())
	return m
}

// TestSweep: behind a mass cancel the cancels of single orders wait for the venue's answer, and after it for what the mass cancel
// does; they leave at once when it is refused, and after a while when nothing comes (KILL-01, DEF-15). Questions do not wait.
func TestSweep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(*Session)
		least  time.Duration // that the cancel waits
	}{
		{"SILENT", nil, sweepAnswer},
		{"ACCEPTS", func(s *Session) { s.Swept(true) }, sweepWork},
		{"REFUSES", func(s *Session) { s.Swept(false) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := new(recorder)
			v := newVenue(t, c.name)
			cfg := venueCfg(c.name, v.l.Addr().String())
			i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), cfg)
			p, _ := v.accept(0)
			p.send("A", "98=0|108=30|")
			s := i.Session()
			eventually(t, "logged on", logged(s))
			began := time.Now()
			for _, o := range []Outgoing{{Token: 1, Class: Cancel, Sweep: true, Message: massCancel("M")}, {Token: 2, Class: Cancel, Message: cancel("asked")},
				{Token: 3, Class: Cancel, Order: 7, Message: cancel("single")}} {
				if err := s.Send(o); err != nil {
					t.Fatal(err)
				}
			}
			p.next("q")
			if c.answer != nil {
				c.answer(s)
			}
			if got := p.next("F"); field(got, "11") != "asked" {
				t.Errorf("got %q, want the question, which waits for no mass cancel", got)
			}
			p.next("F")
			if took := time.Since(began); took < c.least {
				t.Errorf("the cancel waited %v, want %v at least", took, c.least)
			}
			s.mu.Lock()
			if waits := !s.sweep.IsZero(); waits != (c.least > 0) {
				t.Errorf("cancels wait: %v", waits)
			}
			s.mu.Unlock()
		})
	}
}

// TestHeld: while the session is held it reads nothing of the venue's; then all is there, in order.
func TestHeld(t *testing.T) {
	t.Parallel()
	var held atomic.Bool
	h := new(recorder)
	v := newVenue(t, "HELD")
	cfg := venueCfg("HELD", v.l.Addr().String())
	cfg.Held = held.Load
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), cfg)
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	held.Store(true)
	p.send("8", "17=e0|37=V|150=0|39=0|54=1|55=X|14=0|151=1|6=0|") // the reader waits in its read when the hold begins
	time.Sleep(50 * time.Millisecond)
	before := h.count()
	p.send("8", "17=e1|37=V|150=0|39=0|54=1|55=X|14=0|151=1|6=0|")
	if err := s.Send(Outgoing{Token: 4, Class: Cancel, Message: cancel("x")}); err != nil {
		t.Fatal(err)
	}
	p.next("F") // what must leave leaves
	time.Sleep(50 * time.Millisecond)
	if got := h.count(); got != before {
		t.Errorf("%d messages came while the session was held, %d before", got, before)
	}
	held.Store(false)
	eventually(t, "the rest comes", func() bool { return h.count() == 2 })
}
