package scenario

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// Scenario is a simulated market and the work to be done in it. It is not changed by its methods.
type Scenario struct {
	File       string // for messages
	Name       string // the file's name without folder and ending
	About      string
	Seed       uint64 // of who did not choose one
	Warm       int64  // ns that the market runs before the first parent
	Session    int64  // ns of a day, for the U shape of volume and volatility; 0 = flat. A longer market has one day after another
	Symbols    []market.Instrument
	Regulatory []market.Regulatory
	Venues     []sim.VenueSpec // the id is the place in the table; History is what the desk believes, not the truth
	Flow       sim.Flow
	Parents    Parents
	Changes    []Change // in the file's order; Dated gives their times
	Recordings []Recording
}

// title gives the name of a scenario from its file's.
func title(file string) string {
	return strings.TrimSuffix(path.Base(strings.ReplaceAll(file, `\`, "/")), ".toml")
}

// monday is the UTC midnight of Monday 2 March 2026, in which a scenario's time begins; any day would do.
const monday = market.Time(1_772_409_600) * market.Time(market.Second)

// Start gives the time at which the market of a seed should start. Fee schedules are dated, and dates change at UTC midnight:
// where a change of fees is due, Start is so that midnight comes just then, else it is half past two in the afternoon.
func (s *Scenario) Start(seed uint64) market.Time {
	for _, c := range s.Dated(seed) {
		if c.Kind == Fees {
			return monday.Add((c.When/day+2)*day - c.When)
		}
	}
	return monday.Add(14*market.Hour + 30*market.Minute)
}

const day = 24 * market.Hour

// Config gives the market of a seed that starts at a time, which should be [Scenario.Start]; the callbacks are the
// caller's to add. The venues in it, with what their public description says and their dated fees, are also what a router
// is configured with.
func (s *Scenario) Config(seed uint64, start market.Time) sim.Config {
	cfg := sim.Config{Start: start, Seed: seed, Venues: slices.Clone(s.Venues), Symbols: slices.Clone(s.Symbols)}
	for i := range cfg.Venues {
		cfg.Venues[i].Fees = slices.Clone(cfg.Venues[i].Fees)
	}
	for _, c := range s.Dated(seed) {
		if c.Kind != Fees {
			continue
		}
		for _, v := range c.Venues {
			f := c.Schedule
			f.From = market.DateUTC(start.Add(c.When))
			cfg.Venues[v].Fees = append(cfg.Venues[v].Fees, f)
		}
	}
	return cfg
}

// Populate brings the agents, or the recordings, to a market made by Config, and schedules the changes. recorded has the
// data of each of Recordings, in their order. Call it once, before the first event.
func (s *Scenario) Populate(m *sim.Market, seed uint64, recorded ...*sim.Lobster) error {
	if len(recorded) != len(s.Recordings) {
		return fmt.Errorf("%s: market.recording: %d recordings need their data, and %d are given", s.File, len(s.Recordings), len(recorded))
	}
	for i := range s.Recordings {
		r := &s.Recordings[i]
		if _, err := m.ReplayLobster(r.Venue, r.Symbol, recorded[i], sim.ReplayOptions{From: r.From}); err != nil {
			return fmt.Errorf("%s: market.recording[%s]: %w", s.File, r.Symbol, err)
		}
	}
	err := error(nil)
	if len(recorded) > 0 {
		err = m.PopulateDark(s.Flow.Venues)
	} else {
		flow := s.Flow
		flow.Session = s.Session
		err = m.Populate(flow)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.File, err)
	}
	start := m.Now()
	for _, c := range s.Dated(seed) {
		m.At(start.Add(c.When), func() { c.happen(m, s) })
	}
	return nil
}

// index gives a venue's id by its name.
func (s *Scenario) index(name string) (market.VenueID, bool) {
	for i := range s.Venues {
		if s.Venues[i].Name == name {
			return market.VenueID(i), true
		}
	}
	return market.NoVenue, false
}
