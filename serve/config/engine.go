package config

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/table"
)

// Engine gives what the engine is built from.
func (f *File) Engine() (router.Config, error) {
	c := router.DefaultConfig()
	c.Router, c.Seed = f.Router.Name, f.Router.Seed
	c.Venues = f.MarketVenues()
	for i := range f.Clients {
		c.Clients = append(c.Clients, f.Clients[i].policy())
	}
	c.Instruments = slices.Clone(f.Instruments)
	c.Regulatory = slices.Clone(f.Regulatory)
	c.Regimes = slices.Clone(f.Regimes)
	c.Hours, c.Objectives, c.Tactics, c.Learning = f.Hours, f.Objectives, f.Tactics, f.Learning
	c.Limits = f.LimitsAt(market.Time(time.Now().UnixNano()))
	if len(c.Venues) == 0 || len(c.Instruments) == 0 {
		return c, Problems{{File: f.Path, Wrong: "has no venue or no instrument", Remedy: "add a [[venue]] and an [[instrument]]"}}
	}
	return c, nil
}

// policy is what the engine must know of a client (RACE-09, FIX-12, MOP-25).
func (c *Client) policy() router.ClientPolicy {
	p := router.ClientPolicy{Name: c.Name, HideDark: c.HideDark, NoExplore: c.NoExplore, SelfCross: c.SelfCross, Stay: c.OnDisconnect == DisconnectContinue,
		DoneForDay: c.DayEnd == DayEndDoneForDay}
	switch {
	case c.OnDisconnect == DisconnectCancel:
		p.GraceNs = -1
	case c.Grace > 0:
		p.GraceNs = int64(c.Grace)
	}
	return p
}

// MarketVenues gives the venues as the engine knows them, by id.
func (f *File) MarketVenues() []market.Venue {
	out := make([]market.Venue, len(f.Venues))
	for i := range f.Venues {
		out[i] = f.Venues[i].Venue
	}
	return out
}

// Desk is how a venue's desk is reached.
func (f *File) Desk(venue string) string {
	for i := range f.Venues {
		if v := &f.Venues[i]; v.Name == venue && v.Desk != "" {
			return v.Desk
		}
	}
	return "not in the configuration"
}

// StoreTarget gives the store's URL with its password, for the one place that opens it.
func (r *Router) StoreTarget() string { return withPassword(r.StoreURL, r.StorePassword) }

// withPassword gives a URL with its password, for the one place that opens it.
func withPassword(target string, password Secret) string {
	if !password.IsSet() {
		return target
	}
	u, err := url.Parse(target)
	if err != nil { // Load has refused it
		return target
	}
	u.User = url.UserPassword(u.User.Username(), password.Reveal())
	return u.String()
}

// CheckRoute gives what `sluice route` needs beyond a file that loads: a client, and an order session per venue.
func (f *File) CheckRoute() error {
	var ps Problems
	if len(f.Clients) == 0 {
		ps = append(ps, Problem{File: f.Path, Key: "client", Wrong: "is missing: nobody could send an order", Remedy: "add a [[client]]"})
	}
	for i := range f.Venues {
		v := &f.Venues[i]
		if !v.Orders.IsSet() {
			ps = append(ps, Problem{File: f.Path, Key: "venue[" + v.Name + "].orders", Wrong: "is missing", Remedy: "add [venue.orders] with addr and their_comp_id"})
		}
		if v.Type.Displayed() && !v.MarketData.IsSet() {
			ps = append(ps, Problem{File: f.Path, Key: "venue[" + v.Name + "].market_data", Wrong: "is missing: a displayed venue without quotes is never used",
				Remedy: "add [venue.market_data] with addr and their_comp_id"})
		}
	}
	return ps.OrNil()
}

