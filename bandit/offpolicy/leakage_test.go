package offpolicy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// leaky simulates the log of a venue whose shown lots cost lambda each. Who the router sends there, what stays unfilled and
// where the price goes all depend on x; curved makes the drift no line in it. Rows of a parent share a drift of their own.
func leaky(seed uint64, parents int, lambda float64, curved bool) (rows []Exposure) {
	rng := rand.New(rand.NewPCG(seed, 77))
	for p := range parents {
		common := 2 * rng.NormFloat64()
		for range 1 + rng.IntN(5) {
			x := rng.NormFloat64()
			r := Exposure{Parent: uint64(p), X: []float64{x}, Propensity: .1 + .8/(1+math.Exp(-1.5*x)), NoFill: .3 + .6/(1+math.Exp(-x))}
			r.Sent = rng.Float64() < r.Propensity
			r.Cost = 1 + 3*x + common + 2*rng.NormFloat64()
			if curved {
				r.Cost += 2 * x * x
			}
			if r.Sent {
				r.Lots = float64(1 + rng.IntN(9))
				if r.Filled = rng.Float64() >= r.NoFill; !r.Filled {
					r.Cost += lambda * r.Lots
				}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// FIT-08: λ is recovered although whoever is sent there meets other prices, with a model that is right and with one that is
// not; the difference of means is far off.
func TestLeakageRecoversLambda(t *testing.T) {
	for _, curved := range []bool{false, true} {
		for _, lambda := range []float64{0, .1, .4} {
			rows := leaky(uint64(100*lambda), 6000, lambda, curved)
			all, err := EstimateLeakage([][]Exposure{rows}, DefaultLeakage())
			if err != nil {
				t.Fatal(err)
			}
			l := all[0]
			if l.Refused != "" || math.Abs(l.Lambda-lambda) > 3.5*l.SE || l.SE > .05 {
				t.Errorf("curved %v: λ = %.3f ± %.3f, want %.2f (%+v)", curved, l.Lambda, l.SE, lambda, l)
			}
			var mean, n, lots [2]float64
			for i := range rows {
				switch r := &rows[i]; {
				case r.exposed():
					mean[1], n[1], lots[1] = mean[1]+r.Cost, n[1]+1, lots[1]+r.Lots
				case r.idle():
					mean[0], n[0] = mean[0]+r.Cost, n[0]+1
				}
			}
			if naive := (mean[1]/n[1] - mean[0]/n[0]) / (lots[1] / n[1]); math.Abs(naive-lambda) < .3 {
				t.Errorf("the difference of means is %.3f: this world has no bias to remove", naive)
			}
		}
	}
}

// The standard error is that of parents, not of rows: λ̂ misses by as much as it says.
func TestLeakageStandardError(t *testing.T) {
	n, squares := 80, 0.0
	if testing.Short() {
		n = 30
	}
	for i := range n {
		all, err := EstimateLeakage([][]Exposure{leaky(uint64(1000+i), 500, .2, true)}, DefaultLeakage())
		if err != nil {
			t.Fatal(err)
		}
		z := (all[0].Lambda - .2) / all[0].SE
		squares += z * z
	}
	if got := math.Sqrt(squares / float64(n)); got < .75 || got > 1.3 {
		t.Errorf("errors are %.2f standard errors, want about 1", got)
	}
}

// FTR-03: where no venue leaks the figures go to 0; where one does it keeps most of its own.
func TestLeakageShrinksToNone(t *testing.T) {
	var none, one [][]Exposure
	for v := range uint64(6) {
		rows := leaky(50+v, 700, 0, false)
		none, one = append(none, rows), append(one, rows)
	}
	one[2] = leaky(52, 700, .8, false)
	quiet, err := EstimateLeakage(none, DefaultLeakage())
	if err != nil {
		t.Fatal(err)
	}
	loud, err := EstimateLeakage(one, DefaultLeakage())
	if err != nil {
		t.Fatal(err)
	}
	raw, shrunk := 0.0, 0.0
	for v := range quiet {
		raw, shrunk = raw+math.Abs(quiet[v].Lambda), shrunk+math.Abs(quiet[v].Shrunk)
		if math.Abs(loud[v].Shrunk) > math.Abs(loud[v].Lambda) {
			t.Errorf("venue %d: %.3f was blown up to %.3f", v, loud[v].Lambda, loud[v].Shrunk)
		}
	}
	if shrunk > .7*raw {
		t.Errorf("venues that do not leak keep %.3f of %.3f", shrunk, raw)
	}
	if l := loud[2]; l.Shrunk < .8*l.Lambda || math.Abs(l.Lambda-.8) > 4*l.SE {
		t.Errorf("the venue that leaks .8: %+v", l)
	}
}

func TestLeakageRefuses(t *testing.T) {
	few := leaky(1, 60, .2, false)
	all, err := EstimateLeakage([][]Exposure{few, nil, leaky(2, 600, .2, false)}, DefaultLeakage())
	if err != nil {
		t.Fatal(err)
	}
	for v, want := range []bool{true, true, false} {
		if got := all[v].Refused != ""; got != want || got && (all[v].Lambda != 0 || all[v].Shrunk != 0) {
			t.Errorf("venue %d: %+v", v, all[v])
		}
	}
	if l := all[2]; math.Abs(l.Shrunk-l.Lambda*.0025/(.0025+l.SE*l.SE)) > 1e-12 {
		t.Errorf("one venue alone is shrunk to %v, want by the prior's .05", l.Shrunk)
	}
	for name, spoil := range map[string]func(*Exposure){
		"certain":         func(e *Exposure) { e.Propensity = 1 },
		"never":           func(e *Exposure) { e.Propensity = 0 },
		"sure to fill":    func(e *Exposure) { e.NoFill = 0 },
		"dimension":       func(e *Exposure) { e.X = nil },
		"NaN":             func(e *Exposure) { e.Cost = math.NaN() },
		"feature":         func(e *Exposure) { e.X = []float64{math.Inf(1)} },
		"nothing sent":    func(e *Exposure) { e.Sent, e.Filled, e.Lots = true, false, 0 },
		"filled unsent":   func(e *Exposure) { e.Sent, e.Filled = false, true },
		"infinitely many": func(e *Exposure) { e.Sent, e.Lots = true, math.Inf(1) },
	} {
		rows := append([]Exposure(nil), few...)
		spoil(&rows[3])
		if _, err := EstimateLeakage([][]Exposure{rows}, DefaultLeakage()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := EstimateLeakage(nil, LeakageConfig{}); err == nil {
		t.Error("a configuration of zeros was taken")
	}
}

// What a venue's unfilled lots cost an order, from the log of a router that draws its plans.
func ExampleEstimateLeakage() {
	tight, open := leaky(9, 3000, 0, false), leaky(10, 3000, .5, false)
	all, err := EstimateLeakage([][]Exposure{tight, open}, DefaultLeakage())
	if err != nil {
		panic(err)
	}
	for v, l := range all {
		fmt.Printf("venue %d: %.1f bps a lot\n", v, math.Abs(l.Shrunk))
	}
	// Output:
	// venue 0: 0.0 bps a lot
	// venue 1: 0.5 bps a lot
}
