package compare

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// Config says what is compared. Zero fields take the default.
type Config struct {
	Scenario *scenario.Scenario
	Recorded []*sim.Lobster // the data of the scenario's recordings
	Policies []string       // names, or ids of Models; static and the oracle are always there
	Models   []*Model       // that take part, where they are named
	Parents  int            // of each seed; 2,000
	Seed     uint64         // the first one; the scenario's
	Seeds    int            // so many from Seed on; 5
	Settings Settings       // of the baselines; Tuned
	Training int            // parents of each of the oracle's two rounds of exploration, a regime; 3 × Parents, between 200 and 6,000
	Workers  int            // runs at once; the processors
	Progress func(parents, of int)
	Timeline bool // keep what the learner does for the first parent of the first seed
}

func (c Config) withDefaults() Config {
	if c.Parents == 0 {
		c.Parents = 2_000
	}
	if c.Seed == 0 {
		c.Seed = c.Scenario.Seed
	}
	if c.Seeds == 0 {
		c.Seeds = 5
	}
	if c.Settings == (Settings{}) {
		c.Settings = Tuned()
	}
	if c.Training == 0 {
		c.Training = min(max(3*c.Parents, 200), 6_000)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	return c
}

// Run is one policy's work of one seed.
type Run struct {
	Policy   string
	Seed     uint64
	Parents  []Outcome
	Venues   []VenueTally
	Alerts   map[string]int // by code
	Markouts int            // at the deciding horizons
	MarkSum  float64        // bps, positive in our favor
	Refused  int            // parents that the router did not take: nothing of them was traded
	Blind    int            // parents that arrived when nobody quoted both sides
	Demoted  []Demotion     // of models
	Told     Told           // what Timeline is about
	Timeline []Step
}

// Compare runs every policy on every seed: the same parents in a market with the same exogenous flow, which reacts to what
// the policy does. The same configuration gives the same report on the same machine, whatever Workers is.
func Compare(ctx context.Context, c Config) (*Report, error) {
	c = c.withDefaults()
	chosen, err := find(c.Policies, c.Models...)
	if err != nil {
		return nil, err
	}
	if err := c.fit(); err != nil {
		return nil, err
	}
	worlds := c.worlds()
	p := &progress{tell: c.Progress, of: c.Parents*c.Seeds*len(chosen) + 2*c.Training*len(worlds)}
	posteriors, err := c.oracle(ctx, worlds, p)
	if err != nil {
		return nil, err
	}
	runs := make([]*Run, len(chosen)*c.Seeds)
	err = parallel(ctx, c.Workers, len(runs), func(ctx context.Context, i int) error {
		policy, seed := chosen[i%len(chosen)], c.Seed+uint64(i/len(chosen))
		j := job{config: &c, policy: policy, seed: seed, parents: c.Parents, progress: p}
		if policy.Name == Oracle {
			j.beliefs = dated(c.Scenario, seed, worlds, posteriors)
		}
		j.timeline = c.Timeline && policy.Name == Learner && seed == c.Seed
		var err error
		runs[i], err = j.run(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if most(runs) == 0 {
		return nil, fmt.Errorf("%s: parents.until: no parent arrives until then with any of the seeds %d to %d: give a later time", c.Scenario.File, c.Seed, c.Seed+uint64(c.Seeds)-1)
	}
	return report(&c, chosen, runs), nil
}

// parallel calls do for 0 to n−1, at most workers at once, and gives the first error, of which all the others learn.
func parallel(ctx context.Context, workers, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	slots := make(chan struct{}, max(1, workers))
	for i := range n {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-slots }()
			if err := do(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// progress counts parents over all runs.
type progress struct {
	mu   sync.Mutex
	tell func(done, of int)
	done int
	of   int
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if p.tell != nil {
		p.tell(p.done, p.of)
	}
}

// job is one run.
type job struct {
	config   *Config
	scenario *scenario.Scenario // nil: the configuration's
	policy   Policy
	tune     func(*router.Config) // after the policy's
	seed     uint64
	parents  int
	beliefs  []belief // of the oracle, by regime
	progress *progress
	timeline bool
	serves   *Model                      // in place of the policy's; nil: the policy's
	beside   *Model                      // predicts beside it, and serves an arm of an experiment; nil: none
	closed   func(market.VenueType) bool // venues whose sessions never come up
	watch    func(*desk)                 // may listen at the desk before it works; nil: nobody does
	desk     *desk
}

// engineOf gives the router's configuration for a scenario.
func engineOf(s *scenario.Scenario, cfg *sim.Config, seed uint64) router.Config {
	rc := router.DefaultConfig()
	rc.Seed = seed
	for i := range cfg.Venues {
		rc.Venues = append(rc.Venues, cfg.Venues[i].Venue)
	}
	rc.Instruments, rc.Regulatory = slices.Clone(cfg.Symbols), s.Regulatory
	rc.Limits.MaxClientMoney, rc.Limits.MaxFirmMoney, rc.Limits.MaxBasketMoney = 0, 0, 0 // days of work, in one
	rc.Limits.NoSelfCross = false                                                        // the parents are of many owners
	return rc
}

// lastMarkout is how long after the last parent the market goes on, for the last markouts.
const lastMarkout = 70 * market.Second

func (j *job) run(ctx context.Context) (*Run, error) {
	s := j.scenario
	if s == nil {
		s = j.config.Scenario
	}
	cfg := s.Config(j.seed, s.Start(j.seed))
	rc := engineOf(s, &cfg, j.seed)
	j.policy.tune(&rc)
	if j.tune != nil {
		j.tune(&rc)
	}
	d, err := newDesk(cfg, rc, j.config.instance(), j.closed)
	if err != nil {
		return nil, err
	}
	j.desk = d
	r := &Run{Policy: j.policy.Name, Seed: j.seed}
	if err := j.place(&r.Demoted); err != nil {
		return nil, err
	}
	if err := s.Populate(d.market, j.seed, j.config.Recorded...); err != nil {
		return nil, err
	}
	l := newLedger(d)
	if j.watch != nil {
		j.watch(d)
	}
	if j.timeline {
		follow(d, s, &r.Told, func(x *Step) { r.Timeline = append(r.Timeline, *x) })
	}
	if err := j.divide(&rc); err != nil {
		return nil, err
	}
	if err := j.work(ctx, s, cfg.Start, l); err != nil {
		return nil, fmt.Errorf("%s, policy %s, seed %d: %w", s.Name, j.policy.Name, j.seed, err)
	}
	r.Parents, r.Venues, r.Alerts, r.Markouts, r.MarkSum = l.byID, l.venues, d.alerts, l.marks, l.markSum
	r.Refused, r.Blind = l.refused, l.blind
	return r, nil
}

// divide puts the policy in place of the router's plans, if it is another, and lets it learn.
func (j *job) divide(rc *router.Config) error {
	if j.policy.wave == nil {
		return nil
	}
	w, err := j.policy.wave(rc, j.config.Settings)
	if err != nil {
		return err
	}
	d := j.desk
	d.engine.Use(w)
	d.onPlan = joined(d.onPlan, w.decided)
	d.onFact = joined(d.onFact, func(o *event.RecordOutcome) {
		if o.Child > 0 {
			w.learn(o, rc.Venues[o.Venue].Type.Displayed())
		}
	})
	return nil
}

// joined calls both, where there are both.
func joined[T any](a, b func(T)) func(T) {
	if a == nil {
		return b
	}
	return func(x T) {
		a(x)
		b(x)
	}
}

// work sends the parents at their times, and lets the market go on until the last of them is done.
func (j *job) work(ctx context.Context, s *scenario.Scenario, start market.Time, l *ledger) error {
	d, work, told := j.desk, s.Work(j.seed), 0
	regime := 0
	end := start
	for n := range j.parents {
		p, ok := work.Next()
		if !ok {
			break
		}
		at := start.Add(p.At)
		for ; regime < len(j.beliefs) && start.Add(j.beliefs[regime].from) <= at; regime++ {
			d.run(start.Add(j.beliefs[regime].from))
			if err := d.engine.Believe(j.beliefs[regime].posterior); err != nil {
				return err
			}
		}
		d.run(at)
		in := &s.Symbols[d.feed.symbols[p.Terms.Symbol]]
		t := p.TermsAt(at, d.market.NBBO(p.Terms.Symbol).Mid(), in)
		d.parent(&t)
		end = max(end, t.End, at)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n-told >= 100 {
			j.progress.add(n - told)
			told = n
		}
	}
	for len(l.open) > 0 && d.market.Now() < end {
		d.run(min(end, d.market.Now().Add(market.Second)))
	}
	d.run(d.market.Now().Add(lastMarkout))
	for id := range l.open { // without an end of its own: what it has by now counts
		l.close(id)
	}
	j.progress.add(j.parents - told)
	return nil
}
