package shard

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// TestLatchStops is OPS-04 and OPS-08: an invariant stops its parent and no more; three parents within a minute stop the router.
func TestLatchStops(t *testing.T) {
	at := time.Unix(1e9, 0)
	type alert struct {
		parent   order.ParentID
		code     string
		severity event.Severity
		after    time.Duration
	}
	for _, c := range []struct {
		name   string
		alerts []alert
		want   uint8
	}{
		{"two", []alert{{1, "INV-01", event.Page, 0}, {2, "INV-03", event.Page, 1}}, event.DegradedNone},
		{"three", []alert{{1, "INV-01", event.Page, 0}, {2, "INV-03", event.Page, 1}, {3, "INV-07", event.Page, 59 * time.Second}}, event.DegradedChildren},
		{"the same one again", []alert{{1, "INV-01", event.Page, 0}, {1, "INV-03", event.Page, 1}, {1, "INV-07", event.Page, 2}}, event.DegradedNone},
		{"over more than a minute", []alert{{1, "INV-01", event.Page, 0}, {2, "INV-03", event.Page, 1}, {3, "INV-07", event.Page, 61 * time.Second}}, event.DegradedNone},
		{"other alerts", []alert{{1, "ER-13", event.Page, 0}, {2, "ER-13", event.Page, 0}, {3, "ER-13", event.Page, 0}}, event.DegradedNone},
		{"of no parent", []alert{{0, "INV-09", event.Page, 0}, {0, "INV-09", event.Page, 0}, {0, "INV-09", event.Page, 0}}, event.DegradedNone},
		{"warnings", []alert{{1, "INV-01", event.Warn, 0}, {2, "INV-01", event.Warn, 0}, {3, "INV-01", event.Warn, 0}}, event.DegradedNone},
	} {
		l := newLatch()
		for _, a := range c.alerts {
			l.raised(&event.Raise{Parent: a.parent, Code: a.code, Severity: a.severity}, at.Add(a.after))
		}
		if level, why := l.in(); level != c.want || (why != "") != (c.want > 0) {
			t.Errorf("%s: got %d, %q; want %d", c.name, level, why, c.want)
		}
	}
}

// TestLatchClock: a step beyond a second latches; lifted, the same step is known and only another one counts.
func TestLatchClock(t *testing.T) {
	l := newLatch()
	look := func(off time.Duration, want uint8) {
		t.Helper()
		l.clock(off)
		if level, _ := l.in(); level != want {
			t.Errorf("off by %v: got %d, want %d", off, level, want)
		}
	}
	look(0, event.DegradedNone)
	look(-clockMost, event.DegradedNone)
	look(clockMost+1, event.DegradedParents)
	look(0, event.DegradedParents) // only a person ends it
	if err := l.lift(clockMost + 1); err != nil {
		t.Fatal(err)
	}
	look(clockMost+1, event.DegradedNone)
	look(-clockMost, event.DegradedParents)
}

// TestLatchMonitor is KILL-05 at each of its limits: 3 s without a sign stop new children, 30 s withdraw everything, once.
func TestLatchMonitor(t *testing.T) {
	at := time.Unix(1e9, 0)
	l := newLatch()
	if l.silent(at.Add(time.Hour)) || l.alive(at) == nil {
		t.Error("a monitor that nobody waits for stops something")
	}
	l.watch(at)
	for _, c := range []struct {
		after    time.Duration
		withdraw bool
		want     uint8
	}{
		{monitorQuiet, false, event.DegradedNone},
		{monitorQuiet + 1, false, event.DegradedChildren},
		{monitorGone, false, event.DegradedChildren},
		{monitorGone + 1, true, event.DegradedChildren},
		{monitorGone + time.Second, false, event.DegradedChildren}, // asked for already
	} {
		if got := l.silent(at.Add(c.after)); got != c.withdraw {
			t.Errorf("silent for %v: withdraw %v, want %v", c.after, got, c.withdraw)
		}
		if level, _ := l.in(); level != c.want {
			t.Errorf("silent for %v: level %d, want %d", c.after, level, c.want)
		}
	}
	if err := l.alive(at.Add(time.Hour)); err != nil || l.silent(at.Add(time.Hour)) {
		t.Errorf("alive again: %v", err)
	}
	if level, _ := l.in(); level != event.DegradedChildren {
		t.Error("a sign of life lifts what only a person may")
	}
	if !l.silent(at.Add(2 * time.Hour)) {
		t.Error("the next silence withdraws nothing")
	}
}

// TestLatchSurvivesARestart: what a person must lift is in the journal, a restart keeps it, a full disk that ends does not end it,
// and a lift is the engine's level 0 again.
func TestLatchSurvivesARestart(t *testing.T) {
	v := &volume{disk: newDisk()}
	v.percent.Store(50)
	cfg := snapConfig("/j", v, nil)
	cfg.Upkeep = time.Millisecond
	var why string
	level := func(s *Shard, want uint8) {
		t.Helper()
		await(t, "the level", func() bool {
			got := make(chan uint8, 1)
			s.asks <- func(e *router.Engine) { l, w := e.Degraded(); why = w; got <- l }
			return <-got == want
		})
	}
	run := func(f func(*Shard)) {
		t.Helper()
		s, _, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		x := newExchange(t, s)
		s.Start(Outlets{Venues: x, Clients: x})
		f(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		x.close()
	}
	run(func(s *Shard) {
		s.Brake("ann", "upgrade")
		level(s, event.DegradedParents)
	})
	run(func(s *Shard) {
		level(s, event.DegradedParents)
		v.percent.Store(4)
		level(s, event.DegradedChildren)
	})
	v.percent.Store(50)
	run(func(s *Shard) { // the disk is mended while the router was down: what a person must lift stays
		level(s, event.DegradedParents)
		time.Sleep(20 * cfg.Upkeep)
		level(s, event.DegradedParents)
		v.percent.Store(4)
		level(s, event.DegradedChildren)
		v.percent.Store(50)
		level(s, event.DegradedParents)
		if !strings.HasPrefix(why, event.Latched) || !strings.Contains(why, "ann: upgrade") {
			t.Errorf("why: got %q", why)
		}
		if err := s.Lift("bob", "upgraded"); err != nil {
			t.Fatal(err)
		}
		level(s, event.DegradedNone)
		if !strings.Contains(why, "lifted by bob: upgraded") {
			t.Errorf("why: got %q", why)
		}
	})
	run(func(s *Shard) { level(s, event.DegradedNone) })
}

// TestLatchWithdraws: a risk monitor that has gone halts everything, by an event in the journal (KILL-05).
func TestLatchWithdraws(t *testing.T) {
	cfg := snapConfig("/j", newDisk(), nil)
	cfg.Upkeep, cfg.RiskMonitor = time.Millisecond, true
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	x := newExchange(t, s)
	halted := make(chan string, 10)
	s.Start(Outlets{Venues: x, Clients: x, Alert: func(a *event.Raise) {
		if a.Code == "KILL-01" {
			halted <- a.Text
		}
	}})
	s.latch.mu.Lock()
	s.latch.beat = time.Now().Add(-time.Minute)
	s.latch.mu.Unlock()
	select {
	case text := <-halted:
		if !strings.Contains(text, "dead man") {
			t.Errorf("halted by another: %s", text)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is halted")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
}
