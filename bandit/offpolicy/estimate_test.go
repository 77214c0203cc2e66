package offpolicy

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
)

func evaluate(t *testing.T, rows []Row) Report {
	t.Helper()
	r, err := Evaluate(rows, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.17g, want %.17g ± %g", what, got, want, within)
	}
}

// openBandit reads a log of the Open Bandit data (Saito et al. 2020): one cluster a row, the target uniform over 34 items.
func openBandit(t *testing.T, name string) []Row {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "bandit", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded log; set SLUICE_DATA to the folder that has bandit/")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	click, propensity := slices.Index(records[0], "click"), slices.Index(records[0], "propensity_score")
	var rows []Row
	for i, rec := range records[1:] {
		r := Row{Parent: uint64(i), Target: 1. / 34}
		var errs [2]error
		r.Outcome, errs[0] = strconv.ParseFloat(rec[click], 64)
		r.Propensity, errs[1] = strconv.ParseFloat(rec[propensity], 64)
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

// OPE-03: the published estimates of the uniform policy from the log of Thompson sampling, men's items; the interval
// covers what the uniform policy's own log says.
func TestOpenBanditMen(t *testing.T) {
	r := evaluate(t, openBandit(t, "obd_bts_men.csv.gz"))
	if r.Rows != 10_000 || r.Parents != 10_000 {
		t.Errorf("%d rows of %d parents, want 10000 of each", r.Rows, r.Parents)
	}
	near(t, "IPS", r.By[IPS].Value, .003008626327256482, 1e-15)
	near(t, "SNIPS", r.By[SNIPS].Value, .003189423162277403, 1e-15)
	near(t, "ESS", r.ESS, 655.7098, 5e-5)
	near(t, "largest share", r.Largest, .019, .0005)
	near(t, "standard error of IPS", r.By[IPS].SE, .00077, 5e-6)
	if !r.Evaluable() {
		t.Errorf("refused: %v", r.Refusals)
	}
	truth := evaluate(t, openBandit(t, "obd_random_men.csv.gz")).By[IPS].Value
	near(t, "mean of the uniform log", truth, .0046, 1e-12)
	for _, e := range []Estimator{IPS, SNIPS} {
		if v := r.By[e]; math.Abs(v.Value-truth) > v.Radius {
			t.Errorf("%v: %v ± %v does not cover %v", e, v.Value, v.Radius, truth)
		}
	}
}

// OPE-03: nine weights of 1 and one of 1,000 are 1.018 rows. OPE-02 refuses them, for two reasons.
func TestTinyVector(t *testing.T) {
	rows := []Row{{Propensity: .001, Target: 1}}
	for i := range 9 {
		rows = append(rows, Row{Parent: uint64(i + 1), Propensity: 1, Target: 1})
	}
	r := evaluate(t, rows)
	near(t, "ESS", r.ESS, 1009.*1009/1_000_009, 1e-9)
	near(t, "largest share", r.Largest, 1000./1009, 1e-12)
	if len(r.Refusals) != 2 || !strings.Contains(r.Refusals[0], "1.02 is below 200") || !strings.Contains(r.Refusals[1], "99.1 %") {
		t.Errorf("refusals %q", r.Refusals)
	}
}

// OPE-02 at an effective sample of 2 of many rows, as on the women's items of Open Bandit (ESS 2.08, one weight 69 %).
func TestRefusals(t *testing.T) {
	plain := func(n int) (rows []Row) {
		for i := range n {
			rows = append(rows, Row{Parent: uint64(i), Propensity: .5, Target: .5, Outcome: float64(i % 2)})
		}
		return rows
	}
	if r := evaluate(t, plain(400)); !r.Evaluable() || r.ESS != 400 {
		t.Errorf("a good log is refused: %+v", r)
	}
	heavy := plain(10_000)
	heavy[7].Propensity, heavy[7].Target = 2e-5, 1 // one weight of 50,000
	holed := plain(400)
	holed[3].Hole = true
	void := plain(400)
	for i := range 5 {
		void[i].Void = true
	}
	fewVoid := plain(500)
	for i := range 5 {
		fewVoid[i].Void = true
	}
	for _, c := range []struct {
		name string
		rows []Row
		want []string
	}{
		{"heavy", heavy, []string{"effective sample size", "one row has 83."}},
		{"short", plain(199), []string{"199.00 is below 200"}},
		{"holed", holed, []string{"1 rows where the target"}},
		{"void", void, []string{"5 of 400 rows are void"}},
		{"few void", fewVoid, nil},
	} {
		r := evaluate(t, c.rows)
		if len(r.Refusals) != len(c.want) {
			t.Errorf("%s: refusals %q, want %q", c.name, r.Refusals, c.want)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(r.Refusals[i], w) {
				t.Errorf("%s: refusal %q, want %q in it", c.name, r.Refusals[i], w)
			}
		}
	}
}

// By hand: weights ½ and 4, outcomes 2 and 1, model 1 and 3, values 1 and 2.
func TestEstimatorsByHand(t *testing.T) {
	rows := []Row{
		{Parent: 1, Propensity: .8, Target: .4, Outcome: 2, Model: 1, Value: 1},
		{Parent: 2, Propensity: .2, Target: .8, Outcome: 1, Model: 3, Value: 2},
		{Parent: 3, Void: true, Outcome: math.NaN()},
	}
	c := DefaultConfig()
	c.Tau, c.Lambda = 2, 4
	r, err := Evaluate(rows, c)
	if err != nil {
		t.Fatal(err)
	}
	want := [NumEstimators]float64{
		IPS:    (1 + 4) / 2.,
		SNIPS:  (1 + 4) / 4.5,
		DM:     1.5,
		DR:     1.5 + (.5-8)/2,
		SNDR:   1.5 + (.5-8)/4.5,
		SWITCH: 1.5 + .5/2,
		DRos:   1.5 + (4*.5/4.25*1-4*4/20.*2)/2,
	}
	for e, w := range want {
		near(t, Estimator(e).String(), r.By[e].Value, w, 1e-12)
	}
	near(t, "ESS", r.ESS, 4.5*4.5/16.25, 1e-12)
	near(t, "standard error of DM", r.By[DM].SE, .5, 1e-12)    // two values, 1 and 2
	near(t, "standard error of IPS", r.By[IPS].SE, 1.5, 1e-12) // 1 and 4
	if r.Rows != 2 || r.Void != 1 || r.Parents != 2 {
		t.Errorf("%d rows of %d parents, %d void", r.Rows, r.Parents, r.Void)
	}
}

// simulated is a log of decisions between four actions whose costs are known: by parents of two rows that share an error.
// The model is off by bias.
func simulated(seed uint64, parents int, bias float64) (rows []Row, truth float64) {
	costs, logging, target := [4]float64{1, 2, .5, 3}, []float64{.4, .3, .2, .1}, [4]float64{.1, .1, .7, .1}
	for a, c := range costs {
		truth += target[a] * c
	}
	for i := range uint64(parents) {
		key := bandit.NewKey(seed, i, 1)
		shared := key.Uniform(9) - .5
		for j := range uint64(2) {
			a := bandit.Sample(logging, key.Uniform(2*j))
			r := Row{Parent: i, Propensity: logging[a], Target: target[a], Outcome: costs[a] + shared + key.Uniform(2*j+1) - .5, Model: costs[a] + bias}
			r.Value = truth + bias
			rows = append(rows, r)
		}
	}
	return rows, truth
}

// OPE-05 in small: over seeds the 95 % intervals of plain standard errors cover the truth about as often as they say, the
// confidence sequences more often, the errors within a parent taken together; DM alone is off by the model's bias.
func TestCoverage(t *testing.T) {
	const runs, bias = 300, .3
	var covered, always [NumEstimators]int
	for seed := range uint64(runs) {
		rows, truth := simulated(seed, 400, bias)
		r := evaluate(t, rows)
		for e, v := range r.By {
			if math.Abs(v.Value-truth) <= 1.96*v.SE {
				covered[e]++
			}
			if math.Abs(v.Value-truth) <= v.Radius {
				always[e]++
			}
		}
		near(t, "DM", r.By[DM].Value, truth+bias, 1e-9)
	}
	for _, e := range []Estimator{IPS, SNIPS, DR, SNDR} {
		if share := float64(covered[e]) / runs; share < .91 || share > .985 { // .95 ± 3 standard errors
			t.Errorf("%v: plain intervals cover %.3f of the time, want .95", e, share)
		}
		if always[e] < runs*98/100 {
			t.Errorf("%v: confidence sequences cover %d of %d times", e, always[e], runs)
		}
	}
}

// With a right model the doubly robust estimates are much nearer than IPS; with none they are IPS and SNIPS.
func TestDoublyRobust(t *testing.T) {
	rows, _ := simulated(1, 2000, 0)
	r := evaluate(t, rows)
	if r.By[DR].SE > .7*r.By[IPS].SE {
		t.Errorf("with a right model DR has a standard error of %v, IPS of %v", r.By[DR].SE, r.By[IPS].SE)
	}
	for i := range rows {
		rows[i].Model, rows[i].Value = 0, 0
	}
	r = evaluate(t, rows)
	near(t, "DR without a model", r.By[DR].Value, r.By[IPS].Value, 1e-12)
	near(t, "SNDR without a model", r.By[SNDR].Value, r.By[SNIPS].Value, 1e-12)
	near(t, "its standard error", r.By[SNDR].SE, r.By[SNIPS].SE, 1e-12)
}

func TestEvaluateErrors(t *testing.T) {
	good := Row{Propensity: .5, Target: .5}
	for name, c := range map[string]struct {
		rows   []Row
		config Config
	}{
		"no rows":         {nil, DefaultConfig()},
		"all void":        {[]Row{{Void: true}}, DefaultConfig()},
		"propensity 0":    {[]Row{{Target: .5}}, DefaultConfig()},
		"propensity 2":    {[]Row{{Propensity: 2, Target: .5}}, DefaultConfig()},
		"negative target": {[]Row{{Propensity: .5, Target: -.5}}, DefaultConfig()},
		"NaN":             {[]Row{{Propensity: .5, Target: .5, Outcome: math.NaN()}}, DefaultConfig()},
		"infinite model":  {[]Row{{Propensity: .5, Target: .5, Model: math.Inf(1)}}, DefaultConfig()},
		"λ 0":             {[]Row{good}, Config{Tau: 1, Alpha: .05, Design: 1}},
		"α 1":             {[]Row{good}, Config{Tau: 1, Lambda: 1, Alpha: 1, Design: 1}},
	} {
		if _, err := Evaluate(c.rows, c.config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
