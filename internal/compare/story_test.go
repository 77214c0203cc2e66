package compare

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/market"
)

// told runs the block scenario's one parent under the learner.
func told(t testing.TB, seed uint64) *Run {
	t.Helper()
	found, err := find([]string{Learner})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if p.Name == Learner {
			j := job{config: &Config{Scenario: open(t, "block")}, policy: p, seed: seed, parents: 1, progress: &progress{}, timeline: true}
			r, err := j.run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	panic("no learner")
}

// beats holds a run against the story of the block, and says what is not as in it.
func beats(r *Run) (wrong []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	pools := []string{"DARKA", "DARKB", "DARKC"}
	first, next, got := map[string]market.Qty{}, map[string]market.Qty{}, map[string]market.Qty{}
	var dark, sprayed market.Qty
	var posts, most int
	var lit *Step
	at := map[string]bool{}
	of := map[uint64]bool{} // decisions of first children
	steps := r.Timeline
	for i := range steps {
		s := &steps[i]
		for _, x := range s.Shares {
			switch {
			case s.Stage == stageDark && first[x.Venue] == 0:
				first[x.Venue], of[s.Decision] = x.Qty, true
			case s.Stage == stageDark && next[x.Venue] == 0:
				next[x.Venue] = x.Qty
			case s.Stage == stageLit:
				posts, most, at[x.Venue] = posts+1, max(most, int(x.Qty)), true
			}
		}
		if s.Stage == stageLit && lit == nil {
			lit = s
		}
		if s.Kind == StepFill && of[s.Decision] && s.Type == stageDark {
			got[s.Venue] += s.Qty
		}
		if s.Kind == StepFill && s.Stage == "post" {
			sprayed += s.Qty
		}
	}
	end := &steps[len(steps)-1]
	check(end.Why == "filled" && end.Done == 300_000, "ends %s with %d", end.Why, end.Done)
	for _, v := range pools {
		check(first[v] == 5000, "%s first gets %d", v, first[v])
	}
	check(got["DARKA"]+got["DARKC"] >= 5000 && got["DARKA"] > 0 && got["DARKC"] > 0, "A first fills %d and C %d", got["DARKA"], got["DARKC"])
	check(got["DARKB"] <= 500 && next["DARKB"] <= 2500, "B first fills %d and gets %d next", got["DARKB"], next["DARKB"])
	for _, v := range []string{"DARKA", "DARKC"} {
		check(next[v] >= 7500 && next[v] <= 10_000, "%s gets %d next", v, next[v])
	}
	if lit == nil {
		return append(wrong, "nothing was posted")
	}
	for i := range steps {
		if s := &steps[i]; s.Kind == StepFill && s.At < lit.At && s.Type == stageDark {
			dark += s.Qty
		}
	}
	rate := []float64{} // of the dark decisions before anything is shown
	for _, w := range Waves(steps) {
		if w.Stage == stageDark && w.From < lit.At {
			rate = append(rate, float64(w.Filled)/float64(w.Sent))
		}
	}
	check(dark >= 70_000 && dark <= 170_000, "%d are done in the dark before anything is shown", dark)
	check(math.Abs(lit.Moved-*lit.Own) <= 4, "the quote moved %.1f bps meanwhile, %.1f by itself", lit.Moved, *lit.Own)
	check(3*rate[len(rate)-1] < rate[0], "the dark fills %.2f at first and %.2f at last", rate[0], rate[len(rate)-1])
	check(most == 500 && posts > 4*len(at) && len(at) >= 4, "%d posts of at most %d at %d venues", posts, most, len(at))
	check(sprayed >= 90_000, "posts fill %d", sprayed)
	return wrong
}

// TestBlockStory: the market of the block scenario makes the router tell the story of the product text. Nothing in the router
// knows the scenario; what the other side does differs by seed, and so a seed in five may tell it otherwise.
func TestBlockStory(t *testing.T) {
	seeds, whole := uint64(10), 0
	if testing.Short() {
		seeds = 5
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		wrong := beats(told(t, seed))
		if len(wrong) == 0 {
			whole++
			continue
		}
		t.Logf("seed %d: %s", seed, strings.Join(wrong, "; "))
	}
	t.Logf("%d of %d seeds tell the whole story", whole, seeds)
	if 5*whole < 4*int(seeds) {
		t.Errorf("%d of %d seeds tell the whole story, want four in five", whole, seeds)
	}
}

// steps of a small story: a dark wave whose second fill comes after the next wave began, two posts, the internalizer twice.
func small() []Step {
	own := 1.5
	return []Step{
		{At: 0, Kind: StepDecision, Decision: 1, Stage: stageInternal, Of: 900, Shares: []StepShare{{"I", "internalizer", 900}}},
		{At: 5, Kind: StepDecision, Decision: 2, Stage: stageDark, Of: 900, Shares: []StepShare{{"A", "dark", 300}, {"B", "dark", 300}}},
		{At: 7, Kind: StepFill, Decision: 2, Venue: "A", Type: "dark", Qty: 200, Done: 200, Of: 900, Moved: -1, Own: &own},
		{At: 2 * market.Second, Kind: StepDecision, Decision: 3, Stage: stageLit, Done: 200, Of: 900, Shares: []StepShare{{"L", "lit", 100}}},
		{At: 3 * market.Second, Kind: StepDecision, Decision: 4, Stage: stageInternal, Done: 200, Of: 900, Shares: []StepShare{{"I", "internalizer", 500}}},
		{At: 4 * market.Second, Kind: StepFill, Decision: 2, Venue: "A", Type: "dark", Qty: 100, Done: 300, Of: 900},
		{At: 5 * market.Second, Kind: StepDecision, Decision: 5, Stage: stageLit, Done: 300, Of: 900, Shares: []StepShare{{"L", "lit", 300}}},
		{At: 6 * market.Second, Kind: StepFill, Decision: 5, Venue: "L", Type: "lit", Qty: 300, Done: 600, Of: 900, Moved: 2, Own: &own},
		{At: 7 * market.Second, Kind: StepEnd, Why: "expired", Done: 600, Of: 900, Moved: 3},
	}
}

func TestWavesGather(t *testing.T) {
	own := 1.5
	want := []Wave{
		{From: 0, Until: 3 * market.Second, Stage: stageInternal, Decisions: 2, Sent: 1400, Venues: []WaveVenue{{"I", "internalizer", 2, 1400, 0}}},
		{From: 5, Until: 5, Stage: stageDark, Decisions: 1, Sent: 600, Filled: 300, Done: 200, Moved: -1, Own: &own,
			Venues: []WaveVenue{{"A", "dark", 1, 300, 300}, {"B", "dark", 1, 300, 0}}},
		{From: 2 * market.Second, Until: 5 * market.Second, Stage: stageLit, Decisions: 2, Sent: 400, Filled: 300, Done: 600, Moved: 3,
			Venues: []WaveVenue{{"L", "lit", 2, 400, 300}}},
	}
	if d := cmp.Diff(want, Waves(small())); d != "" {
		t.Error(d)
	}
	var stages []string
	for _, p := range Phases(small()) {
		stages = append(stages, p.Stage)
	}
	if d := cmp.Diff([]string{stageInternal, stageDark, stageLit}, stages); d != "" {
		t.Error(d)
	}
	if got := ByType(small()); len(got) != 2 || got[0].Type != "dark" || got[0].Filled != 300 || got[0].Children != 2 {
		t.Errorf("by type %+v", got)
	}
}

func TestStoryText(t *testing.T) {
	r := &Report{Told: &Told{Symbol: "ACME", Side: "sell", Qty: 900, Strategy: "block", Objective: "impact", Horizon: 2 * market.Hour}, Timeline: small()}
	var b strings.Builder
	r.story(&b)
	for _, want := range []string{"sell 900 ACME", "within 2:00:00", "A 300 > 300  B 300 > 0", "L 2x200 > 300", "I asked 2 times > 0", "expired after 0:07 with 600 of 900", "dark 300 (50 %)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the story does not say %q:\n%s", want, b.String())
		}
	}
	for q, want := range map[market.Qty]string{0: "0", 999: "999", 1000: "1,000", 1_234_567: "1,234,567"} {
		if got := Thousands(q); got != want {
			t.Errorf("%d is printed as %s", q, got)
		}
	}
}
