package train

import (
	"bytes"
	"context"
	"runtime"
	"sync/atomic"
	"testing"
)

// FIT-09: the same data and seed give the same bytes on one core and on more, networks, trees and heads; and progress is told by
// one at a time.
func TestCores(t *testing.T) {
	if testing.Short() {
		t.Skip("trains networks")
	}
	train := func(cores int) *Result {
		t.Helper()
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		c := configOf(t, &memory{seed: 15, rows: 3000, draws: 2500, parents: 300})
		c.Family, c.Challenged = NeuralLinear, 120
		c.Waive, c.Waiver = GateNames(), "test: only the bytes are of interest"
		var telling atomic.Int32
		c.Progress = func(string, int64) {
			if telling.Add(1) > 1 {
				t.Error("progress is told twice at a time")
			}
			runtime.Gosched()
			telling.Add(-1)
		}
		r, err := Run(context.Background(), c)
		if err != nil || r.Refused() {
			t.Fatal(err, r)
		}
		return r
	}
	one := train(1)
	if one.Model.Map == nil || one.Report.Cost.Net == nil || one.Report.Impact.Orders == 0 || one.Report.Policy == nil || one.Report.Survival == nil {
		t.Fatal("the training left a family out")
	}
	for _, cores := range []int{2, 5} {
		if r := train(cores); !bytes.Equal(r.Artifact, one.Artifact) {
			t.Errorf("on %d cores the artifact has other bytes than on one", cores)
		} else if r.Report.Card() != one.Report.Card() {
			t.Errorf("on %d cores the card is another", cores)
		}
	}
}
