//go:build unix

package serve_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/serve/shard"
)

// A step of the system's clock by a second or more is an alarm in the journal within 5 s, and no new orders are taken until a
// person says so; neither is raised again (TEST-35, OPS-04).
func TestClockAlarm(t *testing.T) {
	var stepped atomic.Int64
	start := time.Now()
	clock := shard.NewClock(func() (int64, int64) {
		now := time.Now()
		return now.UnixNano() + stepped.Load(), int64(now.Sub(start))
	})
	r := rigWith(t, 2, true, func(r *rig) { r.clock = clock })
	alarms := make(chan *event.Raise, 100)
	go func() {
		in := r.router.Shard().Journal().Read(0)
		defer in.Close()
		for {
			rec, err := in.Next(t.Context())
			if err != nil {
				return
			}
			if event.Kind(rec.Type) != event.KindRaise {
				continue
			}
			body, err := event.Decode(event.KindRaise, rec.Payload)
			if a := body.(*event.Raise); err == nil && strings.Contains(a.Text, "clock") {
				alarms <- a
			}
		}
	}()
	stepped.Store(int64(-1500 * time.Millisecond))
	seen := map[string]string{} // text by code: the clock's own alarm, and the router's step down the ladder
	for len(seen) < 2 {
		select {
		case a := <-alarms:
			if seen[a.Code] != "" || a.Severity != event.Page {
				t.Errorf("alarm %+v after %v", a, seen)
			}
			seen[a.Code] = a.Text
		case <-time.After(30 * time.Second):
			t.Fatalf("alarms %v: want the clock's and the ladder's", seen)
		}
	}
	if !strings.Contains(seen["FIX"], "behind") || !strings.Contains(seen["OPS-04"], "no new orders are taken") {
		t.Errorf("alarms %v", seen)
	}
	if off := clock.Offset(); off > -time.Second {
		t.Errorf("offset %v", off)
	}
	select {
	case a := <-alarms:
		t.Errorf("a third alarm: %+v", a)
	case <-time.After(2500 * time.Millisecond):
	}
}
