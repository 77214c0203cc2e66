package bandit

import (
	"fmt"
	"slices"
)

// A Slot is one arm in an allocation: what it may get and what each lot is worth there.
//
//	g(u) = T(u)·(opp − Cost − Slope·(u−1)) − max(0, Leak)      marginal net value of lot u, bps
type Slot struct {
	Curve  Curve
	Cost   float64 // expected cost of the first filled lot, bps: spread captured, fee, toxicity
	Slope  float64 // rise of that cost per further lot, bps ≥ 0
	Leak   float64 // λ, cost per lot sent whether it fills or not, bps; a negative estimate counts as 0
	Max    int     // most lots this arm may get
	MinQty int     // a fill needs at least so many; the first lots are then one clip (DRK-03); ≤ 1 none
	Clip   int     // lots are given in multiples of this (round lot); ≤ 1 means 1
}

// An Allocator splits lots over arms by marginal net value (DRK-02). It keeps its memory between
// calls, so it does not allocate once warm. The zero value is ready; one goroutine owns it.
type Allocator struct {
	gains  []float64 // of the offers that are left, in the order of arms: one look along a dozen of them is quicker than a heap
	offers []offer
}

// offer is the next clip of one arm.
type offer struct {
	arm   int
	clip  int
	walk  walker
	most  float64 // by which rounding may raise the gain
	plain bool    // lots one by one, at one cost, without a minimum
	value float64 // of a filled lot of a plain one, less
	leak  float64 // what it costs to send it
}

// Allocate splits lots over the slots: the arm with the largest marginal net value gets its next
// clip, until the lots are placed or no clip is worth sending. Ties go to the lowest index. dst is
// overwritten when long enough and returned with one entry per slot.
//
// With clips of one lot the result is optimal, because g falls in u wherever it is positive; the
// fall is asserted, and a rise panics: it would be a bug in a curve. Clips of several lots that no
// longer fit are skipped, which is optimal up to one clip. Cost O(lots·slots), and a nanosecond a slot.
func (a *Allocator) Allocate(dst []int, slots []Slot, lots int, opp float64) []int {
	dst = resize(dst, len(slots))
	a.open(slots, -1, lots, opp)
	a.spend(dst, slots, lots, opp)
	return dst
}

// open takes the first offers of all slots but one.
func (a *Allocator) open(slots []Slot, without, lots int, opp float64) {
	a.gains, a.offers = a.gains[:0], a.offers[:0]
	for i := range slots {
		s := &slots[i]
		s.check(i, opp)
		if i == without {
			continue
		}
		o := offer{arm: i, walk: s.Curve.walk(), most: 1e-9 * (1 + abs(opp) + abs(s.Cost)),
			plain: s.Clip <= 1 && s.MinQty <= 1 && s.Slope == 0, value: opp - s.Cost, leak: max(0, s.Leak)}
		if gain, ok := o.advance(s, 0, lots, opp); ok {
			a.gains, a.offers = append(a.gains, gain), append(a.offers, o)
		}
	}
}

// spend takes the best offer until nothing fits or pays.
func (a *Allocator) spend(dst []int, slots []Slot, left int, opp float64) {
	for len(a.gains) > 0 && left > 0 {
		best, before := 0, a.gains[0]
		for k, gain := range a.gains {
			if gain > before {
				best, before = k, gain
			}
		}
		if before <= 0 {
			return
		}
		o := &a.offers[best]
		if o.clip > left {
			a.drop(best)
			continue
		}
		i := o.arm
		dst[i] += o.clip
		left -= o.clip
		gain, ok := o.advance(&slots[i], dst[i], left, opp)
		if !ok {
			a.drop(best)
			continue
		}
		if gain-before > o.most {
			panic(fmt.Sprintf("bandit: marginal value of arm %d rises from %v to %v at lot %d", i, before, gain, dst[i]+1))
		}
		a.gains[best] = gain
	}
}

// drop takes an offer away; the others keep their order.
func (a *Allocator) drop(k int) {
	a.gains, a.offers = slices.Delete(a.gains, k, k+1), slices.Delete(a.offers, k, k+1)
}

// advance moves the offer to the clip after the lots given, and gives the average marginal net value of the clip's lots; false
// if there is none.
func (o *offer) advance(s *Slot, given, left int, opp float64) (gain float64, ok bool) {
	if o.plain {
		o.clip = 1
		if given >= s.Max || left < 1 {
			return 0, false
		}
		return float64(o.walk.next()*o.value) - o.leak, true
	}
	unit := max(1, s.Clip)
	o.clip = unit
	if given == 0 && s.MinQty > unit {
		o.clip = (s.MinQty + unit - 1) / unit * unit
	}
	if given+o.clip > s.Max || o.clip > left {
		return 0, false
	}
	flat := 1.0 // T(m) for the lots up to MinQty
	if given == 0 && s.MinQty > 1 {
		flat = s.Curve.At(s.MinQty)
	}
	sum := 0.0
	for u := given + 1; u <= given+o.clip; u++ {
		t := o.walk.next()
		if u <= s.MinQty {
			t = min(t, flat)
		}
		sum += float64(t*(opp-s.Cost-float64(s.Slope*float64(u-1)))) - max(0, s.Leak)
	}
	return sum / float64(o.clip), true
}

// Probe is the allocation of DRK-05: the arm gets twice its optimum (as far as its Max and the lots
// reach), the other arms share the rest anew. It is a plan like any other, with a propensity.
func (a *Allocator) Probe(dst []int, slots []Slot, optimum []int, arm, lots int, opp float64) []int {
	dst = resize(dst, len(slots))
	twice := min(2*optimum[arm], slots[arm].Max, lots)
	if unit := slots[arm].Clip; unit > 1 {
		twice -= twice % unit
	}
	a.open(slots, arm, lots-twice, opp)
	a.spend(dst, slots, lots-twice, opp)
	dst[arm] = twice
	return dst
}

// ProbeArm decides with draws 0 and 1 of the key whether this wave is one of the share that probes
// (1 % by default) and which of the arms with a positive optimum is probed, each equally likely.
func ProbeArm(k Key, share float64, optimum []int) (arm int, ok bool) {
	used := 0
	for _, n := range optimum {
		if n > 0 {
			used++
		}
	}
	if used == 0 || k.Uniform(0) >= share {
		return 0, false
	}
	rank := min(used-1, int(k.Uniform(1)*float64(used)))
	for i, n := range optimum {
		if n > 0 {
			if rank == 0 {
				return i, true
			}
			rank--
		}
	}
	return 0, false
}

// check panics on a slot that breaks the allocation's premises: a bug of the caller.
func (s *Slot) check(i int, opp float64) {
	if !finite(s.Cost+s.Leak+s.Slope+opp) || s.Slope < 0 || !s.Curve.Valid() {
		panic(fmt.Sprintf("bandit: slot %d has a figure that is not finite, a falling cost or an invalid curve", i))
	}
}

// resize gives a zeroed slice of n, using dst's memory when it is enough.
func resize[T int | float64](dst []T, n int) []T {
	if cap(dst) < n {
		return make([]T, n)
	}
	dst = dst[:n]
	clear(dst)
	return dst
}