// CheckVenues gives what `sluice venues` needs beyond a file that loads: a market, and a session of each venue to serve.
func (f *File) CheckVenues() error {
	var ps Problems
	if f.Market.Kind == "" {
		ps = append(ps, Problem{File: f.Path, Key: "market.kind", Wrong: "is missing", Remedy: "want recorded, synthetic, lobster or tape"})
	}
	for i := range f.Venues {
		if v := &f.Venues[i]; !v.Orders.IsSet() {
			ps = append(ps, Problem{File: f.Path, Key: "venue[" + v.Name + "].orders", Wrong: "is missing", Remedy: "add [venue.orders] with the addr to listen on"})
		}
	}
	return append(ps, f.Market.unset...).OrNil()
}

func (f *File) decodeObjectives(s *section) {
	for i, k := range objectiveKeys() {
		t := s.sub(k)
		w := &f.Objectives[i]
		t.Real("speed", &w.Speed, 0, 1000)
		t.Real("fill", &w.Fill, 0, 1000)
		t.Real("fee", &w.Fee, 0, 1000)
		t.Real("impact", &w.Impact, 0, 1000)
		if w.Speed+w.Fill+w.Fee+w.Impact <= 0 {
			t.Problem("", "has no weight above zero", "give speed, fill, fee or impact a weight")
		}
		t.Done()
	}
	s.Done()
}

func (f *File) decodeTactics(s *section) {
	t := &f.Tactics
	waits := []struct {
		key  string
		into *int64
	}{
		{"internal_wait", &t.InternalWait}, {"dark_wave", &t.DarkWave}, {"post_wait", &t.PostWait},
		{"ack_timeout", &t.AckTimeout}, {"settle_wait", &t.SettleWait}, {"urgent_before", &t.UrgentBefore},
		{"slow_venue", &t.SlowVenue},
	}
	for _, w := range waits {
		s.Duration(w.key, w.into, time.Millisecond, maxTime)
	}
	table.Whole(s.Section, "dark_clip_adv_per_100k", &t.DarkClipPer1e5, 1, 100_000)
	table.Whole(s.Section, "post_clip_shares", &t.PostClip, 1, maxShares)
	table.Whole(s.Section, "dark_venues", &t.DarkVenues, 0, market.MaxVenues)
	table.Whole(s.Section, "post_venues", &t.PostVenues, 1, market.MaxVenues)
	table.Whole(s.Section, "dark_tries", &t.DarkTries, 0, 1000)
	table.Whole(s.Section, "slices_per_minute", &t.Slices, 1, 6000)
	s.Flag("take_only", &t.TakeOnly)
	s.Done()
}

// kernel reads how much our own takes move the mid.
func (s *section) kernel(l *router.Learning) {
	const key = "impact_kernel"
	var c []float64
	if s.Reals(key, &c, 0, 20); c == nil {
		return
	}
	if len(c) != len(l.ImpactKernel) {
		s.Problem(key, fmt.Sprintf("has %d numbers", len(c)), "give four, for time constants of 0.1, 1, 10 and 100 s")
		return
	}
	copy(l.ImpactKernel[:], c)
}

func (f *File) decodeLearning(s *section) {
	l := &f.Learning
	s.Flag("off", &l.Off)
	s.Real("gamma0_per_bps", &l.Gamma0, 0, 1e6)
	s.Real("exploration_floor", &l.Floor, 0, 0.5)
	s.Real("forget", &l.Forget, 0.5, 1)
	s.Real("start_share", &l.Start, 0, 1)
	s.Flag("ramp", &l.Ramp)
	s.Real("static_min_share", &l.StaticMin, 0, 1)
	s.kernel(l)
	limited := s.Has("day_loss_bps")
	if s.Real("day_loss_bps", &l.DayLossBps, 0, 10_000); limited && l.DayLossBps > 0 && !l.Ramp {
		s.Problem("day_loss_bps", "is set, but ramp = false: nothing is randomized that would tell the loss", "set ramp = true, or leave the limit out")
	}
	s.Real("explore_budget_bps", &l.ExploreBudgetBps, 0, 10_000)
	if l.Start+l.StaticMin > 1 {
		s.Problem("start_share", fmt.Sprintf("and static_min_share sum to %v", l.Start+l.StaticMin), "the learner's and the static share cannot exceed 1")
	}
	s.Done()
}
