package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/control"
)

// TestPrintWaiting: what waits is told with what it is of, where there is something.
func TestPrintWaiting(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var b strings.Builder
	err := printWaiting(&b, []control.Waiting{
		{ID: 10, Do: "learning.release", Actor: "carol", Reason: "one venue only", Since: now, Until: now.Add(time.Minute)},
		{ID: 11, Do: "resume", Of: "venue LITX", Actor: "carol", Reason: "mended", Since: now, Until: now.Add(time.Minute)},
	}, now)
	want := "10: learning.release, asked by carol 0s ago, void in 1m0s: one venue only\n11: resume venue LITX, asked by carol 0s ago, void in 1m0s: mended\n"
	if err != nil || b.String() != want {
		t.Errorf("got %q, %v, want %q", b.String(), err, want)
	}
}
