package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// open reads one of the scenarios that are shipped.
func open(t testing.TB, name string) *scenario.Scenario {
	t.Helper()
	path := filepath.Join("..", "..", "scenarios", name+".toml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(path, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// few compares policies on little work.
func few(t testing.TB, workers int, policies ...string) *Report {
	t.Helper()
	r, err := Compare(context.Background(), Config{Scenario: open(t, "balanced"), Policies: policies, Parents: 30, Seed: 11, Seeds: 3, Training: 40, Workers: workers, Timeline: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names() (all []string) {
	for _, p := range Policies() {
		all = append(all, p.Name)
	}
	return all
}

// TestSameBytes: the report of a configuration is the same, byte for byte, whatever number of workers made it.
func TestSameBytes(t *testing.T) {
	encode := func(r *Report) []byte {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if a, b := encode(few(t, 1, "linucb", "llp", Learner)), encode(few(t, 4, "linucb", "llp", Learner)); !bytes.Equal(a, b) {
		t.Errorf("two runs of a seed differ: %s", cmp.Diff(string(a), string(b)))
	}
}

// TestReportHolds: what must hold in any report, whatever the market did.
func TestReportHolds(t *testing.T) {
	r := few(t, 0, names()...)
	for _, name := range names() {
		s := r.Policies[name]
		if s == nil {
			t.Fatalf("no policy %s in the report", name)
		}
		sum := s.Spread + s.Fees + s.Impact + s.Timing + s.Opportunity
		if math.Abs(sum-s.IS.Mean) > 1e-9 {
			t.Errorf("%s: the parts sum to %v, the shortfall is %v", name, sum, s.IS.Mean)
		}
		if s.FillRate <= .5 || s.FillRate > 1 || !(s.IS.Lo <= s.IS.Mean && s.IS.Mean <= s.IS.Hi) {
			t.Errorf("%s: fill rate %v, shortfall %v", name, s.FillRate, s.IS)
		}
		share := 0.0
		for _, v := range s.Venues {
			share += v.Share
		}
		if math.Abs(share-1) > 1e-9 {
			t.Errorf("%s: the venues' shares sum to %v", name, share)
		}
	}
	if zero := r.Policies[Static].VsStatic; zero != (Interval{}) {
		t.Errorf("static against itself is %v", zero)
	}
	if g := r.GapClosed[Oracle]; g.Mean != 1 {
		t.Errorf("the oracle closes %v of its own gap", g.Mean)
	}
	for v, name := range r.Venues {
		if x := r.Policies["sweep"].Venues[v]; (name.Type == "dark" || name.Type == "internalizer") && x.Children > 0 {
			t.Errorf("sweep sent %d children to %s, want displayed venues only", x.Children, name.Name)
		}
	}
	if n := len(r.Timeline); n < 2 || r.Timeline[0].Kind != StepDecision || r.Timeline[n-1].Kind != StepEnd {
		t.Errorf("the timeline has %d steps: %+v", n, r.Timeline)
	}
	var b strings.Builder
	if err := r.Write(&b); err != nil || !strings.Contains(b.String(), "imulated") {
		t.Errorf("the text does not say that it is of a simulated market: %v\n%s", err, b.String())
	}
}

// TestSharesAreConserved: what the ledger booked is what the venues really filled.
func TestSharesAreConserved(t *testing.T) {
	s := open(t, "balanced")
	j := job{config: &Config{Scenario: s, Settings: Tuned()}, policy: Policies()[0], seed: 3, parents: 150, progress: &progress{}}
	r, err := j.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var parents, venues, truth market.Qty
	for i := range r.Parents {
		o := &r.Parents[i]
		parents += o.Filled
		if o.Filled > o.Qty || o.Took < 0 {
			t.Errorf("parent %d: %+v", i+1, *o)
		}
	}
	for v := range r.Venues {
		venues += r.Venues[v].Filled
		for _, x := range j.desk.market.Truth(market.VenueID(v)) {
			truth += x.Cum
		}
	}
	if parents != venues || venues != truth || truth == 0 {
		t.Errorf("parents have %d shares, the ledger's venues %d, the venues themselves %d", parents, venues, truth)
	}
	if len(j.desk.alerts) > 0 && j.desk.alerts["GATE"] > 0 {
		t.Errorf("the gate refused children: %v", j.desk.alerts)
	}
}

// TestDividersLearn: a published policy hears of the outcome of what it sent, exactly once for each offer that it used.
func TestDividersLearn(t *testing.T) {
	s := open(t, "balanced")
	for _, name := range []string{"epsilon", "ganchev"} {
		found, err := find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		var counter *counting
		for _, p := range found {
			if p.Name != name {
				continue
			}
			make := p.wave
			p.wave = func(rc *router.Config, s Settings) (divider, error) {
				d, err := make(rc, s)
				counter = &counting{divider: d}
				return counter, err
			}
			j := job{config: &Config{Scenario: s, Settings: Tuned()}, policy: p, seed: 5, parents: 100, progress: &progress{}}
			if _, err := j.run(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		left := 0
		switch d := counter.divider.(type) {
		case *waveChooser:
			left = len(d.sent) + len(d.childOf)
		case *waveSplitter:
			left = len(d.out)
		}
		if counter.waves < 100 || counter.facts == 0 || left*10 > counter.waves {
			t.Errorf("%s: %d waves, %d facts, %d offers still wait for an outcome", name, counter.waves, counter.facts, left)
		}
	}
}

type counting struct {
	divider
	waves, facts int
}

func (c *counting) Divide(w *router.Wave) { c.waves++; c.divider.Divide(w) }
func (c *counting) learn(o *event.RecordOutcome, displayed bool) {
	c.facts++
	c.divider.learn(o, displayed)
}

func TestFindNamesThePolicies(t *testing.T) {
	if _, err := find([]string{"stattic"}); err == nil || !strings.Contains(err.Error(), "linucb") {
		t.Errorf("the error is %v, want one that lists the policies", err)
	}
}

// TestRatio holds the ratio estimator against a case by hand: a = 1, 3 over b = 2, 2 is 1, residuals −.5 and .5.
func TestRatio(t *testing.T) {
	r, ok := ratioOf([]float64{1, 3}, []float64{2, 2})
	half := 12.706204736174704 * math.Sqrt(.5) / math.Sqrt2 // t.975 of one degree of freedom
	if !ok || math.Abs(r.Mean-1) > 1e-12 || math.Abs(r.Hi-1-half) > 1e-9 {
		t.Errorf("ratio %v, want 1 ± %v", r, half)
	}
	if _, ok := ratioOf([]float64{1}, []float64{0}); ok {
		t.Error("a ratio to nothing is ok")
	}
}
