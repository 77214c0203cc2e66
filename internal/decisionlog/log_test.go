package decisionlog

import (
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/offpolicy"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// names are the venues of the tests' logs.
func names(uint32) []string { return []string{"LITA", "DARKA", "DARKB"} }

// world draws logs whose policies have known values: four plans, whose true costs are the expected ones plus an error that
// the learner does not know; orders of several decisions with an error in common.
type world struct {
	seed    uint64
	parents int
	mix     bandit.Mix
}

// expected and truth are the plans' costs in a context x in [0, 1).
func expected(x float64) [4]float64 { return [4]float64{3, 2.5 + x, 4 - 2*x, 3.5} }
func truth(x float64) [4]float64    { return [4]float64{3.3, 2.2 + 2*x, 3.5 - x, 4} }

// shares of the plans: to both dark pools, to one, to the other, to the lit venue.
func shares() [4][]event.Share {
	return [4][]event.Share{
		{{Venue: 1, Style: order.StyleDark, Qty: 500}, {Venue: 2, Style: order.StyleDark, Qty: 500}},
		{{Venue: 1, Style: order.StyleDark, Qty: 1000}},
		{{Venue: 2, Style: order.StyleDark, Qty: 1000}},
		{{Venue: 0, Style: order.StylePost, Qty: 1000}},
	}
}

// draw gives f every decision of the log, with the expected cost of each plan in its context.
func (w *world) draw(t testing.TB, f func(r *Record, means [4]float64)) {
	t.Helper()
	var dist bandit.Distribution
	id := uint64(0)
	for i := range w.parents {
		key := bandit.NewKey(w.seed, uint64(i), 1)
		common := 2 * (key.Uniform(0) - .5)
		for k := range uint64(1 + i%5) {
			id++
			x, at := key.Uniform(3*k+1), market.Time(id)*market.Time(market.Second)
			costs, means := expected(x), truth(x)
			var plans []bandit.Plan
			for j, c := range costs {
				plans = append(plans, bandit.Plan{Cost: c, Static: j == 0, Tag: j})
			}
			if err := dist.Compute(plans, w.mix); err != nil {
				t.Fatal(err)
			}
			d := &event.RecordDecision{Decision: id, Parent: order.ParentID(i + 1), At: at, Stage: event.StageDark, Symbol: "ACME", Side: market.Buy,
				Want: 1000, M: w.mix.Share, Epsilon: w.mix.Floor, Gamma: w.mix.Gamma, Static: 0}
			d.Chosen = int32(bandit.Sample(dist.P, key.Uniform(3*k+2)))
			for j, c := range costs {
				d.Plans = append(d.Plans, event.PlanView{Name: [4]string{"static", "greedy", "other", "post"}[j], CostBps: c, Prob: dist.P[j], Shares: shares()[j]})
			}
			noise := 6 * (key.Uniform(3*k+3) - .5)
			o := &event.RecordOutcome{What: event.OutcomeCost, Decision: id, Parent: d.Parent, Sent: 1000, Value: means[d.Chosen] + common + noise, At: at}
			f(&Record{Instance: 1, Decision: d, Cost: o}, means)
		}
	}
}

func ordinary(seed uint64, parents int) *world {
	return &world{seed: seed, parents: parents, mix: bandit.Mix{Gamma: 2, Floor: .1, Share: .7}}
}

// log gives a log and the true mean cost of each policy over its contexts.
func (w *world) log(t testing.TB, policies string) (*Log, []Policy, []float64) {
	t.Helper()
	l := &Log{Names: names}
	var means [][4]float64
	w.draw(t, func(r *Record, m [4]float64) {
		if err := l.Add(r); err != nil {
			t.Fatal(err)
		}
		means = append(means, m)
	})
	all, err := l.Policies(policies)
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	for i := range all {
		sum := 0.0
		for n := range l.entries {
			var probs [4]float64
			if err := all[i].probs(probs[:], &l.entries[n]); err != nil {
				t.Fatal(err)
			}
			for j, p := range probs {
				sum += p * means[n][j]
			}
		}
		values = append(values, sum/float64(len(l.entries)))
	}
	return l, all, values
}

// OPE-05: over seeds the 95 % intervals of all policies cover their true values about as often as they say, and so do those of
// the differences to static; those that hold at any time cover more often.
func TestCoverage(t *testing.T) {
	runs := 400
	if testing.Short() {
		runs = 100
	}
	type count struct{ sndr, snips, minus, anytime int }
	var counts []count
	var policies []Policy
	for seed := range uint64(runs) {
		l, all, values := ordinary(seed, 600).log(t, "static,greedy,igw:3,without:DARKA,only:DARKB")
		got, _, err := l.Evaluate(all)
		if err != nil {
			t.Fatal(err)
		}
		if policies == nil {
			policies, counts = all, make([]count, len(all))
		}
		for i := range got {
			v := &got[i]
			if !v.Evaluable {
				t.Fatalf("%s: %v", v.Policy, v.Refusals)
			}
			within := func(x Interval, truth float64) int {
				if x.Low <= truth && truth <= x.High {
					return 1
				}
				return 0
			}
			sndr := v.Estimates["SNDR"]
			counts[i].sndr += within(sndr, values[i])
			counts[i].snips += within(v.Estimates["SNIPS"], values[i])
			counts[i].minus += within(v.MinusStatic["SNDR"], values[i]-values[0])
			if math.Abs(sndr.Value-values[i]) <= sndr.Anytime {
				counts[i].anytime++
			}
		}
	}
	slack := 3 * math.Sqrt(.05*.95/float64(runs))
	for i, c := range counts {
		for what, n := range map[string]int{"SNDR": c.sndr, "SNIPS": c.snips, "difference": c.minus} {
			if what == "difference" && policies[i].Name == Static {
				continue
			}
			if share := float64(n) / float64(runs); math.Abs(share-.95) > slack {
				t.Errorf("%s, %s: the interval covers %.3f of the time, want .95 ± %.3f", policies[i].Name, what, share, slack)
			}
		}
		if c.anytime < runs*98/100 {
			t.Errorf("%s: the interval for any time covers %d of %d times", policies[i].Name, c.anytime, runs)
		}
	}
}

// OPE-05: SNDR of 5,000 orders is within 2.5 % of the truth in the root of the mean square over seeds.
func TestError(t *testing.T) {
	runs := uint64(20)
	if testing.Short() {
		runs = 5
	}
	squares := make([]float64, 4)
	for seed := range runs {
		l, all, values := ordinary(1000+seed, 5000).log(t, "static,greedy,uniform,igw:3")
		got, _, err := l.Evaluate(all)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			rel := got[i].Estimates["SNDR"].Value/values[i] - 1
			squares[i] += rel * rel
		}
	}
	for i, s := range squares {
		if rmse := math.Sqrt(s / float64(runs)); rmse > .025 {
			t.Errorf("policy %d: RMSE %.4f of the value, want .025", i, rmse)
		}
	}
}

