package event

import "google.golang.org/protobuf/encoding/protowire"

func num(n int32) protowire.Number { return protowire.Number(n) }

// newBody gives an empty body of kind k, nil if k has none.
func newBody(k Kind) Body {
	switch k {
	case KindConfigured:
		return new(Configured)
	case KindParentReceived:
		return new(ParentReceived)
	case KindParentReplaceRequested:
		return new(ParentReplaceRequested)
	case KindParentCancelRequested:
		return new(ParentCancelRequested)
	case KindParentStatusRequested:
		return new(ParentStatusRequested)
	case KindParentSteered:
		return new(ParentSteered)
	case KindBookChanged:
		return new(BookChanged)
	case KindTradePrinted:
		return new(TradePrinted)
	case KindChildSent:
		return new(ChildSent)
	case KindChildDenied:
		return new(ChildDenied)
	case KindChildAccepted:
		return new(ChildAccepted)
	case KindChildExecuted:
		return new(ChildExecuted)
	case KindChildDone:
		return new(ChildDone)
	case KindChildRejected:
		return new(ChildRejected)
	case KindChildReplaced:
		return new(ChildReplaced)
	case KindCancelRejected:
		return new(CancelRejected)
	case KindChildStatus:
		return new(ChildStatus)
	case KindExecutionBusted:
		return new(ExecutionBusted)
	case KindExecutionCorrected:
		return new(ExecutionCorrected)
	case KindTimerFired:
		return new(TimerFired)
	case KindVenueUp:
		return new(VenueUp)
	case KindVenueDown:
		return new(VenueDown)
	case KindClientUp:
		return new(ClientUp)
	case KindClientDown:
		return new(ClientDown)
	case KindModelActivated:
		return new(ModelActivated)
	case KindPosteriorMerged:
		return new(PosteriorMerged)
	case KindLimitsChanged:
		return new(LimitsChanged)
	case KindHalted:
		return new(Halted)
	case KindResumed:
		return new(Resumed)
	case KindRecovered:
		return new(Recovered)
	}
	return newRequest(k)
}

// newRequest gives the bodies of what clients and people ask for, and of what sessions tell people.
func newRequest(k Kind) Body {
	switch k {
	case KindParentMassCancelRequested:
		return new(ParentMassCancelRequested)
	case KindParentMassStatusRequested:
		return new(ParentMassStatusRequested)
	case KindTradeQuestioned:
		return new(TradeQuestioned)
	case KindReportOrphaned:
		return new(ReportOrphaned)
	case KindSessionAlarmed:
		return new(SessionAlarmed)
	case KindChildResolved:
		return new(ChildResolved)
	case KindOrphanResolved:
		return new(OrphanResolved)
	case KindDegraded:
		return new(Degraded)
	case KindVenueMassCanceled:
		return new(VenueMassCanceled)
	case KindLearningSteered:
		return new(LearningSteered)
	case KindTrainingCut:
		return new(TrainingCut)
	case KindExperimentSteered:
		return new(ExperimentSteered)
	case KindControlSwitched:
		return new(ControlSwitched)
	case KindBasketDecided:
		return new(BasketDecided)
	}
	return newCommand(k)
}

func newCommand(k Kind) Body {
	switch k {
	case KindSendChild:
		return new(SendChild)
	case KindCancelChild:
		return new(CancelChild)
	case KindReplaceChild:
		return new(ReplaceChild)
	case KindQueryChild:
		return new(QueryChild)
	case KindReportParent:
		return new(ReportParent)
	case KindRejectRequest:
		return new(RejectRequest)
	case KindSetTimer:
		return new(SetTimer)
	case KindWatchSymbol:
		return new(WatchSymbol)
	case KindRecordDecision:
		return new(RecordDecision)
	case KindRecordOutcome:
		return new(RecordOutcome)
	case KindRecordExecution:
		return new(RecordExecution)
	case KindRecordChild:
		return new(RecordChild)
	case KindRecordParent:
		return new(RecordParent)
	case KindRaise:
		return new(Raise)
	case KindReportMassCancel:
		return new(ReportMassCancel)
	case KindQueryVenue:
		return new(QueryVenue)
	case KindCancelVenue:
		return new(CancelVenue)
	case KindQuestionTrade:
		return new(QuestionTrade)
	case KindRecordOrphan:
		return new(RecordOrphan)
	case KindAnswerPerson:
		return new(AnswerPerson)
	case KindRecordLearning:
		return new(RecordLearning)
	case KindRecordModel:
		return new(RecordModel)
	case KindRecordExperiment:
		return new(RecordExperiment)
	case KindRecordBasket:
		return new(RecordBasket)
	}
	return nil
}
