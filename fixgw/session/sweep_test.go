package session

import (
	"errors"
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
			for _, o := range []Outgoing{{Token: 1, Class: Cancel, Sweep: true, Whole: true, Message: massCancel("M")}, {Token: 2, Class: Cancel, Message: cancel("asked")},
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

// loggedOn gives a session that is logged on, and its venue.
func loggedOn(t *testing.T, name string, change func(*Config)) (*recorder, *venue, *Initiator, *far) {
	t.Helper()
	h, v := new(recorder), newVenue(t, name)
	cfg := venueCfg(name, v.l.Addr().String())
	if change != nil {
		change(&cfg)
	}
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), cfg)
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(i.Session()))
	return h, v, i, p
}

func sends(t *testing.T, s *Session, all ...Outgoing) {
	t.Helper()
	for _, o := range all {
		if err := s.Send(o); err != nil {
			t.Fatalf("token %d: %v", o.Token, err)
		}
	}
}

func whole(token uint64) Outgoing {
	return Outgoing{Token: token, Class: Cancel, Sweep: true, Whole: true, Message: massCancel("M")}
}

func single(token uint64) Outgoing {
	return Outgoing{Token: token, Class: Cancel, Order: token, Message: cancel("single")}
}

// TestSecondSweep: the mass cancel of a second halt leaves at once, before the cancels that wait for the first, and is not refused
// when those fill the queue (KILL-01).
func TestSecondSweep(t *testing.T) {
	t.Parallel()
	h, _, i, p := loggedOn(t, "SECOND", func(c *Config) { c.Queue = 1 })
	s := i.Session()
	sends(t, s, whole(1))
	p.next("q")
	s.Swept(true)
	for n := range uint64(cancelRoom) {
		sends(t, s, single(10+n))
	}
	sends(t, s, whole(2))
	p.next("q")
	if got := h.result(10); got != nil {
		t.Errorf("a single cancel came to %v before the second mass cancel left", got)
	}
	p.next("F")
}

// TestStrayAnswers: answers that are none to a mass cancel of ours hold nothing, and those that are do not for longer than once.
func TestStrayAnswers(t *testing.T) {
	t.Parallel()
	_, _, i, _ := loggedOn(t, "STRAY", nil)
	s := i.Session()
	s.Swept(true)
	if s.Sweeping() {
		t.Error("an answer to nothing holds cancels")
	}
	left := time.Now()
	s.mu.Lock()
	s.swept, s.sweep = left, left.Add(sweepAnswer)
	s.mu.Unlock()
	for range 3 {
		s.Swept(true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if got, want := s.sweep, left.Add(sweepAnswer+sweepWork); !got.Equal(want) {
		t.Errorf("cancels wait until %v, want %v", got, want)
	}
}

// TestKeptInCostsNothing: a message that the gate keeps in uses nothing of the venue's limit (PACE-01): with one message in a
// century, the one behind thirty that do not leave does.
func TestKeptInCostsNothing(t *testing.T) {
	t.Parallel()
	_, _, i, p := loggedOn(t, "TOKENS", func(c *Config) {
		c.Throttle = Throttle{Rate: 1e-9, Burst: 1}
		c.Gate = func(o *Outgoing) error {
			if o.Order < 100 {
				return errors.New("gone")
			}
			return nil
		}
	})
	for n := range uint64(30) {
		sends(t, i.Session(), single(1+n))
	}
	sends(t, i.Session(), single(100))
	p.next("F")
}

// TestSweepEndsWithItsLink: an answer that went with its connection is not waited for on the next.
func TestSweepEndsWithItsLink(t *testing.T) {
	t.Parallel()
	_, v, i, p := loggedOn(t, "LINK", func(c *Config) { c.Quiet = time.Millisecond })
	s := i.Session()
	sends(t, s, whole(1))
	p.next("q")
	s.Swept(true)
	_ = p.conn.Close()
	eventually(t, "down", func() bool { return s.State() == Down })
	if s.Sweeping() {
		t.Error("cancels wait although nobody will answer")
	}
	again, _ := v.accept(p.seq)
	again.send("A", "98=0|108=30|")
	eventually(t, "logged on again", logged(s))
}

// TestCloseLetsCancelsOut: a stop lets the cancels leave that waited for a mass cancel.
func TestCloseLetsCancelsOut(t *testing.T) {
	t.Parallel()
	h, _, i, p := loggedOn(t, "CLOSE", nil)
	s := i.Session()
	sends(t, s, whole(1), single(2))
	p.next("q")
	s.Swept(true)
	go i.Close()
	p.next("F")
	eventually(t, "its outcome", func() bool { got := h.result(2); return len(got) == 1 && got[0] == Sent })
}

// TestCloseWhileHeld: a reader that is held hears of the end.
func TestCloseWhileHeld(t *testing.T) {
	t.Parallel()
	var held atomic.Bool
	_, _, i, p := loggedOn(t, "HOLDS", func(c *Config) { c.Held = held.Load })
	held.Store(true)
	p.send("0", "")
	done := make(chan struct{})
	go func() { i.Close(); close(done) }()
	eventually(t, "the session is closed", func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
}
