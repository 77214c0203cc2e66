package bandit

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// heads are the Gaussian heads of a learner with their priors, in a fixed order.
func heads(l *Learner) (out []*posterior) {
	for i := range l.arms {
		out = append(out, l.arms[i].fill.q)
		for _, t := range l.arms[i].tox {
			if t != nil {
				out = append(out, t.q)
			}
		}
		if h := l.arms[i].hazard; h != nil {
			out = append(out, h.q)
		}
	}
	return out
}

// sums copies S and r of all heads.
func sums(l *Learner) (out []stats) {
	for _, q := range heads(l) {
		s, r := q.data()
		out = append(out, stats{append([]float64(nil), s...), append([]float64(nil), r...)})
	}
	return out
}

// fitted is a configuration with other priors for every head, and of H5 too: any, with the information of the sums that they
// were fitted to.
func fitted(c Config, of []stats, k Key) []ArmConfig {
	arms := append([]ArmConfig(nil), c.Arms...)
	draw, head := uint64(100), 0
	next := func() float64 { draw++; return 2*k.Uniform(draw) - 1 }
	for i := range arms {
		for _, p := range arms[i].priors() {
			d := len(p.Mean)
			if d == 0 {
				continue
			}
			root := mat.NewDense(d, d, nil)
			for j := range d * d {
				root.RawMatrix().Data[j] = next()
			}
			var precision mat.SymDense
			precision.SymOuterK(1, root)
			*p = Prior{Mean: make([]float64, d), Precision: append([]float64(nil), of[head].s...)}
			for j := range d {
				p.Mean[j] = next()
				for m := range d {
					p.Precision[j*d+m] += precision.At(j, m)
				}
				p.Precision[j*(d+1)] += .5
			}
			head++
		}
		arms[i].Latency *= 2
	}
	return arms
}

// told is what a training cut meets: data told before it and after it, in and out of order, some corrected after it.
type told struct{ before, after []telling }

func tell(r *rapid.T, tales []tale) (out told) {
	for _, x := range tales {
		late := rapid.Bool().Draw(r, "after the cut")
		first, mend := x.truth, telling(nil)
		if x.wrong != nil && rapid.Bool().Draw(r, "corrected") {
			first, mend = x.wrong, x.mend
		}
		switch {
		case first == nil:
		case late:
			out.after = append(out.after, first)
		default:
			out.before = append(out.before, first)
		}
		if mend != nil {
			out.after = append(out.after, mend)
		}
	}
	return out
}

func (x told) play(l *Learner, cut func()) {
	l.Advance(21 * hour)
	for _, t := range x.before {
		t(l)
	}
	l.Advance(22 * hour)
	cut()
	for _, t := range x.after {
		t(l)
	}
	l.Advance(23 * hour)
}

// SWP-01, SWP-02, SWP-03: a learner that is based on other priors is what training from them on the data after the cut gives:
// late data, and corrections after the cut of data before it, belong to the data after it. The reference is a learner that
// was never cut, and a linear solver. Rolled back it is the learner that was never cut (SWP-05).
func TestRebasingEqualsBatchTraining(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		config := aWorld(rapid.Bool().Draw(r, "plain"))
		config.Unwatched = true
		seed := rapid.Uint64().Draw(r, "seed")
		x := tell(r, newTales(newLearner(t, config), seed, rapid.IntRange(1, 12).Draw(r, "decisions")))
		cutting, whole := newLearner(t, config), newLearner(t, config)
		var before []stats
		x.play(whole, func() { before = sums(whole) })
		x.play(cutting, func() { cutting.Cut() })
		based, _, err := cutting.Rebase(fitted(config, before, NewKey(seed, 0, 9)), 1, FullTrust())
		if err != nil {
			r.Fatal(err)
		}
		g, after := math.Exp(-4/DefaultMemory().Tau), sums(whole)
		for i, q := range heads(based) {
			for j := range after[i].s {
				after[i].s[j] -= g * before[i].s[j]
			}
			for j := range after[i].r {
				after[i].r[j] -= g * before[i].r[j]
			}
			want := solved(t, q.prior, after[i])
			for j := range want {
				if apart(q.theta[j], want[j]) > 1e-10 {
					r.Fatalf("head %d: θ[%d] = %v, batch training gives %v", i, j, q.theta[j], want[j])
				}
			}
		}
		back, _, err := based.Rebase(config.Arms, 0, FullTrust())
		if err != nil {
			r.Fatal(err)
		}
		agree(r, "a learner rolled back and one that was never cut", back, whole)
	})
}

// solved is (Λ+S)⁻¹(Λθ₀+r), by gonum.
func solved(t *testing.T, prior Prior, of stats) []float64 {
	t.Helper()
	d := len(prior.Mean)
	lambda := mat.NewSymDense(d, prior.Precision)
	var a mat.SymDense
	a.AddSym(lambda, mat.NewSymDense(d, of.s))
	var b, theta mat.VecDense
	b.MulVec(lambda, mat.NewVecDense(d, prior.Mean))
	b.AddVec(&b, mat.NewVecDense(d, of.r))
	if err := theta.SolveVec(&a, &b); err != nil {
		t.Fatal(err)
	}
	return theta.RawVector().Data
}

