package bandit

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is promised of a Learner's data, for every sequence of them, and tested here (DRF-05 to DRF-08, LRN-13):
//
//   - In whatever order, however late within Memory.Retain, over however many roll-overs, with repetitions, and told wrongly
//     first and corrected afterwards: the statistics, posteriors and predictions of H0, H1, H2, H3 and H5, and what a peer
//     makes of the delta, agree to 1e-10 relative with those of the final values told once and in time.
//   - What is refused is counted by its reason and changes nothing.
//   - The same calls in the same order give the same bytes, with a restart at any point of them.
//
// The first holds for data that carry the prediction of their decision, and not for what looks at the order by design: the
// change detectors, whose alarms shrink an arm at the moment they sound (so Unwatched), and H3's σ², a running estimate, so
// that ToxicityPrediction's Noise and SD depend on the order while its Mean and S, r do not. A corrected price keeps the
// Student weight of the price first told, so corrections of markouts end where the right price would have only with
// PlainToxicity; late, repeated and removed markouts commute under Student weights too. A corrected life stays in the bucket
// of the end first told. H4 is not part of a Learner: see ImpactHead for what it promises instead.

// aWorld is twoArms with every head: all horizons and H2 at both arms.
func aWorld(plain bool) Config {
	c := twoArms()
	for i := range c.Arms {
		for h := range Horizon(NumHorizons) {
			c.Arms[i].Toxicity[h] = Isotropic(3, .5)
			c.Arms[i].Noise[h] = float64(1 + h)
		}
		c.Arms[i].Hazard = ColdHazard(4, .5, 2e9)
	}
	c.PlainToxicity = plain
	return c
}

type telling func(*Learner) Refusal

// A tale is one datum and how it may be told.
type tale struct {
	due   int64   // trading time before whose bucket it is refused
	truth telling // as it ended; nil of a markout whose fill was busted
	want  Refusal // of truth, told once
	wrong telling // with another outcome, always applied; nil where nothing can be corrected
	mend  telling // the correction after wrong
}

// newTales is what came of n decisions of a learner.
func newTales(decider *Learner, seed uint64, n int) (out []tale) {
	for i := range uint64(n) {
		k := NewKey(seed, i, 3)
		arm, phi := int(k.Draw(0)%2), features(k, 0, 4)
		phi[0] = 1
		time := hour + int64(k.Uniform(20)*19*hour)
		fill := fillTale(decider, k, FillOutcome{Arm: arm, Event: i, Time: time, Phi: phi})
		out = append(out, fill, lifeTale(decider, k, LifeOutcome{Arm: arm, Event: i, Time: time, Phi: phi}))
		seconds, rejected := k.Uniform(21)*.05, k.Draw(22)%8 == 0
		out = append(out, tale{due: time, truth: func(l *Learner) Refusal { return l.ObserveAnswer(arm, i, time, seconds, rejected) }})
		for h := range Horizon(NumHorizons) {
			out = append(out, markoutTale(decider, k, ToxicityOutcome{Arm: arm, Event: i, Horizon: h, Time: time, Phi: phi[:3]}))
		}
	}
	return out
}

// fillTale is a child order: with and without MinQty, canceled, censored, a first and a second wave.
func fillTale(decider *Learner, k Key, o FillOutcome) tale {
	o.Prediction = decider.Fill(o.Arm).Predict(o.Phi)
	o.Curve, o.Sent = decider.Size(0).Curve(o.Prediction.Mean), 1+int(k.Draw(30)%40)
	if o.Arm == 0 && k.Draw(31)%5 == 0 {
		o.Curve = decider.Size(0).After(1 + int(k.Draw(32)%30))
	}
	if k.Draw(33)%3 == 0 {
		o.MinQty = 1 + int(k.Draw(34)%uint64(o.Sent))
	}
	o.Canceled = k.Draw(35)%4 == 0
	some := func(purpose uint64) int { // a fill that MinQty allows
		least := max(1, o.MinQty)
		return least + int(k.Draw(purpose)%uint64(o.Sent-least+1))
	}
	if k.Draw(36)%2 == 0 {
		o.Filled = some(37)
	}
	wrong, out := o, tale{due: o.Time}
	if wrong.Filled = some(38); o.Filled > 0 && !o.Canceled && k.Draw(39)%2 == 0 {
		wrong.Filled = 0
	}
	if o.Filled == 0 && o.Canceled {
		out.want = Uninformative
	}
	out.truth = func(l *Learner) Refusal { return l.ObserveFill(o).Refusal }
	out.wrong = func(l *Learner) Refusal { return l.ObserveFill(wrong).Refusal }
	out.mend = func(l *Learner) Refusal { return l.ReviseFill(o.Event, o.Filled) }
	return out
}

