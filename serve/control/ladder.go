package control

import (
	"fmt"
	"strconv"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/words"
)

// What may be asked of the degrade ladder.
const (
	DoLadder = "ladder" // on which rung the router stands, and what works
	DoBrake  = "brake"  // no new orders, until it is lifted
	DoLift   = "lift"   // what only a person ends (OPS-04)
	DoBeat   = "beat"   // the risk monitor's sign of life (KILL-05)
)

// Rungs is the degrade ladder as people use it.
type Rungs interface {
	Level() (level uint8, name, why string)
	Brake(actor, reason string)
	Lift(actor, reason string) error
	Beat() error
	Working() []order.ParentID
}

// Ladder is on which rung the router stands.
type Ladder struct {
	Level   uint8            `json:"level"` // 0 to 4
	Name    string           `json:"name"`
	Why     string           `json:"why,omitempty"`
	Working []order.ParentID `json:"working"` // parents that are not done
}

// workingShown is how many of the orders that work are named in words.
const workingShown = 50

// Text is the ladder in words.
func (l *Ladder) Text() string {
	s := fmt.Sprintf("level %d, %s; %s %s", l.Level, l.Name, words.Count(len(l.Working), "order", "orders"), words.Verb(len(l.Working), "works", "work"))
	for i, id := range l.Working {
		if i == workingShown {
			s += fmt.Sprintf(" and %d more (--json)", len(l.Working)-i)
			break
		}
		s += []string{": " + words.Verb(len(l.Working), "parent ", "parents "), ", "}[min(i, 1)] + strconv.FormatUint(uint64(id), 10)
	}
	if l.Why != "" {
		s += "\n" + l.Why
	}
	return s
}

// climb answers a request about the ladder; ok is false for any other.
func climb(r *Request, e Rungs) (a Answer, ok bool) {
	switch r.Do {
	case DoLadder:
		l := Ladder{Working: append([]order.ParentID{}, e.Working()...)}
		l.Level, l.Name, l.Why = e.Level()
		return Answer{Ladder: &l}, true
	case DoBeat:
		if err := e.Beat(); err != nil {
			return Answer{Error: err.Error()}, true
		}
		return Answer{Text: "alive"}, true
	case DoBrake, DoLift:
	default:
		return Answer{}, false
	}
	if r.Actor == "" || r.Reason == "" {
		return Answer{Error: errNameless.Error()}, true
	}
	if r.Do == DoBrake {
		e.Brake(r.Actor, r.Reason)
		return Answer{Text: "no new orders are taken, within a second; `sluice ladder lift` ends it"}, true
	}
	if err := e.Lift(r.Actor, r.Reason); err != nil {
		return Answer{Error: err.Error()}, true
	}
	return Answer{Text: "lifted, within a second: what the disk or a halt causes stays"}, true
}
