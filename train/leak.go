package train

import (
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

// mostExposures bounds the rows in memory, 300 bytes each: beyond it every second decision is dropped, again and again.
const mostExposures = 400_000

// A leakGather estimates λ of every venue that rests, from decisions that drew between plans with it and plans without: what the
// mid did afterwards, net of own impact, where the venue saw lots and filled none, against where it was not used. The mid's
// move is that of any markout of the decision's children, at ten seconds or the longest below; decisions without one say
// nothing. A venue of which too little is known has no leak.
type leakGather struct {
	venues     [][]offpolicy.Exposure
	keys       []ArmKey
	at         map[ArmKey]int
	kept       int
	step, seen int64
}

func (g *leakGather) take(d *DecisionRow, rows []Row) {
	move, ok := moveAgainst(rows)
	if !ok || !d.Draw() {
		return
	}
	if g.seen++; g.step > 1 && g.seen%g.step != 0 {
		return
	}
	for i := range d.Venues {
		v := &d.Venues[i]
		if v.Takes {
			continue
		}
		if e, ok := exposure(d, v, rows, move); ok {
			g.put(ArmKey{v.Venue, v.Kind, v.Takes}, e)
		}
	}
}

func (g *leakGather) put(key ArmKey, e offpolicy.Exposure) {
	k, known := g.at[key]
	if !known {
		if g.at == nil {
			g.at, g.step = map[ArmKey]int{}, 1
		}
		k = len(g.keys)
		g.at[key], g.keys, g.venues = k, append(g.keys, key), append(g.venues, nil)
	}
	g.venues[k] = append(g.venues[k], e)
	if g.kept++; g.kept <= mostExposures {
		return
	}
	g.kept, g.step = 0, 2*g.step
	for k, all := range g.venues {
		half := all[:0]
		for i := 0; i < len(all); i += 2 {
			half = append(half, all[i])
		}
		g.venues[k] = half
		g.kept += len(half)
	}
}

func (g *leakGather) result() ([]Leak, error) {
	if len(g.keys) == 0 {
		return nil, nil
	}
	found, err := offpolicy.EstimateLeakage(g.venues, offpolicy.DefaultLeakage())
	if err != nil {
		return nil, err
	}
	out := make([]Leak, len(g.keys))
	for k, l := range found {
		out[k] = Leak{Arm: g.keys[k], Lambda: l.Shrunk, Raw: l.Lambda, SE: l.SE, Exposed: l.Exposed, Idle: l.Idle, Refused: l.Refused}
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
