package evaluate

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/baseline"
)

// scalarTerms is the number of features of a model of the cost as one number: context, displayed share, half-spread and
// opportunity cost, without which it cannot do.
const scalarTerms = 1 + contexts + 1 + 2

// scalarFeatures writes them.
func scalarFeatures(phi []float64, s *Sight, displayed float64) {
	linearTerms(phi, &s.X)
	phi[1+contexts] = displayed
	phi[scalarTerms-2], phi[scalarTerms-1] = s.Half, s.Opp
}

// chooserPolicy lets a published policy choose the venue.
type chooserPolicy struct {
	world    *CostWorld
	chooser  baseline.Chooser
	terms    int
	features func(phi []float64, s *Sight, displayed float64)
	options  [venues]baseline.Option
	phi      [venues][max(scalarTerms, fillTerms)]float64
	scores   []float64
	p        []float64
	chosen   int
}

func (c *chooserPolicy) choose(s *Sight, key bandit.Key) int {
	for k := range c.options {
		phi, v := c.phi[k][:c.terms], &c.world.Venues[k]
		c.features(phi, s, s.Q[k]-c.world.Centre)
		c.options[k] = baseline.Option{Arm: k, Phi: phi, Filled: v.Fee - v.Capture*s.Half, Unfilled: s.Opp}
	}
	c.scores = c.chooser.Score(c.scores, c.options[:], key)
	c.p = c.chooser.Distribution(c.p, c.scores)
	c.chosen = bandit.Sample(c.p, key.Uniform(baseline.Pick))
	return c.chosen
}

func (c *chooserPolicy) learn(filled bool, tox float64) {
	out := baseline.Outcome{}
	if filled {
		out = baseline.Outcome{Share: 1, Toxicity: tox}
	}
	c.chooser.Learn(c.options[c.chosen], out)
}

// uniformVenue chooses any venue.
type uniformVenue struct{}

func (uniformVenue) choose(_ *Sight, key bandit.Key) int { return int(key.Uniform(0) * venues) }
func (uniformVenue) learn(bool, float64)                 {}

// fixedVenue chooses one venue always.
type fixedVenue int

func (f fixedVenue) choose(*Sight, bandit.Key) int { return int(f) }
func (fixedVenue) learn(bool, float64)             {}

// splitterPolicy lets a published policy split the order.
type splitterPolicy struct {
	splitter baseline.Splitter
	sent     []int
	lots     int
}

func (p *splitterPolicy) split(s *PoolSight, key bandit.Key) []int {
	p.lots = s.Lots
	p.sent = p.splitter.Split(p.sent, s.Lots, nil, key)
	return p.sent
}

func (p *splitterPolicy) learn(filled []int) { p.splitter.Learn(p.lots, p.sent, filled) }
