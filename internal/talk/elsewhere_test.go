package talk

// elsewhere names the tests that stand for a rule beside the scripts, or for the part of it that a script cannot show.
var elsewhere = map[string][]string{
	"DEF-03": {"fixgw/session TestGapRefusesNewRiskUntilItIsFilled"},
	"DEF-09": {"internal/router TestWorlds (a venue's reports are lost)"},
	"DEF-14": {"fixgw/session TestQueue (coalesced replaces), TestThrottleKeepsAShareForCancels"},
	"DEF-17": {"fixgw/session TestReportsWaitAndAreReplayed, TestResendWithAHoleAtItsEnd, TestGapRefusesNewRiskUntilItIsFilled"},
	"DEF-18": {"fixgw/session TestReportsWaitAndAreReplayed, TestNoOrderWaitsForAReconnect, TestPeerThatStopsReading"},
	"ER-17":  {"fixgw/session TestGapRefusesNewRiskUntilItIsFilled"},
	"ER-22":  {"internal/talk TestBustReachesTheReports"},
	"ER-23":  {"every script: its events are replayed and must cause the same bytes; DEF-13"},
}
