package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bounds on guessing (SEC-01, SEC-03).
const (
	failuresMost  = 5
	failuresIn    = 15 * time.Minute
	attemptsEvery = 6 * time.Second // of one address, in the long run
	attemptsBurst = 10
	allEvery      = 200 * time.Millisecond // of everybody together: it bounds what is remembered
	allBurst      = 30
	addressesMost = 4096 // remembered at once
)

// Socket is the address of everybody on the router's own socket. Strangers on the network who use up what everybody may
// try together keep nobody there from approving a resume.
const Socket = "socket"

// guesses counts failures per user and address, and attempts per address.
type guesses struct {
	mu        sync.Mutex
	failures  map[guess][]time.Time // oldest first
	addresses map[string]*rate.Limiter
	all       *rate.Limiter
	tokens    *rate.Limiter // failures with tokens that are recorded
}

type guess struct{ name, from string }

func newGuesses() *guesses {
	return &guesses{failures: map[guess][]time.Time{}, addresses: map[string]*rate.Limiter{},
		all: rate.NewLimiter(rate.Every(allEvery), allBurst), tokens: rate.NewLimiter(rate.Every(time.Second), allBurst)}
}

// begin counts an attempt as a failure until clear or undo says that it was none, or says why there may be none now.
func (g *guesses) begin(name, from string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := guess{name, from}
	recent := since(g.failures[key], now)
	if len(recent) >= failuresMost {
		return ErrLocked
	}
	if !g.address(from, now).AllowN(now, 1) || from != Socket && !g.all.AllowN(now, 1) {
		return ErrBusy
	}
	g.forget(now)
	g.failures[key] = append(recent, now)
	return nil
}

// since gives the failures that still count.
func since(list []time.Time, now time.Time) []time.Time {
	for len(list) > 0 && now.Sub(list[0]) >= failuresIn {
		list = list[1:]
	}
	return list
}

// address gives the attempts of one address. When too many are remembered, those that may do everything again are
// forgotten, and if there are none, strangers share one.
func (g *guesses) address(from string, now time.Time) *rate.Limiter {
	if l := g.addresses[from]; l != nil {
		return l
	}
	if len(g.addresses) >= addressesMost {
		for a, l := range g.addresses {
			if l.TokensAt(now) >= attemptsBurst {
				delete(g.addresses, a)
			}
		}
	}
	if len(g.addresses) >= addressesMost {
		return g.all
	}
	l := rate.NewLimiter(rate.Every(attemptsEvery), attemptsBurst)
	g.addresses[from] = l
	return l
}

// forget drops failures that no longer count, once there are many. allEvery bounds how many there can be.
func (g *guesses) forget(now time.Time) {
	if len(g.failures) < 1000 {
		return
	}
	for k, list := range g.failures {
		if len(since(list, now)) == 0 {
			delete(g.failures, k)
		}
	}
}

// clear forgets the failures of somebody who has proven to be who they say.
func (g *guesses) clear(name, from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.failures, guess{name, from})
}

// undo takes back an attempt that was not looked at.
func (g *guesses) undo(name, from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := guess{name, from}
	if n := len(g.failures[key]); n > 0 {
		g.failures[key] = g.failures[key][:n-1]
	}
}

// token reports whether a failure with a token is to be recorded: not all of them are, or they would fill the disk.
func (g *guesses) token(_ string, now time.Time) bool { return g.tokens.AllowN(now, 1) }
