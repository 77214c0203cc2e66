package web

import (
	"slices"

	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/view"
)

// A Plant is a Reader that also knows what no journal tells: the FIX sessions as they are now, the venues' desks, and the
// documents behind the limits.
type Plant interface {
	Wires() []Wire
	Rung() Rung
	LimitValues() []config.LimitValue // in force, each with whose it is (RISK-16)
	Known() act.Known
}

// Wire is one FIX session now, and what it did since the start.
type Wire struct {
	Name   string    `json:"name"`
	Of     string    `json:"of"`    // venue, client or drop copy
	State  string    `json:"state"` // LOGGED_ON, DOWN, GAP (logged on, inbound messages are missing: no new orders) or STOPPED
	Queued int       `json:"queued"`
	Unread view.Real `json:"unread_seconds"` // for how long the peer has not read on
	// Messages: that reached the socket, that were not sent, that waited for the venue's pace, and orders of the past that
	// the peer asked to have again and did not get (CB-01).
	Sent      uint64 `json:"sent"`
	Refused   uint64 `json:"refused"`
	Throttled uint64 `json:"throttled"`
	Stale     uint64 `json:"stale_blocked"`
	Drops     uint64 `json:"guard_drops"`    // connections that the wire guard closed
	Desk      string `json:"desk,omitempty"` // how the venue's desk is reached (KILL-04); empty: the configuration does not say
}

// Session is a FIX session as the journal and the wire know it.
type Session struct {
	Wire
	Up    bool       `json:"up"`
	Since view.Stamp `json:"since"` // of Up or down; null: never up
	Why   string     `json:"down_reason,omitempty"`
}

// Rung is where the router stands on the degrade ladder (OPS-04).
type Rung struct {
	Level int        `json:"level"` // 0 learned, 1 frozen, 2 static, 3 passive, 4 cancel all
	Name  string     `json:"name"`
	Why   string     `json:"why,omitempty"`
	Since view.Stamp `json:"since"` // null: since before the records that are kept
}

// sessions joins what the journal says of the sessions with what the wire does; without a Plant there is only the journal.
func sessions(state *view.State, v Reader) []Session {
	var wires []Wire
	if p, ok := plantOf(v); ok {
		wires = p.Wires()
	}
	out := make([]Session, 0, len(wires))
	add := func(of, name string, up bool, since view.Stamp, why string) {
		i := slices.IndexFunc(wires, func(w Wire) bool { return w.Of == of && w.Name == name })
		if i >= 0 {
			out = append(out, Session{wires[i], up, since, why})
			wires = slices.Delete(wires, i, i+1)
			return
		}
		w := Wire{Name: name, Of: of, State: "DOWN"}
		if up {
			w.State = "LOGGED_ON"
		}
		out = append(out, Session{w, up, since, why})
	}
	for i := range state.Venues {
		x := &state.Venues[i]
		add("venue", x.Name, x.Up, x.Since, x.DownReason)
	}
	for i := range state.Clients {
		x := &state.Clients[i]
		add("client", x.Name, x.Up, x.Since, "")
	}
	for _, w := range wires { // the journal has not heard of these: they never logged on
		out = append(out, Session{Wire: w})
	}
	return out
}
