package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// massID numbers our requests to venues that are not about one child; their ids name child 0.
func (e *Engine) massID() (request uint32, id string) {
	e.lastMass++
	return e.lastMass, event.ClOrdID(e.instance, 0, e.lastMass)
}

// askVenue asks a venue that came back about all our orders at once (35=AF), where it can and more than one is in doubt, or
// where it answers nothing else. Whoever it then does not name is asked about alone: no answer is never "not there", and
// neither is a venue's promise to cancel when a session ends (REC-04, REC-05).
func (e *Engine) askVenue(v *venueState) bool {
	if !v.Caps.Has(market.CapMassStatus) {
		return false
	}
	n := 0
	for _, p := range e.live {
		for _, c := range p.children {
			if c.Venue == v.ID && c.InDoubt {
				n++
			}
		}
	}
	if n == 0 || n == 1 && v.Caps.Has(market.CapStatus) {
		return false
	}
	q := add(&e.cmds, &e.cmds.floorAsks)
	q.Venue = v.ID
	_, q.ReqID = e.massID()
	return true
}

// massCanceledAtVenue is the venue's answer to our mass cancel. What became of each child its own report says (DEF-15).
func (e *Engine) massCanceledAtVenue(b *event.VenueMassCanceled) {
	if b.Response == event.MassRefused {
		e.raise(event.Warn, "KILL-01", nil, nil, fmt.Sprintf("%s refuses the mass cancel: %s: each order is canceled by itself", e.venueName(b.Venue), b.Text))
	}
}

// cancelVenues asks the venues in a halt's scope to withdraw everything at once (35=q), where they can and something of
// ours is there. It comes before the cancels of the single orders and replaces none of them here: a session holds those back while
// the venue works on it, and one that it overlooked is withdrawn all the same (KILL-01, DEF-15).
// A halt of one client or algorithm has no mass cancel: the venue knows only our session.
func (e *Engine) cancelVenues(b *event.Halted) {
	if b.Client != "" || b.Algorithm != "" {
		return
	}
	for i := range e.venues {
		v := &e.venues[i]
		if !v.up || !v.Caps.Has(market.CapMassCancel) || b.Venue != "" && b.Venue != v.Name || !e.worksAt(v.ID, b.Symbol) {
			continue
		}
		q := add(&e.cmds, &e.cmds.floorCancels)
		q.Venue, q.Scope, q.Symbol, q.Why = v.ID, event.CancelAll, b.Symbol, "halted"
		q.Request, q.ClOrdID = e.massID()
		if b.Symbol != "" {
			q.Scope = event.CancelSymbol
		}
	}
}

// worksAt reports whether a child is live at a venue, in a symbol if one is given.
func (e *Engine) worksAt(v market.VenueID, symbol market.Symbol) bool {
	for _, p := range e.live {
		if (symbol == "" || p.Terms.Symbol == symbol) && p.at(v) {
			return true
		}
	}
	return false
}
