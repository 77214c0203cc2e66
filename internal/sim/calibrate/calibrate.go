package calibrate

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Options is how to calibrate. The zero value is some days with the scenario's seed.
type Options struct {
	Seed  uint64 // 0 means the scenario's
	Short bool   // two hours in place of days, and only what is surely outside its band is missed
}

// lengths of the runs in seconds.
type lengths struct{ watch, ping, impact int }

func (o Options) lengths() lengths {
	if o.Short {
		return lengths{7200, 1800, 9000}
	}
	return lengths{2 * 23400, 23400, 3 * 23400}
}

// Run measures a scenario's market. A market that replays a recording cannot be calibrated: it is an error.
func Run(s *scenario.Scenario, o Options) (*Report, error) {
	if len(s.Recordings) > 0 {
		return nil, fmt.Errorf("%s: a recorded market does not react: name a scenario with agents", s.File)
	}
	if o.Seed == 0 {
		o.Seed = s.Seed
	}
	l := o.lengths()
	r := &Report{Scenario: s.Name, Seed: o.Seed, Short: o.Short}
	day, err := watch(s, o.Seed, l.watch)
	if err != nil {
		return nil, err
	}
	if err := r.impact(s, day, o.Seed, l.impact); err != nil {
		return nil, err
	}
	r.spreads(day)
	r.signs(day)
	r.returns(day)
	r.dark(day)
	if err := r.pings(s, o.Seed, l.ping); err != nil {
		return nil, err
	}
	r.day(day, s.Session)
	return r, nil
}

// watch records a market with nobody but its agents.
func watch(s *scenario.Scenario, seed uint64, secs int) (*tape, error) {
	cfg := s.Config(seed, s.Start(seed))
	t := listen(&cfg)
	m, err := warm(s, cfg, seed)
	if err != nil {
		return nil, err
	}
	t.record(m, secs)
	return t, nil
}

// warm makes a market of cfg and runs it until it is what it usually is.
func warm(s *scenario.Scenario, cfg sim.Config, seed uint64) (*sim.Market, error) {
	m, err := sim.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Populate(m, seed); err != nil {
		return nil, err
	}
	m.RunUntil(cfg.Start.Add(max(s.Warm, market.Minute)))
	return m, nil
}
