// Package ladder says on which rung of the degrade ladder the router stands (OPS-04), and why. Every step is an event in
// the journal; this reads them:
//
//	l := ladder.New()
//	l.Apply(at, body)         // each record, in the journal's order
//	level, why := l.Level()   // the worst that is in force
//	_, _, since := l.Stands() // and since when it is the worst
//
// Rungs 1 and 2 are the learner's, and end by themselves or by its own commands. Rung 3 begins by itself and ends by a
// person, but for what the journal's disk causes (JRN-10). Rung 4 is the halt of everything. A fault of the database, the
// page or the metrics is on no rung: they leave orders alone (OPS-08).
package ladder

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// Level is a rung.
type Level uint8

// The rungs.
const (
	Learned   Level = iota // the learner learns, and is followed as far as its share goes
	Frozen                 // its share of the flow is held at its least (SAF-04)
	Static                 // every decision is the static scorer's
	Passive                // no new parents, or no new children either; what works is managed
	CancelAll              // everything is halted, and what worked is withdrawn (KILL-01)
)

func (l Level) String() string {
	names := [...]string{"learned", "frozen", "static", "passive", "cancel all"}
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// Ladder follows the journal. Its methods may be called at any time by anybody.
type Ladder struct {
	mu        sync.Mutex
	killed    string // why, with who
	asked     event.Asked
	taking    uint8 // of event.Degraded
	takingWhy string
	held      string
	off       bool
	since     market.Time // of the rung and its reason; 0 = since the first record
	stood     string      // rung and reason as of then
}

// New gives a ladder on rung 0.
func New() *Ladder { return &Ladder{} }

// Apply takes a record of the journal, and the time it carries.
func (l *Ladder) Apply(at market.Time, body event.Body) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.apply(body)
	level, why := l.level()
	if now := level.String() + ": " + why; now != l.stood {
		l.stood, l.since = now, at
	}
}

func (l *Ladder) apply(body event.Body) {
	l.asked.Event(body, l.done(body))
	switch b := body.(type) {
	case *event.Configured:
		var c router.Config
		if json.Unmarshal(b.Config, &c) == nil { // the engine refuses one that it cannot read
			l.off = c.Learning.Off
		}
	case *event.Halted:
		if done := l.done(b); done != nil { // at once, and again when it is answered: a resume before it may be answered in between
			done()
		}
	case *event.AnswerPerson:
		l.asked.Answer(b)
	case *event.Degraded:
		l.taking, l.takingWhy = b.Level, b.Reason
	case *event.RecordLearning:
		l.held = ""
		if b.Held {
			l.held = "the learner is held: " + b.Why
		}
	}
}

// done is what an event comes to once the engine has answered it, nil for nothing that this follows.
func (l *Ladder) done(body event.Body) func() {
	switch b := body.(type) {
	case *event.Halted:
		if everything(b.Client, string(b.Symbol), b.Venue, b.Algorithm) {
			why := fmt.Sprintf("halted by %s: %s", b.Actor, b.Reason)
			return func() { l.killed = why }
		}
	case *event.Resumed:
		if everything(b.Client, string(b.Symbol), b.Venue, b.Algorithm) {
			return func() { l.killed = "" }
		}
	}
	return nil
}

func everything(client, symbol, venue, algorithm string) bool {
	return client+symbol+venue+algorithm == ""
}

// Level gives the worst rung in force, and why; on rung 0 nothing is to be said.
func (l *Ladder) Level() (Level, string) {
	level, why, _ := l.Stands()
	return level, why
}

// Stands gives what Level does, and since when it has been so for this reason: the journal's time, 0 before any record.
func (l *Ladder) Stands() (level Level, why string, since market.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	level, why = l.level()
	return level, why, l.since
}

func (l *Ladder) level() (Level, string) {
	switch {
	case l.killed != "":
		return CancelAll, l.killed
	case l.taking >= event.DegradedChildren:
		return Passive, "no new orders and no new children: " + l.takingWhy
	case l.taking >= event.DegradedParents:
		return Passive, "no new orders: " + l.takingWhy
	case l.off:
		return Static, "learning is off in the configuration"
	case l.held != "":
		return Frozen, l.held
	}
	return Learned, ""
}
