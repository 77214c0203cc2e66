package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// beyondRate says why a child that the gate let pass may not go out now: too many venues touched within a second
// (RISK-11), our own opposite order (RISK-18), or too many messages (RISK-08), which come last because they are spent.
func (e *Engine) beyondRate(p *parentState, s *event.Share, c *order.Child) string {
	if most := e.cfg.Limits.MaxVenueRate; most > 0 && !e.gate.IsOff("RISK-11") {
		if with := p.touchedWith(s.Venue, e.now); with > most {
			return fmt.Sprintf("RISK-11: %d venues touched within a second, at most %d", with, most)
		}
	}
	if crossesOwn(e.plans.opposed, c) {
		return "RISK-18: it could trade against an open opposite order of ours"
	}
	if r := e.gate.Send(c.Symbol, e.now); !r.Passed() {
		return r.Rule + ": " + r.Text
	}
	p.standing[s.Venue].touchedAt = e.now
	return ""
}

// touchedWith is how many venues of a parent were touched within the last second, with v (RISK-11).
func (p *parentState) touchedWith(v market.VenueID, now market.Time) int {
	n := 1
	for i := range p.standing {
		if at := p.standing[i].touchedAt; at != 0 && now.Sub(at) < market.Second && market.VenueID(i) != v {
			n++
		}
	}
	return n
}

// replacedTooOften reports whether a child had all the requests that it may have (RISK-11); it is withdrawn instead, once.
func (e *Engine) replacedTooOften(c *childState) bool {
	most := e.cfg.Limits.MaxReplaces
	return most > 0 && c.Requests >= uint32(most) && !e.gate.IsOff("RISK-11")
}

// opposing appends to out the open orders of ours that one of p must not trade with: those of the other side in its symbol,
// also in doubt or being withdrawn (RISK-18). Clients who allow it trade with each other.
func (e *Engine) opposing(p *parentState, out []*childState) []*childState {
	if !e.cfg.Limits.NoSelfCross || e.gate.IsOff("RISK-18") {
		return out
	}
	for _, o := range *p.symbol.side(!p.Terms.Side.IsBuy()) {
		if len(o.children) == 0 {
			continue
		}
		if e.policy(p.Client).SelfCross && e.policy(o.Client).SelfCross {
			continue
		}
		out = append(out, o.children...)
	}
	return out
}

// crossesOwn reports whether a child could trade against one of the orders at its venue, at the price that it has there or at
// that of a replace which may be in force.
func crossesOwn(opposed []*childState, c *order.Child) bool {
	for _, x := range opposed {
		if x.Venue == c.Venue && x.Exposure() > 0 && (meets(c, x.Limit) || (x.PendingReplace || x.maybe != 0) && meets(c, x.ReplaceLimit)) {
			return true
		}
	}
	return false
}

// meetsOwn reports whether the first that a candidate's child could trade with is an order of ours. A take that reaches us
// only behind others is refused when it is sent.
func (e *Engine) meetsOwn(p *parentState, c *candidate) bool {
	if len(e.plans.opposed) == 0 {
		return false
	}
	child := order.Child{Venue: c.venue.ID, Side: p.Terms.Side, Limit: c.limit}
	if c.style == order.StyleSweep || c.style == order.StyleTake {
		child.Limit = c.venue.bestTake(p.symbol, p.Terms.Side)
	}
	return crossesOwn(e.plans.opposed, &child)
}

// meets reports whether a child could trade with an opposite order of that limit at its venue: their limits cross. An order
// without a limit, such as a peg, meets all.
func meets(c *order.Child, limit market.Price) bool {
	return c.Limit <= 0 || limit <= 0 || !c.Side.Worse(limit, c.Limit)
}
