package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// A Leak is what a venue's unfilled lots cost the rest of the order (FIT-08).
type Leak struct {
	Arm     ArmKey
	Lambda  float64 // shrunk towards 0, bps a lot sent
	Raw, SE float64
	Exposed int
	Idle    int
	Refused string // why there is no figure
}

// mostExposures bounds the rows in memory, 300 bytes each: every k-th decision beyond.
const mostExposures = 400_000

// fitLeaks estimates λ of every venue that rests, from decisions that drew between plans with it and plans without: what the
// mid did afterwards, net of own impact, where the venue saw lots and filled none, against where it was not used. The mid's
// move is that of any markout of the decision's children, at ten seconds or the longest below; decisions without one say
// nothing. A venue of which too little is known has no leak.
func fitLeaks(ctx context.Context, s Source, x *Extract) ([]Leak, error) {
	var venues [][]offpolicy.Exposure
	var keys []ArmKey
	at := map[ArmKey]int{}
	step, seen := max(1, x.Rows/mostExposures), int64(0)
	err := s.Each(ctx, 0, func(d *DecisionRow, rows []Row) error {
		if !d.Draw() {
			return context.Cause(ctx)
		}
		move, ok := moveAgainst(rows)
		if seen++; !ok || seen%step != 0 {
			return nil
		}
		for i := range d.Venues {
			v := &d.Venues[i]
			if v.Takes {
				continue
			}
			key := ArmKey{v.Venue, v.Kind, v.Takes}
			e, ok := exposure(d, v, rows, move)
			if !ok {
				continue
			}
			k, known := at[key]
			if !known {
				k = len(keys)
				at[key], keys, venues = k, append(keys, key), append(venues, nil)
			}
			venues[k] = append(venues[k], e)
		}
		return nil
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	found, err := offpolicy.EstimateLeakage(venues, offpolicy.DefaultLeakage())
	if err != nil {
		return nil, err
	}
	out := make([]Leak, len(keys))
	for k, l := range found {
		out[k] = Leak{Arm: keys[k], Lambda: l.Shrunk, Raw: l.Lambda, SE: l.SE, Exposed: l.Exposed, Idle: l.Idle, Refused: l.Refused}
		if math.IsNaN(l.SE) || math.IsInf(l.SE, 0) {
			out[k].SE = 0
		}
	}
	return out, nil
}

// moveAgainst is the mid's move against the order after the decision, bps.
func moveAgainst(rows []Row) (bps float64, ok bool) {
	best := -1
	for i := range rows {
		for k := range rows[i].Marks {
			if m := &rows[i].Marks[k]; int(m.Horizon) > best && m.Horizon <= bandit.Horizon10s {
				best, bps, ok = int(m.Horizon), -m.Bps, true // toxicity is the move that leaves a fill behind; here it leaves the rest
			}
		}
	}
	return winsorise(bps), ok
}

// exposure is one venue's part in a decision.
func exposure(d *DecisionRow, v *VenueRow, rows []Row, move float64) (e offpolicy.Exposure, ok bool) {
	lot := int64(100)
	if len(rows) > 0 {
		lot = max(1, rows[0].Lot)
	}
	for j := range d.Plans {
		for _, s := range d.Plans[j].Shares {
			if s.Venue == v.Venue && s.Takes == v.Takes && s.Qty > 0 {
				e.Propensity += d.Plans[j].Prob
				if j == d.Chosen {
					e.Sent, e.Lots = true, float64(max(1, s.Qty/lot))
				}
				break
			}
		}
	}
	e.Propensity = min(1, e.Propensity)
	for i := range rows {
		if r := &rows[i]; r.Venue == v.Venue && r.Takes == v.Takes && r.Got > 0 {
			e.Filled = true
		}
	}
	e.Parent, e.X = d.Parent^uint64(d.Instance)<<48, append([]float64(nil), v.Phi[1:]...)
	e.NoFill = min(1, max(.01, 1-v.FillProb))
	e.Cost = move * float64(max(0, d.Want-d.Got)/lot)
	return e, e.Propensity > 0 && e.Propensity < 1 && (e.Sent || !e.Filled)
}
