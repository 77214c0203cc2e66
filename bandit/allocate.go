package bandit

import "fmt"

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

// An Allocator splits lots over arms by marginal net value (DRK-02). It keeps its heap between
// calls, so it does not allocate once warm. The zero value is ready; one goroutine owns it.
type Allocator struct{ heap []offer }

// offer is the next clip of one arm.
type offer struct {
	gain float64 // average marginal net value of the clip's lots
	arm  int
	clip int
	walk walker
}

// Allocate splits lots over the slots: the arm with the largest marginal net value gets its next
// clip, until the lots are placed or no clip is worth sending. Ties go to the lowest index. dst is
// overwritten when long enough and returned with one entry per slot.
//
// With clips of one lot the result is optimal, because g falls in u wherever it is positive; the
// fall is asserted, and a rise panics: it would be a bug in a curve. Clips of several lots that no
// longer fit are skipped, which is optimal up to one clip. Cost O(lots·log slots).
func (a *Allocator) Allocate(dst []int, slots []Slot, lots int, opp float64) []int {
	dst = resize(dst, len(slots))
	a.heap = a.heap[:0]
	for i := range slots {
		slots[i].check(i, opp)
		if o := (offer{arm: i, walk: slots[i].Curve.walk()}); o.advance(&slots[i], 0, lots, opp) {
			a.push(o)
		}
	}
	a.spend(dst, slots, lots, opp)
	return dst
}

// spend pops the best offer until nothing fits or pays.
func (a *Allocator) spend(dst []int, slots []Slot, left int, opp float64) {
	for len(a.heap) > 0 && left > 0 {
		top := &a.heap[0]
		if top.gain <= 0 {
			return
		}
		if top.clip > left {
			a.pop()
			continue
		}
		i, before := top.arm, top.gain
		dst[i] += top.clip
		left -= top.clip
		if !top.advance(&slots[i], dst[i], left, opp) {
			a.pop()
			continue
		}
		if top.gain-before > 1e-9*(1+abs(opp)+abs(slots[i].Cost)) {
			panic(fmt.Sprintf("bandit: marginal value of arm %d rises from %v to %v at lot %d", i, before, top.gain, dst[i]+1))
		}
		a.down(0)
	}
}

// advance moves the offer to the clip after the lots given, and reports whether there is one.
func (o *offer) advance(s *Slot, given, left int, opp float64) bool {
	unit := max(1, s.Clip)
	o.clip = unit
	if given == 0 && s.MinQty > unit {
		o.clip = (s.MinQty + unit - 1) / unit * unit
	}
	if given+o.clip > s.Max || o.clip > left {
		return false
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
	o.gain = sum / float64(o.clip)
	return true
}

// Probe is the allocation of DRK-05: the arm gets twice its optimum (as far as its Max and the lots
// reach), the other arms share the rest anew. It is a plan like any other, with a propensity.
func (a *Allocator) Probe(dst []int, slots []Slot, optimum []int, arm, lots int, opp float64) []int {
	dst = resize(dst, len(slots))
	twice := min(2*optimum[arm], slots[arm].Max, lots)
	if unit := slots[arm].Clip; unit > 1 {
		twice -= twice % unit
	}
	a.heap = a.heap[:0]
	for i := range slots {
		slots[i].check(i, opp)
		if i == arm {
			continue
		}
		if o := (offer{arm: i, walk: slots[i].Curve.walk()}); o.advance(&slots[i], 0, lots-twice, opp) {
			a.push(o)
		}
	}
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
	if !finite(s.Cost+s.Leak+s.Slope+opp) || s.Slope < 0 || !s.Curve.valid() {
		panic(fmt.Sprintf("bandit: slot %d has a figure that is not finite, a falling cost or an invalid curve", i))
	}
}

// less orders the heap: larger gain first, then the lower arm.
func (a *Allocator) less(i, j int) bool {
	x, y := &a.heap[i], &a.heap[j]
	return x.gain > y.gain || x.gain == y.gain && x.arm < y.arm
}

func (a *Allocator) push(o offer) {
	a.heap = append(a.heap, o)
	for i := len(a.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !a.less(i, parent) {
			return
		}
		a.heap[i], a.heap[parent] = a.heap[parent], a.heap[i]
		i = parent
	}
}

func (a *Allocator) pop() {
	last := len(a.heap) - 1
	a.heap[0] = a.heap[last]
	a.heap = a.heap[:last]
	a.down(0)
}

func (a *Allocator) down(i int) {
	for {
		best := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(a.heap); child++ {
			if a.less(child, best) {
				best = child
			}
		}
		if best == i {
			return
		}
		a.heap[i], a.heap[best] = a.heap[best], a.heap[i]
		i = best
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
