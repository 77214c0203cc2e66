package router

import (
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// confirmWithin is how long after a halt every order in its scope should be confirmed gone; people are called for what
// is not (KILL-04).
const confirmWithin = 5 * market.Second

// haltState is a halt in force and how far its scope is from flat.
type haltState struct {
	event.Halted
	at    market.Time
	total int // children that were live when it began
	left  int // of them, not known to be gone; recounted before anybody is told that it is flat
	flat  bool
	due   market.Time // when people are called for what is left; 0 = they were
}

// HaltProgress is how far a halt has come: orders that were open, of which the venue was asked for some, confirmed some
// and has left some unknown (KILL-04). Only Flat says that nothing is left: an unknown order is not flat (KILL-07).
type HaltProgress struct {
	event.Halted
	At        market.Time
	Total     int
	Open      int // not asked for yet: their venue is away, or has not acknowledged them
	Sent      int // the cancel is on its way
	Confirmed int
	Unknown   int // in doubt, or orders at venues that nobody here knows
	Venues    []market.VenueID
	Flat      bool
}

// covers reports whether a live child is in a halt's scope.
func (e *Engine) covers(h *event.Halted, c *childState) bool {
	t := &c.parent.Terms
	return (h.Client == "" || h.Client == c.parent.Client) && (h.Symbol == "" || h.Symbol == t.Symbol) &&
		(h.Venue == "" || h.Venue == e.venues[c.Venue].Name) && (h.Algorithm == "" || h.Algorithm == t.Strategy.String())
}

// beginHalt remembers a halt, one of each scope, and when people are called for what is left of it.
func (e *Engine) beginHalt(b *event.Halted) {
	e.endHalt(&event.Resumed{Client: b.Client, Symbol: b.Symbol, Venue: b.Venue, Algorithm: b.Algorithm})
	e.halts = append(e.halts, haltState{Halted: *b, at: e.now})
	h := &e.halts[len(e.halts)-1]
	h.total = e.progress(h).Total
	e.awaitFlat(h)
	e.sayFlat(h)
}

// awaitFlat sets when people are called for what is left of a halt's scope then.
func (e *Engine) awaitFlat(h *haltState) {
	h.due = e.now.Add(confirmWithin)
	e.timers.push(timer{at: h.due, kind: timerHalt})
}

func (e *Engine) endHalt(b *event.Resumed) {
	for i := range e.halts {
		if h := &e.halts[i]; h.Client == b.Client && h.Symbol == b.Symbol && h.Venue == b.Venue && h.Algorithm == b.Algorithm {
			e.halts = append(e.halts[:i], e.halts[i+1:]...)
			return
		}
	}
}

// goneUnderHalt counts a child that ended in the scope of halts, and says so when the last is gone.
func (e *Engine) goneUnderHalt(c *childState) {
	for i := range e.halts {
		h := &e.halts[i]
		if h.flat || !e.covers(&h.Halted, c) {
			continue
		}
		if h.left--; h.left <= 0 {
			e.sayFlat(h)
		}
	}
}

// backUnderHalt withdraws a child that works again, such as by a bust, in the scope of halts, which are not flat any more
// (KILL-01, KILL-07).
func (e *Engine) backUnderHalt(c *childState) {
	for i := range e.halts {
		h := &e.halts[i]
		if !e.covers(&h.Halted, c) {
			continue
		}
		if h.flat || h.due == 0 { // else people are to be called already, and not later for this
			e.awaitFlat(h)
		}
		if h.flat {
			e.raise(event.Page, "KILL-07", c.parent, c, fmt.Sprintf("no longer flat: an order of %s works again, and is withdrawn", haltScope(h.Client, h.Symbol, h.Venue, h.Algorithm)))
		}
		h.left++
		h.flat = false
		e.cancelChild(c, "halted")
	}
}

// sayFlat counts anew what is left of a halt's scope and tells people when it is nothing (KILL-07).
func (e *Engine) sayFlat(h *haltState) {
	p := e.progress(h)
	if h.left = p.Open + p.Sent + p.Unknown; h.left == 0 {
		h.flat = true
		e.raise(event.Warn, "KILL-07", nil, nil, fmt.Sprintf("flat: all %d orders of %s are confirmed gone", h.total, haltScope(h.Client, h.Symbol, h.Venue, h.Algorithm)))
	}
}

// progress counts a halt's scope now.
func (e *Engine) progress(h *haltState) HaltProgress {
	p := HaltProgress{Halted: h.Halted, At: h.at, Total: h.total}
	var venues uint64
	for _, q := range e.live {
		for _, c := range q.children {
			if !e.covers(&h.Halted, c) {
				continue
			}
			switch {
			case c.InDoubt:
				p.Unknown++
			case c.PendingCancel:
				p.Sent++
			default:
				p.Open++
			}
			venues |= 1 << c.Venue
		}
	}
	if h.Client == "" && h.Algorithm == "" {
		for _, o := range e.gate.Orphans() {
			if e.orphanOpen(h, o) {
				p.Unknown++
				venues |= 1 << o.Report.Venue
			}
		}
	}
	left := p.Open + p.Sent + p.Unknown
	p.Total = max(p.Total, left)
	p.Confirmed = p.Total - left
	p.Flat = left == 0
	for i := range e.venues {
		if venues&(1<<i) != 0 {
			p.Venues = append(p.Venues, e.venues[i].ID)
		}
	}
	return p
}

// orphanOpen reports whether an order that we do not know may still work in a halt's scope.
func (e *Engine) orphanOpen(h *haltState, o *risk.Orphan) bool {
	r := &o.Report
	if r.Leaves <= 0 || int(r.Venue) >= len(e.venues) || r.Status == '2' || r.Status == '3' || r.Status == '4' || r.Status == '8' || r.Status == 'C' {
		return false
	}
	return (h.Symbol == "" || h.Symbol == r.Symbol || r.Symbol == "") && (h.Venue == "" || h.Venue == e.venues[r.Venue].Name)
}

// Halts gives how far every halt in force has come.
func (e *Engine) Halts() (out []HaltProgress) {
	for i := range e.halts {
		out = append(out, e.progress(&e.halts[i]))
	}
	return out
}

// haltsDue calls people for what is not confirmed in time, once a halt (KILL-04).
func (e *Engine) haltsDue() {
	for i := range e.halts {
		h := &e.halts[i]
		if h.flat || h.due == 0 || e.now < h.due {
			continue
		}
		h.due = 0
		p := e.progress(h)
		if p.Flat {
			e.sayFlat(h)
			continue
		}
		var names []string
		for _, v := range p.Venues {
			names = append(names, e.venues[v].Name)
		}
		e.raise(event.Page, "KILL-04", nil, nil, fmt.Sprintf("not flat: of %d orders of %s, %d are confirmed gone, %d cancels are on their way, %d were not asked for, %d are unknown: call the desks of %s",
			p.Total, haltScope(h.Client, h.Symbol, h.Venue, h.Algorithm), p.Confirmed, p.Sent, p.Open, p.Unknown, strings.Join(names, ", ")))
	}
}

func (h *haltState) visit(c *snapshot.Coder) {
	snapshot.Text(c, &h.Client)
	snapshot.Text(c, &h.Symbol)
	snapshot.Text(c, &h.Venue)
	snapshot.Text(c, &h.Algorithm)
	snapshot.Text(c, &h.Actor)
	snapshot.Text(c, &h.Reason)
	snapshot.Int(c, &h.at)
	snapshot.Int(c, &h.total)
	snapshot.Int(c, &h.left)
	snapshot.Flag(c, &h.flat)
	snapshot.Int(c, &h.due)
}
