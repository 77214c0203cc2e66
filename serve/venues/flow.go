package venues

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/serve/config"
)

// flowOf is who trades on the simulated venues: the balanced market's people, by venue type, with what the file says of
// single venues ([market.venue] hidden and params).
func flowOf(file *config.File) sim.Flow {
	_, base := sim.Balanced(file.Market.Seed, 0, 0)
	flow := base
	flow.Venues = nil
	used := map[market.VenueType]int{}
	for i := range file.Venues {
		v := &file.Venues[i]
		if file.Market.Venues[i].Elsewhere {
			continue
		}
		f := like(base.Venues, v.Type, used)
		f.Venue = market.VenueID(i)
		tune(&f, &file.Market.Venues[i])
		flow.Venues = append(flow.Venues, f)
	}
	return flow
}

// like gives the flow of the next preset venue of a type: the presets of a type differ, and repeat when there are more
// venues than presets.
func like(presets []sim.VenueFlow, t market.VenueType, used map[market.VenueType]int) sim.VenueFlow {
	cfg, _ := sim.Balanced(0, 0, 0)
	var of []sim.VenueFlow
	for _, p := range presets {
		if cfg.Venues[p.Venue].Type == t {
			of = append(of, p)
		}
	}
	n := used[t]
	used[t]++
	return of[n%len(of)]
}

// tune applies what the file says of one venue.
func tune(f *sim.VenueFlow, s *config.SimVenue) {
	if s.Hidden.Qty > 0 {
		f.BlockMin, f.BlockMax = max(100, s.Hidden.Qty/3), s.Hidden.Qty*20
		f.BlockInformed = s.Hidden.Informed / 100
		f.PingInformed = s.Hidden.Informed / 100
	}
	if s.Hidden.Refill > 0 {
		f.BlockRate = 1 / s.Hidden.Refill.Seconds()
		if p := s.Hidden.Pct / 100; p > 0 && p < 1 {
			f.BlockLife = s.Hidden.Refill.Seconds() * p / (1 - p)
		}
	}
	for _, set := range []struct {
		name string
		to   *float64
	}{
		{"maker_rate", &f.MakerRate}, {"maker_edge_ticks", &f.MakerEdge}, {"noise_rate", &f.NoiseRate}, {"noise_life_s", &f.NoiseLife},
		{"taker_share", &f.TakerShare}, {"hunt_share", &f.HuntShare}, {"block_rate", &f.BlockRate}, {"block_life_s", &f.BlockLife},
		{"block_persist", &f.BlockPersist}, {"block_informed", &f.BlockInformed}, {"ping_rate", &f.PingRate}, {"ping_informed", &f.PingInformed},
	} {
		if x, ok := s.Params[set.name]; ok {
			*set.to = x
		}
	}
}
