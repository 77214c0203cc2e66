package bandit

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// mapped is a map of four raw coordinates to three: a constant and two that are no linear function of them.
var mapped = Map{Raw: 4, Apply: func(phi, raw []float64) {
	phi[0], phi[1], phi[2] = 1, max(0, raw[1]-raw[2]), min(4, max(0, .5+raw[3]))
}}

// mappedArms is what a model with that map brings.
func mappedArms(n int) (arms []ArmConfig) {
	for range n {
		a := ArmConfig{Fill: Isotropic(3, .2), Latency: .01, Sizes: len(arms) == 0, Decide: Horizon10s, Hazard: ColdHazard(3, .4, 2e9)}
		for h := range a.Toxicity {
			a.Toxicity[h], a.Noise[h] = Isotropic(3, 1), 2
		}
		arms = append(arms, a)
	}
	return arms
}

// rawWorld is aWorld whose heads all have four coordinates.
func rawWorld() Config {
	c := aWorld(false)
	for i := range c.Arms {
		for h := range c.Arms[i].Toxicity {
			c.Arms[i].Toxicity[h] = Isotropic(4, .5)
		}
	}
	c.Unwatched = true
	c.Memory = Memory{Tau: 260, Retain: 2000} // all that a test tells is kept
	return c
}

// remap moves a script's learner to the map, or back. The script's heads have other dimensions: it fails, and must change nothing.
func (s *script) remap(l *Learner, there bool) *Learner {
	before := l.AppendSnapshot(nil)
	through := Map{Raw: 4}
	if there {
		through = mapped
	}
	n, _, err := l.Replay(l.config.Arms, l.Epoch(), DefaultTrust(), through)
	if !bytes.Equal(before, l.AppendSnapshot(nil)) {
		panic("a replay changed the learner it came from")
	}
	if err != nil {
		return l
	}
	return n
}

// lesson is an outcome of any kind without a prediction: each learner makes its own when it is taught.
type lesson struct {
	key   Key
	event uint64
	at    int64
}

// teach tells l the lesson; through is its map.
func (x lesson) teach(l *Learner, through Map) Refusal {
	k, arm := x.key, int(x.key.Draw(0)%2)
	raw := features(k, 40, 4)
	raw[0] = 1
	phi := append([]float64(nil), raw...)
	if through.Apply != nil {
		phi = phi[:3]
		through.Apply(phi, raw)
	}
	h := Horizon(k.Draw(2) % NumHorizons)
	time := max(0, x.at-int64(k.Uniform(5)*3*hour)) // decided some time before
	switch k.Draw(1) % 4 {
	case 0:
		return l.ObserveToxicity(ToxicityOutcome{Arm: arm, Event: x.event, Horizon: h, Time: time, Phi: phi, Raw: raw,
			Prediction: l.Toxicity(arm, h).Predict(phi), Z: 8*k.Uniform(3) - 3}).Refusal
	case 1:
		return l.ObserveLife(LifeOutcome{Arm: arm, Event: x.event, Time: time, Phi: phi, Raw: raw, Prediction: l.Hazard(arm).Predict(phi),
			Life: Life{End: 1 + int64(k.Uniform(3)*4e9), Filled: k.Draw(4)%2 == 0}})
	case 2:
		return l.ObserveAnswer(arm, x.event, time, k.Uniform(3), k.Draw(4)%9 == 0)
	}
	p := l.Fill(arm).Predict(phi)
	sent := 1 + int(k.Draw(4)%9)
	return l.ObserveFill(FillOutcome{Arm: arm, Event: x.event, Time: time, Phi: phi, Raw: raw, Prediction: p,
		Curve: Curve{First: p.Mean}, Sent: sent, Filled: int(k.Draw(6) % uint64(sent+1)), Canceled: k.Draw(7)%7 == 0}).Refusal
}

