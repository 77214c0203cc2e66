package store

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTrailGoesOnAsAStart: whatever a session did, and whether or not it was closed, a trail of its records says the numbers
// with which the store itself goes on.
func TestTrailGoesOnAsAStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := &memory{}
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		f := NewFactory(Config{Log: log, Kind: kind})
		s, err := f.Create(session)
		must(err)
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				must(s.IncrNextTargetMsgSeqNum())
			case 1:
				must(s.SaveMessageAndIncrNextSenderMsgSeqNum(s.NextSenderMsgSeqNum(), []byte("35=8")))
			case 2:
				must(s.SetNextTargetMsgSeqNum(rapid.IntRange(1, 50).Draw(t, "target")))
			case 3:
				must(s.SetNextSenderMsgSeqNum(rapid.IntRange(1, 3000).Draw(t, "sender")))
			case 4:
				must(s.Reset())
			case 5:
				must(s.IncrNextSenderMsgSeqNum())
			}
		}
		if rapid.Bool().Draw(t, "closed") {
			must(f.Close())
		}
		again, trail := NewFactory(Config{Log: log, Kind: kind}), NewTrail(true)
		for i, b := range log.records {
			must(again.Recover(uint64(i+1), Version, b))
			must(trail.Take(uint64(i+1), int64(i), Version, b))
		}
		want, err := again.Create(session)
		must(err)
		got := trail.Sessions()
		if len(got) != 1 || got[0].Sender != want.NextSenderMsgSeqNum() || got[0].Target != want.NextTargetMsgSeqNum() {
			t.Fatalf("the trail goes on with %+v, a start with %d out and %d in", got, want.NextSenderMsgSeqNum(), want.NextTargetMsgSeqNum())
		}
	})
}

// TestTrailWithoutItsBeginning: where the log's first records are archived, a number that is seen first is no gap.
func TestTrailWithoutItsBeginning(t *testing.T) {
	trail := NewTrail(false)
	for seq, r := range []record{{op: opTarget, value: 500}, {op: opTarget, value: 501}, {op: opTarget, value: 504}} {
		r.session = session.String()
		if err := trail.Take(uint64(seq+9000), 1, Version, appendRecord(nil, &r)); err != nil {
			t.Fatal(err)
		}
	}
	if n := trail.Sessions()[0]; n.Target != 504 || n.Skipped != 2 || n.Sender != 0 || len(n.Lowered) != 0 {
		t.Errorf("got %+v, want the next in 504, 2 passed over, the next out unknown", n)
	}
	if err := trail.Take(9004, 1, Version+1, nil); err == nil {
		t.Error("a record of another version is taken")
	}
}
