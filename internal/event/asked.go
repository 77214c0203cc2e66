package event

// Answers reports whether the engine answers an event with one [AnswerPerson].
func Answers(b Body) bool {
	switch b.(type) {
	case *Halted, *Resumed, *LimitsChanged, *ControlSwitched, *LearningSteered, *ExperimentSteered, *ParentSteered, *ChildResolved, *OrphanResolved,
		*TrainingCut, *ModelActivated, *BasketDecided:
		return true
	}
	return false
}

// Asked pairs what was asked with the engine's answers, for whoever follows a journal. An event has its place there before
// the engine has taken those before it, so other events stand between a question and its answer; the answers come in
// the order of the questions. The zero value is ready.
type Asked struct {
	queue []func() // what to do once the engine has not refused it; nil: nothing
}

// Event takes an event. What it asks counts once the engine has answered and not refused it: done is called then, where
// it is not nil. A start forgets what nobody answered.
func (a *Asked) Event(b Body, done func()) {
	if _, start := b.(*Configured); start {
		a.queue = nil
	}
	if Answers(b) {
		a.queue = append(a.queue, done)
	}
}

// Answer takes an answer: it is that of the oldest question.
func (a *Asked) Answer(b *AnswerPerson) {
	if len(a.queue) == 0 {
		return // of an event that is not there any more
	}
	done := a.queue[0]
	if a.queue = a.queue[1:]; done != nil && !b.Refused {
		done()
	}
}
