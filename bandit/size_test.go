package bandit

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestBins(t *testing.T) {
	for _, c := range []struct{ lot, bin int }{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {8, 3}, {9, 4}, {16, 4}, {17, 5}, {33, 6}, {64, 6}, {65, 7}, {128, 7}, {129, 8}, {MaxLots, 8}} {
		if got := bin(c.lot); got != c.bin {
			t.Errorf("lot %d is in bin %d, want %d", c.lot, got, c.bin)
		}
	}
}

func newSizes(t testing.TB) *SizeHead {
	t.Helper()
	h, err := NewSizeHead(DefaultSizePrior(), Memory{Tau: 10, Retain: 5})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The prior's hazards are ½/(½ + 4·(1, 1, 1.5, 2 …)).
func TestPriorCurve(t *testing.T) {
	c := newSizes(t).Curve(.6)
	q2, q3, q5 := 4/4.5, 6/6.5, 8/8.5
	for u, want := range map[int]float64{0: 1, 1: .6, 2: .6 * q2, 3: .6 * q2 * q3, 4: .6 * q2 * q3 * q3, 6: .6 * q2 * q3 * q3 * q5 * q5} {
		if got := c.At(u); math.Abs(got-want) > 1e-14 {
			t.Errorf("T(%d) = %v, want %v", u, got, want)
		}
	}
}

// Section 2: what each outcome adds. Sizes count from lot 2, since lot 1 is H0's.
func TestEvidenceOfAFill(t *testing.T) {
	for _, c := range []struct {
		name  string
		datum SizeDatum
		a, b  map[int]float64
	}{
		{"nothing", SizeDatum{Sent: 9}, nil, nil},
		{"one of many", SizeDatum{Sent: 9, Filled: 1}, map[int]float64{1: 1}, nil},
		{"partial", SizeDatum{Sent: 9, Filled: 6}, map[int]float64{3: 1}, map[int]float64{1: 1, 2: 2, 3: 2}},
		{"partial at an edge", SizeDatum{Sent: 9, Filled: 8}, map[int]float64{4: 1}, map[int]float64{1: 1, 2: 2, 3: 4}},
		{"full", SizeDatum{Sent: 6, Filled: 6}, nil, map[int]float64{1: 1, 2: 2, 3: 2}},
		{"canceled partial", SizeDatum{Sent: 9, Filled: 6, Canceled: true}, nil, map[int]float64{1: 1, 2: 2, 3: 2}},
		{"after four lots", SizeDatum{Curve: Curve{First: 1, Taken: 4}, Sent: 9, Filled: 5}, map[int]float64{4: 1}, map[int]float64{3: 4, 4: 1}},
		{"nothing after four lots", SizeDatum{Curve: Curve{First: 1, Taken: 4}, Sent: 9}, map[int]float64{3: 1}, nil},
	} {
		got := c.datum.evidence()
		for b := range NumBins {
			if got.a[b] != c.a[b] || got.b[b] != c.b[b] {
				t.Errorf("%s: bin %d gets (%v, %v), want (%v, %v)", c.name, b, got.a[b], got.b[b], c.a[b], c.b[b])
			}
		}
	}
}

// DRK-03: under MinQty a no-fill is one EM step. The expectation is computed here the slow way, by
// enumerating sizes.
func TestNoFillUnderMinQty(t *testing.T) {
	curve := newSizes(t).Curve(.4)
	const m = 11
	d := SizeDatum{Curve: curve, Sent: 20, MinQty: m}
	at := func(u int) float64 { return curve.At(u) / curve.First }
	g := at(m)
	rho := .4 * (1 - g) / (1 - .4*g)
	if got, informative := d.tries(); !informative || math.Abs(got-rho) > 1e-14 {
		t.Errorf("ρ = %v, want %v", got, rho)
	}
	var want counts
	for k := 1; k < m; k++ {
		p := rho * (at(k) - at(k+1)) / (1 - g) // liquidity is exactly k
		want.a[bin(k+1)] += p
		for j := 2; j <= k; j++ {
			want.b[bin(j)] += p
		}
	}
	got := d.evidence()
	ended := 0.0
	for b := range NumBins {
		ended += got.a[b]
		if math.Abs(got.a[b]-want.a[b]) > 1e-13 || math.Abs(got.b[b]-want.b[b]) > 1e-13 {
			t.Errorf("bin %d gets (%v, %v), want (%v, %v)", b, got.a[b], got.b[b], want.a[b], want.b[b])
		}
	}
	if math.Abs(ended-rho) > 1e-13 {
		t.Errorf("the ends sum to %v, want ρ = %v", ended, rho)
	}
}

// DRK-06 over arbitrary posteriors: 1 ≥ T(1) ≥ T(2) ≥ … ≥ 0, by At and by walking, which agree.
func TestCurvesFall(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := Curve{First: rapid.Float64Range(0, 1).Draw(r, "first"), Taken: rapid.IntRange(0, 300).Draw(r, "taken")}
		for b := range c.LogQ {
			c.LogQ[b] = min(0, Log(1-rapid.Float64Range(0, .9999).Draw(r, "hazard")))
		}
		w, before, walked := c.walk(), 1.0, 1.0
		for u := 1; u <= 200; u++ {
			at, step := c.At(u), w.next()
			if at > before || at < 0 || step > walked || step < 0 {
				t.Fatalf("T rises or leaves [0, 1] at %d: %v after %v, walking %v after %v", u, at, before, step, walked)
			}
			if math.Abs(at-step) > 1e-12 {
				t.Fatalf("T(%d) = %v, walked %v", u, at, step)
			}
			before, walked = at, step
		}
	})
}