// lifeTale is a resting order, filled or withdrawn within some minutes; some rest for longer than they are followed.
func lifeTale(decider *Learner, k Key, o LifeOutcome) tale {
	o.Prediction = decider.Hazard(o.Arm).Predict(o.Phi)
	u := k.Uniform(40)
	o.Life = Life{End: 1 + int64(float64(u*u*u)*400e9), Filled: k.Draw(41)%2 == 0}
	if k.Draw(42)%2 == 0 {
		o.Life.Rest = o.Life.End + int64(k.Uniform(43)*5e9)
	}
	wrong := o
	wrong.Life.Filled = !o.Life.Filled
	return tale{due: o.Time + min(o.Life.End, HazardEdge(HazardBins-1)),
		truth: func(l *Learner) Refusal { return l.ObserveLife(o) },
		wrong: func(l *Learner) Refusal { return l.ObserveLife(wrong) },
		mend:  func(l *Learner) Refusal { return l.ReviseLife(o.Event, o.Life) }}
}

// markoutTale is a markout, some beyond what is winsorised; every fifth is of a fill that will be busted.
func markoutTale(decider *Learner, k Key, o ToxicityOutcome) tale {
	at := 50 + 8*uint64(o.Horizon)
	o.Prediction = decider.Toxicity(o.Arm, o.Horizon).Predict(o.Phi)
	o.Z = 8*k.Uniform(at) - 3
	if k.Draw(at+1)%16 == 0 {
		o.Z *= 500
	}
	observe := func(o ToxicityOutcome) telling {
		return func(l *Learner) Refusal { return l.ObserveToxicity(o).Refusal }
	}
	if k.Draw(at+2)%5 == 0 {
		return tale{due: o.Time, wrong: observe(o), mend: func(l *Learner) Refusal { return l.RemoveToxicity(o.Event, o.Horizon) }}
	}
	out := tale{due: o.Time, truth: observe(o)}
	if decider.config.PlainToxicity {
		wrong := o
		wrong.Z = 6 - 9*k.Uniform(at+3)
		out.wrong, out.mend = observe(wrong), func(l *Learner) Refusal { return l.ReviseToxicity(o.Event, o.Horizon, o.Z) }
	}
	return out
}

// A delivery is one telling at its time, and what must become of it.
type delivery struct {
	at   int64
	tell telling
	want Refusal
}

// deliver gives the data over, advancing the clock as they come and to the end, and checks the tally.
func deliver(t *rapid.T, l *Learner, all []delivery, end int64) {
	slices.SortStableFunc(all, func(a, b delivery) int { return int(min(1, max(-1, a.at-b.at))) })
	var want [numRefusals]uint64
	for i, d := range all {
		l.Advance(d.at)
		if got := d.tell(l); got != d.want {
			t.Fatalf("delivery %d: %v, want %v", i, got, d.want)
		}
		want[d.want]++
	}
	l.Advance(end)
	if got := l.Tally().By; got != want {
		t.Fatalf("tally %v, want %v", got, want)
	}
}

// inTime tells each tale once, at its time, as it ended.
func inTime(tales []tale) (out []delivery) {
	for _, x := range tales {
		if x.truth != nil {
			out = append(out, delivery{x.due, x.truth, x.want})
		}
	}
	return out
}

