package bandit

import (
	"math"
	"testing"
)

func newToxicity(t testing.TB, plain bool) *ToxicityHead {
	t.Helper()
	h, err := NewToxicityHead(Isotropic(2, .5), Memory{Tau: 10, Retain: 5}, plain)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Section 1.4, one datum by hand: e = z − φᵀθ, w = 5/(4 + e²/σ²), σ² ← .995σ² + .005·min(e², 25σ²).
func TestToxicityUpdateIsTheFormula(t *testing.T) {
	h := newToxicity(t, false)
	phi := []float64{1, 2}
	p := h.Predict(phi)
	if want := math.Sqrt(1 * (1 + 1 + 4.0)); p.Mean != .5 || math.Abs(p.SD-want) > 1e-15 || p.Noise != 1 {
		t.Errorf("prior prediction %+v, want mean .5, sd %v, noise 1", p, want)
	}
	h.Update(ToxicityDatum{Phi: phi, Prediction: p, Z: 3.5})
	w := 5.0 / (4 + 9)
	for i := range phi {
		if got, want := h.q.r[i], w*3.5*phi[i]; math.Abs(got-want) > 1e-15 {
			t.Errorf("r[%d] = %v, want %v", i, got, want)
		}
	}
	if want := .995 + .005*9; math.Abs(h.noise-want) > 1e-15 {
		t.Errorf("σ² = %v, want %v", h.noise, want)
	}
	h.Update(ToxicityDatum{Phi: phi, Prediction: p, Z: 900})
	if want := (.995 + .005*9) * (.995 + .005*25); math.Abs(h.noise-want) > 1e-15 {
		t.Errorf("σ² after an outlier = %v, want %v", h.noise, want)
	}
}

// Heavy tails: with Student weights the mean is found although one outcome in fifty is absurd.
func TestToxicityIsRobust(t *testing.T) {
	off := [2]float64{}
	for i, plain := range []bool{false, true} {
		h, _ := NewToxicityHead(Isotropic(2, 0), Memory{Tau: math.Inf(1)}, plain)
		key := NewKey(2, 2, 2)
		for n := range uint64(3000) {
			phi := []float64{1, 4*key.Uniform(3*n) - 2}
			z := 1.5 - .5*phi[1] + 2*key.Uniform(3*n+1) - 1
			if key.Uniform(3*n+2) < .02 {
				z = 300
			}
			h.Update(ToxicityDatum{Phi: phi, Prediction: h.Predict(phi), Z: z})
		}
		off[i] = abs(h.Predict([]float64{1, 0}).Mean - 1.5)
	}
	if off[0] > .15 || off[1] < 1 {
		t.Errorf("error of the mean: Student %v (want below .15), plain %v (want above 1)", off[0], off[1])
	}
}

// DRF-07: a bust removes, a corrected price moves r by wφ(z'−z) with the weight of the first outcome.
func TestToxicityRevisions(t *testing.T) {
	h, fresh := newToxicity(t, false), newToxicity(t, false)
	phi := []float64{1, -1}
	p := h.Predict(phi)
	d := ToxicityDatum{Phi: phi, Prediction: p, Z: 4}
	h.Update(d)
	w := 5 / (4 + 3.5*3.5)
	h.Revise(d, 6)
	if got, want := h.q.r[0], w*6; math.Abs(got-want) > 1e-14 {
		t.Errorf("after a corrected price r = %v, want %v", got, want)
	}
	h, d.Z = newToxicity(t, false), 4
	h.Update(d)
	h.Revise(d, math.NaN())
	for i := range fresh.q.theta {
		if math.Abs(h.q.theta[i]-fresh.q.theta[i]) > 1e-14 {
			t.Errorf("after a bust θ[%d] = %v, want %v", i, h.q.theta[i], fresh.q.theta[i])
		}
	}
}

func TestToxicityWinsorisesAndRefuses(t *testing.T) {
	h := newToxicity(t, true)
	phi := []float64{1, 0}
	p := h.Predict(phi)
	h.Update(ToxicityDatum{Phi: phi, Prediction: p, Z: -5000})
	if h.q.r[0] != -1000 {
		t.Errorf("an outcome of −5,000 bps enters as %v, want −1,000", h.q.r[0])
	}
	for name, d := range map[string]ToxicityDatum{
		"NaN":      {Phi: phi, Prediction: p, Z: math.NaN()},
		"no noise": {Phi: phi, Z: 1},
		"shape":    {Phi: phi[:1], Prediction: p, Z: 1},
	} {
		if got := h.Update(d); got != Malformed {
			t.Errorf("%s: %v, want malformed", name, got)
		}
	}
	if got := h.Revise(ToxicityDatum{Phi: phi, Prediction: p, Z: 1}, math.Inf(1)); got != Malformed {
		t.Errorf("revision to infinity: %v, want malformed", got)
	}
}

// H5: the posterior means are the conjugate ones, and an idle arm returns to what was expected.
func TestServiceHead(t *testing.T) {
	h, err := NewServiceHead(.010, Memory{Tau: 10, Retain: 5})
	if err != nil {
		t.Fatal(err)
	}
	if mean, _ := h.Latency(); mean != .010 {
		t.Errorf("prior latency %v, want .010", mean)
	}
	if reject, _ := h.Reject(); reject != 1.0/51 {
		t.Errorf("prior reject probability %v, want 1/51", reject)
	}
	for i := range 8 {
		h.Update(.030, i%4 == 0, 0)
	}
	if mean, sd := h.Latency(); math.Abs(mean-(.02+.24)/10) > 1e-15 || math.Abs(sd-mean/3) > 1e-15 {
		t.Errorf("latency %v ± %v, want .026 ± a third", mean, sd)
	}
	if reject, _ := h.Reject(); math.Abs(reject-3.0/59) > 1e-15 {
		t.Errorf("reject probability %v, want 3/59", reject)
	}
	h.Advance(1)
	if mean, _ := h.Latency(); math.Abs(mean-(.02+.24*math.Exp(-.1))/(2+8*math.Exp(-.1))) > 1e-15 {
		t.Errorf("latency after a bucket %v", mean)
	}
	h.Advance(1e6)
	if mean, _ := h.Latency(); mean != .010 {
		t.Errorf("latency after a long silence %v, want the prior's .010", mean)
	}
	for _, c := range []struct {
		seconds float64
		bucket  int64
		want    Refusal
	}{{math.NaN(), 1e6, Malformed}, {-1, 1e6, Malformed}, {1e9, 1e6, Malformed}, {.1, 1e6 + 1, Early}, {.1, 0, Expired}} {
		if got := h.Update(c.seconds, false, c.bucket); got != c.want {
			t.Errorf("%v s in bucket %d: %v, want %v", c.seconds, c.bucket, got, c.want)
		}
	}
	if _, err := NewServiceHead(0, DefaultMemory()); err == nil {
		t.Error("a prior latency of 0 is accepted")
	}
}

// DRF-03: quiet while the world holds, an alarm soon after it changes.
func TestCUSUM(t *testing.T) {
	var fills, tox CUSUM
	held := FillPrediction{Mean: .3}
	markout := ToxicityPrediction{SD: 2}
	key := NewKey(7, 7, 7)
	for i := range uint64(20_000) {
		if fills.Fill(indicator(key.Uniform(2*i) < .3), held) {
			t.Fatalf("alarm on fills after %d outcomes of an unchanged world", i)
		}
		z := 2 * math.Sqrt(12) * (key.Uniform(2*i+1) - .5) // sd 2
		if tox.Toxicity(z, markout) {
			t.Fatalf("alarm on toxicity after %d outcomes of an unchanged world", i)
		}
	}
	delay := 0
	for !fills.Fill(indicator(key.Uniform(1<<40+uint64(delay)) < .9), held) {
		if delay++; delay > 200 {
			t.Fatal("no alarm on fills 200 outcomes after the change from .3 to .9")
		}
	}
	if fills.Level != 0 {
		t.Errorf("level after the alarm is %v, want 0", fills.Level)
	}
	for delay = 0; !tox.Toxicity(20, markout); delay++ {
		if delay > 20 {
			t.Fatal("no alarm on toxicity of ten standard deviations")
		}
	}
	if delay < 12 { // 25/(3 − 1.05): the clip at ±3 holds
		t.Errorf("alarm after %d outcomes: the clip at three standard deviations does not hold", delay)
	}
}
