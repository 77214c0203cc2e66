package serve

import (
	"context"

	"github.com/sluice-sor/sluice/internal/market"
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

// Sessions implements web.Wires.
func (s shown) Sessions() map[string]web.Traffic {
	out := map[string]web.Traffic{}
	for i := range s.r.file.Venues {
		session := s.r.venues.Session(market.VenueID(i))
		if session == nil {
			continue
		}
		stats := session.Stats()
		t := web.Traffic{Sent: stats.Sent, Refused: stats.Refused + stats.NeverSent, Throttled: stats.Paced.Count, Queued: stats.Queued,
			UnreadSeconds: stats.Unread.Seconds()}
		for _, n := range stats.Violations {
			t.Drops += n
		}
		out[s.r.file.Venues[i].Name] = t
	}
	return out
}
