package evaluate

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit/baseline"
)

// recorded reads a recorded world, or skips.
func recorded(t *testing.T, name string) World {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	w, err := Read(filepath.Join(dir, "bench", name+".csv.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded worlds; set SLUICE_DATA to the folder that has bench/")
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func run(t *testing.T, w World, policy string, seed uint64) Report {
	t.Helper()
	r, err := Run(w, policy, seed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The published figures of the recorded worlds: regret of the best fixed venue, the uniform policy, and the share of the
// uniform split and of Kaplan-Meier.
func TestRecordedFigures(t *testing.T) {
	for _, c := range []struct {
		world, policy string
		want, within  float64
		slow          bool
	}{
		{"sor_switch_s1", "best-fixed", .26609, 1e-5, false},
		{"sor_misspec_s2", "best-fixed", .26205, 1e-5, true},
		{"sor_switch_s1", "uniform", .60061, .01, false},
		{"dark_shift_s1", "uniform", .7289, 1e-4, false},
		{"dark_iid_s1", "uniform", .7297, 1e-4, false},
		{"dark_iid_s1", "kaplan-meier", .991, .003, false},
		{"dark_shift_s3", "llp", .837, .02, false},
	} {
		if c.slow && testing.Short() {
			continue
		}
		r := run(t, recorded(t, c.world), c.policy, 1)
		h := r.Regret
		if h == nil {
			h = r.Share
		}
		if math.Abs(h.All-c.want) > c.within {
			t.Errorf("%s, %s: %.5f, want %v ± %v", c.world, c.policy, h.All, c.want, c.within)
		}
	}
}

// Exponentiated gradient and discounted Kaplan-Meier with the settings that the figures were published for.
func TestRecordedSplitters(t *testing.T) {
	w, ok := recorded(t, "dark_shift_s2").(*PoolWorld)
	if !ok {
		t.Fatal("dark_shift_s2 is not a pool world")
	}
	for _, c := range []struct {
		name   string
		policy func() (baseline.Splitter, error)
		want   float64
	}{
		{"exponentiated gradient", func() (baseline.Splitter, error) {
			return baseline.NewExponentiatedGradient(baseline.ExponentiatedGradientConfig{Pools: pools, Rate: .05, Mix: .03, Lots: 30})
		}, .743},
		{"Kaplan-Meier", func() (baseline.Splitter, error) {
			return baseline.NewKaplanMeier(baseline.KaplanMeierConfig{Pools: pools, MaxSize: maxSize, Least: 8, Discount: .999})
		}, .840},
	} {
		p, err := splitter(c.policy)()
		if err != nil {
			t.Fatal(err)
		}
		if got := w.share(p, 1).All; math.Abs(got-c.want) > .005 {
			t.Errorf("%s: %.4f of the oracle's volume, want %v", c.name, got, c.want)
		}
	}
}

// BEN-01 to BEN-04 on worlds that nothing was tuned on: the mean of each family is within its target.
func TestLearnerOnUnseenWorlds(t *testing.T) {
	n := 2
	if testing.Short() {
		n = 1
	}
	for _, c := range []struct {
		kind   string
		target float64
		slack  float64 // of so few worlds, about two standard errors
	}{{"switch", .065, .01}, {"stationary", .03, .01}, {"misspecified", .085, .015}, {"shift", .97, -.005}, {"iid", .989, -.003}} {
		sum := 0.0
		for i := range n {
			w := unseen(c.kind, uint64(90_000+i))
			if r := run(t, w, "learner", 1); r.Regret != nil {
				sum += r.Regret.All / float64(n)
			} else {
				sum += r.Share.All / float64(n)
			}
		}
		t.Logf("%s: %.4f over %d worlds", c.kind, sum, n)
		if limit := c.target + c.slack; (c.slack > 0) != (sum <= limit) {
			t.Errorf("%s: %.4f over %d worlds, want %v", c.kind, sum, n, limit)
		}
	}
}

func unseen(kind string, seed uint64) World {
	switch kind {
	case "switch":
		return GenerateCosts(Switch, seed, costRows)
	case "stationary":
		return GenerateCosts(Stationary, seed, costRows)
	case "misspecified":
		return GenerateCosts(Misspecified, seed, costRows)
	case "shift":
		return GeneratePools(Shift, seed, poolRows)
	}
	return GeneratePools(IID, seed, poolRows)
}

// The learner notices the change at half-way soon, and none where there is none.
func TestLearnerNoticesTheChange(t *testing.T) {
	for _, c := range []struct {
		kind        CostKind
		least, most int
	}{{Switch, 1, 4}, {Stationary, 0, 0}} {
		w := GenerateCosts(c.kind, 90_100, 12_000)
		l, err := newCostLearner(w, defaultCostSettings())
		if err != nil {
			t.Fatal(err)
		}
		w.regret(l, 1)
		if l.changes < c.least || l.changes > c.most {
			t.Errorf("%s: %d changes found, want %d to %d", w.Name, l.changes, c.least, c.most)
		}
	}
}

// Two runs are the same but for their rate; another seed is another run.
func TestRunsRepeat(t *testing.T) {
	for _, w := range []World{GenerateCosts(Switch, 2, 1500), GeneratePools(Shift, 2, 300)} {
		for _, policy := range Policies(w) {
			a, b := run(t, w, policy, 5), run(t, w, policy, 5)
			if a.Rate <= 0 {
				t.Errorf("%s: %v decisions a second", policy, a.Rate)
			}
			if a.Regret != nil && *a.Regret != *b.Regret || a.Share != nil && *a.Share != *b.Share {
				t.Errorf("%s: %v, then %v", policy, a, b)
			}
		}
	}
	w := GenerateCosts(Switch, 2, 1500)
	if *run(t, w, "uniform", 1).Regret == *run(t, w, "uniform", 2).Regret {
		t.Error("another seed of exploration gives the same run")
	}
}

func TestUnknownPolicy(t *testing.T) {
	_, err := Run(GeneratePools(IID, 1, 10), "linucb", 1)
	if err == nil || !strings.Contains(err.Error(), "kaplan-meier") {
		t.Errorf("error %v, want the names that fit", err)
	}
}

// Scores by hand: the halves, and the oracle of a row.
func TestScoresByHand(t *testing.T) {
	w := &CostWorld{Rows: make([]CostRow, 3)}
	for i := range w.Rows {
		w.Rows[i].mean = [venues]float64{1, 2, 3, 4, 5, 6, 7, float64(i)}
	}
	if got, want := w.regret(fixedVenue(1), 1), (Halves{All: 4. / 3, First: 2, Second: 1}); got != want { // 2−0, 2−1, 2−1
		t.Errorf("regret %+v, want %+v", got, want)
	}
	p := &PoolWorld{tails: make([][pools]tail, 1)}
	p.tails[0][0] = powerTail(1)
	p.tails[0][1] = powerTail(1)
	r := PoolRow{PoolSight: PoolSight{Lots: 3}, any: [pools]float64{.8, .5}}
	t2 := 1 - 1/harmonic(maxSize)
	if got, want := p.oracle(&r), .8+.8*t2+math.Max(.5, .8*(t2-.5/harmonic(maxSize))); math.Abs(got-want) > 1e-12 {
		t.Errorf("oracle %v, want %v", got, want)
	}
	if got, want := p.volume(&r, []int{1, 2, 0, 0, 0, 0}), .8+.5+.5*t2; math.Abs(got-want) > 1e-12 {
		t.Errorf("volume %v, want %v", got, want)
	}
}

func harmonic(n int) float64 {
	sum := 0.0
	for k := 1; k <= n; k++ {
		sum += 1 / float64(k)
	}
	return sum
}
