package bandit

import (
	"bytes"
	"strings"
	"testing"
)

// lived is a learner with some of everything in it.
func lived(t testing.TB) *Learner {
	t.Helper()
	l := newLearner(t, twoArms())
	h := newHistory(l, 21, 120)
	l.Advance(20 * hour)
	h.give(t, l, inOrder(len(h.fills)+len(h.tox)))
	l.ObserveAnswer(0, 1, 20*hour, .02, true)
	l.ObserveFill(h.fills[0]) // a duplicate
	for _, o := range lives(l, 23, 40) {
		l.ObserveLife(o)
	}
	l.ReviseFill(h.tox[0].Event, 0)
	l.RemoveToxicity(h.tox[0].Event, Horizon1s)
	l.Cut()
	peer := newLearner(t, shard(2))
	newHistory(peer, 22, 30).give(t, advanced(peer, 20*hour), inOrder(30))
	d := peer.TakeDelta()
	if ok, err := l.Merge(&d); !ok || err != nil {
		t.Fatalf("merge: %v, %v", ok, err)
	}
	return l
}

func shard(n uint64) Config {
	c := twoArms()
	c.Shard = n
	return c
}

func advanced(l *Learner, time int64) *Learner {
	l.Advance(time)
	return l
}

// SWP-06: restart is no restart. The restored learner has the same bytes, and after the same further
// outcomes still the same: the posterior is equal to the bit, caches and all.
func TestRestoreContinuesToTheBit(t *testing.T) {
	l := lived(t)
	image := l.AppendSnapshot(nil)
	back, err := RestoreLearner(image)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(image, back.AppendSnapshot(nil)) {
		t.Fatal("restored learner writes other bytes")
	}
	for _, x := range []*Learner{l, back} {
		h := newHistory(x, 33, 100)
		for i := range h.fills {
			h.fills[i].Event += 1000
		}
		h.give(t, x, inOrder(100))
		x.Advance(26 * hour)
		x.ReviseFill(h.fills[3].Event, 0)
		x.ReviseLife(5, Life{End: 1e9})
		x.Temper()
	}
	if !bytes.Equal(l.AppendSnapshot(nil), back.AppendSnapshot(nil)) {
		t.Error("after the same outcomes the restored learner differs")
	}
	again, err := RestoreLearner(l.AppendSnapshot(nil)) // with tempered priors
	if err != nil {
		t.Fatal(err)
	}
	l.Advance(30 * hour)
	again.Advance(30 * hour)
	if !bytes.Equal(l.AppendSnapshot(nil), again.AppendSnapshot(nil)) {
		t.Error("after tempering, the restored learner differs")
	}
}

func TestSnapshotAppends(t *testing.T) {
	l := lived(t)
	with := l.AppendSnapshot([]byte("before"))
	if !bytes.Equal(with[6:], l.AppendSnapshot(nil)) || string(with[:6]) != "before" {
		t.Error("AppendSnapshot does not append")
	}
}

func TestDamagedSnapshotsAreRefused(t *testing.T) {
	image := lived(t).AppendSnapshot(nil)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "does not begin"},
		{"foreign", []byte("SLBLRN99aaaaaaaaaaaa"), "does not begin"},
		{"cut", image[:len(image)/2], "damaged"},
		{"longer", append(bytes.Clone(image), 0), "damaged"},
	} {
		if _, err := RestoreLearner(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to say %q", c.name, err, c.want)
		}
	}
	for i := 0; i < len(image); i += 97 {
		bad := bytes.Clone(image)
		bad[i] ^= 0x10
		if _, err := RestoreLearner(bad); err == nil {
			t.Fatalf("a flipped bit in byte %d is accepted", i)
		}
	}
}

// reseal gives body a valid checksum, so that fuzzing reaches the fields behind it.
func reseal(magic string, body []byte) []byte {
	e := encoder{append([]byte(magic), body...)}
	return e.seal(0)
}

