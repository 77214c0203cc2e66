package session

import (
	"testing"

	"github.com/quickfixgo/quickfix"
)

// TestGapEndsWithItsLastNumber holds when a gap is filled: once the number after its last one is expected, not when the
// last one itself is (DEF-17): the report with that number is still missing.
func TestGapEndsWithItsLastNumber(t *testing.T) {
	numbers, err := quickfix.NewMemoryStoreFactory().Create(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "S", TargetCompID: "V"})
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{store: numbers}
	s.state = s.derive() // down: nobody is told of a change
	s.gap.end = 5
	for next, open := range map[int]bool{4: true, 5: true, 6: false} {
		s.gap.end = 5
		if err := numbers.SetNextTargetMsgSeqNum(next); err != nil {
			t.Fatal(err)
		}
		s.advanced()
		if got := s.gap.end != 0; got != open {
			t.Errorf("numbers up to 5 are missing and %d comes next: open %v, want %v", next, got, open)
		}
	}
}
