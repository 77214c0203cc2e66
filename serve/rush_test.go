package serve

import (
	"testing"
	"time"
)

// TestRush: what is not urgent waits from a halt on until its cancels have left, a second at most (KILL-01).
func TestRush(t *testing.T) {
	urgent := false
	r := rush{urgent: func() bool { return urgent }}
	if r.on() {
		t.Error("it is on without a halt")
	}
	for _, c := range []struct {
		since  time.Duration
		urgent bool
		want   bool
	}{
		{-time.Second, false, true}, // the halt is being decided
		{rushDecided + 10*time.Millisecond, false, false},
		{rushMost / 2, true, true},
		{rushMost, true, false},
		{time.Hour, true, false},
	} {
		r := rush{urgent: r.urgent}
		r.ago(c.since)
		if urgent = c.urgent; r.on() != c.want {
			t.Errorf("%v after the halt, cancels leave %v: it is on %v, want %v", c.since, c.urgent, !c.want, c.want)
		}
	}
}

// ago puts the last halt where it was.
func (r *rush) ago(d time.Duration) {
	at := time.Now().Add(-d)
	r.began.Store(&at)
}

// TestRushAgain: halts in a row hold nobody for longer than one.
func TestRushAgain(t *testing.T) {
	r := rush{urgent: func() bool { return true }}
	r.ago(rushMost)
	if r.begin(); r.on() {
		t.Error("the second halt began another rush")
	}
	r.ago(3 * rushMost)
	if r.begin(); !r.on() {
		t.Error("a later halt began none")
	}
}
