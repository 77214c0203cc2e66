package scenario

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Parents is how the work arrives.
type Parents struct {
	Every   int64           // ns between the parents of one symbol: the mean of exponential gaps, or each gap
	Fixed   bool            // every gap is Every; the symbols take turns
	Count   int             // at most so many in all; 0 = as many as are asked for
	Until   int64           // ns after the start: none arrives later; 0 = no end
	Symbols []market.Symbol // empty = all
	Buy     float64         // chance that a parent buys
	Persist float64         // chance that a parent has the side of the symbol's one before
	Size    Size
	Mix     []Mix // drawn by weight
}

// Spread is the form of a distribution of sizes.
type Spread uint8

// The forms of size distributions.
const (
	Lognormal Spread = iota // median Base, standard deviation Shape of its logarithm
	Pareto                  // least Base, tail exponent Shape
	Constant                // always Base
)

var spreadNames = [...]string{Lognormal: "lognormal", Pareto: "pareto", Constant: "fixed"}

// Size is how large parents are. Sizes are rounded to lots, at least one, between Least and the lesser of Most and MaxADV.
type Size struct {
	Spread Spread
	Base   market.Qty // shares; 0 = BaseADV counts
	ADV    float64    // Base as a share of the average daily volume
	Shape  float64
	Least  market.Qty
	Most   market.Qty // 0 = no bound
	MaxADV float64    // share of the average daily volume; 0 = no bound
}

// Mix is one sort of parents.
type Mix struct {
	Weight     float64
	Strategy   order.Strategy
	Type       order.Type
	TIF        order.TIF
	LimitBps   float64  // how far a limit is beyond the midpoint at arrival, where the order would pay it; may be negative
	Horizon    [2]int64 // ns until End, uniform between; 0 = no End
	Objectives []order.Objective
	Urgencies  []order.Urgency
	MinQty     market.Qty
	MaxPctBps  [2]int64 // largest participation, uniform between
	Factor     float64  // multiplies the size
}

// Parent is one order of the work. It is the same for every policy: nothing in it depends on the market.
type Parent struct {
	N        int   // from 1 in the order of arrival
	At       int64 // ns after the start of the market
	Terms    order.Terms
	LimitBps float64 // of a limit order, whose Terms.Limit only TermsAt knows
	Horizon  int64   // ns from arrival to Terms.End; 0 = none
}

// TermsAt gives the order as it is sent at a time in a market with that midpoint (0: the last close): with its end and its
// limit.
func (p *Parent) TermsAt(now market.Time, mid market.Price, in *market.Instrument) order.Terms {
	t := p.Terms
	if p.Horizon > 0 {
		t.End = now.Add(p.Horizon)
	}
	if t.Type == order.Limit {
		if mid <= 0 {
			mid = in.PriorClose
		}
		away := market.Price(float64(mid) * p.LimitBps / 1e4)
		if t.Side.IsBuy() {
			t.Limit = max(in.RoundDown(mid+away), in.Tick)
		} else {
			t.Limit = max(in.RoundUp(mid-away), in.Tick)
		}
	}
	return t
}
