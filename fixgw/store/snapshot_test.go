package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// JRN-07: a snapshot and the tail of the log give the state of the whole log,
// wherever the cut is.
func TestSnapshotAndTail(t *testing.T) {
	l := new(memory)
	cfg := Config{Reports: reports, Block: 10}
	f := recovered(t, l, cfg)
	s := open(t, f)
	type cut struct {
		at       int
		snapshot []byte
	}
	cuts := []cut{{0, NewFactory(Config{Log: l, Kind: kind}).Snapshot()}}
	for num := 1; num <= 40; num++ {
		msg := valid(num)
		if num%3 == 0 {
			msg = newFiller(session).message(num)
		}
		send(t, s, num, msg)
		if num%5 == 0 {
			if err := s.IncrNextTargetMsgSeqNum(); err != nil {
				t.Fatal(err)
			}
		}
		cuts = append(cuts, cut{len(l.records), f.Snapshot()})
	}
	want := open(t, recovered(t, l, cfg))
	for _, c := range cuts {
		cfg.Log, cfg.Kind = l, kind
		again := NewFactory(cfg)
		if err := again.Restore(c.snapshot); err != nil {
			t.Fatal(err)
		}
		for i, r := range l.records[c.at:] {
			if err := again.Recover(uint64(c.at+i+1), Version, r); err != nil {
				t.Fatal(err)
			}
		}
		got := open(t, again)
		if diff := cmp.Diff(want.state, got.state, cmp.AllowUnexported(state{}, entry{})); diff != "" {
			t.Fatalf("cut at record %d: %s", c.at, diff)
		}
	}
	if err := NewFactory(cfg).Restore([]byte{5, 1}); err == nil {
		t.Error("a cut snapshot was taken")
	}
}
