package journal

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// progress tells those who wait how far the log is durable.
type progress struct {
	mu      sync.Mutex
	waiters []*waiter
	idle    []*waiter // for the next ones
	subs    []chan struct{}
	ended   error // why nothing follows; nil while the journal writes
}

// waiter is one call of Wait.
type waiter struct {
	seq  uint64
	done chan struct{} // has room for one
}

// advance wakes whoever waited for a seq up to durable.
func (p *progress) advance(durable uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiters = slices.DeleteFunc(p.waiters, func(w *waiter) bool {
		if w.seq > durable {
			return false
		}
		w.done <- struct{}{}
		return true
	})
	p.signal()
}

// end wakes everybody. The first reason stays.
func (p *progress) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		p.ended = err
	}
	for _, w := range p.waiters {
		w.done <- struct{}{}
	}
	p.waiters = nil
	p.signal()
}

func (p *progress) signal() {
	for _, c := range p.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// reason gives why nothing follows, or nil.
func (p *progress) reason() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// add registers a waiter, unless seq is durable or nothing follows.
func (p *progress) add(seq uint64, durable *atomic.Uint64) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if durable.Load() >= seq {
		return nil, nil
	}
	if p.ended != nil {
		return nil, p.ended
	}
	var w *waiter
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
	} else {
		w = &waiter{done: make(chan struct{}, 1)}
	}
	w.seq = seq
	p.waiters = append(p.waiters, w)
	return w, nil
}

// remove takes w back, woken or not.
func (p *progress) remove(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiters, w); i >= 0 {
		p.waiters = slices.Delete(p.waiters, i, i+1)
	}
	select {
	case <-w.done:
	default:
	}
	p.idle = append(p.idle, w)
}

// Wait returns nil once seq is durable. It returns the context's error, the failure (also for a record whose write
// was reported as failed: it may or may not be there after the next start), or ErrClosed for a seq that the closed
// journal never gave.
func (j *Journal) Wait(ctx context.Context, seq uint64) error {
	if j.durable.Load() >= seq {
		return nil
	}
	w, err := j.progress.add(seq, &j.durable)
	if w == nil {
		return err
	}
	defer j.progress.remove(w)
	select {
	case <-w.done:
	case <-ctx.Done():
	}
	if j.durable.Load() >= seq {
		return nil
	}
	if err := j.progress.reason(); err != nil {
		return err
	}
	return ctx.Err()
}

// Subscribe gives a channel that gets a token after Durable has grown, and after the journal failed or was closed.
// Tokens do not pile up: read Durable and Err after each. It is never closed; stop ends the subscription.
func (j *Journal) Subscribe() (tokens <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	p := &j.progress
	p.mu.Lock()
	p.subs = append(p.subs, c)
	p.mu.Unlock()
	return c, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.subs = slices.DeleteFunc(p.subs, func(s chan struct{}) bool { return s == c })
	}
}
