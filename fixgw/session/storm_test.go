package session

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stormSize is how many messages a resend storm has: SLUICE_STORM, by default some hundreds.
func stormSize(t *testing.T) int {
	t.Helper()
	s := os.Getenv("SLUICE_STORM")
	if s == "" {
		return 400
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 10 {
		t.Fatalf("SLUICE_STORM=%s is no count", s)
	}
	return n
}

func number(t *testing.T, f, tag string) int {
	t.Helper()
	n, err := strconv.Atoi(field(f, tag))
	if err != nil {
		t.Fatalf("tag %s of %q: %v", tag, f, err)
	}
	return n
}

// TestResendStormOut lets a client ask for the same ranges again and again while new reports come: every range is answered
// whole, number by number, and no new report stands inside one (TEST-41, QF-18).
func TestResendStormOut(t *testing.T) {
	t.Parallel()
	n := stormSize(t)
	q := new(ReportQueue)
	cfg := client("STORM")
	cfg.Reports = q
	a := acceptorFor(t, new(recorder), new(logBook), new(memory).stores(t, true), wireLimits(), cfg)
	p := dial(t, a, "STORM")
	p.logon("")
	push := func(from, to int) {
		for i := from; i < to; i++ {
			q.Push(uint64(i), execution(fmt.Sprint("e", i)))
		}
		a.Session(cfg.ID()).Wake()
	}
	push(1, n+1)
	for range n {
		p.next("8")
	}
	asked := [][2]int{{1, 0}, {n / 2, n}, {1, 0}, {2, n / 3}} // the Logon is number 1, the reports 2 to n+1
	for _, r := range asked {
		p.send("2", fmt.Sprintf("7=%d|16=%d|", r[0], r[1]))
	}
	push(n+1, n+n/4+1)
	fresh, run, next := 0, -1, 0
	for fresh < n/4 || run < len(asked)-1 || next <= end(asked[run], n) {
		f := p.read()
		kind, num := field(f, "35"), number(t, f, "34")
		switch {
		case field(f, "43") != "Y" && kind == "8":
			if run >= 0 && next <= end(asked[run], n) {
				t.Fatalf("report %d stands inside the answer to range %v, at %d", num, asked[run], next)
			}
			if fresh++; field(f, "17") != fmt.Sprint("e", n+fresh) {
				t.Fatalf("got %q, want report e%d", f, n+fresh)
			}
		case field(f, "43") == "Y":
			if run < 0 || next > end(asked[run], n) && num != next {
				run++
				next = asked[run][0]
			}
			if num != next {
				t.Fatalf("range %v goes on with %d, want %d", asked[run], num, next)
			}
			if next++; kind == "4" {
				next = number(t, f, "36")
			} else if field(f, "17") != fmt.Sprint("e", num-1) {
				t.Fatalf("number %d is %q", num, f)
			}
		}
	}
	p.alive()
}

// end is the last number that the answer to a range has at least.
func end(asked [2]int, n int) int {
	if asked[1] == 0 {
		return n + 1
	}
	return asked[1]
}

// TestResendStormIn leaves a gap of hundreds before a venue's report and fills it with overlapping answers, with and without
// OrigSendingTime, everything twice: each report is taken once, in order, no order of ours leaves meanwhile, and the
// session trades on (TEST-41, ER-17, CB-01).
func TestResendStormIn(t *testing.T) {
	t.Parallel()
	n := stormSize(t)
	h := new(recorder)
	v := newVenue(t, "STORMIN")
	i := initiatorFor(t, h, new(logBook), new(memory).stores(t, false), venueCfg("STORMIN", v.l.Addr().String()))
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	fields := func(num int) string {
		return fmt.Sprintf("37=o|17=e%d|150=F|39=1|55=IBM|54=1|38=%d|32=1|31=1.5|151=1|14=1|6=1.5|", num, n)
	}
	p.seq = n
	p.send("8", fields(n+1))
	for last := 0; last < n; {
		ask := p.next("2")
		from, to := number(t, ask, "7"), number(t, ask, "16")
		if to == 0 || to > n {
			to = n
		}
		if from != last+1 && last > 0 {
			t.Fatalf("asked from %d after %d", from, last)
		}
		if err := s.Send(Outgoing{Token: 1, Class: New, Message: order("c")}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("an order in a gap: %v", err)
		}
		for num := max(2, from-20); num <= to; num++ { // what came before is sent again
			orig := "122=" + stamp() + "|"
			if num%7 == 0 && num >= from {
				orig = ""
			}
			for range 2 {
				p.raw(seal(fmt.Sprintf("35=8|34=%d|43=Y|49=STORMIN|52=%s|56=SLUICE|%s%s", num, stamp(), orig, fields(num))))
				if orig == "" {
					break // too low and without its first time, it would end the session
				}
			}
		}
		last = to
	}
	eventually(t, "the gap is filled", func() bool { return logged(s)() && h.count() >= n })
	p.alive()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.messages) != n {
		t.Fatalf("%d reports were taken of %d", len(h.messages), n)
	}
	for at, m := range h.messages {
		if want := fmt.Sprintf("\x0117=e%d\x01", at+2); !strings.Contains(m, want) {
			t.Fatalf("report %d is %q, want %q in it", at, m, want)
		}
	}
}

