package event

// Kind is the type number of a record in the journal. Numbers are never reused.
type Kind uint16

// Events: facts that reach the engine.
const (
	KindConfigured Kind = iota + 1
	KindParentReceived
	KindParentReplaceRequested
	KindParentCancelRequested
	KindParentStatusRequested
	KindParentSteered
	KindBookChanged
	KindTradePrinted
	KindChildSent
	KindChildDenied
	KindChildAccepted
	KindChildExecuted
	KindChildDone
	KindChildRejected
	KindChildReplaced
	KindCancelRejected
	KindChildStatus
	KindExecutionBusted
	KindExecutionCorrected
	KindTimerFired
	KindVenueUp
	KindVenueDown
	KindClientUp
	KindClientDown
	KindModelActivated
	KindPosteriorMerged
	KindLimitsChanged
	KindHalted
	KindResumed
	KindRecovered
	KindParentMassCancelRequested
	KindParentMassStatusRequested
	KindTradeQuestioned
	KindReportOrphaned
	KindSessionAlarmed
	KindChildResolved
	KindOrphanResolved
	KindDegraded
	KindVenueMassCanceled
	KindLearningSteered
	KindTrainingCut
	KindExperimentSteered
	KindControlSwitched
	KindBasketDecided
	kindEventEnd
)

// Commands: what the engine wants done, and what it wants kept.
const (
	KindSendChild Kind = iota + 100
	KindCancelChild
	KindReplaceChild
	KindQueryChild
	KindReportParent
	KindRejectRequest
	KindSetTimer
	KindWatchSymbol
	KindRecordDecision
	KindRecordOutcome
	KindRecordExecution
	KindRecordChild
	KindRecordParent
	KindRaise
	KindReportMassCancel
	KindQueryVenue
	KindCancelVenue
	KindQuestionTrade
	KindRecordOrphan
	KindAnswerPerson
	KindRecordLearning
	KindRecordModel
	KindRecordExperiment
	KindRecordBasket
	kindCommandEnd
)

// Records of others that share the journal.
const (
	KindFIXStore  Kind = 200 // fixgw/store: session numbers and client reports
	KindStateHash Kind = 201 // INV-09: the engine's state hash at a seq
)

// IsEvent reports whether k is an event.
func (k Kind) IsEvent() bool { return k >= KindConfigured && k < kindEventEnd }

// IsCommand reports whether k is a command.
func (k Kind) IsCommand() bool { return k >= KindSendChild && k < kindCommandEnd }

// Version is the encoding version written beside every kind.
const Version = 1

// Known reports whether this build can read a record of the given type and version: a journal with another one is
// refused at start (JRN-01).
func Known(kind uint16, version uint8) bool {
	k := Kind(kind)
	return version == Version && (k.IsEvent() || k.IsCommand() || k == KindFIXStore || k == KindStateHash)
}

// Body is the content of an event or a command.
type Body interface {
	Kind() Kind
	visit(c *coder)
}

// Event is one fact at its place in the journal. Seq orders; At only explains and never decreases. The engine keeps
// no reference to Body after Apply returns.
type Event struct {
	Seq  uint64
	At   Time
	Body Body
}
