package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// lives are rows in bins: each has its own intercept of three, features it shares with the others of its life, and an offset.
func lives(n int) (bins [][]Bin, phis [][]float64) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range n {
		phi := []float64{rnd.NormFloat64(), rnd.NormFloat64()}
		var life []Bin
		for b := range 1 + rnd.IntN(3) {
			y := 0.0
			if rnd.Float64() < sigmoid(-1+.3*float64(b)+.5*phi[0]) {
				y = 1
			}
			life = append(life, Bin{At: b, Y: y, Offset: .1 * rnd.NormFloat64()})
		}
		bins, phis = append(bins, life), append(phis, phi)
	}
	return bins, phis
}

// FIT-01: the bins of a life together say what they say one by one, and a fit that begins where another ended ends where it would
// have, in fewer passes.
func TestAddBins(t *testing.T) {
	all, phis := lives(3000)
	run := func(start []float64, add func(l *Logistic, life []Bin, phi []float64)) Result {
		l := NewLogistic(ridge(5, .5))
		l.Start(start)
		for done := false; !done; done = l.End() {
			for i, life := range all {
				add(l, life, phis[i])
			}
		}
		r, err := l.Result()
		if err != nil || !r.Converged {
			t.Fatalf("converged %v, %v", r.Converged, err)
		}
		return r
	}
	want := run(nil, func(l *Logistic, life []Bin, phi []float64) {
		for _, b := range life {
			psi := make([]float64, 5)
			psi[b.At] = 1
			copy(psi[3:], phi)
			l.Add(psi, b.Y, b.Offset, 1)
		}
	})
	got := run(nil, func(l *Logistic, life []Bin, phi []float64) { l.AddBins(life, phi) })
	warm := run(want.Theta, func(l *Logistic, life []Bin, phi []float64) { l.AddBins(life, phi) })
	if warm.Passes >= got.Passes {
		t.Errorf("from its own end a fit takes %d passes, from nothing %d", warm.Passes, got.Passes)
	}
	for _, r := range []Result{got, warm} {
		if r.Rows != want.Rows {
			t.Errorf("%d rows, want %d", r.Rows, want.Rows)
		}
		for i := range want.Theta {
			if math.Abs(r.Theta[i]-want.Theta[i]) > 1e-5 || math.Abs(r.Mass[i]-want.Mass[i]) > 1e-9*want.Mass[i] {
				t.Errorf("coordinate %d is %v with mass %v, want %v with %v", i, r.Theta[i], r.Mass[i], want.Theta[i], want.Mass[i])
			}
		}
		for i := range want.Hessian {
			if math.Abs(r.Hessian[i]-want.Hessian[i]) > 1e-3 {
				t.Errorf("the Hessian's figure %d is %v, want %v", i, r.Hessian[i], want.Hessian[i])
			}
		}
	}
}

// FIT-01: the same of Huber's fit, which needs the scale too.
func TestHuberStart(t *testing.T) {
	run := func(start *Result) Result {
		h := NewHuber(ridge(3, .1))
		if start != nil {
			h.Start(start.Theta, start.Objective)
		}
		for done := false; !done; done = h.End() {
			r := rand.New(rand.NewPCG(9, 10))
			for range 2000 {
				phi := []float64{1, r.NormFloat64(), r.NormFloat64()}
				h.Add(phi, .5-phi[1]+2*phi[2]+r.NormFloat64()/(.1+r.Float64()), 1)
			}
		}
		out, err := h.Result()
		if err != nil || !out.Converged {
			t.Fatalf("converged %v, %v", out.Converged, err)
		}
		return out
	}
	cold := run(nil)
	warm := run(&cold)
	if warm.Passes >= cold.Passes {
		t.Errorf("from its own end a fit takes %d passes, from nothing %d", warm.Passes, cold.Passes)
	}
	for i := range cold.Theta {
		if math.Abs(warm.Theta[i]-cold.Theta[i]) > 1e-3 {
			t.Errorf("θ[%d] is %v, from nothing %v", i, warm.Theta[i], cold.Theta[i])
		}
	}
}
