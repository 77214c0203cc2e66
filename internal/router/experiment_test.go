package router

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// experimenting is a world in which half of the orders are static, with the assignments that it recorded.
type experimenting struct {
	*world
	assigned map[order.ParentID]event.RecordExperiment
	changes  []event.RecordExperiment
}

func newExperimenting(t testing.TB, seed uint64) *experimenting {
	w := &experimenting{world: explorerWorld(t, 1e9, seed), assigned: map[order.ParentID]event.RecordExperiment{}}
	d := experiment.Default("static against learner")
	w.steer(&d)
	return w
}

func (w *experimenting) steer(d *experiment.Design) event.AnswerPerson {
	var text []byte
	if d != nil {
		text, _ = json.Marshal(d)
	}
	w.apply(&event.ExperimentSteered{Design: text, Actor: "ann", Reason: "to know"})
	return w.answers[len(w.answers)-1]
}

// gather reads the assignments out of a replay, which must give the same commands.
func (w *experimenting) gather() {
	e := New()
	var log []byte
	for _, ev := range w.events {
		for _, cmd := range e.Apply(ev) {
			log = append(log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
			log = event.Append(log, cmd)
			if r, ok := cmd.(*event.RecordExperiment); ok {
				if r.What == event.ExperimentAssigned {
					w.assigned[r.Parent] = *r
				} else {
					w.changes = append(w.changes, *r)
				}
			}
		}
	}
	if !bytes.Equal(log, w.log) {
		w.t.Fatal("a replay gives other commands")
	}
}

// ABT-01, ABT-02: every order that may be explored with gets an arm at its arrival; the control's decisions are static, and the
// learner learns nothing of them; orders of one client, symbol and side that overlap share an arm.
func TestExperimentAssigns(t *testing.T) {
	arms, shared := [2]int{}, 0
	for seed := range uint64(4) {
		w := newExperimenting(t, seed)
		for i := range 30 {
			if i%3 == 0 { // two that overlap
				for _, id := range [2]string{"A", "B"} {
					w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint(id, i), Terms: order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Buy, Qty: 900, Strategy: order.Block, End: w.now.Add(5 * market.Second)}})
				}
			}
			w.wander(i)
		}
		w.gather()
		live := map[uint64]uint8{}
		for id, r := range w.assigned {
			arms[r.Arm]++
			if want := [2]string{"static", "learner"}[r.Arm]; r.Policy != want || len(r.X) != 5 {
				t.Fatalf("parent %d: arm %d has policy %q and covariates %v", id, r.Arm, r.Policy, r.X)
			}
			if arm, ok := live[r.Cluster]; ok {
				shared++
				if arm != r.Arm {
					t.Errorf("seed %d: cluster %d has both arms", seed, r.Cluster)
				}
			}
			live[r.Cluster] = r.Arm
		}
		for i := range w.decided {
			d := &w.decided[i]
			p, r := w.e.parents[d.Parent], w.assigned[d.Parent]
			_, in := w.assigned[d.Parent]
			if p != nil && in == p.Terms.NoExplore {
				t.Errorf("seed %d: parent %d is in the experiment: %v, and must not be explored with: %v", seed, d.Parent, in, p.Terms.NoExplore)
			}
			if in && r.Arm == 0 && (d.M != 0 || d.Chosen != d.Static && d.Stage != event.StageHold) {
				t.Errorf("seed %d: the control's parent %d has decision %d with m %v, plan %d, static is %d", seed, d.Parent, d.Decision, d.M, d.Chosen, d.Static)
			}
			if in && r.Arm == 1 && d.M == 0 && d.Stage != event.StageHold {
				t.Errorf("seed %d: the treatment's parent %d has a static decision %d", seed, d.Parent, d.Decision)
			}
		}
		for i := range w.outcomes {
			o := &w.outcomes[i]
			if r, in := w.assigned[o.Parent]; in && r.Arm == 0 && (o.What == event.OutcomeFill || o.What == event.OutcomeMarkout) && o.Refused == "" {
				t.Errorf("seed %d: the learner learned %v of the control's parent %d", seed, o.What, o.Parent)
			}
		}
	}
	if arms[0] < 20 || arms[1] < 20 || shared < 5 {
		t.Errorf("%v assignments, %d of them shared: the test has too little to see", arms, shared)
	}
}

// An experiment survives a restart: the engine goes on from its snapshot as it would have.
func TestExperimentSurvivesSnapshot(t *testing.T) {
	w := newExperimenting(t, 9)
	for i := range 20 {
		if w.wander(i); i == 10 {
			e, err := Restore(w.e.AppendSnapshot(nil))
			if err != nil {
				t.Fatal(err)
			}
			w.e = e
		}
	}
	w.gather() // without the restart, by the same events
	if len(w.assigned) < 10 {
		t.Errorf("%d assignments", len(w.assigned))
	}
}

// What cannot run is refused with what to do, one runs at a time, and an end leaves orders their arms.
func TestExperimentSteering(t *testing.T) {
	w := newExperimenting(t, 1)
	d := experiment.Default("second")
	if a := w.steer(&d); !a.Refused || !strings.Contains(a.Text, "end it first") {
		t.Errorf("a second experiment: %+v", a)
	}
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "A", Terms: order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Buy, Qty: 3_000, Strategy: order.Block, End: w.now.Add(market.Minute)}})
	if a := w.steer(nil); a.Refused {
		t.Errorf("the end: %+v", a)
	}
	if a := w.steer(nil); !a.Refused {
		t.Errorf("an end of nothing: %+v", a)
	}
	d.Treatment = "0123456789abcdef"
	if a := w.steer(&d); !a.Refused || !strings.Contains(a.Text, "sluice models shadow 0123456789abcdef") {
		t.Errorf("a model without a place: %+v", a)
	}
	d.Treatment, d.Share = "learner", 2
	if a := w.steer(&d); !a.Refused || !strings.Contains(a.Text, "share is 2") {
		t.Errorf("a share of 2: %+v", a)
	}
	w.apply(&event.ExperimentSteered{Design: []byte("{"), Actor: "ann"})
	if a := w.answers[len(w.answers)-1]; !a.Refused {
		t.Errorf("no JSON: %+v", a)
	}
	d.Share = .5
	if a := w.steer(&d); a.Refused {
		t.Errorf("another after the end: %+v", a)
	}
	w.run(2 * market.Minute)
	w.gather()
	if len(w.changes) != 3 || w.changes[0].What != event.ExperimentBegan || w.changes[1].What != event.ExperimentEnded || w.changes[2].Name != "second" {
		t.Errorf("recorded: %+v", w.changes)
	}
	if n := len(w.assigned); n != 1 {
		t.Errorf("%d assignments; want the one that arrived", n)
	}
}

// A switchback gives a symbol one arm for the whole day.
func TestExperimentBySymbolDays(t *testing.T) {
	w := newExperimenting(t, 2)
	w.steer(nil)
	d := experiment.Default("days")
	d.Unit = experiment.SymbolDays
	w.steer(&d)
	for i := range 12 {
		w.apply(&event.ParentReceived{Client: fmt.Sprint("C", i), ClOrdID: "A", Terms: order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Buy, Qty: 300}})
		w.run(market.Second)
	}
	w.gather()
	first := -1
	for _, r := range w.assigned {
		if first < 0 {
			first = int(r.Arm)
		}
		if int(r.Arm) != first || r.Date == 0 {
			t.Errorf("one day has arms %d and %d, date %d", first, r.Arm, r.Date)
		}
	}
	if len(w.assigned) != 12 {
		t.Errorf("%d assignments; want 12", len(w.assigned))
	}
}
