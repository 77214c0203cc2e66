package bandit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// MaxPlans bounds the candidates of one decision.
const MaxPlans = 64

// A Plan is one candidate action: what to send where, as the caller encodes it.
type Plan struct {
	// Key is the plan's canonical form, for example (arm, style, lots) of each leg in order. Equal keys
	// are equal plans; keys order plans lexicographically. Read, not copied.
	Key    []uint64
	Cost   float64 // μ = J(plan|x), expected cost in bps of the arrival mid, lower is better
	Static bool    // the plan the static policy would choose; exactly one of the candidates
	Tag    int     // the caller's own index; a merged plan keeps the lowest
}

// Canonical sorts plans by key and merges equal ones, in place, and returns what is left: duplicates
// would bias the inverse-gap weights (PLN-01, pitfall 4). Of equal plans the lowest cost and tag
// stay, and static if one was. Vetoes come before (PLN-03).
//
// It fails if there is no plan or more than MaxPlans, if a cost is not finite, or if not exactly one
// distinct plan is static.
func Canonical(plans []Plan) ([]Plan, error) {
	if len(plans) == 0 || len(plans) > MaxPlans {
		return nil, fmt.Errorf("decision has %d candidate plans: give 1 to %d", len(plans), MaxPlans)
	}
	for i := range plans {
		if !finite(plans[i].Cost) {
			return nil, fmt.Errorf("plan %d costs %v: leave out plans that cannot be valued", plans[i].Tag, plans[i].Cost)
		}
	}
	slices.SortStableFunc(plans, func(x, y Plan) int {
		return cmp.Or(slices.Compare(x.Key, y.Key), cmp.Compare(x.Tag, y.Tag))
	})
	kept, static := plans[:1], 0
	for _, p := range plans[1:] {
		last := &kept[len(kept)-1]
		if !slices.Equal(last.Key, p.Key) {
			kept = append(kept, p)
			continue
		}
		last.Cost = min(last.Cost, p.Cost)
		last.Static = last.Static || p.Static
	}
	for i := range kept {
		if kept[i].Static {
			static++
		}
	}
	if static != 1 {
		return nil, errors.New("exactly one candidate plan must be the static one")
	}
	return kept, nil
}