// TestCancelBehindAFullQueue fills the queue with orders that wait for the venue's pace: a cancel is taken all the same and
// is the next message out (TEST-43, PACE-02, PACE-05).
func TestCancelBehindAFullQueue(t *testing.T) {
	t.Parallel()
	v := newVenue(t, "FULL")
	cfg := venueCfg("FULL", v.l.Addr().String())
	cfg.Queue, cfg.Throttle = 50, Throttle{Rate: 1, Burst: 1}
	i := initiatorFor(t, new(recorder), new(logBook), new(memory).stores(t, false), cfg)
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	s := i.Session()
	eventually(t, "logged on", logged(s))
	var err error
	sent := 0
	for err == nil {
		sent++
		err = s.Send(Outgoing{Token: uint64(sent), Class: New, Order: uint64(sent), Message: order(fmt.Sprint("c", sent))})
	}
	if !errors.Is(err, ErrQueueFull) || sent < 50 {
		t.Fatalf("order %d: %v", sent, err)
	}
	before := int(s.Stats().Sent)
	if err := s.Send(Outgoing{Token: 99, Class: Cancel, Order: 999, Message: cancel("x")}); err != nil {
		t.Fatalf("a cancel behind a full queue: %v", err)
	}
	orders := 0
	for f := p.read(); ; f = p.read() {
		if kind := field(f, "35"); kind == "F" {
			break
		} else if kind == "D" {
			orders++
		}
	}
	if orders > before+1 { // one may be on its way when the cancel comes
		t.Errorf("%d orders left before the cancel, %d of them before it was queued", orders, before)
	}
}

// TestPeerClockOff lets the peer's clock be 130 s off ours, as a step of either does: the session ends, and comes back by
// itself when the clocks agree again (TEST-35, QF-15).
func TestPeerClockOff(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"AHEAD": 130 * time.Second, "BEHIND": -130 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVenue(t, name)
			i := initiatorFor(t, new(recorder), new(logBook), new(memory).stores(t, false), venueCfg(name, v.l.Addr().String()))
			p, _ := v.accept(0)
			p.send("A", "98=0|108=30|")
			eventually(t, "logged on", logged(i.Session()))
			p.seq++
			stepped := time.Now().Add(off).UTC().Format("20060102-15:04:05.000")
			p.raw(seal(fmt.Sprintf("35=0|34=%d|49=%s|52=%s|56=SLUICE|", p.seq, name, stepped)))
			p.closed()
			eventually(t, "down", func() bool { return i.Session().State() == Down })
			p, _ = v.accept(p.seq)
			p.send("A", "98=0|108=30|")
			from := number(t, p.next("2"), "7") // what came with the wrong time was not taken
			p.raw(seal(fmt.Sprintf("35=4|34=%d|43=Y|49=%s|52=%s|56=SLUICE|122=%s|123=Y|36=%d|", from, name, stamp(), stamp(), p.seq+1)))
			eventually(t, "logged on again", logged(i.Session()))
			p.alive()
		})
	}
}