// SWP-03: each datum counts exactly once. Priors that were fitted to all data before the cut, and nothing else, make of the
// learner what it was: the fit has eaten what the sums leave out.
func TestADatumCountsInThePriorOrInTheSums(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		config := aWorld(rapid.Bool().Draw(r, "plain"))
		config.Unwatched, config.Memory = true, Memory{Tau: math.Inf(1), Retain: 130}
		x := tell(r, newTales(newLearner(t, config), rapid.Uint64().Draw(r, "seed"), rapid.IntRange(1, 12).Draw(r, "decisions")))
		l := newLearner(t, config)
		var before []stats
		x.play(l, func() { before = sums(l); l.Cut() })
		arms, head := append([]ArmConfig(nil), config.Arms...), 0
		for i := range arms {
			for _, p := range arms[i].priors() {
				at := before[head]
				fit := Prior{Mean: solved(t, *p, at), Precision: append([]float64(nil), p.Precision...)}
				for j, v := range at.s {
					fit.Precision[j] += v
				}
				*p = fit
				head++
			}
		}
		based, _, err := l.Rebase(arms, 1, FullTrust())
		if err != nil {
			r.Fatal(err)
		}
		probes := [][]float64{{1, 0, 0, 0}, {1, 1, -1, .5}, {1, -2, .3, 4}}
		for i := range arms {
			for _, phi := range probes {
				a, b := l.Fill(i).Predict(phi), based.Fill(i).Predict(phi)
				if apart(a.A, b.A) > 1e-10 || apart(a.SD, b.SD) > 1e-10 {
					r.Fatalf("arm %d: %+v before and %+v after", i, a, b)
				}
				for h := range Horizon(NumHorizons) {
					if a, b := l.Toxicity(i, h).Predict(phi[:3]), based.Toxicity(i, h).Predict(phi[:3]); apart(a.Mean, b.Mean) > 1e-10 {
						r.Fatalf("arm %d, horizon %d: %+v before and %+v after", i, h, a, b)
					}
				}
				for bin := range HazardBins {
					if a, b := l.Hazard(i).Predict(phi), based.Hazard(i).Predict(phi); apart(a.A[bin], b.A[bin]) > 1e-10 {
						r.Fatalf("arm %d, bin %d: %+v before and %+v after", i, bin, a, b)
					}
				}
			}
		}
	})
}

// SWP-05: rolled back, a learner knows what it would have known, what came while the other priors served included.
func TestRollbackForgetsNothing(t *testing.T) {
	config := aWorld(false)
	config.Unwatched = true
	stayed := newLearner(t, config)
	tales := newTales(stayed, 3, 40)
	deliver := func(l *Learner, tales []tale) {
		for _, x := range tales {
			if x.truth != nil {
				x.truth(l)
			}
		}
	}
	stayed.Advance(21 * hour)
	deliver(stayed, tales[:90])
	for range keptEpochs + 3 { // some are merged
		stayed.Cut()
	}
	went, _, err := stayed.Rebase(fitted(config, sums(stayed), NewKey(1, 1, 1)), stayed.Epoch(), DefaultTrust())
	if err != nil {
		t.Fatal(err)
	}
	before := stayed.AppendSnapshot(nil)
	for _, l := range []*Learner{went} {
		deliver(l, tales[90:])
		l.ReviseFill(3, 0)
		l.Cut()
		l.Advance(25 * hour)
	}
	if !bytes.Equal(before, stayed.AppendSnapshot(nil)) {
		t.Fatal("what the learner beside learned changed the first one")
	}
	deliver(stayed, tales[90:])
	stayed.ReviseFill(3, 0)
	stayed.Cut()
	stayed.Advance(25 * hour)
	back, _, err := went.Rebase(config.Arms, 0, FullTrust())
	if err != nil {
		t.Fatal(err)
	}
	if d := distance(back, stayed); d > 1e-10 {
		t.Errorf("rolled back it differs by %v from one that stayed", d)
	}
	if d := distance(went, stayed); d < 1e-3 {
		t.Errorf("the other priors differ by %v only: nothing was tested", d)
	}
}

// Epochs long ago are one sum; priors that were fitted within it are refused, and such as were fitted further than here.
func TestEpochsThatCannotBeToldApart(t *testing.T) {
	l := newLearner(t, twoArms())
	for range keptEpochs + 2 {
		l.Cut()
	}
	if _, err := l.CutTo(20); err != nil || l.Epoch() != 20 {
		t.Fatalf("epoch %d, %v", l.Epoch(), err)
	}
	if _, err := l.CutTo(20); err == nil {
		t.Error("an epoch began twice")
	}
	for _, c := range []struct {
		since uint32
		want  error
	}{{0, nil}, {1, ErrEpochMerged}, {3, ErrEpochMerged}, {5, nil}, {7, nil}, {19, nil}, {20, nil}, {21, ErrEpochAhead}} {
		n, _, err := l.Rebase(l.config.Arms, c.since, FullTrust())
		if !errors.Is(err, c.want) {
			t.Errorf("priors fitted up to epoch %d: %v, want %v", c.since, err, c.want)
		}
		if err == nil && n.Since() != c.since {
			t.Errorf("data count since epoch %d, want %d", n.Since(), c.since)
		}
	}
	if _, _, err := l.Rebase(l.config.Arms[:1], 0, FullTrust()); !errors.Is(err, ErrArms) {
		t.Errorf("priors of one arm for two: %v", err)
	}
}

