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

// A step of the system's clock by a second or more is an alarm in the journal within 5 s, and stays one alarm (TEST-35).
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
	select {
	case a := <-alarms:
		if a.Severity != event.Page || !strings.Contains(a.Text, "behind") {
			t.Errorf("alarm %+v", a)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no alarm")
	}
	if off := clock.Offset(); off > -time.Second {
		t.Errorf("offset %v", off)
	}
	select {
	case a := <-alarms:
		t.Errorf("a second alarm: %+v", a)
	case <-time.After(2500 * time.Millisecond):
	}
}
