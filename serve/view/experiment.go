package view

import (
	"encoding/json"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Experiment is the experiment on live flow that began last, with the rows that its reading is of.
type Experiment struct {
	Name     string
	Design   experiment.Design
	Began    Stamp
	Ended    Stamp            // 0 while it runs
	Reason   string           // who began it, and why
	Why      string           // who ended it, and why
	Assigned int              // parents that have an arm
	Working  int              // of these, not done yet: in no row
	Unpriced int              // of these, without an arrival price to measure by, or with executions no longer kept: in no row
	Rows     []experiment.Row // in the order in which their parents ended
	Revision uint64           // grows with every change of a row
}

// maxEnrolled bounds the parents of an experiment that are kept; those that come after count as assigned only.
const maxEnrolled = 50_000

// study is an experiment as the journal tells it.
type study struct {
	Experiment
	parents map[order.ParentID]*enrolled
	ended   []order.ParentID // in the order of their ends
}

// enrolled is a parent that has an arm.
type enrolled struct {
	row    experiment.Row
	done   bool // it stands in ended
	priced bool
}

// studied follows an experiment's beginning, assignments and end. An experiment that begins takes the place of the former.
func (v *View) studied(at market.Time, b *event.RecordExperiment) {
	switch b.What {
	case event.ExperimentBegan:
		s := &study{Experiment: Experiment{Name: b.Name, Began: Stamp(at), Reason: b.Reason}, parents: map[order.ParentID]*enrolled{}}
		if err := json.Unmarshal(b.Design, &s.Design); err != nil {
			return // the engine registers none that does not decode
		}
		v.study = s
	case event.ExperimentEnded:
		if s := v.study; s != nil && s.Name == b.Name && s.Ended == 0 {
			s.Ended, s.Why = Stamp(at), b.Reason
		}
	case event.ExperimentAssigned:
		s := v.study
		if s == nil || s.Name != b.Name {
			return
		}
		if s.Assigned++; len(s.parents) < maxEnrolled {
			s.parents[b.Parent] = &enrolled{row: experiment.Row{Cluster: b.Cluster, Arm: experiment.Arm(b.Arm), X: slices.Clone(b.X),
				Symbol: string(b.Symbol), Date: int32(b.Date), SinceNs: b.SinceNs}}
		}
	}
}

// measure takes what an enrolled parent cost, once it is done and whenever it is recorded anew: its implementation shortfall in bps
// of its paper value, as `sluice experiment report` measures it from the store.
func (v *View) measure(p *parentRow, b *event.RecordParent) {
	if v.study == nil {
		return
	}
	e := v.study.parents[p.ID]
	if e == nil || !p.State.Done() {
		return
	}
	if !e.done {
		e.done = true
		v.study.ended = append(v.study.ended, p.ID)
	}
	v.study.Revision++
	e.priced = false
	if p.dropped > 0 {
		return
	}
	in := tca.Input{Parent: b}
	for i := range p.fills {
		in.Executions = append(in.Executions, &p.fills[i].RecordExecution)
	}
	r, err := tca.Reconcile(in)
	if err != nil || r.Shortfall.Paper <= 0 {
		return
	}
	e.priced = true
	e.row.Y = float64(r.Shortfall.Total) / float64(r.Shortfall.Paper) * 1e4
}

// Experiment gives the experiment that began last, nil if there was none.
func (v *View) Experiment() *Experiment {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.study == nil {
		return nil
	}
	x := v.study.Experiment
	x.Rows = make([]experiment.Row, 0, len(v.study.ended))
	for _, id := range v.study.ended {
		if e := v.study.parents[id]; e.priced {
			x.Rows = append(x.Rows, e.row)
		} else {
			x.Unpriced++
		}
	}
	x.Working = x.Assigned - len(v.study.ended)
	return &x
}
