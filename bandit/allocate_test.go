package bandit

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slots draws arms with clips of one lot, the case in which the greedy split is optimal.
func slots(r *rapid.T, k, most int) []Slot {
	s := make([]Slot, k)
	for i := range s {
		s[i] = Slot{
			Curve: Curve{First: rapid.Float64Range(0, 1).Draw(r, "first"), Taken: rapid.IntRange(0, 1).Draw(r, "taken")},
			Cost:  rapid.Float64Range(-2, 6).Draw(r, "cost"),
			Slope: rapid.Float64Range(0, .3).Draw(r, "slope"),
			Leak:  rapid.Float64Range(-.1, .4).Draw(r, "leak"),
			Max:   rapid.IntRange(0, most).Draw(r, "max"),
		}
		for b := range s[i].Curve.LogQ {
			s[i].Curve.LogQ[b] = -rapid.Float64Range(0, 1).Draw(r, "logq")
		}
	}
	return s
}

// value is the objective, computed from the curve alone.
func value(s []Slot, lots []int, opp float64) float64 {
	sum := 0.0
	for i, n := range lots {
		for u := 1; u <= n; u++ {
			sum += s[i].Curve.At(max(u, min(n, s[i].MinQty)))*(opp-s[i].Cost-s[i].Slope*float64(u-1)) - max(0, s[i].Leak)
		}
	}
	return sum
}

// DRK-02: the greedy split is as good as the best of all splits.
func TestAllocationIsOptimal(t *testing.T) {
	var alloc Allocator
	rapid.Check(t, func(r *rapid.T) {
		s, n, opp := slots(r, 3, 6), rapid.IntRange(0, 8).Draw(r, "n"), 4.0
		got := alloc.Allocate(nil, s, n, opp)
		best := 0.0
		for a := 0; a <= min(n, s[0].Max); a++ {
			for b := 0; b <= min(n-a, s[1].Max); b++ {
				for c := 0; c <= min(n-a-b, s[2].Max); c++ {
					best = max(best, value(s, []int{a, b, c}, opp))
				}
			}
		}
		if v := value(s, got, opp); math.Abs(v-best) > 1e-9 {
			t.Fatalf("split %v of %d is worth %v, the best %v", got, n, v, best)
		}
	})
}

// DRK-06 and the constraints, with clips and MinQty; and no arm is sent what loses.
func TestAllocationHoldsItsBounds(t *testing.T) {
	var alloc Allocator
	rapid.Check(t, func(r *rapid.T) {
		s, n := slots(r, 5, 60), rapid.IntRange(0, 150).Draw(r, "n")
		for i := range s {
			s[i].Clip = rapid.IntRange(0, 5).Draw(r, "clip")
			s[i].MinQty = rapid.IntRange(0, 12).Draw(r, "minqty")
		}
		got := alloc.Allocate(nil, s, n, 4)
		probe := alloc.Probe(nil, s, got, 2, n, 4)
		for _, lots := range [][]int{got, probe} {
			sum := 0
			for i, v := range lots {
				sum += v
				if v < 0 || v > s[i].Max || v%max(1, s[i].Clip) != 0 || v > 0 && v < s[i].MinQty {
					t.Fatalf("arm %d gets %d of %+v", i, v, s[i])
				}
			}
			if sum > n {
				t.Fatalf("%v places %d of %d lots", lots, sum, n)
			}
		}
		if v := value(s, got, 4); v < 0 {
			t.Fatalf("split %v is worth %v: sending nothing is better", got, v)
		}
		if want := min(2*got[2], s[2].Max, n); probe[2] > want || probe[2] <= want-max(1, s[2].Clip) {
			t.Fatalf("probe gives %d lots, twice the optimum is %d", probe[2], want)
		}
	})
}

func TestAllocationTiesAndStops(t *testing.T) {
	flat := Curve{First: .5}
	for i := range flat.LogQ {
		flat.LogQ[i] = -.1
	}
	same := Slot{Curve: flat, Cost: 1, Max: 100}
	dear := Slot{Curve: flat, Cost: 5, Max: 100}
	var alloc Allocator
	for _, c := range []struct {
		name  string
		slots []Slot
		lots  int
		want  []int
	}{
		{"ties go to the lowest index", []Slot{same, same, same}, 4, []int{2, 1, 1}},
		{"what costs more than opp gets nothing", []Slot{dear, same}, 5, []int{0, 5}},
		{"nothing to place", []Slot{same}, 0, []int{0}},
		{"a MinQty that does not fit is passed over", []Slot{{Curve: flat, Cost: 0, Max: 9, MinQty: 6}, same}, 5, []int{0, 5}},
		{"MinQty is one clip", []Slot{{Curve: flat, Cost: -9, Max: 9, MinQty: 4}, same}, 5, []int{5, 0}},
		{"leakage ends it", []Slot{{Curve: flat, Cost: 1, Max: 100, Leak: 1.2}}, 50, []int{3}},
		{"no slots", nil, 5, []int{}},
	} {
		if got := alloc.Allocate(nil, c.slots, c.lots, 4); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAllocationAssertsItsPremises(t *testing.T) {
	for name, s := range map[string]Slot{
		"NaN cost":      {Cost: math.NaN(), Max: 1},
		"falling cost":  {Slope: -1, Max: 1},
		"rising curve":  {Curve: Curve{First: .5, LogQ: [NumBins]float64{0, 1}}, Max: 5},
		"curve above 1": {Curve: Curve{First: 1.5}, Max: 5},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			new(Allocator).Allocate(nil, []Slot{s}, 3, 4)
		}()
	}
}

// DRK-05: about the asked share of waves probes, each used arm as often.
func TestProbeArm(t *testing.T) {
	const n = 50_000
	optimum, hits := []int{3, 0, 5, 1}, [4]int{}
	for d := range uint64(n) {
		if arm, ok := ProbeArm(NewKey(1, d, 3), .1, optimum); ok {
			hits[arm]++
		}
	}
	if hits[1] != 0 {
		t.Errorf("an unused arm was probed %d times", hits[1])
	}
	for _, i := range []int{0, 2, 3} {
		if want := n * .1 / 3; math.Abs(float64(hits[i])-want) > 5*math.Sqrt(want) {
			t.Errorf("arm %d was probed %d times, want about %.0f", i, hits[i], want)
		}
	}
	if _, ok := ProbeArm(NewKey(1, 1, 3), 1, []int{0, 0}); ok {
		t.Error("probed although nothing is used")
	}
}