// SWP-04: a feature map that changes is as if it had been there from the start: replayed out of the ledger the learner is one
// that was taught the data after the cut through the new map, in their order and at their times. Data before the cut are in
// the priors. Then both go on alike, busts of all of them included.
func TestReplayEqualsALearnerTaughtThroughTheMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		n := rapid.IntRange(1, 150).Draw(r, "data")
		cut := rapid.IntRange(0, n-1).Draw(r, "cut before")
		l := newLearner(t, rawWorld())
		config := rawWorld()
		config.Arms, config.Raw = mappedArms(2), 4
		fresh := newLearner(t, config)
		now, want := int64(4*hour), 0
		for i := range uint64(n) {
			k := NewKey(seed, i, 5)
			if now += int64(k.Uniform(9) * float64(hour)); k.Draw(8)%3 == 0 {
				now += hour
			}
			l.Advance(now)
			fresh.Advance(now)
			if i == uint64(cut) {
				l.Cut()
				fresh.Cut()
			}
			x := lesson{k, i, now}
			refusal := x.teach(l, Map{})
			if i < uint64(cut) {
				continue
			}
			if got := x.teach(fresh, mapped); got != refusal {
				r.Fatalf("datum %d is %v without the map and %v with it", i, refusal, got)
			}
			if refusal == Applied && k.Draw(1)%4 != 2 {
				want++
			}
		}
		replayed, got, err := l.Replay(mappedArms(2), 1, FullTrust(), mapped)
		if err != nil {
			r.Fatal(err)
		}
		if got.Replayed != want || got.Missing != 0 {
			r.Fatalf("replayed %d data, %d missing, want %d and none", got.Replayed, got.Missing, want)
		}
		restored, err := RestoreLearner(replayed.AppendSnapshot(nil))
		if err != nil {
			r.Fatal(err)
		}
		for round := range 2 {
			for _, x := range []*Learner{replayed, restored} {
				if d := distance(x, fresh); d > 1e-10 {
					r.Fatalf("round %d: replayed it differs by %v from one that was taught through the map", round, d)
				}
			}
			now += 2 * hour
			for _, x := range []*Learner{replayed, restored, fresh} {
				for i := uint64(cut); i < uint64(n); i += 3 {
					x.ReviseFill(i, 0)
					x.ReviseLife(i, Life{End: 1e9})
					for h := range Horizon(NumHorizons) {
						x.RemoveToxicity(i, h)
					}
				}
				x.Advance(now)
				for i := range uint64(20) {
					lesson{NewKey(seed, i, 6), 1000 + i, now}.teach(x, mapped)
				}
			}
		}
	})
}

// And back: through no map, raw vectors are φ.
func TestReplayBackThroughNoMap(t *testing.T) {
	l, fresh := newLearner(t, rawWorld()), newLearner(t, rawWorld())
	there, _, err := l.Replay(mappedArms(2), 0, FullTrust(), mapped)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(80) {
		x := lesson{NewKey(8, i, 5), i, int64(i) * hour / 4}
		there.Advance(x.at)
		fresh.Advance(x.at)
		x.teach(there, mapped)
		x.teach(fresh, Map{})
	}
	back, _, err := there.Replay(rawWorld().Arms, 0, FullTrust(), Map{Raw: 4})
	if err != nil {
		t.Fatal(err)
	}
	if d := distance(back, fresh); d > 1e-10 {
		t.Errorf("back through no map it differs by %v from one that never had another", d)
	}
}

// A learner that was replayed has no sums of what came before: priors fitted earlier than that need a replay too, and get it.
func TestEarlierPriorsNeedAReplay(t *testing.T) {
	l := newLearner(t, rawWorld())
	for i := range uint64(60) {
		if i == 20 || i == 40 {
			l.Cut()
		}
		lesson{NewKey(8, i, 5), i, 0}.teach(l, Map{})
	}
	there, _, err := l.Replay(mappedArms(2), 2, FullTrust(), mapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := there.Rebase(mappedArms(2), 1, FullTrust()); !errors.Is(err, ErrEpochGone) {
		t.Errorf("priors fitted up to epoch 1: %v, want %v", err, ErrEpochGone)
	}
	again, got, err := there.Replay(mappedArms(2), 1, FullTrust(), mapped)
	direct, want, _ := l.Replay(mappedArms(2), 1, FullTrust(), mapped)
	if err != nil || got.Replayed != want.Replayed || got.Missing != 0 || distance(again, direct) > 1e-12 {
		t.Errorf("replayed %+v (%v), want %+v and the same learner", got, err, want)
	}
	if _, _, err := there.Rebase(mappedArms(2), 2, FullTrust()); err != nil {
		t.Errorf("priors fitted up to epoch 2: %v", err)
	}
}

// What the ledger no longer has cannot be taught anew: it is counted.
func TestReplayCountsWhatIsMissing(t *testing.T) {
	config := rawWorld()
	config.LedgerLimit = 10
	l := newLearner(t, config)
	applied := 0
	for i := range uint64(40) {
		x := lesson{NewKey(9, i, 5), i, 0}
		if x.teach(l, Map{}) == Applied && x.key.Draw(1)%4 != 2 {
			applied++
		}
	}
	_, got, err := l.Replay(mappedArms(2), 0, DefaultTrust(), mapped)
	if err != nil {
		t.Fatal(err)
	}
	if got.Replayed == 0 || got.Replayed > 10 || got.Replayed+got.Missing != applied {
		t.Errorf("%d replayed and %d missing of %d", got.Replayed, got.Missing, applied)
	}
}

func BenchmarkReplay(b *testing.B) {
	l := newLearner(b, rawWorld())
	for i := range uint64(4096) {
		lesson{NewKey(9, i, 5), i, 0}.teach(l, Map{})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := l.Replay(mappedArms(2), 0, DefaultTrust(), mapped); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(l.ledger.n), "ns/datum")
}

// BenchmarkRebase is a learner of two arms and a full ledger based on other priors: the ledger is shared.
func BenchmarkRebase(b *testing.B) {
	l := newLearner(b, rawWorld())
	for i := range uint64(4096) {
		lesson{NewKey(9, i, 5), i, 0}.teach(l, Map{})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := l.Rebase(l.config.Arms, 0, DefaultTrust()); err != nil {
			b.Fatal(err)
		}
	}
}
