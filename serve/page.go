package serve

import (
	"context"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/view"
	"github.com/sluice-sor/sluice/serve/web"
)

// shown is what the pages show: the view, and what only the router itself knows.
type shown struct {
	*view.View
	r *Router
}

// Models implements web.Registry.
func (s shown) Models(ctx context.Context) (*swap.Listing, error) { return s.r.models.List(ctx) }

// Wires implements web.Plant.
func (s shown) Wires() (out []web.Wire) {
	add := func(of, name, desk string, x *session.Session) {
		if x == nil {
			return
		}
		stats := sessionStats(x.Stats())
		w := web.Wire{Name: name, Of: of, State: x.State().String(), Queued: stats.Queued, Sent: stats.Sent, Refused: stats.Refused, Throttled: stats.Paced.Count, Stale: stats.Stale,
			Unread: view.Real(stats.Unread.Seconds()), Desk: desk}
		for _, n := range stats.Drops {
			w.Drops += n
		}
		out = append(out, w)
	}
	for i := range s.r.file.Venues {
		v := &s.r.file.Venues[i]
		add("venue", v.Name, v.Desk, s.r.venues.Session(market.VenueID(i)))
	}
	for i := range s.r.file.Clients {
		add("client", s.r.file.Clients[i].Name, "", s.r.clients.Session(s.r.file.Clients[i].Name))
	}
	return out
}

// Rung implements web.Plant.
func (s shown) Rung() web.Rung {
	level, why, since := s.r.ladder.Stands()
	return web.Rung{Level: int(level), Name: level.String(), Why: why, Since: view.Stamp(since)}
}

// LimitValues implements web.Plant.
func (s shown) LimitValues() []config.LimitValue {
	file, _ := s.r.documents.get()
	return file.LimitValues(s.r.clock.Now())
}

// Known implements web.Plant.
func (s shown) Known() act.Known { return s.r.known() }
