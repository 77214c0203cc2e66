package event

import "github.com/sluice-sor/sluice/internal/market"

// LearningSteered is a person's decision on the learner: to hold its share of the flow at .05, or to end the hold of a person
// or of the day's loss. A machine may lower the share; only a person raises it above a hold (SAF-04).
type LearningSteered struct {
	Hold   bool // false: release
	Actor  string
	Reason string
}

// RecordLearning keeps what the hard limit around the learner says: at a hold, at its end, at a start, and with every hundredth
// outcome of the day.
type RecordLearning struct {
	At       Time
	Share    float64 // of flow that follows the learner, in force
	Held     bool    // the share is held until a person releases it
	Why      string  // of the hold
	Since    Time    // of the hold
	Date     market.Date
	Outcomes int64   // decisions of the day, or since the last release, whose cost is known
	SumBps   float64 // what the flow that followed the learner cost over static: bps·decisions
	LossBps  float64 // the same by money, bps of Value
	ErrorBps float64 // standard error of LossBps
	Loss     float64 // the same in dollars
	Value    float64 // dollars that those decisions filled
	LimitBps float64 // of LossBps; 0 = none
}

// Kind implements Body.
func (*LearningSteered) Kind() Kind { return KindLearningSteered }
func (*RecordLearning) Kind() Kind  { return KindRecordLearning }

func (e *LearningSteered) visit(c *coder) {
	flag(c, 1, &e.Hold)
	text(c, 2, &e.Actor)
	text(c, 3, &e.Reason)
}

func (e *RecordLearning) visit(c *coder) {
	sint(c, 1, &e.At)
	real(c, 2, &e.Share)
	flag(c, 3, &e.Held)
	text(c, 4, &e.Why)
	sint(c, 5, &e.Since)
	sint(c, 6, &e.Date)
	sint(c, 7, &e.Outcomes)
	real(c, 8, &e.SumBps)
	real(c, 9, &e.LossBps)
	real(c, 10, &e.ErrorBps)
	real(c, 11, &e.Loss)
	real(c, 12, &e.Value)
	real(c, 13, &e.LimitBps)
}