// The logging policy's value is the mean, by every estimator that weighs; the model is nearer to the truth than what was
// expected.
func TestLoggingIsTheMean(t *testing.T) {
	l, all, _ := ordinary(3, 500).log(t, "logging,static")
	got, s, err := l.Evaluate(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []offpolicy.Estimator{offpolicy.IPS, offpolicy.SNIPS} {
		if x := got[0].Estimates[e.String()]; math.Abs(x.Value-s.MeanBps) > 1e-9 {
			t.Errorf("%v: %v, want the mean %v", e, x.Value, s.MeanBps)
		}
	}
	if got[0].ESS != float64(s.Draws) || s.Draws != 1500 || s.Parents != 500 {
		t.Errorf("%+v of %+v", got[0], s)
	}
	if x := got[1].MinusStatic["SNDR"]; x.Value != 0 || x.High != 0 {
		t.Errorf("static differs from itself by %+v", x)
	}
	if a, b := got[0].MinusStatic["SNDR"], got[1].MinusDone["SNDR"]; math.Abs(a.Value+b.Value) > 1e-12 || math.Abs(a.Low+b.High) > 1e-12 {
		t.Errorf("what was done differs from static by %+v, and static from it by %+v", a, b)
	}
	q := l.fit()
	var off, expected float64
	for i := range l.entries {
		e := &l.entries[i]
		off += math.Pow(q.predict(e, &e.plans[e.chosen])-e.cost, 2)
		expected += math.Pow(e.plans[e.chosen].cost-e.cost, 2)
	}
	if off >= expected {
		t.Errorf("the model's squared error is %v, that of what was expected %v", off, expected)
	}
}

// Decisions of which a child never left are left out and counted, and do not make the log worthless; many of them do (OPE-02).
func TestUnsent(t *testing.T) {
	for _, c := range []struct {
		each      int // of so many draws one has such a child
		evaluable bool
	}{{0, true}, {125, true}, {25, false}} {
		l, n := &Log{Names: names}, 0
		ordinary(3, 500).draw(t, func(r *Record, _ [4]float64) {
			if n++; c.each > 0 && n%c.each == 0 {
				r.Cost = &event.RecordOutcome{Refused: event.NeverLeft, At: r.Cost.At}
			}
			if err := l.Add(r); err != nil {
				t.Fatal(err)
			}
		})
		policies, err := l.Policies("logging")
		if err != nil {
			t.Fatal(err)
		}
		got, s, err := l.Evaluate(policies)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if c.each > 0 {
			want = n / c.each
		}
		if s.Unsent != want || s.Void != 0 || s.Draws != n-want || got[0].Evaluable != c.evaluable {
			t.Errorf("one of %d: %+v, evaluable %v, %q; want %d left out, evaluable %v", c.each, s, got[0].Evaluable, got[0].Refusals, want, c.evaluable)
		}
		if told := strings.Contains(s.String(), "a child never left"); told != (want > 0) {
			t.Errorf("one of %d: %v", c.each, s)
		}
		if !c.evaluable && !strings.Contains(strings.Join(got[0].Refusals, "; "), "more than 1 %") {
			t.Errorf("refused as %q", got[0].Refusals)
		}
	}
}

// Cross-fitting: what a parent cost does not move the model that predicts it (OPE-01).
func TestModelDidNotSeeItsParent(t *testing.T) {
	l, _, _ := ordinary(3, 100).log(t, "static")
	before := l.fit()
	e := &l.entries[0]
	e.cost += 1000
	after := l.fit()
	if before.predict(e, &e.plans[0]) != after.predict(e, &e.plans[0]) {
		t.Error("the prediction of a parent moved with its own cost")
	}
	other := &l.entries[1]
	if other.parent == e.parent || before.predict(other, &other.plans[0]) == after.predict(other, &other.plans[0]) {
		t.Error("the prediction of another parent did not")
	}
}

// Policies by hand, on probabilities .1, .2, .3, .4 and costs that make plan 2 the cheapest. A restricted policy has the
// marginal of its event (PLN-04), and is what was done where there is none.
func TestPolicies(t *testing.T) {
	l := &Log{Names: names}
	d := &event.RecordDecision{Decision: 1, Parent: 1, Stage: event.StageDark, Chosen: 1, Static: 0, Gamma: 2, Epsilon: .1, M: .5}
	for j, p := range []float64{.1, .2, .3, .4} {
		d.Plans = append(d.Plans, event.PlanView{CostBps: [4]float64{2, 3, 1, 4}[j], Prob: p, Shares: shares()[j]})
	}
	if err := l.Add(&Record{Instance: 1, Decision: d, Cost: &event.RecordOutcome{Value: 1}}); err != nil {
		t.Fatal(err)
	}
	q := func(gap float64) float64 { return .9/(4+2*gap) + .025 }
	for name, want := range map[string][4]float64{
		"logging":       {.1, .2, .3, .4},
		"static":        {1, 0, 0, 0},
		"greedy":        {0, 0, 1, 0},
		"uniform":       {.25, .25, .25, .25},
		"igw":           {q(1), q(2), 1 - q(1) - q(2) - q(3), q(3)},
		"igw:2":         {q(2), q(4), 1 - q(2) - q(4) - q(6), q(6)},
		"without:DARKA": {0, 0, 3. / 7, 4. / 7},
		"only:DARKA":    {0, 1, 0, 0},
		"only:LITA":     {0, 0, 0, 1},
	} {
		p, err := l.Policies(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got [4]float64
		if err := p[0].probs(got[:], &l.entries[0]); err != nil {
			t.Fatal(err)
		}
		for j := range got {
			if math.Abs(got[j]-want[j]) > 1e-12 {
				t.Errorf("%s: %v, want %v", name, got, want)
				break
			}
		}
	}
	e := &l.entries[0]
	e.plans[3].p, e.gamma, e.epsilon = 0, bandit.Greedy, 0 // nothing was left to explore with
	for name, want := range map[string][4]float64{"uniform": {1. / 3, 1. / 3, 1. / 3, 0}, "igw:.5": {0, 0, 1, 0}, "only:LITA": {.1, .2, .3, 0}} {
		p, err := l.Policies(name)
		var got [4]float64
		if err != nil || p[0].probs(got[:], e) != nil || got != want {
			t.Errorf("%s without exploration: %v, want %v", name, got, want)
		}
	}
	e.plans[3].p = .4
	p, _ := l.Policies("without:DARKA")
	if n := l.applies(&p[0]); n != 1 {
		t.Errorf("applies to %v draws, want 1", n)
	}
	l.entries[0].plans = l.entries[0].plans[:2] // both use DARKA
	if n := l.applies(&p[0]); n != 0 {
		t.Errorf("applies to %v draws, want none", n)
	}
	got := make([]float64, 2)
	if err := p[0].probs(got, &l.entries[0]); err != nil || got[0] != .1 || got[1] != .2 {
		t.Errorf("where no plan is without it: %v, error %v; want what was done", got, err)
	}
	if all, err := l.Policies("all"); err != nil || len(all) != 5+2*3 || all[5].Name != "without:DARKA" || all[10].Name != "only:LITA" {
		t.Errorf("all: %+v, error %v", all, err)
	}
	_, err := l.Policies("stattic,igw:x,without:NOPE")
	for _, want := range []string{`"stattic" is no policy of a log`, "igw:X with X from 0", `no plan of the log sends to "NOPE": use one of DARKA, DARKB, LITA`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}
