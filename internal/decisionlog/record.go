package decisionlog

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// A Record is one decision as it was logged, with what it cost; Cost is nil where that is not recorded.
type Record struct {
	Instance uint32 // of the journal
	Decision *event.RecordDecision
	Cost     *event.RecordOutcome
}

// State says what a decision is good for.
type State uint8

// The states.
const (
	Usable   State = iota
	NoChoice       // nothing was chosen, or there was one plan: no policy could have done otherwise
	Fixed          // one plan was certain: nothing was drawn, so that nothing can be said of the others
	Void           // what was done was not what was drawn, or its outcome is lost (PLN-03)
	Unsent         // a child was withdrawn or refused before it left: what its place would have brought is not known
	Unknown        // what it cost is not recorded: it was not known yet when the log ended, or never came
)

// String is the state in words.
func (s State) String() string {
	return [...]string{"usable", "no choice", "fixed", "void", "never left", "cost unknown"}[s]
}

// certain is the probability from which on a plan counts as not drawn: an order that must not explore, or a router that
// does not learn.
const certain = 1 - 1e-6

// Classify says what a record is good for, and why in words where it is void or unsent. It fails where its probabilities are none.
func Classify(r *Record) (State, string, error) {
	d := r.Decision
	if d.Chosen < 0 || len(d.Plans) < 2 {
		return NoChoice, "", nil
	}
	n := len(d.Plans)
	if int(d.Chosen) >= n || d.Static < 0 || int(d.Static) >= n {
		return 0, "", fmt.Errorf("decision %d of journal %d chose plan %d, static plan %d, of %d: the log is damaged; rebuild the store from the journal",
			d.Decision, r.Instance, d.Chosen, d.Static, n)
	}
	sum, most := 0.0, 0.0
	for i := range d.Plans {
		p := &d.Plans[i]
		if !(p.Prob >= 0) || math.IsInf(p.CostBps, 0) || math.IsNaN(p.CostBps) {
			return 0, "", fmt.Errorf("decision %d of journal %d: plan %d has probability %v and cost %v: the log is damaged; rebuild the store from the journal",
				d.Decision, r.Instance, i, p.Prob, p.CostBps)
		}
		sum += p.Prob
		most = max(most, p.Prob)
	}
	switch {
	case !(math.Abs(sum-1) <= 1e-9) || d.Plans[d.Chosen].Prob == 0: // PLN-04
		return 0, "", fmt.Errorf("decision %d of journal %d: its probabilities sum to %v, what was chosen had %v: the log is damaged; rebuild the store from the journal",
			d.Decision, r.Instance, sum, d.Plans[d.Chosen].Prob)
	case most > certain:
		return Fixed, "", nil
	case d.Void:
		return Void, "the plan was changed after the draw", nil
	case d.Stage == event.StageHold:
		return Void, d.Vetoed, nil
	case r.Cost == nil:
		return Unknown, "", nil
	case r.Cost.Refused == event.NeverLeft:
		return Unsent, r.Cost.Refused, nil
	case r.Cost.Refused != "":
		return Void, r.Cost.Refused, nil
	case math.IsNaN(r.Cost.Value) || math.IsInf(r.Cost.Value, 0):
		return Void, "its cost is no figure", nil
	}
	return Usable, "", nil
}

// Names gives a journal's venues by number. A nil Names, or one that lacks a venue, leaves the number.
type Names func(instance uint32) []string

// of is the name of a venue.
func (n Names) of(instance uint32, v market.VenueID) string {
	if n != nil {
		if all := n(instance); int(v) < len(all) {
			return all[v]
		}
	}
	return fmt.Sprintf("venue %d", v)
}
