package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A scope is what a halt covers; an empty field matches all (KILL-01).
type scope struct {
	client    string
	symbol    market.Symbol
	venue     string
	algorithm string
}

func (s *scope) covers(client string, symbol market.Symbol, venue string, by order.Strategy) bool {
	return (s.client == "" || s.client == client) && (s.symbol == "" || s.symbol == symbol) && (s.venue == "" || s.venue == venue) &&
		(s.algorithm == "" || s.algorithm == by.String())
}

// halts is the scopes that are halted now: a handful, so that a search from the front is the fastest.
type halts []scope

func (h *halts) add(s scope) {
	for i := range *h {
		if (*h)[i] == s {
			return
		}
	}
	*h = append(*h, s)
}

// remove lifts the halt with exactly this scope and reports whether there was one.
func (h *halts) remove(s scope) bool {
	for i := range *h {
		if (*h)[i] == s {
			*h = append((*h)[:i], (*h)[i+1:]...)
			return true
		}
	}
	return false
}

func (h halts) cover(client string, symbol market.Symbol, venue string, by order.Strategy) bool {
	for i := range h {
		if h[i].covers(client, symbol, venue, by) {
			return true
		}
	}
	return false
}

// Halt stops new orders in a scope: a client, a symbol, a venue by name, an algorithm; empty matches all. It is
// idempotent.
func (g *Gate) Halt(b *event.Halted) {
	g.halts.add(scope{b.Client, b.Symbol, b.Venue, b.Algorithm})
}

// Resume lifts the halt with exactly the same scope and reports whether there was one; wider and narrower ones stay.
func (g *Gate) Resume(b *event.Resumed) bool {
	return g.halts.remove(scope{b.Client, b.Symbol, b.Venue, b.Algorithm})
}

// HaltedExactly reports whether there is a halt with exactly this scope.
func (g *Gate) HaltedExactly(b *event.Resumed) bool {
	return slices.Contains(g.halts, scope{b.Client, b.Symbol, b.Venue, b.Algorithm})
}

// Halted reports whether an order of that client in that symbol, worked by that algorithm, may not go to that venue now.
// An empty venue asks whether it may go nowhere at all: halts of single venues do not count then.
func (g *Gate) Halted(client string, symbol market.Symbol, venue string, by order.Strategy) bool {
	return g.halts.cover(client, symbol, venue, by)
}
