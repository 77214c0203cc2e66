package compare

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/baseline"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// armsPerVenue tells taking at a venue from everything else there, as the learner does.
const armsPerVenue = 2

func armOf(v market.VenueID, s order.Style) int {
	if s.Takes() {
		return int(v)*armsPerVenue + 1
	}
	return int(v) * armsPerVenue
}

// purposeWave separates a comparison's draws from the router's.
const purposeWave = 7

// A waveChooser lets a policy that chooses one of several arms divide waves: it draws a venue, fills it up to its cap, and
// draws again among the rest. It sees the learner's features and known costs, and learns from the same outcomes: what a
// child filled, and the toxicity at the deciding horizon. A fill counts once its first markout is there.
type waveChooser struct {
	name    string
	policy  baseline.Chooser
	options []baseline.Option
	scores  []float64
	p       []float64
	sent    map[waveVenue]*sentOption // offers whose outcome is to come
	childOf map[order.ChildID]*sentOption
}

type waveVenue struct {
	decision uint64
	venue    market.VenueID
}

// sentOption is one offer that may have become a child.
type sentOption struct {
	option  baseline.Option
	share   float64
	ended   bool
	marks   int
	markSum float64 // toxicity, bps
	horizon int64
}

func newWaveChooser(name string, p baseline.Chooser) *waveChooser {
	return &waveChooser{name: name, policy: p, sent: map[waveVenue]*sentOption{}, childOf: map[order.ChildID]*sentOption{}}
}

// Name implements router.Divider.
func (c *waveChooser) Name() string { return c.name }

// Divide implements router.Divider.
func (c *waveChooser) Divide(w *router.Wave) {
	key := bandit.NewKey(w.Seed, w.Decision, purposeWave)
	c.options = c.options[:0]
	for i := range w.Offers {
		o := &w.Offers[i]
		phi := append([]float64(nil), o.Features...)
		c.options = append(c.options, baseline.Option{Arm: armOf(o.Venue, o.Style), Phi: phi, Filled: o.EdgeBps + o.FeeBps, Unfilled: w.Opp})
	}
	c.scores = c.policy.Score(c.scores, c.options, key)
	left := make([]int, len(c.options))
	for i := range left {
		left[i] = i
	}
	for n := 0; len(left) > 0; n++ {
		scores := make([]float64, len(left))
		for i, k := range left {
			scores[i] = c.scores[k]
		}
		c.p = c.policy.Distribution(c.p, scores)
		i := bandit.Sample(c.p, key.Uniform(uint64(baseline.Pick+n)))
		w.Offers[left[i]].Rank = float64(n)
		left = append(left[:i], left[i+1:]...)
	}
	for i := range w.Offers {
		c.sent[waveVenue{w.Decision, w.Offers[i].Venue}] = &sentOption{option: c.options[i]}
	}
}

// decided forgets the offers that got nothing.
func (c *waveChooser) decided(d *event.RecordDecision) {
	used := map[market.VenueID]bool{}
	if d.Chosen >= 0 && d.Stage != event.StageHold {
		for _, s := range d.Plans[d.Chosen].Shares {
			used[s.Venue] = true
		}
	}
	for i := range d.Venues {
		if v := d.Venues[i].Venue; !used[v] {
			delete(c.sent, waveVenue{d.Decision, v})
		}
	}
}

// learn takes a fact about a child.
func (c *waveChooser) learn(o *event.RecordOutcome, displayed bool) {
	s := c.childOf[o.Child]
	if s == nil {
		key := waveVenue{o.Decision, o.Venue}
		if s = c.sent[key]; s == nil {
			return
		}
		delete(c.sent, key)
		c.childOf[o.Child] = s
		s.horizon = 10 * market.Second
		if displayed {
			s.horizon = market.Second
		}
	}
	switch {
	case o.What == event.OutcomeFill && o.Refused != "":
		delete(c.childOf, o.Child) // the learner does not take it for an outcome either
		return
	case o.What == event.OutcomeFill && o.Sent > 0:
		s.ended, s.share = true, float64(o.Got)/float64(o.Sent)
	case o.What == event.OutcomeMarkout && o.HorizonNs == s.horizon:
		s.marks++
		s.markSum -= o.Value - o.OwnBps
	}
	if !s.ended || s.share > 0 && s.marks == 0 {
		return
	}
	out := baseline.Outcome{Share: s.share}
	if s.marks > 0 {
		out.Toxicity = s.markSum / float64(s.marks)
	}
	c.policy.Learn(s.option, out)
	delete(c.childOf, o.Child) // its later markouts find nothing
}
