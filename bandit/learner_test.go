package bandit

import (
	"math"
	"strings"
	"testing"
)

const hour = 3600 * 1_000_000_000

// twoArms is a dark pool with sizes and a lit venue without, in four dimensions.
func twoArms() Config {
	dark := ArmConfig{Fill: Isotropic(4, -1), Sizes: true, Latency: .01, Decide: Horizon10s}
	dark.Toxicity[Horizon1s] = Isotropic(3, .5)
	dark.Toxicity[Horizon10s] = Isotropic(3, .5)
	lit := ArmConfig{Fill: Isotropic(4, 0), Latency: .001, Decide: Horizon1s}
	lit.Toxicity[Horizon1s] = Isotropic(3, .5)
	lit.Hazard = ColdHazard(4, .5, 2e9)
	return Config{Arms: []ArmConfig{dark, lit}, Shard: 1, LedgerLimit: 4096}
}

func newLearner(t testing.TB, c Config) *Learner {
	t.Helper()
	l, err := NewLearner(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// history is n outcomes of every kind, with linearisation points that do not depend on the order in
// which they arrive.
type history struct {
	fills []FillOutcome
	tox   []ToxicityOutcome
}

func newHistory(l *Learner, seed uint64, n int) history {
	var h history
	for i := range uint64(n) {
		k := NewKey(seed, i, 1)
		arm, phi := int(k.Draw(0)%2), features(k, 0, 4)
		p := l.Fill(arm).Predict(phi)
		f := FillOutcome{Arm: arm, Event: i, Time: int64(k.Uniform(20) * 20 * hour), Phi: phi, Prediction: p, Sent: 1 + int(k.Draw(21)%40)}
		if arm == 0 {
			f.Curve = l.Size(0).Curve(p.Mean)
		}
		switch k.Draw(22) % 4 {
		case 0:
			f.Filled = 1 + int(k.Draw(23)%uint64(f.Sent))
		case 1:
			f.Filled = f.Sent
		case 2:
			f.MinQty = 1 + int(k.Draw(24)%uint64(f.Sent))
		}
		h.fills = append(h.fills, f)
		if f.Filled > 0 {
			h.tox = append(h.tox, ToxicityOutcome{Arm: arm, Event: i, Horizon: Horizon1s, Time: f.Time, Phi: phi[:3],
				Prediction: l.Toxicity(arm, Horizon1s).Predict(phi[:3]), Z: 8*k.Uniform(25) - 3})
		}
	}
	return h
}

// give delivers the history in the order of perm, advancing the clock to 20 hours first.
func (h history) give(t testing.TB, l *Learner, perm []int) {
	t.Helper()
	for _, i := range perm {
		if i < len(h.fills) {
			if got := l.ObserveFill(h.fills[i]); got.Refusal != Applied {
				t.Fatalf("fill %d: %v", i, got.Refusal)
			}
			continue
		}
		if got := l.ObserveToxicity(h.tox[i-len(h.fills)]); got.Refusal != Applied {
			t.Fatalf("markout %d: %v", i-len(h.fills), got.Refusal)
		}
	}
}

func inOrder(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	return p
}

// quiet disables the change detector, whose levels depend on the order by nature.
func quiet(l *Learner) *Learner {
	l.config.Unwatched = true
	return l
}

// apart is the difference of two figures, relative to the larger one where that is above 1.
func apart(a, b float64) float64 { return abs(a-b) / max(1, abs(a), abs(b)) }

// distance is the largest relative difference of the sufficient statistics and posteriors of two learners.
func distance(x, y *Learner) float64 {
	d := 0.0
	vector := func(a, b []float64) {
		for i := range a {
			d = max(d, apart(a[i], b[i]))
		}
	}
	gaussian := func(a, b *posterior) {
		s, r := a.data()
		bs, br := b.data()
		vector(s, bs)
		vector(r, br)
		vector(a.theta, b.theta)
		vector(a.p, b.p)
	}
	for i := range x.arms {
		a, b := &x.arms[i], &y.arms[i]
		gaussian(a.fill.q, b.fill.q)
		for h := range a.tox {
			if a.tox[h] != nil {
				gaussian(a.tox[h].q, b.tox[h].q)
			}
		}
		if a.size != nil {
			for bin := range NumBins {
				aa, as := a.size.total(bin)
				ba, bs := b.size.total(bin)
				d = max(d, apart(aa, ba), apart(as, bs))
			}
			vector(a.size.logQ[:], b.size.logQ[:])
		}
		if a.hazard != nil {
			gaussian(a.hazard.q, b.hazard.q)
		}
		x, y := a.service.total(), b.service.total()
		for f, v := range x.fields() {
			d = max(d, apart(*v, *y.fields()[f]))
		}
	}
	return d
}

// A price corrected twice and then busted leaves nothing, although the weight was of the first.
func TestCorrectionsThenBust(t *testing.T) {
	l, fresh := quiet(newLearner(t, twoArms())), newLearner(t, twoArms())
	phi := []float64{1, 2, -1}
	l.ObserveToxicity(ToxicityOutcome{Arm: 0, Event: 5, Horizon: Horizon10s, Phi: phi, Prediction: l.Toxicity(0, Horizon10s).Predict(phi), Z: 9})
	l.Advance(hour)
	for _, z := range []float64{4, -2000} {
		if got := l.ReviseToxicity(5, Horizon10s, z); got != Applied {
			t.Fatalf("correction to %v: %v", z, got)
		}
	}
	if got := l.RemoveToxicity(5, Horizon10s); got != Applied {
		t.Fatalf("removal: %v", got)
	}
	if d := distance(l, fresh); d > 1e-12 {
		t.Errorf("posterior is %v away from the prior", d)
	}
	if got := l.ReviseToxicity(5, Horizon10s, 1); got != Unknown {
		t.Errorf("correction of a busted markout: %v, want unknown", got)
	}
}

// DRF-08: unknown, twice the same, impossible: counted, never applied.
func TestLearnerRefuses(t *testing.T) {
	l := newLearner(t, twoArms())
	l.Advance(100 * hour)
	phi := []float64{1, 0, 0, 0}
	good := FillOutcome{Event: 1, Time: 100 * hour, Phi: phi, Prediction: l.Fill(0).Predict(phi), Curve: l.Size(0).Curve(.3), Sent: 5, Filled: 2}
	with := func(f func(*FillOutcome)) FillOutcome {
		o := good
		o.Event = 99
		f(&o)
		return o
	}
	fill := func(o FillOutcome) func() Refusal { return func() Refusal { return l.ObserveFill(o).Refusal } }
	mark := func(o ToxicityOutcome) func() Refusal { return func() Refusal { return l.ObserveToxicity(o).Refusal } }
	tox := ToxicityOutcome{Event: 1, Horizon: Horizon1s, Time: 100 * hour, Phi: phi[:3], Prediction: l.Toxicity(0, Horizon1s).Predict(phi[:3]), Z: 1}
	other, badZ := tox, tox
	other.Horizon, badZ.Event, badZ.Z = Horizon60s, 98, math.NaN()
	for _, c := range []struct {
		name string
		do   func() Refusal
		want Refusal
	}{
		{"good", fill(good), Applied},
		{"again", fill(good), Duplicate},
		{"arm", fill(with(func(o *FillOutcome) { o.Arm = 2 })), Unknown},
		{"negative arm", fill(with(func(o *FillOutcome) { o.Arm = -1 })), Unknown},
		{"overfill", fill(with(func(o *FillOutcome) { o.Filled = 6 })), Overfilled},
		{"decision unknown", fill(with(func(o *FillOutcome) { o.Prediction = FillPrediction{} })), Malformed},
		{"no features", fill(with(func(o *FillOutcome) { o.Phi = nil })), Malformed},
		{"NaN", fill(with(func(o *FillOutcome) { o.Phi = []float64{1, 0, 0, math.NaN()} })), Malformed},
		{"future", fill(with(func(o *FillOutcome) { o.Time = 101 * hour })), Early},
		{"forgotten", fill(with(func(o *FillOutcome) { o.Time = 60 * hour })), Expired},
		{"we canceled and nothing filled", fill(with(func(o *FillOutcome) { o.Filled, o.Canceled = 0, true })), Uninformative},
		{"markout", mark(tox), Applied},
		{"markout again", mark(tox), Duplicate},
		{"horizon not kept", mark(other), Unknown},
		{"markout NaN", mark(badZ), Malformed},
		{"answer", func() Refusal { return l.ObserveAnswer(1, 1, 100*hour, .002, false) }, Applied},
		{"answer again", func() Refusal { return l.ObserveAnswer(1, 1, 100*hour, .002, false) }, Duplicate},
		{"answer late as never", func() Refusal { return l.ObserveAnswer(1, 2, 100*hour, math.Inf(1), false) }, Malformed},
		{"bust of nothing", func() Refusal { return l.ReviseFill(77, 0) }, Unknown},
		{"correction above sent", func() Refusal { return l.ReviseFill(1, 6) }, Overfilled},
		{"correction to NaN", func() Refusal { return l.ReviseToxicity(1, Horizon1s, math.NaN()) }, Malformed},
	} {
		before, tally := l.AppendSnapshot(nil), l.Tally()
		got := c.do()
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		after := l.Tally()
		if after.Of(c.want) != tally.Of(c.want)+1 {
			t.Errorf("%s: not counted as %v", c.name, c.want)
		}
		if got == Applied {
			continue
		}
		l.tally = tally
		if string(l.AppendSnapshot(nil)) != string(before) {
			t.Errorf("%s: refused, and yet the state changed", c.name)
		}
		l.tally = after
	}
}

// DRF-03: an alarm keeps a tenth of the arm's fills and toxicity and names the arm.
func TestAlarmShrinksTheArm(t *testing.T) {
	l := newLearner(t, twoArms())
	phi := []float64{1, 0, 0, 0}
	sure := l.Fill(1).Predict(phi)
	sure.Mean = .01
	for i := range uint64(100) {
		s := l.arms[1].fill.q.s[0]
		got := l.ObserveFill(FillOutcome{Arm: 1, Event: i, Phi: phi, Prediction: sure, Sent: 1, Filled: 1})
		if !got.Alarmed {
			continue
		}
		if got.Alarm != (Alarm{Arm: 1, Head: HeadFill}) {
			t.Errorf("alarm %+v", got.Alarm)
		}
		if want := .1 * (s + sure.W); math.Abs(l.arms[1].fill.q.s[0]-want) > 1e-12 {
			t.Errorf("S after the alarm %v, want %v", l.arms[1].fill.q.s[0], want)
		}
		if l.arms[1].fillWatch.Level != 0 {
			t.Error("the detector did not begin anew")
		}
		return
	}
	t.Error("no alarm after 100 fills that were predicted at 1 %")
}

// Second waves inform the hazards only; MinQty and lit arms go through the same door.
func TestSecondWaveTeachesSizesOnly(t *testing.T) {
	l := newLearner(t, twoArms())
	phi := []float64{1, 0, 0, 0}
	theta, logQ := l.Fill(0).Theta(nil), l.Size(0).logQ
	got := l.ObserveFill(FillOutcome{Event: 1, Phi: phi, Prediction: l.Fill(0).Predict(phi), Curve: l.Size(0).After(6), Sent: 4, Filled: 3})
	if got.Refusal != Applied || l.Fill(0).Theta(nil)[0] != theta[0] || l.Size(0).logQ == logQ {
		t.Errorf("second wave: %v, θ₀ %v (was %v)", got.Refusal, l.Fill(0).Theta(nil)[0], theta[0])
	}
}

// The ledger is bounded: the oldest record makes room, which is counted.
func TestLedgerIsBounded(t *testing.T) {
	c := twoArms()
	c.LedgerLimit = 100
	l := quiet(newLearner(t, c))
	phi := []float64{1, 0, 0, 0}
	give := func(event uint64) Refusal {
		return l.ObserveFill(FillOutcome{Arm: 1, Event: event, Time: l.Now() * defaultBucket, Phi: phi, Prediction: l.Fill(1).Predict(phi), Sent: 1}).Refusal
	}
	for i := range uint64(250) {
		if got := give(i); got != Applied {
			t.Fatalf("event %d: %v", i, got)
		}
	}
	if tally := l.Tally(); tally.Evicted != 150 || l.Health().Ledger != 100 {
		t.Errorf("evicted %d, held %d, want 150 and 100", tally.Evicted, l.Health().Ledger)
	}
	for i := uint64(150); i < 250; i++ {
		if got := give(i); got != Duplicate {
			t.Fatalf("event %d again: %v, want duplicate", i, got)
		}
	}
	l.Advance(40 * hour)
	if got := l.Health().Ledger; got != 0 {
		t.Errorf("after the retention period the ledger holds %d", got)
	}
	if give(200) != Applied {
		t.Error("an event id of long ago cannot be used again")
	}
}

func TestConfigsAreChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"no arms", func(c *Config) { c.Arms = nil }, "0 arms"},
		{"fill prior", func(c *Config) { c.Arms[1].Fill = Prior{} }, "arm 1: Fill"},
		{"toxicity prior", func(c *Config) { c.Arms[0].Toxicity[2].Precision = nil }, "arm 0: Toxicity[2]"},
		{"latency", func(c *Config) { c.Arms[0].Latency = 0 }, "arm 0: Latency"},
		{"size prior", func(c *Config) { c.Arms[0].Size.A[0] = 1 }, "arm 0: Size"},
		{"horizon", func(c *Config) { c.Arms[0].Decide = 9 }, "Decide"},
		{"bucket", func(c *Config) { c.Bucket = -1 }, "Bucket"},
		{"memory", func(c *Config) { c.Memory.Retain = 3 }, "Tau"},
	} {
		config := twoArms()
		c.edit(&config)
		if _, err := NewLearner(config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to name %q", c.name, err, c.want)
		}
	}
}

// Settled data stay learned and cannot be revised, and their identities are new again.
func TestLearnerSettles(t *testing.T) {
	l := newLearner(t, twoArms())
	phi := []float64{1, 0, 0, 0}
	give := func() Refusal {
		return l.ObserveFill(FillOutcome{Arm: 1, Event: 7, Phi: phi, Prediction: l.Fill(1).Predict(phi), Sent: 1, Filled: 1}).Refusal
	}
	if got := give(); got != Applied {
		t.Fatal(got)
	}
	mean := l.Fill(1).Predict(phi).Mean
	l.Settle()
	if got := l.Fill(1).Predict(phi).Mean; got != mean {
		t.Errorf("the prediction is %v, before it was settled %v", got, mean)
	}
	if got := l.ReviseFill(7, 0); got != Unknown {
		t.Errorf("a revision of settled data: %v, want unknown", got)
	}
	if got := give(); got != Applied {
		t.Errorf("the same identity after it was settled: %v, want applied", got)
	}
}
