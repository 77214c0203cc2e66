package shard

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestClockNeverSteps steps, leaps and slews the system's clock: the engine's goes on by what has gone by, to within 500
// ppm, and tells the difference (TEST-35).
func TestClockNeverSteps(t *testing.T) {
	for _, step := range []time.Duration{time.Second, -time.Second, 130 * time.Second, -130 * time.Second, time.Hour, -time.Hour} {
		wall, mono := int64(1_700_000_000e9), int64(0)
		c := NewClock(func() (int64, int64) { return wall, mono })
		first := c.Now()
		wall += int64(step)
		if got := c.Offset(); got != step || c.Now() != first {
			t.Errorf("step %v: offset %v, the engine's time moved by %d ns", step, got, c.Now()-first)
		}
		last := first
		for range 10_000 { // ten seconds, asked every millisecond
			wall, mono = wall+1e6, mono+1e6
			now := c.Now()
			if d := int64(now - last); d < 1e6-1e6/slewShare || d > 1e6+1e6/slewShare {
				t.Fatalf("step %v: a millisecond took %d ns", step, d)
			}
			last = now
		}
		if want := step - step/time.Duration(abs(int64(step)))*5*time.Millisecond; c.Offset() != want {
			t.Errorf("step %v: after ten seconds the offset is %v, want %v", step, c.Offset(), want)
		}
	}
}

// A leap second is made good within the time that 500 ppm takes, and a system's clock that runs 500 ppm fast is followed.
func TestClockFollows(t *testing.T) {
	wall, mono := int64(1_700_000_000e9), int64(0)
	c := NewClock(func() (int64, int64) { return wall, mono })
	c.Now()
	wall -= 1e9
	for range 2000 {
		wall, mono = wall+1e9, mono+1e9
		c.Now()
	}
	if c.Offset() != 0 {
		t.Errorf("%v are left of a leap second after 2000 s", c.Offset())
	}
	for range 1000 {
		wall, mono = wall+1e9+500_000, mono+1e9
		c.Now()
	}
	if off := c.Offset(); off > time.Millisecond || off < -time.Millisecond {
		t.Errorf("a clock that is slewed by 500 ppm is off by %v", off)
	}
}

func abs(n int64) int64 { return max(n, -n) }

// TestClockSteps steps the system's clock under a live shard: an order expires at its time and not by the step, and the
// engine's timers do not wait for it (TEST-35).
func TestClockSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Second, -time.Second, 130 * time.Second, -130 * time.Second, time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			var stepped atomic.Int64
			start := time.Now()
			clock := NewClock(func() (int64, int64) {
				now := time.Now()
				return now.UnixNano() + stepped.Load(), int64(now.Sub(start))
			})
			engine := engineConfig()
			engine.Tactics.UrgentBefore = market.Millisecond
			s, _, err := Open(Config{Engine: engine, Now: clock.Now, Journal: journal.Config{Dir: "/j", SegmentBytes: 1 << 20, FS: newDisk()}})
			if err != nil {
				t.Fatal(err)
			}
			w := newCrashWorld(1)
			stop := make(chan struct{})
			s.Start(Outlets{Venues: w.venue, Clients: w.venue})
			fed := make(chan struct{})
			go func() { defer close(fed); w.venue.feed(s, 0, nil, stop) }()
			quote(s)
			end := clock.Now() + market.Time(400*time.Millisecond)
			terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 50 * market.Dollar, End: end}
			_ = s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: "P", Terms: terms})
			await(t, "the order rests", func() bool { return w.venue.count() > 0 })
			stepped.Store(int64(step))
			for ended := false; !ended; time.Sleep(time.Millisecond) {
				before := clock.Now()
				if ended = allEnded(s, 1); ended && before < end-market.Time(time.Millisecond) && clock.Now() < end {
					t.Errorf("the order ended %v before its time", time.Duration(end-before))
				}
				if clock.Now() > end+market.Time(20*time.Second) {
					t.Fatal("the order did not end")
				}
			}
			close(stop)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			<-fed
		})
	}
}
