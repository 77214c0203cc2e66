package decisionlog

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// A Log is decisions to evaluate policies on. The zero value is an empty one whose venues have no names.
type Log struct {
	Names   Names
	entries []entry
	parents map[parentKey]uint64
	venues  []string // by bit
	summary Summary
}

type parentKey struct {
	instance uint32
	parent   uint64
}

// entry is one usable, void or unknown decision.
type entry struct {
	parent  uint64 // numbered from 0 over all journals
	at      market.Time
	stage   event.Stage
	state   State
	chosen  int
	static  int
	epsilon float64
	gamma   float64
	cost    float64 // bps of want, as it came out
	plans   []plan
}

// plan is one of a decision's plans.
type plan struct {
	p      float64
	cost   float64 // as it was expected, bps of want
	venues uint64  // those that it sends to, by bit of the log's list
}

// uses reports whether the plan sends to the venue of a bit.
func (p *plan) uses(bit int) bool { return p.venues>>bit&1 == 1 }

// Summary counts what a log has.
type Summary struct {
	Draws    int            `json:"draws"`    // decisions that were a draw between plans and whose cost is known
	Parents  int            `json:"parents"`  // of those
	CutShort int            `json:"cutShort"` // of those: a child went on at another place, and the decision ended there
	NoChoice int            `json:"noChoice"` // left out: one plan or none
	Fixed    int            `json:"fixed"`    // left out: one plan was certain
	Void     int            `json:"void"`     // left out, and counted against the log (OPE-02)
	Unsent   int            `json:"unsent"`   // left out: a child never left; refused where they are more than 1 %
	Reasons  map[string]int `json:"voidReasons,omitempty"`
	Pending  int            `json:"pending"` // left out: what they cost was not known yet when the log ended
	MeanBps  float64        `json:"meanBps"` // cost of the draws
	From     market.Time    `json:"-"`       // first and last decision
	To       market.Time    `json:"-"`
	last     market.Time    // anything
}

// pendingFor is how long after its decision an outcome may come: later ones the router does not use.
const pendingFor = 5 * market.Minute

// Add takes the next decision. It fails on one whose probabilities are none.
func (l *Log) Add(r *Record) error {
	state, why, err := Classify(r)
	if err != nil {
		return err
	}
	d, s := r.Decision, &l.summary
	if s.From == 0 || d.At < s.From {
		s.From = d.At
	}
	s.To, s.last = max(s.To, d.At), max(s.last, d.At)
	if r.Cost != nil {
		s.last = max(s.last, r.Cost.At)
	}
	switch state {
	case NoChoice:
		s.NoChoice++
		return nil
	case Fixed:
		s.Fixed++
		return nil
	case Unsent:
		s.Unsent++
		return nil
	case Void:
		l.void(why)
	case Usable, Unknown:
	}
	e := entry{parent: l.parentOf(r), at: d.At, stage: min(d.Stage, event.StageHold), state: state, chosen: int(d.Chosen), static: int(d.Static), epsilon: d.Epsilon, gamma: d.Gamma}
	if state == Usable {
		e.cost = r.Cost.Value
		if r.Cost.Censored {
			s.CutShort++
		}
	}
	e.plans = make([]plan, len(d.Plans))
	for i := range d.Plans {
		p := &d.Plans[i]
		e.plans[i] = plan{p: p.Prob, cost: p.CostBps}
		for _, share := range p.Shares {
			bit, err := l.bitOf(l.Names.of(r.Instance, share.Venue))
			if err != nil {
				return err
			}
			e.plans[i].venues |= 1 << bit
		}
	}
	l.entries = append(l.entries, e)
	return nil
}

func (l *Log) void(why string) {
	l.summary.Void++
	if l.summary.Reasons == nil {
		l.summary.Reasons = map[string]int{}
	}
	l.summary.Reasons[why]++
}

// parentOf numbers the parents.
func (l *Log) parentOf(r *Record) uint64 {
	if l.parents == nil {
		l.parents = map[parentKey]uint64{}
	}
	key := parentKey{r.Instance, uint64(r.Decision.Parent)}
	n, known := l.parents[key]
	if !known {
		n = uint64(len(l.parents))
		l.parents[key] = n
	}
	return n
}

// bitOf numbers the venues by name, so that journals with other numbers for them go together.
func (l *Log) bitOf(name string) (int, error) {
	if bit := slices.Index(l.venues, name); bit >= 0 {
		return bit, nil
	}
	if len(l.venues) == market.MaxVenues {
		return 0, fmt.Errorf("the log has more than %d venues: evaluate its journals apart", market.MaxVenues)
	}
	l.venues = append(l.venues, name)
	return len(l.venues) - 1, nil
}

// Venues gives the venues that any plan of the log sends to, by name.
func (l *Log) Venues() []string {
	out := slices.Clone(l.venues)
	slices.Sort(out)
	return out
}

// finish decides what became of the decisions whose cost is not recorded: those of the log's last minutes wait for it, the
// others lost it. It gives the summary.
func (l *Log) finish() Summary {
	s := &l.summary
	s.Draws, s.MeanBps, s.Pending = 0, 0, 0
	seen := map[uint64]bool{}
	kept := l.entries[:0]
	for _, e := range l.entries {
		if e.state == Unknown && s.last.Sub(e.at) <= pendingFor {
			s.Pending++
			continue
		}
		if e.state == Unknown {
			e.state = Void
			l.void("its cost was never recorded")
		}
		if e.state == Usable {
			s.Draws++
			s.MeanBps += e.cost
			seen[e.parent] = true
		}
		kept = append(kept, e)
	}
	l.entries, s.Parents = kept, len(seen)
	if s.Draws > 0 {
		s.MeanBps /= float64(s.Draws)
	}
	return *s
}