// garbled tells the tales late and in another order, some too early, some twice, some wrongly first.
func garbled(r *rapid.T, tales []tale) (out []delivery) {
	late := rapid.Int64Range(0, 5*hour)
	for _, x := range tales {
		at := x.due + late.Draw(r, "late")
		again := at + late.Draw(r, "later")
		told, how := x.truth, rapid.IntRange(0, 3).Draw(r, "how")
		if x.truth == nil {
			told = x.wrong
		}
		if how == 1 {
			out = append(out, delivery{x.due - defaultBucket, told, Early})
		}
		switch {
		case x.truth == nil || how == 2 && x.wrong != nil:
			out = append(out, delivery{at, x.wrong, Applied}, delivery{again, x.mend, Applied}, delivery{again, told, Duplicate})
		case how == 3 && x.want == Applied:
			out = append(out, delivery{at, told, Applied}, delivery{again, told, Duplicate})
		default:
			out = append(out, delivery{at, told, x.want})
		}
	}
	return out
}

// opinions is everything a learner predicts at the probes that may not depend on the order.
func opinions(l *Learner, probes [][]float64) (out []float64) {
	for i := range l.arms {
		for _, phi := range probes {
			p := l.Fill(i).Predict(phi)
			out = append(out, p.Mean, p.SE(), p.W)
			for h := range Horizon(NumHorizons) {
				out = append(out, l.Toxicity(i, h).Predict(phi[:3]).Mean)
			}
			life := l.Hazard(i).Predict(phi)
			out = append(append(append(out, life.A[:]...), life.SD[:]...), life.By(2e9))
		}
		latency, sd := l.Service(i).Latency()
		reject, rsd := l.Service(i).Reject()
		out = append(out, latency, sd, reject, rsd)
	}
	for b := range NumBins {
		mean, sd := l.Size(0).Hazard(b)
		out = append(out, mean, sd)
	}
	return out
}

func TestDataCommuteAndCountOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		config := aWorld(rapid.Bool().Draw(r, "plain"))
		config.Unwatched = true
		seed := rapid.Uint64().Draw(r, "seed")
		decider := newLearner(t, config)
		for _, x := range newTales(decider, seed+1, 10) { // so that decisions are not all made on the prior
			decider.Advance(x.due)
			if x.truth != nil {
				x.truth(decider)
			}
		}
		tales := newTales(decider, seed, rapid.IntRange(1, 25).Draw(r, "decisions"))
		straight, other := newLearner(t, config), newLearner(t, config)
		deliver(r, straight, inTime(tales), 31*hour)
		deliver(r, other, garbled(r, tales), 31*hour)
		agree(r, "the learners", straight, other)

		config.Shard = 2
		peers := [2]*Learner{newLearner(t, config), newLearner(t, config)}
		for i, l := range [2]*Learner{straight, other} {
			peers[i].Advance(31 * hour)
			delta := l.TakeDelta()
			if ok, err := peers[i].Merge(&delta); !ok || err != nil {
				r.Fatalf("merge: %v, %v", ok, err)
			}
		}
		agree(r, "peers with their deltas", peers[0], peers[1])
		agree(r, "a learner and a peer with its delta", straight, peers[0])
	})
}

func agree(t *rapid.T, who string, x, y *Learner) {
	const tolerance = 1e-10
	if d := distance(x, y); d > tolerance {
		t.Fatalf("statistics of %s differ by %v", who, d)
	}
	probes := [][]float64{{1, 0, 0, 0}, {1, 1, -1, .5}, {1, -2, .3, 4}}
	a, b := opinions(x, probes), opinions(y, probes)
	for i := range a {
		if apart(a[i], b[i]) > tolerance {
			t.Fatalf("prediction %d of %s: %v and %v", i, who, a[i], b[i])
		}
	}
}

// A script is a sequence of calls of every kind, right and wrong ones, each decided by the learner that it is played to.
type script struct {
	seed   uint64
	alarms int
}

