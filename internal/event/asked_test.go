package event

import "testing"

// TestAsked: answers come in the order of the questions, whatever stands between; what was refused, or asked before a start,
// counts for nothing.
func TestAsked(t *testing.T) {
	var a Asked
	var got string
	note := func(s string) func() { return func() { got += s } }
	a.Answer(&AnswerPerson{}) // its question is archived
	a.Event(&Resumed{}, note("a"))
	a.Event(&BookChanged{}, note("never asked"))
	a.Event(&Halted{}, nil)
	a.Event(&LimitsChanged{}, note("refused"))
	a.Event(&ControlSwitched{}, note("b"))
	for _, refused := range []bool{false, false, true, false} {
		a.Answer(&AnswerPerson{Refused: refused})
	}
	a.Event(&Resumed{}, note("before a start"))
	a.Event(&Configured{}, nil)
	a.Event(&Resumed{}, note("c"))
	a.Answer(&AnswerPerson{})
	if got != "abc" {
		t.Errorf("got %q, want abc", got)
	}
}
