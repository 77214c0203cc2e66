package bandit

import (
	"errors"
	"math"
	"testing"
)

// LRN-13: two shards that exchange deltas know what one learner with all the data knows, in
// whichever order the deltas come.
func TestDeltasAddUpToOneLearner(t *testing.T) {
	one := quiet(newLearner(t, shard(7)))
	var shards [2]*Learner
	var deltas []Delta
	h := newHistory(one, 5, 80)
	n := len(h.fills)
	for s := range shards {
		shards[s] = quiet(newLearner(t, shard(uint64(s+1))))
		shards[s].Advance(20 * hour)
	}
	one.Advance(20 * hour)
	for round, times := range []int64{21 * hour, 22*hour + hour/2} {
		for i := range n {
			if i%2 != round {
				continue
			}
			h.give(t, one, []int{i})
			h.give(t, shards[i/2%2], []int{i})
		}
		one.Advance(times)
		for s := range shards {
			shards[s].Advance(times)
			deltas = append(deltas, shards[s].TakeDelta())
		}
	}
	for s := range shards {
		shards[s].Advance(25 * hour)
	}
	one.Advance(25 * hour)
	for _, i := range []int{3, 0, 2, 1, 1, 3} { // reordered, some twice
		for s := range shards {
			fresh, err := shards[s].Merge(&deltas[i])
			if err != nil {
				t.Fatal(err)
			}
			if own := deltas[i].Key.Shard == uint64(s+1); own && fresh {
				t.Errorf("shard %d merged its own delta", s+1)
			}
		}
	}
	for s := range shards {
		if d := distance(one, shards[s]); d > 1e-10 {
			t.Errorf("shard %d differs from one learner with all data by %v", s+1, d)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	from, to := newLearner(t, shard(2)), newLearner(t, shard(1))
	from.Advance(10 * hour)
	early := from.TakeDelta()
	if _, err := to.Merge(&early); !errors.Is(err, ErrDeltaEarly) {
		t.Errorf("a delta of the future: %v", err)
	}
	to.Advance(100 * hour)
	if _, err := to.Merge(&early); !errors.Is(err, ErrDeltaLate) {
		t.Errorf("a delta of long ago: %v", err)
	}
	other := twoArms()
	other.Shard, other.Arms = 3, other.Arms[:1]
	narrow := newLearner(t, other)
	narrow.Advance(100 * hour)
	shape := narrow.TakeDelta()
	if _, err := to.Merge(&shape); !errors.Is(err, ErrDeltaShape) {
		t.Errorf("a delta of other arms: %v", err)
	}
	from.Advance(100 * hour)
	negative := from.TakeDelta()
	negative.arms[0].fill.s[0] = -50
	before := to.AppendSnapshot(nil)
	if _, err := to.Merge(&negative); !errors.Is(err, ErrDeltaSign) {
		t.Errorf("a delta that takes away too much: %v", err)
	}
	if string(before) != string(to.AppendSnapshot(nil)) {
		t.Error("a refused delta changed something")
	}
	negative.arms[0].fill.s[0] = math.Inf(1)
	if _, err := ParseDelta(negative.AppendBinary(nil)); err == nil {
		t.Error("an infinite statistic is accepted")
	}
}

// SWP-01: a cut closes the epoch's last delta; what follows carries the next epoch.
func TestCutBeginsAnEpoch(t *testing.T) {
	l := newLearner(t, shard(2))
	first := l.TakeDelta()
	last, epoch := l.Cut()
	next := l.TakeDelta()
	if first.Key.Epoch != 0 || last.Key != (DeltaKey{Shard: 2, Part: 1}) || epoch != 1 || next.Key != (DeltaKey{Shard: 2, Epoch: 1}) {
		t.Errorf("keys %+v, %+v, %+v, epoch %d", first.Key, last.Key, next.Key, epoch)
	}
}