// DRK-04: a curve after v lots is the conditional of the curve before.
func TestCurveAfterAFill(t *testing.T) {
	h := newSizes(t)
	h.Update(SizeDatum{Curve: h.Curve(.5), Sent: 9, Filled: 6})
	whole := h.Curve(1)
	for _, v := range []int{1, 2, 5, 40} {
		rest := h.After(v)
		for _, u := range []int{1, 3, 17, 100} {
			if got, want := rest.At(u), whole.At(v+u)/whole.At(v); math.Abs(got-want) > 1e-13 {
				t.Errorf("after %d lots T(%d) = %v, want %v", v, u, got, want)
			}
		}
	}
}

// Learning the true hazards from censored looks: survival at 8 lots is found although most sends
// were smaller, and a learner that takes fills for liquidity is far below.
func TestSizesAreLearnedFromCensoredFills(t *testing.T) {
	const runs, n, hazard = 20, 2000, .08
	want, estimates, naive := math.Pow(1-hazard, 7), 0.0, 0
	for run := range uint64(runs) {
		h, err := NewSizeHead(DefaultSizePrior(), Memory{Tau: math.Inf(1)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(n) {
			key, liquidity := NewKey(run, i, 1), 1
			for key.Uniform(uint64(liquidity)) >= hazard {
				liquidity++
			}
			sent := 1 + int(12*key.Uniform(0))
			filled := min(sent, liquidity)
			if filled >= 8 {
				naive++
			}
			h.Update(SizeDatum{Curve: h.Curve(1), Sent: sent, Filled: filled})
		}
		c := h.Curve(1)
		estimates += c.At(8) / runs
		if mean, sd := h.Hazard(3); math.Abs(mean-hazard) > 4*sd || sd > .01 {
			t.Errorf("run %d: hazard of bin 3 is %v ± %v, want %v", run, mean, sd, hazard)
		}
	}
	if math.Abs(estimates-want) > .01 {
		t.Errorf("T(8) is estimated as %v, want %v", estimates, want)
	}
	if got := float64(naive) / (runs * n); got > want-.2 {
		t.Errorf("taking fills for liquidity gives %v: this world does not censor", got)
	}
}

func TestSizeHeadForgetsAndRevises(t *testing.T) {
	h, fresh := newSizes(t), newSizes(t)
	d := SizeDatum{Curve: h.Curve(.5), Sent: 30, Filled: 20}
	h.Update(d)
	h.Advance(3)
	fresh.Update(d)
	fresh.Keep(Exp(-.1))
	fresh.Keep(Exp(-.1))
	fresh.Keep(Exp(-.1))
	if h.logQ != fresh.logQ {
		t.Errorf("three buckets give %v, three steps %v", h.logQ, fresh.logQ)
	}
	h.Revise(d, 0)
	empty := newSizes(t)
	for b := range NumBins {
		if math.Abs(h.logQ[b]-empty.logQ[b]) > 1e-15 {
			t.Errorf("bin %d after a bust: %v, want the prior's %v", b, h.logQ[b], empty.logQ[b])
		}
	}
	h.Update(SizeDatum{Curve: h.Curve(.5), Sent: 30, Filled: 20, Bucket: 3})
	h.Advance(20000)
	if h.logQ != empty.logQ {
		t.Errorf("after a long silence %v, want the prior %v", h.logQ, empty.logQ)
	}
}

func TestSizeHeadRefuses(t *testing.T) {
	h := newSizes(t)
	ok := h.Curve(.5)
	for _, c := range []struct {
		name  string
		datum SizeDatum
		want  Refusal
	}{
		{"overfill", SizeDatum{Curve: ok, Sent: 3, Filled: 4}, Overfilled},
		{"nothing sent", SizeDatum{Curve: ok}, Malformed},
		{"negative fill", SizeDatum{Curve: ok, Sent: 3, Filled: -1}, Malformed},
		{"too many", SizeDatum{Curve: ok, Sent: MaxLots + 1}, Malformed},
		{"MinQty above sent", SizeDatum{Curve: ok, Sent: 3, MinQty: 4}, Malformed},
		{"bad curve", SizeDatum{Curve: Curve{First: 2}, Sent: 3}, Malformed},
		{"future", SizeDatum{Curve: ok, Sent: 3, Bucket: 1}, Early},
		{"past", SizeDatum{Curve: ok, Sent: 3, Bucket: -6}, Expired},
	} {
		if got := h.Update(c.datum); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if h.data != (counts{}) {
		t.Error("refused data left counts")
	}
	bad := DefaultSizePrior()
	bad.A[2] = 0
	if _, err := NewSizeHead(bad, DefaultMemory()); err == nil {
		t.Error("a prior with a zero is accepted")
	}
}
