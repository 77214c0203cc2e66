package order

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
)

// Type is an order's type. The first four are numbered as FIX tag 40.
type Type uint8

// The order types.
const (
	Market   Type = 1
	Limit    Type = 2
	Midpoint Type = 10 // pegged to the NBBO midpoint; a limit, if given, caps it
	Primary  Type = 11 // pegged to the near side
	DLimit   Type = 12 // discretionary limit: steps back while the quote crumbles
)

func (t Type) String() string {
	switch t {
	case Market:
		return "market"
	case Limit:
		return "limit"
	case Midpoint:
		return "midpoint peg"
	case Primary:
		return "primary peg"
	case DLimit:
		return "discretionary limit"
	}
	return fmt.Sprintf("order type %d", uint8(t))
}

// TIF is a time in force, numbered as FIX tag 59.
type TIF uint8

// The times in force.
const (
	Day TIF = 0
	GTC TIF = 1
	IOC TIF = 3
	FOK TIF = 4
	GTD TIF = 6
)

func (t TIF) String() string {
	switch t {
	case Day:
		return "day"
	case GTC:
		return "GTC"
	case IOC:
		return "IOC"
	case FOK:
		return "FOK"
	case GTD:
		return "GTD"
	}
	return fmt.Sprintf("time in force %d", uint8(t))
}

// Strategy is how a parent is worked over time. On the wire it is FIX 847 (own numbers from 1000).
type Strategy uint8

// The strategies.
const (
	Immediate Strategy = iota // route all of it now, at the market or to the limit
	POV                       // follow the market's volume up to a maximum participation
	VWAP                      // follow a volume curve between start and end
	Block                     // minimal impact: dark first, spray what remains
)

var strategyNames = [...]string{"immediate", "pov", "vwap", "block"}

func (s Strategy) String() string {
	if int(s) < len(strategyNames) {
		return strategyNames[s]
	}
	return fmt.Sprintf("strategy %d", uint8(s))
}

// ParseStrategy reads the name that String gives.
func ParseStrategy(text string) (Strategy, error) {
	for i, n := range strategyNames {
		if n == text {
			return Strategy(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a strategy: use immediate, pov, vwap or block", text)
}

// Objective is the weighting of the static scorer and of the learner's costs.
type Objective uint8

// The objectives.
const (
	Balanced Objective = iota
	Speed
	MinImpact
	MinCost
)

var objectiveNames = [...]string{"balanced", "speed", "impact", "cost"}

func (o Objective) String() string {
	if int(o) < len(objectiveNames) {
		return objectiveNames[o]
	}
	return fmt.Sprintf("objective %d", uint8(o))
}

// ParseObjective reads the name that String gives.
func ParseObjective(text string) (Objective, error) {
	for i, n := range objectiveNames {
		if n == text {
			return Objective(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not an objective: use balanced, speed, impact or cost", text)
}

// Urgency is how much the client pays to be done sooner.
type Urgency uint8

// The urgencies.
const (
	Normal Urgency = iota
	Low
	High
)

var urgencyNames = [...]string{"normal", "low", "high"}

func (u Urgency) String() string {
	if int(u) < len(urgencyNames) {
		return urgencyNames[u]
	}
	return fmt.Sprintf("urgency %d", uint8(u))
}

// Level is −1 for low, 0 for normal, 1 for high.
func (u Urgency) Level() float64 {
	switch u {
	case Low:
		return -1
	case High:
		return 1
	}
	return 0
}

// ParseUrgency reads the name that String gives.
func ParseUrgency(text string) (Urgency, error) {
	for i, n := range urgencyNames {
		if n == text {
			return Urgency(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not an urgency: use low, normal or high", text)
}

// Terms is what a client asks of a parent order; a replace carries them all anew (FIX-09).
type Terms struct {
	Account   string
	Symbol    market.Symbol
	Side      market.Side
	Qty       market.Qty
	Type      Type
	Limit     market.Price // 0 on a market order
	TIF       TIF
	ExpireAt  market.Time // GTD only
	Strategy  Strategy
	Objective Objective
	Urgency   Urgency
	MaxPctBps int64       // largest share of market volume in basis points; 0 means no limit
	Start     market.Time // 0 means now
	End       market.Time // 0 means the close
	Venues    uint64      // bit set of permitted venue ids; 0 means all
	Directed  string      // venue name or MIC of FIX 100; empty means routed freely
	MinQty    market.Qty  // minimum quantity of an execution (FIX 110)
	MaxFloor  market.Qty  // largest quantity displayed over all children (FIX 111); 0 means no limit
	TargetPx  market.Price
	Capacity  byte   // FIX 47 or 528 as one letter, 'A' agency, 'P' principal, 0 not given
	NoExplore bool   // the client opted out of exploration (MOP-25)
	HideDark  bool   // the client must not learn which dark pool traded (FIX-12)
	LocateID  string // FIX 5701 or 114 with short sales
}

// Permits reports whether the client allows venue v.
func (t *Terms) Permits(v market.VenueID) bool { return t.Venues == 0 || t.Venues>>v&1 == 1 }
