package bandit

import (
	"math"
	"math/rand/v2"
	"testing"
)

func newHazard(t testing.TB, d int) *HazardHead {
	t.Helper()
	h, err := NewHazardHead(ColdHazard(d, .3, 2e9), Memory{Tau: math.Inf(1), Retain: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// world draws lives of known hazards: the same logit in a whole bin, constant within it, slope on φ₂; a share of the orders
// is withdrawn early at random, all others at rest.
type hazardWorld struct {
	beta  [HazardBins]float64
	slope float64
	rest  int64
	early float64
}

func (w *hazardWorld) hazard(bin int, x float64) float64 {
	return 1 / (1 + math.Exp(-(w.beta[bin] + w.slope*x)))
}

// by is the true P(fill by τ).
func (w *hazardWorld) by(tau int64, x float64) float64 {
	s, from := 1.0, int64(0)
	for b, to := range hazardEdges {
		if tau <= from {
			break
		}
		e := min(1, float64(tau-from)/float64(to-from))
		s *= math.Pow(1-w.hazard(b, x), e)
		from = to
	}
	return 1 - s
}

func (w *hazardWorld) life(rng *rand.Rand, x float64) Life {
	end := w.rest
	if rng.Float64() < w.early {
		end = rng.Int64N(w.rest)
	}
	from := int64(0)
	for b, to := range hazardEdges {
		if rng.Float64() < w.hazard(b, x) { // when, at a constant rate within the bin
			rate := -math.Log(1 - w.hazard(b, x))
			u := -math.Log(1-rng.Float64()*w.hazard(b, x)) / rate
			if at := from + int64(u*float64(to-from)); at < end {
				return Life{End: at, Filled: true, Rest: end}
			}
			return Life{End: end, Rest: w.rest}
		}
		from = to
	}
	return Life{End: end, Rest: w.rest}
}

// H2 recovers hazards under censoring: a naive share of filled orders would mistake early withdrawals for no liquidity.
func TestHazardRecoversKnownHazards(t *testing.T) {
	w := hazardWorld{beta: [HazardBins]float64{-5, -4, -3, -1.5, -1, -1, -1}, slope: .6, rest: 20e9, early: .5}
	rng := rand.New(rand.NewPCG(1, 2))
	h := newHazard(t, 2)
	n := 20_000
	if testing.Short() {
		n = 8_000
	}
	for range n {
		phi := []float64{1, 2*rng.Float64() - 1}
		l := w.life(rng, phi[1])
		if l.Filled {
			l.Rest = w.rest // what was planned; who was to be withdrawn early is not known of those that filled
		}
		if r := h.Update(HazardDatum{Phi: phi, Prediction: h.Predict(phi), Life: l}); r != Applied {
			t.Fatalf("update: %v", r)
		}
	}
	for _, x := range []float64{-.8, 0, .8} {
		p := h.Predict([]float64{1, x})
		for _, tau := range []int64{5e7, 1e9, 5e9, 20e9} {
			if got, want := p.By(tau), w.by(tau, x); math.Abs(got-want) > .035 {
				t.Errorf("x %v: P(fill by %v s) = %.3f, want %.3f", x, float64(tau)/1e9, got, want)
			}
		}
	}
	if th := h.Theta(nil); math.Abs(th[HazardBins]-w.slope) > .08 {
		t.Errorf("slope %.3f, want %.2f", th[HazardBins], w.slope)
	}
}

// Orders that all rest two seconds cut the bin from one to five seconds: what is learned there is of that part, and
// P(fill by 2 s) is the share that fills.
func TestHazardOfACutBin(t *testing.T) {
	w := hazardWorld{beta: [HazardBins]float64{-6, -5, -3.5, -2, 0, 0, 0}, rest: 2e9}
	rng := rand.New(rand.NewPCG(3, 2))
	h := newHazard(t, 1)
	phi, filled, n := []float64{1}, 0.0, 6000.0
	for range int(n) {
		l := w.life(rng, 0)
		if l.Filled {
			filled++
		}
		h.Update(HazardDatum{Phi: phi, Prediction: h.Predict(phi), Life: l})
	}
	p := h.Predict(phi)
	if got := p.By(2e9); math.Abs(got-filled/n) > .02 {
		t.Errorf("P(fill by 2 s) = %.3f, %.3f filled", got, filled/n)
	}
	if b4 := h.Theta(nil)[4]; math.Abs(b4-w.beta[4]) > .4 {
		t.Errorf("intercept of the cut bin %.2f, want about %.2f", b4, w.beta[4])
	}
	if before := newHazard(t, 1).Predict(phi); p.SD[5] != before.SD[5] || p.A[6] != before.A[6] {
		t.Error("a bin that no order saw was learned")
	}
}

// By is a distribution function: 0 at once, monotone, at most 1; the cold prior is the figure it was made of.
func TestHazardBy(t *testing.T) {
	h := newHazard(t, 3)
	p := h.Predict([]float64{1, 0, 0})
	if p.By(0) != 0 || p.By(-5) != 0 {
		t.Errorf("P(fill by 0) = %v", p.By(0))
	}
	last := 0.0
	for tau := int64(1); tau < 1e12; tau += tau/3 + 1 {
		now := p.By(tau)
		if now < last-1e-12 || now > 1 {
			t.Fatalf("P(fill by %d ns) = %v after %v", tau, now, last)
		}
		last = now
	}
	for _, want := range []float64{.05, .3, .7} {
		c, err := NewHazardHead(ColdHazard(1, want, 5e9), DefaultMemory())
		if err != nil {
			t.Fatal(err)
		}
		if cold := c.Predict([]float64{1}); math.Abs(cold.By(5e9)-want) > .06 {
			t.Errorf("cold P(fill by 5 s) = %v, want about %v", cold.By(5e9), want)
		}
	}
}

// DRF-06, DRF-07: lives in any order, late and revised, leave the posterior that the final lives would have left.
func TestHazardOrderAndRevision(t *testing.T) {
	w := hazardWorld{beta: [HazardBins]float64{-3, -3, -2, -1, -1, -1, -1}, slope: .3, rest: 3e9, early: .3}
	rng := rand.New(rand.NewPCG(5, 5))
	start := newHazard(t, 2)
	var data []HazardDatum
	for i := range 300 {
		phi := []float64{1, rng.NormFloat64() / 2}
		data = append(data, HazardDatum{Phi: phi, Prediction: start.Predict(phi), Life: w.life(rng, phi[1]), Bucket: int64(i / 30)})
	}
	build := func() *HazardHead {
		h, err := NewHazardHead(ColdHazard(2, .3, 2e9), Memory{Tau: 20, Retain: 100})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	want := build()
	for _, d := range data {
		want.Advance(d.Bucket)
		want.Update(d)
	}
	want.Advance(12)
	late := build()
	late.Advance(12)
	for _, i := range rng.Perm(len(data)) {
		d := data[i]
		if i%3 == 0 { // told wrongly first
			wrong := d
			wrong.Life = Life{End: 4e7, Filled: !d.Life.Filled, Rest: 3e9}
			late.Update(wrong)
			if r := late.Revise(wrong, d.Life); r != Applied {
				t.Fatalf("revise: %v", r)
			}
			continue
		}
		late.Update(d)
	}
	a, b := want.Theta(nil), late.Theta(nil)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9 {
			t.Errorf("θ[%d] = %v in order, %v late and revised", i, a[i], b[i])
		}
	}
}

func TestHazardRefuses(t *testing.T) {
	h := newHazard(t, 2)
	good := HazardDatum{Phi: []float64{1, .5}, Prediction: h.Predict([]float64{1, .5}), Life: Life{End: 5, Filled: true}}
	for name, spoil := range map[string]func(*HazardDatum){
		"no constant":    func(d *HazardDatum) { d.Phi = []float64{.9, .5} },
		"dimension":      func(d *HazardDatum) { d.Phi = []float64{1} },
		"large":          func(d *HazardDatum) { d.Phi = []float64{1, 5} },
		"NaN":            func(d *HazardDatum) { d.Phi = []float64{1, math.NaN()} },
		"negative end":   func(d *HazardDatum) { d.Life.End = -1 },
		"negative rest":  func(d *HazardDatum) { d.Life.Rest = -1 },
		"no prediction":  func(d *HazardDatum) { d.Prediction.A[3] = math.NaN() },
		"a bucket ahead": func(d *HazardDatum) { d.Bucket = 1 },
	} {
		d := good
		spoil(&d)
		if r := h.Update(d); r != Malformed && r != Early {
			t.Errorf("%s: %v", name, r)
		}
	}
	if p := h.Predict(good.Phi); p != good.Prediction {
		t.Error("refused data moved the head")
	}
	if _, err := NewHazardHead(Isotropic(3, 0), DefaultMemory()); err == nil {
		t.Error("a prior without bins was taken")
	}
	if _, err := NewHazardHead(ColdHazard(MaxDim+1, .5, 1e9), DefaultMemory()); err == nil {
		t.Error("too many features were taken")
	}
	if _, err := NewHazardHead(ColdHazard(MaxDim, .5, 1e9), DefaultMemory()); err != nil {
		t.Error(err)
	}
}

func TestHazardDoesNotAllocate(t *testing.T) {
	h := newHazard(t, 15)
	phi := make([]float64, 15)
	phi[0], phi[7] = 1, .5
	d := HazardDatum{Phi: phi, Life: Life{End: 3e9, Rest: 3e9}}
	if n := testing.AllocsPerRun(200, func() { d.Prediction = h.Predict(phi); h.Update(d) }); n != 0 {
		t.Errorf("%v allocations a life", n)
	}
}

func BenchmarkHazard(b *testing.B) {
	h := newHazard(b, 15)
	phi := make([]float64, 15)
	phi[0], phi[7] = 1, .5
	d := HazardDatum{Phi: phi, Prediction: h.Predict(phi), Life: Life{End: 3e9, Rest: 3e9}}
	b.Run("predict", func(b *testing.B) {
		for b.Loop() {
			p := h.Predict(phi)
			_ = p.By(2e9)
		}
	})
	b.Run("life", func(b *testing.B) {
		for b.Loop() {
			h.Update(d)
		}
	})
}
