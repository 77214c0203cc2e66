package calibrate

import (
	"math"
	"testing"
)

// For a mean the jackknife is the textbook's interval: of 1, 2, 3, 4 it is 2.5 ± t(3)·sd/√4 = 3.182·1.291/2.
func TestJackknifeOfAMean(t *testing.T) {
	e := ratioOf([]ratio{{1, 1}, {2, 1}, {3, 1}, {4, 1}})
	if e.Value != 2.5 || math.Abs(e.Half-2.0541) > 1e-3 {
		t.Errorf("got %+v, want 2.5 ± 2.0541", e)
	}
}

func TestJackknifeOfOneUnit(t *testing.T) {
	if e := ratioOf([]ratio{{1, 2}}); e.Value != .5 || !math.IsInf(e.Half, 1) {
		t.Errorf("got %+v, want 0.5 with no interval", e)
	}
	if e := ratioOf([]ratio{{}, {}}); !math.IsNaN(e.Value) {
		t.Errorf("got %+v, want NaN where there is nothing", e)
	}
}

func TestSlopeOfAPower(t *testing.T) {
	x := []float64{1, 3, 10, 40}
	y := make([]float64, len(x))
	for i := range x {
		y[i] = 7 * math.Pow(x[i], .37)
	}
	if got := slope(x, y); math.Abs(got-.37) > 1e-12 {
		t.Errorf("got %g, want 0.37", got)
	}
	y[2] = -1
	if got := slope(x, y); !math.IsNaN(got) {
		t.Errorf("got %g, want NaN: a value is below 0", got)
	}
}

func TestVerdicts(t *testing.T) {
	// The band of the quoted spread is 1 to 6 bps.
	for _, c := range []struct {
		e     Estimate
		short bool
		want  Verdict
	}{
		{Estimate{1.5, 3}, false, Pass}, {Estimate{6.1, .5}, false, Fail}, {Estimate{6.1, .5}, true, Pass},
		{Estimate{6.6, .5}, true, Fail}, {Estimate{math.NaN(), 1}, true, Fail}, {Estimate{.9, math.Inf(1)}, true, Pass},
	} {
		r := &Report{Short: c.short}
		r.add(quotedSpread, c.e)
		if got := r.Facts[0].Verdict; got != c.want {
			t.Errorf("%+v, short %v: got %s, want %s", c.e, c.short, got, c.want)
		}
	}
}
