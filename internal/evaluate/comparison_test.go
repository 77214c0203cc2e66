package evaluate

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBenchWorlds is `make bench-worlds`: all policies over the recorded worlds, or over generated ones where there are
// none. SLUICE_BENCH_WORLDS asks for it; "generated" asks for generated ones.
func TestBenchWorlds(t *testing.T) {
	mode := os.Getenv("SLUICE_BENCH_WORLDS")
	if mode == "" {
		t.Skip("a few minutes: make bench-worlds")
	}
	costs, splits := benchWorlds(t, mode == "generated")
	for _, worlds := range [][]World{costs, splits} {
		if err := Compare(os.Stdout, worlds, []uint64{1, 2, 3}); err != nil {
			t.Fatal(err)
		}
	}
}

func benchWorlds(t *testing.T, generated bool) (costs, splits []World) {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	for _, name := range []string{"sor_switch_s1", "sor_switch_s2", "sor_switch_s3", "sor_stationary_s1", "sor_misspec_s1", "sor_misspec_s2",
		"dark_shift_s1", "dark_shift_s2", "dark_shift_s3", "dark_iid_s1"} {
		if generated {
			break
		}
		w, err := Read(filepath.Join(dir, "bench", name+".csv.gz"))
		if errors.Is(err, fs.ErrNotExist) {
			generated = true
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := w.(*CostWorld); ok {
			costs = append(costs, w)
		} else {
			splits = append(splits, w)
		}
	}
	if !generated {
		return costs, splits
	}
	costs, splits = nil, nil
	for _, kind := range []string{"switch", "switch", "switch", "stationary", "misspecified", "misspecified"} {
		costs = append(costs, unseen(kind, uint64(91_000+len(costs))))
	}
	for _, kind := range []string{"shift", "shift", "shift", "iid"} {
		splits = append(splits, unseen(kind, uint64(91_000+len(splits))))
	}
	return costs, splits
}

func TestCompare(t *testing.T) {
	var out bytes.Buffer
	if err := Compare(&out, []World{GeneratePools(IID, 1, 60), GeneratePools(Shift, 2, 60)}, []uint64{1, 2}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"share of the oracle's expected volume", "iid:1", "shift:2", "learner", "kaplan-meier-discounted", "of 14 cells"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the table:\n%s", want, text)
		}
	}
	for _, c := range []struct {
		worlds []World
		seeds  []uint64
	}{{nil, []uint64{1}}, {[]World{GeneratePools(IID, 1, 10)}, nil}, {[]World{GeneratePools(IID, 1, 10), GenerateCosts(Switch, 1, 10)}, []uint64{1}}} {
		if err := Compare(&out, c.worlds, c.seeds); err == nil {
			t.Errorf("%d worlds, %d seeds: no error", len(c.worlds), len(c.seeds))
		}
	}
}

// A lost cell is one that is better beyond two standard errors; in shares more is better.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		s, learner score
		want       string
	}{
		{score{mean: .05}, score{mean: .04}, behindMark},
		{score{mean: .0401, se: .003}, score{mean: .05, se: .004}, closeMark},
		{score{mean: .0399, se: .003}, score{mean: .05, se: .004}, lostMark},
		{score{mean: .99, share: true}, score{mean: .98, share: true}, lostMark},
		{score{mean: .97, share: true}, score{mean: .98, share: true}, behindMark},
	} {
		c.s.judge(c.learner)
		if c.s.mark != c.want {
			t.Errorf("%+v beside the learner's %+v is marked %q, want %q", c.s, c.learner, c.s.mark, c.want)
		}
	}
}

// The mean and standard error over seeds, against runs one by one.
func TestScoreOf(t *testing.T) {
	w, seeds := GenerateCosts(Switch, 1, 400), []uint64{3, 4, 5}
	s, err := scoreOf(w, "uniform", seeds)
	if err != nil {
		t.Fatal(err)
	}
	mean, squares := 0.0, 0.0
	for _, seed := range seeds {
		mean += run(t, w, "uniform", seed).Regret.All / 3
	}
	for _, seed := range seeds {
		squares += math.Pow(run(t, w, "uniform", seed).Regret.All-mean, 2)
	}
	if math.Abs(s.mean-mean) > 1e-12 || math.Abs(s.se-math.Sqrt(squares/2/3)) > 1e-9 {
		t.Errorf("%v ± %v, want %v ± %v", s.mean, s.se, mean, math.Sqrt(squares/2/3))
	}
}
