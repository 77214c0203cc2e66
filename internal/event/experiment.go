package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ExperimentSteered begins or ends an experiment on live flow (ABT-06). The engine answers with RecordExperiment.
type ExperimentSteered struct {
	Design []byte // to begin: the experiment package's JSON; empty ends the one that runs
	Actor  string
	Reason string
}

// ExperimentChange is what a RecordExperiment tells.
type ExperimentChange uint8

// The changes.
const (
	ExperimentBegan    ExperimentChange = iota + 1
	ExperimentEnded                     // by a person
	ExperimentAssigned                  // a parent order got its arm, for good (ABT-01)
)

var experimentNames = [...]string{"none", "began", "ended", "assigned"}

func (c ExperimentChange) String() string {
	if int(c) < len(experimentNames) {
		return experimentNames[c]
	}
	return "unknown change"
}

// RecordExperiment keeps an experiment's beginning and end, and every assignment with what was known before it.
type RecordExperiment struct {
	At      Time
	What    ExperimentChange
	Name    string // of the experiment
	Design  []byte // when it began
	Reason  string // who began or ended it, and why
	Parent  order.ParentID
	Arm     uint8  // 0 control, 1 treatment
	Policy  string // of the arm
	Cluster uint64 // orders that overlap count as one; of a switchback the symbol-day's
	Symbol  market.Symbol
	Date    market.Date // trading day of the arrival
	SinceNs int64       // since the open
	X       []float64   // covariates
}

// Kind implements Body.
func (*ExperimentSteered) Kind() Kind { return KindExperimentSteered }
func (*RecordExperiment) Kind() Kind  { return KindRecordExperiment }

func (e *ExperimentSteered) visit(c *coder) {
	blob(c, 1, &e.Design)
	text(c, 2, &e.Actor)
	text(c, 3, &e.Reason)
}

func (e *RecordExperiment) visit(c *coder) {
	sint(c, 1, &e.At)
	uvar(c, 2, &e.What)
	text(c, 3, &e.Name)
	blob(c, 4, &e.Design)
	text(c, 5, &e.Reason)
	uvar(c, 6, &e.Parent)
	uvar(c, 7, &e.Arm)
	text(c, 8, &e.Policy)
	uvar(c, 9, &e.Cluster)
	text(c, 10, &e.Symbol)
	sint(c, 11, &e.Date)
	sint(c, 12, &e.SinceNs)
	reals(c, 13, &e.X)
}
