package bandit

import "testing"

// PLN-06: reference values of plain SplitMix64 and of the keyed stream.
func TestDrawsMatchTheReference(t *testing.T) {
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423} {
		if got := Key(1234567).Draw(uint64(i)); got != want {
			t.Errorf("SplitMix64 from 1234567, draw %d = %d, want %d", i, got, want)
		}
	}
	k := NewKey(42, 7, 1)
	if got, want := k.Draw(0), uint64(0x8d042152b789fc96); got != want {
		t.Errorf("seed 42, decision 7, purpose 1: draw 0 = %#x, want %#x", got, want)
	}
	if got, want := k.Uniform(0), 0.5508442713685681; got != want {
		t.Errorf("the same as a uniform = %v, want %v", got, want)
	}
	if got, want := k.Draw(1), uint64(0xa52d7d932ce877f1); got != want {
		t.Errorf("draw 1 = %#x, want %#x", got, want)
	}
	if got, want := NewKey(42, 8, 1).Draw(0), uint64(0x581745a63e92b400); got != want {
		t.Errorf("decision 8: draw 0 = %#x, want %#x", got, want)
	}
}

func TestUniformIsUniform(t *testing.T) {
	const n = 100_000
	sum, buckets := 0.0, [10]int{}
	for d := range uint64(n) {
		u := NewKey(9, d, 2).Uniform(0)
		if u < 0 || u >= 1 {
			t.Fatalf("decision %d gives %v, want [0, 1)", d, u)
		}
		sum += u
		buckets[int(10*u)]++
	}
	if mean := sum / n; abs(mean-.5) > .005 {
		t.Errorf("mean over decisions is %v, want .5", mean)
	}
	for i, c := range buckets {
		if c < n/10-500 || c > n/10+500 { // five standard deviations
			t.Errorf("tenth %d has %d of %d draws", i, c, n)
		}
	}
}
