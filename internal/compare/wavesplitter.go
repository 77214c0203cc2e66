package compare

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/baseline"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// A waveSplitter lets a policy that splits lots over pools divide waves of some stages; the others it leaves to the static
// scorer. Those policies know neither context nor cost: they maximize what is filled.
type waveSplitter struct {
	name   string
	policy baseline.Splitter
	stages []event.Stage
	pool   []int // by venue id, −1 for none of its pools
	pools  int
	out    map[uint64]*sentSplit
	caps   []int
	lots   []int
}

// sentSplit is one division whose outcome is to come.
type sentSplit struct {
	lots         int
	sent, filled []int
	waits        int
	lot          market.Qty
}

// newWaveSplitter lets p split over the venues for which serves is true.
func newWaveSplitter(name string, venues []market.Venue, serves func(market.VenueType) bool, make func(pools []market.Venue) (baseline.Splitter, error), stages ...event.Stage) (*waveSplitter, error) {
	s := &waveSplitter{name: name, stages: stages, out: map[uint64]*sentSplit{}}
	var pools []market.Venue
	for i := range venues {
		s.pool = append(s.pool, -1)
		if serves(venues[i].Type) {
			s.pool[i] = len(pools)
			pools = append(pools, venues[i])
		}
	}
	s.pools = len(pools)
	if s.pools == 0 {
		return s, nil
	}
	p, err := make(pools)
	s.policy = p
	return s, err
}

// Name implements router.Divider.
func (s *waveSplitter) Name() string { return s.name }

// Divide implements router.Divider.
func (s *waveSplitter) Divide(w *router.Wave) {
	for i := range w.Offers {
		w.Offers[i].Rank = -w.Offers[i].Static
	}
	if s.policy == nil || !s.serves(w.Stage) {
		return
	}
	s.caps = append(s.caps[:0], make([]int, s.pools)...)
	for i := range w.Offers {
		if k := s.pool[w.Offers[i].Venue]; k >= 0 {
			s.caps[k] = int(w.Offers[i].Cap / w.Lot)
		}
	}
	s.lots = s.policy.Split(s.lots, int(w.Want/w.Lot), s.caps, bandit.NewKey(w.Seed, w.Decision, purposeWave))
	for i := range w.Offers {
		if k := s.pool[w.Offers[i].Venue]; k >= 0 {
			w.Offers[i].Qty = market.Qty(s.lots[k]) * w.Lot
		}
	}
	s.out[w.Decision] = &sentSplit{lots: int(w.Want / w.Lot), lot: w.Lot}
}

func (s *waveSplitter) serves(stage event.Stage) bool {
	for _, at := range s.stages {
		if at == stage {
			return true
		}
	}
	return false
}

// decided notes what was sent in the end.
func (s *waveSplitter) decided(d *event.RecordDecision) {
	x := s.out[d.Decision]
	if x == nil {
		return
	}
	x.sent, x.filled = make([]int, s.pools), make([]int, s.pools)
	if d.Chosen >= 0 && d.Stage != event.StageHold {
		for _, share := range d.Plans[d.Chosen].Shares {
			if k := s.pool[share.Venue]; k >= 0 {
				x.sent[k] = int(share.Qty / x.lot)
				x.waits++
			}
		}
	}
	if x.waits == 0 {
		delete(s.out, d.Decision)
	}
}

// learn takes a fact about a child; a division is learned from once all its children ended.
func (s *waveSplitter) learn(o *event.RecordOutcome, _ bool) {
	x := s.out[o.Decision]
	if x == nil || o.What != event.OutcomeFill {
		return
	}
	k := s.pool[o.Venue]
	if k < 0 || x.sent == nil {
		return
	}
	x.filled[k] = min(x.sent[k], int(o.Got/x.lot))
	if o.Censored || o.Refused != "" { // cut short, or rejected: no more was looked for than was found
		x.sent[k] = x.filled[k]
	}
	if x.waits--; x.waits == 0 {
		delete(s.out, o.Decision)
		s.policy.Learn(x.lots, x.sent, x.filled)
	}
}
