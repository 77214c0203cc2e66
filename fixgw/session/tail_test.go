package session

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// feed pushes 1, 2, 3 and so on behind where each run begins, until ctx ends.
func feed(ctx context.Context, tail *Tail, runs chan<- uint64) {
	for ctx.Err() == nil {
		run, at := tail.Begin(ctx)
		runs <- at
		var err error
		for n := at + 1; err == nil; n++ {
			err = tail.Push(run, n, execution("e"))
		}
		if !errors.Is(err, ErrRewound) {
			return
		}
	}
}

// A tail never holds more than its length, gives each report once in its order, and begins anew where the session says.
func TestTailIsBoundedAndRewinds(t *testing.T) {
	tail := NewTail(40, 3)
	ctx, cancel := context.WithCancel(context.Background())
	runs, ended := make(chan uint64, 10), make(chan struct{})
	go func() {
		defer close(ended)
		feed(ctx, tail, runs)
	}()
	take := func(cursor uint64, n int) (got []uint64) {
		for len(got) < n {
			eventually(t, "the next report", func() bool {
				_, next, ok := tail.Report(cursor)
				if ok {
					got, cursor = append(got, next), next
				}
				return ok
			})
		}
		return got
	}
	if got := take(40, 5); !slices.Equal(got, []uint64{41, 42, 43, 44, 45}) {
		t.Errorf("got %v, want 41 to 45", got)
	}
	time.Sleep(time.Millisecond)
	tail.mu.Lock()
	if len(tail.waiting) > 3 {
		t.Errorf("%d reports wait, want 3 at most", len(tail.waiting))
	}
	tail.mu.Unlock()
	if got := take(0, 3); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("after a reset: got %v, want 1 to 3", got)
	}
	cancel()
	<-ended
	if first, second := <-runs, <-runs; first != 40 || second != 0 {
		t.Errorf("the feeder began at %d and %d, want 40 and 0", first, second)
	}
}
