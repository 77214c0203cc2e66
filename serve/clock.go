package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
)

const (
	clockLook  = time.Second      // how often the clocks are compared
	clockAlarm = time.Second      // FIX sessions allow two minutes; a trade's time must be right to less than a second (SUP-04)
	clockAgain = 10 * time.Minute // a clock that stays off is told of again
	clockFine  = clockAlarm / 2   // it is right again
)

// watchClock compares the system's clock with the engine's, which does not follow its steps, and tells people when they
// come apart.
func (r *Router) watchClock(ctx context.Context) {
	tick := time.NewTicker(clockLook)
	defer tick.Stop()
	var told time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			off := r.clock.Offset()
			r.metrics.SetClockOffset(off.Seconds())
			switch {
			case off.Abs() < clockFine:
				told = time.Time{}
			case off.Abs() >= clockAlarm && (told.IsZero() || now.Sub(told) >= clockAgain):
				told = now
				_ = r.shard.Submit(&event.SessionAlarmed{Venue: -1, Alarm: "clock", Text: clockText(off)}) // refused only when the router stops
			}
		}
	}
}

func clockText(off time.Duration) string {
	which := "ahead of"
	if off < 0 {
		which = "behind"
	}
	return fmt.Sprintf("the system's clock is %v %s the time that has gone by since the start: orders keep their times, FIX messages carry the system's; set the clock right, or start again if it is right now",
		off.Abs().Round(time.Millisecond), which)
}
