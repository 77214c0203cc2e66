package session

import "time"

// A Throttle is a venue's message limit: a bucket of Burst tokens refilled at
// Rate per second, one token a message. CancelShare of the bucket is kept for
// cancels (PACE-05). A zero Rate is no limit; a zero Burst is one second's
// worth, at least 1.
type Throttle struct {
	Rate        float64
	Burst       float64
	CancelShare float64 // 0 to below 1
}

// A bucket is the running state of a Throttle. Its clock is the caller's.
type bucket struct {
	Throttle
	tokens float64
	at     time.Time
}

func newBucket(t Throttle, now time.Time) *bucket {
	if t.Burst == 0 {
		t.Burst = t.Rate
	}
	t.Burst = max(t.Burst, 1)
	return &bucket{Throttle: t, tokens: t.Burst, at: now}
}

// take uses one token for a message of class c, or returns how long to wait
// for it. A message other than a cancel leaves the cancels' share untouched,
// as far as that lets any pass at all.
func (b *bucket) take(c Class, now time.Time) (wait time.Duration) {
	if b.Rate == 0 {
		return 0
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(b.Burst, b.tokens+d.Seconds()*b.Rate)
		b.at = now
	}
	need := 1.0
	if c != Cancel {
		need = min(1+b.Burst*b.CancelShare, b.Burst)
	}
	if b.tokens >= need {
		b.tokens--
		return 0
	}
	return time.Duration((need-b.tokens)/b.Rate*float64(time.Second)) + time.Microsecond
}

// giveBack returns the token of a message that did not leave.
func (b *bucket) giveBack() { b.tokens = min(b.Burst, b.tokens+1) }
