package view

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestExperiment: rows come as parents end, a bust restates one, a new experiment begins with none.
func TestExperiment(t *testing.T) {
	f := newFeed(t, Options{})
	if f.v.Experiment() != nil {
		t.Error("an experiment that nobody began")
	}
	d := experiment.Default("pay")
	text, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	f.apply(&event.RecordExperiment{What: event.ExperimentBegan, Name: "pay", Design: text, Reason: "ann: does it pay"})
	for id := order.ParentID(2); id < 6; id++ {
		f.apply(&event.RecordExperiment{What: event.ExperimentAssigned, Name: "pay", Parent: id, Arm: uint8(id % 2), Cluster: uint64(id), X: []float64{1}},
			parent(id, order.New, 0, 0))
	}
	x := fill("x1", 1, 0, 1000, 10_100_000)
	x.Exec.Parent = 2
	ended := parent(2, order.Filled, 1000, 10_100_000)
	f.apply(x, ended)
	unpriced := parent(3, order.Canceled, 0, 0)
	unpriced.Parent.Arrival = 0
	f.apply(unpriced)
	e := f.v.Experiment()
	if e.Assigned != 4 || e.Working != 2 || e.Unpriced != 1 || len(e.Rows) != 1 || e.Design.Treatment != "learner" {
		t.Fatalf("experiment %+v", e)
	}
	if y := e.Rows[0].Y; math.Abs(y-101) > .01 { // 100 bps of price and 1 of fees
		t.Errorf("cost %v bps, want 101", y)
	}
	bust := fill("x1", 1, 0, 0, 10_100_000)
	bust.Exec.Parent, bust.Exec.Busted = 2, true
	restated := parent(2, order.Canceled, 0, 0)
	restated.EndMid = 10_200_000
	f.apply(bust, restated)
	if again := f.v.Experiment(); len(again.Rows) != 1 || again.Revision == e.Revision || math.Abs(again.Rows[0].Y-200) > .01 {
		t.Errorf("after the bust: %+v, want 200 bps of what stayed unfilled", again.Rows)
	}
	f.apply(&event.RecordExperiment{What: event.ExperimentEnded, Name: "pay", Reason: "ann: enough"})
	if got := f.v.Experiment(); got.Ended == 0 || got.Why != "ann: enough" {
		t.Errorf("ended %v, %q", got.Ended, got.Why)
	}
	f.apply(&event.RecordExperiment{What: event.ExperimentBegan, Name: "next", Design: text})
	if got := f.v.Experiment(); got.Name != "next" || len(got.Rows) != 0 {
		t.Errorf("the next one: %+v", got)
	}
}

// TestModelCosts: the mean of what a model's decisions cost, the last word about each.
func TestModelCosts(t *testing.T) {
	f := newFeed(t, Options{})
	for i := range 3 {
		d := decision(uint64(i + 1))
		d.Model = fmt.Sprint("m", min(i, 1))
		f.apply(d)
	}
	cost := func(id uint64, bps float64) *event.RecordOutcome {
		return &event.RecordOutcome{What: event.OutcomeCost, Decision: id, Parent: 1, Value: bps, Sent: 100, Got: 50}
	}
	f.apply(cost(2, 9), cost(3, 2), cost(2, 1), cost(1, 5))
	got := f.v.ModelCosts()
	if len(got) != 2 || got[0].CostBps != nil || got[0].Decisions != 1 || got[0].Measured != 1 {
		t.Fatalf("costs %+v", got)
	}
	if c := got[1]; c.Measured != 2 || c.CostBps.Mean != 1.5 || math.Abs(float64(c.CostBps.Hi)-1.5-z90*.5) > 1e-9 {
		t.Errorf("m1: %+v, %+v", c, c.CostBps)
	}
}