// play makes call i.
func (s *script) play(l *Learner, i int) {
	k := NewKey(s.seed, uint64(i), 4)
	arm, event, phi := int(k.Draw(1)%2), k.Draw(2)%512, features(k, 0, 4)
	phi[0] = 1
	h, time := Horizon(k.Draw(3)%NumHorizons), l.Now()*defaultBucket
	switch k.Draw(4) % 24 {
	case 0:
		l.Advance(time + int64(k.Uniform(20)*2*hour))
	case 1:
		l.ReviseFill(event, int(k.Draw(20)%5))
	case 2:
		l.ReviseToxicity(event, h, 9*k.Uniform(20))
	case 3:
		l.RemoveToxicity(event, h)
	case 4:
		l.ReviseLife(event, Life{End: int64(k.Uniform(20) * 9e9), Filled: arm == 0})
	case 5:
		s.rarely(l, k, arm)
	case 6, 7, 8:
		l.ObserveAnswer(arm, event, time, k.Uniform(20), k.Draw(21)%9 == 0)
	case 9, 10, 11, 12:
		l.ObserveLife(LifeOutcome{Arm: arm, Event: event, Time: max(0, time-hour), Phi: phi, Prediction: l.Hazard(arm).Predict(phi),
			Life: Life{End: int64(k.Uniform(20) * 40e9), Filled: k.Draw(21)%2 == 0}})
	case 13, 14, 15, 16, 17, 18:
		p := l.Toxicity(arm, h).Predict(phi[:3])
		got := l.ObserveToxicity(ToxicityOutcome{Arm: arm, Event: event, Horizon: h, Time: time, Phi: phi[:3], Prediction: p, Z: 40 * k.Uniform(20)})
		s.count(got)
	default:
		p := l.Fill(arm).Predict(phi)
		if s.seed%2 == 0 { // a model that is far off raises alarms
			p.Mean = .02
		}
		sent := 1 + int(k.Draw(20)%9)
		got := l.ObserveFill(FillOutcome{Arm: arm, Event: event, Time: time, Phi: phi, Prediction: p, Curve: l.Size(0).Curve(p.Mean),
			Sent: sent, Filled: int(k.Draw(21) % uint64(sent+2)), MinQty: int(k.Draw(22) % uint64(sent+1)), Canceled: k.Draw(23)%5 == 0})
		s.count(got)
	}
}

// rarely makes the calls that forget or begin anew.
func (s *script) rarely(l *Learner, k Key, arm int) {
	switch k.Draw(10) % 8 {
	case 0:
		l.Shrink(arm, .3)
	case 1:
		l.Keep(.9)
	case 2:
		l.Temper()
	case 3:
		l.Cut()
	case 4:
		l.Settle()
	case 5:
		if n, _, err := l.Rebase(l.config.Arms, uint32(k.Draw(11)%uint64(l.Epoch()+2)), DefaultTrust()); err == nil {
			*l = *n
		}
	case 6:
		*l = *s.remap(l, k.Draw(11)%2 == 0)
	default:
		l.TakeDelta()
	}
}

func (s *script) count(r Receipt) {
	if r.Alarmed {
		s.alarms++
	}
}

// SWP-06: the same calls give the same bytes, through a snapshot at any point of them; watched, with Student weights.
func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	alarms := 0
	rapid.Check(t, func(r *rapid.T) {
		s := script{seed: rapid.Uint64().Draw(r, "seed")}
		n := rapid.IntRange(1, 400).Draw(r, "calls")
		cut := rapid.IntRange(0, n).Draw(r, "restart before call")
		once, twice, restarted := newLearner(t, aWorld(false)), newLearner(t, aWorld(false)), newLearner(t, aWorld(false))
		for i := range n {
			if i == cut {
				back, err := RestoreLearner(restarted.AppendSnapshot(nil))
				if err != nil {
					r.Fatal(err)
				}
				restarted = back
			}
			for _, l := range [3]*Learner{once, twice, restarted} {
				s.play(l, i)
			}
		}
		alarms += s.alarms
		want := once.AppendSnapshot(nil)
		if !bytes.Equal(want, twice.AppendSnapshot(nil)) {
			r.Fatal("the same calls gave other bytes")
		}
		if !bytes.Equal(want, restarted.AppendSnapshot(nil)) {
			r.Fatal("after a restart the same calls gave other bytes")
		}
	})
	if alarms == 0 {
		t.Error("no alarm sounded in any sequence: they do not test the change detector")
	}
}
