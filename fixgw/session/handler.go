package session

import (
	"fmt"

	"github.com/quickfixgo/quickfix"
)

// A Handler is told what happens on the sessions. Message and Reject are called
// from the session's quickfixgo goroutine, Outcome and State from others, at
// the same time as each other and for several sessions: a venue's answer may come
// ahead of the Outcome Sent of what it answers. The methods decode and enqueue; they must not block and must not call back into the session (CB-04).
type Handler interface {
	// Message takes an application message (not j) ahead of the inbound number.
	// nil means that the event has its place in the journal; an error is
	// answered by a 3 or a j; Retry drops the connection.
	Message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError
	// Reject takes a Reject (3) or a BusinessMessageReject (j) of ours. It too
	// comes ahead of the inbound number.
	Reject(id quickfix.SessionID, r Reject)
	// Outcome tells what became of a message given to Send or by a ReportSource.
	Outcome(id quickfix.SessionID, o Outcome)
	// State tells that the session changed; the first call for a session is its
	// first change from Down.
	State(id quickfix.SessionID, s State, reason string)
}

// A State is what a session can do.
type State uint8

// The states of a session.
const (
	Down     State = iota // not logged on
	LoggedOn              // orders may be sent
	Gap                   // logged on, inbound messages are missing: no new risk (CB-03)
	Stopped               // stopped by SUP-02 or by hand; only Resume ends it
)

// String returns the state's name as the rules write it.
func (s State) String() string {
	switch s {
	case Down:
		return "DOWN"
	case LoggedOn:
		return "LOGGED_ON"
	case Gap:
		return "GAP"
	case Stopped:
		return "STOPPED"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// A Result says what became of a message.
type Result uint8

// The results. A report (from a ReportSource) with a Num is in the message
// store whatever its result: the peer gets it by a resend, it must not be sent
// again.
const (
	Sent      Result = iota // the whole frame reached the socket
	NeverSent               // no byte left, and none will
	Unknown                 // bytes may have left
	GapFilled               // was Sent; the peer asked again and got a gap fill
)

// String returns the result's name.
func (r Result) String() string {
	switch r {
	case Sent:
		return "SENT"
	case NeverSent:
		return "NEVER_SENT"
	case Unknown:
		return "UNKNOWN"
	case GapFilled:
		return "GAP_FILLED"
	}
	return fmt.Sprintf("Result(%d)", uint8(r))
}

// An Outcome is what became of one message.
type Outcome struct {
	Token  uint64 // of Outgoing, or the cursor of a report
	Num    int    // its MsgSeqNum(34); 0 when it took none
	Result Result
	Reason string // of a result other than Sent, for people
}

// A Reject is a message of ours that the peer refused by 3 or j.
type Reject struct {
	Token    uint64 // of the refused message; 0 when its number is no longer known
	RefNum   int    // RefSeqNum(45)
	Business bool   // j, not 3
	Code     int    // SessionRejectReason(373) or BusinessRejectReason(380); -1 when absent
	RefTag   int    // RefTagID(371), 0 when absent
	RefID    string // BusinessRejectRefID(379)
	Text     string // Text(58)
	Message  *quickfix.Message
}

// Retry is returned by Handler.Message when the message could not be taken: the
// connection is dropped, the inbound number stays, the peer resends. It never
// reaches quickfixgo.
type Retry struct{}

// Error implements quickfix.MessageRejectError, as the other methods do.
func (Retry) Error() string {
	return "the message could not be taken; the connection is dropped and the peer resends"
}

// RejectReason is 99, other.
func (Retry) RejectReason() int { return 99 }

// BusinessRejectRefID is empty.
func (Retry) BusinessRejectRefID() string { return "" }

// RefTagID is nil.
func (Retry) RefTagID() *quickfix.Tag { return nil }

// IsBusinessReject is false.
func (Retry) IsBusinessReject() bool { return false }

// An Alarm is something a person must look at.
type Alarm struct {
	Session quickfix.SessionID // zero for a connection without a session
	Kind    AlarmKind
	Text    string
}

// AlarmKind names what raised an alarm.
type AlarmKind string

// The alarms.
const (
	AlarmPoison   AlarmKind = "poison"    // the same frame failed three times (SUP-02)
	AlarmPanic    AlarmKind = "panic"     // a callback panicked
	AlarmGap      AlarmKind = "gap"       // an inbound gap stays open (REC-03)
	AlarmReset    AlarmKind = "reset"     // the peer skipped numbers by a SequenceReset (CB-03)
	AlarmLostLog  AlarmKind = "lost-log"  // the peer expects more than we ever sent (REC-02)
	AlarmStuck    AlarmKind = "stuck"     // quickfixgo does not notice a closed connection (SUP-01)
	AlarmLostBody AlarmKind = "lost-body" // a stored report could not be read back (QF-10)
)
