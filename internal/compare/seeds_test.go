package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// until is the balanced market with work that ends by the clock, so that seeds have different numbers of parents, and with
// a change at a parent that only some of them reach.
func until(t testing.TB, end int64) *scenario.Scenario {
	s := open(t, "balanced")
	s.Parents.Until = end
	s.Changes = []scenario.Change{{AtParent: 20, Kind: scenario.Links, Venues: []market.VenueID{0}, Order: &sim.Latency{Base: market.Millisecond}}}
	return s
}

// TestSeedsWithDifferentWork: seeds whose work ends at different parents, and which meet different regimes, count each parent
// once: the parts sum to the shortfall.
func TestSeedsWithDifferentWork(t *testing.T) {
	s := until(t, 3*market.Minute)
	counts := map[int]int{}
	for seed := uint64(1); seed <= 4; seed++ {
		n := 0
		for w := s.Work(seed); ; n++ {
			if _, ok := w.Next(); !ok {
				break
			}
		}
		counts[n]++
	}
	if len(counts) < 2 {
		t.Fatalf("all seeds have as much work: %v", counts)
	}
	r, err := Compare(t.Context(), Config{Scenario: s, Parents: 100, Seed: 1, Seeds: 4, Training: 20})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range r.Policies {
		if sum := p.Spread + p.Fees + p.Impact + p.Timing + p.Opportunity; math.Abs(sum-p.IS.Mean) > 1e-9 {
			t.Errorf("%s: the parts sum to %v, the shortfall is %v", name, sum, p.IS.Mean)
		}
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "work ends before") {
		t.Errorf("no note says that the work ended: %q", r.Notes)
	}
}

// TestLittleWork: the smallest comparisons have a report of their own, whose figures are numbers and whose curve has a point
// for each parent at most; none at all is an error.
func TestLittleWork(t *testing.T) {
	for parents, seeds := range map[int]int{1: 1, 3: 1, 7: 2, 25: 1} {
		r, err := Compare(t.Context(), Config{Scenario: open(t, "balanced"), Parents: parents, Seed: 2, Seeds: seeds, Training: 5})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			t.Errorf("%d parents, %d seeds: %v", parents, seeds, err)
		}
		curve := r.Policies[Static].Curve
		if len(curve) != min(parents, stretches) || curve[0].Parents < 1 || curve[0].IS.Mean == 0 {
			t.Errorf("%d parents, %d seeds: the curve is %+v", parents, seeds, curve)
		}
		s := r.Policies[Static]
		if sum := s.Spread + s.Fees + s.Impact + s.Timing + s.Opportunity; math.Abs(sum-s.IS.Mean) > 1e-9 {
			t.Errorf("%d parents, %d seeds: the parts sum to %v, the shortfall is %v", parents, seeds, sum, s.IS.Mean)
		}
		if point := s.IS.Lo == s.IS.Hi; point != (parents*seeds == 1) {
			t.Errorf("%d parents, %d seeds: the interval is %v", parents, seeds, s.IS)
		}
	}
	_, err := Compare(context.Background(), Config{Scenario: until(t, market.Second), Parents: 5, Seed: 1, Seeds: 2})
	if err == nil || !strings.Contains(err.Error(), "parents.until") {
		t.Errorf("work without parents gives %v, want an error that names parents.until", err)
	}
}

// TestWorldsOfSeeds: a world that only some seeds meet is known to all, each once, and fees alone make none.
func TestWorldsOfSeeds(t *testing.T) {
	s := until(t, 3*market.Minute)
	s.Changes = append(s.Changes, scenario.Change{When: market.Minute, Kind: scenario.Fees, Venues: []market.VenueID{0}})
	c := Config{Scenario: s, Seed: 1, Seeds: 12}
	worlds := c.worlds()
	if len(worlds) != 2 || worlds[0] != nil || len(worlds[1]) != 1 {
		t.Fatalf("the worlds are %+v, want the first and the one after the 20th parent", worlds)
	}
	reached := 0
	for seed := uint64(1); seed <= 12; seed++ {
		for _, b := range dated(s, seed, worlds, [][]byte{{0}, {1}}) {
			if b.posterior[0] == 1 {
				reached++
			}
		}
	}
	if reached == 0 || reached == 12 {
		t.Errorf("%d of 12 seeds reach the change, want some", reached)
	}
}
