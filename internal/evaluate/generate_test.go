package evaluate

import (
	"math"
	"reflect"
	"testing"
)

// The realized cost of each venue has the mean that the world says it has, within four standard errors, in each half.
func TestGeneratedCostsMean(t *testing.T) {
	for _, kind := range []CostKind{Switch, Stationary, Misspecified} {
		w := GenerateCosts(kind, 11, 8000)
		var sum, squares [2][venues]float64
		for i := range w.Rows {
			r := &w.Rows[i]
			for k, v := range w.Venues {
				c := r.Opp
				if r.filled[k] {
					c = v.Fee - v.Capture*r.Half + r.tox[k]
				}
				e := c - r.mean[k]
				sum[half(i, len(w.Rows))][k] += e
				squares[half(i, len(w.Rows))][k] += e * e
			}
		}
		n := float64(len(w.Rows) / 2)
		for h := range 2 {
			for k := range venues {
				mean := sum[h][k] / n
				if se := math.Sqrt(squares[h][k]) / n; math.Abs(mean) > 4*se {
					t.Errorf("%s, half %d, venue %d: realized cost less mean cost is %v ± %v", w.Name, h, k, mean, se)
				}
			}
		}
	}
}

// The generated worlds are like the recorded ones: oracle .83 to 1.18, uniform 1.64 to 1.76, the best fixed venue .2 to
// .4 above the oracle.
func TestGeneratedCostsScale(t *testing.T) {
	for seed := range uint64(4) {
		w := GenerateCosts(Switch, seed, 6000)
		oracle, uniform, fixed := 0.0, 0.0, w.fixed()
		best := 0.0
		for i := range w.Rows {
			least := math.Inf(1)
			for _, m := range w.Rows[i].mean {
				least = min(least, m)
				uniform += m / venues / float64(len(w.Rows))
			}
			oracle += least / float64(len(w.Rows))
			best += w.Rows[i].mean[fixed] / float64(len(w.Rows))
		}
		if oracle < .6 || oracle > 1.4 || uniform < 1.4 || uniform > 2 || best-oracle < .1 || best-oracle > .6 {
			t.Errorf("seed %d: oracle %.3f, uniform %.3f, best fixed venue %.3f", seed, oracle, uniform, best)
		}
	}
}

// Draws have the moments of their laws.
func TestDraws(t *testing.T) {
	d := newDraws(1, 0, 1)
	const n = 100_000
	var beta, betaSquares, student float64
	for range n {
		b := d.beta25()
		beta += b / n
		betaSquares += b * b / n
		student += math.Abs(d.student()) / n
	}
	variance := betaSquares - beta*beta
	if math.Abs(beta-2./7) > .003 || math.Abs(variance-10./49/8) > .001 || math.Abs(student-1) > .02 { // E|t₄| = 1
		t.Errorf("Beta(2, 5) has mean %v and variance %v, |t₄| mean %v; want %v, %v, 1", beta, variance, student, 2./7, 10./49/8)
	}
}

// Liquidity comes as often as A says and is at least u as often as T says.
func TestGeneratedPools(t *testing.T) {
	for _, kind := range []PoolKind{Shift, IID} {
		w := GeneratePools(kind, 5, 6000)
		for i := range pools {
			any, hits, four, want := 0.0, 0.0, 0.0, 0.0
			for j := range w.Rows {
				r := &w.Rows[j]
				any += r.any[i]
				want += r.any[i] * w.tails[r.regime][i][4]
				if r.liquidity[i] > 0 {
					hits++
				}
				if r.liquidity[i] >= 4 {
					four++
				}
			}
			if math.Abs(hits-any) > 4*math.Sqrt(any) || math.Abs(four-want) > 4*math.Sqrt(want) {
				t.Errorf("%s, pool %d: %v times any liquidity, want %.0f; %v times four lots, want %.0f", w.Name, i, hits, any, four, want)
			}
		}
	}
	w := GeneratePools(IID, 5, 100)
	if w.Rows[0].any != w.Rows[99].any || w.tails[0] != w.tails[1] {
		t.Error("the iid world changes")
	}
}

// One seed, one world.
func TestGeneratedWorldsRepeat(t *testing.T) {
	if !reflect.DeepEqual(GenerateCosts(Switch, 3, 50), GenerateCosts(Switch, 3, 50)) || !reflect.DeepEqual(GeneratePools(Shift, 3, 50), GeneratePools(Shift, 3, 50)) {
		t.Error("the same seed gives another world")
	}
	if reflect.DeepEqual(GenerateCosts(Switch, 3, 50).Rows, GenerateCosts(Switch, 4, 50).Rows) {
		t.Error("another seed gives the same world")
	}
}
