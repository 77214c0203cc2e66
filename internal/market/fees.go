package market

import "math/bits"

// Liquidity is how an execution met the book (FIX 851 with the pegged forms told apart).
type Liquidity uint8

// The liquidity indicators.
const (
	Added        Liquidity = iota + 1 // posted and displayed
	Removed                           // took displayed or hidden liquidity
	RoutedOut                         // the venue routed it away
	Auction                           // opening, closing or halt cross
	AddedHidden                       // posted without display
	AddedMid                          // posted at the midpoint
	RemovedMid                        // took at the midpoint
	liquidityEnd                      // keep last
)

func (l Liquidity) String() string {
	switch l {
	case Added:
		return "added"
	case Removed:
		return "removed"
	case RoutedOut:
		return "routed"
	case Auction:
		return "auction"
	case AddedHidden:
		return "added hidden"
	case AddedMid:
		return "added midpoint"
	case RemovedMid:
		return "removed midpoint"
	}
	return "unknown liquidity"
}

// Rate is a share of notional in parts per billion: 27.80 per million is 27_800.
type Rate int64

// FeeSchedule is a venue's charges from a date until the next schedule's date. Amounts are micro-dollars a share,
// negative is a rebate. Sub-dollar stocks pay a share of notional instead.
type FeeSchedule struct {
	From         Date
	PerShare     [liquidityEnd]Money // by Liquidity
	SubDollar    [liquidityEnd]Rate  // by Liquidity, for prices below one dollar
	HasSubDollar bool
}

// Fee gives what an execution of q shares at p costs on date d: the schedule in force, exact, rounded half away from
// zero to a micro-dollar where it is a share of notional. ok is false if no schedule is in force on d.
func (v *Venue) Fee(d Date, l Liquidity, p Price, q Qty) (fee Money, ok bool) {
	s := v.schedule(d)
	if s == nil || l == 0 || l >= liquidityEnd {
		return 0, false
	}
	if p < Dollar && s.HasSubDollar {
		return s.SubDollar[l].Of(p, q), true
	}
	return s.PerShare[l] * Money(q), true
}

// FeeBps gives the fee of taking or adding one share at p on d in bps of p, for scoring; 0 where unknown.
func (v *Venue) FeeBps(d Date, l Liquidity, p Price) float64 {
	fee, ok := v.Fee(d, l, p, 100)
	if !ok || p <= 0 {
		return 0
	}
	return float64(fee) / 100 / float64(p) * 1e4
}

func (v *Venue) schedule(d Date) *FeeSchedule {
	var found *FeeSchedule
	for i := range v.Fees {
		if s := &v.Fees[i]; s.From <= d && (found == nil || s.From >= found.From) {
			found = s
		}
	}
	return found
}

// Of gives r × p × q, rounded half away from zero to a micro-dollar.
func (r Rate) Of(p Price, q Qty) Money {
	neg := r < 0
	if neg {
		r = -r
	}
	n := NotionalOf(p, q)
	// (hi·2^64 + lo)·r / 1e9; hi is 0 for every notional below 18 trillion dollars.
	if n.hi != 0 {
		panic("market: notional too large for a fee")
	}
	hi, lo := bits.Mul64(n.lo, uint64(r))
	lo, carry := bits.Add64(lo, 500_000_000, 0)
	quo, _ := bits.Div64(hi+carry, lo, 1_000_000_000)
	if neg {
		return -Money(quo)
	}
	return Money(quo)
}

// Regulatory is the charges of the regulators from a date on; both fall on sells only.
type Regulatory struct {
	From      Date
	Section31 Rate  // SEC Section 31, share of notional
	TAF       Money // FINRA trading activity fee, micro-dollars a share
	TAFCap    Money // largest TAF of one execution; 0 means none
}

// RegulatoryFee gives the regulators' charges on an execution: zero on buys and before the first schedule.
func RegulatoryFee(schedules []Regulatory, d Date, s Side, p Price, q Qty) Money {
	if s.IsBuy() {
		return 0
	}
	var found *Regulatory
	for i := range schedules {
		if r := &schedules[i]; r.From <= d && (found == nil || r.From >= found.From) {
			found = r
		}
	}
	if found == nil {
		return 0
	}
	taf := found.TAF * Money(q)
	if found.TAFCap > 0 && taf > found.TAFCap {
		taf = found.TAFCap
	}
	return found.Section31.Of(p, q) + taf
}
