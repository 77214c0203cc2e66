package shard

import (
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// Clock is the engine's time: the system's clock at the start, carried on by the monotonic one. A step of the system's
// clock is so never seen: no order expires by it and no timer waits for it. What the two come to differ by is made good
// at 500 parts in a million, as a leap second that is smeared is; Offset tells what is left.
type Clock struct {
	read func() (wall, mono int64)

	mu      sync.Mutex
	at      int64 // what Now gave last, Unix nanoseconds
	mono    int64 // of it
	unspent int64 // monotonic nanoseconds that have not brought their share of a correction yet
	offset  int64
}

// slewShare is the largest part of the time that goes by which a correction takes: the 500 ppm that NTP allows itself.
const slewShare = 2000

// NewClock starts a clock. read gives Unix and monotonic nanoseconds, nil is the system.
func NewClock(read func() (wall, mono int64)) *Clock {
	if read == nil {
		start := time.Now()
		read = func() (wall, mono int64) {
			now := time.Now()
			return now.UnixNano(), int64(now.Sub(start))
		}
	}
	wall, mono := read()
	return &Clock{read: read, at: wall, mono: mono}
}

// Now gives the engine's time. It never decreases.
func (c *Clock) Now() market.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono := c.read()
	gone := max(0, mono-c.mono)
	c.at, c.mono, c.unspent = c.at+gone, mono, c.unspent+gone
	most := c.unspent / slewShare
	c.unspent -= most * slewShare
	c.at += min(max(wall-c.at, -most), most)
	c.offset = wall - c.at
	return market.Time(c.at)
}

// Offset gives how far the system's clock is ahead of the engine's.
func (c *Clock) Offset() time.Duration {
	c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.offset)
}
