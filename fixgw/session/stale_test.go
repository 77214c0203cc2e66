package session

import (
	"errors"
	"testing"

	"github.com/quickfixgo/quickfix"
)

// TestNoOrderIsReplayed holds the guard of CB-01 alone: quickfixgo asks it before each replay, whatever the store gave. An
// order or a request of ours is refused, which makes a gap fill of it; a report is sent again.
func TestNoOrderIsReplayed(t *testing.T) {
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: "VENUE"}
	a := &app{sessions: map[quickfix.SessionID]*Session{id: {}}}
	replay := func(kind string) error {
		m := quickfix.NewMessage()
		m.Header.SetString(tagMsgType, kind)
		m.Header.SetBool(tagPossDup, true)
		m.Header.SetInt(tagMsgSeqNum, 7)
		return a.ToApp(m, id)
	}
	for _, kind := range []string{"D", "F", "G", "AF", "q"} {
		if err := replay(kind); !errors.Is(err, quickfix.ErrDoNotSend) {
			t.Errorf("the replay of a %s gives %v, want ErrDoNotSend", kind, err)
		}
	}
	for _, kind := range []string{"8", "9"} {
		if err := replay(kind); err != nil {
			t.Errorf("the replay of a %s gives %v, want it sent", kind, err)
		}
	}
}