// small is a learner of one arm with a record of each kind, so that fuzzing gets through it quickly.
func small(t testing.TB) *Learner {
	t.Helper()
	arm := ArmConfig{Fill: Isotropic(1, 0), Sizes: true, Latency: 1}
	arm.Toxicity[Horizon1s] = Isotropic(1, 0)
	l := newLearner(t, Config{Arms: []ArmConfig{arm}, LedgerLimit: 4})
	phi := []float64{1}
	l.ObserveFill(FillOutcome{Event: 0, Phi: phi, Prediction: l.Fill(0).Predict(phi), Curve: l.Size(0).Curve(.5), Sent: 3, Filled: 2})
	l.ObserveToxicity(ToxicityOutcome{Event: 1, Horizon: Horizon1s, Phi: phi, Prediction: l.Toxicity(0, Horizon1s).Predict(phi), Z: 2})
	l.ObserveAnswer(0, 2, 0, .5, false)
	l.Cut()
	l.ObserveFill(FillOutcome{Event: 3, Phi: phi, Prediction: l.Fill(0).Predict(phi), Curve: l.Size(0).Curve(.5), Sent: 3, Filled: 3})
	return l
}

// Any bytes: an error, or a learner that writes those very bytes and works on.
func FuzzRestoreLearner(f *testing.F) {
	image := small(f).AppendSnapshot(nil)
	f.Add(image[len(snapshotMagic) : len(image)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		image := reseal(snapshotMagic, body)
		l, err := RestoreLearner(image)
		if err != nil {
			return
		}
		if !bytes.Equal(image, l.AppendSnapshot(nil)) {
			t.Error("restored learner writes other bytes")
		}
		l.Health()
		for i := range min(l.Arms(), 4) {
			l.Fill(i).Predict(make([]float64, l.Fill(i).Dim()))
			l.ReviseFill(uint64(i), 0)
			l.RemoveToxicity(uint64(i+1), Horizon1s)
		}
		l.Advance(hour)
		l.TakeDelta()
		l.Cut()
		for _, since := range []uint32{0, l.Since(), l.Epoch()} {
			if n, _, err := l.Rebase(l.config.Arms, since, DefaultTrust()); err == nil {
				n.ReviseFill(3, 0)
				n.AppendSnapshot(nil)
			}
			l.Replay(l.config.Arms, since, DefaultTrust(), Map{Raw: 1})
		}
	})
}

func FuzzParseDelta(f *testing.F) {
	d := lived(f).TakeDelta()
	image := d.AppendBinary(nil)
	f.Add(image[len(deltaMagic) : len(image)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		image := reseal(deltaMagic, body)
		d, err := ParseDelta(image)
		if err != nil {
			return
		}
		if !bytes.Equal(image, d.AppendBinary(nil)) {
			t.Error("parsed delta writes other bytes")
		}
		l := newLearner(t, shard(9))
		l.Advance(20 * hour)
		if _, err := l.Merge(d); err == nil && l.Health().Degraded {
			t.Error("a merged delta broke a posterior")
		}
	})
}

func FuzzRestoreRamp(f *testing.F) {
	image := NewRamp().AppendSnapshot(nil)
	f.Add(image[len(rampMagic) : len(image)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		image := reseal(rampMagic, body)
		if r, err := RestoreRamp(image); err == nil && !bytes.Equal(image, r.AppendSnapshot(nil)) {
			t.Error("restored ramp writes other bytes")
		}
	})
}

func TestExplorationSnapshot(t *testing.T) {
	e := Exploration{Config: DefaultExploration(), Decisions: 77}
	e.Alarmed()
	image := e.AppendSnapshot(nil)
	back, err := RestoreExploration(image)
	if err != nil || *back != e {
		t.Errorf("restored %+v (%v), want %+v", back, err, e)
	}
	e.Config.AlarmFloor = 2
	for name, data := range map[string][]byte{"damaged": image[:20], "out of range": e.AppendSnapshot(nil)} {
		if _, err := RestoreExploration(data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