// SWP-02: a bust that takes more from a prior than it holds is refused and counted, and breaks nothing.
func TestABustBeyondThePrior(t *testing.T) {
	l := quiet(newLearner(t, twoArms()))
	phi := []float64{4, 4, 4}
	l.ObserveToxicity(ToxicityOutcome{Arm: 1, Event: 5, Horizon: Horizon1s, Phi: phi, Prediction: l.Toxicity(1, Horizon1s).Predict(phi), Z: 1})
	l.Cut()
	based, _, err := l.Rebase(l.config.Arms, 1, FullTrust()) // priors that know nothing of it
	if err != nil {
		t.Fatal(err)
	}
	if got := based.RemoveToxicity(5, Horizon1s); got != Expired {
		t.Errorf("bust of a datum that the prior has not: %v, want expired", got)
	}
	if based.Health().Degraded {
		t.Error("it broke a posterior")
	}
	if got := l.RemoveToxicity(5, Horizon1s); got != Applied {
		t.Errorf("the same bust where the datum is: %v", got)
	}
}

// SWP-03: data after the cut say how far a prior is believed, coordinates far off what was known are doubted.
func TestTrustFollowsTheData(t *testing.T) {
	config := Config{Arms: []ArmConfig{{Fill: Isotropic(2, 0), Latency: 1}}, Unwatched: true}
	prior := func(slope float64) []ArmConfig {
		arm := config.Arms[0]
		arm.Fill = Prior{Mean: []float64{0, slope}, Precision: []float64{400, 0, 0, 400}}
		return []ArmConfig{arm}
	}
	l := newLearner(t, config)
	l.Cut()
	for i := range uint64(400) { // the truth is a slope of 1
		k := NewKey(4, i, 1)
		phi := []float64{1, 4*k.Uniform(1) - 2}
		filled := 0
		if k.Uniform(2) < Sigmoid(phi[1]) {
			filled = 1
		}
		l.ObserveFill(FillOutcome{Event: i, Phi: phi, Prediction: l.Fill(0).Predict(phi), Sent: 1, Filled: filled})
	}
	for _, c := range []struct {
		name  string
		slope float64
		place int     // of ρ in DefaultTrust
		want  float64 // precision of the slope in the prior
	}{{"right", 1, 0, 401}, {"wrong", -1.5, 3, 1}} {
		n, got, err := l.Rebase(prior(c.slope), 1, DefaultTrust())
		if err != nil {
			t.Fatal(err)
		}
		if got.Heads[c.place] != 1 || abs(n.arms[0].fill.q.prior.Precision[3]-c.want) > 1e-9 {
			t.Errorf("a prior that is %s: heads by ρ %v, precision %v, want %v", c.name, got.Heads, n.arms[0].fill.q.prior.Precision[3], c.want)
		}
		if theta := n.Fill(0).Theta(nil); theta[1] < .7 || theta[1] > 1.3 {
			t.Errorf("a prior that is %s: slope %v, want about 1", c.name, theta[1])
		}
	}
}

// SWP-03 of H4: the orders of later epochs count beside the new prior, in their order; those of earlier ones are in it.
func TestImpactRebase(t *testing.T) {
	h, later := newImpact(t), impactAt(t, ImpactPrior{Y: .8, SD: .1, Drift: 1e-6})
	for i := range uint64(60) {
		if i == 20 {
			h.CutTo(3)
		}
		d := NewImpactDatum(i, 20+float64(i), 150, .001, .01, 1)
		h.Observe(d)
		if i >= 20 {
			later.Observe(d)
		}
	}
	n, err := h.Rebase(ImpactPrior{Y: .8, SD: .1, Drift: 1e-6}, 3)
	if err != nil {
		t.Fatal(err)
	}
	image := n.AppendSnapshot(nil)
	if n, err = RestoreImpactHead(image); err != nil || !bytes.Equal(image, n.AppendSnapshot(nil)) {
		t.Fatalf("restored: %v, or other bytes", err)
	}
	if got := n.Remove(5); got != Expired {
		t.Errorf("an order that the prior was fitted to is taken back: %v, want expired", got)
	}
	if got := n.Observe(NewImpactDatum(5, 1, 150, .001, .01, 1)); got != Duplicate {
		t.Errorf("and told again: %v, want duplicate", got)
	}
	for _, x := range []*ImpactHead{n, later} {
		x.Remove(33)
	}
	if n.now != later.now {
		t.Errorf("rebased %+v, told the later orders alone %+v", n.now, later.now)
	}
}

func impactAt(t *testing.T, prior ImpactPrior) *ImpactHead {
	t.Helper()
	h, err := NewImpactHead(prior)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
