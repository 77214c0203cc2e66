package shard

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
)

// TestUnsentReports holds REC-08 alone: a report that took a number in its session's store is resent from there, and not
// sent again by us, nor is any before it, because a session takes them in turn; what comes after it is, in the journal's
// order, with its old id and marked as a possible resend. A client's store says nothing of another's.
func TestUnsentReports(t *testing.T) {
	var u unsent
	for n := uint64(1); n <= 3; n++ {
		u.reported(10*n, 77, &event.ReportParent{Client: "A", ExecID: n})
		u.reported(10*n+5, 77, &event.ReportParent{Client: "B", ExecID: 100 + n})
	}
	u.saved("A", ReportKey{"8", event.ExecID(77, 2)})
	u.saved("B", ReportKey{"8", event.ExecID(77, 2)}) // not B's: nothing of B's was taken
	want := []uint64{15, 25, 30, 35}
	all := u.all()
	if len(all) != len(want) {
		t.Fatalf("%d reports are sent again, want %d: %+v", len(all), len(want), all)
	}
	for i, r := range all {
		if b := r.body.(*event.ReportParent); r.seq != want[i] || !b.Resend {
			t.Errorf("report %d sent again is that of record %d, a possible resend: %v; want record %d, true", i, r.seq, b.Resend, want[i])
		}
	}
}
