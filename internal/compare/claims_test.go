package compare

import (
	"context"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// claimSeeds begin the seeds of the claims below: no policy was tuned on them.
const claimSeeds = 4_000

// variant is a policy, perhaps with other tactics or without some venues.
type variant struct {
	name   string // of the policy
	tune   func(*router.Config)
	closed func(market.VenueType) bool // whose sessions never come up
}

// costs gives a variant's shortfall a seed.
func costs(t *testing.T, world string, v variant, seeds, parents int) []float64 {
	t.Helper()
	s := open(t, world)
	chosen, err := find([]string{v.name})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, seeds)
	err = parallel(t.Context(), 2, seeds, func(ctx context.Context, i int) error {
		for _, p := range chosen {
			if p.Name != v.name {
				continue
			}
			j := job{config: &Config{Settings: Tuned()}, scenario: s, policy: p, tune: v.tune, closed: v.closed, seed: claimSeeds + uint64(i), parents: parents, progress: &progress{}}
			r, err := j.run(ctx)
			if err != nil {
				return err
			}
			out[i] = meanCost(r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dearer gives the interval of a's shortfall over b's, paired by seed, as one of so many that hold together with 95 %
// (Bonferroni).
func dearer(t *testing.T, what string, a, b []float64, together int) Interval {
	t.Helper()
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	out := intervalAt(diff, 1-(1-confidence)/float64(together))
	t.Logf("%s: %s bps over %d seeds from %d", what, out, len(a), claimSeeds)
	return out
}

// TestFillRateChaserLosesInToxicDark: who splits dark waves by what fills most pays for it where the informed are the ones
// who fill.
func TestFillRateChaserLosesInToxicDark(t *testing.T) {
	a, b := costs(t, "toxic-dark", variant{name: "ganchev"}, 5, 200), costs(t, "toxic-dark", variant{name: Static}, 5, 200)
	if d := dearer(t, "ganchev over static", a, b, 1); !d.Above(0) {
		t.Errorf("the chaser costs %s bps more than static, want more with confidence", d)
	}
}

// TestNobodyWinsInNull: where venues of a type are equal there is nothing to learn; the intervals hold for all policies together.
func TestNobodyWinsInNull(t *testing.T) {
	b := costs(t, "null", variant{name: Static}, 5, 250)
	for _, p := range names() {
		if p == Static || p == Oracle {
			continue
		}
		if d := dearer(t, p+" over static", costs(t, "null", variant{name: p}, 5, 250), b, len(names())-2); d.Below(0) {
			t.Errorf("%s wins by %s bps where there is nothing to win", p, d)
		}
	}
}

// TestSmallHiddenBeatsLargeDisplayedInCrowded: where scouts are everywhere, showing size costs, and it costs more than the
// same does in a market in balance.
func TestSmallHiddenBeatsLargeDisplayedInCrowded(t *testing.T) {
	displayed := variant{name: Static, tune: func(rc *router.Config) { rc.Tactics.PostClip, rc.Tactics.PostVenues = 20_000, 1 },
		closed: func(v market.VenueType) bool { return !v.Displayed() }}
	hidden := variant{name: Static}
	crowded := dearer(t, "large displayed over small hidden, crowded", costs(t, "crowded", displayed, 5, 200), costs(t, "crowded", hidden, 5, 200), 1)
	if !crowded.Above(0) {
		t.Errorf("large displayed costs %s bps more than small hidden, want more with confidence", crowded)
	}
	balanced := dearer(t, "the same, balanced", costs(t, "balanced", displayed, 5, 200), costs(t, "balanced", hidden, 5, 200), 1)
	if crowded.Mean <= balanced.Mean {
		t.Errorf("it costs %s bps in crowded and %s in balanced, want more in crowded", crowded, balanced)
	}
}
