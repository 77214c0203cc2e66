package market

import (
	"math"
	"math/bits"
)

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

const billion = 1_000_000_000

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
	return perShare(s.PerShare[l], q), true
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

// Of gives r × p × q, rounded half away from zero to a micro-dollar. What does not fit is the largest Money: an absurd
// price that a venue reports must not stop the engine. p and q must not be negative.
func (r Rate) Of(p Price, q Qty) Money {
	neg, size := r < 0, uint64(r)
	if neg {
		size = -size
	}
	n := NotionalOf(p, q)
	top, mid := bits.Mul64(n.hi, size)
	hi, lo := bits.Mul64(n.lo, size)
	lo, carry := bits.Add64(lo, billion/2, 0)
	hi, carry = bits.Add64(hi, mid, carry)
	amount := uint64(math.MaxInt64)
	if top == 0 && carry == 0 && hi < billion {
		quo, _ := bits.Div64(hi, lo, billion)
		amount = min(quo, amount)
	}
	if neg {
		return -Money(amount)
	}
	return Money(amount)
}

// perShare gives amount × q, bounded like Rate.Of.
func perShare(amount Money, q Qty) Money {
	size, neg := uint64(amount), amount < 0
	if neg {
		size = -size
	}
	hi, lo := bits.Mul64(size, uint64(q))
	if hi != 0 || lo > math.MaxInt64 {
		lo = math.MaxInt64
	}
	if neg {
		return -Money(lo)
	}
	return Money(lo)
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
	taf := perShare(found.TAF, q)
	if found.TAFCap > 0 && taf > found.TAFCap {
		taf = found.TAFCap
	}
	section31 := found.Section31.Of(p, q)
	if taf > math.MaxInt64-max(section31, 0) {
		return math.MaxInt64
	}
	return section31 + taf
}
