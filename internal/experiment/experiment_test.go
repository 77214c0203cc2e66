package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// world draws rows whose covariate explains a share r2 of the variance, with t₄ noise of standard deviation sd.
func world(d *Design, seed uint64, n int, effect, sd, r2 float64) []Row {
	w := Drawn{Mean: 3, SD: sd, R2: r2, Effect: effect}
	salted := *d
	salted.Salt = fmt.Sprint(d.Salt, "/", seed)
	return w.Rows(&salted, rand.New(rand.NewPCG(seed, 0xE4)), n)
}

// The interval covers the effect at the end, and the estimate is not biased by covariates.
func TestCoverage(t *testing.T) {
	d := Default("coverage")
	d.Share = .2
	runs, covers, sum := 200, 0, 0.0
	for seed := range runs {
		r, err := Analyze(&d, world(&d, uint64(seed)+50_001, 1_500, .7, 5, .5))
		if err != nil {
			t.Fatal(err)
		}
		if r.Effect.Lo <= .7 && .7 <= r.Effect.Hi {
			covers++
		}
		sum += r.Effect.Mean
	}
	if covers < runs*94/100 {
		t.Errorf("%d of %d intervals cover the effect", covers, runs)
	}
	if got := sum / float64(runs); math.Abs(got-.7) > .06 {
		t.Errorf("the mean estimate is %.3f; want .7", got)
	}
}

func TestVerdicts(t *testing.T) {
	d := Default("verdicts")
	d.Futile, d.Most = .5, 4_000
	for _, c := range []struct {
		effect, sd float64
		n          int
		want       Verdict
	}{{-3, 10, 3_000, Ship}, {3, 10, 3_000, Harm}, {0, 2, 3_900, Futile}, {0, 60, 4_000, Over}, {0, 60, 3_000, GoOn}, {9, 1, 150, GoOn}} {
		r, err := Analyze(&d, world(&d, 7, c.n, c.effect, c.sd, .3))
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != c.want || r.Because == "" {
			t.Errorf("effect %v, sd %v, %d units: %s, %q; want %s", c.effect, c.sd, c.n, r.Verdict, r.Because, c.want)
		}
	}
}

// ABT-04: an assignment that favors an arm blocks the reading, a right one does not in 2,000 experiments.
func TestSampleRatio(t *testing.T) {
	d := Default("ratio")
	rows := world(&d, 3, 8_000, -5, 5, 0)
	kept := rows[:0]
	for i, r := range rows {
		if r.Arm == Control || i%5 != 0 { // a fifth of the treated is lost
			kept = append(kept, r)
		}
	}
	r, err := Analyze(&d, kept)
	if err != nil || r.Verdict != Blocked || r.RatioP > ratioLeast {
		t.Errorf("a fifth of the treatment lost: %v, %v, p %v; want blocked", r.Verdict, err, r.RatioP)
	}
	broken := 0
	for seed := range uint64(2_000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var s Ratio
		for range 2_000 {
			a := Control
			if rnd.Float64() < d.Share {
				a = Treatment
			}
			if s.See(a, d.Share); s.Broken() {
				broken++
				break
			}
		}
	}
	if broken > 6 { // 2 expected at most
		t.Errorf("%d of 2000 right assignments were called broken", broken)
	}
}

// ABT-01: the share is kept, strata and salts draw anew, and overlapping orders have one arm.
func TestAssignment(t *testing.T) {
	d := Default("assignment")
	d.Share = .3
	other := d
	other.Salt = "another"
	treated, same, strata := 0, 0, 0
	const n = 20_000
	for i := range n {
		id := fmt.Sprint(i)
		a := d.Arm("large", id)
		treated += int(a)
		if a == other.Arm("large", id) {
			same++
		}
		if a == d.Arm("small", id) {
			strata++
		}
	}
	if got := float64(treated) / n; math.Abs(got-.3) > .015 {
		t.Errorf("share %.4f; want .3", got)
	}
	for name, x := range map[string]int{"salt": same, "stratum": strata} {
		if got := float64(x) / n; math.Abs(got-.58) > .02 { // .3² + .7²
			t.Errorf("another %s agrees in %.3f; want .58, as chance does", name, got)
		}
	}
	if d.Arm("a", "bc") == d.Arm("ab", "c") && d.fraction("a", "bc") == d.fraction("ab", "c") {
		t.Error("parts run together")
	}
	var c Clusters
	g := Group{"desk", "AMZN", "buy"}
	draws := 0
	draw := func() Arm { draws++; return Treatment }
	first := c.Arrive(g, 7, draw)
	second := c.Arrive(g, 8, draw)
	c.Arrive(Group{"desk", "AMZN", "sell"}, 9, func() Arm { return Control })
	if first.ID != 7 || second.ID != 7 || second.Parents != 2 || draws != 1 {
		t.Errorf("overlapping orders: %+v, then %+v after %d draws; want one cluster and one draw", first, second, draws)
	}
	if _, ended := c.Leave(g); ended {
		t.Error("a cluster ended with a live order")
	}
	var again Clusters
	again.Restore(c.Live())
	if last, ended := again.Leave(g); !ended || last.ID != 7 || last.Arm != Treatment {
		t.Errorf("the last order left %+v, %v", last, ended)
	}
	if third := again.Arrive(g, 10, draw); third.ID != 10 || draws != 2 {
		t.Errorf("an order after the others: %+v after %d draws; want a draw of its own", third, draws)
	}
}

// ABT-03: the golden radii, through the interval of a series whose spread is known.
func TestGoldenRadius(t *testing.T) {
	d := Default("golden")
	for n, want := range map[int]float64{200: .36062162784944235, 1_000: .10637547006557503, 5_000: .042924337188268456, 20_000: .022112036165461417} {
		psi := make([]float64, n)
		for i := range psi {
			psi[i] = float64(1 - 2*(i%2))
		}
		i := sequence(&d, psi)
		sd := math.Sqrt(float64(n) / float64(n-1))
		if got := (i.Hi - i.Lo) / 2 / sd; math.Abs(got-want) > 1e-12 {
			t.Errorf("radius at %d: %.17g; want %.17g", n, got, want)
		}
	}
}

func TestBounded(t *testing.T) {
	misses := 0
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		b := Bounded{Alpha: .05}
		missed := false
		for range 1_500 {
			x := 0.0
			if rnd.Float64() < .3 {
				x = 1
			}
			b.See(x)
			if i := b.Interval(); i.Lo > .3 || i.Hi < .3 {
				missed = true
			}
		}
		if missed {
			misses++
		}
		if i := b.Interval(); i.Hi-i.Lo > .2 {
			t.Fatalf("seed %d: the interval is %+v after 1500", seed, i)
		}
	}
	if misses > 15 {
		t.Errorf("%d of 300 sequences miss the mean at some time; want 15 at most", misses)
	}
}

// ABT-07: symbol-days move together; the interval by clusters covers the effect where one by parents would not.
func TestSwitchback(t *testing.T) {
	d := Default("days")
	d.Unit = SymbolDays
	covers, runs := 0, 200
	for seed := range runs {
		rnd := rand.New(rand.NewPCG(uint64(seed), 3))
		var rows []Row
		for s := range 4 {
			for day := range int32(30) {
				symbol := fmt.Sprint("S", seed, s)
				arm, common := d.ArmOfDay(symbol, 20260100+day), rnd.NormFloat64()*2
				for k := range 12 {
					rows = append(rows, Row{Arm: arm, Symbol: symbol, Date: 20260100 + day, SinceNs: int64(k) * 2 * 60e9, Y: common + float64(arm) + rnd.NormFloat64()})
				}
			}
		}
		r, err := AnalyzeSwitchback(&d, rows)
		if err != nil {
			t.Fatal(err)
		}
		if r.Effect.Lo <= 1 && 1 <= r.Effect.Hi {
			covers++
		}
		if r.WashedOut != 4*30*3 {
			t.Fatalf("%d washed out; want the three of each day that came within five minutes", r.WashedOut)
		}
	}
	if covers < 180 || covers > 199 {
		t.Errorf("%d of %d intervals cover the effect; want about 190", covers, runs)
	}
	i := Interference(Interval{-.5, -.7, -.3}, Interval{-.2, -.6, .2}, .05)
	if math.Abs(i.Mean-.3) > 1e-12 || math.Abs(i.Hi-i.Mean-math.Hypot(.2, .4)) > 1e-12 {
		t.Errorf("interference %+v", i)
	}
}

// What makes no sense is refused by name.
func TestRefusals(t *testing.T) {
	bad := Design{Unit: "week", Share: 1.5, Alpha: 2, Winsor: .7, Most: 5, Futile: math.NaN(), WashOutNs: -1}
	err := bad.Validate()
	for _, key := range []string{"name", "salt", "unit", "control", "share", "alpha", "tune", "futile", "winsor", "most", "wash_out_ns"} {
		if err == nil || !strings.Contains(err.Error(), key+" is") {
			t.Errorf("%s is wrong and not named in %v", key, err)
		}
	}
	d := Default("rows")
	for name, rows := range map[string][]Row{
		"not finite": {{Y: math.Inf(1)}}, "covariates": {{X: []float64{1}}, {}}, "both arms": {{Arm: Control}, {Arm: Treatment}}, "has arm 3": {{Arm: 3}},
	} {
		if _, err := Analyze(&d, rows); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v; want an error about %q", err, name)
		}
	}
	if r, err := Analyze(&d, nil); err != nil || r.Verdict != GoOn {
		t.Errorf("no rows: %+v, %v", r, err)
	}
}
